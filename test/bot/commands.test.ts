import { expect, test } from "vitest";
import type { Card, ListCard } from "../../src/bot/cards.ts";
import { failed, ScriptedExecutor } from "../helpers/scripted-executor.ts";
import { createTestApp, eventually, type TestApp } from "../helpers/test-app.ts";

async function startBot(options: Parameters<typeof createTestApp>[0] = {}): Promise<TestApp> {
  const app = await createTestApp(options);
  await app.startBot();
  return app;
}

async function listed(app: TestApp, text: string, person?: string): Promise<ListCard> {
  const [card] = await app.platform.command(text, person === undefined ? {} : { person });
  if (card?.kind !== "list") throw new Error(`no list: ${JSON.stringify(card)}`);
  return card;
}

async function refused(app: TestApp, text: string, person?: string): Promise<string> {
  const [card] = await app.platform.command(text, person === undefined ? {} : { person });
  if (card?.kind !== "notice" || card.tone !== "refusal") throw new Error(`no refusal: ${JSON.stringify(card)}`);
  return card.text;
}

const titles = (card: ListCard): string[] => card.items.map((item) => item.title);
const planId = (app: TestApp): string => app.platform.cardsOf("plan").at(-1)?.planVersionId ?? "";

test("a request by command is a conversation of its own, and nothing is answered in private", async () => {
  const app = await startBot();
  expect(await app.platform.command("request deploy gitea", { conversation: "c1" })).toEqual([]);
  expect(await app.platform.command("deploy plex", { conversation: "c2" })).toEqual([]);
  expect(app.platform.shown.map((one) => [one.conversation, one.cards[0]?.kind])).toEqual([
    ["c1", "plan"],
    ["c2", "plan"],
  ]);
});

test("the name of a command before something else is a wish, not a command", async () => {
  const app = await startBot();
  await app.platform.command("cancel the deployment of gitea on web1 for good");
  await app.platform.command("status of the disk please");
  expect((await app.database.query("select text from request order by number")).map((row) => row["text"])).toEqual([
    "cancel the deployment of gitea on web1 for good",
    "status of the disk please",
  ]);
});

test("mine lists what waits for this person and what they asked", async () => {
  const app = await startBot();
  await app.platform.say("deploy gitea", { person: "memory:T:U1" });
  const owner = await listed(app, "mine");
  expect(titles(owner)).toEqual(["waits for you: deploy gitea"]);
  expect(owner.items[0]?.actions).toEqual([expect.objectContaining({ id: "show", target: planId(app) })]);
  const alice = await listed(app, "mine", "memory:T:U1");
  expect(titles(alice)).toEqual(["1: deploy gitea"]); // she may not approve, so nothing waits for her
  expect(titles(await listed(app, "mine", "memory:T:U2"))).toEqual([]);
});

test("a plan that is shown where one person talks to this process is kept up to date there, and so is its run", async () => {
  const app = await startBot({ executor: new ScriptedExecutor() });
  await app.app.startAgent();
  await app.platform.say("deploy gitea", { conversation: "before" });
  const id = planId(app);
  app.platform.onePerson = true;
  await app.platform.press("show", id, { conversation: "now" });
  expect(app.platform.cardsOf("plan").map(({ state }) => state)).toEqual(["awaiting_approval", "awaiting_approval"]);
  await app.platform.press("approve", id, { conversation: "now" });
  await eventually("the result in both", () => app.platform.cardsOf("result").length === 2);
  expect(app.platform.cardsOf("plan").map(({ state }) => state)).toEqual(["approved", "approved"]);
});

test("status, runs, cancel and retry speak of runs by number", async () => {
  const executor = new ScriptedExecutor();
  executor.script = async (_item, stop) => failed("ANSIBLE_CANCELLED", await stop);
  const app = await startBot({ executor });
  await app.app.startAgent();
  expect((await listed(app, "status")).empty).toBe("Nothing runs.");
  await app.platform.say("deploy gitea");
  await app.platform.press("approve", planId(app));
  await eventually("it runs", () => app.platform.cardsOf("progress").some((card) => card.state === "running"));
  expect(titles(await listed(app, "status"))).toEqual(["run 1: deploy gitea"]);
  expect(await refused(app, "cancel 1", "memory:T:U1")).toContain("may not cancel");
  expect(await refused(app, "cancel 7")).toBe("There is no run 7.");
  expect(await refused(app, "cancel")).toBe("Say which run to cancel.");
  expect(await app.platform.command("cancel 1")).toEqual([expect.objectContaining({ tone: "info" })]);
  await eventually("a result", () => app.platform.cardsOf("result").at(-1));
  expect((await listed(app, "runs")).items).toEqual([
    expect.objectContaining({ title: "run 1: deploy gitea", detail: expect.stringContaining("cancelled") }),
  ]);
  expect((await listed(app, "status")).items).toEqual([]);
  await app.platform.command("retry 1");
  expect(app.platform.cardsOf("plan").at(-1)).toMatchObject({ version: 2, state: "awaiting_approval" });
});

