import { isDeepStrictEqual } from "node:util";
import { digestOf } from "../canonical-json.ts";
import type { Database } from "../db/database.ts";
import type { Logger } from "../logger.ts";
import type { Playbook, PlaybookCatalog, RejectedPlaybook } from "./playbook.ts";
import { createScanCache } from "./scanned-files.ts";
import { scanRepo, type ScanOptions, type ScanResult } from "./scanner.ts";

/** The playbooks of one infra repo, kept in the database. */
export interface Catalog {
  /** What is there now; looks at the repo again when the last look is older than `maxAgeSeconds` or never was. */
  current(): Promise<PlaybookCatalog>;
  /** Looks at the repo; only changed files are read. */
  refresh(): Promise<PlaybookCatalog>;
}

export interface CatalogDeps {
  readonly database: Database;
  readonly repo: string;
  readonly logger: Logger;
  /** Milliseconds, for the age of the last look. */
  readonly clock?: () => number;
  /** A look at an unchanged repo takes a few milliseconds, so the default is short; a catalog of thousands may want more. */
  readonly maxAgeSeconds?: number;
  readonly scan?: Omit<ScanOptions, "cache">;
}

export function createCatalog({ database, repo, logger, clock = Date.now, maxAgeSeconds = 2, scan = {} }: CatalogDeps): Catalog {
  const cache = createScanCache();
  let last: { readonly found: ScanResult; readonly catalog: PlaybookCatalog; readonly at: number } | undefined;
  let looking: Promise<PlaybookCatalog> | undefined;

  async function look(): Promise<PlaybookCatalog> {
    const started = clock();
    const found = await scanRepo(repo, { ...scan, cache });
    if (found === last?.found) {
      last = { ...last, at: clock() };
      return last.catalog;
    }
    const catalog = catalogOf({ ...found, playbooks: keepEqual(found.playbooks, last?.catalog.playbooks ?? []) });
    if (catalog.contentHash !== last?.catalog.contentHash || catalog.rejected.length !== last.catalog.rejected.length) {
      await store(database, repo, catalog);
      logger.info(
        { playbooks: catalog.playbooks.length, rejected: catalog.rejected.length, durationMs: clock() - started },
        "playbook catalog read",
      );
    }
    last = { found, catalog, at: clock() };
    return catalog;
  }

  async function refresh(): Promise<PlaybookCatalog> {
    looking ??= look().finally(() => {
      looking = undefined;
    });
    return looking;
  }

  return {
    refresh,
    async current() {
      return last !== undefined && clock() - last.at < maxAgeSeconds * 1_000 ? last.catalog : refresh();
    },
  };
}

export function catalogOf(found: {
  readonly playbooks: readonly Playbook[];
  readonly rejected: readonly RejectedPlaybook[];
}): PlaybookCatalog {
  return { ...found, contentHash: digestOf(found.playbooks.map((playbook) => [playbook.id, playbook.contentHash])) };
}

/** What did not change stays the same object: what was worked out of it stays valid. */
function keepEqual(playbooks: readonly Playbook[], before: readonly Playbook[]): readonly Playbook[] {
  const known = new Map(before.map((playbook) => [playbook.id, playbook]));
  return playbooks.map((playbook) => {
    const same = known.get(playbook.id);
    return same?.contentHash === playbook.contentHash && isDeepStrictEqual(same, playbook) ? same : playbook;
  });
}

async function store(database: Database, repo: string, catalog: PlaybookCatalog): Promise<void> {
  await database.transaction(async (sql) => {
    await sql.query(
      `insert into playbook_catalog (repo, content_hash, rejected, scanned_at) values ($1, $2, $3::jsonb, chiffon.now())
       on conflict (repo) do update set content_hash = excluded.content_hash, rejected = excluded.rejected, scanned_at = excluded.scanned_at`,
      [repo, catalog.contentHash, JSON.stringify(catalog.rejected)],
    );
    await sql.query("delete from playbook where repo = $1 and not (id = any($2::text[]))", [
      repo,
      catalog.playbooks.map((playbook) => playbook.id),
    ]);
    // One statement for all: a catalog of thousands must not take thousands of round trips.
    await sql.query(
      `insert into playbook (repo, id, position, path, service, verb, content_hash, facts)
       select $1, entry.value ->> 'id', entry.ordinality, entry.value ->> 'path', entry.value ->> 'service', entry.value ->> 'verb',
         entry.value ->> 'contentHash', entry.value
       from jsonb_array_elements($2::jsonb) with ordinality as entry
       on conflict (repo, id) do update set position = excluded.position, path = excluded.path, service = excluded.service, verb = excluded.verb,
         content_hash = excluded.content_hash, facts = excluded.facts`,
      [repo, JSON.stringify(catalog.playbooks)],
    );
  });
}
