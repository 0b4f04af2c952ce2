import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { backEndCheck } from "../../src/cli/back-end-check.ts";
import { ansibleSettingsSchema } from "../../src/ansible-settings.ts";
import type { Settings } from "../../src/config.ts";

// A stand-in for docker: what doctor says of it is all that is asked here.
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "chiffon-engine-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => vi.unstubAllEnvs());

async function saidWith(image: string, run: string): Promise<{ text: string; help: string | null }> {
  const script = `#!/bin/sh\ncase "$1" in\n--version) echo "Docker version 1" ;;\nimage) ${image} ;;\nrun) ${run} ;;\nesac\n`;
  writeFileSync(join(folder, "docker"), script);
  chmodSync(join(folder, "docker"), 0o755);
  vi.stubEnv("PATH", `${folder}:${process.env["PATH"] ?? ""}`);
  const ansible = ansibleSettingsSchema.parse({
    back_end: "ansible-runner",
    execution_environment: { image: "example.org/ansible:1", engine: "docker", options: ["--network=host"] },
  });
  return backEndCheck({ ansible } as Settings, folder);
}

test("a daemon that does not answer is named with its own words, and what to do", async () => {
  const { text, help } = await saidWith(
    "echo 'permission denied while trying to connect to the Docker daemon socket' >&2; exit 1",
    "exit 9",
  );
  expect(text).toMatch(/in example\.org\/ansible:1 by Docker version 1: permission denied while trying to connect/);
  expect(help).toContain("the group docker");
  expect(help).toContain("docker pull example.org/ansible:1");
});

test("an image that does not know this account is named, because ssh does not work there", async () => {
  const { text, help } = await saidWith("echo sha256:1", `echo nameless; echo 'ERROR: Unable to create local directories' >&2; exit 1`);
  expect(text).toContain(`Docker version 1: the image has no user ${userInfo().uid}`);
  expect(help).toContain(`useradd --uid ${userInfo().uid}`);
});

test("an image that fits is told with the version of ansible in it, one without ansible with what went wrong", async () => {
  const run = `[ "$2 $3 $4 $5 $6" = "--rm --log-driver=none --user=${userInfo().uid} --network=host example.org/ansible:1" ] && echo 'ansible-playbook [core 2.17.1]'`;
  const fits = await saidWith("echo sha256:1", run);
  expect(fits.text).toMatch(/by Docker version 1 \(ansible-core 2\.17\.1\)$/);
  expect(fits.help).toContain("close to the image's");
  const without = await saidWith("echo sha256:1", "echo 'sh: ansible-playbook: not found' >&2; exit 127");
  expect(without.text).toContain("ansible-playbook does not start in it: sh: ansible-playbook: not found");
});
