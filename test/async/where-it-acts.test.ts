import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { whereItActs, type ActsOn } from "../../src/agents/infra/act-on.ts";
import { inventoryOf } from "../../src/agents/infra/inventory.ts";
import { riskOf } from "../../src/policy/risk.ts";
import { writeFiles, type RepoFiles } from "../helpers/agent-bench.ts";

const inventory = inventoryOf(JSON.stringify({ all: { children: ["ungrouped"] }, ungrouped: { hosts: ["nas"] }, _meta: { hostvars: {} } }));
let repo: string;
beforeEach(() => void (repo = mkdtempSync(join(tmpdir(), "chiffon-jobs-act-"))));
afterEach(() => rmSync(repo, { recursive: true, force: true }));

async function of(files: RepoFiles): Promise<ActsOn> {
  writeFiles(repo, files);
  return whereItActs({ repo, playbookPath: "site.yml", inventory });
}
const start = (command: string): string =>
  `- hosts: nas\n  tasks:\n    - ansible.builtin.include_role: {name: chiffon.async_tasks.async_task_start}\n      vars: {command: ${command}, task_name: job}\n`;
const risk = (found: ActsOn): string => riskOf({ verb: "run", name: "job" }, found.tasks, found.mayAlsoActOn.length > 0).risk;

test("a playbook that starts a job acts where its plays do, and the job's command counts for the risk", async () => {
  const plain = await of({ "site.yml": start("tar -c /srv") });
  expect(plain).toMatchObject({ startsJobs: true, hosts: ["nas"], mayAlsoActOn: [] });
  expect(risk(plain)).toBe("change");
  expect(risk(await of({ "site.yml": start("rm -rf /srv/old") }))).toBe("destructive");
  const listed = "- hosts: nas\n  roles:\n    - {role: chiffon.async_tasks.async_task_start, command: mkfs /dev/sdb, task_name: job}\n";
  expect(risk(await of({ "site.yml": listed }))).toBe("destructive");
});

test("a check may act where the job runs; a collection of the same name in the repo is nobody we know", async () => {
  const check = "- hosts: localhost\n  roles: [chiffon.async_tasks.async_task_check]\n";
  expect(await of({ "site.yml": check })).toMatchObject({ startsJobs: false, mayAlsoActOn: ["the host of the job that is asked for"] });
  const own = await of({
    "site.yml": start("id"),
    "collections/ansible_collections/chiffon/async_tasks/roles/async_task_start/tasks/main.yml": "[]\n",
  });
  expect(own).toMatchObject({ startsJobs: false, mayAlsoActOn: ["role chiffon.async_tasks.async_task_start (not in the repository)"] });
});
