import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Form, LineCard } from "../../../src/bot/cards.ts";
import type { ChatHandlers, ChatPlatform, IncomingAction, IncomingCommand, IncomingMessage } from "../../../src/bot/chat-platform.ts";
import { DeliveryError } from "../../../src/bot/delivery-error.ts";
import { createDiscordPlatform } from "../../../src/bot/discord/discord-platform.ts";
import { silentLogger } from "../../../src/logger.ts";
import { chatHandlers } from "../../helpers/chat-handlers.ts";
import { startFakeDiscord, type FakeDiscord, type FakeDiscordSetup } from "../../helpers/fake-discord.ts";
import { noticeCard, planCard, planId, questionCard, runId } from "./sample-cards.ts";

const guild = "100000000000000001";
const alice = `discord:${guild}:400000000000000001`;
const bob = `discord:${guild}:400000000000000002`;
const ops = "500000000000000001";
const line: LineCard = { kind: "line", person: alice, requestText: "restart nginx", state: "planning", stateText: "making a plan" };

let discord: FakeDiscord;
let platform: ChatPlatform;
let messages: IncomingMessage[];
let actions: IncomingAction[];
let commands: IncomingCommand[];

interface Started {
  readonly handlers?: Partial<ChatHandlers>;
  readonly setup?: FakeDiscordSetup;
  /** Null: none is set. */
  readonly guildId?: string | null;
  readonly messageContent?: boolean;
}

async function start({ handlers = {}, setup = {}, messageContent = false, guildId = guild }: Started = {}): Promise<void> {
  discord = await startFakeDiscord(setup);
  await restart(handlers, guildId, messageContent);
}

async function restart(handlers: Partial<ChatHandlers> = {}, inGuild: string | null = guild, messageContent = false): Promise<void> {
  const guildId = inGuild ?? undefined;
  const settings = { token: discord.token, apiUrl: discord.apiUrl, applicationId: undefined, guildId, messageContent };
  platform = createDiscordPlatform({ settings, logger: silentLogger() });
  const recording = chatHandlers({
    onMessage: async (message) => void messages.push(message),
    onAction: async (action) => void actions.push(action),
    onCommand: async (command) => void commands.push(command),
    ...handlers,
  });
  await platform.start(recording);
  await discord.waitFor(() => discord.registeredCommands(guildId).length > 0, "the commands");
}

beforeEach(() => {
  [messages, actions, commands] = [[], [], []];
});

afterEach(async () => {
  await platform.stop();
  await discord.stop();
});

async function heard(): Promise<IncomingMessage> {
  return discord.waitFor(() => messages.at(-1), "a message");
}
async function acted(): Promise<IncomingAction> {
  return discord.waitFor(() => actions.at(-1), "an action");
}

/** A plan in its thread, as the bot shows it after a mention. */
async function shownPlan(card = planCard()): Promise<{ readonly conversation: string; readonly message: string }> {
  discord.mention({ user: "alice", channel: "ops", text: "restart nginx on web1" });
  const { conversation } = await heard();
  const shown = await platform.post(conversation, card, "key-plan");
  return { conversation, message: shown.message };
}

