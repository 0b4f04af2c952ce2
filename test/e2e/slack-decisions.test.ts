import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { openPostgres } from "../../src/db/postgres.ts";
import { silentLogger } from "../../src/logger.ts";
import { shiftClock } from "../helpers/databases.ts";
import { startPostgres } from "../helpers/postgres-server.ts";
import { withoutSuggestions } from "../helpers/e2e-chat.ts";
import { chatRepo } from "../helpers/e2e-chat-repo.ts";
import { eventually, processesWith } from "../helpers/e2e-house.ts";
import { startsOn } from "../helpers/e2e-slow-repo.ts";
import { alice, bob, buttonsOf, carol, createSlackProduct, dave, ops, pingsOf, wordsOf } from "../helpers/e2e-slack.ts";
import type { FakeMessage } from "../helpers/fake-slack/world.ts";

// On PostgreSQL, whose clock a test can shift.
const postgres = await startPostgres();
afterAll(() => postgres.stop());
const product = await createSlackProduct({ repo: chatRepo });
const { slack, house, kinds, card, click, fillIn, privately, lineSays, pinged } = product;
const env = { DATABASE_URL: postgres.url };
const file = (name: string): string => join(house.dataDir, name);
let chiffon = await product.start(env);

afterAll(() => slack.assertClean());
beforeEach(() => {
  for (const name of ["go", "starts", "restarts", "marker", "repaired"]) rmSync(file(name), { force: true });
});

interface Row {
  readonly actor: string;
  readonly action: string;
  readonly result: string;
  readonly facts: unknown;
}
const refusals = async (text: RegExp): Promise<readonly Row[]> => {
  const outcome = await house.chiffon(["audit", "query", "--limit", "200", "--json"], { env });
  return (JSON.parse(outcome.out) as Row[]).filter(
    (row) => row.result === "refused" && text.test(`${row.actor} ${row.action} ${JSON.stringify(row.facts)}`),
  );
};
const asShown = ({ text, blocks }: FakeMessage): unknown => structuredClone({ text, blocks });
const since = (user: string): number => slack.ephemerals(user).length;
const planOf = async (text: string, user = alice): Promise<{ ts: string; plan: FakeMessage }> => {
  const ts = product.ask(text, user);
  return { ts, plan: await card(ts, "plan", /waiting for approval/) };
};
/** Clicks what may be no more there, and gives the refusal that this person alone reads. */
const refusedClick = async (user: string, message: FakeMessage, label: string, why: RegExp): Promise<FakeMessage> => {
  const before = since(user);
  await click(user, message, label, { stale: true });
  const answer = await privately(user, why, before);
  expect(wordsOf(answer)).toMatch(/^🚫/);
  return answer;
};
const newestRunFolder = (): string => {
  const folders = readdirSync(file("agent/runs")).map((name) => file(join("agent", "runs", name)));
  return folders.toSorted((one, other) => statSync(one).birthtimeMs - statSync(other).birthtimeMs).at(-1) ?? "";
};
const typeWord = "Type destructive to approve";

test("who may not approve is told why, alone; the card stays, and the audit log has it", async () => {
  const { ts, plan } = await planOf("restart counter");
  await lineSays(ts, /waiting for approval/);
  const before = asShown(plan);
  for (const user of [dave, alice]) {
    await refusedClick(user, plan, "Approve", /may not|not allowed|approv|asked/i);
    expect(await refusals(new RegExp(`slack:T1:${user} plan\\.approved`))).toHaveLength(1);
  }
  expect(asShown(plan)).toEqual(before);
  expect(kinds(ts)).toEqual(["line", "plan"]);
  // Carol may approve, but not what Carol asked for.
  const own = await planOf("restart counter", carol);
  await refusedClick(carol, own.plan, "Approve", /asked|four/i);
  // Nobody but Dave hears that Dave may not ask.
  const asked = product.ask("restart counter", dave);
  await privately(dave, /may not|not allowed|policy/i, 1);
  expect(product.thread(asked)).toEqual([]);
  expect(startsOn(house, "restarts")).toBe(0);
});

