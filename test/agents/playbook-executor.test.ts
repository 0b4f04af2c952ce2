import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { sha256 } from "../../src/canonical-json.ts";
import { AgentBench, localInventory, processesOf, recapOf, until } from "../helpers/agent-bench.ts";
import { InMemoryWorkSource } from "../helpers/in-memory-work-source.ts";

const site = (tasks: string, head = ""): string => `- name: Play\n  hosts: web1\n  gather_facts: false\n${head}  tasks:\n${tasks}`;
const sleeping = site("    - name: Sleep\n      ansible.builtin.command: sleep 300\n");
const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/ansible/${name}.py`, import.meta.url));

let bench: AgentBench;
beforeEach(() => void (bench = new AgentBench()));
afterEach(() => bench.close());

test("runs an approved playbook from its snapshot and reports what ansible's own recap says", async () => {
  await bench.agent();
  const { item, result, events, started } = await bench.run({
    "site.yml": site("    - name: Say {{ inventory_hostname }}\n      ansible.builtin.command: 'true'\n"),
  });
  expect(result).toMatchObject({ outcome: "succeeded", errorCode: null, errorText: null });
  expect(result.summary?.hostsSummary).toEqual(recapOf(bench.stdout(item.attemptId)));
  expect(result.resources?.cpuSeconds).toBeGreaterThan(0.05);
  expect(result.resources?.peakMemoryBytes).toBeGreaterThan(10_000_000);
  expect(started).toHaveLength(1);
  expect(events.map(({ event }) => event.kind)).toEqual(["playbook_start", "play_start", "task_start", "result", "stats"]);
  expect(events[2]?.event).toMatchObject({ task: "Say web1", path: "site.yml:5" });
  expect(readdirSync(bench.runFolder(item.attemptId))).not.toContain("tmp");
});

test("values that look like templates, tags, options and conditions stay literal", async () => {
  await bench.agent();
  const out = join(bench.folder, "out.json");
  const values = {
    lookup: "{{ lookup('pipe','id') }}",
    statement: "{% if true %}x{% endif %}",
    tag: "!!python/object/apply:os.system ['id']",
    text: "x; reboot\n\"quoted\" 'single' \\ \u2028 ü 😀 \u0085 #: - @",
    dash: "-rf",
    nested: { list: ["{{ 1 + 1 }}", 7, true, null, 1e21], "{{ key }}": "v" },
    word: "yes",
    empty: "",
  };
  const { result } = await bench.run(
    {
      "site.yml": site(`    - ansible.builtin.copy:
        content: "{{ {'lookup': lookup, 'statement': statement, 'tag': tag, 'text': text, 'dash': dash, 'nested': nested, 'word': word, 'empty': empty} | to_json }}"
        dest: "{{ out }}"
        mode: "0600"
    - name: Not by a bare condition
      ansible.builtin.debug:
      when: condition
      ignore_errors: true
