import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeRunFolder, markReported, rotateRuns, writeRunNote } from "../../src/agents/infra/run-folder.ts";
import { AgentBench, processesOf, until } from "../helpers/agent-bench.ts";
import { startSshServer } from "../helpers/ssh-server.ts";

let bench: AgentBench;
let folder: string;
beforeEach(() => {
  bench = new AgentBench();
  folder = mkdtempSync(join(tmpdir(), "chiffon-runs-"));
});
afterEach(async () => {
  await bench.close();
  rmSync(folder, { recursive: true, force: true });
});

test("keeps the last ten runs of every playbook, and whatever was not reported yet", async () => {
  const make = (attemptId: string, playbook: string): string => {
    const made = makeRunFolder(folder, attemptId);
    writeRunNote(made, {
      attemptId, playbook, fencing: 1, runId: "run", stepOrder: 1, preview: false, snapshotHash: "", actsOnHosts: false, removeFiles: [], removeFolders: [],
      syntaxCheck: { argv: [], cwd: "", env: {} },
    }); // prettier-ignore
    writeFileSync(join(made, "stdout.log"), "");
    return made;
  };
  make("open", "site.yml");
  markReported(make("other", "other.yml"));
  for (let number = 10; number < 23; number += 1) {
    markReported(make(`run-${number}`, "site.yml"));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await rotateRuns(folder, 10);
  expect(readdirSync(join(folder, "runs")).toSorted()).toEqual([
    "open",
    "other",
    ...Array.from({ length: 10 }, (_, index) => `run-${index + 13}`),
  ]);
});

test("a cancel ends every process of the run, also what left its group, but no declared async task; output, events and summary stay", async () => {
  await bench.agent();
  const pids = (name: string): string => join(folder, name);
  const task = (name: string, more: string): string =>
    `    - name: ${name}\n      ansible.builtin.shell: echo $$ > ${pids(name)}; exec sleep 300\n      async: 300\n      poll: 0\n${more}`;
  const record = bench.submit({
    "site.yml": `- hosts: web1\n  gather_facts: false\n  tasks:\n${task("forgotten", "")}${task("declared", "      environment: {CHIFFON_ASYNC_TASK: job-1}\n")}    - ansible.builtin.command: sleep 300\n`,
  });
  const { attemptId } = record.item;
  await until(() => record.events.filter(({ event }) => event.kind === "task_start").length === 3);
  await until(() => existsSync(pids("declared")) && existsSync(pids("forgotten")));
  bench.source.askToStop(attemptId, "cancelled");
  expect(await bench.source.finished(attemptId)).toMatchObject({ outcome: "cancelled" });
  const left = processesOf(attemptId);
  for (const pid of left) expect(readFileSync(`/proc/${pid}/environ`, "utf8").split("\0")).toContain("CHIFFON_ASYNC_TASK=job-1");
  expect(left).toContain(Number(readFileSync(pids("declared"), "utf8")));
  expect(left).not.toContain(Number(readFileSync(pids("forgotten"), "utf8")));
  const kept = bench.runFolder(attemptId);
  expect(readdirSync(kept)).toEqual(expect.arrayContaining(["stdout.log", "events.jsonl", "result.json"]));
  expect(JSON.parse(readFileSync(join(kept, "result.json"), "utf8"))).toEqual(record.result);
  expect(statSync(join(kept, "result.json")).mode & 0o777).toBe(0o600);
});

test("the shared ssh connections of a run have a place of their own and are closed with it", async () => {
  const server = await startSshServer();
  expect(server).not.toBeNull();
  await bench.agent();
  const options = "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o IdentitiesOnly=yes -F none";
  const host = {
    ansible_connection: "ssh", ansible_host: "127.0.0.1", ansible_port: server?.port, ansible_ssh_common_args: options,
    ansible_ssh_private_key_file: server?.key,
  }; // prettier-ignore
  const go = join(folder, "go");
  const record = bench.submit({
    "inventory.yml": JSON.stringify({ all: { hosts: { far: host } } }),
    "site.yml": `- hosts: far\n  gather_facts: false\n  tasks: [{ansible.builtin.raw: "true"}, {ansible.builtin.raw: "while ! test -e ${go}; do sleep 0.1; done"}]\n`,
  });
  await until(() => record.events.filter(({ event }) => event.kind === "task_start").length === 2);
  const command = readFileSync(join(bench.runFolder(record.item.attemptId), "command.json"), "utf8");
  const { controlPathDir } = JSON.parse(command) as { controlPathDir: string };
  expect(connectionsIn(controlPathDir)).toHaveLength(1);
  writeFileSync(go, "");
  expect(await bench.source.finished(record.item.attemptId)).toMatchObject({ outcome: "succeeded" });
  // Left alone it would wait for a minute.
  await until(() => connectionsIn(controlPathDir).length === 0, 5_000);
  expect(existsSync(controlPathDir)).toBe(false);
  server?.stop();
});

/** What waits in the background shows nothing but its socket. */
function connectionsIn(controlPathDir: string): string[] {
  return readdirSync("/proc").filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, "utf8").startsWith(`ssh: ${controlPathDir}/`);
    } catch {
      return false;
    }
  });
}
