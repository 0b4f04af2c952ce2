import { expect, test } from "vitest";
import { createTestApp } from "../helpers/test-app.ts";

const role = (name: string): Record<string, string> => ({
  [`roles/${name}/tasks/main.yml`]: `- name: write\n  ansible.builtin.copy:\n    content: x\n    dest: /tmp/chiffon-test-never-written\n`,
  [`roles/${name}/meta/main.yml`]: `galaxy_info:\n  description: Installs ${name}.\n`,
});

test("a role that only a driver playbook runs is sealed as that playbook with the role's tags", async () => {
  const files = {
    ...role("jellyfin"),
    ...role("navidrome"),
    ...role("syncthing"),
    "site.yml":
      "- name: All services\n  hosts: web\n  gather_facts: false\n  roles:\n    - { role: jellyfin, tags: [jellyfin], when: jellyfin_enabled | default(true) }\n    - { role: navidrome, tags: [navidrome] }\n    - { role: syncthing, tags: [syncthing] }\n",
  };
  const app = await createTestApp({ files });
  const version = await app.app.useCases.plan(await app.plan("deploy navidrome"));
  expect(version?.sealed?.steps[0]).toMatchObject({ playbookPath: "site.yml", tags: ["navidrome"], hosts: ["web1", "web2"] });
});
