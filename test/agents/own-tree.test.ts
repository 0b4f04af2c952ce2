import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { AgentBench, until } from "../helpers/agent-bench.ts";

let bench: AgentBench;
beforeEach(() => void (bench = new AgentBench()));
afterEach(() => bench.close());
const trees = (): string => join(bench.folder, "agent", "trees");
const site = (tasks: string, hosts = "web1"): string => `- name: Play\n  hosts: ${hosts}\n  gather_facts: false\n  tasks:\n${tasks}`;

test(
  "two runs of one snapshot have a tree each: what one writes, the other never reads, and both trees go",
  { timeout: 60_000 },
  async () => {
    await bench.agent();
    const go = join(bench.folder, "go");
    const files = {
      "site.yml": site(
        `    - ansible.builtin.shell: "while [ ! -e ${go} ]; do sleep 0.05; done"\n    - ansible.builtin.include_tasks: more.yml\n`,
      ),
      "more.yml": "- ansible.builtin.debug: {msg: sealed}\n",
    };
    const first = bench.submit(files);
    const second = bench.submit(files);
    const ids = [first.item.attemptId, second.item.attemptId];
    const started = (id: string): boolean => existsSync(join(bench.runFolder(id), "stdout.log")) && bench.stdout(id).includes("TASK");
    await until(() => ids.every(started));
    expect(
      readdirSync(trees())
        .filter((name) => !name.endsWith(".json"))
        .toSorted(),
    ).toEqual(ids.toSorted());
    const [victim = "", other = ""] = ids;
    const path = join(trees(), victim, "more.yml");
    // As root, or the owner who may change the mode.
    chmodSync(path, 0o644);
    writeFileSync(path, "- ansible.builtin.debug: {msg: tampered}\n");
    writeFileSync(go, "");
    const results = { [victim]: await bench.source.finished(victim), [other]: await bench.source.finished(other) };
    expect(results[other]).toMatchObject({ outcome: "succeeded" });
    expect(bench.stdout(other)).toContain("sealed");
    expect(results[victim]).toMatchObject({ outcome: "failed", errorCode: "SNAPSHOT_WRITTEN" });
    await until(() => readdirSync(trees()).length === 0);
  },
);

test("a run that was to act on hosts and matches none has failed", { timeout: 60_000 }, async () => {
  await bench.agent();
  const files = { "site.yml": site("    - ansible.builtin.command: 'true'\n", "nosuchgroup") };
  expect((await bench.run(files, { hosts: ["web1"] })).result).toMatchObject({
    outcome: "failed",
    errorCode: "ANSIBLE_NO_HOSTS",
    summary: { status: "failed", keyErrors: [expect.stringContaining("matched any host")] },
  });
  expect((await bench.run(files)).result).toMatchObject({ outcome: "succeeded" });
  const empty = { "site.yml": site("    []\n") };
  expect((await bench.run(empty, { hosts: ["web1"] })).result).toMatchObject({ outcome: "succeeded" });
});

test("a log file is not written, and facts kept below the repo go to a folder of the run", { timeout: 60_000 }, async () => {
  await bench.agent();
  const log = join(bench.folder, "ansible.log");
  const files = {
    "ansible.cfg": `[defaults]\nlog_path = ${log}\nfact_caching = jsonfile\nfact_caching_connection = ./facts\n`,
    "site.yml": site("    - ansible.builtin.set_fact: {kept: 1, cacheable: true}\n    - ansible.builtin.debug: {msg: canary-word}\n"),
  };
  const ansibleConfig = { CACHE_PLUGIN: "jsonfile", CACHE_PLUGIN_CONNECTION: "facts" };
  const { result, item } = await bench.run(files, {}, { ansibleConfig });
  expect(result).toMatchObject({ outcome: "succeeded" });
  expect(existsSync(log) ? readFileSync(log, "utf8") : "").toBe("");
  expect(existsSync(join(bench.runFolder(item.attemptId), "facts"))).toBe(false);
});
