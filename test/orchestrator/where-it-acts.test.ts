import { describe, expect, test } from "vitest";
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
