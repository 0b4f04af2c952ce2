import { expect, test } from "vitest";
import { first } from "../../src/db/database.ts";
import { migrate } from "../../src/db/migrate.ts";
import { openPostgres } from "../../src/db/postgres.ts";
import { storable } from "../../src/db/storable.ts";
import { createLogger } from "../../src/logger.ts";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeOnBothDatabases, onPostgres } from "../helpers/databases.ts";
import { eventually } from "../helpers/test-app.ts";

describeOnBothDatabases("the database", (open) => {
  test("refuses a call past the open transaction at once, wherever it is made, and works on after it", async () => {
    const database = await open();
    const past = [
      () => database.query("select 1"),
      () => database.exec("select 1"),
      () => database.transaction((sql) => sql.query("select 1")),
    ];
    for (const call of past) {
      await expect(database.transaction(() => call())).rejects.toMatchObject({ code: "database-nested-call" });
      await expect(database.transaction(async () => Promise.all([Promise.resolve().then(call), Promise.resolve()]))).rejects.toMatchObject({
        code: "database-nested-call",
      });
    }
    expect(await database.transaction((sql) => sql.query("select 1 as one"))).toEqual([{ one: 1 }]);
    // Beside it, not in it: no mistake.
    const [inside, beside] = await Promise.all([
      database.transaction((sql) => sql.query("select 1 as one")),
      database.query("select 2 as two"),
    ]);
    expect([inside, beside]).toEqual([[{ one: 1 }], [{ two: 2 }]]);
  });

  test("keeps nothing of a transaction that throws, be it our error or the database's", async () => {
    const database = await open();
    const insert = "insert into inbound_event (platform, event_key) values ('test', $1)";
    await expect(
      database.transaction(async (sql) => {
        await sql.query(insert, ["a"]);
        throw new Error("changed my mind");
      }),
    ).rejects.toThrow("changed my mind");
    await expect(
      database.transaction(async (sql) => {
        await sql.query(insert, ["b"]);
        await sql.query("select * from there_is_no_such_table");
      }),
    ).rejects.toThrow(/there_is_no_such_table/);
    await expect(
      database.exec("begin; insert into chiffon.inbound_event (platform, event_key) values ('test', 'c'); select 1/0; commit;"),
    ).rejects.toThrow(/zero/);
    expect(await database.query("select event_key from inbound_event")).toEqual([]);
    await database.query(insert, ["d"]);
    expect(await database.query("select event_key from inbound_event")).toEqual([{ event_key: "d" }]);
  });

  test("wakes listeners when the sender's transaction is committed, outside of it, and not when it is rolled back", async () => {
    const database = await open();
    const heard: string[] = [];
    const answers: unknown[] = [];
    const stop = await database.listen("test_channel", (payload) => {
      heard.push(payload);
      // Not part of the sender's transaction: the database may be asked.
      void database.query("select 1 as one").catch(String).then((answer) => answers.push(answer)); // prettier-ignore
    });
    await database
      .transaction((sql) => sql.query("select pg_notify('test_channel', 'rolled back')").then(() => Promise.reject(new Error("no"))))
      .catch(() => undefined);
    await database.transaction(async (sql) => {
      await sql.query("select pg_notify('test_channel', 'first')");
      await new Promise((resolve) => setTimeout(resolve, 30));
      expect(heard).toEqual([]);
    });
    await database.query("select pg_notify('test_channel', 'second')");
    await eventually("both are heard", () => heard.length === 2);
    expect(heard).toEqual(["first", "second"]);
    await eventually("both could ask", () => answers.length === 2);
    expect(answers).toEqual([[{ one: 1 }], [{ one: 1 }]]);
    await stop();
    await database.query("select pg_notify('test_channel', 'third')");
    await database.query("select 1");
    expect(heard).toHaveLength(2);
  });

  test("takes and gives the same types whichever it is", async () => {
    const database = await open();
    const row = await first(
      database,
      `select $1::text as text, $2::int as int, $3::bigint as bigint, $4::boolean as boolean, $5::jsonb as json, $6::text[] as texts, $7::timestamptz as time,
         $8::double precision as double, $9::uuid as uuid, $10::int[] as ints, null as nothing, count(*) as count from (values (1), (2)) as two`,
      ["ä \u{1f600} '", 3, 9_007_199_254_740_991, true, JSON.stringify({ a: [1, null, "x"] }), ["a", "b,c", '"'], new Date("2026-05-03T10:00:00.123Z"), 0.1,
       "6ba7b810-9dad-11d1-80b4-00c04fd430c8", [1, 2]],
    ); // prettier-ignore
    expect(row).toEqual({
      text: "ä \u{1f600} '", int: 3, bigint: 9_007_199_254_740_991, boolean: true, json: { a: [1, null, "x"] }, texts: ["a", "b,c", '"'],
      time: new Date("2026-05-03T10:00:00.123Z"), double: 0.1, uuid: "6ba7b810-9dad-11d1-80b4-00c04fd430c8", ints: [1, 2], nothing: null, count: 2,
    }); // prettier-ignore
    expect(await first(database, "select 1 where false")).toBeUndefined();
  });

  test("stores every text that was made storable, and says so of those that were not", async () => {
    const database = await open();
    const ugly = { "k\0": "nul \0", half: "\ud83d", list: ["\udc00", 1, null, true] };
    await expect(database.query("select $1::jsonb", [JSON.stringify(ugly)])).rejects.toThrow(/unicode|utf8/i);
    const row = await first(database, "select $1::jsonb as kept", [JSON.stringify(storable(ugly))]);
    expect(row?.["kept"]).toEqual({ "k\ufffd": "nul \ufffd", half: "\ufffd", list: ["\ufffd", 1, null, true] });
  });

  test("is brought up to date once, however many start in the same moment", async () => {
    const database = await open({ migrated: false });
    const other = await open();
    await Promise.all([migrate(database), migrate(other), migrate(database)]);
    const names = (await database.query("select name from chiffon.migration order by name")).map((row) => row["name"]);
    expect(names).toContain("0001_core.sql");
    expect(new Set(names).size).toBe(names.length);
    expect(await database.query("select number from audit_head")).toEqual([{ number: 0 }]);
    await migrate(database);
  });

  test("is refused when a migration was edited after it was applied, or when a newer Chiffon made it", async () => {
    const database = await open();
    await database.query("update chiffon.migration set hash = 'other' where name = '0001_core.sql'");
    await expect(migrate(database)).rejects.toMatchObject({ code: "migration-edited" });
    await database.exec("drop schema chiffon cascade; create schema chiffon");
    await migrate(database);
    await database.query("insert into chiffon.migration (name, hash) values ('9999_future.sql', 'x')");
    await expect(migrate(database)).rejects.toMatchObject({ code: "database-newer", exitCode: 5 });
    await database.exec("drop schema chiffon cascade; create schema chiffon");
  });

  test("a migration that fails leaves nothing behind", async () => {
    const database = await open();
    await database.exec("drop schema chiffon cascade; create schema chiffon; create table chiffon.learned_mapping (x int)");
    await expect(migrate(database)).rejects.toThrow(/learned_mapping/);
    expect(await database.query("select name from chiffon.migration")).toEqual([{ name: "0001_core.sql" }]);
    expect(await database.query("select to_regclass('chiffon.playbook') as there")).toEqual([{ there: null }]);
    await database.exec("drop table chiffon.learned_mapping");
    await migrate(database);
    await database.exec("drop schema chiffon cascade; create schema chiffon");
  });

  test("keeps finished things as they are", async () => {
    const database = await open();
    await database.exec(`
      insert into chiffon.conversation (id, platform, external_key) values ('00000000-0000-0000-0000-000000000001', 'test', 'x');
      insert into chiffon.request (id, conversation_id, person, text) values ('00000000-0000-0000-0000-000000000002', '00000000-0000-0000-0000-000000000001', 'local', 'x');
      insert into chiffon.plan (id, request_id) values ('00000000-0000-0000-0000-000000000003', '00000000-0000-0000-0000-000000000002');
      insert into chiffon.plan_version (id, plan_id, version, purpose, state, draft, sealed, digest, made_by)
        values ('00000000-0000-0000-0000-000000000004', '00000000-0000-0000-0000-000000000003', 1, 'run', 'approved', '[]', '{}', 'd', 'local');
      insert into chiffon.approval (plan_version_id, decision, person, signed, signature) values ('00000000-0000-0000-0000-000000000004', 'approved', 'local', '{}', 's');
      insert into chiffon.run (id, plan_version_id, purpose, state, finished_at)
        values ('00000000-0000-0000-0000-000000000005', '00000000-0000-0000-0000-000000000004', 'run', 'failed', chiffon.now());
      insert into chiffon.run_step (run_id, step_order, state) values ('00000000-0000-0000-0000-000000000005', 1, 'failed');
      insert into chiffon.step_attempt (run_id, step_order, number, state) values ('00000000-0000-0000-0000-000000000005', 1, 1, 'failed');
      insert into chiffon.run_event (run_id, number, at, kind, data) values ('00000000-0000-0000-0000-000000000005', 1, chiffon.now(), 'run', '{}');
      insert into chiffon.audit_entry (number, at, actor, action, resource, result, facts, previous_hash, hash) values (1, now(), 'a', 'b', 'c', 'done', '{}', 'p', 'h')`);
    for (const statement of [
      "update audit_entry set actor = 'eve'", "delete from audit_entry", "truncate audit_entry",
      "update run set state = 'succeeded'", "update run set finished_at = null", "delete from run", "truncate run cascade",
      "update run_step set state = 'succeeded'", "update run_step set error_text = 'none'", "delete from run_step", "truncate run_step cascade",
      "update step_attempt set state = 'succeeded'", "delete from step_attempt", "truncate step_attempt cascade",
      "update run_event set data = '[]'", "delete from run_event", "truncate run_event",
      "update approval set person = 'eve'", "delete from approval", "truncate approval",
      "update plan_version set sealed = '[]'", "update plan_version set digest = 'e'", "update plan_version set state = 'awaiting_approval'",
      "update plan_version set draft = '[1]'", "delete from plan_version", "truncate plan_version cascade",
      "update request set text = 'y'", "update request set person = 'eve'", "delete from request", "truncate request cascade",
    ]) await expect(database.query(statement).catch((error: unknown) => `${statement}: ${String(error)}`)).resolves.toMatch(/is refused/); // prettier-ignore
    // What comes after the end may still be written.
    await database.query("update run set audit_number = 1, audit_commit = 'c'");
    await database.query("update request set outcome = 'plan'");
  });
});