test("playbooks, agents, lint and audit list what there is", async () => {
  const app = await startBot();
  const all = await listed(app, "playbooks");
  expect(all.items.some((item) => item.detail.startsWith("deploy-gitea.yml"))).toBe(true);
  const found = await listed(app, "playbooks grafana");
  expect(titles(found)).toEqual(["Deploy Grafana"]);
  expect((await listed(app, "playbooks nothing-of-this")).empty).toContain("nothing-of-this");
  expect((await listed(app, "agents")).empty).toBe("There is no agent.");
  await app.app.startAgent();
  expect((await listed(app, "agents")).items).toHaveLength(1);
  expect(await refused(app, "lint nothing.yml")).toBe('There is no playbook "nothing.yml".');
  await app.platform.say("deploy gitea");
  expect(titles(await listed(app, "audit")).some((title) => title.includes("plan.sealed"))).toBe(true);
  expect(await refused(app, "audit", "memory:T:U1")).toContain("administer");
});

test("help shows only what this person may do", async () => {
  const app = await startBot();
  const owner = titles(await listed(app, "help"));
  expect(owner.some((line) => line.startsWith("audit"))).toBe(true);
  expect(titles(await listed(app, ""))).toEqual(owner);
  const anybody = titles(await listed(app, "help", "memory:T:U1"));
  expect(anybody.some((line) => line.startsWith("request"))).toBe(true);
  expect(anybody.some((line) => line.startsWith("audit") || line.startsWith("cancel"))).toBe(false);
});

test("home shows what waits, what runs and what ran", async () => {
  const app = await startBot();
  await app.platform.say("deploy gitea");
  const lists = await app.platform.home();
  expect(lists.map((list) => [list.title, list.items.length])).toEqual([
    ["Waiting for you", 1],
    ["Running", 0],
    ["Last ten runs", 0],
  ]);
});

test("names are suggested while they are typed, those that begin so first", async () => {
  const app = await startBot();
  expect((await app.platform.suggest("host", "web")).map((one) => one.value)).toEqual(["web1", "web2"]);
  const playbooks = await app.platform.suggest("playbook", "gitea");
  expect(playbooks.map((one) => one.value).toSorted()).toEqual(["backup-gitea.yml", "deploy-gitea.yml", "remove-gitea.yml"]);
  expect(await app.platform.suggest("run", "")).toEqual([]);
});

const fieldsOf = (form: Card | { kind: "form"; fields: readonly { name: string; required: boolean }[] }): string[] =>
  form.kind === "form" ? form.fields.map((field) => field.name) : [];

test("forms: a typed word for a destructive plan, a reason for a rejection, words for an edit", async () => {
  const app = await startBot();
  await app.platform.say("remove gitea");
  const id = planId(app);
  const approve = await app.platform.form("approve", id);
  expect(fieldsOf(approve)).toEqual(["typed"]);
  expect(approve).toMatchObject({ kind: "form", text: expect.stringContaining("web1"), action: { id: "approve", target: id } });
  expect(fieldsOf(await app.platform.form("reject", id))).toEqual(["reason"]);
  expect(fieldsOf(await app.platform.form("edit", id))).toEqual(["change"]);
  await app.platform.press("approve", id, { form: { typed: "nonsense" } });
  expect(app.platform.private.at(-1)?.card).toMatchObject({ text: expect.stringContaining('type "destructive"') });
  await app.platform.press("reject", id, { form: { reason: "not today" } });
  await eventually("it is rejected", () => app.platform.cardsOf("plan").at(-1)?.state === "rejected");
  expect(app.platform.cardsOf("plan").at(-1)).toMatchObject({ decided: { decision: "rejected", person: "local", reason: "not today" } });
  expect(await app.platform.form("approve", id)).toMatchObject({ kind: "notice", text: expect.stringContaining("no longer waits") });
  expect(await app.platform.form("approve", "nonsense")).toMatchObject({ kind: "notice", text: "There is no such plan." });
});

