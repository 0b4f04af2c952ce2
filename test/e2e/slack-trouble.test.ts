import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { chatRepo } from "../helpers/e2e-chat-repo.ts";
import { eventually } from "../helpers/e2e-house.ts";
import { startsOn } from "../helpers/e2e-slow-repo.ts";
import { alice, bob, buttonsOf, carol, createSlackProduct, kindOf, ops, wordsOf } from "../helpers/e2e-slack.ts";
import type { FakeMessage, FakeView } from "../helpers/fake-slack/world.ts";

// A platform that is away, slow or refuses: runs go on, and every thread ends complete, in order and without doubles.
const product = await createSlackProduct({ repo: chatRepo });
const { slack, house, thread, kinds, card, click, lineSays, pinged } = product;
const file = (name: string): string => join(house.dataDir, name);
await product.start();

afterAll(() => slack.assertClean());
beforeEach(() => {
  for (const name of ["go", "starts", "restarts", "marker"]) rmSync(file(name), { force: true });
});

const whole = ["line", "plan", "progress", "result"];
const planned = async (text: string): Promise<{ ts: string; plan: FakeMessage }> => {
  const ts = product.ask(text);
  const plan = await card(ts, "plan", /waiting for approval/);
  await lineSays(ts, /waiting for approval/);
  return { ts, plan };
};
/** Bob's own page as it is now, with the plan that waits. */
const openHome = async (): Promise<FakeView> => {
  const before = slack.home(bob)?.hash;
  await slack.openHome(bob);
  const home = await eventually(() => (slack.home(bob)?.hash === before ? undefined : slack.home(bob)), undefined, "the home page");
  expect(JSON.stringify(home.body).match(/"Show plan"/g)).toHaveLength(1);
  return home;
};
const faultsOf = (method: string, error: (call: { status: number; error?: string }) => boolean): number =>
  slack.callsTo(method).filter(error).length;

test("the sockets are cut, renewed and closed while a playbook runs; what was said meanwhile is heard", async () => {
  const { ts, plan } = await planned("deploy counter");
  await click(bob, plan, "Approve");
  await eventually(() => startsOn(house) === 1, undefined, "the start on the host");
  slack.cut();
  const meanwhile = product.ask("restart counter");
  const second = await card(meanwhile, "plan", /waiting for approval/);
  const opened = (): number => slack.callsTo("apps.connections.open").length;
  for (const reason of ["warning", "refresh_requested"] as const) {
    const before = opened();
    slack.disconnect(reason);
    await eventually(() => opened() > before && slack.connections > 0, undefined, `a socket after ${reason}`);
  }
  slack.disconnectOne();
  writeFileSync(file("go"), "");
  await card(ts, "result", /succeeded/);
  await lineSays(ts, /Done/);
  await eventually(() => slack.connections > 0, undefined, "a socket");
  await click(carol, second, "Approve");
  await card(meanwhile, "result", /succeeded/);
  await lineSays(meanwhile, /Done/);
  for (const one of [ts, meanwhile]) {
    expect(kinds(one)).toEqual(whole);
    expect(pinged(one)).toEqual([alice]);
  }
  expect([startsOn(house), startsOn(house, "restarts")]).toEqual([1, 1]);
});

test("Slack answers nothing but 503 from before the approval until after the end: the thread is whole when it is back", async () => {
  const { ts, plan } = await planned("restart counter");
  // Who Bob is was asked a moment ago: a click of somebody whom Slack cannot tell about is refused.
  await openHome();
  slack.failFor(300_000);
  await click(bob, plan, "Approve");
  await eventually(async () => (await house.runs()).filter((run) => run.text === "restart counter").length === 2, undefined, "the run");
  await eventually(async () => (await house.runs())[0]?.state === "succeeded", undefined, "the end");
  expect(kinds(ts)).toEqual(["line", "plan"]);
  slack.failFor(0);
  await card(ts, "result", /succeeded/);
  await lineSays(ts, /Done/);
  await eventually(() => /Plan · approved/.test(wordsOf(plan)), undefined, "the decision on the card");
  expect(kinds(ts)).toEqual(whole);
  expect(pinged(ts)).toEqual([alice]);
  expect(startsOn(house, "restarts")).toBe(1);
});

