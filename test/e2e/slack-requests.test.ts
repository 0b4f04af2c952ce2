import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { withoutSuggestions } from "../helpers/e2e-chat.ts";
import { eventually } from "../helpers/e2e-house.ts";
import { alice, bob, buttonsOf, carol, createSlackProduct, ops, pingsOf, wordsOf } from "../helpers/e2e-slack.ts";

// One product for all of them: from what a person says to what they see at the end, as the channel shows it.
const product = await createSlackProduct({ lint: true });
const { slack, house, thread, kinds, card, click, lineSays, pinged } = product;
await product.start();
const text = "Deploy Kuma Uptime to homelab and add existing portals to config";
const onHost = join(house.dataDir, "homelab", "lab01");

afterAll(() => slack.assertClean());

test("the first request from a mention to its result", async () => {
  const ts = product.ask(text);
  const plan = await card(ts, "plan", /waiting for approval/);
  expectKumaPlan(wordsOf(plan));
  expect(buttonsOf(plan)).toEqual(["Approve", "Preview changes", "Edit", "Reject"]);
  const line = await lineSays(ts, /waiting for approval/);
  expect(wordsOf(line)).toContain(`@alice: “${text}”`);
  expect(kinds(ts)).toEqual(["line", "plan"]);

  await click(bob, plan, "Approve");
  const result = await card(ts, "result");
  expect(await lineSays(ts, /✅ [^]* · Done, \d+ changes$/)).toBe(line);
  const progress = await card(ts, "progress", /Run 1 · succeeded[^]*✅ 1\. Deploy Uptime Kuma · succeeded[^]*✅ 2\. Configure/);
  await eventually(() => /Plan · approved[^]*Approved by @bob, \d{4}-/.test(wordsOf(plan)), undefined, "the decision on the card");
  expect(kinds(ts)).toEqual(["line", "plan", "progress", "result"]);
  expect(buttonsOf(plan)).toEqual([]);
  // One message for all that went on, with a way to stop it as long as there is one.
  expect(progress.edits.length).toBeGreaterThan(0);
  expect(progress.edits.every((edit) => buttonsOf(edit).includes("Cancel"))).toBe(true);
  expect(buttonsOf(progress)).toEqual([]);

  const words = wordsOf(result);
  expect(words).toMatch(/^✅ Done, \d+ changes\n<@UALICE> run 1 succeeded · .* · audit entry \d+ · commit [0-9a-f]{10}/);
  expect(words).toMatch(/1\. Deploy Uptime Kuma · succeeded[^]*lab01 +\d[^]*2 suggestions[^]*fqcn\[action-core\][^]*name\[casing\]/);
  expect(words).toMatch(/2\. Configure the monitors of Uptime Kuma · succeeded[^]*lab01 +\d/);
  // The gravest first; of one file and line by rule.
  const labels = buttonsOf(result);
  expect(labels[0]).toBe("Full log");
  expect(labels.slice(1, 5).map((label) => label.split(",")[0])).toEqual([
    "Apply suggestion: fqcn[action-core]",
    "Dismiss: fqcn[action-core]",
    "Apply suggestion: name[casing]",
    "Dismiss: name[casing]",
  ]);
  // The result pings who asked; nothing else pings anybody, and nobody was told anything alone.
  expect(thread(ts).map(pingsOf)).toEqual([[], [], [], [alice]]);
  expect([alice, bob, carol].flatMap((user) => slack.ephemerals(user))).toEqual([]);

  await click(carol, result, "Full log");
  await card(ts, "file");
  const log = slack.files.find((file) => file.threadTs === ts);
  expect(log).toMatchObject({ name: "run-1.txt", completed: true });
  expect(log?.content?.toString("utf8")).toMatch(/RUN running[^]*TASK uptime_kuma[^]*STEP 2 succeeded[^]*RUN succeeded/);
  expect(readFileSync(join(onHost, "uptime-kuma", "monitors.json"), "utf8")).toContain("https://git.home.arpa/api/healthz");
});