describe("a mention", () => {
  test("is a request without the mention, in the thread that will hang on it", async () => {
    await start();
    const asked = discord.mention({ user: "alice", channel: "ops", text: "restart nginx with <@400000000000000002>" });
    expect(await heard()).toEqual({
      conversation: `discord:${guild}:${ops}:${asked.id}`,
      eventKeys: [`message:${asked.id}`],
      person: alice,
      text: "restart nginx with @bob",
      addressed: true,
      thread: true,
    });
    discord.assertClean();
  });

  test("has one line in the channel that answers it, and everything else in its thread", async () => {
    await start();
    const asked = discord.mention({ user: "alice", channel: "ops", text: "restart nginx" });
    const { conversation } = await heard();
    expect(platform.hasChannelLine?.(conversation)).toBe(true);
    const shown = await platform.post(conversation, line, "key-line");
    await platform.post(conversation, planCard({ requestText: "restart nginx" }), "key-plan");
    await platform.edit(shown, { ...line, state: "waiting", stateText: "waiting for approval" });
    const above = discord.messages("ops").filter((message) => message.author.bot);
    expect(above.map((message) => message.reference)).toEqual([asked.id]);
    expect(above[0]?.content).toContain("waiting for approval");
    expect(discord.threads).toMatchObject([{ id: asked.id, name: "restart nginx" }]);
    expect(discord.messages(asked.id).map((message) => message.embeds[0]?.title)).toEqual(["Plan · waiting for approval"]);
    expect(discord.pings).toEqual([]);
    discord.assertClean();
  });

  test("gets its thread also when the process was restarted before it was opened", async () => {
    await start();
    const asked = discord.mention({ user: "alice", channel: "ops", text: "restart nginx" });
    const { conversation } = await heard();
    await platform.stop();
    await restart();
    await platform.post(conversation, planCard(), "key-plan");
    expect(discord.messages(asked.id)).toHaveLength(1);
    discord.assertClean();
  });

  test("whose message was deleted gets a thread of its own", async () => {
    await start();
    const asked = discord.mention({ user: "alice", channel: "ops", text: "restart nginx" });
    const { conversation } = await heard();
    discord.deleteMessage(asked.id);
    const shown = await platform.post(conversation, planCard(), "key-plan");
    expect(shown.conversation).not.toBe(conversation);
    expect(discord.threads).toHaveLength(1);
    expect((await platform.post(shown.conversation, noticeCard("more"), "key-more")).channel).toBe(shown.channel);
  });

  test("that answers the channel's line belongs to the line's thread", async () => {
    await start();
    const asked = discord.mention({ user: "alice", channel: "ops", text: "restart nginx" });
    const { conversation } = await heard();
    const shown = await platform.post(conversation, line, "key-line");
    discord.message({ user: "alice", channel: "ops", text: "only on web1", mentionsBot: true, answers: shown.message });
    await discord.waitFor(() => messages.length === 2, "the answer");
    expect(messages[1]).toMatchObject({ text: "only on web1", conversation });
    discord.message({ user: "bob", channel: "ops", text: "me too", mentionsBot: true, answers: asked.id });
    await discord.waitFor(() => messages.length === 3, "the other answer");
    expect(messages[2]?.conversation).not.toBe(conversation);
    discord.assertClean();
  });

  test("that comes twice is heard once", async () => {
    await start();
    const asked = discord.mention({ user: "alice", channel: "ops", text: "restart nginx" });
    discord.redeliver(asked);
    discord.mention({ user: "bob", channel: "ops", text: "last" });
    await discord.waitFor(() => messages.some((message) => message.text === "last"), "the last message");
    expect(messages.map((message) => message.text)).toEqual(["restart nginx", "last"]);
  });
});

describe("other messages", () => {
  test("in threads are heard with the intent, and are not addressed to the bot", async () => {
    await start({ setup: { privilegedIntents: true }, messageContent: true });
    const thread = discord.openThread({ user: "alice", channel: "ops", name: "talk" });
    discord.message({ user: "alice", thread: thread.id, text: "only web1" });
    expect(await heard()).toMatchObject({
      text: "only web1",
      addressed: false,
      thread: true,
      conversation: `discord:${guild}:${ops}:${thread.id}`,
    });
  });

  test("are ignored without it, and so is talk in a channel", async () => {
    await start();
    const thread = discord.openThread({ user: "alice", channel: "ops", name: "talk" });
    discord.message({ user: "alice", thread: thread.id, text: "only web1" });
    discord.message({ user: "alice", channel: "ops", text: "lunch?" });
    discord.mention({ user: "alice", channel: "ops", text: "last" });
    expect((await heard()).text).toBe("last");
    expect(messages).toHaveLength(1);
  });

  test("a direct message is from the member of the server, and has no line", async () => {
    await start({ guildId: null });
    const asked = discord.directMessage({ user: "alice", text: "restart nginx" });
    const message = await heard();
    expect(message).toMatchObject({ conversation: `discord:dm:${asked.channelId}`, person: alice, addressed: true, thread: false });
    expect(platform.hasChannelLine?.(message.conversation)).toBe(false);
    await platform.post(message.conversation, planCard(), "key");
    expect(discord.directMessages("alice").at(-1)?.embeds[0]?.title).toContain("Plan");
    discord.assertClean();
  });

  test("a direct message of somebody who left the server is told so", async () => {
    await start({ guildId: null });
    discord.removeMember("alice");
    discord.directMessage({ user: "alice", text: "restart nginx" });
    const told = await discord.waitFor(() => discord.directMessages("alice").find((message) => message.author.bot), "an answer");
    expect(told.content).toContain("share no server");
    expect(messages).toEqual([]);
  });
});

