import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterEach, beforeEach, expect, test } from "vitest";
import { memoryCache } from "../../src/agents/answer-cache.ts";
import { createAnsibleFacts } from "../../src/agents/infra/ansible-facts.ts";
import { cleanEnvironment } from "../../src/agents/infra/environment.ts";
import { loadInventory, type Inventory } from "../../src/agents/infra/inventory.ts";
import { writeFiles } from "../helpers/agent-bench.ts";

const environment = cleanEnvironment(process.env);
let repo: string;
beforeEach(() => void (repo = mkdtempSync(join(tmpdir(), "chiffon-planning-repo-"))));
afterEach(() => rmSync(repo, { recursive: true, force: true }));
const load = (allowed: readonly string[] = []): Promise<Inventory> =>
  loadInventory(repo, ["inventory"], { environment, cache: memoryCache(), allowedSources: allowed });

const planted = (touched: string): string =>
  `open(${JSON.stringify(touched)}, "w").close()\nfrom ansible.plugins.vars import BaseVarsPlugin\nclass VarsModule(BaseVarsPlugin):\n    def get_vars(self, loader, path, entities, cache=True):\n        return {}\n`;

test("no plugin of the repo runs while an inventory is read", { timeout: 60_000 }, async () => {
  const touched = join(repo, "touched");
  writeFiles(repo, {
    "ansible.cfg": "[defaults]\nvars_plugins = plug\nvars_plugins_enabled = host_group_vars,own\nplaybook_dir = .\n",
    "plug/own.py": planted(touched),
    "vars_plugins/own.py": planted(touched),
    "inventory/vars_plugins/own.py": planted(touched),
    "inventory/hosts.yml": "all: {hosts: {web1: }}\n",
    "inventory/host_vars/web1.yml": "ansible_host: 192.0.2.5\n",
  });
  // That the plant works: with the repo's own settings ansible runs it.
  await execa("ansible-inventory", ["--list", "-i", "inventory"], { cwd: repo, env: { ...environment, ANSIBLE_CONFIG: join(repo, "ansible.cfg") }, extendEnv: false }); // prettier-ignore
  expect(existsSync(touched)).toBe(true);
  rmSync(touched);
  expect((await load()).connections["web1"]).toEqual({ connection: null, address: "192.0.2.5" });
  expect((await load(["inventory/cloud.yml"])).hosts).toEqual(["web1"]);
  expect(existsSync(touched)).toBe(false);
});

test("a password file decrypts the inventory's variables; a password script of the repo is not run", { timeout: 60_000 }, async () => {
  writeFiles(repo, {
    "ansible.cfg": "[defaults]\nvault_password_file = password\n",
    password: "a secret\n",
    "inventory/hosts.yml": "all: {hosts: {web1: }}\n",
    "inventory/group_vars/all.yml": "ansible_host: 192.0.2.7\n",
  });
  const vaulted = join(repo, "inventory/group_vars/all.yml");
  await execa("ansible-vault", ["encrypt", "--vault-password-file", join(repo, "password"), vaulted], {
    env: environment,
    extendEnv: false,
  });
  expect((await load()).connections["web1"]?.address).toBe("192.0.2.7");
  const touched = join(repo, "touched");
  writeFiles(repo, { password: `#!/bin/sh\ntouch ${touched}\necho a secret\n` });
  chmodSync(join(repo, "password"), 0o755);
  // Names of hosts and groups do not need it.
  expect(await load()).toMatchObject({ hosts: ["web1"], connections: { web1: { address: null } } });
  await expect(load(["inventory/hosts.yml"])).rejects.toMatchObject({ help: expect.stringContaining("password script password") });
  expect(existsSync(touched)).toBe(false);
});

test.for(["ansible.cfg", "inventory/hosts.yml", "inventory/group_vars/all.yml", "inventory/host_vars/web1/x"])(
  "a pipe in the place of %s is refused, not waited for",
  { timeout: 20_000 },
  async (path) => {
    writeFiles(repo, { "inventory/hosts.yml": "all: {hosts: {web1: }}\n", [path]: "" });
    rmSync(join(repo, path));
    execFileSync("mkfifo", [join(repo, path)]);
    await expect(load()).rejects.toMatchObject({ code: "file-refused", message: expect.stringContaining("no regular file") });
    if (path !== "ansible.cfg") return;
    const facts = createAnsibleFacts({ environment, cache: memoryCache() });
    await expect(facts.changedConfig(repo)).rejects.toMatchObject({ code: "file-refused" });
  },
);

test("an inventory that would grow without end or is far too large is refused at once", { timeout: 20_000 }, async () => {
  const letters = "abcdefghijkl".split("");
  const bomb = letters.map((name, index) => `${name}: &${name} [${index === 0 ? "x, x" : `*${letters[index - 1]},`.repeat(9)}]`).join("\n");
  writeFiles(repo, { "inventory/hosts.yml": "all: {hosts: {web1: }}\n", "inventory/group_vars/all.yml": `${bomb}\n` });
  await expect(load()).rejects.toMatchObject({ code: "inventory-refused", message: expect.stringContaining("aliases") });
  writeFiles(repo, { "inventory/group_vars/all.yml": `a: ${"x".repeat(11_000_000)}\n` });
  await expect(load()).rejects.toMatchObject({ code: "inventory-too-large" });
});
