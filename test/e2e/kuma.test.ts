import { execFileSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { changedBetween, createE2eHouse, hashesOf } from "../helpers/e2e-house.ts";

// The path everything else stands on, in the order a person would walk it; each test goes on from the one before.
const house = createE2eHouse({ firstStart: true, lint: true });
const text = "Deploy Kuma Uptime to homelab and add existing portals to config";
const services = join(house.dataDir, "homelab");
const monitorsFile = join("lab01", "uptime-kuma", "monitors.json");
const monitors = (): string => readFileSync(join(services, monitorsFile), "utf8");
const deploy = "playbooks/deploy-uptime-kuma.yml";
const configure = "playbooks/configure-uptime-kuma.yml";

test("the first request runs two playbooks in order, and the portals stand in the written configuration", async () => {
  const first = await house.chiffon(["ask", text, "--yes"]);
  expect(first).toMatchObject({ code: 0 });
  const result = first.out.slice(first.out.indexOf("run 1 succeeded"));
  expect(result).toMatch(/✓ 1\. [^]*deploy-uptime-kuma\.yml[^]*✓ 2\. [^]*configure-uptime-kuma\.yml/);
  expect(first.err).toMatch(/step 1: .*started[^]*step 1: .*succeeded[^]*step 2: .*started[^]*step 2: .*succeeded/);
  for (const url of ["https://cloud.home.arpa/status.php", "https://git.home.arpa/api/healthz", "https://home.home.arpa/manifest.json"])
    expect(monitors()).toContain(url);
});

test("again as JSON: one document, nothing changed, and everything one needs to know in it", async () => {
  const before = hashesOf(services);
  const { code, document, out } = await house.ask(text, "--yes");
  expect(code).toBe(0);
  expect(out.trim().split("\n")).toHaveLength(1);
  expect(document).toMatchObject({
    request: { text },
    plan: {
      version: 1,
      state: "approved",
      steps: [
        { order: 1, playbook: deploy },
        { order: 2, playbook: configure },
      ],
    },
    approval: { person: "local" },
    run: { state: "succeeded" },
    error: null,
  });
  expect(document.plan?.digest).toMatch(/^[0-9a-f]{64}$/);
  for (const step of document.plan?.steps ?? []) {
    expect(step.confidence).toBeGreaterThanOrEqual(0.85);
    expect(step.hosts).toEqual(["lab01"]);
    expect(step.risk).toBe("change");
  }
  const steps = document.run?.steps ?? [];
  expect(steps.map((step) => step.state)).toEqual(["succeeded", "succeeded"]);
  for (const { summary } of steps)
    expect(summary).toMatchObject({ status: "successful", exitCode: 0, changedCount: 0, failedCount: 0, keyErrors: [] });
  expect(steps[0]?.summary.hostsSummary).toMatchObject({ lab01: { changed: 0, failures: 0 } });
  expect(steps[0]?.suggestions).toContainEqual(
    expect.objectContaining({ path: deploy, line: expect.any(Number), rule: expect.stringContaining("fqcn") }),
  );
  expect(document.audit).toMatchObject({ entry: expect.any(Number), commit: expect.stringMatching(/^[0-9a-f]{40}$/) });
  expect(changedBetween(before, hashesOf(services))).toEqual([]);
});

test("a portal more in group_vars changes exactly the file that now holds it", async () => {
  const file = "inventory/group_vars/all.yml";
  house.write(file, `${house.read(file).trimEnd()}\n  - name: Wiki\n    url: https://wiki.home.arpa/ready\n    interval: 90\n`);
  const before = hashesOf(services);
  const { code, document } = await house.ask(text, "--yes");
  expect(code).toBe(0);
  expect(document.run?.steps.map((step) => step.summary.changedCount)).toEqual([0, 1]);
  expect(changedBetween(before, hashesOf(services))).toEqual([monitorsFile]);
  expect(monitors()).toContain("https://wiki.home.arpa/ready");
});

test("the written configuration, deleted, is restored", async () => {
  const before = hashesOf(services);
  rmSync(join(services, monitorsFile));
  const { code } = await house.ask(text, "--yes");
  expect(code).toBe(0);
  expect(changedBetween(before, hashesOf(services))).toEqual([]);
});

test("the audit log is whole, and its repository has one commit per finished run", async () => {
  const verified = await house.chiffon(["audit", "verify"]);
  expect(verified).toMatchObject({ code: 0, out: expect.stringMatching(/^The audit log is whole: \d+ entries, 4 commits/) });
  const subjects = execFileSync("git", ["log", "--reverse", "--format=%s"], { cwd: join(house.dataDir, "audit"), encoding: "utf8" });
  expect(
    subjects
      .trim()
      .split("\n")
      .map((line) => /run (\d+)/i.exec(line)?.[1]),
  ).toEqual(["1", "2", "3", "4"]);
});
