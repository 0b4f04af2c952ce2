import { afterEach, beforeEach, expect, test } from "vitest";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { resolvePreviewSecrets } from "../../src/agents/infra/preview-secrets.ts";
import { AgentBench, writeFiles } from "../helpers/agent-bench.ts";

let bench: AgentBench;
let folder: string;
beforeEach(() => {
  bench = new AgentBench();
  folder = mkdtempSync(join(tmpdir(), "chiffon-preview-secrets-"));
});
afterEach(async () => {
  await bench.close();
  rmSync(folder, { recursive: true });
});

test("a preview uses the weaker credentials and never looks for the others; a run does not use them", { timeout: 60_000 }, async () => {
  writeFiles(folder, { "weak/become": "canary-of-the-preview\n" });
  await bench.agent({ secretsFolder: folder, previewCredentials: { remote_user: "looker", become_password_file: "weak/become" } });
  const files = {
    "ansible.cfg": "[defaults]\nremote_user = root\n[privilege_escalation]\nbecome_password_file = .become\n",
    "site.yml": `- hosts: web1
  gather_facts: false
  tasks:
    - ansible.builtin.debug:
        msg: "{{ lookup('config', 'DEFAULT_REMOTE_USER') }} has {{ lookup('file', lookup('config', 'BECOME_PASSWORD_FILE')) }}"
`,
  };
  const ansibleConfig = { BECOME_PASSWORD_FILE: ".become" };
  const preview = await bench.run(files, { check: true }, { purpose: "preview", ansibleConfig });
  expect(preview.result).toMatchObject({ outcome: "succeeded" });
  expect(JSON.stringify(preview.events)).toContain("looker has ********");
  const run = await bench.run(files, {}, { ansibleConfig });
  expect(run.result).toMatchObject({ outcome: "refused", errorCode: "secret-missing" });
});

test("weaker credentials are named by absolute paths, in the place of all vault ids, and must be there", async () => {
  writeFiles(folder, { "weak/vault": "x", "weak/key": "x", ".connection": "x" });
  const config = { DEFAULT_VAULT_IDENTITY_LIST: ["prod@keys/gone", "b@prompt"], CONNECTION_PASSWORD_FILE: ".connection" };
  const credentials = { vault_password_file: "weak/vault", private_key_file: join(folder, "weak/key") };
  expect(await resolvePreviewSecrets(config, { folder }, credentials)).toEqual({
    ANSIBLE_VAULT_PASSWORD_FILE: join(folder, "weak/vault"),
    ANSIBLE_VAULT_IDENTITY_LIST: `default@${folder}/weak/vault`,
    ANSIBLE_PRIVATE_KEY_FILE: join(folder, "weak/key"),
    ANSIBLE_CONNECTION_PASSWORD_FILE: join(folder, ".connection"),
  });
  await expect(resolvePreviewSecrets({}, { folder }, { vault_password_file: "weak/gone" })).rejects.toMatchObject({
    code: "secret-missing",
    message: expect.stringContaining("preview_credentials.vault_password_file names weak/gone"),
  });
});
