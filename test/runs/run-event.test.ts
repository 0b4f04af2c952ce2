import { expect, test } from "vitest";
import { appendRunEvents, readRunEvents } from "../../src/runs/run-event.ts";
import { createTestApp } from "../helpers/test-app.ts";

test("events of several kinds keep their order and their numbers, and what no database can keep is replaced", async () => {
  const { app, run } = await createTestApp();
  const runId = await run("deploy gitea");
  const before = (await readRunEvents(app.database, runId, 0)).length;
  const ugly = "half \ud83d and \0 and an honest \\u0000";
  const last = await appendRunEvents(app.database, runId, [
    { kind: "ansible", data: { step: 1, kind: "warning", message: ugly } },
    { kind: "ansible", data: { step: 1, kind: "warning", message: "second" } },
    { kind: "step", data: { order: 1, state: "running" } },
    { kind: "ansible", data: { step: 1, kind: "warning", message: "third" } },
  ]);
  expect(last).toBe(before + 4);
  const stored = await readRunEvents(app.database, runId, before);
  expect(stored.map(({ number, kind, data }) => [number - before, kind, data["message"]])).toEqual([
    [1, "ansible", "half \u{fffd} and \u{fffd} and an honest \\u0000"],
    [2, "ansible", "second"],
    [3, "step", undefined],
    [4, "ansible", "third"],
  ]);
});

test("what the events say of a step is counted once, however often and by how many it is looked at", async () => {
  const { app, run } = await createTestApp();
  const runId = await run("deploy gitea");
  const result = { step: 1, kind: "result", host: "web1", task: "write", rescued: false, ignored: false };
  const task = { step: 1, kind: "task_start", task: "write" };
  const look = async (): Promise<unknown> => (await app.useCases.run(runId))?.steps[0]?.live;
  const add = (count: number, data: Record<string, unknown>): Promise<number> =>
    appendRunEvents(
      app.database,
      runId,
      Array.from({ length: count }, () => ({ kind: "ansible", data })),
    );
  await add(3, task);
  expect(await Promise.all([look(), look()])).toEqual(Array(2).fill({ currentTask: "write", tasksDone: 3, changed: 0, failed: 0 }));
  await add(2_500, { ...result, status: "changed", message: "said" });
  await add(1, { ...result, status: "failed" });
  await add(1, { ...result, status: "failed", rescued: true });
  expect(await Promise.all([look(), look()])).toEqual(Array(2).fill({ currentTask: "write", tasksDone: 3, changed: 2_500, failed: 1 }));
  expect((await app.useCases.run(runId))?.steps[0]?.said).toHaveLength(60);
});
