import { afterAll, beforeAll, expect, test } from "vitest";
import { AgentBench, recapOf, type RepoFiles } from "../helpers/agent-bench.ts";
import { waysFor, waysToStart } from "../helpers/ways-to-start.ts";

// Ten kinds of control flow that trip naive counting. The numbers to hold are those ansible prints itself.
const inventory = `all:
  hosts:
    web1: {ansible_connection: local}
    web2: {ansible_connection: local}
    closed: {ansible_connection: ssh, ansible_host: 127.0.0.1, ansible_port: 9, ansible_ssh_common_args: "-o ConnectTimeout=2 -o StrictHostKeyChecking=no"}
  vars: {ansible_python_interpreter: /usr/bin/python3}
  children:
    web: {hosts: {web1: {}, web2: {}}}
`;

const play = (tasks: string, head = ""): string => `- name: Play\n  hosts: web\n  gather_facts: false\n${head}  tasks:\n${tasks}`;
const failOn = (host: string): string => `ansible.builtin.fail: {msg: no good}\n      when: inventory_hostname == '${host}'`;

interface Case {
  readonly files: RepoFiles;
  readonly outcome: string;
  readonly errorCode?: string;
  readonly failed?: readonly string[];
}

const cases: Readonly<Record<string, Case>> = {
  "loops, with labels, a failing item and a retry": {
    files: {
      "site.yml": play(`    - name: Loop {{ inventory_hostname }}
      ansible.builtin.command: "true"
      loop: [a, b, c]
      changed_when: item != 'b'
    - name: Retry
      ansible.builtin.command: test -e /nonexistent
      retries: 1
      delay: 0
      register: answer
      until: answer.rc == 0
      ignore_errors: true
    - name: One item fails
      ansible.builtin.command: test {{ item }} != b
      loop: [a, b, c]
      loop_control: {label: "item {{ item }}"}
`),
    },
    outcome: "failed",
    errorCode: "ANSIBLE_HOST_FAILED",
    failed: ["One item fails", "One item fails"],
  },
  "blocks with rescue and always, nested, imported and included": {
    files: {
      "site.yml": play(`    - name: Outer
      block:
        - block:
            - name: Caught
              ansible.builtin.fail: {msg: caught}
          rescue:
            - name: Fails while rescuing
              ansible.builtin.fail: {msg: again}
          always:
            - ansible.builtin.debug: {msg: always}
      rescue:
        - ansible.builtin.import_tasks: inner.yml
    - block:
        - ansible.builtin.include_tasks: failing.yml
      rescue:
        - ansible.builtin.debug: {msg: caught include}
    - block:
        - ansible.builtin.import_tasks: failing.yml
      always:
        - ansible.builtin.debug: {msg: end}
`),
      "inner.yml": "- ansible.builtin.debug: {msg: inner}\n",
      "failing.yml": "- name: Failing in a file\n  ansible.builtin.fail: {msg: file}\n",
    },
    outcome: "failed",
    errorCode: "ANSIBLE_HOST_FAILED",
    failed: ["Failing in a file", "Failing in a file"],
  },
  "ignored errors and ignored unreachable hosts": {
    files: {
      "site.yml": `- hosts: all
  gather_facts: false
  ignore_unreachable: true
  tasks:
    - name: Ignored
      ansible.builtin.command: "false"
      ignore_errors: "{{ true }}"
    - ansible.builtin.command: "true"
`,
    },
    outcome: "succeeded",
    failed: [],
  },
  "handlers, flushed, and one that fails": {
    files: {
      "site.yml": play(
        `    - ansible.builtin.command: "true"
      notify: [First, Second]
    - ansible.builtin.meta: flush_handlers
    - ansible.builtin.command: "true"
      notify: Second
`,
        `  handlers:
    - name: First
      ansible.builtin.command: "true"
    - name: Second
      ansible.builtin.fail: {msg: "handler {{ inventory_hostname }}"}
      when: inventory_hostname == 'web2'
`,
      ),
    },
    outcome: "failed",
    errorCode: "ANSIBLE_HOST_FAILED",
    failed: ["Second"],
  },
  "delegation, to another host, to the controller and to an unreachable one": {
    files: {
      "site.yml": play(`    - ansible.builtin.command: "true"
      delegate_to: web2
    - ansible.builtin.command: "true"
      delegate_to: localhost
      run_once: true
    - name: Delegated away
      ansible.builtin.ping:
      delegate_to: closed
      when: inventory_hostname == 'web1'
`),
    },
    outcome: "failed",
    errorCode: "ANSIBLE_HOST_UNREACHABLE",
    failed: ["Delegated away"],
  },
  "serial, where the first batch stops the second": {
    files: { "site.yml": play(`    - name: Stops\n      ${failOn("web1")}\n    - ansible.builtin.debug: {msg: on}\n`, "  serial: 1\n") },
    outcome: "failed",
    errorCode: "ANSIBLE_HOST_FAILED",
    failed: ["Stops"],
  },
  "an unreachable host, over real ssh": {
    files: { "site.yml": "- hosts: all\n  gather_facts: false\n  tasks:\n    - name: Ping\n      ansible.builtin.ping:\n" },
    outcome: "failed",
    errorCode: "ANSIBLE_HOST_UNREACHABLE",
    failed: ["Ping"],
  },
  "no_log, failing and looping": {
    files: {
      "site.yml": play(`    - name: Hidden
      ansible.builtin.command: echo canary-in-item-{{ item }}
      loop: [one, two]
      no_log: true
    - name: Hidden failure
      ansible.builtin.fail: {msg: canary-in-message}
      no_log: true
`),
    },
    outcome: "failed",
    errorCode: "ANSIBLE_HOST_FAILED",
    failed: ["Hidden failure", "Hidden failure"],
  },
  "include_role, a missing file that is rescued, group_by and clear_host_errors": {
    files: {
      "site.yml": `${play(`    - ansible.builtin.include_role: {name: app}
    - block:
        - name: Include what is not there
          ansible.builtin.include_tasks: missing.yml
      rescue:
        - ansible.builtin.debug: {msg: went on}
    - ansible.builtin.meta: clear_host_errors
`)}- hosts: web\n  gather_facts: false\n  tasks: [{ansible.builtin.debug: {msg: last}}]\n`,
      "roles/app/tasks/main.yml": "- ansible.builtin.command: 'true'\n  notify: Told\n- ansible.builtin.include_tasks: more.yml\n",
      "roles/app/tasks/more.yml": "- ansible.builtin.debug: {msg: more}\n",
      "roles/app/handlers/main.yml": "- name: Told\n  ansible.builtin.command: 'true'\n",
    },
    outcome: "any",
  },
  "any_errors_fatal, max_fail_percentage and strategy free": {
    files: {
      "site.yml": `- hosts: web\n  gather_facts: false\n  strategy: free\n  tasks:\n    - name: Free {{ inventory_hostname }}\n      ansible.builtin.command: "true"\n${play(`    - name: Fatal\n      ${failOn("web2")}\n    - ansible.builtin.debug: {msg: never}\n`, "  any_errors_fatal: true\n")}`,
    },
    outcome: "failed",
    errorCode: "ANSIBLE_HOST_FAILED",
    failed: ["Fatal"],
  },
};

