import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { createE2eHouse, type Started } from "../helpers/e2e-house.ts";

// One Chiffon is kept running; every request is a command of its own that works through it.
const house = createE2eHouse();
let chiffon: Started;

beforeAll(async () => {
  chiffon = house.start(["start"]);
  await chiffon.says(/one-time link/);
});

const agentRuns = join(house.dataDir, "agent", "runs");
const spawned = (): number => (existsSync(agentRuns) ? readdirSync(agentRuns).length : 0);

test("an unknown service: exit code 3, the nearest playbooks with their confidence, an offer, and nothing spawned", async () => {
  const shown = await house.chiffon(["ask", "Deploy Foobar", "--yes"]);
  expect(shown.code).toBe(3);
  expect(shown.out).toMatch(/which playbook\?\n(\s+· .+ playbooks\/\S+ · 0\.\d\d\n)+/);
  expect(shown.out).toMatch(/`chiffon generate Foobar` makes one .*or\s+pick one of those above/s);
  expect(shown.out).toContain("none is much like it");
  expect(shown.err).toContain('no playbook for "Deploy Foobar"');

  const { code, document } = await house.ask("Deploy Foobar", "--yes");
  expect(code).toBe(3);
  expect(document).toMatchObject({
    approval: null,
    run: null,
    plan: { state: "needs_input", steps: [{ playbook: null, method: "none" }] },
    error: { code: "request-unmapped" },
  });
  const candidates = document.plan?.steps[0]?.candidates ?? [];
  expect(candidates.length).toBeGreaterThan(0);
  for (const candidate of candidates) {
    expect(candidate.playbook).toMatch(/^playbooks\/.+\.yml$/);
    expect(candidate.confidence).toBeLessThan(0.85);
  }
  expect(spawned()).toBe(0);
  expect(await house.runs()).toEqual([]);
});

test("an unknown host is named, and the nearest hosts are offered", async () => {
  const shown = await house.chiffon(["ask", "Remove uptime kuma from the fridge", "--yes=destructive"]);
  expect(shown.code).toBe(3);
  expect(shown.out).toMatch(/"fridge" is no host or group of the inventory; nearest: \w+/);
  expect(shown.err).toContain('"fridge" is no host or group of the inventory');
  expect(spawned()).toBe(0);
});

test("a service with only a deploy playbook is not removed by another one: the verb is named", async () => {
  const { code, document } = await house.ask("Remove grafana", "--yes=destructive");
  expect(code).toBe(3);
  expect(document.plan?.steps[0]).toMatchObject({ playbook: null, why: expect.stringMatching(/grafana.*"remove"/) });
  expect(document.error?.message).toMatch(/no playbook does "remove"/);
  expect(spawned()).toBe(0);
});

test("what the plan leaves out of the request stands on it, and then --yes approves nothing", async () => {
  const { code, document } = await house.ask("restart gitea at 22:00 --limit all", "--yes");
  expect(code).toBe(4);
  expect(document).toMatchObject({
    plan: { state: "awaiting_approval", leftOut: ["at 22:00", "--limit all"] },
    approval: null,
    run: null,
    error: {
      code: "left-out",
      message: 'nothing was run: not in this plan: "at 22:00"; it begins as soon as it is approved, not in this plan: "--limit all"',
    },
  });
  expect(spawned()).toBe(0);
});

test("a destructive plan wants more than --yes", async () => {
  const refused = await house.ask("Remove uptime kuma", "--yes");
  expect(refused.code).toBe(4);
  expect(refused.document).toMatchObject({
    plan: { state: "awaiting_approval", steps: [{ playbook: "playbooks/remove-uptime-kuma.yml", risk: "destructive" }] },
    approval: null,
    run: null,
    error: { code: "approval-missing", help: expect.stringContaining("--yes=destructive") },
  });
  expect(spawned()).toBe(0);
  const approved = await house.ask("Remove uptime kuma", "--yes=destructive");
  expect(approved.code).toBe(0);
  expect(approved.document.run).toMatchObject({ state: "succeeded" });
  expect(spawned()).toBe(1);
});

test("to update portals means the configuration, not the deployment", async () => {
  const outcome = await house.chiffon(["plan", "Update Kuma portals", "--json"]);
  expect(outcome.code).toBe(0);
  expect(JSON.parse(outcome.out).plan.steps).toMatchObject([
    { playbook: "playbooks/configure-uptime-kuma.yml", confidence: expect.any(Number) },
  ]);
});

test.each([
  ["an empty text", ["ask", ""], /the request is empty/],
  ["spaces", ["ask", "   "], /the request is empty/],
  ["20,000 characters", ["ask", "deploy ".repeat(2_858).slice(0, 20_000)], /20000 characters; at most 10000/],
  ["an unknown option", ["ask", "--loud", "deploy kuma"], /unknown option --loud\n.*chiffon ask --help/],
  ["an unknown way to say yes", ["ask", "deploy kuma", "--yes=maybe"], /--yes=maybe is not known/],
  ["half a --set", ["ask", "deploy kuma", "--set", "port"], /--set takes NAME=VALUE/],
  ["an unknown command", ["deploy", "kuma"], /no command "deploy"/],
  ["a run that never was", ["runs", "77"], /no run 77/],
  ["a word for a number", ["runs", "--limit", "many"], /--limit takes a whole number/],
])("%s: exit code 2 and a sentence", async (_name, args, message) => {
  const outcome = await house.chiffon(args);
  expect(outcome.code).toBe(2);
  expect(outcome.err).toMatch(message);
});

test("a missing value is asked for by its name; --set gives it", async () => {
  const user = await house.ask("Add a user on pi01", "--yes");
  expect(user).toMatchObject({ code: 3 });
  expect(user.document).toMatchObject({
    run: null,
    error: { code: "request-missing", message: expect.stringContaining("user_name"), help: expect.stringContaining("--set") },
  });
  const given = await house.ask("Add a user on pi01", "--set", "user_name=mara", "--yes");
  expect(given).toMatchObject({ code: 0 });
  expect(given.document).toMatchObject({
    plan: { steps: [{ hosts: ["pi01"], variables: { user_name: "mara" } }] },
    run: { state: "succeeded" },
  });
});

test("refusals leave their entries in the audit log", async () => {
  const entries = await house.audit("--kind", "request", "--result", "refused");
  expect(entries.map((entry) => entry.facts["outcome"])).toEqual(expect.arrayContaining(["unmapped", "unknown_host"]));
  // Hello and being asked back for a value refuse nothing.
  expect((await house.ask("hello")).code).toBe(3);
  const planned = await house.audit("--kind", "request.planned", "--limit", "50");
  const resultsOf = (outcome: string): unknown[] => planned.filter(({ facts }) => facts["outcome"] === outcome).map(({ result }) => result);
  expect({ hello: new Set(resultsOf("no_work")), asked: new Set(resultsOf("question")) }).toEqual({
    hello: new Set(["done"]),
    asked: new Set(["done"]),
  });
  expect((await house.chiffon(["audit", "verify"])).code).toBe(0);
  chiffon.kill("SIGTERM");
  await chiffon.ended;
});
