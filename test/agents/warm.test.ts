import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, openSync, closeSync, readSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createAnalyzer } from "../../src/agents/infra/analyzer/analyzer.ts";
import type { WarmPrograms } from "../../src/agents/infra/warm-programs.ts";
import { readWarmState } from "../../src/agents/infra/warm-state.ts";
import { AgentBench, processesOf, recapOf, until, writeFiles, type RepoFiles } from "../helpers/agent-bench.ts";
import { waysFor } from "../helpers/ways-to-start.ts";

// One warm process for the whole file; what it does must not be told from a fresh one.
let warm: AgentBench;
let fresh: AgentBench;
const lintedRepo = mkdtempSync(join(tmpdir(), "chiffon-warm-lint-"));
beforeAll(async () => {
  [warm, fresh] = [new AgentBench(), new AgentBench()];
  await warm.agent({ warm: true, capacity: 4 });
  await fresh.agent({ capacity: 4 });
}, 90_000);
afterAll(async () => {
  const pids = [programs().ansible.state(), readWarmState(join(warm.folder, "agent", "warm"), "lint")].flatMap((state) =>
    state?.kind === "ready" ? [state.pid] : [],
  );
  await warm.close();
  await fresh.close();
  rmSync(lintedRepo, { recursive: true, force: true });
  await until(() => pids.every((pid) => !lives(pid)));
});

function programs(): WarmPrograms {
  if (warm.warm === undefined) throw new Error("no warm processes");
  return warm.warm;
}

const sleeping = (seconds: number, variables = ""): RepoFiles => ({
  "site.yml": `- name: Sleep\n  hosts: web1\n  gather_facts: false\n${variables}  tasks:\n    - name: Sleep\n      ansible.builtin.raw: sleep ${seconds}\n`,
});

// All that a process of ansible may see of how it was started, and a repo that has its own plugins under the names of ansible's.
const curious: RepoFiles = {
  "ansible.cfg": `[defaults]
timeout = 7
pipelining = true
gather_timeout = 3
any_errors_fatal = true
stdout_callback = own_words
callback_plugins = plugins/callback
filter_plugins = plugins/filter
connection_plugins = plugins/connection
library = library
collections_path = collections
doc_fragment_plugins = plugins/fragments
`,
  "plugins/callback/own_words.py": `from ansible.plugins.callback.default import CallbackModule as Default
DOCUMENTATION = """
    name: own_words
    type: stdout
    extends_documentation_fragment: [default_callback, own_fragment]
"""
class CallbackModule(Default):
    CALLBACK_NAME = 'own_words'
    def v2_playbook_on_start(self, playbook):
        self._display.display(self.get_option('own_option'))
`,
  "plugins/filter/urls.py":
    "class FilterModule(object):\n    def filters(self):\n        return {'urlsplit': lambda value: 'the repo splits ' + value}\n",
  "plugins/connection/local.py": `from ansible.plugins.connection import ConnectionBase
from ansible.plugins.connection.ssh import Connection as Ssh
import os, sys
DOCUMENTATION = "name: local\\nshort_description: own\\ndescription: [own]\\noptions: {}\\n"
class Connection(ConnectionBase):
    transport, has_pipelining = 'local', False
    def _connect(self): return self
    def close(self): pass
    def put_file(self, *a): raise Exception('no')
    def fetch_file(self, *a): raise Exception('no')
    def exec_command(self, cmd, in_data=None, sudoable=True):
        return 0, b'the repo connects, ' + sys.modules[type(self).__module__].__file__.rpartition('plugins')[2].encode(), b''
`,
  "plugins/fragments/own_fragment.py":
    "class ModuleDocFragment(object):\n    DOCUMENTATION = 'options: {own_option: {default: own words, type: str, description: [x], ini: [{section: own, key: option}]}}'\n",
  "collections/ansible_collections/own/things/plugins/filter/said.py":
    "class FilterModule(object):\n    def filters(self):\n        return {'said': lambda value: 'a collection says ' + value}\n",
  "collections/ansible_collections/own/things/plugins/modules/hello.py":
    "from ansible.module_utils.basic import AnsibleModule\nfrom ansible_collections.own.things.plugins.module_utils.words import WORDS\nAnsibleModule(argument_spec={}).exit_json(msg=WORDS)\n",
  "collections/ansible_collections/own/things/plugins/module_utils/words.py": "WORDS = 'words of a collection'\n",
  "library/ping.py": `from ansible.module_utils.basic import AnsibleModule
AnsibleModule(argument_spec={}).exit_json(msg='the repo pings')
`,
  "site.yml": `- name: Curious
  hosts: web1
  gather_facts: false
  tasks:
    - name: Settings
      ansible.builtin.debug:
        msg:
          - "{{ lookup('config', 'DEFAULT_TIMEOUT') }} {{ lookup('config', 'ANSIBLE_PIPELINING') }}"
          - "{{ lookup('config', 'DEFAULT_LOCAL_TMP') is match('.*/runs/attempt-.*/tmp/ansible-local-') }}"
          - "{{ ansible_playbook_python }} {{ ansible_version.full }} {{ 'a://b' | urlsplit }} {{ 'x' | ansible.builtin.b64encode }}"
    - name: Process
      ansible.builtin.debug:
        msg: "{{ lookup('pipe', probe) }}"
      vars:
        probe: >-
          grep -E '^(Sig(Ign|Cgt)|Umask|NoNewPrivs)' /proc/$PPID/status; cut -d' ' -f18,19 /proc/$PPID/stat; cat /proc/$PPID/comm; ulimit -a;
          readlink /proc/$PPID/fd/* | grep -v -e ^pipe -e deleted | sort; pwd; tr '\\0' '\\n' < /proc/$PPID/environ | grep CHIFFON_RUN_ID; env | sort | grep -v '^_='
    - name: Collection
      own.things.hello:
      register: hello
      delegate_to: elsewhere
      vars: { ansible_connection: ansible.builtin.local }
    - name: Collection's words
      ansible.builtin.debug:
        msg: "{{ hello.msg | own.things.said }}"
    - name: Repo
      ping:
      connection: ssh
      delegate_to: elsewhere
      vars: { ansible_connection: ansible.builtin.local }
    - name: Connected
      ansible.builtin.raw: id
`,
  "inventory.yml":
    "all:\n  hosts:\n    web1: { ansible_connection: local, ansible_python_interpreter: /usr/bin/python3 }\n    elsewhere: { ansible_python_interpreter: /usr/bin/python3 }\n",
};