const ways = waysFor(false);
const benches = ways.map((way) => ({ way, bench: new AgentBench() }));
beforeAll(async () => {
  for (const { way, bench } of benches) await bench.agent(waysToStart[way]);
}, 90_000);
afterAll(async () => {
  for (const { bench } of benches) await bench.close();
});

const runs = benches.flatMap((way) => Object.entries(cases).map(([title, one]) => ({ ...way, title, ...one })));
test.concurrent.for(runs)(
  "$title, by $way: the numbers equal ansible's own recap",
  { timeout: 300_000 },
  async ({ way, bench, files, outcome, errorCode, failed }, { expect }) => {
    const { item, result, events } = await bench.run({ "inventory.yml": inventory, ...files }, { timeLimitSeconds: 280 });
    const recap = recapOf(bench.stdout(item.attemptId));
    expect(bench.howStarted(item.attemptId)).toMatchObject({ warm: way === "warm", whyCold: null });
    expect(Object.keys(recap).length).toBeGreaterThan(0);
    expect(result.summary?.hostsSummary).toEqual(recap);
    const sum = (key: string): number => Object.values(recap).reduce((total, counts) => total + (counts[key] ?? 0), 0);
    expect(result.summary).toMatchObject({ okCount: sum("ok"), changedCount: sum("changed"), failedCount: sum("failures"), unreachableCount: sum("unreachable"), rescuedCount: sum("rescued"), ignoredCount: sum("ignored"), skippedCount: sum("skipped") }); // prettier-ignore
    if (outcome !== "any") expect(result.outcome).toBe(outcome);
    if (errorCode !== undefined) expect(result.errorCode).toBe(errorCode);
    if (failed !== undefined) expect(result.summary?.failedTasks.map(({ task }) => task)).toEqual(failed);
    expect(result.summary?.keyErrors.length).toBeLessThanOrEqual(5);
    expect(JSON.stringify([events, result])).not.toContain("canary-in");
    expect(JSON.stringify(events)).not.toContain("{{");
    expect(events.map(({ number }) => number)).toEqual(events.map((_, index) => index + 1));
  },
);

test.for(benches)("by $way, a failure counted as rescued is marked, and as many are marked as ansible counts", async ({ bench }) => {
  const { events, result } = await bench.run({
    "inventory.yml": inventory,
    ...cases["blocks with rescue and always, nested, imported and included"]?.files,
  });
  const marked = events.filter(({ event }) => event.kind === "result" && event.rescued).length;
  expect(marked).toBe(result.summary?.rescuedCount);
});
