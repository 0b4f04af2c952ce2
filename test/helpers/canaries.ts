import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";

/** A secret each, by where it comes from; characters that URLs and JSON write in other ways. */
export const canaries = {
  playVariable: "c4nary+play/Vx9=kQ",
  inventory: "c4nary&inv ntory%Zr7",
  vault: "c4nary:vault?W3m~Lp",
  vaultPassword: "c4nary-vault-pass-Uq5t",
  become: "c4nary-become-Hy6n#e",
  registered: "c4nary@register!Bd8s",
  fact: 'c4nary"fact\\Fo2w',
} as const;

/** As people's tools write a secret. */
function formsOf(secret: string): string[] {
  const raw = Buffer.from(secret);
  const base64 = [0, 1, 2].map((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), raw])
      .toString("base64")
      .replace(/=+$/, "");
    // The characters at the ends depend on what stands beside the secret.
    return text.slice([0, 2, 3][shift], -1);
  });
  return [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1), ...base64];
}

/** Names of the canaries that are in `text`, in whatever form; `bytes` as latin1. */
export function canariesIn(text: string, except: readonly string[] = []): string[] {
  return Object.entries(canaries).flatMap(([name, secret]) =>
    !except.includes(name) && formsOf(secret).some((form) => text.includes(form)) ? [name] : [],
  );
}

/** Where below a folder, as `file: names`. */
export function canariesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) => {
    if (!entry.isFile()) return [];
    const file = join(entry.parentPath, entry.name);
    const found = canariesIn(readFileSync(file, "latin1"));
    return found.length === 0 ? [] : [`${relative(folder, file)}: ${found.join(", ")}`];
  });
}

/** In command lines and environments of all processes but this one, as `command: names`. */
export function canariesInProcesses(): string[] {
  return readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) return [];
    try {
      const text = readFileSync(`/proc/${name}/cmdline`, "latin1") + readFileSync(`/proc/${name}/environ`, "latin1");
      const found = canariesIn(text);
      return found.length === 0 ? [] : [`${text.slice(0, 200)}: ${found.join(", ")}`];
    } catch {
      return []; // gone, or another account's
    }
  });
}

export function vaulted(text: string): string {
  const place = mkdtempSync(join(tmpdir(), "chiffon-vault-"));
  try {
    writeFileSync(join(place, "password"), canaries.vaultPassword);
    writeFileSync(join(place, "plain"), text);
    execFileSync("ansible-vault", ["encrypt", "--vault-password-file", "password", "plain"], { cwd: place, stdio: "ignore" });
    return readFileSync(join(place, "plain"), "utf8");
  } finally {
    rmSync(place, { recursive: true });
  }
}

/** A playbook that says its secrets in every way there is, on a repo that shouts by `verbosity`. */
export const canaryRepo = (): Record<string, string> => ({
  "ansible.cfg": "[defaults]\nvault_password_file = .vault_pass\nverbosity = 3\n[diff]\nalways = True\n",
  ".gitignore": ".vault_pass\n",
  ".vault_pass": canaries.vaultPassword,
  "inventory.yml": `all:
  hosts:
    web1:
      ansible_connection: local
      ansible_python_interpreter: /usr/bin/python3
      ansible_become_password: ${JSON.stringify(canaries.become)}
      database_token: ${JSON.stringify(canaries.inventory)}
`,
  "group_vars/all.yml": vaulted(`harmless_name: ${JSON.stringify(canaries.vault)}\n`),
  "deploy-canary.yml": `- name: Deploy Canary
  hosts: web1
  gather_facts: false
  vars:
    app_password: ${JSON.stringify(canaries.playVariable)}
    all_of_them: "{{ app_password }} {{ database_token }} {{ harmless_name }} {{ ansible_become_password }} {{ lookup('file', lookup('env', 'ANSIBLE_VAULT_PASSWORD_FILE')) }}"
  tasks:
    - name: Make the folder
      ansible.builtin.file: {path: "{{ chiffon_data_dir }}/canary", state: directory, mode: "0755"}
    - name: Learn a secret
      ansible.builtin.command: printf %s ${JSON.stringify(canaries.registered)}
      register: login_token
      check_mode: false
      no_log: true
      changed_when: false
    - name: Make a fact of it
      ansible.builtin.set_fact:
        api_secret: ${JSON.stringify(canaries.fact)}
      no_log: true
    - name: Say {{ app_password }}
      ansible.builtin.debug:
        msg: "{{ all_of_them }} {{ login_token.stdout }} {{ api_secret }}"
    - name: Say it encoded
      ansible.builtin.debug:
        msg: ["{{ app_password | b64encode }}", "{{ ('x' ~ harmless_name) | b64encode }}", "{{ database_token | urlencode }}", "{{ login_token.stdout | to_json }}"]
    - name: Say it over and over, so that every chunk cuts one
      ansible.builtin.debug:
        msg: "{{ (harmless_name ~ '-' ~ login_token.stdout ~ '.') * 5000 }}"
    - name: Show the difference
      ansible.builtin.copy:
        content: "{{ all_of_them }}\\n{{ api_secret }}\\n{{ app_password | b64encode }}\\n"
        dest: "{{ chiffon_data_dir }}/../written-by-the-canary"
        mode: "0600"
    - name: Name it in a URL
      ansible.builtin.uri:
        url: "http://user:{{ database_token | urlencode }}@127.0.0.1:9/{{ app_password | urlencode }}"
      ignore_errors: true
    - name: Raise it
      ansible.builtin.command: "/no/such/program {{ app_password }}"
      become: true
      become_method: ansible.builtin.su
      ignore_errors: true
    - name: Ask a module for what it does not have
      ansible.builtin.file: {path: "{{ harmless_name }}", state: "{{ app_password }}"}
      ignore_errors: true
    - name: Break a template
      ansible.builtin.debug:
        msg: "{{ (app_password ~ harmless_name) | int / 0 }}"
      ignore_errors: true
    - name: Wait while somebody looks
      ansible.builtin.shell: 'touch "{{ chiffon_data_dir }}/canary/waits"; while test -e "{{ chiffon_data_dir }}/canary/hold"; do sleep 0.1; done'
    - name: Fail with it
      ansible.builtin.fail:
        msg: "the password {{ all_of_them }} {{ login_token.stdout }} {{ api_secret }} was not taken"
`,
});