describe("buttons", () => {
  test("are heard at once and carried with who pressed them, also after a restart", async () => {
    await start();
    const { conversation, message } = await shownPlan();
    await platform.stop();
    await restart();
    const click = discord.click({ user: "bob", message, label: "Approve" });
    expect(await acted()).toEqual({ conversation, person: bob, id: "approve", target: planId });
    expect(click.answeredBy).toBe(6);
    discord.assertClean();
  });

  test("pressed once and told twice act once", async () => {
    await start();
    const { message } = await shownPlan();
    discord.redeliver(discord.click({ user: "bob", message, label: "Approve" }));
    await acted();
    discord.click({ user: "bob", message, label: "Approve" });
    await discord.waitFor(() => actions.length > 1, "the second click");
    expect(actions).toHaveLength(2);
    discord.assertClean();
  });

  test("a refusal is seen only by who pressed", async () => {
    await start();
    const { conversation, message } = await shownPlan();
    discord.click({ user: "bob", message, label: "Approve" });
    await acted();
    await platform.replyPrivately(conversation, bob, noticeCard("You may not approve this.", { tone: "refusal" }));
    expect(discord.ephemerals("bob").map((one) => one.content)).toEqual(["🚫 You may not approve this."]);
    expect(discord.ephemerals("alice")).toEqual([]);
    discord.assertClean();
  });

  test("a quarter of an hour later it is a direct message, and where that is closed it names the person without a ping", async () => {
    const members = [
      { id: "400000000000000001", name: "alice" },
      { id: "400000000000000002", name: "bob", directMessagesClosed: true },
    ];
    await start({ setup: { guild: { members } } });
    const { conversation, message } = await shownPlan();
    discord.click({ user: "alice", message, label: "Approve" });
    await acted();
    discord.clock.advance(16 * 60_000);
    await platform.replyPrivately(conversation, alice, noticeCard("too late"));
    expect(discord.directMessages("alice").map((one) => one.content)).toEqual(["too late"]);
    await platform.replyPrivately(conversation, bob, noticeCard("no"));
    expect(discord.messages(discord.threads[0]?.id ?? "").at(-1)?.content).toBe("<@400000000000000002> no");
    expect(discord.pings).toEqual([]);
  });

  test("one that must be confirmed asks first, privately, with what it means", async () => {
    await start();
    const { message } = await shownPlan();
    const asked = discord.click({ user: "bob", message, label: "Preview changes" });
    const question = await discord.waitFor(() => asked.responses[0], "the question");
    expect(question).toMatchObject({ ephemeralFor: "400000000000000002" });
    expect(question.content).toContain("A preview really runs: Get facts.");
    expect(actions).toEqual([]);
    discord.click({ user: "bob", message: question, label: "Yes: Preview changes" });
    expect(await acted()).toMatchObject({ id: "preview", target: planId, person: bob });
    discord.assertClean();
  });

  test("a candidate is picked by its button or in a select", async () => {
    await start();
    const { message } = await shownPlan();
    const { conversation } = messages[0]!;
    const buttons = await platform.post(conversation, questionCard(), "key-question");
    discord.click({ user: "alice", message: buttons.message, label: "Deploy Gitea" });
    expect(await acted()).toMatchObject({ id: "choose", target: planId, value: "1:playbooks/deploy-gitea" });
    const candidates = Array.from({ length: 9 }, (_, index) => ({ playbook: `roles/r${index}`, name: `Role ${index}`, confidence: 0.4 }));
    const select = await platform.post(conversation, questionCard({ choices: [{ step: 2, stepName: "it", candidates }] }), "key-select");
    const picked = discord.find(select.message)!.components[0]!["components"] as { custom_id: string }[];
    discord.select({ user: "alice", message: select.message, customId: picked[0]!.custom_id, values: ["roles/r7"] });
    await discord.waitFor(() => actions.length === 2, "the second choice");
    expect(await acted()).toMatchObject({ id: "choose", target: planId, value: "2:roles/r7" });
    expect(message).not.toBe(select.message);
    discord.assertClean();
  });
});