test(
  "a process of ansible that was forked cannot be told from a fresh one: settings, plugins of the repo, environment, signals, limits, files",
  { timeout: 120_000 },
  async () => {
    const [one, other] = await Promise.all([warm.run(curious), fresh.run(curious)]);
    expect([warm.howStarted(one.item.attemptId), fresh.howStarted(other.item.attemptId)]).toMatchObject([
      { warm: true, whyCold: null },
      { warm: false, whyCold: null },
    ]);
    const said = plain(warm, one.item.attemptId, warm.stdout(one.item.attemptId));
    expect(said).toBe(plain(fresh, other.item.attemptId, fresh.stdout(other.item.attemptId)));
    for (const words of [
      "own words",
      "7 True",
      "the repo splits a://b",
      "a collection says words",
      "CHIFFON_RUN_ID=ATTEMPT",
      "ansible-playboo",
      "Umask:\\t0077",
    ])
      expect(said).toContain(words);
    expect(plain(warm, one.item.attemptId, story(one))).toBe(plain(fresh, other.item.attemptId, story(other)));
    expect(recapOf(said)).toEqual(one.result.summary?.hostsSummary);
  },
);

// What ansible starts a shell and a Python for, and what that Python may see of itself.
const modules: RepoFiles = {
  "site.yml": `- name: Modules of ansible's own on this machine
  hosts: web1
  gather_facts: false
  tasks:
    - name: Process of a module
      ansible.builtin.command: "{{ item }}"
      loop:
        - >-
          sh -c "grep -E '^(Sig[PBIC]|Umask|NoNewPrivs)' /proc/$PPID/status; cut -d' ' -f18,19 /proc/$PPID/stat; cat /proc/$PPID/comm; ulimit -a; pwd; id;
          ls /proc/$PPID/fd; tr '\\0' '\\n' < /proc/$PPID/environ | grep CHIFFON_RUN_ID; env | sort | grep -v '^_='"
        - sh -c "cat; echo to stderr >&2; exit 3"
      register: process
      failed_when: false
    - name: Show
      ansible.builtin.debug:
        msg: "{{ process.results | map(attribute='stdout_lines') }} {{ process.results | map(attribute='stderr_lines') }} {{ process.results | map(attribute='rc') }}"
    - name: Parent of what a module starts
      ansible.builtin.command: sh -c "tr '\\0' ' ' < /proc/$PPID/cmdline"
      register: parent
    - name: Show
      ansible.builtin.debug:
        msg: "{{ parent.stdout is search('warm_parent.py') | ternary('forked', 'fresh') }}"
    - name: Facts
      ansible.builtin.setup:
        gather_subset: ["!all", "!min", env, python, user, local, lsb, fips, cmdline, selinux]
    - name: Show
      ansible.builtin.debug:
        msg: "{{ ansible_facts | to_json(sort_keys=True) }}"
    - name: File
      ansible.builtin.copy: { content: "{{ ansible_facts.user_id }}", dest: /tmp/never-written, mode: "0600" }
      check_mode: true
      diff: true
    - name: Not there
      ansible.builtin.slurp: { src: /not/there }
      ignore_errors: true
    - name: Traceback
      ansible.builtin.stat: { path: "a\\0b" }
      register: traceback
      ignore_errors: true
    - name: Show
      ansible.builtin.debug:
        msg: "{{ traceback }}"
    - name: Own words
      ansible.builtin.command: sh -c 'echo $SAID'
      environment: { SAID: by the task }
      register: own
      failed_when: own.stdout != 'by the task'
    - name: Wrong
      ansible.builtin.file: { path: /tmp, state: wrong }
      ignore_errors: true
    - name: Killed
      ansible.builtin.command: sh -c 'kill -9 $PPID'
      ignore_errors: true
`,
};

