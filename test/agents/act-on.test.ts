import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { whereItActs, type ActsOn } from "../../src/agents/infra/act-on.ts";
import { sha256 } from "../../src/canonical-json.ts";
import { riskOf } from "../../src/policy/risk.ts";
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

test("apply of an include sends its tasks elsewhere", async () => {
  const found = await of({
    "site.yml": `- hosts: web1
  tasks:
    - include_role: {name: app, apply: {delegate_to: db1, check_mode: off}}
    - import_tasks: {file: more.yml, apply: {delegate_to: '{{ other }}'}}
    - include_tasks: {file: more.yml, apply: {connection: local}}
`,
    "more.yml": "- ansible.builtin.ping:\n",
    "roles/app/tasks/main.yml": "- ansible.builtin.ping:\n",
  });
  expect(found).toMatchObject({ hosts: ["db1", "localhost", "web1"], mayAlsoActOn: ["delegated to {{ other }}"] });
  expect(found.runsInCheckMode).toHaveLength(1);
});

test("plays on groups and hosts that are made while it runs are said, and their tasks are read", async () => {
  const grouped = await of({
    "site.yml": `- hosts: web
  tasks: [{group_by: {key: 'os_{{ ansible_os_family }}'}}]
- hosts: os_Debian
  roles: [wipe]
- hosts: db1:fresh
  tasks: [{ansible.builtin.ping: }]
`,
    "roles/wipe/tasks/main.yml": "- ansible.builtin.command: rm -rf /srv\n  delegate_to: db2\n",
  });
  expect(grouped).toMatchObject({
    hosts: ["db1", "db2", "web1", "web2"],
    playHosts: ["db1", "web1", "web2"],
    playsUnknown: true,
    mayAlsoActOn: ["hosts: fresh (made while it runs)", "hosts: os_Debian (made while it runs)"],
  });
  expect(riskOf({ verb: "check", name: "x" }, grouped.tasks, true).risk).toBe("destructive");
  // Without anything that makes groups, a play for other hosts starts nothing.
  expect(await of({ "site.yml": "- hosts: web1\n  tasks: [{ping: }]\n- hosts: nosuch\n  tasks: [{command: id}]\n" })).toMatchObject({
    mayAlsoActOn: [],
    playsUnknown: false,
    tasks: [{ module: "ping" }],
  });
});

test.for<[string, RepoFiles, RegExp]>([
  ["play vars", { "site.yml": "- hosts: web1\n  vars: {ansible_connection: local}\n  tasks: []\n" }, /localhost/],
  ["task vars", { "site.yml": "- hosts: web1\n  tasks: [{ping: , vars: {ansible_connection: local}}]\n" }, /localhost/],
  [
    "block vars",
    { "site.yml": "- hosts: web1\n  tasks: [{vars: {ansible_connection: ansible.builtin.local}, block: [{ping: }]}]\n" },
    /localhost/,
  ],
  ["connection of a block", { "site.yml": "- hosts: web1\n  tasks: [{connection: local, block: [{ping: }]}]\n" }, /localhost/],
  ["connection of a task", { "site.yml": "- hosts: web1\n  tasks: [{connection: local, ping: }]\n" }, /localhost/],
  [
    "role parameters",
    { "site.yml": "- hosts: web1\n  roles: [{role: app, ansible_connection: local}]\n", "roles/app/tasks/main.yml": "[]\n" },
    /localhost/,
  ],
  ["role vars", { "site.yml": "- hosts: web1\n  roles: [app]\n", "roles/app/vars/main.yml": "ansible_connection: local\n" }, /localhost/],
  ["set_fact", { "site.yml": "- hosts: web1\n  tasks: [{set_fact: 'ansible_connection=local'}]\n" }, /localhost/],
  [
    "vars_files",
    { "site.yml": "- hosts: web1\n  vars_files: [more.yml]\n  tasks: []\n", "more.yml": "ansible_connection: local\n" },
    /localhost/,
  ],
  [
    "include_vars",
    { "site.yml": "- hosts: web1\n  tasks: [{include_vars: more.yml}]\n", "vars/more.yml": "ansible_connection: local\n" },
    /localhost/,
  ],
  [
    "group_vars beside the playbook",
    { "site.yml": "- hosts: web1\n  tasks: []\n", "group_vars/web/more.yml": "ansible_connection: local\n" },
    /localhost/,
  ],
  [
    "host_vars beside the playbook",
    { "site.yml": "- hosts: web1\n  tasks: []\n", "host_vars/web1.yml": "ansible_connection: local\n" },
    /localhost/,
  ],
  ["another address", { "site.yml": "- hosts: web1\n  vars: {ansible_host: 192.0.2.99}\n  tasks: []\n" }, /ansible_host: 192\.0\.2\.99/],
  [
    "another address of a known host",
    { "site.yml": "- hosts: web1\n  tasks: [{add_host: {name: db1, ansible_host: 192.0.2.9}}]\n" },
    /192\.0\.2\.9/,
  ],
  ["a template", { "site.yml": "- hosts: web1\n  vars: {ansible_connection: '{{ way }}'}\n  tasks: []\n" }, /connection: \{\{ way \}\}/],
  ["a container", { "site.yml": "- hosts: web1\n  tasks: [{ping: , connection: community.docker.docker}]\n" }, /community\.docker/],
  [
    "a program for ssh",
    { "site.yml": "- hosts: web1\n  vars: {ansible_ssh_common_args: '-o ProxyCommand=id'}\n  tasks: []\n" },
    /the controller/,
  ],
  ["a file outside", { "site.yml": "- hosts: web1\n  vars_files: [/etc/other.yml]\n  tasks: []\n" }, /\/etc\/other\.yml/],
])("says where variables of connections lead: %s", async ([, files, expected]) => {
  const found = await of(files);
  expect([...found.hosts, ...found.mayAlsoActOn].join("\n")).toMatch(expected);
});

