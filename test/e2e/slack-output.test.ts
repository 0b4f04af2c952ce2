import { afterAll, expect, test } from "vitest";
import { noise, noisyRepo, secretToken } from "../helpers/e2e-chat-repo.ts";
import { eventually } from "../helpers/e2e-house.ts";
import { alice, bob, createSlackProduct, wordsOf } from "../helpers/e2e-slack.ts";

// What playbooks say, and much of everything. The double refuses what is longer than Slack takes.
const product = await createSlackProduct({ repo: noisyRepo });
const { slack, thread, kinds, card, click, lineSays, pinged } = product;
await product.start();

afterAll(() => slack.assertClean());

const filesOf = (ts: string): { readonly name: string; readonly text: string }[] =>
  slack.files
    .filter((file) => file.threadTs === ts && file.completed)
    .map((file) => ({ name: file.name, text: file.content?.toString("utf8") ?? "" }));
/** Everything that anybody was ever shown here, earlier versions and files too. */
const everShown = (ts: string): string =>
  [
    ...thread(ts).flatMap((one) => [one, ...one.edits].flatMap((version) => [version.text, wordsOf(version)])),
    ...filesOf(ts).map((file) => file.text),
  ].join("\n");
const hosts = Array.from({ length: 60 }, (_none, index) => `web${String(index + 1).padStart(2, "0")}`);

test("output that shouts, fakes markup and hides: readable, pings nobody, and no secret in it", async () => {
  const ts = product.ask("check noise");
  await click(alice, await card(ts, "plan", /waiting for approval/), "Approve");
  const result = await card(ts, "result", /Failed in step 1, "Check Noise"/);
  await lineSays(ts, /Failed/);
  const before = filesOf(ts).length;
  await click(alice, result, "Full log");
  await eventually(() => filesOf(ts).length > before, undefined, "the full log");
  // Once, and only to say that it ended.
  expect(pinged(ts)).toEqual([alice]);
  const all = everShown(ts);
  expect(all).not.toContain(secretToken);
  expect(all).not.toMatch(/[\u202A-\u202E\u2066-\u2069\u200B-\u200F\u2060]/);
  // As it was written, in pieces that Slack does not read markup in.
  for (const part of ["@everyone", "<!channel>", `<@${bob}>`, "``` not a fence ```", "||no spoiler||", "back\\u202edraw"])
    expect(wordsOf(result)).toContain(part);
  expect(wordsOf(result)).not.toContain(noise[2]);
  expect(JSON.stringify(result.blocks)).not.toContain('"mrkdwn"');
  expect(wordsOf(result)).toMatch(/… \d+ more lines[^]*Not everything fits here: the full text is in run-1\.txt/);
  for (const file of filesOf(ts)) expect(file.text).toMatch(/line 0 of many[^]*line 4999 of many/);
});

test("what a person types is shown as they typed it, and pings nobody", async () => {
  const ts = product.ask("check noise for @everyone and @bob # now ``` ||quietly|| <!channel> & *more*");
  await lineSays(ts, /@everyone and @\w+ # now ``` \|\|quietly\|\| <!channel> & \*more\*/i);
  await eventually(() => kinds(ts).length > 1, undefined, "an answer");
  expect(pinged(ts)).toEqual([]);
});

test("sixty hosts: all of them on the plan, and what does not fit into the result stands in a file, complete", async () => {
  const ts = product.ask("check fleet");
  const plan = await card(ts, "plan", /waiting for approval/);
  expect(wordsOf(plan)).toMatch(new RegExp(`1 step on 60 hosts[^]*60 hosts: ${hosts.join(", ")}\n`));
  await click(alice, plan, "Approve");
  const result = await card(ts, "result", /succeeded/);
  expect(wordsOf(result)).toMatch(/… and \d+ more[^]*Not everything fits here: the full text is in run-\d+\.txt/);
  const all = await eventually(() => filesOf(ts).find((file) => file.name.startsWith("run-")), undefined, "the file of all hosts");
  for (const host of hosts) expect(all.text).toMatch(new RegExp(`${host}\\s+1\\s`));
  expect(kinds(ts)).toEqual(["line", "plan", "progress", "result", "file"]);
  expect(pinged(ts)).toEqual([alice]);
});

test("ten steps, stopped on the way: all of them on the plan, the progress and the result, in their order", async () => {
  const names = ["alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel", "india", "juliett"];
  const ts = product.ask(names.map((name) => `configure ${name}`).join(", then "));
  const plan = await card(ts, "plan", /waiting for approval/);
  const order = new RegExp(names.map((name, index) => `${index + 1}\\. Configure ${name}\\b`).join("[^]*"), "i");
  expect(wordsOf(plan)).toMatch(order);
  await click(alice, plan, "Approve");
  const progress = await card(ts, "progress", /Run \d+ · running/);
  expect(wordsOf(progress)).toMatch(order);
  // Ten starts of ansible would take long: those that were not started are told, too.
  await click(alice, progress, "Cancel");
  const result = await card(ts, "result", /Cancelled by/);
  await lineSays(ts, /Cancelled by/);
  expect(wordsOf(result)).toMatch(order);
  expect(pinged(ts)).toEqual([alice]);
});