`),
    },
    { variables: { ...values, out, condition: `lookup('pipe', 'touch ${join(bench.folder, "touched")}')` } },
  );
  expect(result.outcome).toBe("succeeded");
  expect(JSON.parse(readFileSync(out, "utf8"))).toEqual(values);
  expect(existsSync(join(bench.folder, "touched"))).toBe(false);
});

test("connection variables and names that are none are refused", async () => {
  await bench.agent();
  for (const name of ["ansible_connection", "ansible_become_password", "a b", "-e"]) {
    const { result, started } = await bench.run({ "site.yml": site("    []\n") }, { variables: { [name]: "x" } });
    expect(result).toMatchObject({ outcome: "refused", errorCode: "variable-refused" });
    expect(started).toEqual([]);
  }
});

test("refuses an expired, a forged and a foreign approval, and spawns nothing", async () => {
  await bench.agent();
  const files = { "site.yml": site("    []\n") };
  const plan = bench.plan(files);
  const expired = { ...bench.item(plan), approval: bench.source.approve(plan, { expiresAt: new Date(Date.now() - 1).toISOString() }) };
  const forged = { ...bench.item(plan), approval: new InMemoryWorkSource().approve(plan) };
  const changed = { ...bench.item(plan), plan: bench.plan(files, { variables: { more: "1" } }) };
  for (const [item, code] of [
    [expired, "approval-expired"],
    [forged, "approval-signature-wrong"],
    [changed, "approval-digest-differs"],
  ] as const) {
    const record = bench.source.add(item);
    expect(await bench.source.finished(item.attemptId)).toMatchObject({ outcome: "refused", errorCode: code, summary: null });
    expect(record.started).toEqual([]);
    expect(existsSync(bench.runFolder(item.attemptId))).toBe(false);
  }
});

test("refuses a snapshot with a changed byte; mends its own copy", async () => {
  await bench.agent();
  const files = { "site.yml": site("    - ansible.builtin.debug: {msg: original}\n") };
  const item = bench.item(bench.plan(files));
  const hash = sha256(files["site.yml"]);
  const content = Buffer.from(files["site.yml"]);
  content[content.length - 3] = 120;
  bench.source.files.set(hash, content);
  bench.source.add(item);
  expect(await bench.source.finished(item.attemptId)).toMatchObject({ outcome: "refused", errorCode: "snapshot-differs" });
  expect(existsSync(bench.runFolder(item.attemptId))).toBe(false);

  expect((await bench.run(files)).result.outcome).toBe("succeeded");
  const tree = join(bench.folder, "agent", "snapshots", item.plan.snapshot.hash);
  expect(statSync(join(tree, "site.yml")).mode & 0o777).toBe(0o444);
  expect(statSync(tree).mode & 0o777).toBe(0o555);
  execFileSync("chmod", ["-R", "u+w", tree]);
  writeFileSync(join(tree, "site.yml"), files["site.yml"].replace("original", "tampered"));
  writeFileSync(join(tree, "group_vars.yml"), "more: 1\n");
  const again = await bench.run(files);
  expect(again.result.outcome).toBe("succeeded");
  expect(bench.stdout(again.item.attemptId)).toContain("original");
  expect(readdirSync(tree)).not.toContain("group_vars.yml");
});

test("the same attempt is never spawned twice, whatever its fencing number", async () => {
  const agent = await bench.agent();
  const { item } = await bench.run({ "site.yml": site("    []\n") });
  await agent.stop();
  await bench.agent();
  bench.source.add({ ...item, fencing: 2 });
  expect(await bench.source.finished(item.attemptId)).toMatchObject({ outcome: "refused", errorCode: "attempt-already-spawned" });
});

test.for([
  ["timeout", 124],
  ["cancelled", 99],
] as const)("%s ends a sleeping playbook with all its processes", async ([reason, exitCode]) => {
  await bench.agent();
  const record = bench.submit({ "site.yml": sleeping }, { timeLimitSeconds: reason === "timeout" ? 5 : 60 });
  await until(() => record.events.some(({ event }) => event.kind === "task_start"));
  const asked = Date.now();
  if (reason === "cancelled") bench.source.askToStop(record.item.attemptId, "cancelled");
  const result = await bench.source.finished(record.item.attemptId);
  expect(Date.now() - asked).toBeLessThan(15_000); // five seconds where nothing else is at work
  expect(processesOf(record.item.attemptId)).toEqual([]);
  expect(result).toMatchObject({
    outcome: reason,
    errorCode: reason === "timeout" ? "ANSIBLE_TIMEOUT" : "ANSIBLE_CANCELLED",
    summary: { status: reason, exitCode },
  });
  expect(result.errorText).toContain("A command may still be going on web1.");
});

test("ends what ignores every polite signal, and its child in another session", async () => {
  await bench.agent({ ansiblePlaybook: fixture("stubborn") });
  const record = bench.submit({ "site.yml": sleeping });
  await until(() => processesOf(record.item.attemptId).length === 2 && record.events.length > 0);
  const asked = Date.now();
  bench.source.askToStop(record.item.attemptId, "cancelled");
  expect(await bench.source.finished(record.item.attemptId)).toMatchObject({ outcome: "cancelled" });
  expect(Date.now() - asked).toBeLessThan(15_000); // five seconds where nothing else is at work
  expect(processesOf(record.item.attemptId)).toEqual([]);
});

test("200,000 lines, a line of 5 MB and what is no UTF-8 stay bounded and give the right result", async () => {
  await bench.agent({ ansiblePlaybook: fixture("loud") });
  const before = process.memoryUsage().rss;
  const { item, result, events } = await bench.run({ "site.yml": site("    []\n") });
  expect(result).toMatchObject({ outcome: "succeeded", summary: { okCount: 1 } });
  expect(events.map(({ event }) => (event.kind === "warning" ? event.message : event.kind))).toEqual(
    ["playbook_start", "an event was too long and was left out", "half \uFFFD a pair, \uFFFD and \uFFFD", "an event could not be read", "stats"]); // prettier-ignore
  const folder = bench.runFolder(item.attemptId);
  const logs = readdirSync(folder).filter((name) => name.startsWith("std"));
  expect(logs.reduce((total, name) => total + statSync(join(folder, name)).size, 0)).toBeLessThan(21 << 20);
  expect(readFileSync(join(folder, "stdout.log"), "utf8")).toContain("line 0 ");
  expect(readFileSync(join(folder, "stdout.tail.log")).subarray(-20).toString("latin1")).toContain("\xff\xfe no text");
  expect(process.memoryUsage().rss - before).toBeLessThan(100 << 20);
});

test("the variables file is 0600, outside the snapshot, and gone after ansible was killed; nothing else is passed on", async () => {
  await bench.agent({ ansiblePlaybook: fixture("killed") });
  process.env["CHIFFON_TEST_SECRET"] = "canary-of-the-environment";
  const { item, result } = await bench.run(
    { "site.yml": site("    []\n") },
    { variables: { who: "canary-value" }, tags: ["a", "b"], limit: ["web1"] },
  );
  delete process.env["CHIFFON_TEST_SECRET"];
  expect(result).toMatchObject({ outcome: "failed", errorCode: "ANSIBLE_UNKNOWN_EXIT" });
  const seen = JSON.parse(readFileSync(join(bench.runFolder(item.attemptId), "events.jsonl.seen"), "utf8")) as Record<string, string> & {
    argv: string[];
    environment: Record<string, string>;
  };
  expect(seen["mode"]).toBe("0o600");
  expect(seen["text"]).toContain("canary-value");
  expect(seen["stdin"]).toBe("/dev/null");
  expect(seen["cwd"]).toBe(join(bench.folder, "agent", "trees", item.attemptId));
  expect(seen["path"]?.startsWith(String(seen["cwd"]))).toBe(false);
  expect(existsSync(String(seen["path"]))).toBe(false);
  expect(JSON.stringify([seen.argv, seen.environment])).not.toContain("canary");
  expect(seen.argv).toEqual(expect.arrayContaining(["--limit=web1", "--tags=a,b"]));
  expect(Object.keys(seen.environment)).not.toContain("PYTHONDONTWRITEBYTECODE");
});

test("an agent that stops leaves the play alone; an ended run is reported by the next agent, once", async () => {
  const agent = await bench.agent();
  const record = bench.submit({ "site.yml": site("    - ansible.builtin.command: sleep 1\n") });
  await until(() => record.events.some(({ event }) => event.kind === "task_start"));
  await agent.stop();
  expect(record.result).toBeNull();
  await until(() => existsSync(join(bench.runFolder(record.item.attemptId), "exit.json")));
  const next = await bench.agent();
  expect(await bench.source.finished(record.item.attemptId)).toMatchObject({ outcome: "succeeded" });
  await until(() => next.running === 0);
  await next.stop();
  record.result = null;
  const third = await bench.agent();
  expect(third.running).toBe(0);
});

test("a supervisor that vanished means outcome unknown, and nothing of it goes on", async () => {
  await bench.agent();
  const record = bench.submit({ "site.yml": sleeping }, { variables: { who: "x" } });
  await until(() => record.events.some(({ event }) => event.kind === "task_start"));
  process.kill(record.started[0]?.pid ?? 0, "SIGKILL");
  expect(await bench.source.finished(record.item.attemptId)).toMatchObject({ outcome: "outcome_unknown", summary: null });
  expect(processesOf(record.item.attemptId)).toEqual([]);
  expect(readdirSync(join(bench.folder, "agent", "variables"))).toEqual([]);
});

test("after a reboot a run without an end is outcome unknown, not failed", async () => {
  const agent = await bench.agent();
  const { item } = await bench.run({ "site.yml": site("    []\n") });
  await agent.stop();
  const folder = bench.runFolder(item.attemptId);
  const supervisor = JSON.parse(readFileSync(join(folder, "supervisor.json"), "utf8")) as object;
  writeFileSync(join(folder, "supervisor.json"), JSON.stringify({ ...supervisor, bootId: "another boot", pid: process.pid }));
  execFileSync("rm", ["-f", join(folder, "exit.json"), join(folder, "reported")]);
  bench.source.adopt(item);
  await bench.agent();
  expect(await bench.source.finished(item.attemptId)).toMatchObject({ outcome: "outcome_unknown", errorCode: null });
});

test("a source that is away for a while gets all events later, in order; the play goes on", async () => {
  await bench.agent();
  const record = bench.submit({ "site.yml": site("    - ansible.builtin.command: sleep 1\n    - ansible.builtin.debug: {msg: on}\n") });
  await until(() => record.events.some(({ event }) => event.kind === "task_start"));
  bench.source.down = true;
  await until(() => existsSync(join(bench.runFolder(record.item.attemptId), "exit.json")));
  expect(record.result).toBeNull();
  bench.source.down = false;
  expect(await bench.source.finished(record.item.attemptId)).toMatchObject({ outcome: "succeeded" });
  expect(record.events.map(({ number }) => number)).toEqual(record.events.map((_, index) => index + 1));
});

test("the error code tells a syntax error, a play that cannot start, and a playbook that is not there", async () => {
  await bench.agent();
  const syntax = await bench.run({ "site.yml": "- hosts: all\n  tasks:\n    - nosuchmodule: {}\n" });
  expect(syntax.result).toMatchObject({ outcome: "failed", errorCode: "ANSIBLE_SYNTAX_ERROR", summary: { hostsSummary: {} } });
  expect(syntax.result.summary?.keyErrors[0]).toContain("couldn't resolve module/action 'nosuchmodule'");
  const play = await bench.run({ "site.yml": "- hosts: all\n  gather_facts: false\n  vars_files: [missing.yml]\n  tasks: []\n" });
  expect(play.result).toMatchObject({ outcome: "failed", errorCode: "ANSIBLE_PLAY_ERROR" });
  const missing = await bench.run({ "site.yml": site("    []\n") }, { playbookPath: "nothing.yml" });
  expect(missing.result).toMatchObject({ outcome: "failed", errorCode: "PLAYBOOK_NOT_FOUND", summary: { exitCode: 2 } });
  const unknown = await bench.run({ "site.yml": site("    []\n") }, { workType: "run_recipe" });
  expect(unknown.result).toMatchObject({ outcome: "failed", errorText: "Unknown work type: run_recipe" });
});

test("secrets of variables and vault are masked in events, results and every file of the run folder, in all their forms", async () => {
  await bench.agent();
  const secret = "c4nary/ of+the=house";
  const vaulted = "vault-canary-inline";
  mkdirSync(join(bench.folder, "keys"));
  writeFileSync(join(bench.folder, "keys", "vault"), "vault password\n", { mode: 0o600 });
  const encrypted = execFileSync(
    "ansible-vault",
    ["encrypt_string", "--vault-password-file", join(bench.folder, "keys", "vault"), vaulted, "--name", "harmless"],
    { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] },
  );
  const vars = `---\n${encrypted}\n`;
  const vault = (text: string): string => {
    const file = join(bench.folder, "keys", "plain.yml");
    writeFileSync(file, text);
    execFileSync("ansible-vault", ["encrypt", "--vault-password-file", join(bench.folder, "keys", "vault"), file], { stdio: "ignore" });
    return readFileSync(file, "utf8");
  };
  const { item, events, result } = await bench.run(
    {
      "ansible.cfg": `[defaults]\nvault_password_file = ${join(bench.folder, "keys", "vault")}\n`,
      "group_vars/all/inline.yml": vars,
      "group_vars/all/whole.yml": vault("whole: vault-canary-whole-file\n"),
      "included.yml": vault("included: vault-canary-included\n"),
      "site.yml": site(`    - name: Use {{ api_token }}
      ansible.builtin.command: "false"
      ignore_errors: true
    - ansible.builtin.include_vars: included.yml
    - name: Say it
      ansible.builtin.shell: 'printf "%s\\n" "{{ api_token }}" "{{ api_token | b64encode }}" "{{ ("user:" ~ api_token) | b64encode }}" "{{ api_token | urlencode }}" "{{ harmless }}" "{{ whole }}" "{{ included }}" >&2; false'
      loop: ["{{ api_token }}", "{{ harmless }}"]
