import { expect, test } from "vitest";
import type { PlanStep, SealedPlan } from "../../src/planner/plan.ts";
import { workDigestOf } from "../../src/planner/work-digest.ts";

const step: PlanStep = {
  order: 1, workType: "run_playbook", name: "Deploy", playbook: "deploy", playbookPath: "deploy.yml", contentHash: "c", variables: { port: 80 }, inventory: ["hosts.yml"],
  inventoryHash: "i", hosts: ["web1"], limit: ["web1"], mayAlsoActOn: [], runsInCheckMode: [], tags: [], check: false, timeLimitSeconds: 60, dependsOn: [], risk: "change",
  riskReason: "it writes", repeatSafe: false, lockKeys: ["k"], service: "x", groups: { web: ["web1"] },
}; // prettier-ignore
const file = (path: string, hash = "h"): SealedPlan["snapshot"]["files"][number] => ({ path, hash, size: 1, executable: false });
const plan: SealedPlan = {
  format: "chiffon-plan/1", planId: "p", version: 1, requestId: "r", purpose: "run", steps: [step], snapshot: { hash: "s", files: [file("deploy.yml"), file("other.yml"), file("README.md"), file("hosts.yml")] },
  importsPlaybooks: false, givenVariables: { folder: "/data" }, outside: [], ansibleConfig: { FORKS: 5 }, ansibleVersion: "2.19", secretSources: [],
}; // prettier-ignore
const digest = (changed: Partial<SealedPlan> = {}, changedStep: Partial<PlanStep> = {}): string =>
  workDigestOf({ ...plan, ...changed, steps: [{ ...step, ...changedStep }] }, ["deploy.yml", "other.yml"]);
const files = (...changed: SealedPlan["snapshot"]["files"]): Partial<SealedPlan> => ({
  snapshot: { hash: "t", files: [...plan.snapshot.files.filter((one) => !changed.some((other) => other.path === one.path)), ...changed] },
});

test("the work digest is the same for the same work, under other ids and names, beside other files", () => {
  for (const other of [
    digest({ planId: "q", version: 7, requestId: "z" }),
    digest({}, { name: "Put it there", riskReason: "it copies", lockKeys: [], contentHash: "d" }),
    digest(files(file("README.md", "other"), file("other.yml", "other"))),
  ])
    expect(other).toBe(digest());
});

test.for<readonly [what: string, digest: string]>([
  ["a variable", digest({}, { variables: { port: 81 } })],
  ["a host", digest({}, { hosts: ["web1", "web2"] })],
  ["the limit", digest({}, { limit: null })],
  ["what may also be acted on", digest({}, { mayAlsoActOn: ["x"] })],
  ["a tag", digest({}, { tags: ["x"] })],
  ["the time limit", digest({}, { timeLimitSeconds: 61 })],
  ["check mode", digest({}, { check: true })],
  ["the playbook", digest(files(file("deploy.yml", "other")))],
  ["a new file that is used", digest(files(file("roles/x/tasks/main.yml")))],
  ["the inventory", digest({}, { inventoryHash: "j" })],
  ["a collection from outside", digest({ outside: [{ kind: "collection", name: "a.b", hash: "1" }] })],
  ["the configuration", digest({ ansibleConfig: { FORKS: 6 } })],
  ["ansible's version", digest({ ansibleVersion: "2.20" })],
  ["a given variable", digest({ givenVariables: {} })],
])("the work digest changes with %s", ([, changed]) => {
  expect(changed).toMatch(/^[0-9a-f]{64}$/);
  expect(changed).not.toBe(digest());
});