test("the same by slash command: the thread grows below the line that it leaves in the channel", async () => {
  const before = slack.messages(ops).length;
  await slack.command({ user: alice, channel: ops, command: "/chiffon", text });
  const line = await eventually(
    () =>
      slack
        .messages(ops)
        .slice(before)
        .find((message) => message.threadTs === undefined),
    undefined,
    "a line in the channel",
  );
  const plan = await card(line.ts, "plan", /waiting for approval/);
  expectKumaPlan(wordsOf(plan));
  await click(bob, plan, "Approve");
  const result = await card(line.ts, "result", /✅ Done/);
  expect(wordsOf(result)).toMatch(/✅ Done, nothing had to be changed\n<@UALICE> run 2 succeeded/);
  expect(await lineSays(line.ts, /Done, nothing had to be changed/)).toBe(line);
  expect(kinds(line.ts)).toEqual(["line", "plan", "progress", "result"]);
  expect(thread(line.ts).map(pingsOf)).toEqual([[], [], [], [alice]]);
});

test("a direct message: plan, approval and result are there, and nothing is in the channel", async () => {
  const before = slack.messages(ops).length;
  const { channel } = slack.directMessage({ user: alice, text: "disk report on lab01" });
  const mine = (words: RegExp): Promise<ReturnType<typeof thread>[number]> =>
    eventually(
      () => slack.messages(channel).find((message) => message.botId !== undefined && words.test(wordsOf(message))),
      undefined,
      () => `${String(words)}; there is: ${slack.messages(channel).map(wordsOf).join("\n---\n")}`,
    );
  const plan = await mine(/Plan · waiting for approval/);
  expect(wordsOf(plan)).toMatch(/only reads/);
  await click(alice, plan, "Approve");
  const result = await mine(/succeeded · .* · audit entry/);
  expect(pingsOf(result)).toEqual([alice]);
  expect(withoutSuggestions(buttonsOf(result))).toEqual(["Full log"]);
  expect(slack.messages(ops)).toHaveLength(before);
});

test("a value that is lacking is asked for by a form made from the argument spec", async () => {
  const ts = product.ask("run playbooks/manage-users.yml on lab01");
  const question = await card(ts, "question", /A few values are missing[^]*user_name: Login name of the person/);
  await lineSays(ts, /waits for an answer/);
  await product.fillIn(alice, question, "Fill in", { user_name: "zoe" });
  const plan = await card(ts, "plan", /1 host: lab01[^]*with [^]*user_name=zoe/);
  await click(carol, plan, "Approve");
  await card(ts, "result", /✅ Done, \d+ change/);
  await lineSays(ts, /Done/);
  expect(pinged(ts)).toEqual([alice]);
  expect(readFileSync(join(onHost, "sysusers.d", "people.conf"), "utf8")).toContain("zoe");
});

test("the same said in the thread is echoed; a rejection with a reason reaches who asked", async () => {
  const ts = product.ask("run playbooks/manage-users.yml on lab01");
  await card(ts, "question", /user_name/);
  product.reply(ts, "user_name = yara");
  const plan = await card(ts, "plan", /user_name=yara/);
  await card(ts, "notice", /yara/);
  await product.fillIn(bob, plan, "Reject", { "Why? The requester is told.": "not on a Saturday" });
  const told = await card(ts, "notice", /rejected[^]*not on a Saturday/);
  expect(pingsOf(told)).toEqual([alice]);
  await lineSays(ts, /rejected/);
  await eventually(() => /Rejected by @bob[^]*not on a Saturday/.test(wordsOf(plan)), undefined, "the reason on the card");
  expect(pinged(ts)).toEqual([alice]);
  expect((await house.runs()).map((run) => run.state)).toEqual(["succeeded", "succeeded", "succeeded", "succeeded"]);
});

function expectKumaPlan(words: string): void {
  expect(words).toContain(text);
  expect(words).toMatch(/Asked by @alice · 2 steps on 1 host · changes hosts/);
  expect(words).toMatch(
    /1\. Deploy Uptime Kuma\n1 host: lab01\nrisk: changes hosts[^]*playbook playbooks\/deploy-uptime-kuma\.yml · 0\.\d\d exact\nwhy: /,
  );
  expect(words).toMatch(
    /2\. Configure the monitors of Uptime Kuma · after step 1\n1 host: lab01\nrisk: changes hosts[^]*configure-uptime-kuma\.yml/,
  );
  expect(words).toMatch(/May approve: approvers \(not who asked: .+\)\nExpires \d{4}-.* · digest [0-9a-f]{12}/);
}
