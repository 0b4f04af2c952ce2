import { expect, test } from "vitest";
import type { Card } from "../../src/bot/cards.ts";
import { silentLogger } from "../../src/logger.ts";
import { failed, ScriptedExecutor, succeeded } from "../helpers/scripted-executor.ts";
import { createTestApp, eventually, type TestApp } from "../helpers/test-app.ts";

const kinds = (app: TestApp): string[] => app.platform.cards().map((card) => card.kind);
const plan = (app: TestApp): Extract<Card, { kind: "plan" }> => {
  const card = app.platform.cardsOf("plan").at(-1);
  if (card === undefined) throw new Error("no plan card");
  return card;
};
const result = (app: TestApp): Promise<Extract<Card, { kind: "result" }>> =>
  eventually("a result", () => app.platform.cardsOf("result").at(-1));

async function startBot(options: Parameters<typeof createTestApp>[0] = {}): Promise<TestApp> {
  const app = await createTestApp(options);
  await app.startBot();
  return app;
}

test("shows one plan card and nothing else until somebody decides", async () => {
  const app = await startBot();
  await app.app.startAgent();
  await app.platform.say("deploy gitea and deploy plex");
  expect(kinds(app)).toEqual(["plan"]);
  expect(plan(app)).toMatchObject({
    state: "awaiting_approval",
    steps: [{ playbookPath: "deploy-gitea.yml" }, { playbookPath: "deploy-plex.yml" }],
  });
  expect(plan(app).actions.map((action) => action.id)).toEqual(["approve", "preview", "edit", "reject"]);
  expect(app.executor.started).toEqual([]);
});

test("after the approval: the plan card says who, one progress card is edited, one result follows", async () => {
  const app = await startBot();
  await app.app.startAgent();
  await app.platform.say("deploy gitea and deploy plex");
  await app.platform.press("approve", plan(app).planVersionId);
  expect(await result(app)).toMatchObject({ state: "succeeded", verdict: "Done, 2 changes", audit: { commit: expect.any(String) } });
  expect(kinds(app)).toEqual(["plan", "progress", "result"]);
  expect(plan(app)).toMatchObject({ state: "approved", stateText: "approved by local", actions: [] });
  const progress = app.platform.shown[1];
  const states = progress?.cards.map((card) => (card.kind === "progress" ? card.state : card.kind)) ?? [];
  expect(states.at(-1)).toBe("succeeded");
  expect(progress?.cards.at(-1)).toMatchObject({ actions: [], steps: [{ state: "succeeded", tasksDone: 1 }, { state: "succeeded" }] });
  expect(app.platform.shown[2]?.cards).toHaveLength(1);
  expect(app.platform.private).toEqual([]);
});

test("drops an event that is delivered again, also after a restart", async () => {
  const app = await startBot();
  await Promise.all([1, 2, 3].map(() => app.platform.say("deploy gitea", { eventKey: "e1" })));
  const second = await app.restart();
  await second.startBot();
  await second.platform.say("deploy gitea", { eventKey: "e1" });
  expect(kinds(second)).toEqual(["plan"]);
  expect(await second.database.query("select id from request")).toHaveLength(1);
  await second.platform.say("deploy gitea", { eventKey: "e2" });
  expect(kinds(second)).toEqual(["plan", "plan"]);
});

test("answers a refused click privately and leaves the card as it is", async () => {
  const app = await startBot();
  await app.platform.say("remove gitea", { person: "memory:T:U1" });
  const before = plan(app);
  const target = before.planVersionId;
  await app.platform.press("approve", target, { person: "memory:T:U1", typed: "destructive" });
  await app.platform.press("reject", target, { person: "memory:T:U1" });
  await app.platform.press("preview", target, { person: "memory:T:U1" });
  await app.platform.press("approve", target); // without the word
  await app.platform.press("cancel", "nonsense");
  await app.platform.press("settle", "nonsense", { value: "succeeded" });
  await app.platform.press("settle", "nonsense");
  await app.platform.press("dismiss", "nonsense");
  await app.platform.press("retry", "nonsense");
  await app.platform.press("renew", target);
  await app.platform.press("answer", target, { form: {} });
  await app.platform.press("choose", target, { value: "x" });
  expect(app.platform.private).toHaveLength(12);
  expect(app.platform.private.every((one) => one.card.kind === "notice" && one.card.tone === "refusal")).toBe(true);
  expect(app.platform.private.map((one) => one.person)).toEqual([
    "memory:T:U1",
    "memory:T:U1",
    "memory:T:U1",
    ...Array.from({ length: 9 }, () => "local"),
  ]);
  expect(plan(app)).toEqual(before);
  expect(kinds(app)).toEqual(["plan"]);
});

