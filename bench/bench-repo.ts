import { execFileSync } from "node:child_process";
import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** What is run on both sides: how it is asked for, and its playbook. */
export interface BenchPlaybook {
  readonly case: string;
  readonly request: string;
  readonly path: string;
  readonly ratioAim: number;
}

export const benchPlaybooks = {
  one: { case: "1 task", request: "deploy gitea", path: "playbooks/deploy-gitea.yml", ratioAim: 1.1 },
  hundred: { case: "100 tasks", request: "deploy grafana", path: "playbooks/deploy-grafana.yml", ratioAim: 1.05 },
  thousandItems: { case: "loop of 1,000 items", request: "deploy jellyfin", path: "playbooks/deploy-jellyfin.yml", ratioAim: 1.05 },
} as const satisfies Record<string, BenchPlaybook>;

export const inventoryFile = "inventory/hosts.yml";

const inventory = `all:
  vars:
    ansible_connection: local
    ansible_python_interpreter: "{{ ansible_playbook_python }}"
  hosts:
    box01:
`;
const config = `[defaults]
inventory = ${inventoryFile}
retry_files_enabled = False
nocows = True
`;

/**
 * One host, no fact gathering. The single task starts a program on its host, as tasks do; the hundred tasks and thousand items are the
 * cheapest there are, so that what we add cannot hide behind them.
 */
export function makeRunRepo(folder: string): void {
  const play = (service: string, tasks: string): string =>
    `---\n- name: Deploy ${service}\n  hosts: box01\n  gather_facts: false\n  tasks:\n${tasks}`;
  const hundred = Array.from(
    { length: 100 },
    (_, index) => `    - name: Task ${index + 1}\n      ansible.builtin.debug:\n        msg: This is task ${index + 1}\n`,
  );
  writeRepo(folder, {
    "ansible.cfg": config,
    [inventoryFile]: inventory,
    [benchPlaybooks.one.path]: play("Gitea", `    - name: One task\n      ansible.builtin.command: "true"\n      changed_when: false\n`),
    [benchPlaybooks.hundred.path]: play("Grafana", hundred.join("")),
    [benchPlaybooks.thousandItems.path]: play(
      "Jellyfin",
      `    - name: Thousand items\n      ansible.builtin.debug:\n        msg: "This is item {{ item }}"\n      loop: "{{ range(1000) | list }}"\n`,
    ),
  });
}

const verbs = ["Deploy", "Remove", "Back up", "Restore", "Update"];
const services = [
  "Gitea", "Grafana", "Jellyfin", "Nextcloud", "Vaultwarden", "Prometheus", "Loki", "Redis", "PostgreSQL", "MariaDB", "Traefik", "Caddy",
  "Navidrome", "Paperless", "Immich", "Mosquitto", "Zigbee2MQTT", "Syncthing", "Minio", "Keycloak",
]; // prettier-ignore

/** A catalog of 100 playbooks: five verbs for each of twenty services, ten hosts in four groups, a role for every service. */
export function makeLargeRepo(folder: string): readonly string[] {
  const files: Record<string, string> = {
    "ansible.cfg": `${config}roles_path = roles\n`,
    [inventoryFile]: `all:\n  vars: { ansible_connection: local }\n  children:\n${["web", "storage", "monitoring", "edge"]
      .map((group, index) => `    ${group}:\n      hosts:\n        ${group}01: { service_port: ${8000 + index} }\n        ${group}02: {}\n`)
      .join("")}`,
  };
  const requests: string[] = [];
  for (const service of services) {
    const name = service.toLowerCase();
    files[`roles/${name}/tasks/main.yml`] =
      `---\n- name: Write the configuration of ${service}\n  ansible.builtin.template:\n    src: app.conf.j2\n    dest: "/tmp/never-run/${name}.conf"\n    mode: "0644"\n`;
    files[`roles/${name}/templates/app.conf.j2`] = `port = {{ service_port | default(80) }}\n`;
    files[`roles/${name}/defaults/main.yml`] = `---\nservice_port: 80\n`;
    for (const verb of verbs) {
      const path = `playbooks/${verb.toLowerCase().replace(" ", "-")}-${name}.yml`;
      files[path] =
        `---\n- name: ${verb} ${service}\n  hosts: web\n  gather_facts: false\n  tasks:\n    - name: ${verb} ${service}\n      ansible.builtin.include_role:\n        name: ${name}\n`;
      requests.push(`${verb.toLowerCase()} ${name}`, `please ${verb.toLowerCase()} ${name} on web01`);
    }
  }
  writeRepo(folder, files);
  return requests;
}

/** A git repository, as infra repos are; its files are old, as files mostly are. */
export function writeRepo(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  keepInGit(folder);
  const anHourAgo = Date.now() / 1000 - 3_600;
  for (const path of Object.keys(files)) utimesSync(join(folder, path), anHourAgo, anHourAgo);
}

export function keepInGit(folder: string): void {
  execFileSync("git", ["-C", folder, "init", "--quiet"], { stdio: "ignore" });
  execFileSync("git", ["-C", folder, "add", "--all"], { stdio: "ignore" });
}
