import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { openPostgres } from "../../src/db/postgres.ts";
import { silentLogger } from "../../src/logger.ts";
import { shiftClock } from "../helpers/databases.ts";
import { startPostgres } from "../helpers/postgres-server.ts";
import { withoutSuggestions } from "../helpers/e2e-chat.ts";
import { chatRepo } from "../helpers/e2e-chat-repo.ts";
import { createDiscordProduct, labelsOf, people, wordsOf } from "../helpers/e2e-discord.ts";
import { eventually, processesWith } from "../helpers/e2e-house.ts";
import { startsOn } from "../helpers/e2e-slow-repo.ts";
import type { FakeMessage } from "../helpers/fake-discord/views.ts";

// On PostgreSQL, whose clock a test can shift.
const postgres = await startPostgres();
afterAll(() => postgres.stop());
const product = await createDiscordProduct({ house: { repo: chatRepo } });
const { discord, house, kinds, card, click, fillIn, privately, lineSays, pinged } = product;
const env = { DATABASE_URL: postgres.url };
const file = (name: string): string => join(house.dataDir, name);
let chiffon = await product.start(env);

// A killed process leaves clicks of its last moment unanswered; here nobody clicks then.
afterAll(() => discord.assertClean());
beforeEach(() => {
  for (const name of ["go", "starts", "marker", "repaired"]) rmSync(file(name), { force: true });
});

const refusals = async (text: RegExp): Promise<readonly unknown[]> => {
  const outcome = await house.chiffon(["audit", "query", "--limit", "200", "--json"], { env });
  return (JSON.parse(outcome.out) as { actor: string; result: string; action: string; facts: unknown }[]).filter(
    (row) => row.result === "refused" && text.test(`${row.actor} ${row.action} ${JSON.stringify(row.facts)}`),
  );
};
const asShown = ({ content, embeds, components }: FakeMessage): unknown => ({ content, embeds, components });
const now = (message: FakeMessage): FakeMessage => discord.find(message.id) ?? message;
const newestRunFolder = (): string => {
  const folders = readdirSync(file("agent/runs")).map((name) => file(join("agent", "runs", name)));
  return folders.toSorted((one, other) => statSync(one).birthtimeMs - statSync(other).birthtimeMs).at(-1) ?? "";
};
const plansOf = async (text: string, user = "alice"): Promise<{ id: string; plan: FakeMessage }> => {
  const id = product.ask(text, user);
  return { id, plan: await card(id, "plan", /waiting for approval/) };
};

test("who may not approve is told why, alone; the card stays, and the audit log has it", async () => {
  const { id, plan } = await plansOf("restart counter");
  const before = asShown(plan);
  for (const [user, why] of [
    ["dave", /may not|not allowed|nobody|not/i],
    ["alice", /approv|asked/i],
  ] as const) {
    const pressed = click(user, plan, "Approve");
    const answer = await privately(user, why, pressed);
    expect(answer.ephemeralFor).toBe(people[user]);
    expect(answer.text).toMatch(/^🚫/);
    expect(await refusals(new RegExp(`discord:\\d+:${people[user]} plan\\.approved`))).toHaveLength(1);
  }
  expect(asShown(now(plan))).toEqual(before);
  expect(kinds(id)).toEqual(["plan"]);
  // Carol may approve, but not what Carol asked for.
  const own = await plansOf("restart counter", "carol");
  const pressed = click("carol", own.plan, "Approve");
  expect(wordsOf(await privately("carol", /asked|four/i, pressed))).toMatch(/🚫/);
  expect(asShown(now(own.plan))).toEqual(asShown(own.plan));
  // Nobody but dave hears that dave may not ask.
  const asked = discord.mention({ user: "dave", channel: "ops", text: "restart counter" });
  await privately("dave", /may not|not allowed|policy/i, undefined);
  expect(product.thread(asked.id)).toEqual([]);
  expect(startsOn(house, "restarts")).toBe(0);
});

test("ten clicks at once by two people: one decision, one run; who was second hears who decided", async () => {
  rmSync(file("restarts"), { force: true });
  const { id, plan } = await plansOf("restart counter");
  const clicks = Array.from({ length: 10 }, (_none, index) => click(index % 2 === 0 ? "bob" : "carol", plan, "Approve"));
  await card(id, "result", /Run \d+ · succeeded/);
  expect(kinds(id)).toEqual(["plan", "progress", "result"]);
  await eventually(() => clicks.every((one) => one.answeredBy !== undefined));
  expect(startsOn(house, "restarts")).toBe(1);
  // A plan that is decided: whoever clicks a card of before is told.
  const late = click("bob", now(plan), "Approve", { stale: true });
  await privately("bob", /already decided/, late);
  expect(kinds(id)).toEqual(["plan", "progress", "result"]);
  expect(await refusals(/already-decided/)).not.toEqual([]);
});

