import { expect, onTestFinished, test, vi } from "vitest";
import type { RequestOutcome } from "../../src/orchestrator/use-cases.ts";
import type { PlanVersion } from "../../src/planner/plan-store.ts";
import { createTestApp, type TestApp } from "../helpers/test-app.ts";
import { fakeStep, fakeWork, startFakeOllama, type FakeOllama } from "../helpers/fake-ollama.ts";
import { plannerSettingsSchema, type PlannerSettings } from "../../src/model-settings.ts";

const settingsOf = (planner: object): PlannerSettings => plannerSettingsSchema.parse(planner);

async function appWith(ollama: FakeOllama, planner: object = {}): Promise<TestApp> {
  return createTestApp({
    models: { useLocal: true, ollamaHost: ollama.url, hostIsNamed: true, model: undefined, externalKey: "a-key-of-a-test" },
    // Generous where the limit is not the point: the first test loads LangChain, on a machine that does other things too.
    settings: { planner: settingsOf({ local_seconds: 60, external_seconds: 60, ...planner }) },
  });
}

interface DecisionRow {
  readonly tier: string;
  readonly provider: string;
  readonly model: string | null;
  readonly outcome: string;
  readonly code: string | null;
  readonly reason: string;
  readonly tries: number;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cost: number;
  readonly told: string | null;
}

const decisions = (app: TestApp): Promise<readonly DecisionRow[]> =>
  app.database.query(
    "select tier, provider, model, outcome, code, reason, tries, input_tokens, output_tokens, cost_usd::float8 as cost, told from planner_decision order by id",
  ) as unknown as Promise<readonly DecisionRow[]>;

async function versionOf(app: TestApp, outcome: RequestOutcome): Promise<PlanVersion> {
  if (!("planVersionId" in outcome)) throw new Error(JSON.stringify(outcome));
  const version = await app.app.useCases.plan(outcome.planVersionId);
  if (version === undefined) throw new Error("no version");
  return version;
}

const playbooksOf = (version: PlanVersion): (string | null)[] => version.draft.map((step) => step.mapping.playbook);

test("the local model plans: schema, context and temperature are set, tokens are stored, confidence is the mapper's", async () => {
  const ollama = await startFakeOllama(
    fakeWork(fakeStep("back up gitea", "backup-gitea"), fakeStep("deploy plex", "deploy-plex", { after: [1] })),
  );
  const app = await appWith(ollama);
  const version = await versionOf(app, await app.ask("back up gitea, then deploy plex"));
  expect(version.state).toBe("awaiting_approval");
  expect(playbooksOf(version)).toEqual(["backup-gitea", "deploy-plex"]);
  expect(version.draft[1]?.dependsOn).toEqual([1]);
  const request = ollama.requests[0];
  expect(request?.options).toMatchObject({ num_ctx: 8192, temperature: 0.2 });
  expect(request?.stream).toBe(true);
  expect(Object.keys(request?.format?.properties ?? {})).toEqual(["kind", "steps", "unclear"]);
  const [row] = await decisions(app);
  expect(row).toMatchObject({
    tier: "local",
    provider: "ollama",
    model: "llama3.2:latest",
    outcome: "planned",
    tries: 1,
    told: null,
    cost: 0,
  });
  expect(row?.input_tokens).toBeGreaterThan(100);
  expect(row?.output_tokens).toBeGreaterThan(10);
  const [planned] = await app.audit("request.planned");
  expect(planned?.facts).toMatchObject({ readBy: "local", model: "llama3.2:latest" });
});

test("a model that says nothing gives way to the rules within its limit, and the person is told", async () => {
  const ollama = await startFakeOllama({ silent: true });
  const app = await appWith(ollama, { local_seconds: 1 });
  const version = await versionOf(app, await app.ask("deploy gitea"));
  expect(playbooksOf(version)).toEqual(["deploy-gitea"]);
  const rows = await decisions(app);
  expect(rows.map((row) => [row.tier, row.outcome, row.code])).toEqual([
    ["local", "failed", "model-timeout"],
    ["rules", "planned", null],
  ]);
  const facts = await app.app.planFacts(version.id);
  expect(facts.notes).toEqual(["llama3.2:latest did not plan this: llama3.2:latest did not answer within 1 s"]);
});