test("many clicks at once start one run and show it once", async () => {
  const app = await startBot();
  await app.app.startAgent();
  await app.platform.say("deploy gitea");
  await Promise.all(Array.from({ length: 6 }, () => app.platform.press("approve", plan(app).planVersionId)));
  await result(app);
  expect(kinds(app)).toEqual(["plan", "progress", "result"]);
  expect(app.executor.started).toHaveLength(1);
  expect(app.platform.private).toHaveLength(5);
});

test("a stale plan offers a new version, which is shown as a card of its own", async () => {
  const app = await startBot();
  await app.platform.say("deploy gitea");
  const old = plan(app).planVersionId;
  app.write("group_vars/all.yml", "greeting: new\n");
  await app.platform.press("approve", old);
  await eventually("the card says so", () => plan(app).state === "stale");
  expect(app.platform.private[0]?.card).toMatchObject({ tone: "refusal", text: expect.stringContaining("group_vars/all.yml was changed") });
  expect(plan(app).actions.map((action) => action.id)).toEqual(["renew"]);
  await app.platform.press("renew", old);
  expect(app.platform.cardsOf("plan").map((card) => [card.version, card.state])).toEqual([
    [1, "stale"],
    [2, "awaiting_approval"],
  ]);
});

test("a run that failed says where, and a retry of the rest waits for a new approval", async () => {
  const executor = new ScriptedExecutor();
  executor.script = (item) => (item.stepOrder === 1 ? succeeded() : failed("ANSIBLE_PLAY_ERROR"));
  const app = await startBot({ executor });
  await app.app.startAgent();
  await app.platform.say("deploy gitea and deploy plex");
  await app.platform.press("approve", plan(app).planVersionId);
  const card = await result(app);
  expect(card).toMatchObject({ state: "failed", verdict: expect.stringContaining("Failed in step 2") });
  await app.platform.press("retry", card.runId);
  expect(plan(app)).toMatchObject({ version: 2, state: "awaiting_approval", steps: [{ playbookPath: "deploy-plex.yml" }] });
  expect(executor.started).toHaveLength(2);
});

test("cancel stops what runs and shows who asked for it", async () => {
  const executor = new ScriptedExecutor();
  executor.script = async (_item, stop) => failed("ANSIBLE_CANCELLED", await stop);
  const app = await startBot({ executor });
  await app.app.startAgent();
  await app.platform.say("deploy gitea");
  await app.platform.press("approve", plan(app).planVersionId);
  const run = await eventually("it runs", () => app.platform.cardsOf("progress").find((card) => card.state === "running"));
  await app.platform.press("cancel", run.runId);
  expect(await result(app)).toMatchObject({ state: "cancelled", verdict: "Cancelled by local" });
});