`),
    },
    { variables: { api_token: secret } },
  );
  expect(result.outcome).toBe("failed");
  const folder = bench.runFolder(item.attemptId);
  const text =
    JSON.stringify([events, result]) +
    readdirSync(folder)
      .map((name) => readFileSync(join(folder, name), "latin1"))
      .join("\n");
  expect(text).toContain("********");
  expect(text).toContain("Say it");
  for (const form of [
    secret,
    vaulted,
    "vault-canary",
    Buffer.from(secret).toString("base64"),
    Buffer.from(`user:${secret}`).toString("base64").slice(12, -4),
    encodeURIComponent(secret),
  ]) {
    expect(text).not.toContain(form);
  }
});

test("a playbook that writes into its own folder fails and says why, as root too", async () => {
  await bench.agent();
  const { result } = await bench.run({
    "site.yml": site("    - ansible.builtin.copy: {content: x, dest: '{{ playbook_dir }}/made.txt', mode: '0600'}\n"),
  });
  expect(result).toMatchObject({ outcome: "failed", summary: { status: "failed" } });
  expect(result.errorText).toContain("sealed, read-only copy of the repository");
  const isRoot = process.getuid?.() === 0;
  expect(result.errorCode).toBe(isRoot ? "SNAPSHOT_WRITTEN" : "ANSIBLE_HOST_FAILED");
  expect(result.errorText?.includes("made.txt is new")).toBe(isRoot);
});

test("a preview names what would change, with the difference, and what cannot be predicted", async () => {
  await bench.agent();
  const target = join(bench.folder, "target.conf");
  writeFileSync(target, "old\n");
  const { result } = await bench.run(
    {
      "site.yml": site(
        `    - name: Configure\n      ansible.builtin.copy: {content: "new\\n", dest: ${target}, mode: "0644"}\n    - name: Restart\n      ansible.builtin.command: "true"\n`,
      ),
    },
    {},
    { purpose: "preview" },
  );
  expect(result).toMatchObject({ outcome: "succeeded", preview: { unpredictable: ["Restart"] } });
  expect(result.preview?.hosts["web1"]?.changes).toEqual([{ task: "Configure", diff: expect.stringMatching(/-old\n\+new/) }]);
  expect(readFileSync(target, "utf8")).toBe("old\n");
});

test("callbacks that the user configured still run", async () => {
  await bench.agent();
  const mark = join(bench.folder, "callback-ran");
  const plugin = `from ansible.plugins.callback import CallbackBase