const open = onPostgres();

test("a PostgreSQL that is away is named without its password, with what to do", async () => {
  const logger = createLogger({ level: "silent" });
  const away = openPostgres({ url: "postgres://chiffon:top-secret@127.0.0.1:1/chiffon", logger });
  await expect(away).rejects.toMatchObject({ code: "database-unreachable", exitCode: 5, help: expect.stringContaining("DATABASE_URL") });
  await expect(away).rejects.toThrow(/^(?!.*top-secret)/);
});

test("a PostgreSQL without pgvector says so once, in the log, and works", async () => {
  const folder = mkdtempSync(join(tmpdir(), "chiffon-log-"));
  try {
    await open();
    const database = await openPostgres({ url: open.url(), logger: createLogger({ file: join(folder, "log") }) });
    const vectors = await database.query("select 1 from pg_available_extensions where name = 'vector'");
    expect(database.hasVectors).toBe(vectors.length > 0);
    await database.close();
    const log = readFileSync(join(folder, "log"), "utf8");
    expect(log.includes("searched in process")).toBe(vectors.length === 0);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("a listener hears again after the server was away, over one connection and not a growing number of them", async () => {
  const database = await open();
  let reconnects = 0;
  const heard: string[] = [];
  const stop = await database.listen("test_channel", (payload) => heard.push(payload), () => (reconnects += 1)); // prettier-ignore
  const own = database.query("select pg_terminate_backend(pid) from pg_stat_activity where query like 'listen%'");
  await own;
  await eventually("it listens again", () => reconnects === 2);
  await open.restart();
  await eventually("it listens again after a restart", () => reconnects === 3);
  await new Promise((resolve) => setTimeout(resolve, 2_500)); // as long as further attempts would take
  expect(reconnects).toBe(3);
  const listening = await database.query("select pid from pg_stat_activity where query like 'listen%'");
  expect(listening).toHaveLength(1);
  await database.query("select pg_notify('test_channel', 'hello')");
  await eventually("the news are heard", () => heard.length === 1);
  await stop();
});