test("a version that was changed by a reply: the old card is refused, the new one is approved after a restart", async () => {
  rmSync(file("restarts"), { force: true });
  const { id, plan } = await plansOf("deploy counter then restart counter");
  discord.message({ user: "alice", thread: id, text: "only step 2" });
  const second = await card(id, "plan", /Plan version 2/);
  await eventually(() => /superseded/.test(wordsOf(now(plan))), undefined, "the old card's end");
  expect(labelsOf(now(plan))).toEqual([]);
  const stale = click("bob", plan, "Approve", { stale: true });
  expect(wordsOf(await privately("bob", /version|newer|changed|replaced/i, stale))).toMatch(/🚫/);

  chiffon.kill("SIGKILL");
  await chiffon.ended;
  chiffon = await product.start(env);
  expect(kinds(id)).toEqual(["plan", "plan"]);
  click("bob", second, "Approve");
  await card(id, "result", /Run \d+ · succeeded/);
  await lineSays(id, /Done/);
  expect(kinds(id)).toEqual(["plan", "plan", "progress", "result"]);
  expect([startsOn(house), startsOn(house, "restarts")]).toEqual([0, 1]);
});

test("a value that was asked for and changed by form; a preview in its table; a rejection with a reason", async () => {
  const id = product.ask("configure tuning");
  const question = await card(id, "question");
  const sent = await fillIn("alice", question, labelsOf(question)[0] ?? "", { tuning_level: "five" });
  const again = await privately("alice", /tuning_level is a whole number/, sent);
  expect(labelsOf(again)).toEqual(["Try again"]);
  await fillIn("alice", again, "Try again", { tuning_level: "5" });
  const plan = await card(id, "plan", /tuning_level=5/);
  await fillIn("alice", plan, "Edit", { tuning_level: "7" });
  const second = await card(id, "plan", /Plan version 2[^]*tuning_level=7/);
  expect(wordsOf(now(plan))).toMatch(/superseded/);
  click("alice", second, "Preview changes");
  const previewed = await card(id, "plan", /Preview · run \d+ succeeded[^]*`web1` · step 1 · tuning : Note the level/);
  expect(labelsOf(previewed)).toContain("Preview again");
  expect(existsSync(file("level"))).toBe(false);
  await fillIn("bob", previewed, "Reject", { "Why? The requester is told.": "seven is too much" });
  expect(wordsOf(await card(id, "notice", /rejected/))).toMatch(new RegExp(`<@${people.alice}>[^]*seven is too much`));
  await lineSays(id, /rejected/);
  expect(pinged(id).filter((name) => name !== "alice")).toEqual([]);
  const late = click("carol", now(second), "Approve", { stale: true });
  await privately("carol", /already decided/, late);
});

test("what is destructive wants a typed word and two people", async () => {
  writeFileSync(file("marker"), "here\n");
  const { id, plan } = await plansOf("remove counter");
  expect(wordsOf(plan)).toMatch(/destructive/);
  await fillIn("bob", plan, "Approve", { "Type destructive to approve": "yes" });
  await privately("bob", /type "destructive"/i);
  await fillIn("bob", plan, "Approve", { "Type destructive to approve": "destructive" });
  await privately("bob", /approval counts/i);
  const voted = await card(id, "plan", new RegExp(`Votes[^]*<@${people.bob}>`));
  expect(existsSync(file("marker"))).toBe(true);
  await fillIn("bob", voted, "Approve", { "Type destructive to approve": "destructive" });
  await privately("bob", /already|once|counts/i);
  expect(existsSync(file("marker"))).toBe(true);
  await fillIn("carol", voted, "Approve", { "Type destructive to approve": "destructive" });
  await card(id, "result", /Run \d+ · succeeded/);
  expect(existsSync(file("marker"))).toBe(false);
  expect(pinged(id).filter((name) => name !== "alice")).toEqual([]);
});