class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "own"
    CALLBACK_NEEDS_ENABLED = True
    def v2_playbook_on_stats(self, stats):
        open(${JSON.stringify(mark)}, "w").close()
`;
  const { result } = await bench.run({
    "ansible.cfg": "[defaults]\ncallback_plugins = ./mine\ncallbacks_enabled = own\n",
    "mine/own.py": plugin,
    "site.yml": site("    []\n"),
  });
  expect(result.outcome).toBe("succeeded");
  expect(existsSync(mark)).toBe(true);
});

test("a long list of hosts goes by file, and the folders of old runs are removed", async () => {
  await bench.agent({ keptRunsPerPlaybook: 2 });
  const names = Array.from({ length: 300 }, (_, index) => `host-with-a-name-${index}`);
  const inventory = `all:\n  hosts:\n${names.map((name) => `    ${name}: {ansible_connection: local}\n`).join("")}`;
  const files = { "inventory.yml": inventory, "site.yml": "- hosts: all\n  gather_facts: false\n  tasks: []\n" };
  const { events } = await bench.run(files, { limit: names.slice(0, 250) });
  expect(events.find(({ event }) => event.kind === "play_start")?.event).toMatchObject({ hosts: names.slice(0, 250) });
  for (let round = 0; round < 3; round += 1) await bench.run({ "inventory.yml": localInventory, "site.yml": site("    []\n") });
  await until(() => readdirSync(join(bench.folder, "agent", "runs")).length === 2);
});

test("hands on what debug tasks say, as text for people, and nothing that no_log hides", async () => {
  await bench.agent();
  const { events } = await bench.run({
    "site.yml": site(`    - name: Say it
      ansible.builtin.debug:
        msg: [first line, second line]
    - name: Say each
      ansible.builtin.debug:
        msg: "number {{ item }}"
      loop: [1, 2]
    - name: Show a value
      ansible.builtin.debug:
        var: inventory_hostname
    - name: Show lines
      ansible.builtin.debug:
        var: told.stdout_lines
      vars: {told: {stdout_lines: [disk 28%, memory 3%]}}
    - name: Hide it
      ansible.builtin.debug:
        msg: hidden words
      no_log: true
    - name: Do it
      ansible.builtin.command: echo not for people
      changed_when: false
`),
  });
  const said = events.flatMap(({ event }) =>
    event.kind === "result" && event.message !== null ? [`${event.task}: ${event.message}`] : [],
  );
  expect(said).toEqual([
    "Say it: first line\nsecond line",
    "Say each: number 1\nnumber 2",
    "Show a value: inventory_hostname: web1",
    "Show lines: told.stdout_lines:\n  disk 28%\n  memory 3%",
  ]);
});
