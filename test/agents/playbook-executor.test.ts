import { afterAll, beforeAll, expect, test } from "vitest";
import { AgentBench, recapOf } from "../helpers/agent-bench.ts";

let bench: AgentBench;
beforeAll(async () => {
  bench = new AgentBench();
  await bench.agent();
});
afterAll(() => bench.close());

test("runs an approved playbook from its snapshot and reports what ansible's own recap says", async () => {
  const { item, result, events, started } = await bench.run({
    "site.yml": "- hosts: all\n  gather_facts: false\n  tasks:\n    - name: Say {{ inventory_hostname }}\n      command: 'true'\n",
  });
  expect(result).toMatchObject({ outcome: "succeeded", errorCode: null, errorText: null });
  expect(result.summary?.hostsSummary).toEqual(recapOf(bench.stdout(item.attemptId)));
  expect(started).toHaveLength(1);
  expect(events.map(({ number }) => number)).toEqual(events.map((_, index) => index + 1));
});
