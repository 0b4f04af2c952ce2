import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { AgentBench, type RepoFiles } from "../helpers/agent-bench.ts";

let bench: AgentBench;
beforeEach(() => void (bench = new AgentBench()));
afterEach(() => bench.close());

/** All that is left of a run: events, result and every file of its folder. */
async function leftOf(files: RepoFiles): Promise<string> {
  await bench.agent();
  const { item, events, result } = await bench.run(files);
  expect(result.outcome).toBe("succeeded");
  const folder = bench.runFolder(item.attemptId);
  const names = readdirSync(folder).filter((name) => statSync(join(folder, name)).isFile());
  return JSON.stringify([events, result]) + names.map((name) => readFileSync(join(folder, name), "latin1")).join("\n");
}

const say = (what: string): string => `    - ansible.builtin.debug: {msg: "said ${what}"}\n`;

test("secrets of roles, tasks, blocks, includes, arguments, environments and results are masked", { timeout: 60_000 }, async () => {
  const text = await leftOf({
    "site.yml": `- name: Play
  hosts: web1
  gather_facts: false
  vars: {plain: canary-by-reference, followed_password: 'x{{ plain }}'}
  environment: {API_TOKEN: canary-environment}
  roles:
    - {role: app, role_password: canary-role-parameter}
  tasks:
    - vars: {block_secret: canary-block}
      block:
        - {name: Task, ansible.builtin.debug: {msg: 'said {{ own_token }} {{ block_secret }}'}, vars: {own_token: canary-task}}
    - ansible.builtin.include_role: {name: later}
      vars: {later_password: canary-include-role}
    - ansible.builtin.include_tasks: {file: more.yml, apply: {vars: {applied_secret: canary-applied}}}
    - ansible.builtin.command: echo canary-registered
      register: api_password
    - ansible.builtin.command: echo canary-hidden
      no_log: true
      register: hidden_token
    - ansible.builtin.command: echo canary-loop-{{ item }}
      loop: [one, two]
      register: loop_secret
    - ansible.builtin.slurp: {src: "{{ playbook_dir }}/kept.txt"}
      register: file_secret
    - ansible.builtin.set_fact: {made_password: canary-fact}
${say("{{ api_password.stdout }} {{ hidden_token.stdout }} {{ loop_secret.results[1].stdout }} {{ plain }} {{ made_password }}")}${say("{{ file_secret.content }} {{ file_secret.content | b64decode }} {{ lookup('env', 'X') }}canary-environment")}`,
    "kept.txt": "canary-slurped-content",
    "more.yml": `- ansible.builtin.debug: {msg: "said {{ applied_secret }} {{ included_secret }}"}\n  vars: {included_secret: canary-included}\n`,
    "roles/app/tasks/main.yml": `- ansible.builtin.debug: {msg: "said {{ role_password }} {{ default_password }}"}\n`,
    "roles/app/defaults/main.yml": "default_password: canary-default\n",
    "roles/later/tasks/main.yml": `- ansible.builtin.debug: {msg: "said {{ later_password }} {{ later_token }}"}\n`,
    "roles/later/vars/main.yml": "later_token: canary-later\n",
  });
  expect(text).toContain("said ********");
  expect(text.match(/canary-[\w-]+/g) ?? []).toEqual([]);
  expect(text).not.toContain(Buffer.from("canary-slurped-content").toString("base64").slice(0, 20));
});

test("secrets of hosts beyond the first two hundred are masked", { timeout: 120_000 }, async () => {
  const text = await leftOf({
    "inventory.yml": "all:\n  hosts: {'h[001:230]': }\n  vars: {ansible_connection: local}\n",
    "host_vars/h225.yml": "host_password: canary-late-host\n",
    "site.yml": `- name: Play
  hosts: h*
  gather_facts: false
  tasks:
    - {name: Late, ansible.builtin.debug: {msg: 'said {{ host_password }}'}, when: inventory_hostname == 'h225'}
`,
  });
  expect(text).toContain("said ********");
  expect(text).not.toContain("canary-late-host");
});

test("a delegated task says to which host, also by a template", { timeout: 60_000 }, async () => {
  await bench.agent();
  const { events } = await bench.run({
    "site.yml": `- name: Play
  hosts: web1
  gather_facts: false
  tasks:
    - {ansible.builtin.command: 'true', delegate_to: web2}
    - {ansible.builtin.command: 'true', delegate_to: '{{ item }}', loop: [web2]}
    - {ansible.builtin.command: 'true', delegate_to: web1}
`,
  });
  const delegated = events.flatMap(({ event }) => (event.kind === "result" ? [event.delegatedTo] : []));
  expect(delegated).toEqual(["web2", "{{ item }}", null]);
});
