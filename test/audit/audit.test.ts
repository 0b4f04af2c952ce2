import { expect, test } from "vitest";
import { appendAudit, allEntries, queryAudit, writeAudit } from "../../src/audit/audit-log.ts";
import type { GitTrail } from "../../src/audit/git-trail.ts";
import { verifyAudit, type Verification } from "../../src/audit/verify.ts";
import { digestOf } from "../../src/canonical-json.ts";
import type { Database, Sql } from "../../src/db/database.ts";
import { describeOnBothDatabases } from "../helpers/databases.ts";

describeOnBothDatabases("the audit log", (open) => {
  const noTrail: GitTrail = { commit: () => Promise.reject(new Error("no git")), anchors: () => Promise.resolve([]) };
  const trailAt = (entry: number, hash: string): GitTrail => ({
    ...noTrail,
    anchors: () => Promise.resolve([{ commit: "c0ffee00c0ffee", runId: "r", entry, hash }]),
  });
  const fill = async (count: number): Promise<Database> => {
    const database = await open();
    for (let number = 1; number <= count; number += 1) {
      await writeAudit(database, {
        actor: "local",
        action: "plan.approved",
        resource: `plan_version:${number}`,
        result: "done",
        facts: { number, text: "ä\0\ud83d" },
      });
    }
    return database;
  };
  /** As somebody with all rights on the database would. */
  const tamper = (database: Database, work: (sql: Sql) => Promise<unknown>): Promise<void> =>
    database.transaction(async (sql) => {
      await sql.query("set local session_replication_role = replica");
      await work(sql);
    });
  const verify = (database: Database, trail = noTrail): Promise<Verification> => verifyAudit(database, trail);
  const hashOf = async (database: Database, number: number): Promise<string> =>
    String((await database.query("select hash from audit_entry where number = $1", [number]))[0]?.["hash"]);

  test("is a chain without gaps, also when many write at once, and nothing of it stays of a transaction that failed", async () => {
    const database = await open();
    const failing = database.transaction(async (sql) => {
      await appendAudit(sql, { actor: "x", action: "lost", resource: "r", result: "done" });
      throw new Error("no");
    });
    await Promise.allSettled([
      failing,
      ...Array.from({ length: 20 }, (_, index) =>
        writeAudit(database, { actor: `a${index}`, action: "test", resource: "r", result: "done" }),
      ),
    ]);
    const numbers: number[] = [];
    for await (const entry of allEntries(database)) numbers.push(entry.number);
    expect(numbers).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    expect(await verify(database)).toEqual({ ok: true, entries: 20, anchoredUpTo: 0, commits: 0 });
  });

  test("cannot be changed by an ordinary statement", async () => {
    const database = await fill(1);
    await expect(database.query("update audit_entry set actor = 'eve'")).rejects.toThrow(/refused/);
    await expect(database.query("delete from audit_entry")).rejects.toThrow(/refused/);
  });

  test.for([
    ["an edited actor", "update audit_entry set actor = 'eve' where number = 3", 3],
    ["an edited fact", `update audit_entry set facts = facts || '{"number": 9}' where number = 3`, 3],
    ["an edited time", "update audit_entry set at = at - interval '1 day' where number = 3", 3],
    ["a deleted entry", "delete from audit_entry where number = 3", 3],
    ["a deleted first entry", "delete from audit_entry where number = 1", 1],
    [
      "two entries in each other's place",
      "update audit_entry set number = case number when 3 then 4 when 4 then 3 end where number in (3, 4)",
      3,
    ],
    ["a cut-off end", "delete from audit_entry where number > 3", 4],
    [
      "an entry from nowhere",
      "insert into audit_entry select 7, at, actor, action, resource, result, facts, hash, repeat('0', 64) from audit_entry where number = 6",
      7,
    ],
  ] as const)("%s is named by verify", async ([, statement, badEntry]) => {
    const database = await fill(6);
    expect((await verify(database)).ok).toBe(true);
    await tamper(database, async (sql) => {
      if (statement.includes("case number")) await sql.query("alter table audit_entry drop constraint audit_entry_pkey");
      await sql.query(statement);
    });
    expect(await verify(database)).toEqual({ ok: false, badEntry, reason: expect.any(String) });
    if (statement.includes("case number")) await database.exec("drop schema chiffon cascade; create schema chiffon");
  });

  test("an end cut off together with its head is found by the git trail, and so is an old backup", async () => {
    const database = await fill(6);
    const trail = trailAt(5, await hashOf(database, 5));
    expect(await verify(database, trail)).toEqual({ ok: true, entries: 6, anchoredUpTo: 5, commits: 1 });
    await tamper(database, async (sql) => {
      await sql.query("delete from audit_entry where number > 3");
      await sql.query("update audit_head set number = 3, hash = (select hash from audit_entry where number = 3)");
    });
    expect((await verify(database)).ok).toBe(true); // the chain alone cannot tell
    expect(await verify(database, trail)).toEqual({ ok: false, badEntry: 4, reason: expect.stringContaining("c0ffee00c0") });
  });

  test("a whole chain that was written anew is found by the git trail", async () => {
    const database = await fill(6);
    const trail = trailAt(5, await hashOf(database, 5));
    await tamper(database, async (sql) => {
      let previousHash = await hashIn(sql, 2);
      for (let number = 3; number <= 6; number += 1) {
        await sql.query("update audit_entry set actor = 'eve', previous_hash = $2 where number = $1", [number, previousHash]);
        const [entry] = await queryAudit(sql, { limit: 1, before: number + 1 });
        const { hash: _old, ...body } = entry ?? { hash: "" };
        previousHash = digestOf(body);
        await sql.query("update audit_entry set hash = $2 where number = $1", [number, previousHash]);
      }
      await sql.query("update audit_head set hash = $1", [previousHash]);
    });
    expect((await verify(database)).ok).toBe(true);
    expect(await verify(database, trail)).toEqual({ ok: false, badEntry: 5, reason: expect.stringContaining("rewritten") });
  });

  test("answers by kind, person, result, words and age, newest first and paged", async () => {
    const database = await fill(5);
    await writeAudit(database, {
      actor: "slack:T1:U1",
      action: "run.cancel",
      resource: "run:1",
      result: "refused",
      facts: { reason: "50% of gitea" },
    });
    const numbers = async (query: Parameters<typeof queryAudit>[1]): Promise<number[]> =>
      (await queryAudit(database, query)).map((entry) => entry.number);
    expect(await numbers({ limit: 2 })).toEqual([6, 5]);
    expect(await numbers({ limit: 2, before: 5 })).toEqual([4, 3]);
    expect(await numbers({ limit: 9, kind: "run" })).toEqual([6]);
    expect(await numbers({ limit: 9, actor: "slack:T1:U1", result: "refused", text: "gitea" })).toEqual([6]);
    expect(await numbers({ limit: 9, text: "plan_version:3" })).toEqual([3]);
    await database.query("update clock set shift = interval '2 days'");
    expect(await numbers({ limit: 9, sinceDays: 1 })).toEqual([]);
    expect(await numbers({ limit: 9, sinceDays: 3 })).toHaveLength(6);
  });
});

async function hashIn(sql: Sql, number: number): Promise<string> {
  return String((await sql.query("select hash from audit_entry where number = $1", [number]))[0]?.["hash"]);
}