test("what reaches the inventory's own host is no other place", async () => {
  const found = await of({
    "site.yml":
      "- hosts: lab1\n  connection: ssh\n  vars: {ansible_connection: local, ansible_host: '{{ inventory_hostname }}', ansible_user: me}\n  tasks: []\n",
  });
  expect(found).toMatchObject({ hosts: ["lab1"], mayAlsoActOn: [] });
});

test("a default for the hosts of a play counts only while the run is limited to what was found", async () => {
  const site = "- hosts: '{{ target | default(\"db\") }}'\n  vars_files: [x.yml]\n  tasks: []\n";
  expect(await of({ "site.yml": site })).toMatchObject({ hosts: ["db1", "db2"], mayAlsoActOn: [], playsUnknown: false });
  expect(await of({ "site.yml": `${site}- hosts: localhost\n  tasks: []\n` })).toMatchObject({
    mayAlsoActOn: ['hosts: {{ target | default("db") }}'],
  });
});

test("check mode that is switched off in any way, and lookups wherever they stand, are named", async () => {
  const found = await of({
    "site.yml": `- name: All of it
  hosts: web1
  check_mode: no
  roles:
    - {role: app, check_mode: off}
  tasks:
    - {name: Off, ping: , check_mode: off}
    - {name: Block, check_mode: 'No', block: [{ping: }]}
    - {name: Loop, debug: , with_pipe: [id]}
    - {name: Lines, debug: {msg: "{{ query('ansible.builtin.lines', 'id') }}"}}
    - {name: Named, debug: {msg: "{{ lookup(what, 'id') }}"}}
    - {name: Harmless, debug: {msg: "{{ lookup('env', 'HOME') }}"}, check_mode: true}
`,
    "group_vars/all.yml": "a: \"{{ lookup('pipe', 'id') }}\"\n",
    "templates/one.j2": "{{ lookup(\"url\", 'https://example.org') }}\n",
    "roles/app/defaults/main.yml": "b: \"{{ lookup('pipe', 'id') }}\"\n",
    "roles/app/templates/deep/two.j2": "{{ q('pipe', 'id') }}\n",
  });
  expect(found.runsInCheckMode).toEqual([
    "group_vars/all.yml: pipe lookup",
    "play All of it",
    "role app",
    "role app: pipe lookup",
    "roles/app/templates/deep/two.j2: pipe lookup",
    "task Block",
    "task Lines: lines lookup",
    "task Loop: pipe lookup",
    "task Named: a lookup that cannot be told",
    "task Off",
    "templates/one.j2: url lookup",
  ]);
});

