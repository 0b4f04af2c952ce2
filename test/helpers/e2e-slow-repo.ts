import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { E2eHouse } from "./e2e-house.ts";

/**
 * One playbook that notes each of its starts on the host, waits until a file says go on (or a minute), and then writes a marker from a
 * template; one that is done at once. What the host has noted is the truth that no database of ours can colour.
 */
export const slowRepo: Readonly<Record<string, string>> = {
  "inventory.yml": `all:
  hosts:
    web1: {ansible_connection: local, ansible_python_interpreter: /usr/bin/python3}
`,
  "deploy-counter.yml": `- name: Deploy Counter
  hosts: web1
  gather_facts: false
  tasks:
    - name: Note the start
      ansible.builtin.shell: echo started >> "{{ chiffon_data_dir }}/starts"
      changed_when: true
    - name: Wait for the word
      ansible.builtin.command: timeout 60 sh -c 'until test -e "$1"; do sleep 0.1; done' sh "{{ chiffon_data_dir }}/go"
      changed_when: false
      failed_when: false
    - name: Write the marker
      ansible.builtin.template:
        src: marker.j2
        dest: "{{ chiffon_data_dir }}/marker"
        mode: "0644"
`,
  "templates/marker.j2": "as it was sealed\n",
  "restart-counter.yml": `- name: Restart Counter
  hosts: web1
  gather_facts: false
  tasks:
    - name: Note the restart
      ansible.builtin.shell: echo restarted >> "{{ chiffon_data_dir }}/restarts"
      changed_when: true
`,
};

/** How often the host says that a playbook was started. */
export function startsOn(house: E2eHouse, file = "starts"): number {
  const path = join(house.dataDir, file);
  return existsSync(path) ? readFileSync(path, "utf8").trim().split("\n").length : 0;
}
