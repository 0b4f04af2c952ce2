import { afterAll, expect, test } from "vitest";
import { noisyRepo, noise, secretToken } from "../helpers/e2e-chat-repo.ts";
import { createDiscordProduct, people, wordsOf } from "../helpers/e2e-discord.ts";
import { eventually } from "../helpers/e2e-house.ts";

// What playbooks say, and much of everything. The double refuses what is longer than Discord takes.
const product = await createDiscordProduct({ house: { repo: noisyRepo } });
const { discord, thread, kinds, card, click, lineSays, pinged } = product;
await product.start();

afterAll(() => discord.assertClean());

/** Everything that anybody was ever shown in this place, earlier versions and files too. */
const everShown = (id: string): string =>
  thread(id)
    .flatMap((one) => [one.text, ...one.edits.map((edit) => JSON.stringify(edit)), ...one.attachments.map((file) => file.text)])
    .join("\n");

test("output that shouts, fakes markup and hides: readable, pings nobody, and no secret in it", async () => {
  const id = product.ask("check noise");
  click("alice", await card(id, "plan", /waiting for approval/), "Approve");
  const result = await card(id, "result", /failed/);
  await lineSays(id, /Failed/);
  click("alice", result, "Full log");
  await eventually(() => kinds(id).filter((kind) => kind === "file").length > 0);
  expect(wordsOf(result)).toMatch(/Failed in step 1, "Check Noise"/);
  // Once, and only to say that it ended.
  expect(pinged(id)).toEqual(["alice"]);
  expect(discord.pings.some((ping) => ping.everyone || ping.roles.length > 0)).toBe(false);
  expect(everShown(id)).not.toContain(secretToken);
  expect(everShown(id)).not.toMatch(/[\u202A-\u202E\u2066-\u2069\u200B-\u200F\u2060]/);
  // It stands in a block that it cannot leave: fences open and close, and what follows is not in one.
  for (const embed of result.embeds) expect((embed.description ?? "").split("```").length % 2).toBe(1);
  expect(result.text).toContain("@everyone");
  expect(result.text).toContain("ˋˋˋ");
  expect(result.text).not.toContain(noise[2]);
  const files = thread(id).flatMap((one) => one.attachments);
  const log = files.find((one) => /line 4999 of many/.test(one.text));
  expect(log?.text).toMatch(/line 0 of many[^]*line 4999 of many/);
  expect(wordsOf(result)).toMatch(/more lines, all of it in run-\d+\.txt below|more characters|\+\d+ characters/);
});

test("what a person types is shown as they typed it, and pings nobody", async () => {
  const id = product.ask(`check noise for @everyone and <@${people.bob}> # now \`\`\` ||quietly||`);
  await eventually(() => thread(id).length > 0);
  const line = await lineSays(id, /@everyone/);
  expect(wordsOf(line)).toContain("||quietly||");
  expect(pinged(id)).toEqual([]);
});

test("sixty hosts: what does not fit stands in files, complete", async () => {
  const id = product.ask("check fleet");
  const plan = await card(id, "plan", /waiting for approval/);
  expect(wordsOf(plan)).toMatch(/on 60 hosts: `web01`, [^]* \+\d+ more, all of it in plan-\w+\.txt below/);
  const file = await card(id, "file");
  for (let host = 1; host <= 60; host += 1) expect(file.attachments[0]?.text).toContain(`web${String(host).padStart(2, "0")}`);
  click("alice", plan, "Approve");
  const result = await card(id, "result", /succeeded/);
  await eventually(() => kinds(id).filter((kind) => kind === "file").length === 2);
  expect(wordsOf(result)).toMatch(/… and 30 more|… and 50 more|… and 57 more/);
  const all = thread(id).at(-1)?.attachments[0];
  expect(all?.filename).toMatch(/^run-\d+\.txt$/);
  for (let host = 1; host <= 60; host += 1) expect(all?.text).toMatch(new RegExp(`web${String(host).padStart(2, "0")}\\s+1\\s`));
  expect(kinds(id)).toEqual(["plan", "file", "progress", "result", "file"]);
});

test("ten steps, stopped on the way: all of them on the plan, the progress and the result, in their order", async () => {
  const names = ["alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel", "india", "juliett"];
  const id = product.ask(names.map((name) => `configure ${name}`).join(", then "));
  const plan = await card(id, "plan", /waiting for approval/);
  const order = new RegExp(names.map((name, index) => `${index + 1}\\. Configure ${name}\\b`).join("[^]*"), "i");
  const wholePlan = [wordsOf(plan), ...thread(id).flatMap((one) => one.attachments.map((file) => file.text))].join("\n");
  expect(wholePlan).toMatch(order);
  click("alice", plan, "Approve");
  const progress = await card(id, "progress", /Run \d+ · running/);
  expect(wordsOf(progress)).toMatch(order);
  // Ten starts of ansible would take long: those that were not started are told, too.
  click("alice", progress, "Cancel");
  const result = await card(id, "result", /Cancelled by/);
  await lineSays(id, /Cancelled by/);
  expect(wordsOf(result)).toMatch(order);
});