describe("forms", () => {
  const form: Form = {
    kind: "form",
    title: "What is missing",
    text: "deploy it",
    submit: "Continue",
    action: { id: "edit", target: planId },
    fields: [
      { name: "s1.port", label: "port", type: "int", required: true, default: null, choices: null, description: "Where it listens" },
      { name: "s1.tls", label: "tls", type: "bool", required: false, default: true, choices: null, description: null },
      { name: "s1.size", label: "size", type: "str", required: true, default: null, choices: ["small", "large"], description: null },
    ],
  };

  test("open as a modal; what is typed arrives with its types", async () => {
    await start({ handlers: { onForm: async () => form } });
    const { conversation, message } = await shownPlan();
    const click = discord.click({ user: "bob", message, label: "Edit" });
    await discord.waitFor(() => click.modal, "the modal");
    discord.submit({ user: "bob", values: { port: "8080", size: "large" } });
    expect(await acted()).toEqual({
      conversation,
      person: bob,
      id: "edit",
      target: planId,
      form: { "s1.port": 8080, "s1.tls": true, "s1.size": "large" },
    });
    discord.assertClean();
  });

  test("a wrong value is told privately, and is there again at the next try", async () => {
    await start({ handlers: { onForm: async () => form } });
    const { message } = await shownPlan();
    const click = discord.click({ user: "bob", message, label: "Edit" });
    await discord.waitFor(() => click.modal, "the modal");
    discord.submit({ user: "bob", values: { port: "many", size: "large" } });
    const told = await discord.waitFor(() => discord.ephemerals("bob")[0], "what is wrong");
    expect(told.content).toContain("port is a whole number");
    expect(actions).toEqual([]);
    const again = discord.click({ user: "bob", message: told, label: "Try again" });
    await discord.waitFor(() => again.modal, "the modal again");
    expect(JSON.stringify(again.modal)).toContain('"value":"many"');
    discord.submit({ user: "bob", modal: again, values: { port: "80" } });
    expect((await acted()).form).toEqual({ "s1.port": 80, "s1.tls": true, "s1.size": "large" });
    discord.assertClean();
  });

  test("the form of a plan that no longer waits is a private refusal", async () => {
    await start({ handlers: { onForm: async () => noticeCard("This plan no longer waits: approved.", { tone: "refusal" }) } });
    const { message } = await shownPlan();
    discord.click({ user: "bob", message, label: "Reject" });
    const told = await discord.waitFor(() => discord.ephemerals("bob")[0], "the refusal");
    expect(told.content).toContain("no longer waits");
    discord.assertClean();
  });

  test("a form that is late is not waited for longer than Discord waits", async () => {
    await start({ handlers: { onForm: () => new Promise(() => undefined) } });
    const { message } = await shownPlan();
    const click = discord.click({ user: "bob", message, label: "Edit" });
    const told = await discord.waitFor(() => click.responses[0], "an answer");
    expect(told.content).toContain("Press it again");
    discord.assertClean();
  });
});