test("a run is stopped by its button, truthfully", async () => {
  const { id, plan } = await plansOf("deploy counter");
  click("bob", plan, "Approve");
  await eventually(() => startsOn(house) === 1, undefined, "the start on the host");
  const progress = await card(id, "progress", /running/);
  const foreign = click("dave", progress, "Cancel");
  await privately("dave", /🚫/, foreign);
  click("alice", progress, "Cancel");
  const result = await card(id, "result", /cancelled/i);
  expect(wordsOf(result)).toMatch(new RegExp(`Cancelled by (?:<@${people.alice}>|alice)`));
  await lineSays(id, /Cancelled/);
  expect(existsSync(file("marker"))).toBe(false);
  expect(kinds(id)).toEqual(["plan", "progress", "result"]);
  expect(await eventually(() => processesWith(house.dataDir).every(({ commandLine }) => !commandLine.includes("deploy-counter")))).toBe(
    true,
  );
});

test("retry from failed is a new plan of what is left, for a new approval", async () => {
  rmSync(file("restarts"), { force: true });
  const { id, plan } = await plansOf("restart counter, then deploy fragile");
  click("bob", plan, "Approve");
  const failed = await card(id, "result", /failed/);
  expect(wordsOf(failed)).toMatch(/Failed in step 2, "Deploy Fragile"/);
  expect(withoutSuggestions(labelsOf(failed))).toEqual(["Retry from failed", "Full log"]);
  writeFileSync(file("repaired"), "");
  click("alice", failed, "Retry from failed");
  const second = await card(id, "plan", /waiting for approval/);
  expect(second.id).not.toBe(plan.id);
  expect(wordsOf(second)).toContain("deploy-fragile.yml");
  expect(wordsOf(second)).not.toContain("restart-counter.yml");
  click("carol", second, "Approve");
  await card(id, "result", /Run \d+ · succeeded/);
  await lineSays(id, /Done/);
  expect(startsOn(house, "restarts")).toBe(1);
  expect(kinds(id)).toEqual(["plan", "progress", "result", "plan", "progress", "result"]);
  click("alice", failed, "Full log");
  const log = await card(id, "file");
  expect(log.attachments[0]?.text).toMatch(/deploy-fragile|Deploy Fragile|Look for the repair/);
});

test("what nobody could see the end of is said, and settled by a person", async () => {
  const { id, plan } = await plansOf("deploy counter");
  click("bob", plan, "Approve");
  await eventually(() => startsOn(house) === 1, undefined, "the start on the host");
  // Everything of the run dies: the supervisor first, so that nobody is left to say how the others ended.
  const { pid: supervisor } = JSON.parse(readFileSync(join(newestRunFolder(), "supervisor.json"), "utf8")) as { pid: number };
  process.kill(supervisor, "SIGKILL");
  for (const { pid } of processesWith(house.dataDir).filter((one) => one.pid !== chiffon.pid && /ansible|sh -c/.test(one.commandLine))) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // ended with the one before
    }
  }
  const result = await card(id, "result", /Outcome unknown, please look/);
  await lineSays(id, /outcome unknown/);
  expect(labelsOf(result)).toEqual(["I looked: it succeeded", "I looked: it failed", "Full log"]);
  const refused = click("alice", result, "I looked: it failed");
  await privately("alice", /🚫/, refused);
  click("carol", result, "I looked: it failed");
  await eventually(
    () => /failed/.test(now(result).embeds[0]?.title ?? ""),
    undefined,
    () => now(result).text,
  );
  await lineSays(id, /Failed/);
  expect(kinds(id)).toEqual(["plan", "progress", "result"]);
  expect(pinged(id)).toEqual(["alice"]);
});

test("half of the time over is said to approvers, its end to who asked; a card of before is refused", async () => {
  rmSync(file("restarts"), { force: true });
  const { id, plan } = await plansOf("restart counter");
  const database = await openPostgres({ url: postgres.url, logger: silentLogger() });
  try {
    await shiftClock(database, 13 * 3_600);
    const reminder = await card(id, "notice", /still waits/);
    expect(wordsOf(reminder)).toMatch(new RegExp(`<@${people.bob}>[^]*<@${people.carol}>`));
    await shiftClock(database, 12 * 3_600);
  } finally {
    await database.close();
  }
  await card(id, "notice", /expired: nobody decided in time/);
  await eventually(() => /expired/.test(now(plan).embeds[0]?.title ?? ""));
  await lineSays(id, /expired/);
  const late = click("bob", plan, "Approve", { stale: true });
  await privately("bob", /expired/, late);
  expect(await refusals(/"expired"/)).toHaveLength(1);
  click("alice", now(plan), "Make a new version");
  const renewed = await card(id, "plan", /Plan version 2 · waiting for approval/);
  click("bob", renewed, "Approve");
  await card(id, "result", /Run \d+ · succeeded/);
  expect(startsOn(house, "restarts")).toBe(1);
});
