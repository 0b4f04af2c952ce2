import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { changedBetween, createE2eHouse, hashesOf } from "../helpers/e2e-house.ts";

const house = createE2eHouse({
  repo: {
    "inventory.yml": "all: {hosts: {web1: {ansible_connection: local, ansible_python_interpreter: /usr/bin/python3}}}\n",
    "deploy-gitea.yml": `- name: Deploy Gitea
  hosts: web1
  gather_facts: false
  tasks:
    - name: Make the folder
      ansible.builtin.file: {path: "{{ chiffon_data_dir }}/site", state: directory, mode: "0755"}
    - name: Write the page
      ansible.builtin.copy: {content: "hello\\n", dest: "{{ chiffon_data_dir }}/site/page", mode: "0644"}
    - name: Write the settings
      ansible.builtin.template: {src: site.conf.j2, dest: "{{ chiffon_data_dir }}/site.conf", mode: "0644"}
    - name: Copy the notes
      ansible.builtin.copy: {src: notes.txt, dest: "{{ chiffon_data_dir }}/notes", mode: "0644"}
    - name: Ask a command
      ansible.builtin.command: "true"
      changed_when: false
`,
    "templates/site.conf.j2": "host = {{ inventory_hostname }}\n",
    "files/notes.txt": "keep\n",
    "deploy-grafana.yml": `- name: Deploy Grafana
  hosts: web1
  gather_facts: false
  tasks:
    - name: Look even in a preview
      ansible.builtin.shell: echo looked >> "{{ chiffon_data_dir }}/looked"
      check_mode: false
      changed_when: false
    - name: Write the board
      ansible.builtin.copy: {content: "board\\n", dest: "{{ chiffon_data_dir }}/board", mode: "0644"}
`,
  },
});
const site = join(house.dataDir, "site");

test("a preview names what would change on each host and what it cannot tell, and changes nothing on disk", async () => {
  const shown = await house.chiffon(["ask", "deploy gitea", "--check"]);
  expect(shown.code).toBe(0);
  expect(shown.out).toMatch(/would change/i);
  expect(shown.out).toMatch(/web1/);
  expect(shown.out).toMatch(/Make the folder[^]*Write the page/);
  expect(shown.out).toMatch(/cannot be told beforehand: Ask a command/);
  // What ansible names is a copy that is gone by now: shown is the file of the repo.
  expect(shown.out).toMatch(/\+\+\+ after: templates\/site\.conf\.j2\n[^]*\+host = web1/);
  expect(shown.out).toMatch(/\+\+\+ after: files\/notes\.txt\n/);
  expect(existsSync(site)).toBe(false);
  expect(await house.runs()).toMatchObject([{ state: "succeeded", purpose: "preview" }]);
});

test("where nothing would change a preview says so", async () => {
  expect((await house.ask("deploy gitea", "--yes")).code).toBe(0);
  const before = hashesOf(site);
  const { code, document } = await house.ask("deploy gitea", "--check");
  expect(code).toBe(0);
  expect(document.run).toMatchObject({ purpose: "preview", steps: [{ summary: { changedCount: 0 } }] });
  expect(document.plan?.state).toBe("awaiting_approval");
  expect(changedBetween(before, hashesOf(site))).toEqual([]);
});

test("a task with check_mode: false is announced, and really runs in a preview", async () => {
  const shown = await house.chiffon(["ask", "deploy grafana", "--check"]);
  expect(shown.code).toBe(0);
  expect(shown.err).toMatch(/A preview really runs: task Look even in a preview/);
  expect(shown.err.indexOf("really runs")).toBeLessThan(shown.err.search(/Preview \d+ · queued|▸/));
  expect(existsSync(join(house.dataDir, "looked"))).toBe(true);
  expect(existsSync(join(house.dataDir, "board"))).toBe(false);
});
