import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { createTestApp } from "../helpers/test-app.ts";

const reportAll =
  "- name: Report disk usage\n  hosts: all\n  gather_facts: false\n  tasks:\n    - name: look\n      ansible.builtin.command: df\n      changed_when: false\n";

describe("where a plan acts", () => {
  test("is what the words say: on, of, of the", async () => {
    const app = await createTestApp({ files: { "check-disk.yml": reportAll } });
    for (const text of [
      "report the disk usage on storage",
      "report the disk usage of the storage",
      "report the disk usage of nas and backupbox",
    ]) {
      const version = await app.app.useCases.plan(await app.plan(text));
      expect(version?.sealed?.steps[0]).toMatchObject({ hosts: ["backupbox", "nas"], limit: ["backupbox", "nas"] });
    }
  });

  test("is asked when a host's name was not understood as a place and the playbook would act elsewhere too", async () => {
    const app = await createTestApp({ files: { "check-disk.yml": reportAll } });
    const outcome = await app.ask("report nas disk usage");
    expect(outcome.kind).toBe("question");
    const version = outcome.kind === "question" ? await app.app.useCases.plan(outcome.planVersionId) : undefined;
    expect(version?.question?.unclearPlaces).toEqual([{ step: 1, word: "nas", playbook: "Report disk usage", hosts: 4 }]);
  });

  test("is the playbook's own hosts when the text names none", async () => {
    const app = await createTestApp({ files: { "check-disk.yml": reportAll } });
    const version = await app.app.useCases.plan(await app.plan("report the disk usage"));
    expect(version?.sealed?.steps[0]).toMatchObject({
      hosts: ["backupbox", "nas", "web1", "web2"],
      limit: ["backupbox", "nas", "web1", "web2"],
    });
  });
});

const homepage = "- name: Deploy Homepage\n  hosts: web2\n  gather_facts: false\n  roles: [homepage]\n";

describe("what the sealed copy would lack", () => {
  test.for<[string, Readonly<Record<string, string>>, string]>([
    ["host_vars", { "host_vars/web2.yml": "ansible_host: 192.0.2.50\n" }, "host_vars/web2.yml is git-ignored"],
    ["a part of group_vars", { "group_vars/web/secret.yml": "a: 1\n" }, "group_vars/web/secret.yml is git-ignored"],
    ["ansible.cfg", { "ansible.cfg": "[defaults]\n" }, "ansible.cfg is git-ignored"],
    [
      "a role",
      { "roles/extra/tasks/main.yml": "[]\n", "deploy-homepage.yml": homepage.replace("[homepage]", "[extra]") },
      "roles/extra is git-ignored",
    ],
    ["a template of a role", { "roles/homepage/templates/page.j2": "x\n" }, "roles/homepage/templates/page.j2 is git-ignored"],
    ["a module", { "library/own.py": "\n" }, "library/own.py is git-ignored"],
  ])("is refused: %s", async ([, files, words]) => {
    const app = await createTestApp({ files });
    const [ignored = ""] = Object.keys(files);
    app.write(".gitignore", `/${ignored.startsWith("roles/extra") ? "roles/extra" : ignored}\n`);
    execFileSync("git", ["init", "-q"], { cwd: app.repo });
    await expect(app.ask("deploy homepage")).rejects.toMatchObject({ code: "not-in-the-copy", message: expect.stringContaining(words) });
    rmSync(join(app.repo, ".gitignore"));
    expect(await app.ask("deploy homepage")).toMatchObject({ kind: "plan" });
  });

  test("is refused: a link that leads out of the repo", async () => {
    const outside = mkdtempSync(join(tmpdir(), "chiffon-elsewhere-"));
    onTestFinished(() => rmSync(outside, { recursive: true, force: true }));
    const app = await createTestApp();
    execFileSync("git", ["init", "-q"], { cwd: app.repo });
    writeFileSync(join(outside, "web2.yml"), "ansible_host: 192.0.2.50\n");
    mkdirSync(join(app.repo, "host_vars"));
    symlinkSync(join(outside, "web2.yml"), join(app.repo, "host_vars/web2.yml"));
    await expect(app.ask("deploy homepage")).rejects.toMatchObject({
      message: expect.stringContaining("host_vars/web2.yml is a link that leads out of the repo"),
    });
  });

  test("does not matter where nothing of the plan uses it", async () => {
    const files = {
      "notes/secret.txt": "x\n",
      "roles/unused/tasks/main.yml": "[]\n",
      "group_vars/all.yml~": "x\n",
      "roles/homepage/tasks/main.pyc": "",
    };
    const app = await createTestApp({ files });
    app.write(".gitignore", "notes\nroles/unused\n*~\n*.pyc\n");
    execFileSync("git", ["init", "-q"], { cwd: app.repo });
    expect(await app.ask("deploy homepage")).toMatchObject({ kind: "plan" });
  });
});

test("a repo that does not keep still is not sealed", async () => {
  const app = await createTestApp();
  await app.plan("deploy homepage");
  let round = 0;
  const timer = setInterval(() => app.write("group_vars/web.yml", `round: ${(round += 1) % 2}\n`), 5);
  onTestFinished(() => clearInterval(timer));
  await expect(app.ask("deploy homepage")).rejects.toMatchObject({ code: "repo-changing" });
  clearInterval(timer);
  expect(await app.ask("deploy homepage")).toMatchObject({ kind: "plan" });
});
