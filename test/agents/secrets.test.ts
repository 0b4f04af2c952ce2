import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { memoryCache } from "../../src/agents/answer-cache.ts";
import { createAnalyzer } from "../../src/agents/infra/analyzer/analyzer.ts";
import { createAnsibleFacts } from "../../src/agents/infra/ansible-facts.ts";
import { cleanEnvironment } from "../../src/agents/infra/environment.ts";
import { copyForLint } from "../../src/agents/infra/analyzer/lint-copy.ts";
import { resolveSecrets } from "../../src/agents/infra/resolve-secrets.ts";
import { secretFilesIn } from "../../src/agents/infra/secret-free-tree.ts";
import { secretName, secretSourcesOf } from "../../src/agents/infra/secret-sources.ts";
import { AgentBench, writeFiles, type RepoFiles } from "../helpers/agent-bench.ts";
import { startSshServer } from "../helpers/ssh-server.ts";
import { createTestApp } from "../helpers/test-app.ts";

let folder: string;
let bench: AgentBench;
beforeEach(() => {
  bench = new AgentBench();
  folder = mkdtempSync(join(tmpdir(), "chiffon-secrets-"));
});
afterEach(async () => {
  await bench.close();
  rmSync(folder, { recursive: true, force: true });
});

/** `ansible-vault encrypt_string`, with a password that lies in no file of the test's folders. */
function encrypted(text: string, password: string): string {
  const made = texts.get(`${password}${text}`) ?? encrypt(text, password);
  texts.set(`${password}${text}`, made);
  return made;
}

const texts = new Map<string, string>();

function encrypt(text: string, password: string): string {
  const place = mkdtempSync(join(tmpdir(), "chiffon-vault-"));
  try {
    writeFiles(place, { password, plain: text });
    execFileSync("ansible-vault", ["encrypt", "--vault-password-file", "password", "plain"], { cwd: place, stdio: "ignore" });
    return readFileSync(join(place, "plain"), "utf8");
  } finally {
    rmSync(place, { recursive: true });
  }
}

const say = (what: string): string =>
  `- name: Play\n  hosts: web1\n  gather_facts: false\n  vars_files: [vault.yml]\n  tasks:\n    - ansible.builtin.debug: {msg: "it is {{ ${what} | length }} long: {{ ${what} }}"}\n`;
const config = { DEFAULT_VAULT_PASSWORD_FILE: ".vault_pass" };
const files = (): RepoFiles => ({
  "ansible.cfg": "[defaults]\nvault_password_file = .vault_pass\n",
  "vault.yml": encrypted("value: canary-of-the-vault\n", "canary-password\n"),
  "site.yml": say("value"),
});