test("an edit by form makes the next version; the old card says so and cannot be approved", async () => {
  const app = await startBot();
  await app.platform.say("deploy gitea");
  const id = planId(app);
  await app.platform.press("edit", id, { form: { change: "also deploy plex" } });
  const plans = app.platform.cardsOf("plan");
  expect(plans.map((card) => [card.version, card.state, card.steps.length])).toEqual([
    [1, "superseded", 1],
    [2, "awaiting_approval", 2],
  ]);
  expect(plans[1]?.notes).toEqual(["changed as said: also deploy plex"]);
  await app.platform.press("approve", id);
  expect(app.platform.private.at(-1)?.card).toMatchObject({ tone: "refusal", text: expect.stringContaining("replaced by version 2") });
});

test("who asked is told that somebody else said no", async () => {
  const app = await startBot();
  await app.platform.say("deploy gitea", { person: "memory:T:U1" });
  await app.platform.press("reject", planId(app), { form: { reason: "freeze" } });
  const told = await eventually("the notice", () => app.platform.cardsOf("notice").at(-1));
  expect(told).toMatchObject({ tell: ["memory:T:U1"], text: expect.stringContaining("freeze") });
});

test("a plan that waits is remembered once at half time, and who asked is told that it expired", async () => {
  const app = await startBot();
  await app.platform.say("deploy gitea", { person: "memory:T:U1" });
  await app.app.startAgent(); // it watches over time
  await app.shift(31 * 60);
  const reminder = await eventually("the reminder", () => app.platform.cardsOf("notice").find((card) => card.text.includes("still waits")));
  expect(reminder.tell).toEqual(["local"]);
  await app.shift(31 * 60);
  const expired = await eventually("the end", () => app.platform.cardsOf("notice").find((card) => card.text.includes("expired")));
  expect(expired.tell).toEqual(["memory:T:U1"]);
  expect(app.platform.cardsOf("notice")).toHaveLength(2);
});

test("the full log of a run is given where files cannot be sent, too", async () => {
  const app = await startBot();
  await app.app.startAgent();
  await app.platform.say("deploy gitea");
  await app.platform.press("approve", planId(app));
  const result = await eventually("a result", () => app.platform.cardsOf("result").at(-1));
  await app.platform.press("log", result.runId);
  expect(app.platform.private.at(-1)?.card).toMatchObject({ kind: "notice", text: expect.stringContaining("STEP 1 succeeded") });
});

test("a message that can only be a command is one; with a slash every command is", async () => {
  const app = await startBot();
  await app.platform.say("status");
  await app.platform.say("/playbooks grafana");
  await app.platform.say("/chiffon help");
  await app.platform.say("/help", { eventKey: "e1" });
  await app.platform.say("/help", { eventKey: "e1" });
  expect(app.platform.private.map(({ card }) => (card.kind === "list" ? card.title : card.kind))).toEqual([
    "Running and waiting",
    "Playbooks",
    "What you can say",
    "What you can say",
  ]);
  await app.platform.say("/deploy gitea");
  await app.platform.say("audit the disk");
  expect((await app.database.query("select text from request order by number")).map((row) => row["text"])).toEqual([
    "deploy gitea",
    "audit the disk",
  ]);
});

test("a plan can be looked at and approved from another conversation, and who did is told", async () => {
  const app = await startBot();
  await app.app.startAgent();
  await app.platform.say("deploy gitea", { person: "memory:T:U1" });
  const target = planId(app);
  await app.platform.press("show", target, { conversation: "elsewhere" });
  const shown = app.platform.private.at(-1);
  expect(shown).toMatchObject({ conversation: "elsewhere", card: { kind: "plan", planVersionId: target, state: "awaiting_approval" } });
  await app.platform.press("approve", target, { conversation: "elsewhere" });
  expect(app.platform.private.at(-1)).toMatchObject({ conversation: "elsewhere", card: { tone: "info", text: "Approved. Run 1 starts." } });
  await eventually("a result", () => app.platform.cardsOf("result").at(-1));
  expect(app.platform.shown.every((one) => one.conversation === "thread-1")).toBe(true);
  await app.platform.press("show", target, { person: "memory:T:U9", conversation: "elsewhere" });
  await app.platform.press("show", "nonsense", { conversation: "elsewhere" });
  expect(app.platform.private.at(-1)?.card).toMatchObject({ tone: "refusal", text: "there is no such plan" });
});
