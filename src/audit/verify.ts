import { digestOf } from "../canonical-json.ts";
import { first, type Database } from "../db/database.ts";
import { allEntries, firstHash } from "./audit-log.ts";
import type { GitTrail } from "./git-trail.ts";

export type Verification =
  | { readonly ok: true; readonly entries: number; readonly anchoredUpTo: number; readonly commits: number }
  | { readonly ok: false; readonly badEntry: number; readonly reason: string };

/**
 * Walks the chain and holds it against its outside anchors, the commits of the git trail: an edit breaks the entry's own hash, a deletion
 * or reordering the chain, a cut-off end or an old backup an anchor. After the last anchor only the chain itself speaks.
 */
export async function verifyAudit(database: Database, trail: GitTrail): Promise<Verification> {
  const anchors = await trail.anchors();
  const hashes = new Map<number, string>();
  const anchored = new Set(anchors.map((anchor) => anchor.entry));
  let expected = 1;
  let previousHash = firstHash;
  for await (const entry of allEntries(database)) {
    if (entry.number !== expected) return bad(expected, `entry ${expected} is missing`);
    if (entry.previousHash !== previousHash) return bad(entry.number, "it does not follow the entry before it");
    const { hash, ...body } = entry;
    if (digestOf(body) !== hash) return bad(entry.number, "its content was changed after it was written");
    if (anchored.has(entry.number)) hashes.set(entry.number, hash);
    previousHash = hash;
    expected += 1;
  }
  const last = expected - 1;
  const head = await first<{ number: number; hash: string }>(database, "select number, hash from audit_head");
  if (head === undefined || Number(head.number) !== last || head.hash !== previousHash) {
    return bad(last + 1, `the log ends at ${last}, its head says ${head?.number ?? "nothing"}: entries were cut off`);
  }
  for (const anchor of anchors) {
    if (anchor.entry > last)
      return bad(
        last + 1,
        `commit ${anchor.commit.slice(0, 10)} names entry ${anchor.entry}: entries were cut off or an old backup was restored`,
      );
    if (hashes.get(anchor.entry) !== anchor.hash)
      return bad(anchor.entry, `commit ${anchor.commit.slice(0, 10)} holds another hash for it: it was rewritten`);
  }
  return { ok: true, entries: last, anchoredUpTo: Math.max(0, ...anchors.map((anchor) => anchor.entry)), commits: anchors.length };
}

function bad(badEntry: number, reason: string): Verification {
  return { ok: false, badEntry, reason };
}