function plain(bench: AgentBench, id: string, text: string): string {
  return (
    text
      // Signals that only the C library uses: it ignores one in what it spawns, and catches one where there were threads.
      .replace(/(SigIgn:\\+t\d{8})8/, "$10")
      .replace(/(SigCgt:\\+t\d{7})1/, "$10")
      .replaceAll(bench.folder, "FOLDER")
      .replaceAll(id, "ATTEMPT")
      .replaceAll(/ansible-tmp-[\d.-]+|ansible-local-\w+\/tmp\w+|_payload_\w+(?=\/)/g, "T")
      .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}|"(?:at|durationMs)":\d+|\b\d{9,}\b/g, "N")
  );
}

/** Events and result without what is measured. */
function story({ events, result }: Awaited<ReturnType<AgentBench["run"]>>): string {
  return JSON.stringify([events, { ...result, resources: null, summary: { ...result.summary, durationMs: 0 } }]);
}

test("a module that was forked cannot be told from one that a shell started", { timeout: 120_000 }, async () => {
  const [one, other] = await Promise.all([warm.run(modules), fresh.run(modules)]);
  expect(warm.howStarted(one.item.attemptId)).toMatchObject({ warm: true, whyCold: null });
  const [said, expected] = [plain(warm, one.item.attemptId, warm.stdout(one.item.attemptId)), plain(fresh, other.item.attemptId, fresh.stdout(other.item.attemptId))]; // prettier-ignore
  expect(said).toContain('"msg": "forked"');
  expect(said.replace('"msg": "forked"', '"msg": "fresh"')).toBe(expected);
  for (const words of ["to stderr", '"rc": 137', "embedded null character", "has_sslcontext", "CHIFFON_RUN_ID=ATTEMPT"])
    expect(said).toContain(words);
  // Where a long text is cut depends on the length of temporary names in it.
  const told = ({ item, ...run }: typeof one, bench: AgentBench): string =>
    plain(bench, item.attemptId, story({ item, ...run })).replaceAll(/"message":"(?:[^"\\]|\\.)* … (?:[^"\\]|\\.)*"/g, '"message":"cut"');
  expect(told(one, warm).replace('"forked"', '"fresh"')).toBe(told(other, fresh));
});