test("a preview is shown on the plan's card, with a result of its own, and approves nothing", async () => {
  const executor = new ScriptedExecutor();
  executor.script = () => succeeded({ preview: { hosts: { web1: { changes: [] } }, unpredictable: [] }, summary: null });
  const app = await startBot({ executor });
  await app.app.startAgent();
  await app.platform.say("deploy gitea");
  await app.platform.press("preview", plan(app).planVersionId);
  await result(app);
  await eventually("the card offers to close", () => plan(app).actions.some((action) => action.id === "nothing_to_do"));
  expect(plan(app)).toMatchObject({ state: "awaiting_approval", preview: { runNumber: 1, state: "succeeded" } });
  expect(kinds(app)).toEqual(["plan", "progress", "result"]);
  // One that stops at its first task does not say that nothing would change there.
  const stopped = [{ host: "web1", task: "Write it" }];
  executor.script = () => ({
    ...failed(),
    preview: { hosts: { web1: { changes: [] }, web2: { changes: [] } }, unpredictable: [], stopped },
  });
  await app.platform.press("preview", plan(app).planVersionId);
  await eventually("the second preview", () => plan(app).preview?.state === "failed");
  expect(plan(app).preview?.rows.map(({ host }) => host)).toEqual(["web2"]);
  expect(plan(app).preview?.unpredictable).toEqual(['everything after "Write it" on web1, which failed in check mode']);
  executor.script = () => succeeded({ preview: { hosts: { web1: { changes: [] } }, unpredictable: [] }, summary: null });
  await app.platform.press("preview", plan(app).planVersionId);
  await eventually("the third preview", () => plan(app).actions.some((action) => action.id === "nothing_to_do"));
  await app.platform.press("nothing_to_do", plan(app).planVersionId);
  await eventually("it is closed", () => plan(app).state === "nothing_to_do");
});

test("killed between approval and start, the next process runs it and shows it once", async () => {
  const app = await startBot();
  await app.platform.say("deploy gitea");
  await app.platform.press("approve", plan(app).planVersionId);
  await eventually("the progress is shown", () => app.platform.cardsOf("progress").length === 1);
  const second = await app.restart();
  await second.app.startAgent();
  await second.startBot();
  await result(second);
  const third = await second.restart();
  await third.app.startAgent();
  await third.startBot();
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(kinds(third)).toEqual(["plan", "progress", "result"]);
});

test("a run that was approved and ended while nobody was there to show it is shown at the next start", async () => {
  const app = await startBot();
  await app.platform.say("deploy gitea");
  const { planVersionId } = plan(app);
  const second = await app.restart(); // without a bot
  await second.app.startAgent();
  await second.approve(planVersionId);
  await eventually("it is reported", async () => (await second.database.query("select 1 from run_event where kind = 'report'")).length > 0);
  const third = await second.restart();
  await third.startBot();
  expect(await result(third)).toMatchObject({ state: "succeeded" });
  await eventually("the plan's card follows", () => plan(third).state === "approved");
  expect(kinds(third)).toEqual(["plan", "progress", "result"]);
});

test("a plan that expired or was withdrawn while nobody was there is shown so at the next start", async () => {
  const app = await startBot();
  await app.platform.say("deploy gitea");
  const second = await app.restart();
  await second.shift(3_601);
  await second.watch();
  await second.startBot();
  await eventually("the card says so", () => plan(second).state === "expired");
  expect(plan(second).actions.map((action) => action.id)).toEqual(["renew"]);
});

test("a card that the platform did not take waits, also over a restart, and is shown once", async () => {
  const app = await startBot();
  app.platform.failures.push(new Error("429 Too Many Requests"));
  await app.platform.say("deploy gitea");
  expect(kinds(app)).toEqual([]);
  expect(app.platform.private).toEqual([]);
  const second = await app.restart();
  await second.startBot();
  await eventually("it is shown", () => kinds(second).length > 0);
  expect(kinds(second)).toEqual(["plan"]);
  const third = await second.restart();
  await third.startBot();
  expect(kinds(third)).toEqual(["plan"]);
});

test("an edit that the platform refused is made up for", async () => {
  const app = await startBot();
  await app.platform.say("deploy gitea");
  app.platform.failures.push(new Error("500"), new Error("500"));
  await app.app.useCases.withdraw(plan(app).planVersionId, "local");
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(plan(app).state).toBe("awaiting_approval");
  app.platform.failures.length = 0;
  const second = await app.restart();
  await second.startBot();
  await eventually("the card says so", () => plan(second).state === "withdrawn");
});

