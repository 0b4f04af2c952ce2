import { mkdirSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { createScanCache } from "../../src/mapping/scanned-files.ts";
import { scanRepo } from "../../src/mapping/scanner.ts";
import { git, makeRepo } from "./mapping-bench.ts";

let repo: ReturnType<typeof makeRepo> | undefined;
afterEach(() => repo?.remove());

async function scan(files: Record<string, string>, options = {}) {
  repo = makeRepo(files);
  return scanRepo(repo.path, options);
}

const play = "- name: Deploy Gitea\n  hosts: docker\n  roles:\n    - gitea\n";

describe("what is a playbook", () => {
  test("only lists of plays are: no tasks, variables, compose, galaxy, molecule or CI files", async () => {
    const found = await scan({
      "playbooks/deploy-gitea.yml": play,
      "site.yaml": "- import_playbook: playbooks/deploy-gitea.yml\n",
      "tasks/main.yml": "- name: x\n  hosts: all\n",
      "roles/gitea/tasks/main.yml": "- name: Write files\n  ansible.builtin.debug:\n    msg: hosts\n",
      "group_vars/all.yml": "hosts: all\n",
      "docker-compose.yml": "services:\n  a:\n    image: b\n",
      "requirements.yml": "- src: x\n  hosts: y\n",
      "molecule/default/converge.yml": play,
      ".github/workflows/ci.yml": play,
      "inventory/hosts.yml": "all:\n  hosts:\n    a:\n",
      "notes.txt": play,
    });
    expect(found.playbooks.map((entry) => entry.id)).toEqual(["playbooks/deploy-gitea", "site"]);
    expect(found.rejected).toEqual([]);
  });

  test("broken YAML is listed with its reason and stops nothing", async () => {
    const found = await scan({ "a.yml": "- hosts: all\n  tasks: [\n", "deploy-gitea.yml": play });
    expect(found.playbooks).toHaveLength(1);
    expect(found.rejected).toEqual([{ path: "a.yml", reason: expect.stringContaining("not readable as YAML") as string }]);
  });

  test("Ansible's own tags are read as data", async () => {
    const found = await scan({
      "deploy-gitea.yml":
        "- hosts: all\n  vars:\n    a: !unsafe '{{ x }}'\n    b: !vault |\n      $ANSIBLE_VAULT;1.1;AES256\n      3132\n  tasks: []\n",
    });
    expect(found.rejected).toEqual([]);
    expect(found.playbooks[0]?.variables.map((variable) => variable.name)).toEqual(["a", "b"]);
  });

  test("a YAML bomb, a huge file and a link out of the repo are refused in bounded time", async () => {
    const bomb = `- hosts: all\n  vars:\n    a: &a [x,x,x,x,x,x,x,x,x]\n${"bcdefghij".split("").map((name, at) => `    ${name}: &${name} [${Array(9).fill(`*${"abcdefghi"[at]}`).join(",")}]\n`).join("")}`; // prettier-ignore
    repo = makeRepo({ "bomb.yml": bomb, "huge.yml": `- hosts: all\n${"# x\n".repeat(300_000)}`, "deploy-gitea.yml": play });
    symlinkSync("/etc/hostname", join(repo.path, "outside.yml"));
    const started = performance.now();
    const found = await scanRepo(repo.path);
    expect(performance.now() - started).toBeLessThan(30_000); // expanded, the bomb would never end
    expect(found.playbooks.map((entry) => entry.id)).toEqual(["deploy-gitea"]);
    expect(found.rejected.map((entry) => entry.path)).toEqual(["bomb.yml", "huge.yml", "outside.yml"]);
    expect(found.rejected[2]?.reason).toContain("leaves the repo");
  });

  test("too many files are not looked at, and that is said", async () => {
    const found = await scan(Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`p${at}.yml`, play])), { fileLimit: 20 });
    expect(found.playbooks.length).toBeLessThanOrEqual(20);
    expect(found.rejected[0]).toEqual({ path: ".", reason: expect.stringContaining("more than 20 files") as string });
  });

  test("git-ignored files are left out", async () => {
    repo = makeRepo({ "deploy-gitea.yml": play, "private/deploy-x.yml": play, ".gitignore": "private/\n" });
    git(repo.path, "init", "-q");
    expect((await scanRepo(repo.path)).playbooks.map((entry) => entry.id)).toEqual(["deploy-gitea"]);
  });

  test("a missing repo is an error that says what to set", async () => {
    await expect(scanRepo("/nowhere/at/all")).rejects.toMatchObject({
      code: "repo-missing",
      help: expect.stringContaining("CHIFFON_REPO") as string,
    });
  });
});