test("a model that stops in the middle of its reply is noticed before its limit, and its connection is closed", async () => {
  const ollama = await startFakeOllama({ stallAfter: '{"kind":"wo' });
  const app = await appWith(ollama, { local_seconds: 60, stall_seconds: 1 });
  const version = await versionOf(app, await app.ask("deploy gitea"));
  expect(playbooksOf(version)).toEqual(["deploy-gitea"]);
  expect((await decisions(app))[0]).toMatchObject({ outcome: "failed", code: "model-stalled" });
  await expect.poll(() => ollama.aborted()).toBe(1);
});

test.each([
  ["the count is as large as the context", 4_096],
  ["the server saw less than it was sent", 40],
])("a prompt that was cut is noticed: %s", async (_, seen) => {
  const ollama = await startFakeOllama({ say: { kind: "work", steps: [], unclear: [] }, seen });
  const app = await appWith(ollama, { context_tokens: 4_096 });
  const version = await versionOf(app, await app.ask("deploy gitea"));
  expect(playbooksOf(version)).toEqual(["deploy-gitea"]);
  expect((await decisions(app))[0]).toMatchObject({ outcome: "failed", code: "model-context-overflow" });
  expect((await app.app.planFacts(version.id)).notes?.join()).toContain("did not fit into the 4096 tokens");
});

test("what surely does not fit is not sent at all", async () => {
  const ollama = await startFakeOllama(fakeWork());
  const app = await appWith(ollama, { context_tokens: 4_096 });
  const outcome = await app.ask(`deploy gitea ${"please ".repeat(1_400)}`);
  expect(outcome.kind).not.toBe("refused");
  expect(ollama.requests).toEqual([]);
  expect((await decisions(app))[0]).toMatchObject({ code: "model-context-overflow" });
});

test("a broken reply is repaired once", async () => {
  const ollama = await startFakeOllama({ say: '{"kind": "work", "steps": [' }, fakeWork(fakeStep("deploy gitea", "deploy-gitea")));
  const app = await appWith(ollama);
  const version = await versionOf(app, await app.ask("deploy gitea"));
  expect(playbooksOf(version)).toEqual(["deploy-gitea"]);
  expect(ollama.requests).toHaveLength(2);
  expect(ollama.requests[1]?.messages.at(-1)?.content).toContain("the reply was not JSON");
  expect((await decisions(app))[0]).toMatchObject({ outcome: "planned", tries: 2 });
});

test("a model that is broken twice is not asked a third time", async () => {
  const ollama = await startFakeOllama({ say: "I would love to help!" });
  const app = await appWith(ollama);
  expect(playbooksOf(await versionOf(app, await app.ask("deploy gitea")))).toEqual(["deploy-gitea"]);
  expect(ollama.requests).toHaveLength(2);
  expect((await decisions(app))[0]).toMatchObject({ outcome: "refused", code: "model-reply-refused", tries: 2 });
});

test.each([
  ["a server error", { status: 500, body: '{"error":"llama runner process has terminated"}' }, "model-failed"],
  ["an error page", { status: 502, body: "<html>bad gateway</html>", type: "text/html" }, "model-failed"],
  ["no JSON lines", { lines: "hello\nthere\n" }, "model-failed"],
  ["an error in the stream", { lines: '{"error":"unexpected EOF"}\n' }, "model-failed"],
  ["a cut reply", { say: '{"kind":"work"', doneReason: "length" as const }, "model-reply-too-long"],
])("%s: the rules plan, and nothing is printed", async (_, reply, code) => {
  const ollama = await startFakeOllama(reply);
  const app = await appWith(ollama);
  // The client of Ollama prints what it does not understand, and standard output belongs to a command's JSON document.
  const printed = [vi.spyOn(console, "log"), vi.spyOn(console, "warn"), vi.spyOn(console, "error")];
  onTestFinished(() => void vi.restoreAllMocks());
  expect(playbooksOf(await versionOf(app, await app.ask("deploy gitea")))).toEqual(["deploy-gitea"]);
  expect((await decisions(app))[0]).toMatchObject({ code });
  for (const spy of printed) expect(spy).not.toHaveBeenCalled();
});

test("a model that goes away between two requests costs nothing", async () => {
  const ollama = await startFakeOllama(fakeWork(fakeStep("deploy gitea", "deploy-gitea")));
  const app = await appWith(ollama);
  await app.ask("deploy gitea");
  await ollama.close();
  expect(playbooksOf(await versionOf(app, await app.ask("deploy plex")))).toEqual(["deploy-plex"]);
  expect((await decisions(app))[1]).toMatchObject({ outcome: "failed", code: "model-unreachable" });
});

