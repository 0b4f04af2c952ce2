import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { chatRepo } from "../helpers/e2e-chat-repo.ts";
import { createDiscordProduct, labelsOf, people, wordsOf } from "../helpers/e2e-discord.ts";
import { eventually } from "../helpers/e2e-house.ts";
import { startsOn } from "../helpers/e2e-slow-repo.ts";

// A platform that is away, slow or refuses: runs go on, and every thread ends complete, in order and without doubles. Replies need a mention here.
const product = await createDiscordProduct({ house: { repo: chatRepo }, messageContent: false });
const { discord, house, thread, kinds, card, click, lineSays, pinged } = product;
const file = (name: string): string => join(house.dataDir, name);
await product.start();

// Clicks while Discord cannot be reached have no answer in time: the platform says so to who clicked. Nothing else may be wrong.
afterAll(() => discord.assertClean({ unanswered: true }));
beforeEach(() => {
  for (const name of ["go", "starts", "restarts", "marker"]) rmSync(file(name), { force: true });
});

const posts = /^POST \/(?:api\/v10\/)?channels\/\d+\/messages/;
const planned = async (text: string): Promise<{ id: string; plan: Awaited<ReturnType<typeof card>> }> => {
  const id = product.ask(text);
  return { id, plan: await card(id, "plan", /waiting for approval/) };
};
const oneLine = (id: string): void =>
  expect(discord.messages("ops").filter((one) => one.author.bot && one.reference === id)).toHaveLength(1);

test("the connection is cut, renewed and made anew while a playbook runs; what was said meanwhile is heard", async () => {
  discord.gateway.resumeDoubles = true;
  const { id, plan } = await planned("deploy counter");
  click("bob", plan, "Approve");
  await eventually(() => startsOn(house) === 1, undefined, "the start on the host");
  discord.cut(1_500);
  const meanwhile = product.ask("restart counter");
  await eventually(() => discord.gateway.resumes >= 1, undefined, "a resume");
  const second = await card(meanwhile, "plan", /waiting for approval/);
  discord.reconnect();
  await eventually(() => discord.gateway.resumes >= 2, undefined, "another resume");
  discord.invalidSession(false);
  await eventually(() => discord.gateway.identifies >= 2 && discord.gateway.connected, undefined, "a new session");
  writeFileSync(file("go"), "");
  await card(id, "result", /succeeded/);
  await lineSays(id, /Done/);
  click("carol", second, "Approve");
  await card(meanwhile, "result", /succeeded/);
  await lineSays(meanwhile, /Done/);
  for (const one of [id, meanwhile]) {
    expect(kinds(one)).toEqual(["plan", "progress", "result"]);
    oneLine(one);
    expect(pinged(one)).toEqual(["alice"]);
  }
  expect([startsOn(house), startsOn(house, "restarts")]).toEqual([1, 1]);
});

test("Discord is away from the approval until after the end: the thread is whole when it is back", async () => {
  const { id, plan } = await planned("restart counter");
  discord.failFor(300_000);
  click("bob", plan, "Approve");
  await eventually(
    async () => (await house.runs()).find((run) => run.text === "restart counter")?.state === "succeeded",
    undefined,
    "the end",
  );
  expect(kinds(id)).toEqual(["plan"]);
  discord.failFor(0);
  await card(id, "result", /succeeded/);
  await lineSays(id, /Done/);
  await eventually(() => /Plan · approved/.test(thread(id)[0]?.text ?? ""));
  expect(kinds(id)).toEqual(["plan", "progress", "result"]);
  expect(pinged(id)).toEqual(["alice"]);
  oneLine(id);
  expect(startsOn(house, "restarts")).toBe(1);
});

test("asked to wait with 429, lost answers and a result that Discord finds too long: each message once, in order", async () => {
  const { id, plan } = await planned("deploy counter");
  discord.failNext({ route: posts, status: 429, retryAfter: 3 });
  // It was done, and only its answer lost: the same key must find it.
  discord.failNext({ route: posts, status: 502, applied: true });
  discord.failNext({ route: /^PATCH /, status: 429, retryAfter: 3, times: 2 });
  click("bob", plan, "Approve");
  await card(id, "progress", /running/);
  await eventually(() => startsOn(house) === 1, undefined, "the start on the host");
  await eventually(() => kinds(id).length === 2);
  discord.failNext({ route: posts, status: 403, code: 50_035, message: "Invalid Form Body" });
  writeFileSync(file("go"), "");
  const result = await card(id, "result", /succeeded/);
  await lineSays(id, /Done/);
  expect(kinds(id)).toEqual(["plan", "progress", "result"]);
  expect(wordsOf(result)).toMatch(/Done, \d+ changes/);
  expect(pinged(id)).toEqual(["alice"]);
  oneLine(id);
  expect(startsOn(house)).toBe(1);

  // A file that fails twice comes all the same, once.
  discord.failNext({ route: posts, status: 500, times: 2 });
  click("alice", result, "Full log");
  const log = await card(id, "file");
  expect(log.attachments[0]?.text).toContain("Write the marker");
  expect(kinds(id)).toEqual(["plan", "progress", "result", "file"]);
});

test("the plan's message is deleted in the moment of its approval, and the mention before: what they say is said", async () => {
  const { id, plan } = await planned("restart counter");
  click("bob", plan, "Approve");
  discord.deleteMessage(plan);
  await card(id, "result", /succeeded/);
  await lineSays(id, /Done/);
  const again = await card(id, "plan", new RegExp(`Plan · approved[^]*<@${people.bob}>`));
  expect(labelsOf(again)).toEqual([]);
  expect(kinds(id).toSorted()).toEqual(["plan", "progress", "result"]);
  expect(startsOn(house, "restarts")).toBe(1);

  const other = await planned("restart counter");
  const line = await lineSays(other.id, /waiting for approval/);
  discord.deleteMessage(other.id);
  discord.deleteMessage(line);
  discord.archiveThread(other.id);
  click("carol", other.plan, "Approve");
  await card(other.id, "result", /succeeded/);
  expect(kinds(other.id)).toEqual(["plan", "progress", "result"]);
  await eventually(() =>
    discord.messages("ops").some((one) => one.author.bot && /Done/.test(one.text) && BigInt(one.id) > BigInt(line.id)),
  );
  expect(startsOn(house, "restarts")).toBe(2);
});