describe("an agent", { timeout: 60_000 }, () => {
  test("finds a password by its path in the repo's real folder, and leaves nothing of it", async () => {
    writeFiles(folder, { ".vault_pass": "canary-password\n" });
    await bench.agent({ secretsFolder: folder });
    const { item, events, result } = await bench.run(files(), {}, { ansibleConfig: config });
    expect(result).toMatchObject({ outcome: "succeeded" });
    expect(JSON.stringify(events)).toContain("it is 19 long: ********");
    const left = readdirSync(bench.folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
    expect(left.some((one) => one.name === "command.json")).toBe(true);
    for (const one of left) expect(readFileSync(join(one.parentPath, one.name), "latin1")).not.toMatch(/canary-(?:password|of-the-vault)/);
    expect(JSON.stringify([item, events, result])).not.toMatch(/canary/);
  });

  test.for<[string, RepoFiles, string]>([
    ["that has no such folder", {}, "has no folder with the repo's secret files"],
    ["in whose folder the file is not", { other: "x" }, "vault:default (.vault_pass) is not in"],
  ])("%s refuses, and says what it needs", async ([, there, words]) => {
    writeFiles(folder, there);
    await bench.agent(Object.keys(there).length === 0 ? {} : { secretsFolder: folder });
    const { result, item } = await bench.run(files(), {}, { ansibleConfig: config });
    expect(result).toMatchObject({ outcome: "refused", errorCode: "secret-missing", errorText: expect.stringContaining(words) });
    expect(() => bench.stdout(item.attemptId)).toThrow("ENOENT");
  });

  test("runs a password script of the repo only when the settings name it", async () => {
    writeFiles(folder, { ".vault_pass": `#!/bin/sh\ntouch ${folder}/touched\necho canary-password\n` });
    chmodSync(join(folder, ".vault_pass"), 0o755);
    await bench.agent({ secretsFolder: folder });
    const refused = await bench.run(files(), {}, { ansibleConfig: config });
    expect(refused.result).toMatchObject({ outcome: "refused", errorCode: "password-script-refused" });
    expect(readdirSync(folder)).not.toContain("touched");
    await bench.close();
    bench = new AgentBench();
    await bench.agent({ secretsFolder: folder, passwordScripts: [".vault_pass"] });
    const allowed = await bench.run(files(), {}, { ansibleConfig: config });
    expect(allowed.result).toMatchObject({ outcome: "succeeded" });
    expect(readdirSync(folder)).toContain("touched");
  });

  test("tries several vault ids, of which some are not there", async () => {
    writeFiles(folder, { "keys/one": "first password\n", "keys/two": "canary-password\n" });
    await bench.agent({ secretsFolder: folder });
    const list = { "ansible.cfg": "[defaults]\nvault_identity_list = one@keys/one, gone@keys/gone, two@keys/two\n" };
    const { result } = await bench.run({ ...files(), ...list }, {}, { ansibleConfig: { DEFAULT_VAULT_IDENTITY_LIST: ["one@keys/one", "gone@keys/gone", "two@keys/two"] } }); // prettier-ignore
    expect(result.outcome).toBe("succeeded");
  });

  test("gives ssh the key that ansible.cfg names by a path in the repo", async () => {
    const server = await startSshServer();
    try {
      writeFiles(folder, {
        ".vault_pass": "canary-password\n",
        "keys/id": server === null ? "canary-key" : readFileSync(server.key, "utf8"),
      });
      chmodSync(join(folder, "keys/id"), 0o600);
      await bench.agent({ secretsFolder: folder });
      const options = "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o IdentitiesOnly=yes -F none";
      const host = { ansible_host: "127.0.0.1", ansible_port: server?.port ?? 9, ansible_ssh_common_args: options };
      const site = "- hosts: web1\n  gather_facts: false\n  tasks: [{name: Reach, ansible.builtin.ping: {}}]\n";
      const own = {
        "ansible.cfg": "[defaults]\nprivate_key_file = keys/id\n",
        "inventory.yml": JSON.stringify({ all: { hosts: { web1: host } } }),
        "site.yml": site,
      };
      const { result } = await bench.run(own, {}, { ansibleConfig: { DEFAULT_PRIVATE_KEY_FILE: "keys/id" } });
      // Where there is no sshd, nothing answers.
      expect(result.summary?.hostsSummary["web1"]).toMatchObject(server === null ? { unreachable: 1 } : { ok: 1, unreachable: 0 });
      expect(JSON.stringify(result)).not.toContain("canary");
    } finally {
      server?.stop();
    }
  });

  test("tells a syntax error from a password that is elsewhere", async () => {
    writeFiles(folder, { ".vault_pass": "canary-password\n" });
    await bench.agent({ secretsFolder: folder });
    const failing = "- hosts: web1\n  gather_facts: false\n  vars_files: [gone.yml]\n  tasks: [{ansible.builtin.debug: {msg: x}}]\n";
    const { result } = await bench.run({ ...files(), "site.yml": failing }, {}, { ansibleConfig: config });
    expect(result.outcome).toBe("failed");
    expect(result.errorCode).not.toBe("ANSIBLE_SYNTAX_ERROR");
  });
});

describe("which secrets a plan needs", () => {
  test("is said by name, with the path as it is configured", () => {
    const sources = secretSourcesOf({
      DEFAULT_VAULT_IDENTITY_LIST: ["prod@keys/prod", "keys/plain"],
      DEFAULT_VAULT_PASSWORD_FILE: "/home/me/.vault",
      BECOME_PASSWORD_FILE: ".become",
      DEFAULT_PRIVATE_KEY_FILE: "keys/id",
      FORKS: 5,
    });
    expect(sources.map(secretName)).toEqual([
      "vault:prod (keys/prod)", "vault:default (keys/plain)", "vault:default (/home/me/.vault)", "become (.become)", "private-key (keys/id)",
    ]); // prettier-ignore
  });

  test("is resolved for ansible by absolute paths, in its order", async () => {
    writeFiles(folder, { "keys/prod": "x", "keys/plain": "x", "keys/id": "x", ".become": "x" });
    const ids = { DEFAULT_VAULT_IDENTITY_LIST: ["prod@keys/prod", "keys/plain", "~/outside"], BECOME_PASSWORD_FILE: ".become" };
    expect(await resolveSecrets({ ...ids, DEFAULT_PRIVATE_KEY_FILE: "keys/id" }, { folder })).toEqual({
      ANSIBLE_VAULT_IDENTITY_LIST: `prod@${folder}/keys/prod,${folder}/keys/plain,~/outside`,
      ANSIBLE_BECOME_PASSWORD_FILE: `${folder}/.become`,
      ANSIBLE_PRIVATE_KEY_FILE: `${folder}/keys/id`,
    });
    expect(await resolveSecrets({ DEFAULT_VAULT_PASSWORD_FILE: "/home/me/.vault" }, {})).toEqual({});
    // A file answers what ansible would ask at the keyboard.
    expect(await resolveSecrets({ DEFAULT_BECOME_ASK_PASS: true, BECOME_PASSWORD_FILE: ".become" }, { folder })).toEqual({
      ANSIBLE_BECOME_ASK_PASS: "False",
      ANSIBLE_BECOME_PASSWORD_FILE: `${folder}/.become`,
    });
  });

  test.for<[string, Record<string, unknown>, string]>([
    ["a prompt", { DEFAULT_VAULT_IDENTITY_LIST: ["a@keys/a", "b@prompt"] }, "secret-prompt"],
    ["a prompt for all", { DEFAULT_ASK_VAULT_PASS: true }, "secret-prompt"],
    ["a become password at the keyboard", { DEFAULT_BECOME_ASK_PASS: true }, "secret-prompt"],
    ["a connection password at the keyboard", { DEFAULT_ASK_PASS: true, BECOME_PASSWORD_FILE: "keys/a" }, "secret-prompt"],
    ["a way out", { BECOME_PASSWORD_FILE: "../become" }, "secret-path-refused"],
    ["a folder", { BECOME_PASSWORD_FILE: "keys" }, "secret-missing"],
  ])("is refused for %s", async ([, settings, code]) => {
    writeFiles(folder, { "keys/a": "x" });
    await expect(resolveSecrets(settings, { folder })).rejects.toMatchObject({ code, help: expect.stringMatching(/\w/) });
  });
});

test("lint reads encrypted roles, and its copy of the repo has no password file", { timeout: 120_000 }, async () => {
  const environment = cleanEnvironment(process.env);
  writeFiles(folder, {
    "ansible.cfg": "[defaults]\nvault_password_file = .vault_pass\n",
    ".vault_pass": "canary-password\n",
    "site.yml": "- name: Play\n  hosts: web\n  roles: [app]\n",
    "roles/app/tasks/main.yml": "- name: say\n  ansible.builtin.debug:\n    msg: said\n",
    "roles/app/vars/main.yml": encrypted("app_value: x\n", "canary-password\n"),
  });
  const facts = createAnsibleFacts({ environment, cache: memoryCache() });
  const rules = async (): Promise<string[]> => {
    const report = await createAnalyzer({ environment, facts }).analyze({ repoDir: folder, playbookPath: "site.yml" });
    return report.findings.map(({ rule }) => rule);
  };
  expect(await rules()).toEqual(["name[casing]"]);
  const copy = join(bench.folder, "copy");
  await copyForLint(folder, copy, await secretFilesIn(folder, await facts.changedConfig(folder), "/root"));
  expect(readdirSync(copy)).toContain("site.yml");
  expect(readdirSync(copy)).not.toContain(".vault_pass");
});

describe("planning", { timeout: 60_000 }, () => {
  const vaulted = (): RepoFiles => ({
    "ansible.cfg": "[defaults]\nvault_password_file = .vault_pass\n",
    "group_vars/web.yml": encrypted("api_value: canary-of-the-vault\n", "canary-password\n"),
  });

  test("never seals a password file, ignored by git or not, and does not mind a new password", async () => {
    const app = await createTestApp({ files: { ...vaulted(), ".vault_pass": "canary-password\n", "keys/vault": "x" } });
    const planVersionId = await app.plan("deploy homepage");
    const sealed = (await app.app.useCases.plan(planVersionId))?.sealed;
    expect(sealed?.secretSources).toEqual(["vault:default (.vault_pass)"]);
    expect(sealed?.snapshot.files.map((file) => file.path)).not.toContain(".vault_pass");
    expect(sealed?.snapshot.files.map((file) => file.path)).toContain("keys/vault");
    app.write(".vault_pass", "another\n");
    expect(await app.approve(planVersionId)).toMatchObject({ kind: "approved" });
  });

  test("takes a password file that is a link, and tells of one that is gone", async () => {
    const app = await createTestApp({ files: vaulted() });
    await expect(app.ask("deploy homepage")).rejects.toMatchObject({ code: "secret-missing", message: expect.stringContaining("vault:default (.vault_pass)") }); // prettier-ignore
    mkdirSync(join(folder, "outside"));
    writeFiles(folder, { "outside/vault": "canary-password\n" });
    symlinkSync(join(folder, "outside/vault"), join(app.repo, ".vault_pass"));
    expect(await app.ask("deploy homepage")).toMatchObject({ kind: "plan" });
  });

  test("needs no password for what is encrypted", async () => {
    const { "group_vars/web.yml": text = "" } = vaulted();
    const indented = text.trim().replace(/^/gm, "    ");
    const app = await createTestApp({
      files: {
        "group_vars/web/vault.yml": text,
        "group_vars/all.yml": `inline: !vault |\n${indented}\n`,
        "roles/homepage/vars/main.yml": text,
        "deploy-homepage.yml": `- name: Deploy Homepage\n  hosts: web2\n  vars: {own: !vault "$ANSIBLE_VAULT;1.1;AES256"}\n  vars_files: [more.yml]\n  roles: [homepage]\n`,
        "more.yml": text,
      },
    });
    const version = await app.app.useCases.plan(await app.plan("deploy homepage"));
    expect(version?.sealed?.steps[0]).toMatchObject({ hosts: ["web2"] });
  });

  test.for(["keys/id", "./keys/id", "{{ inventory_dir }}/keys/id", "{{playbook_dir}}/keys/id"])(
    "refuses a key of the repo that the inventory names as %s, and says what to do",
    async (key) => {
      const inventory = `all: {children: {web: {hosts: {web1: , web2: {ansible_ssh_private_key_file: "${key}"}}}, storage: {hosts: {nas: }}}}\n`;
      const app = await createTestApp({ files: { "inventory.yml": inventory, "keys/id": "x\n" } });
      await expect(app.ask("deploy homepage")).rejects.toMatchObject({
        code: "key-in-the-repo",
        help: expect.stringContaining("private_key_file = keys/id"),
      });
      expect(await app.ask("deploy gitea")).toMatchObject({ kind: "plan" });
      rmSync(join(app.repo, "keys/id"));
      expect(await app.ask("deploy homepage")).toMatchObject({ kind: "plan" });
    },
  );

  test("says that tasks which are encrypted cannot be told", async () => {
    const { "group_vars/web.yml": text = "" } = vaulted();
    const app = await createTestApp({ files: { "roles/homepage/tasks/main.yml": text } });
    const version = await app.app.useCases.plan(await app.plan("deploy homepage"));
    expect(version?.sealed?.steps[0]?.mayAlsoActOn).toEqual(["roles/homepage/tasks/main.yml (encrypted)"]);
  });
});
