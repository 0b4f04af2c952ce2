import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { createDiscordProduct, labelsOf, people, wordsOf } from "../helpers/e2e-discord.ts";
import { withoutSuggestions } from "../helpers/e2e-chat.ts";
import { eventually } from "../helpers/e2e-house.ts";

// One product for all of them: from what a person says to what they see at the end, as the channel shows it.
const product = await createDiscordProduct({ house: { lint: true } });
const { discord, house, thread, kinds, card, click, lineSays, pinged } = product;
await product.start();
const onHost = join(house.dataDir, "homelab", "lab01");

afterAll(() => discord.assertClean());

test("the first request from a mention to its result", async () => {
  const text = "Deploy Kuma Uptime to homelab and add existing portals to config";
  const id = product.ask(text);
  const plan = await card(id, "plan", /waiting for approval/);
  expect(discord.threads).toContainEqual(expect.objectContaining({ id, name: text }));
  expect(wordsOf(await lineSays(id, /waiting for approval/))).toContain(`<@${people.alice}>: “${text}”`);
  const words = wordsOf(plan);
  expect(words).toContain(`<@${people.alice}>: “${text}”`);
  expect(words).toMatch(
    /1\. Deploy Uptime Kuma[^]*playbooks\/deploy-uptime-kuma\.yml` · 0\.\d\d exact\nwhy: [^]*on 1 host: `lab01`\nrisk: changes hosts/,
  );
  expect(words).toMatch(/2\. Configure the monitors of Uptime Kuma\*\* · after step 1[^]*configure-uptime-kuma\.yml[^]*on 1 host: `lab01`/);
  expect(words).toMatch(
    /Risk\nchanges hosts\nDigest\n`[0-9a-f]{12}`\nExpires\n<t:\d+:f> \(<t:\d+:R>\)\nWho may approve\napprovers \(not who asked: alice\)/,
  );
  expect(labelsOf(plan)).toEqual(["Approve", "Preview changes", "Edit", "Reject"]);
  expect(pinged(id)).toEqual([]);

  click("bob", plan, "Approve");
  const result = await card(id, "result");
  await lineSays(id, /\*\*Done, \d+ changes\*\*/);
  expect(kinds(id)).toEqual(["plan", "progress", "result"]);
  expect(discord.messages("ops").filter((message) => message.author.bot)).toHaveLength(1);
  const [decided, progress] = thread(id);
  expect(wordsOf(decided!)).toMatch(new RegExp(`Plan · approved[^]*✅ Approved by <@${people.bob}> at <t:\\d+:f>`));
  expect(labelsOf(decided!)).toEqual([]);
  expect(progress!.edits.length).toBeGreaterThan(1);
  expect(wordsOf(progress!)).toMatch(/Run 1 · succeeded[^]*✅ 1\. Deploy Uptime Kuma · succeeded[^]*✅ 2\. Configure/);
  expect(labelsOf(progress!)).toEqual([]);
  expect(wordsOf(result)).toMatch(/✅ Run 1 · succeeded\n\*\*Done, \d+ changes\*\*\n.* · audit entry \d+ · commit [0-9a-f]{10}/);
  expect(wordsOf(result)).toMatch(/`lab01`: \d+ ok, \d+ changed[^]*2 suggestions[^]*fqcn\[action-core\][^]*name\[casing\]/);
  // The gravest first; of one file and line by rule.
  const labels = labelsOf(result);
  expect(labels[0]).toBe("Full log");
  expect(labels.slice(1, 5).map((label) => label.split(",")[0])).toEqual([
    "Apply suggestion: fqcn[action-core]",
    "Dismiss: fqcn[action-core]",
    "Apply suggestion: name[casing]",
    "Dismiss: name[casing]",
  ]);
  expect(pinged(id)).toEqual(["alice"]);

  click("carol", result, "Full log");
  const log = await card(id, "file");
  expect(log.attachments[0]).toMatchObject({ filename: "run-1.txt", text: expect.stringMatching(/configure-uptime-kuma|Uptime Kuma/) });
  expect(readFileSync(join(onHost, "uptime-kuma", "monitors.json"), "utf8")).toContain("https://git.home.arpa/api/healthz");
});

test("a slash command, and the value that it lacks by a form", async () => {
  const used = discord.command({
    user: "alice",
    channel: "ops",
    name: "chiffon run",
    options: { playbook: "playbooks/manage-users.yml", host: "lab01" },
  });
  const line = await eventually(() => discord.messages("ops").findLast((one) => one.author.bot && one.text.includes("manage-users.yml")));
  const question = await card(line.id, "question");
  expect(wordsOf(question)).toMatch(/A few values are missing[^]*user_name[^]*Login name of the person/);
  expect(used.ephemeral).toBe(true);
  const [fillIn = ""] = labelsOf(question);
  await product.fillIn("alice", question, fillIn, { user_name: "zoe" });
  const plan = await card(line.id, "plan", /user_name=zoe/);
  expect(plan.id).toBe(question.id);
  click("carol", plan, "Approve");
  await card(line.id, "result", /Run 2 · succeeded/);
  await lineSays(line.id, /Done/);
  expect(kinds(line.id)).toEqual(["plan", "progress", "result"]);
  expect(pinged(line.id)).toEqual(["alice"]);
  expect(readFileSync(join(onHost, "sysusers.d", "people.conf"), "utf8")).toContain("zoe");
});

test("a value that is lacking, said in the thread, is echoed", async () => {
  const id = product.ask("run playbooks/manage-users.yml on lab01");
  const question = await card(id, "question");
  discord.message({ user: "alice", thread: id, text: "user_name = yara" });
  const plan = await card(id, "plan", /user_name=yara/);
  expect(plan.id).toBe(question.id);
  await card(id, "notice", /yara/);
  await product.fillIn("bob", plan, "Reject", { "Why? The requester is told.": "not on a Saturday" });
  await card(id, "notice", /rejected[^]*not on a Saturday/);
  await lineSays(id, /rejected/);
  expect(pinged(id)).toEqual(["alice"]);
});

test("a direct message: the plan, the approval and the result are there, and nothing is in the channel", async () => {
  const before = discord.messages("ops").length;
  discord.directMessage({ user: "alice", text: "disk report on lab01" });
  const mine = (words: RegExp): Promise<NonNullable<ReturnType<typeof discord.directMessages>[number]>> =>
    eventually(
      () => discord.directMessages("alice").findLast((one) => one.author.bot && words.test(wordsOf(one))),
      undefined,
      () => `${String(words)}; there is: ${discord.directMessages("alice").map(wordsOf).join("\n---\n")}`,
    );
  const plan = await mine(/Plan · waiting for approval/);
  expect(wordsOf(plan)).toMatch(/only reads/);
  click("alice", plan, "Approve");
  const result = await mine(/Run \d+ · succeeded[^]*audit entry/);
  expect(withoutSuggestions(labelsOf(result))).toEqual(["Full log"]);
  expect(discord.messages("ops")).toHaveLength(before);
  expect((await house.runs()).map((run) => run.state)).toEqual(["succeeded", "succeeded", "succeeded"]);
});
