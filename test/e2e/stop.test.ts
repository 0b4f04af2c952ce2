import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createE2eHouse, documentOf, eventually, processesWith, type E2eHouse } from "../helpers/e2e-house.ts";
import { slowRepo, startsOn } from "../helpers/e2e-slow-repo.ts";

// The playbook waits for a word that never comes. An owner is not needed: each command is its own.
const patient = createE2eHouse({ repo: slowRepo });
const hasty = createE2eHouse({ repo: slowRepo, settings: "step_time_limit_seconds: 3\n" });

/** What carries the mark of this attempt: ansible, its workers, the command on the host. */
const ofAttempt = (id: string): string[] => processesWith(`CHIFFON_RUN_ID=${id}`).map(({ commandLine }) => commandLine);
const newestAttempt = (house: E2eHouse): string | undefined => {
  const folder = join(house.dataDir, "agent", "runs");
  return existsSync(folder) ? readdirSync(folder).at(-1) : undefined;
};

test("Ctrl-C cancels: exit code 130, the run is cancelled, and no process is left", async () => {
  const asking = patient.start(["ask", "deploy counter", "--yes", "--json"]);
  await eventually(() => startsOn(patient) === 1, undefined, "the start on the host");
  const attempt = newestAttempt(patient) ?? "";
  expect(ofAttempt(attempt).join("\n")).toMatch(/ansible-playbook/);
  const pressed = Date.now();
  asking.kill("SIGINT");
  asking.kill("SIGINT"); // people press it twice; that is one
  await eventually(() => ofAttempt(attempt).length === 0, 15_000, "the end of every process of the run");
  // Five seconds where nothing else is at work.
  expect(Date.now() - pressed).toBeLessThan(15_000);
  const outcome = await asking.ended;
  expect(outcome.code).toBe(130);
  expect(documentOf(outcome).run).toMatchObject({ state: "cancelled", steps: [{ state: "cancelled", summary: { status: "cancelled" } }] });
  expect(await patient.audit("--kind", "run")).toContainEqual(
    expect.objectContaining({ action: expect.stringMatching(/cancel/), actor: "local" }),
  );
});

test("a step over its time limit: status timeout, exit code 1, and no process is left", async () => {
  const asking = hasty.start(["ask", "deploy counter", "--yes", "--json"]);
  // On a busy machine the limit may come before the first task: what counts is that something ran, and that nothing is left.
  const attempt = await eventually(() => newestAttempt(hasty), undefined, "the attempt");
  await eventually(() => ofAttempt(attempt).length > 0, undefined, "a process of the run");
  await eventually(() => ofAttempt(attempt).length === 0, 20_000, "the end of every process of the run");
  const outcome = await asking.ended;
  expect(outcome.code).toBe(1);
  expect(documentOf(outcome)).toMatchObject({
    run: { state: "failed", steps: [{ state: "timeout", errorCode: "ANSIBLE_TIMEOUT", summary: { status: "timeout" } }] },
    error: { code: "ANSIBLE_TIMEOUT" },
  });
});