test("an unexpected error shows an id to the person and its details to the log only", async () => {
  const logged: string[] = [];
  const logger = silentLogger();
  logger.error = (...words: unknown[]) => void logged.push(JSON.stringify(words));
  const app = await startBot({ logger });
  await app.database.exec("alter table chiffon.request rename to request_away");
  try {
    await app.platform.say("deploy gitea with secret words");
  } finally {
    await app.database.exec("alter table chiffon.request_away rename to request");
  }
  const card = app.platform.private[0]?.card;
  const id = /\(error ([0-9a-f]{8})\)/.exec(card?.kind === "notice" ? card.text : "")?.[1];
  expect(id).toBeDefined();
  expect(JSON.stringify(card)).not.toContain("request");
  expect(logged.some((line) => line.includes(id ?? "?") && line.includes("request"))).toBe(true);
  expect(logged.join("")).not.toContain("secret words");
  await app.platform.say("deploy gitea");
  expect(kinds(app)).toEqual(["plan"]);
});

test("known errors say what to do, small talk is answered, and questions become forms", async () => {
  const app = await startBot({
    files: {
      "create-user.yml":
        "- name: Create user\n  hosts: web1\n  vars_prompt:\n    - name: user_name\n      prompt: Which user?\n  tasks:\n    - name: x\n      ansible.builtin.user: { name: '{{ user_name }}' }\n",
    },
  });
  await app.platform.say("hello");
  await app.platform.say("   ");
  await app.platform.say("x".repeat(20_000));
  await app.platform.say("deploy foobar");
  expect(kinds(app)).toEqual(["notice", "question"]);
  // Examples are of this repo, not of somebody else's.
  expect(app.platform.cardsOf("notice")[0]?.help).toMatch(/for example "back up gitea" or "deploy gitea"/);
  expect(app.platform.private.map((one) => (one.card.kind === "notice" ? one.card.tone : ""))).toEqual(["refusal", "refusal"]);
  const question = app.platform.cardsOf("question")[0];
  expect(question).toMatchObject({ problems: [expect.any(String)] });
  // The inventory knows nas: it is the playbook that does not act there.
  await app.platform.say("deploy traefik on nas");
  const elsewhere = app.platform.cardsOf("question").at(-1);
  expect(elsewhere).toMatchObject({ problems: ['Step 1: "Deploy Traefik" does not act on nas; it acts on web2'] });
});

test("people's talk in a channel or thread is not answered; what reads as a change of the plan that waits is one", async () => {
  const app = await startBot();
  app.platform.threads = true;
  const talk = (text: string): Promise<void> => app.platform.say(text, { addressed: false, person: "memory:T:U2" });
  await talk("deploy gitea"); // in a thread that Chiffon does not know
  expect(await app.database.query("select id from request")).toEqual([]);
  await app.platform.say("deploy gitea");
  await talk("thanks!");
  await talk("what does that do?");
  expect(kinds(app)).toEqual(["plan"]);
  expect(app.platform.private).toEqual([]);
  await talk("only on the green ones"); // meant for the plan, and not understood: nobody may believe that it was taken
  expect(app.platform.private).toEqual([
    expect.objectContaining({
      person: "memory:T:U2",
      card: expect.objectContaining({ text: expect.stringMatching(/^The plan for "deploy gitea" stays as it is/) }),
    }),
  ]);
  expect(kinds(app)).toEqual(["plan"]);
  await talk("also deploy plex");
  expect(app.platform.cardsOf("plan").map((card) => [card.version, card.state])).toEqual([
    [1, "superseded"],
    [2, "awaiting_approval"],
  ]);
});

test("a thread holds one request after the other", async () => {
  const app = await startBot();
  await app.app.startAgent();
  app.platform.threads = true;
  await app.platform.say("deploy gitea");
  await app.platform.press("approve", plan(app).planVersionId);
  await result(app);
  await app.platform.say("deploy plex");
  expect(kinds(app)).toEqual(["plan", "progress", "result", "plan"]);
  expect(plan(app)).toMatchObject({ version: 1, steps: [{ playbookPath: "deploy-plex.yml" }] });
});
