import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openPglite } from "../../src/db/pglite.ts";
import { createE2eHouse, processesWith } from "../helpers/e2e-house.ts";

const password = "canary-vault-password-7391";
const become = "canary-become-password-5527";
const secrets = ["canary-vault-password", "canary-become", "canary-in-file", "canary-in-string", "canary-key", "canary-other"];

const house = createE2eHouse({
  repo: {
    ".gitignore": ".vault_pass\n.become_pass\nsecrets/\n",
    "ansible.cfg":
      "[defaults]\ninventory = inventory\nvault_password_file = .vault_pass\nvault_identity_list = other@secrets/other, gone@secrets/gone\nbecome_password_file = .become_pass\nprivate_key_file = secrets/id\n",
    "inventory/hosts.yml":
      "all: {children: {web: {hosts: {web1: }}}, vars: {ansible_connection: local, ansible_python_interpreter: /usr/bin/python3}}\n",
    "inventory/group_vars/web/plain.yml": "shown: plain\n",
    "inventory/group_vars/web/vault.yml": "deep_value: canary-in-file-8842\n",
    "deploy-portal.yml": `# chiffon:service=portal
- name: Deploy Portal
  hosts: web
  gather_facts: false
  tasks:
    - name: Say
      ansible.builtin.debug: {msg: "values {{ deep_value }} {{ inline_value }}"}
    - name: Write
      ansible.builtin.copy: {content: "{{ deep_value }} {{ inline_value }}", dest: "{{ chiffon_data_dir }}/../made", mode: "0600"}
    - name: Tell the password
      ansible.builtin.command: cat {{ lookup('env', 'ANSIBLE_VAULT_PASSWORD_FILE') }} {{ lookup('env', 'ANSIBLE_BECOME_PASSWORD_FILE') }}
      register: told
    - ansible.builtin.debug: {var: told.stdout}
    - name: Wait
      ansible.builtin.wait_for: {path: "{{ chiffon_data_dir }}/../go", timeout: 60}
`,
  },
});
const vault = (...args: string[]): string =>
  execFileSync("ansible-vault", args, { cwd: house.repo, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });

house.write(".vault_pass", `${password}\n`);
house.write(".become_pass", `${become}\n`);
house.write("secrets/id", "-----BEGIN KEY-----\ncanary-key-line-of-the-key\n-----END KEY-----\n");
house.write("secrets/other", "canary-other-password-1\n");
vault("encrypt", "--encrypt-vault-id", "default", "inventory/group_vars/web/vault.yml");
house.write(
  "inventory/group_vars/web/more.yml",
  vault("encrypt_string", "--encrypt-vault-id", "other", "--name", "inline_value", "canary-in-string-6120"),
);

/** Files below a folder that hold any of these words, also packed in git objects. */
function holding(folder: string, words: readonly string[]): string[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.map((entry) => join(entry.parentPath, entry.name)).filter((file) => words.some((word) => readFileSync(file).includes(word)));
}

async function everythingIn(folder: string): Promise<string> {
  const database = await openPglite({ dataDir: folder });
  try {
    const tables = await database.query<{ name: string }>(
      "select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')",
    );
    const texts: unknown[] = [];
    for (const { name } of tables) texts.push(await database.query(`select one::text as text from ${name} one`));
    return JSON.stringify(texts);
  } finally {
    await database.close();
  }
}

test("a git-ignored password file: planned, previewed by its name, run, and its secrets are found nowhere", async () => {
  // That the look finds what is there.
  expect(holding(house.repo, secrets)).toHaveLength(4);
  const run = house.start(["ask", "deploy portal", "--yes", "--json"]);
  const made = join(house.folder, "made");
  const until = Date.now() + 150_000;
  while (!existsSync(made) && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 100));
  for (const word of secrets) expect(processesWith(word)).toEqual([]);
  house.write("../go", "");
  const outcome = await run.ended;
  expect(outcome).toMatchObject({ code: 0 });
  expect(readFileSync(made, "utf8")).toBe("canary-in-file-8842 canary-in-string-6120");
  for (const word of secrets) expect(outcome.out + outcome.err).not.toContain(word);
  expect(holding(house.dataDir, secrets)).toEqual([]);
  // What the database keeps may be packed; so it is asked.
  const kept = await everythingIn(join(house.dataDir, "db"));
  expect(kept).toContain("vault:default (.vault_pass)");
  for (const word of secrets) expect(kept).not.toContain(word);
  const objects = execFileSync("git", ["-C", join(house.dataDir, "audit"), "log", "-p", "--all"], { encoding: "utf8" });
  expect(objects).toContain("deploy-portal.yml");
  for (const word of secrets) expect(objects).not.toContain(word);
});
