import { slowRepo } from "./e2e-slow-repo.ts";

const quick = (name: string, tasks: string): string => `- name: ${name}\n  hosts: web1\n  gather_facts: false\n  tasks:\n${tasks}`;

/** What decisions are tried on: a slow playbook, a quick one, one that removes, one that fails until it was repaired, one with a value to ask for. */
export const chatRepo: Readonly<Record<string, string>> = {
  ...slowRepo,
  "remove-counter.yml": quick(
    "Remove Counter",
    `    - name: Take the marker away
      ansible.builtin.file:
        path: "{{ chiffon_data_dir }}/marker"
        state: absent
`,
  ),
  "deploy-fragile.yml": quick(
    "Deploy Fragile",
    `    - name: Look for the repair
      ansible.builtin.command: test -e "{{ chiffon_data_dir }}/repaired"
      changed_when: true
`,
  ),
  "configure-tuning.yml": `- name: Configure Tuning
  hosts: web1
  gather_facts: false
  roles:
    - tuning
`,
  "roles/tuning/meta/argument_specs.yml": `argument_specs:
  main:
    options:
      tuning_level:
        description: How much of it.
        type: int
        required: true
`,
  "roles/tuning/tasks/main.yml": `- name: Note the level
  ansible.builtin.copy:
    content: "level {{ tuning_level }}\\n"
    dest: "{{ chiffon_data_dir }}/level"
    mode: "0644"
`,
};

/** A value of a variable whose name says that it is secret. */
export const secretToken = "tok-4f1c09d7b2e86a35";

/** What a chat could take for its own: mentions of everybody in two dialects, a fence, markup, text that turns around or is not to be seen. */
export const noise: readonly string[] = [
  "@everyone @here <!channel> <!here> <@400000000000000002> <@UBOB>",
  "``` not a fence ``` # no heading > no quote ||no spoiler|| [no link](https://example.org)",
  "back\u202Edraw and hid\u200Bden\u2066 text",
];

const sixty = Array.from({ length: 60 }, (_none, index) => `web${String(index + 1).padStart(2, "0")}`);
const words = ["alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel", "india", "juliett"];

function saying(name: string, where: string, message: string): string {
  return `- name: ${name}\n  hosts: ${where}\n  gather_facts: false\n  tasks:\n    - name: Say it\n      ansible.builtin.debug:\n        msg: ${message}\n`;
}

/** Sixty hosts, ten small playbooks, and one that is noisy and fails. */
export const noisyRepo: Readonly<Record<string, string>> = {
  "inventory.yml": `all:
  vars: {ansible_connection: local, ansible_python_interpreter: /usr/bin/python3}
  children:
    fleet:
      hosts:
${sixty.map((host) => `        ${host}:`).join("\n")}
`,
  ...Object.fromEntries(
    words.map((word) => [
      `configure-${word}.yml`,
      saying(`Configure ${word.slice(0, 1).toUpperCase()}${word.slice(1)}`, "web01", `"${word} is set"`),
    ]),
  ),
  "check-fleet.yml": saying("Check Fleet", "fleet", '"all is well on {{ inventory_hostname }}"'),
  "check-noise.yml": `- name: Check Noise
  hosts: web01
  gather_facts: false
  vars:
    api_token: ${secretToken}
  tasks:
    - name: Say something strange
      ansible.builtin.debug:
        msg: ${JSON.stringify(noise.join("\n"))}
    - name: Say much
      ansible.builtin.debug:
        msg: "{% for line in range(5000) %}line {{ line }} of many\\n{% endfor %}"
    - name: Show the token
      ansible.builtin.debug:
        msg: "the token is {{ api_token }}"
    - name: Fail strangely
      ansible.builtin.fail:
        msg: ${JSON.stringify(`${noise.join("\n")} {{ api_token }}`)}
`,
};
