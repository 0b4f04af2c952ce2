import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { AsyncTaskReport } from "../../src/agents/async-task.ts";
import { createAsyncTaskListener } from "../../src/orchestrator/async-tasks.ts";
import { silentLogger } from "../../src/logger.ts";
import { describeOnBothDatabases } from "../helpers/databases.ts";
import { eventually } from "../helpers/e2e-house.ts";
import { ScriptedExecutor, succeeded } from "../helpers/scripted-executor.ts";
import { createTestApp } from "../helpers/test-app.ts";

const report = (attemptId: string, changes: Partial<AsyncTaskReport> = {}): AsyncTaskReport => ({
  jobId: "backup_1795000000_0a1b2c3d", attemptId, host: "web1", taskName: "backup\u0000\u202e", status: "running", reason: null, error: null, rc: null,
  lastLines: null, timeoutSeconds: 60, startedAt: "2026-11-21T08:00:00Z", endedAt: null, ...changes,
}); // prettier-ignore
const done = { status: "completed", rc: 0, lastLines: "all of it", endedAt: "2026-11-21T09:30:00Z" } as const;

describeOnBothDatabases("what is told of jobs", (open) => {
  test("an end stays the end, the same thing told twice is one entry, and nobody can tell of an attempt that is not there", async () => {
    const app = await createTestApp({ database: await open() });
    await app.run("back up gitea");
    const { attemptId } = await app.claim();
    const listener = createAsyncTaskListener({ database: app.database, logger: silentLogger() });
    for (const one of [report(attemptId), report(attemptId), report(attemptId, done), report(attemptId), report(attemptId, { status: "failed", endedAt: done.endedAt })])
      await listener.told(one); // prettier-ignore
    await listener.told(report("not-even-an-id", { jobId: "other_1_00000000" }));
    await listener.told(report("00000000-0000-4000-8000-000000000000", { jobId: "other_1_00000001" }));
    expect(await app.app.asyncTasks.list(10)).toEqual([
      expect.objectContaining({ status: "completed", rc: 0, stepOrder: 1, runNumber: 1 }),
    ]);
    expect((await app.audit("async.started")).length + (await app.audit("async.ended")).length).toBe(2);
  });
});

test("the thread is told of a job's end once, after the result of its run, also when nobody was there at the end", async () => {
  const state = (attemptId: string, changes: object = {}): string =>
    JSON.stringify({
      job_id: "backup_1795000000_0a1b2c3d", host: "web1", task_name: "backup", status: "running", start_time: "2026-11-21T08:00:00Z", finish_time: null,
      timeout: 60, error: null, result: null, connection: "ssh", run_id: attemptId, ...changes,
    }); // prettier-ignore
  const executor = new ScriptedExecutor();
  const app = await createTestApp({ executor });
  const folder = join(app.dataDir, "agent", "async");
  // Other tests of this file use the same data folder.
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  let attemptId = "";
  executor.script = async (item) => {
    ({ attemptId } = item);
    return succeeded();
  };
  await app.startBot();
  await app.app.startAgent();
  await app.platform.say("back up gitea");
  await app.platform.press("approve", app.platform.cardsOf("plan").at(-1)?.planVersionId ?? "");
  await eventually(() => app.platform.cardsOf("result").at(-1), 20_000, "the result");
  await app.app.stop();
  const failed = {
    status: "failed",
    finish_time: "2026-11-21T08:01:40Z",
    reason: "signal",
    result: { rc: -9, stdout: "half <b>", stderr: "" },
  };
  writeFileSync(join(folder, "backup_1795000000_0a1b2c3d.json"), state(attemptId, failed));

  const again = await app.restart();
  await again.startBot();
  await again.app.startAgent();
  const notices = (): string[] => again.platform.cardsOf("notice").flatMap((card) => (card.text.includes("The job") ? [card.text] : []));
  await eventually(() => notices().length > 0, 20_000, "the word");
  const third = await again.restart();
  await third.startBot();
  await third.app.startAgent();
  expect(readdirSync(folder)).toHaveLength(1);
  expect(notices()).toEqual([
    "The job backup_1795000000_0a1b2c3d (backup) on web1 failed: signal 9 ended it. It took 1 min 40 s.\nThe last lines of what it wrote:\nhalf <b>",
  ]);
  const [list] = await third.platform.command("jobs");
  expect(list).toMatchObject({ kind: "list", items: [{ title: "backup_1795000000_0a1b2c3d: failed (signal)" }] });
});