describe("/chiffon", () => {
  test("is registered once, and not again when nothing changed", async () => {
    await start();
    const puts = (): number => discord.calls.filter((call) => JSON.stringify(call).includes("PUT")).length;
    const before = puts();
    expect(before).toBeGreaterThan(0);
    await platform.stop();
    await restart();
    discord.mention({ user: "alice", channel: "ops", text: "hello" });
    await heard();
    expect(puts()).toBe(before);
  });

  test.each([
    ["chiffon status", {}, "status"],
    ["chiffon cancel", { run: "12" }, "cancel 12"],
    ["chiffon lint", { playbook: "playbooks/a.yml" }, "lint playbooks/a.yml"],
    ["chiffon run", { playbook: "playbooks/a.yml", host: "web1" }, "request run playbooks/a.yml on web1"],
    ["chiffon audit", {}, "audit"],
  ] as const)("%s %j is the words %j", async (name, options, text) => {
    await start();
    discord.command({ user: "alice", name, options, channel: "ops" });
    const command = await discord.waitFor(() => commands[0], "a command");
    expect(command).toMatchObject({ text, person: alice, eventKeys: [expect.stringMatching(/^interaction:\d+$/)] });
  });

  test("answers this person only", async () => {
    await start({ handlers: { onCommand: async ({ answer }) => answer(noticeCard("Nothing runs.")) } });
    const used = discord.command({ user: "alice", name: "chiffon status", channel: "ops" });
    await discord.waitFor(() => used.responses[0]?.content === "Nothing runs.", "the answer");
    expect(discord.messages("ops")).toEqual([]);
    discord.assertClean();
  });

  test("a request becomes a line in the channel and a thread below it", async () => {
    await start();
    const used = discord.command({ user: "alice", name: "chiffon request", options: { text: "restart nginx" }, channel: "ops" });
    const { conversation, text } = await discord.waitFor(() => commands[0], "a command");
    expect(text).toBe("request restart nginx");
    const shown = await platform.post(conversation, line, "key-line");
    expect(shown.conversation).toBe(`discord:${guild}:${ops}:${shown.message}`);
    await platform.post(shown.conversation, planCard({ requestText: "restart nginx" }), "key-plan");
    await platform.replyPrivately(shown.conversation, alice, noticeCard("by the way"));
    expect(discord.messages("ops").map((message) => message.id)).toEqual([shown.message]);
    expect(discord.threads).toMatchObject([{ id: shown.message, name: "restart nginx" }]);
    expect(used.responses.map((message) => message.content)).toEqual([expect.stringContaining("On it"), "by the way"]);
    discord.assertClean();
  });

  test("in a channel where it may not write says which rights it needs", async () => {
    const channels = [{ id: ops, name: "ops", deniedToBot: ["CreatePublicThreads"] as const }];
    await start({ setup: { guild: { channels } } });
    const used = discord.command({ user: "alice", name: "chiffon request", options: { text: "restart nginx" }, channel: "ops" });
    const told = await discord.waitFor(() => used.responses.find((message) => !message.loading), "the refusal");
    expect(told.content).toContain("CreatePublicThreads");
    expect(commands).toEqual([]);
  });

  test("offers names while one is typed, and none when they are late", async () => {
    await start({
      handlers: {
        suggest: async (kind, typed) =>
          kind === "host"
            ? new Promise(() => undefined)
            : [
                ...Array.from({ length: 40 }, (_, index) => ({ label: `${kind} ${typed} ${index}`, value: String(index) })),
                { label: "long", value: "x".repeat(101) },
              ],
      },
    });
    const offered = await discord.autocomplete({
      user: "alice",
      name: "chiffon cancel",
      options: { run: "1" },
      focused: "run",
      channel: "ops",
    });
    expect(offered).toHaveLength(25);
    expect(offered[0]).toEqual({ name: "run 1 0", value: "0" });
    const none = await discord.autocomplete({
      user: "alice",
      name: "chiffon run",
      options: { host: "w" },
      focused: "host",
      channel: "ops",
    });
    expect(none).toEqual([]);
    discord.assertClean();
  });
});

