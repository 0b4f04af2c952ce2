import { expect, onTestFinished, test } from "vitest";
import { startRunFeed } from "../../src/runs/run-feed.ts";

async function feed(): Promise<{ notify: (payload: string) => void; told: string[] }> {
  let notify: (payload: string) => void = () => undefined;
  const started = await startRunFeed({
    listen(_channel, onNotification) {
      notify = onNotification;
      return Promise.resolve(() => Promise.resolve());
    },
  });
  onTestFinished(() => started.stop());
  const told: string[] = [];
  started.subscribe((runId) => told.push(runId));
  return { notify: (payload) => notify(payload), told };
}

test("many news of a run within a moment are told once, of each run", async () => {
  const { notify, told } = await feed();
  for (let count = 0; count < 20; count += 1) notify("run-1");
  notify("run-2");
  expect(told).toEqual([]);
  await expect.poll(() => told).toEqual(["run-1", "run-2"]);
  notify("run-1");
  await expect.poll(() => told).toEqual(["run-1", "run-2", "run-1"]);
});

test("the end of a run is told at once, and what waited before it is told with it", async () => {
  const { notify, told } = await feed();
  notify("run-1");
  notify("run-1 ended");
  expect(told).toEqual(["run-1"]);
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(told).toEqual(["run-1"]);
});
