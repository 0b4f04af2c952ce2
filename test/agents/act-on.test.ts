import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { whereItActs, type ActsOn } from "../../src/agents/infra/act-on.ts";
import { inventoryOf } from "../../src/agents/infra/inventory.ts";
import { writeFiles, type RepoFiles } from "../helpers/agent-bench.ts";

const inventory = inventoryOf(
  JSON.stringify({
    all: { children: ["ungrouped", "web", "db", "lab"] },
    web: { hosts: ["web1", "web2"] },
    db: { hosts: ["db1", "db2"] },
    lab: { hosts: ["lab1"] },
    _meta: { hostvars: { lab1: { ansible_connection: "local" } } },
  }),
);
let repo: string;
beforeEach(() => void (repo = mkdtempSync(join(tmpdir(), "chiffon-act-on-"))));
afterEach(() => rmSync(repo, { recursive: true, force: true }));

async function of(files: RepoFiles, more: { limit?: string; variables?: Record<string, unknown> } = {}): Promise<ActsOn> {
  writeFiles(repo, files);
  return whereItActs({ repo, playbookPath: "site.yml", inventory, ...more });
}

test("names the hosts of all plays, under the limit", async () => {
  const site = "- hosts: web\n  tasks: []\n- hosts: db[0]\n  tasks: []\n";
  expect(await of({ "site.yml": site })).toMatchObject({ hosts: ["db1", "web1", "web2"], mayAlsoActOn: [] });
  expect(await of({ "site.yml": site }, { limit: "web1,db" })).toMatchObject({ hosts: ["db1", "web1"] });
});

test("finds delegation, local_action and add_host in blocks, roles, imported playbooks and included files", async () => {
  const found = await of({
    "site.yml": "- import_playbook: more/second.yml\n- hosts: web1\n  roles: [app]\n  tasks:\n    - include_tasks: extra.yml\n",
    "more/second.yml":
      "- hosts: web2\n  tasks:\n    - block:\n        - command: id\n          delegate_to: '{{ groups[\"db\"] | last }}'\n",
    "extra.yml": "- ansible.builtin.add_host: {name: '{{ fresh }}'}\n",
    "roles/app/meta/main.yml": "dependencies: [base]\n",
    "roles/app/tasks/main.yml": "- include_tasks: '{{ ansible_os_family }}.yml'\n",
    "roles/app/tasks/Debian.yml": "- local_action: command id\n",
    "roles/base/tasks/main.yml": "- command: id\n  delegate_to: '{{ item }}'\n  loop: '{{ groups.lab }}'\n",
  });
  expect(found).toMatchObject({
    hosts: ["db2", "lab1", "localhost", "web1", "web2"],
    playHosts: ["web1", "web2"],
    mayAlsoActOn: ["added host {{ fresh }}"],
    runsInCheckMode: [],
  });
});

test("says what cannot be told beforehand, and knows it once the variable is given", async () => {
  const files = {
    "site.yml":
      "- hosts: '{{ target }}'\n  tasks:\n    - command: id\n      delegate_to: '{{ backup_host }}'\n    - command: id\n      delegate_to: box.example.org\n",
  };
  expect(await of(files)).toMatchObject({
    hosts: [],
    mayAlsoActOn: ["delegated to box.example.org (not in the inventory)", "delegated to {{ backup_host }}", "hosts: {{ target }}"],
  });
  expect(await of(files, { variables: { target: "web", backup_host: "db1" } })).toMatchObject({ hosts: ["db1", "web1", "web2"] });
  expect(await of({ "site.yml": "- hosts: '{{ target | default(\"db\") }}'\n  tasks: []\n" })).toMatchObject({
    hosts: ["db1", "db2"],
    mayAlsoActOn: [],
  });
  expect(await of({ "site.yml": "- hosts: web1\n  roles: [someone.else]\n" })).toMatchObject({
    mayAlsoActOn: ["role someone.else (not in the repository)"],
  });
});

test("connection: local acts on the controller, unless the inventory gives the host a connection of its own", async () => {
  expect(await of({ "site.yml": "- hosts: web1\n  connection: local\n  tasks: []\n" })).toMatchObject({ hosts: ["localhost", "web1"] });
  expect(await of({ "site.yml": "- hosts: lab1\n  connection: local\n  tasks: []\n" })).toMatchObject({ hosts: ["lab1"] });
  expect(await of({ "site.yml": "- hosts: localhost\n  tasks: []\n" })).toMatchObject({ hosts: ["localhost"] });
});

test("names what a preview would really run", async () => {
  const found = await of({
    "site.yml":
      "- hosts: web1\n  vars: {who: \"{{ lookup('pipe', 'id') }}\"}\n  tasks:\n    - name: Look\n      command: id\n      check_mode: false\n    - name: Fetch\n      debug: {msg: \"{{ query('url', 'https://example.org') }}\"}\n",
  });
  expect(found.runsInCheckMode).toEqual(["play site.yml: pipe lookup", "task Fetch: url lookup", "task Look"]);
});