describe("delivery", () => {
  test("the same key twice is one message", async () => {
    await start();
    const { conversation, message } = await shownPlan();
    expect((await platform.post(conversation, planCard(), "key-plan")).message).toBe(message);
    expect(discord.messages(discord.threads[0]?.id ?? "")).toHaveLength(1);
  });

  test("an answer that was lost does not make a second message", async () => {
    await start();
    const { conversation } = await shownPlan();
    discord.failNext({ route: "POST /channels/", status: 502, applied: true });
    await expect(platform.post(conversation, noticeCard("once"), "key-once")).rejects.toMatchObject({ kind: "later" });
    await platform.post(conversation, noticeCard("once"), "key-once");
    expect(discord.messages(discord.threads[0]?.id ?? "").filter((message) => message.content === "once")).toHaveLength(1);
  });

  test.each([
    [{ status: 503 }, "later", null],
    [{ status: "reset" }, "later", null],
    [{ status: 429, retryAfter: 30 }, "later", 30_000],
    [{ status: 403, code: 50_013 }, "refused", null],
    [{ status: 403, code: 50_001 }, "refused", null],
  ] as const)("%j means %s", async (failure, kind, retryAfterMs) => {
    await start();
    const { conversation } = await shownPlan();
    discord.failNext({ route: "POST /channels/", ...failure });
    const failed = await platform.post(conversation, noticeCard("x"), "key-x").then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(failed).toBeInstanceOf(DeliveryError);
    expect(failed).toMatchObject({ kind });
    expect((failed as DeliveryError).retryAfterMs ?? 0).toBeGreaterThanOrEqual(retryAfterMs ?? 0);
  });

  test("a channel that takes no more for now is waited for outside of the call, and never overrun", async () => {
    await start({ setup: { rateLimits: "real" } });
    const { conversation } = await shownPlan();
    const failures: unknown[] = [];
    for (let count = 0; count < 8; count += 1)
      await platform.post(conversation, noticeCard(String(count)), `key-${count}`).catch((error: unknown) => failures.push(error));
    expect(failures.length).toBeGreaterThan(0);
    for (const failure of failures) expect(failure).toMatchObject({ kind: "later", everywhere: false });
    discord.assertClean();
  });

  test("a message that was deleted is gone, an archived thread is woken, a locked one refused", async () => {
    await start();
    const { conversation, message } = await shownPlan();
    const thread = discord.threads[0]?.id ?? "";
    const shown = await platform.post(conversation, noticeCard("a"), "key-a");
    discord.archiveThread(thread);
    await platform.edit(shown, noticeCard("b"));
    expect(discord.messages(thread).at(-1)?.content).toBe("b");
    discord.deleteMessage(message);
    await expect(platform.edit({ conversation, channel: thread, message }, planCard())).rejects.toMatchObject({ kind: "gone" });
    discord.archiveThread(thread, true);
    await expect(platform.edit(shown, noticeCard("c"))).rejects.toMatchObject({
      kind: "refused",
      message: expect.stringContaining("locked"),
    });
  });

  test("what Discord finds too long is sent once more as short as it gets, with all of it beside", async () => {
    await start();
    const { conversation } = await shownPlan();
    discord.failNext({ route: "POST /channels/", status: 403, code: 40_005, message: "Request entity too large" });
    const long = noticeCard("word ".repeat(300));
    const shown = await platform.post(conversation, long, "key-long");
    expect(discord.find(shown.message)?.content).toContain("message.txt");
    expect(discord.find(shown.message)?.attachments[0]?.text).toContain("word word");
  });

  test("files are text files in the thread", async () => {
    await start();
    const { conversation } = await shownPlan();
    await platform.sendFile?.(conversation, { name: "run-12.txt", title: "Run 12, all events", text: "ok: ü" }, "key-file");
    const sent = discord.messages(discord.threads[0]?.id ?? "").at(-1);
    expect(sent?.attachments).toMatchObject([{ filename: "run-12.txt", text: "ok: ü" }]);
    discord.assertClean();
  });
});

