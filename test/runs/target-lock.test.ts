import { expect, test } from "vitest";
import { lockKeysOf, lockName } from "../../src/runs/target-lock.ts";
import { describeOnBothDatabases } from "../helpers/databases.ts";
import { failed, succeeded } from "../helpers/scripted-executor.ts";
import { createTestApp, type TestApp } from "../helpers/test-app.ts";

test("a host is one key a repo and one more for its address; a host without address has none to share", () => {
  expect(lockKeysOf("r", [{ name: "web1", address: "192.0.2.1" }, { name: "web2", address: null }, { name: "alias", address: "192.0.2.1" }])).toEqual([
    "address:192.0.2.1", "host:r:alias", "host:r:web1", "host:r:web2",
  ]); // prettier-ignore
  expect([lockName("host:r:web1"), lockName("address:192.0.2.1"), lockName("address:2001:db8::1")]).toEqual([
    "web1",
    "192.0.2.1",
    "2001:db8::1",
  ]);
});

describeOnBothDatabases("target locks", (open) => {
  const start = async (): Promise<TestApp> => createTestApp({ database: await open() });
  const state = async (app: TestApp, runId: string): Promise<unknown> => {
    const { run } = await app.view(runId);
    return [run.state, run.waitingReason];
  };

  test("two runs on one host exclude each other over two agents, and the second says for whom it waits", async () => {
    const app = await start();
    const first = await app.run("deploy gitea");
    const second = await app.run("back up gitea");
    const source = await app.source();
    const claims = await Promise.all([source.claim("agent-1"), source.claim("agent-2")]);
    expect(claims.filter((claim) => claim !== null).map((claim) => claim.runId)).toEqual([first]);
    expect(await state(app, second)).toEqual(["waiting", expect.stringMatching(/^waits for run 1 on .*web1/)]);
    await app.finish(claims.find((claim) => claim !== null) ?? (await app.claim()), succeeded());
    expect((await app.claim("agent-2")).runId).toBe(second);
    expect(await state(app, second)).toEqual(["running", null]);
  });

  test("two names of one address exclude each other; another host and a playbook that only looks do not wait", async () => {
    const app = await start();
    await app.run("deploy plex"); // on nas
    await app.claim();
    const sameAddress = await app.run("deploy grafana"); // on backupbox
    const other = await app.run("deploy gitea");
    const looks = await app.run("check disk");
    expect([(await app.claim()).runId, (await app.claim()).runId].toSorted()).toEqual([other, looks].toSorted());
    expect(await state(app, sameAddress)).toEqual(["waiting", expect.stringContaining("192.0.2.3")]);
  });

  test("are taken all or none: who waits for one holds nothing, and who comes later does not overtake", async () => {
    const app = await createTestApp({
      database: await open(),
      files: {
        "update-grafana.yml": "- name: Update Grafana\n  hosts: web1:web2\n  tasks:\n    - name: x\n      ansible.builtin.command: x\n",
      },
    });
    const holder = await app.run("deploy gitea"); // web1
    const held = await app.claim();
    const both = await app.run("update grafana"); // web1 and web2
    const source = await app.source();
    expect(await source.claim("agent-1")).toBeNull();
    const keys = await app.database.query("select key from target_lock order by key");
    expect(keys.map((row) => String(row["key"]).replace(/:.*:/, ":"))).toEqual(["address:192.0.2.1", "host:web1"]);
    const later = await app.run("deploy traefik"); // web2, free, but somebody waits for it
    expect(await source.claim("agent-2")).toBeNull();
    expect(await state(app, later)).toEqual(["waiting", expect.stringContaining("run 2")]);
    await app.finish(held, succeeded());
    const next = await app.claim();
    expect(next.runId).toBe(both);
    await app.finish(next, succeeded());
    expect((await app.claim()).runId).toBe(later);
    expect((await app.view(holder)).run.state).toBe("succeeded");
  });

  test("are kept while nobody knows how a run ended, and freed by a person's word only", async () => {
    const app = await start();
    const lost = await app.run("deploy gitea");
    await app.finish(await app.claim(), failed("PROCESS_LOST", "outcome_unknown"));
    const waiting = await app.run("back up gitea");
    const source = await app.source();
    expect(await source.claim("agent-2")).toBeNull();
    await app.shift(86_400 / 48);
    await app.watch();
    expect(await source.claim("agent-2")).toBeNull();
    expect(await state(app, waiting)).toEqual(["waiting", expect.stringContaining("run 1")]);
    expect(await app.app.useCases.settleUnknown(lost, "local", "failed")).toEqual({ kind: "done" });
    expect((await app.claim("agent-2")).runId).toBe(waiting);
  });

  test("sixty runs that wait for one host do not keep a run on another host from its start", async () => {
    const app = await start();
    await app.run("deploy gitea");
    await app.claim();
    const blocked = await app.run("back up gitea");
    // More of the same, without the way through plan and approval.
    await app.database.query(
      "insert into run_step (run_id, step_order, state) select $1, order_, 'queued' from generate_series(2, 60) order_",
      [blocked],
    );
    await app.database.query(
      "insert into step_attempt (run_id, step_order, number, state) select $1, order_, 1, 'queued' from generate_series(2, 60) order_",
      [blocked],
    );
    await app.database.query(
      "insert into target_lock_queue (attempt_id, keys) select id, (select array_agg(key) from target_lock) from step_attempt where state = 'queued' and step_order > 1",
    );
    const free = await app.run("deploy plex");
    expect((await app.claim()).runId).toBe(free);
  });
});
