import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { AgentBench, recapOf, until } from "../helpers/agent-bench.ts";

let bench: AgentBench;
beforeAll(async () => {
  bench = new AgentBench();
  await bench.agent({ ansible: { back_end: "ansible-playbook", warm: true }, capacity: 4 });
  await until(() => existsSync(join(bench.folder, "agent", "warm", "warm.sock")), 60_000);
}, 90_000);
afterAll(() => bench.close());

const exitOf = (attemptId: string): { warm: boolean; whyCold: string | null } =>
  JSON.parse(readFileSync(join(bench.runFolder(attemptId), "exit.json"), "utf8")) as { warm: boolean; whyCold: string | null };

test("a run is forked from the process that has ansible imported, and says what a fresh one says", { timeout: 60_000 }, async () => {
  const { item, result } = await bench.run({
    "site.yml": "- hosts: all\n  gather_facts: false\n  tasks:\n    - name: Say\n      ansible.builtin.debug: {msg: hello}\n",
  });
  expect(result).toMatchObject({ outcome: "succeeded", summary: { okCount: 2, exitCode: 0 } });
  expect(exitOf(item.attemptId)).toMatchObject({ warm: true, whyCold: null });
  expect(recapOf(bench.stdout(item.attemptId))).toEqual(result.summary?.hostsSummary);
});
