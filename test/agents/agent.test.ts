import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { AgentBench, until } from "../helpers/agent-bench.ts";

let bench: AgentBench;
beforeEach(() => void (bench = new AgentBench()));
afterEach(() => bench.close());

test("an attempt that the source does not know any more is let go, and its place is free again", { timeout: 60_000 }, async () => {
  const agent = await bench.agent({ capacity: 1 });
  const go = join(bench.folder, "go");
  const files = {
    "site.yml": `- hosts: web1\n  gather_facts: false\n  tasks:\n    - ansible.builtin.shell: "while [ ! -e ${go} ] && [ -d ${bench.folder} ]; do sleep 0.05; done"\n`,
  };
  const { item } = bench.submit(files);
  await until(() => existsSync(join(bench.runFolder(item.attemptId), "supervisor.json")));
  // As after a backup was put back.
  bench.source.attempts.delete(item.attemptId);
  execFileSync("touch", [go]);
  await until(() => agent.running === 0);
  expect(existsSync(join(bench.runFolder(item.attemptId), "reported"))).toBe(true);
  const next = await bench.run({ "site.yml": "- hosts: web1\n  gather_facts: false\n  tasks: []\n" });
  expect(next.result.outcome).toBe("succeeded");
});