test("a lookup that runs a program, and a module of the repo's own, never only look", async () => {
  const risk = async (files: RepoFiles): Promise<string> => riskOf({ verb: "check", name: "x" }, (await of(files)).tasks, false).risk;
  expect(await risk({ "site.yml": "- hosts: web1\n  tasks: [{debug: {msg: hello}}]\n" })).toBe("read");
  expect(await risk({ "site.yml": "- hosts: web1\n  tasks: [{debug: {msg: \"{{ lookup('pipe', 'id') }}\"}}]\n" })).toBe("change");
  expect(await risk({ "site.yml": "- hosts: web1\n  tasks: [{ansible.builtin.set_fact: {a: \"{{ lookup('url', x) }}\"}}]\n" })).toBe(
    "change",
  );
  expect(await risk({ "site.yml": "- hosts: web1\n  tasks: [{stat: {path: /}}]\n", "library/stat.py": "" })).toBe("change");
  rmSync(join(repo, "library"), { recursive: true });
  expect(await risk({ "site.yml": "- hosts: web1\n  collections: [acme.tools]\n  tasks: [{stat: {path: /}}]\n" })).toBe("change");
  const role = { "site.yml": "- hosts: web1\n  roles: [app]\n", "roles/app/tasks/main.yml": "- ansible.legacy.debug: {msg: x}\n" };
  expect(await risk(role)).toBe("read");
  expect(await risk({ ...role, "roles/app/action_plugins/debug.py": "" })).toBe("change");
});

test("what is another than sealed stops it, what is not sealed is named, and no pipe or endless file is waited for", async () => {
  const site = "- hosts: web1\n  tasks:\n    - include_tasks: ignored.yml\n    - include_tasks: pipe.yml\n    - include_tasks: large.yml\n    - include_tasks: bomb.yml\n"; // prettier-ignore
  writeFiles(repo, { "site.yml": site, "ignored.yml": "[]\n", "large.yml": `- debug:\n    msg: ${"x".repeat(10_000_000)}\n` });
  const bomb = [
    "a: &a [x, x]",
    ..."bcdefghijk".split("").map((name, index) => `${name}: &${name} [${`*${"abcdefghij"[index]},`.repeat(9)}]`),
  ];
  writeFiles(repo, { "bomb.yml": `${bomb.join("\n")}\n` });
  execFileSync("mkfifo", [join(repo, "pipe.yml")]);
  const sealed = new Map([["site.yml", sha256(site)]]);
  for (const name of ["pipe.yml", "large.yml", "bomb.yml"]) sealed.set(name, "");
  sealed.set("bomb.yml", sha256(`${bomb.join("\n")}\n`));
  const found = await whereItActs({ repo, playbookPath: "site.yml", inventory, sealed });
  expect(found.notSealed).toEqual(["ignored.yml"]);
  expect(found.mayAlsoActOn).toEqual(["bomb.yml (cannot be read)", "large.yml (cannot be read)", "pipe.yml (cannot be read)"]);
  await expect(whereItActs({ repo, playbookPath: "site.yml", inventory, sealed: new Map([["site.yml", "other"]]) })).rejects.toMatchObject({
    code: "repo-changing",
  });
});

test("an inventory in a folder or of some megabytes is looked through for lookups, and is no unknown place", async () => {
  writeFiles(repo, {
    "site.yml": "- hosts: web1\n  tasks: []\n",
    "inventory/hosts.yml": `all: {vars: {a: "{{ lookup('pipe', 'id') }}"}}\n# ${"x".repeat(3_000_000)}\n`,
    "inventory/group_vars/all.yml": "b: \"{{ q('url', 'https://example.org') }}\"\n",
  });
  for (const inventorySources of [["inventory"], ["inventory/hosts.yml"]]) {
    const found = await whereItActs({ repo, playbookPath: "site.yml", inventory, inventorySources });
    expect(found).toMatchObject({
      mayAlsoActOn: [],
      runsInCheckMode: ["inventory/group_vars/all.yml: url lookup", "inventory/hosts.yml: pipe lookup"],
    });
  }
});