test("asked to wait with 429, lost answers and a result that Slack finds too long: each message once, in order", async () => {
  const { ts, plan } = await planned("deploy counter");
  slack.failNext({ method: "chat.postMessage", status: 429, retryAfter: 3 });
  // It was done, and only its answer lost: the same key must find it.
  slack.failNext({ method: "chat.postMessage", status: 502, afterDoing: true });
  slack.failNext({ method: "chat.update", status: 429, retryAfter: 3, times: 2 });
  await click(bob, plan, "Approve");
  await card(ts, "progress", /running/);
  await eventually(() => startsOn(house) === 1, undefined, "the start on the host");
  await lineSays(ts, /running/);
  expect(kinds(ts)).toEqual(["line", "plan", "progress"]);
  slack.failNext({ method: "chat.postMessage", error: "msg_too_long" });
  writeFileSync(file("go"), "");
  const result = await card(ts, "result", /✅ Done, \d+ changes/);
  await lineSays(ts, /Done/);
  await card(ts, "progress", /succeeded/);
  expect(kinds(ts)).toEqual(whole);
  expect(pinged(ts)).toEqual([alice]);
  expect(startsOn(house)).toBe(1);
  expect(faultsOf("chat.postMessage", (call) => call.status === 429)).toBeGreaterThan(0);
  expect(faultsOf("chat.postMessage", (call) => call.status === 502)).toBe(1);
  expect(faultsOf("chat.update", (call) => call.status === 429)).toBeGreaterThan(1);
  expect(faultsOf("chat.postMessage", (call) => call.error === "msg_too_long")).toBe(1);

  // A file that fails twice, in two of its three calls, comes all the same, once.
  slack.failNext({ method: "files.getUploadURLExternal", status: 500 });
  slack.failNext({ method: "files.completeUploadExternal", status: 500 });
  await click(alice, result, "Full log");
  await card(ts, "file");
  await eventually(() => faultsOf("files.completeUploadExternal", (call) => call.status === 200) === 1, undefined, "the upload");
  const sent = slack.files.filter((one) => one.threadTs === ts && one.completed);
  expect(sent.map((one) => one.content?.toString("utf8").includes("TASK Write the marker"))).toEqual([true]);
  expect(kinds(ts)).toEqual([...whole, "file"]);
});

test("the plan's message is deleted before its approval elsewhere, and the mention itself: what they say is said", async () => {
  const { ts, plan } = await planned("restart counter");
  slack.deleteMessage(ops, plan.ts);
  // Somebody approves it from the lists of their own page.
  const home = await openHome();
  await slack.clickInView({ user: bob, viewId: home.id, text: "Show plan" });
  const direct = (user: string): FakeMessage[] =>
    [...slack.world.channels.values()].filter((one) => one.directWith === user).flatMap((one) => slack.messages(one.id));
  const shown = await eventually(() => direct(bob).findLast((message) => kindOf(message) === "plan"), undefined, "the plan, shown to Bob");
  await click(bob, shown, "Approve");
  await card(ts, "result", /succeeded/);
  await lineSays(ts, /Done/);
  const again = await card(ts, "plan", /Plan · approved[^]*Approved by @bob/);
  expect(buttonsOf(again)).toEqual([]);
  expect(kinds(ts).toSorted()).toEqual(whole.toSorted());
  expect(startsOn(house, "restarts")).toBe(1);

  const other = await planned("restart counter");
  slack.deleteMessage(ops, other.ts);
  await click(carol, other.plan, "Approve");
  await eventually(() => startsOn(house, "restarts") === 2, undefined, "the run");
  await card(other.ts, "result", /succeeded/);
  expect(thread(other.ts).map(kindOf)).toEqual(whole);
  expect((await house.runs()).map((run) => run.state).every((state) => state === "succeeded")).toBe(true);
});