describe("who somebody is", () => {
  test("members with their roles, bots, and those who are not there", async () => {
    await start();
    expect(await platform.standing?.(bob)).toEqual({ kind: "member", groups: [`discord:${guild}:300000000000000001`] });
    expect(await platform.standing?.(`discord:${guild}:${discord.botId}`)).toMatchObject({ kind: "bot" });
    expect(await platform.standing?.(`discord:${guild}:499999999999999999`)).toEqual({ kind: "unknown", groups: [] });
    expect(await platform.standing?.("slack:T1:U1")).toEqual({ kind: "unknown", groups: [] });
  });

  test("a role that was taken away is gone at the click", async () => {
    await start();
    const { message } = await shownPlan();
    expect((await platform.standing?.(bob))?.groups).toHaveLength(1);
    discord.setRoles("bob", []);
    discord.click({ user: "bob", message, label: "Approve" });
    await acted();
    expect((await platform.standing?.(bob))?.groups).toEqual([]);
  });

  test("a failing question is no answer", async () => {
    await start();
    discord.failNext({ route: "/members/", status: 503 });
    await expect(platform.standing?.(bob)).rejects.toMatchObject({ status: 503 });
  });
});

describe("connecting", () => {
  test("a wrong token says where the right one is", async () => {
    discord = await startFakeDiscord();
    const settings = { token: "wrong.token.here", apiUrl: discord.apiUrl, applicationId: undefined, guildId: guild, messageContent: false };
    platform = createDiscordPlatform({ settings, logger: silentLogger() });
    await expect(platform.start(chatHandlers())).rejects.toMatchObject({ code: "discord-token-wrong", exitCode: 5 });
  });

  test("the intent that is off says what to switch on", async () => {
    discord = await startFakeDiscord();
    const settings = { token: discord.token, apiUrl: discord.apiUrl, applicationId: undefined, guildId: guild, messageContent: true };
    platform = createDiscordPlatform({ settings, logger: silentLogger() });
    await expect(platform.start(chatHandlers())).rejects.toMatchObject({
      code: "discord-intent-off",
      help: expect.stringContaining("Message Content Intent"),
    });
  });

  test("a server that the bot is not in says how to invite it", async () => {
    discord = await startFakeDiscord();
    const settings = {
      token: discord.token,
      apiUrl: discord.apiUrl,
      applicationId: undefined,
      guildId: "999999999999999999",
      messageContent: false,
    };
    platform = createDiscordPlatform({ settings, logger: silentLogger() });
    await expect(platform.start(chatHandlers())).rejects.toMatchObject({
      code: "discord-not-in-server",
      help: expect.stringContaining(`client_id=${discord.applicationId}`),
    });
  });

  test("a network that is away is waited for", async () => {
    discord = await startFakeDiscord();
    discord.failFor(1_500);
    const settings = { token: discord.token, apiUrl: discord.apiUrl, applicationId: undefined, guildId: guild, messageContent: false };
    const said: string[] = [];
    platform = createDiscordPlatform({ settings, logger: silentLogger(), say: (text) => said.push(text) });
    await platform.start(chatHandlers({ onMessage: async (message) => void messages.push(message) }));
    await discord.waitFor(() => said.some((text) => text.includes("connected as")), "the connection");
    discord.mention({ user: "alice", channel: "ops", text: "hello" });
    expect((await heard()).text).toBe("hello");
  });

  test("a connection that breaks is resumed, and what is told twice is heard once", async () => {
    await start();
    discord.gateway.resumeDoubles = true;
    discord.mention({ user: "alice", channel: "ops", text: "first" });
    await heard();
    discord.cut();
    discord.mention({ user: "alice", channel: "ops", text: "meanwhile" });
    await discord.waitFor(() => messages.some((message) => message.text === "meanwhile"), "the message of the gap");
    expect(messages.map((message) => message.text)).toEqual(["first", "meanwhile"]);
    expect(discord.gateway.resumes).toBe(1);
  });
});

test("a run's button carries the run", async () => {
  await start();
  const { conversation } = await shownPlan();
  const shown = await platform.post(
    conversation,
    {
      kind: "progress",
      runId,
      runNumber: 1,
      purpose: "run",
      state: "running",
      waitingReason: null,
      startedAt: null,
      steps: [],
      actions: [{ id: "cancel", label: "Cancel", style: "danger", target: runId }],
    },
    "key-run",
  );
  discord.click({ user: "alice", message: shown.message, label: "Cancel" });
  expect(await acted()).toMatchObject({ id: "cancel", target: runId });
});
