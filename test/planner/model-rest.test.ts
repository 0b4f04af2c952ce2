import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { plannerSettingsSchema } from "../../src/model-settings.ts";
import { fakeStep, fakeWork, startFakeOllama, type FakeOllama } from "../helpers/fake-ollama.ts";
import { createTestApp, createTestCommands, type TestApp } from "../helpers/test-app.ts";

const planner = (more: object = {}): ReturnType<typeof plannerSettingsSchema.parse> =>
  plannerSettingsSchema.parse({ local_seconds: 60, external_seconds: 60, ...more });

function appWith(ollama: FakeOllama, more: object = {}): Promise<TestApp> {
  return createTestApp({
    models: { useLocal: true, ollamaHost: ollama.url, hostIsNamed: true, model: undefined, externalKey: "a-key-of-a-test" },
    settings: { planner: planner(more) },
  });
}

const down = { status: 500, body: '{"error":"out of memory"}' };
const rows = (app: TestApp): ReturnType<TestApp["database"]["query"]> =>
  app.database.query("select tier, outcome, code, told from planner_decision order by id");

async function notesOf(app: TestApp, text: string): Promise<readonly string[] | undefined> {
  const outcome = await app.ask(text);
  return "planVersionId" in outcome ? (await app.app.planFacts(outcome.planVersionId)).notes : undefined;
}

test("a model that fails three times in a row rests, longer each time, also over a restart; it is told once, and its first answer ends it", async () => {
  const ollama = await startFakeOllama(down);
  let app = await appWith(ollama);
  const answered = "llama3.2:latest did not plan this: the model's server answered 500";
  expect(await notesOf(app, "deploy gitea")).toEqual([answered]);
  expect(await notesOf(app, "deploy plex")).toEqual([answered]);
  expect(await notesOf(app, "deploy grafana")).toEqual([`${answered}; it failed 3 times in a row and is left alone for 30 s`]);
  expect(await notesOf(app, "deploy traefik")).toEqual([]);
  expect(ollama.requests).toHaveLength(3);
  expect((await rows(app)).slice(-2)).toMatchObject([
    { tier: "local", outcome: "skipped", code: "model-resting", told: null },
    { tier: "rules", outcome: "planned" },
  ]);
  expect(await app.app.models.status()).toMatchObject({
    kind: "ready",
    resting: { failures: 3, reason: "the model's server answered 500" },
  });

  app = await app.restart();
  await app.ask("deploy gitea");
  expect(ollama.requests).toHaveLength(3);
  await app.shift(31);
  expect((await notesOf(app, "deploy plex"))?.[0]).toContain("it failed 4 times in a row and is left alone for 60 s");
  expect(ollama.requests).toHaveLength(4);
  await app.shift(31);
  await app.ask("deploy plex");
  expect(ollama.requests).toHaveLength(4);

  await app.shift(31);
  ollama.replies = [fakeWork(fakeStep("deploy gitea", "deploy-gitea")), down];
  expect(await notesOf(app, "deploy gitea")).toEqual([]);
  expect(await app.app.models.status()).toMatchObject({ kind: "ready", resting: null });
  expect(await notesOf(app, "deploy plex")).toEqual([answered]);
  expect(ollama.requests).toHaveLength(6);
});

test("a reply that is refused is an answer: such a model is asked again", async () => {
  const ollama = await startFakeOllama({ say: "no" });
  const app = await appWith(ollama);
  for (let round = 0; round < 4; round += 1) await app.ask("deploy gitea");
  expect(ollama.requests).toHaveLength(8);
});

test("what is no work for any reading is not sent to a model at all", async () => {
  const ollama = await startFakeOllama(fakeWork(fakeStep("deploy gitea", "deploy-gitea")));
  const app = await appWith(ollama);
  for (const text of ["hello!", "what does deploy gitea do?", "do not deploy gitea"])
    expect(await app.ask(text)).toMatchObject({ kind: "no_work" });
  expect(ollama.requests).toEqual([]);
  expect(await rows(app)).toMatchObject([{ tier: "rules" }, { tier: "rules" }, { tier: "rules" }]);
});

test("a question and a notice say too that the budget is spent or a model did not plan", async () => {
  const local = await startFakeOllama(down);
  const far = await startFakeOllama(fakeWork());
  far.models = ["big:latest"];
  const price = { usd_per_month: 0.001, usd_per_million: { input: 3, output: 15 } };
  const app = await appWith(local, { external: { provider: "ollama", model: "big:latest", base_url: far.url, ...price } });
  await app.startBot();
  await app.platform.say("deploy frobnicator");
  await app.platform.say("on web1", { conversation: "thread-2" });
  const cards = app.platform.shown.map((shown) => shown.cards.at(-1));
  const spent = "the month's budget of $0.00 for ollama is spent";
  expect(cards).toMatchObject([
    { kind: "question", problems: expect.arrayContaining([expect.stringContaining(spent), expect.stringContaining("answered 500")]) },
    { kind: "notice", text: expect.stringContaining(spent) },
  ]);
  expect(far.requests).toEqual([]);
});

test("the terminal and the JSON document say it, too, and doctor and models say that a model rests", async () => {
  const ollama = await startFakeOllama(down);
  const commands = await createTestCommands();
  const env = { CHIFFON_MODEL: "", OLLAMA_HOST: ollama.url };
  const price = "usd_per_month: 0.001, usd_per_million: { input: 3, output: 15 }";
  writeFileSync(
    join(commands.dataDir, "chiffon.yml"),
    `planner: { local_seconds: 60, external: { provider: ollama, model: big, base_url: "${ollama.url}", ${price} } }\n`,
  );
  const run = (...args: string[]): ReturnType<typeof commands.run>["ended"] => commands.run(args, { env }).ended;
  const shown = (await run("plan", "deploy gitea")).out.replaceAll(/\s+/g, " ");
  expect(shown).toContain("the model's server answered 500");
  expect(shown).toContain("the month's budget of $0.00 for ollama is spent");
  const question = await run("plan", "deploy frobnicator", "--json");
  expect(JSON.parse(question.out)).toMatchObject({
    plan: { notes: [expect.stringContaining("answered 500"), expect.stringContaining("budget")] },
  });
  expect((await run("plan", "on web1", "--json")).out).toContain("is left alone for 30 s");
  const models = (await run("models")).out;
  expect(models).toContain("External: big of ollama: $0.00 of $0.00 are spent this month.");
  expect(models).toContain("it failed 3 times in a row");
  expect((await run("doctor")).out).toMatch(/BAD +model +llama3\.2:latest on .* is asked again in \d+ s/);
});
