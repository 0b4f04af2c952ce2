import { expect, test } from "vitest";
import { silentLogger } from "../../src/logger.ts";
import { startQueue } from "../../src/queue/queue.ts";
import { describeOnBothDatabases, shiftClock } from "../helpers/databases.ts";
import { failed, succeeded } from "../helpers/scripted-executor.ts";
import { createTestApp, type TestApp } from "../helpers/test-app.ts";

describeOnBothDatabases("a run", (open) => {
  const start = async (): Promise<TestApp> => createTestApp({ database: await open() });
  const states = async (app: TestApp, runId: string): Promise<unknown> => {
    const view = await app.view(runId);
    return [view.run.state, ...view.steps.map((step) => step.state)];
  };
  const locks = async (app: TestApp): Promise<number> => (await app.database.query("select key from target_lock")).length;
  const nothingToClaim = async (app: TestApp): Promise<void> => expect(await (await app.source()).claim("agent-x")).toBeNull();

  test("goes step by step to its end, with locks held only meanwhile and one audit entry a change", async () => {
    const app = await start();
    const runId = await app.run("deploy gitea and deploy plex");
    expect(await states(app, runId)).toEqual(["queued", "queued", "pending"]);
    const first = await app.claim();
    expect(await states(app, runId)).toEqual(["running", "running", "pending"]);
    expect(await locks(app)).toBe(2);
    await nothingToClaim(app);
    await app.finish(first, succeeded());
    expect(await locks(app)).toBe(0);
    await app.finish(await app.claim(), succeeded());
    expect(await states(app, runId)).toEqual(["succeeded", "succeeded", "succeeded"]);
    await nothingToClaim(app);
    expect((await app.audit("step.finished")).map((entry) => entry.result)).toEqual(["done", "done"]);
    expect(await app.audit("run.finished")).toEqual([expect.objectContaining({ result: "done", resource: `run:${runId}` })]);
    expect((await app.view(runId)).run.auditNumber).not.toBeNull();
  });

  test("a failed step skips its dependents and says why; a retry makes a plan of the rest only", async () => {
    const app = await start();
    const runId = await app.run("deploy gitea and deploy plex and deploy traefik");
    await app.finish(await app.claim(), succeeded());
    await app.finish(await app.claim(), failed("ANSIBLE_PLAY_ERROR"));
    const view = await app.view(runId);
    expect(await states(app, runId)).toEqual(["failed", "succeeded", "failed", "skipped"]);
    expect(view.steps[1]).toMatchObject({ errorCode: "ANSIBLE_PLAY_ERROR", errorText: "it broke" });
    expect(view.steps[2]?.reason).toMatch(/step 2,? (which )?failed/);
    expect(await locks(app)).toBe(0);
    const retry = await app.app.useCases.retryFromFailed(runId, "local");
    if (retry.kind !== "plan") throw new Error("no plan");
    expect((await app.app.useCases.plan(retry.planVersionId))?.sealed?.steps.map((step) => step.playbookPath)).toEqual([
      "deploy-plex.yml",
      "deploy-traefik.yml",
    ]);
    await nothingToClaim(app); // it needs its own approval
    expect(await app.approve(retry.planVersionId)).toMatchObject({ kind: "approved", runNumber: 2 });
    await app.finish(await app.claim(), succeeded());
    await app.finish(await app.claim(), succeeded());
  });

  test("tries a repeatable step again after 1, 5 and 15 minutes, then it has failed", async () => {
    const app = await start();
    const runId = await app.run("back up gitea");
    for (const [index, minutes] of [1, 5, 15].entries()) {
      await app.finish(await app.claim(), failed("ANSIBLE_HOST_UNREACHABLE"));
      expect(await locks(app)).toBe(0);
      expect((await app.view(runId)).steps[0]?.reason).toBe(`ANSIBLE_HOST_UNREACHABLE: attempt ${index + 2} of 4 starts in ${minutes} min`);
      await app.shift(minutes * 60 - 5);
      await nothingToClaim(app);
      await app.shift(5);
    }
    await app.finish(await app.claim(), failed("ANSIBLE_HOST_UNREACHABLE"));
    expect(await states(app, runId)).toEqual(["failed", "failed"]);
    await app.shift(3_600);
    await nothingToClaim(app);
    expect(await app.audit("step.finished")).toHaveLength(4);
  });

  test.for([
    ["deploy gitea", "ANSIBLE_HOST_FAILED"], // not declared repeatable
    ["back up gitea", "ANSIBLE_PLAY_ERROR"],
    ["back up gitea", "ANSIBLE_SYNTAX_ERROR"],
    ["back up gitea", "snapshot-differs"],
  ])("never tries %s again after %s", async ([text = "", code = ""]) => {
    const app = await start();
    const runId = await app.run(text);
    await app.finish(await app.claim(), failed(code, code === "snapshot-differs" ? "refused" : "failed"));
    expect(await states(app, runId)).toEqual(["failed", "failed"]);
  });

  test("whose agent falls silent has an unknown outcome and keeps its locks; the same attempt may come back", async () => {
    const app = await start();
    const runId = await app.run("deploy gitea");
    const attempt = await app.claim();
    const source = await app.source();
    await source.started(attempt, { pid: 1, processStartTime: "1", bootId: "b" });
    await app.shift(14);
    expect((await app.watch()).lost).toEqual([]);
    await app.shift(2);
    expect((await app.watch()).lost).toEqual([runId]);
    expect(await states(app, runId)).toEqual(["outcome_unknown", "outcome_unknown"]);
    expect(await locks(app)).toBe(2);
    expect(await app.audit("step.lease_lost")).toHaveLength(1);
    await nothingToClaim(app);
    expect(await source.renew(attempt)).toEqual({ held: true, stop: null });
    expect(await states(app, runId)).toEqual(["running", "running"]);
    await app.shift(16);
    await app.watch();
    await app.finish(attempt, succeeded());
    expect(await states(app, runId)).toEqual(["succeeded", "succeeded"]);
    expect(await locks(app)).toBe(0);
  });

  test("is settled by a person: locks freed, the next step goes on, and late reports are refused but kept", async () => {
    const app = await start();
    const runId = await app.run("deploy gitea and deploy plex");
    const attempt = await app.claim();
    const source = await app.source();
    await source.started(attempt, { pid: 1, processStartTime: "1", bootId: "b" });
    await app.shift(16);
    await app.watch();
    expect(await app.app.useCases.settleUnknown(runId, "slack:T1:U1", "succeeded")).toMatchObject({ kind: "refused" });
    expect(await app.app.useCases.settleUnknown(runId, "local", "succeeded")).toEqual({ kind: "done" });
    expect(await app.app.useCases.settleUnknown(runId, "local", "failed")).toMatchObject({ kind: "refused" });
    expect(await states(app, runId)).toEqual(["running", "succeeded", "queued"]);
    expect(await locks(app)).toBe(0);
    await expect(app.finish(attempt, failed())).rejects.toMatchObject({ code: "attempt-fenced" });
    await expect(source.renew(attempt)).rejects.toMatchObject({ code: "attempt-fenced" });
    await expect(source.events(attempt, [])).rejects.toMatchObject({ code: "attempt-fenced" });
    expect(await states(app, runId)).toEqual(["running", "succeeded", "queued"]);
    expect(await app.audit("step.finished")).toEqual([
      expect.objectContaining({ result: "refused", facts: expect.objectContaining({ code: "attempt-fenced", outcome: "failed" }) }),
    ]);
    expect((await app.audit("run.settled")).map((entry) => [entry.actor, entry.result])).toEqual([
      ["slack:T1:U1", "refused"],
      ["local", "done"],
    ]);
    await app.finish(await app.claim(), succeeded());
    expect(await states(app, runId)).toEqual(["succeeded", "succeeded", "succeeded"]);
  });

  test("whose agent is lost before anything was spawned is handed to the next one, three times at most", async () => {
    const app = await start();
    const runId = await app.run("back up gitea");
    const source = await app.source();
    for (let lost = 0; lost < 3; lost += 1) {
      const attempt = await app.claim(`agent-${lost}`);
      await app.shift(16);
      expect((await app.watch()).lost).toEqual([]);
      expect(await locks(app)).toBe(0);
      await expect(source.started(attempt, { pid: 1, processStartTime: "1", bootId: "b" })).rejects.toMatchObject({
        code: "attempt-fenced",
      });
    }
    expect(await app.audit("step.handed_over")).toHaveLength(3);
    const last = await app.claim("agent-4");
    await app.finish(last, failed("ANSIBLE_HOST_UNREACHABLE")); // those before do not count as tries
    expect((await app.view(runId)).steps[0]?.reason).toContain("attempt 2 of 4 starts in 1 min");
    await app.shift(60);
    await app.claim();
    await app.shift(16);
    expect((await app.watch()).lost).toEqual([runId]);
  });

  test("whose agent ended before it spawned anything begins again, three times at most, and then has not been run", async () => {
    const app = await start();
    const runId = await app.run("deploy gitea");
    const unbegun = failed("not-started", "refused");
    await app.finish(await app.claim(), unbegun);
    expect(await states(app, runId)).toEqual(["running", "running"]);
    expect((await app.view(runId)).steps[0]?.reason).toContain("the step begins again");
    await app.finish(await app.claim(), succeeded());
    expect(await states(app, runId)).toEqual(["succeeded", "succeeded"]);
    const other = await app.run("deploy plex");
    for (let round = 0; round < 4; round += 1) await app.finish(await app.claim(), unbegun);
    await nothingToClaim(app);
    expect(await states(app, other)).toEqual(["failed", "failed"]);
    expect(await locks(app)).toBe(0);
    expect(await app.audit("step.handed_over")).toHaveLength(4);
  });

  test("that tells its end or its start twice is ended and started once", async () => {
    const app = await start();
    const runId = await app.run("deploy gitea");
    const attempt = await app.claim();
    const source = await app.source();
    const process = { pid: 1, processStartTime: "1", bootId: "b" };
    await source.started(attempt, process);
    await expect(source.started(attempt, process)).rejects.toMatchObject({ code: "attempt-started-before" });
    await Promise.all([app.finish(attempt, succeeded()), app.finish(attempt, failed()), app.finish(attempt, succeeded())]);
    await app.finish(attempt, failed());
    expect(["succeeded", "failed"]).toContain((await app.view(runId)).run.state);
    expect(await app.audit("step.finished")).toHaveLength(1);
    expect(await app.audit("run.finished")).toHaveLength(1);
  });

  test("stores events once and in order, refuses a gap, and never stumbles over stray characters", async () => {
    const app = await start();
    const runId = await app.run("deploy gitea");
    const attempt = await app.claim();
    const source = await app.source();
    const event = (number: number, message: string) => ({ number, event: { at: 0, kind: "warning" as const, message } });
    expect(await source.events(attempt, [event(1, "one"), event(2, "nul \0 and half \ud83d")])).toBe(2);
    expect(await source.events(attempt, [event(1, "one"), event(2, "two"), event(3, "three")])).toBe(3);
    await expect(source.events(attempt, [event(5, "five")])).rejects.toMatchObject({ code: "events-with-gap" });
    await app.finish(attempt, { ...failed(), errorText: "nul \0 and half \ud83d" });
    const rows = await app.database.query("select data from run_event where kind = 'ansible' order by number");
    expect(rows.map((row) => row["data"]["message"])).toEqual(["one", "nul \ufffd and half \ufffd", "three"]);
    expect((await app.view(runId)).steps[0]?.errorText).toBe("nul \ufffd and half \ufffd");
  });

  test("is claimed by one of many agents", async () => {
    const app = await start();
    await app.run("deploy gitea");
    const source = await app.source();
    const claims = await Promise.all(Array.from({ length: 8 }, (_, index) => source.claim(`agent-${index}`)));
    expect(claims.filter((claim) => claim !== null)).toHaveLength(1);
    expect(await app.audit("step.started")).toHaveLength(1);
  });

  test("that is queued is cancelled at once and never starts", async () => {
    const app = await start();
    const runId = await app.run("deploy gitea and deploy plex");
    expect(await app.cancel(runId, "slack:T1:U1")).toMatchObject({ kind: "refused" });
    expect(await app.cancel(runId)).toEqual({ kind: "cancelled" });
    expect(await states(app, runId)).toEqual(["cancelled", "cancelled", "cancelled"]);
    await nothingToClaim(app);
    expect(await app.cancel(runId)).toMatchObject({ kind: "refused", message: expect.stringContaining("ended already") });
    expect((await app.audit("run.cancel")).map((entry) => entry.result)).toEqual(["refused", "accepted", "refused"]);
    expect(await app.audit("run.finished")).toHaveLength(1);
  });

  test("that waits for a lock, or for its next try, is cancelled at once", async () => {
    const app = await start();
    const holder = await app.run("deploy gitea");
    await app.claim();
    const waiting = await app.run("remove gitea");
    await nothingToClaim(app);
    expect((await app.view(waiting)).run.state).toBe("waiting");
    expect(await app.cancel(waiting)).toEqual({ kind: "cancelled" });
    expect(await app.database.query("select * from target_lock_queue")).toEqual([]);
    expect(await states(app, holder)).toEqual(["running", "running"]);
  });

  test("that waits for its next try is cancelled at once", async () => {
    const app = await start();
    const runId = await app.run("back up gitea");
    await app.finish(await app.claim(), failed("ANSIBLE_TIMEOUT", "timeout"));
    expect(await states(app, runId)).toEqual(["running", "running"]);
    expect(await app.cancel(runId)).toEqual({ kind: "cancelled" });
    expect(await states(app, runId)).toEqual(["cancelled", "cancelled"]);
    await app.shift(3_600);
    await nothingToClaim(app);
  });

  test("that runs is asked to stop, however often somebody clicks, and keeps its locks until it has", async () => {
    const app = await start();
    const runId = await app.run("back up gitea and deploy plex");
    const attempt = await app.claim();
    const source = await app.source();
    let woken = 0;
    source.onWake(() => (woken += 1));
    expect(await app.cancel(runId)).toEqual({ kind: "stopping" });
    expect(await app.cancel(runId)).toEqual({ kind: "stopping" });
    expect(await states(app, runId)).toEqual(["running", "running", "cancelled"]);
    expect(await locks(app)).toBe(2);
    expect(await source.renew(attempt)).toEqual({ held: true, stop: "cancelled" });
    await expect.poll(() => woken).toBeGreaterThan(0);
    await app.finish(attempt, failed("ANSIBLE_HOST_UNREACHABLE", "cancelled")); // no try after a cancel
    expect(await states(app, runId)).toEqual(["cancelled", "cancelled", "cancelled"]);
    expect(await locks(app)).toBe(0);
  });

  test("that is cancelled between claim and start never spawns anything", async () => {
    const app = await start();
    const runId = await app.run("deploy gitea");
    const attempt = await app.claim();
    await app.cancel(runId);
    await expect((await app.source()).started(attempt, { pid: 1, processStartTime: "1", bootId: "b" })).rejects.toMatchObject({
      code: "attempt-stopped",
    });
    await app.finish(attempt, failed("attempt-stopped", "refused"));
    expect(await states(app, runId)).toEqual(["cancelled", "cancelled"]);
  });

  test("succeeds in its step although it was cancelled: the rest still does not start", async () => {
    const app = await start();
    const runId = await app.run("deploy gitea and deploy plex");
    const attempt = await app.claim();
    await app.cancel(runId);
    await app.finish(attempt, succeeded());
    expect(await states(app, runId)).toEqual(["cancelled", "succeeded", "cancelled"]);
    await nothingToClaim(app);
  });

  test("whose outcome nobody knows is not ended by a cancel; when a person says it succeeded, the rest does not start", async () => {
    const app = await start();
    const runId = await app.run("deploy gitea and deploy plex");
    const attempt = await app.claim();
    await app.finish(attempt, failed("PROCESS_LOST", "outcome_unknown"));
    expect(await states(app, runId)).toEqual(["outcome_unknown", "outcome_unknown", "pending"]);
    expect(await app.cancel(runId)).toEqual({ kind: "stopping" });
    expect(await locks(app)).toBe(2);
    await app.app.useCases.settleUnknown(runId, "local", "succeeded");
    expect(await states(app, runId)).toEqual(["cancelled", "succeeded", "cancelled"]);
    expect(await locks(app)).toBe(0);
  });

  test("a cancel, an end, events and a lease that runs out in the same moment never block each other", async () => {
    const app = await start();
    const source = await app.source();
    for (let round = 0; round < 8; round += 1) {
      const runId = await app.run("check disk");
      const attempt = await app.claim();
      await source.started(attempt, { pid: 1, processStartTime: "1", bootId: "b" });
      if (round % 2 === 1) await shiftClock(app.database, 16);
      const event = { number: 1, event: { at: 0, kind: "warning" as const, message: "x" } };
      await Promise.all([
        app.cancel(runId), source.renew(attempt), source.events(attempt, [event]), app.finish(attempt, succeeded()), app.cancel(runId), app.watch(), source.renew(attempt),
        source.claim("agent-2"), source.now(),
      ]); // prettier-ignore
      await app.finish(attempt, succeeded());
      expect(["succeeded", "cancelled"]).toContain((await app.view(runId)).run.state);
    }
    expect(await app.audit("run.finished")).toHaveLength(8);
  });

  test("a wake-up that comes twice, or for something long gone, does nothing", async () => {
    const app = await start();
    await app.app.startAgent();
    const runId = await app.run("deploy gitea");
    await expect.poll(async () => (await app.view(runId)).run.state, { timeout: 10_000 }).toBe("succeeded");
    const [attempt] = await app.database.query("select id from step_attempt");
    const queue = await startQueue({ database: app.database, logger: silentLogger() });
    for (const attemptId of [attempt?.["id"], attempt?.["id"], "gone"]) {
      await app.database.transaction((sql) => queue.wake(sql, "step-attempt", { attemptId }));
    }
    await app.database.query("select pg_notify('chiffon_stop', 'nonsense')");
    const waiting = "select id from pgboss.job where name = 'step-attempt' and state < 'completed'";
    await expect.poll(() => app.database.query(waiting), { timeout: 10_000 }).toEqual([]);
    await queue.stop();
    await nothingToClaim(app);
    expect(app.executor.started).toHaveLength(1);
    expect(await app.audit("step.started")).toHaveLength(1);
  });

  test("that cannot be started says why it waits, and does not hold up the others", async () => {
    const app = await start();
    const broken = await app.run("deploy gitea");
    const fine = await app.run("deploy plex");
    await app.database.query("alter table approval disable trigger approval_kept");
    await app.database.query("delete from approval where plan_version_id = (select plan_version_id from run where id = $1)", [broken]);
    expect((await app.claim()).runId).toBe(fine);
    expect((await app.view(broken)).run).toMatchObject({ state: "waiting", waitingReason: expect.stringContaining("cannot be started") });
  });
});