test("lint finds the same, and the syntax check says the same", { timeout: 300_000 }, async () => {
  const example = join(import.meta.dirname, "..", "..", "examples", "homelab");
  cpSync(example, lintedRepo, { recursive: true });
  writeFiles(lintedRepo, {
    "playbooks/untidy.yml": `- hosts: localhost
  roles: [untidy]
  tasks:
    - name: count lines
      shell: cat /etc/passwd | wc -l
    - apt: {name: nginx, state: latest}
    - debug: msg=hello
    - name: Look away
      ansible.builtin.command: "false"
      ignore_errors: yes
      when: "{{ look }}"
    - name: Compare
      ansible.builtin.copy: {content: "{{a|b}}", dest: /tmp/x}
      when: ready == True
`,
    "roles/untidy/tasks/main.yml": "- name: unnamed case\n  command: git clone https://example.org/x\n  notify: nobody\n",
    "playbooks/unreadable.yml":
      "- hosts: localhost\n  tasks:\n    - name: Twice\n      ansible.builtin.debug:\n      ansible.builtin.ping:\n",
  });
  const stateOfLint = (): string | undefined => readWarmState(join(warm.folder, "agent", "warm"), "lint")?.kind;
  // Where nothing is linted after a run, the first lint begins it, and is done by a fresh process.
  expect(stateOfLint()).toBeUndefined();
  const order = { args: ["--version"], cwd: lintedRepo, env: {}, signal: new AbortController().signal };
  expect(await programs().run("ansible-lint", order)).toBeNull();
  await until(() => stateOfLint() === "ready", 90_000);
  const all = readdirSync(join(lintedRepo, "playbooks")).filter((name) => name.endsWith(".yml")).map((name) => `playbooks/${name}`); // prettier-ignore
  const paths = waysFor(false).includes("warm") ? all : [...all.filter((path) => /untidy|unreadable/.test(path)), ...all.slice(0, 2)];
  let answered = 0;
  const counted: WarmPrograms = {
    ...programs(),
    async run(program, order) {
      const said = await programs().run(program, order);
      answered += said === null ? 0 : 1;
      return said;
    },
  };
  const [cold, quick] = [createAnalyzer({ environment: process.env }), createAnalyzer({ environment: process.env, warm: counted })];
  const findings = await quick.analyzeMany({ repoDir: lintedRepo, playbookPaths: paths });
  expect(answered).toBeGreaterThan(0);
  expect(findings).toEqual(await cold.analyzeMany({ repoDir: lintedRepo, playbookPaths: paths }));
  expect(findings.get("playbooks/untidy.yml")?.length).toBeGreaterThan(8);
  for (const playbookPath of ["playbooks/unreadable.yml", "playbooks/untidy.yml"]) {
    const before = answered;
    const said = await quick.prove({ repoDir: lintedRepo, playbookPath });
    expect(answered).toBe(before + 2);
    const other = await cold.prove({ repoDir: lintedRepo, playbookPath });
    const place = /\/[^'" ]*chiffon-lint-[^/]+/g;
    expect({ ...said, syntaxError: said.syntaxError?.replaceAll(place, "") }).toEqual({ ...other, syntaxError: other.syntaxError?.replaceAll(place, "") }); // prettier-ignore
  }
});

test(
  "two at once, and what one knows is in the memory of no other, nor in the process they were forked from",
  { timeout: 60_000 },
  async () => {
    const secret = `canary-${"w".repeat(9)}-of-one`;
    const first = warm.submit(sleeping(30, `  vars: { app_password: "${secret}" }\n`));
    const second = warm.submit(sleeping(30, "  vars: { app_password: another }\n"));
    const at = ({ item }: typeof first): number[] => processesOf(item.attemptId);
    await until(() => [first, second].every(({ events }) => events.some(({ event }) => event.kind === "task_start")), 40_000);
    const state = programs().ansible.state();
    const parent = state.kind === "ready" ? state.pid : 0;
    expect(at(first).some((pid) => holds(pid, secret))).toBe(true);
    for (const pid of [parent, ...at(second)]) expect([pid, holds(pid, secret)]).toEqual([pid, false]);
    for (const { item } of [first, second]) warm.source.askToStop(item.attemptId, "cancelled");
    const results = await Promise.all([first, second].map(({ item }) => warm.source.finished(item.attemptId)));
    expect(results.map(({ outcome }) => outcome)).toEqual(["cancelled", "cancelled"]);
    expect([at(first), at(second)]).toEqual([[], []]);
    for (const { item } of [first, second]) expect(warm.howStarted(item.attemptId)).toMatchObject({ warm: true });
  },
);

test("over its time limit it ends with all that it started, and says so", { timeout: 60_000 }, async () => {
  const { item, result } = await warm.run(sleeping(50), { timeLimitSeconds: 2 });
  expect(result).toMatchObject({ outcome: "timeout", errorCode: "ANSIBLE_TIMEOUT" });
  expect(warm.howStarted(item.attemptId)).toMatchObject({ warm: true });
  expect(processesOf(item.attemptId)).toEqual([]);
});

test(
  "kill -9 of the warm process: the run goes on, the next one starts afresh, and later ones are forked again",
  { timeout: 120_000 },
  async () => {
    const running = warm.submit(sleeping(2));
    await until(() => running.events.some(({ event }) => event.kind === "task_start"), 40_000);
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    const state = programs().ansible.state();
    if (state.kind !== "ready") throw new Error("not ready");
    process.kill(state.pid, "SIGKILL");
    await until(() => programs().ansible.state().kind !== "ready");
    const [next, afterNext] = await Promise.all([warm.run(sleeping(0)), warm.run(sleeping(0))]);
    const result = await warm.source.finished(running.item.attemptId);
    expect([result, next.result, afterNext.result]).toMatchObject([
      { outcome: "succeeded" },
      { outcome: "succeeded" },
      { outcome: "succeeded" },
    ]);
    // One was forked and waited already; beyond that nothing is left to fork.
    expect([next, afterNext].some(({ item }) => !warm.howStarted(item.attemptId).warm)).toBe(true);
    await until(() => programs().ansible.state().kind === "ready", 60_000);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const later = await warm.run(sleeping(0));
    expect(warm.howStarted(later.item.attemptId)).toMatchObject({ warm: true });
  },
);

test(
  "a setting that cannot be set right after the import: that run starts afresh, and the process starts anew with it",
  { timeout: 120_000 },
  async () => {
    const files = { ...sleeping(0), "ansible.cfg": "[defaults]\ninventory_ignore_extensions = .pyc, .strange\n" };
    const first = await warm.run(files);
    expect(first.result).toMatchObject({ outcome: "succeeded" });
    expect(warm.howStarted(first.item.attemptId)).toMatchObject({
      warm: false,
      whyCold: expect.stringContaining("INVENTORY_IGNORE_EXTS") as unknown,
    });
    await until(() => programs().ansible.state().kind !== "ready");
    await until(() => programs().ansible.state().kind === "ready", 60_000);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const second = await warm.run(files);
    expect(warm.howStarted(second.item.attemptId)).toMatchObject({ warm: true, whyCold: null });
  },
);

test("a process whose check of itself fails is not used, and says why", { timeout: 120_000 }, async () => {
  const bench = new AgentBench();
  try {
    // The check's play has the strategy of the settings; the run's play names one.
    const environment = { ANSIBLE_STRATEGY: "there_is_none" };
    await bench.agent({ warm: true, environment });
    expect(bench.warm?.ansible.state()).toMatchObject({ kind: "away", why: expect.stringContaining("there_is_none") as unknown });
    const { item, result } = await bench.run({
      "site.yml": sleeping(0)["site.yml"]?.replace("  hosts", "  strategy: linear\n  hosts") ?? "",
    });
    expect(result).toMatchObject({ outcome: "succeeded" });
    expect(bench.howStarted(item.attemptId)).toMatchObject({ warm: false, whyCold: null });
  } finally {
    await bench.close();
  }
});

function lives(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

/** Whether a text is anywhere in what a process may write to, its environment included. */
function holds(pid: number, text: string): boolean {
  const memory = openSync(`/proc/${pid}/mem`, "r");
  try {
    return readFileSync(`/proc/${pid}/maps`, "utf8")
      .split("\n")
      .some((line) => {
        const [, from, to] = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line) ?? [];
        if (from === undefined || to === undefined) return false;
        const [begin, end] = [Number.parseInt(from, 16), Number.parseInt(to, 16)];
        const part = Buffer.alloc(end - begin);
        try {
          return part.subarray(0, readSync(memory, part, 0, part.length, begin)).includes(text);
        } catch {
          return false;
        }
      });
  } finally {
    closeSync(memory);
  }
}