test("ten clicks at once by two people: one decision, one run; who was second hears who decided", async () => {
  const { ts, plan } = await planOf("restart counter");
  const counts = { [bob]: since(bob), [carol]: since(carol) };
  const acks = await Promise.all(Array.from({ length: 10 }, (_none, index) => click(index % 2 === 0 ? bob : carol, plan, "Approve")));
  expect(acks.every((ack) => ack.acked)).toBe(true);
  await card(ts, "result", /succeeded/);
  await lineSays(ts, /Done/);
  expect(kinds(ts)).toEqual(["line", "plan", "progress", "result"]);
  expect(startsOn(house, "restarts")).toBe(1);
  const told = (): number => since(bob) + since(carol) - (counts[bob] ?? 0) - (counts[carol] ?? 0);
  await eventually(
    () => told() === 9,
    undefined,
    () => `nine refusals, there are ${told()}`,
  );
  await refusedClick(bob, plan, "Approve", /already decided/);
  expect((await refusals(/already-decided/)).length).toBeGreaterThanOrEqual(10);
  expect(kinds(ts)).toEqual(["line", "plan", "progress", "result"]);
});

test("a version that a reply changed: the old card is refused, the new one is approved after a kill -9", async () => {
  const { ts, plan } = await planOf("deploy counter then restart counter");
  product.reply(ts, "only step 2");
  const second = await card(ts, "plan", /Plan · version 2 · waiting for approval/);
  await eventually(() => /superseded/.test(wordsOf(plan)) && buttonsOf(plan).length === 0, undefined, "the end of the old card");
  await refusedClick(bob, plan, "Approve", /version|newer|changed|replaced/i);
  chiffon.kill("SIGKILL");
  await chiffon.ended;
  await eventually(() => slack.connections === 0, undefined, "the end of the sockets");
  chiffon = await product.start(env);
  expect(kinds(ts).filter((kind) => kind !== "notice")).toEqual(["line", "plan", "plan"]);
  await click(bob, second, "Approve");
  await card(ts, "result", /succeeded/);
  await lineSays(ts, /Done/);
  expect(kinds(ts).filter((kind) => kind !== "notice")).toEqual(["line", "plan", "plan", "progress", "result"]);
  expect([startsOn(house), startsOn(house, "restarts")]).toEqual([0, 1]);
});