describe("what is known of a playbook", () => {
  test("service, verb and description come from name, settings, plays and roles", async () => {
    const { playbooks } = await scan({
      "playbooks/deploy-gitea.yml": play,
      "playbooks/gitea-restore.yml": "- hosts: docker\n  tasks: []\n",
      "playbooks/monitors.yml":
        "# chiffon:service=uptime-kuma\n# chiffon:description=Add portals.\n# chiffon:verb=configure\n# chiffon:repeat=safe\n- hosts: mon\n  tasks: []\n",
      "playbooks/disk-report.yml": "# How full the disks are\n- hosts: all\n  tasks: []\n",
      "playbooks/restart-service.yml": "- name: Restart one service\n  hosts: all\n  tasks: []\n",
      "roles/gitea/meta/main.yml": "galaxy_info:\n  description: Git with a web page\n",
    });
    const facts = playbooks.map((entry) => [entry.id, entry.service, entry.verb]);
    expect(facts).toEqual([
      ["playbooks/deploy-gitea", "gitea", "deploy"],
      ["playbooks/disk-report", null, "show"],
      ["playbooks/gitea-restore", "gitea", "restore"],
      ["playbooks/monitors", "uptime-kuma", "configure"],
      ["playbooks/restart-service", null, "restart"],
    ]);
    expect(playbooks[0]?.description).toBe("Deploy Gitea. Git with a web page");
    expect(playbooks[1]?.description).toBe("How full the disks are");
    expect(playbooks[3]).toMatchObject({ description: "Add portals.", repeatSafe: true });
  });

  test("variables: required only where an argument spec, a prompt or an assert says so", async () => {
    const { playbooks } = await scan({
      "deploy-gitea.yml": `- name: Deploy Gitea
  hosts: "{{ target | default('docker') }}"
  vars_prompt:
    - name: admin_mail
      prompt: Mail of the admin
      private: false
    - name: admin_password
      prompt: Password
  vars:
    retries: 3
  roles:
    - gitea
  tasks:
    - name: Check
      ansible.builtin.assert:
        that:
          - gitea_owner is defined
    - name: Say
      ansible.builtin.debug:
        msg: "{{ gitea_owner }} {{ note | default('') }} {{ ansible_hostname }} {{ from_inventory }}"
`,
      "roles/gitea/meta/argument_specs.yml":
        "argument_specs:\n  main:\n    options:\n      gitea_domain:\n        type: str\n        required: true\n      gitea_port:\n        type: int\n        default: 3000\n      gitea_token:\n        type: str\n        no_log: true\n",
      "roles/gitea/defaults/main.yml": "gitea_port: 3000\ngitea_theme: dark\ngitea_url: 'https://{{ gitea_domain }}'\n",
      "group_vars/all.yml": "from_inventory: 1\n",
    });
    const variables = Object.fromEntries((playbooks[0]?.variables ?? []).map((variable) => [variable.name, variable]));
    expect(
      Object.keys(variables)
        .filter((name) => variables[name]?.required)
        .sort(),
    ).toEqual(["admin_mail", "admin_password", "gitea_domain", "gitea_owner"]);
    expect(variables["gitea_port"]).toMatchObject({ type: "int", default: 3000 });
    expect(variables["gitea_token"]?.secret).toBe(true);
    expect(variables["admin_password"]?.secret).toBe(true);
    expect(variables["gitea_url"]).not.toHaveProperty("default");
    expect(variables).not.toHaveProperty("from_inventory");
    expect(variables).not.toHaveProperty("ansible_hostname");
  });

  test("roles behind one playbook for everything are listed with the tags that choose them", async () => {
    const roles = ["plex", "gitea", "grafana"];
    const { playbooks } = await scan({
      "nas.yml": `- hosts: nas\n  roles:\n${roles.map((role) => `    - role: ${role}\n      tags: ${role}\n      when: ${role}_enabled\n`).join("")}`,
      "deploy-gitea.yml": play,
      ...Object.fromEntries(roles.map((role) => [`roles/${role}/tasks/main.yml`, "- name: Start\n  ansible.builtin.debug:\n"])),
    });
    const driven = playbooks.filter((entry) => entry.kind === "role");
    expect(driven.map((entry) => [entry.id, entry.verb, entry.driver])).toEqual([
      ["roles/plex", "deploy", { path: "nas.yml", tags: ["plex"] }],
      ["roles/grafana", "deploy", { path: "nas.yml", tags: ["grafana"] }],
    ]);
  });

  test("the content hash changes with the playbook and with a file of its role, and with nothing else", async () => {
    repo = makeRepo({ "deploy-gitea.yml": play, "roles/gitea/templates/a.j2": "one", "other.txt": "x" });
    const cache = createScanCache();
    const hash = async () => (await scanRepo(repo?.path ?? "", { cache })).playbooks[0]?.contentHash;
    const before = await hash();
    writeFileSync(join(repo.path, "other.txt"), "y");
    expect(await hash()).toBe(before);
    writeFileSync(join(repo.path, "roles/gitea/templates/a.j2"), "two");
    utimesSync(join(repo.path, "roles/gitea/templates/a.j2"), new Date(), new Date(Date.now() + 5_000));
    expect(await hash()).not.toBe(before);
  });

  test("examples/homelab is read quickly, without a rejected file", async () => {
    const cache = createScanCache();
    const path = join(import.meta.dirname, "../../examples/homelab");
    const found = await scanRepo(path, { cache });
    expect(found.rejected).toEqual([]);
    expect(found.playbooks.find((entry) => entry.id === "playbooks/deploy-uptime-kuma")).toMatchObject({
      service: "uptime-kuma",
      verb: "deploy",
    });
    expect((await scanRepo(path, { cache })).playbooks).toEqual(found.playbooks);
  });
});

test("a folder that looks like a role of nothing is harmless", async () => {
  repo = makeRepo({ "deploy-gitea.yml": play });
  mkdirSync(join(repo.path, "roles/empty/tasks"), { recursive: true });
  expect((await scanRepo(repo.path)).playbooks).toHaveLength(1);
});
