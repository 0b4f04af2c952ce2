import { afterAll, beforeAll, expect, test } from "vitest";
import { AgentBench, recapOf } from "../helpers/agent-bench.ts";

let bench: AgentBench;
beforeAll(async () => {
  bench = new AgentBench();
  await bench.agent({ warm: true, capacity: 4 });
}, 90_000);
afterAll(() => bench.close());

test("a run is forked from the process that has ansible imported, and says what a fresh one says", { timeout: 60_000 }, async () => {
  const { item, result } = await bench.run({
    "site.yml": "- hosts: all\n  gather_facts: false\n  tasks:\n    - name: Say\n      ansible.builtin.debug: {msg: hello}\n",
  });
  expect(result).toMatchObject({ outcome: "succeeded", summary: { okCount: 2, exitCode: 0 } });
  expect(bench.howStarted(item.attemptId)).toMatchObject({ warm: true, whyCold: null });
  expect(recapOf(bench.stdout(item.attemptId))).toEqual(result.summary?.hostsSummary);
});