test("a value asked for and changed by form; a preview in its table; a plan that is rejected is no more", async () => {
  const ts = product.ask("configure tuning");
  const question = await card(ts, "question", /tuning_level/);
  const wrong = await fillIn(alice, question, "Fill in", { tuning_level: "five" });
  expect(wrong.payload).toEqual({ response_action: "errors", errors: { "1.tuning_level": "This is a whole number." } });
  await slack.submit({ user: alice, values: { tuning_level: "5" } });
  const plan = await card(ts, "plan", /tuning_level=5/);
  await fillIn(alice, plan, "Edit", { tuning_level: "7" });
  const second = await card(ts, "plan", /version 2 · waiting[^]*tuning_level=7/);
  await eventually(() => /superseded/.test(wordsOf(plan)), undefined, "the end of the first version");
  await click(alice, second, "Preview changes");
  const previewed = await card(ts, "plan", /Preview \(run \d+\): would change 1 host\nweb1 step 1: .*Note the level/);
  expect(previewed).toBe(second);
  expect(buttonsOf(second)).toContain("Preview again");
  const differences = await eventually(
    () => slack.files.find(({ name, completed }) => completed && /^preview-\d+\.diff$/.test(name)),
    undefined,
    "the file of differences",
  );
  expect(differences.threadTs).toBe(ts);
  expect(differences.content?.toString("utf8")).toMatch(/^# step 1, .* · web1 · tuning : Note the level\n[^]*\n\+level 7\n/);
  expect(existsSync(file("level"))).toBe(false);
  await fillIn(bob, second, "Reject", { "Why? The requester is told.": "seven is too much" });
  const told = await card(ts, "notice", /rejected[^]*seven is too much/);
  expect(pingsOf(told)).toEqual([alice]);
  await lineSays(ts, /rejected/);
  await refusedClick(carol, second, "Approve", /already decided/);
  expect(pinged(ts).filter((user) => user !== alice)).toEqual([]);
});

test("what is destructive wants a typed word and two people", async () => {
  writeFileSync(file("marker"), "here\n");
  const { ts, plan } = await planOf("remove counter");
  expect(wordsOf(plan)).toMatch(/⚠️ destructive/);
  let before = since(bob);
  await fillIn(bob, plan, "Approve", { [typeWord]: "yes" });
  await privately(bob, /type "destructive"/i, before);
  before = since(bob);
  await fillIn(bob, plan, "Approve", { [typeWord]: "destructive" });
  await privately(bob, /approval counts/i, before);
  await eventually(() => /So far: approved by @bob/.test(wordsOf(plan)), undefined, "the first vote on the card");
  before = since(bob);
  await fillIn(bob, plan, "Approve", { [typeWord]: "destructive" });
  await privately(bob, /already|once|counts/i, before);
  expect(existsSync(file("marker"))).toBe(true);
  await fillIn(carol, plan, "Approve", { [typeWord]: "destructive" });
  await card(ts, "result", /succeeded/);
  expect(existsSync(file("marker"))).toBe(false);
  expect(kinds(ts)).toEqual(["line", "plan", "progress", "result"]);
  expect(pinged(ts)).toEqual([alice]);
});

test("a run is stopped by its button, truthfully", async () => {
  const { ts, plan } = await planOf("deploy counter");
  await click(bob, plan, "Approve");
  await eventually(() => startsOn(house) === 1, undefined, "the start on the host");
  const progress = await card(ts, "progress", /running/);
  await refusedClick(dave, progress, "Cancel", /not/i);
  const before = since(alice);
  await click(alice, progress, "Cancel");
  await privately(alice, /^Stopping\. The result says how it went\./, before);
  const result = await card(ts, "result", /cancelled/i);
  expect(wordsOf(result)).toMatch(/Cancelled by @?alice/);
  await lineSays(ts, /Cancelled/);
  expect(existsSync(file("marker"))).toBe(false);
  expect(kinds(ts)).toEqual(["line", "plan", "progress", "result"]);
  const playing = (): boolean => processesWith(house.dataDir).some(({ commandLine }) => commandLine.includes("deploy-counter"));
  await eventually(() => !playing(), undefined, "the end of the play");
});

test("retry from failed is a new plan of what is left, for a new approval; the full log is a file", async () => {
  const { ts, plan } = await planOf("restart counter, then deploy fragile");
  await click(bob, plan, "Approve");
  const failed = await card(ts, "result", /Failed in step 2, "Deploy Fragile"/);
  expect(withoutSuggestions(buttonsOf(failed))).toEqual(["Retry from failed", "Full log"]);
  writeFileSync(file("repaired"), "");
  await click(alice, failed, "Retry from failed");
  const second = await card(ts, "plan", /waiting for approval/);
  expect(second.ts).not.toBe(plan.ts);
  expect(wordsOf(second)).toContain("deploy-fragile.yml");
  expect(wordsOf(second)).not.toContain("restart-counter.yml");
  await click(carol, second, "Approve");
  await card(ts, "result", /✅ Done/);
  await lineSays(ts, /Done/);
  expect(startsOn(house, "restarts")).toBe(1);
  await click(alice, failed, "Full log");
  await card(ts, "file");
  expect(slack.files.find((one) => one.threadTs === ts)?.content?.toString("utf8")).toMatch(/TASK Look for the repair[^]*failed: \[web1\]/);
  expect(kinds(ts)).toEqual(["line", "plan", "progress", "result", "plan", "progress", "result", "file"]);
});

test("what nobody could see the end of is said, and settled by a person", async () => {
  const { ts, plan } = await planOf("deploy counter");
  await click(bob, plan, "Approve");
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
  const result = await card(ts, "result", /Outcome unknown, please look/);
  await lineSays(ts, /outcome unknown/);
  expect(buttonsOf(result)).toEqual(["I looked: it succeeded", "I looked: it failed", "Full log"]);
  await refusedClick(alice, result, "I looked: it failed", /not/i);
  await click(carol, result, "I looked: it failed");
  await card(ts, "result", /❌ Failed/);
  await lineSays(ts, /Failed/);
  expect(kinds(ts)).toEqual(["line", "plan", "progress", "result"]);
  expect(pinged(ts)).toEqual([alice]);
});

test("half of the time over is said to approvers, its end to who asked; a card of before is refused", async () => {
  const { ts, plan } = await planOf("restart counter");
  const database = await openPostgres({ url: postgres.url, logger: silentLogger() });
  try {
    await shiftClock(database, 13 * 3_600);
    const reminder = await card(ts, "notice", /still waits/);
    expect(pingsOf(reminder).toSorted()).toEqual([bob, carol]);
    await shiftClock(database, 12 * 3_600);
  } finally {
    await database.close();
  }
  const over = await card(ts, "notice", /expired: nobody decided in time/);
  expect(pingsOf(over)).toEqual([alice]);
  await eventually(() => /Plan · expired/.test(wordsOf(plan)), undefined, "the end on the card");
  await lineSays(ts, /expired/);
  await refusedClick(bob, plan, "Approve", /expired/);
  expect(await refusals(/"expired"/)).toHaveLength(1);
  await click(alice, plan, "Make a new version");
  const renewed = await card(ts, "plan", /version 2 · waiting for approval/);
  await click(bob, renewed, "Approve");
  await card(ts, "result", /succeeded/);
  expect(startsOn(house, "restarts")).toBe(1);
  expect(slack.messages(ops).filter((message) => message.threadTs === undefined && message.botId !== undefined)).toEqual([]);
});