test("a model that Ollama does not have is offered, and the rules plan", async () => {
  const ollama = await startFakeOllama();
  ollama.models = ["nomic-embed-text:latest"];
  const app = await appWith(ollama);
  const version = await versionOf(app, await app.ask("deploy gitea"));
  expect((await app.app.planFacts(version.id)).notes?.[0]).toContain("`chiffon models pull` gets it");
  expect(ollama.requests).toEqual([]);
  expect(await app.app.models.status()).toMatchObject({ kind: "missing", model: "llama3.2" });
});

const external = (ollama: FakeOllama, more: object = {}): object => ({
  external: {
    provider: "ollama",
    model: "big:latest",
    base_url: ollama.url,
    usd_per_month: 10,
    usd_per_million: { input: 3, output: 15 },
    ...more,
  },
});

test("where the local model fails the external one plans, its cost is counted, and 80 % are told", async () => {
  const local = await startFakeOllama({ say: "no" });
  const far = await startFakeOllama(fakeWork(fakeStep("deploy gitea", "deploy-gitea")));
  far.models = ["big:latest"];
  const app = await appWith(local, external(far));
  expect(playbooksOf(await versionOf(app, await app.ask("deploy gitea")))).toEqual(["deploy-gitea"]);
  const rows = await decisions(app);
  expect(rows.map((row) => [row.tier, row.outcome])).toEqual([
    ["local", "refused"],
    ["external", "planned"],
  ]);
  const row = rows[1];
  expect(row?.cost).toBeCloseTo(((row?.input_tokens ?? 0) * 3 + (row?.output_tokens ?? 0) * 15) / 1_000_000, 8);
  await app.database.query("update planner_decision set cost_usd = 8.5 where tier = 'external'");
  const second = await versionOf(app, await app.ask("deploy plex"));
  expect((await app.app.planFacts(second.id)).notes?.join()).toContain("85 % of the month's budget for ollama are spent");
});

test("a complex request goes to the external model first", async () => {
  const local = await startFakeOllama(fakeWork());
  const far = await startFakeOllama(fakeWork(fakeStep("deploy gitea", "deploy-gitea")));
  far.models = ["big:latest"];
  const app = await appWith(local, external(far));
  await app.ask("investigate why it is slow and deploy gitea");
  expect((await decisions(app))[0]).toMatchObject({ tier: "external", reason: "a complex request" });
  expect(local.requests).toEqual([]);
});

test("a spent budget makes no external call, and the person is told", async () => {
  const local = await startFakeOllama({ say: "no" });
  const far = await startFakeOllama(fakeWork(fakeStep("deploy gitea", "deploy-gitea")));
  far.models = ["big:latest"];
  const app = await appWith(local, external(far, { usd_per_month: 0.001 }));
  const version = await versionOf(app, await app.ask("deploy gitea"));
  expect(playbooksOf(version)).toEqual(["deploy-gitea"]);
  expect(far.requests).toEqual([]);
  const rows = await decisions(app);
  expect(rows.map((row) => [row.tier, row.outcome, row.code])).toEqual([
    ["local", "refused", "model-reply-refused"], ["external", "skipped", "model-budget-spent"], ["rules", "planned", null],
  ]); // prettier-ignore
  expect((await app.app.planFacts(version.id)).notes?.join()).toContain("the month's budget of $0.00 for ollama is spent");
});

test("calls of a minute and of a person's hour have a limit, also for requests in the same moment", async () => {
  const local = await startFakeOllama({ say: "no" });
  const far = await startFakeOllama(fakeWork(fakeStep("deploy gitea", "deploy-gitea")));
  far.models = ["big:latest"];
  const app = await appWith(local, external(far, { requests_per_minute: 2 }));
  await Promise.all([1, 2, 3, 4].map(() => app.ask("deploy gitea")));
  expect(far.requests).toHaveLength(2);
  const skipped = (await decisions(app)).filter((row) => row.outcome === "skipped");
  expect(skipped).toHaveLength(2);
  expect(skipped[0]?.reason).toContain("in the last minute");
});

test("a call that died counts as the most that it can have cost", async () => {
  const local = await startFakeOllama({ say: "no" });
  const far = await startFakeOllama({ silent: true });
  far.models = ["big:latest"];
  const app = await appWith(local, { ...external(far), external_seconds: 1 });
  await app.ask("deploy gitea");
  expect((await decisions(app))[1]).toMatchObject({ tier: "external", outcome: "failed", code: "model-timeout" });
  expect((await decisions(app))[1]?.cost).toBeGreaterThan(0.01);
});
