import { afterEach, expect, test } from "vitest";
import {
  ButtonStyle,
  type ChatInputCommandInteraction,
  Client,
  ComponentType,
  DiscordAPIError,
  Events,
  GatewayIntentBits,
  type GuildMember,
  type Interaction,
  type Message,
  MessageFlags,
  Partials,
  type TextChannel,
  type ThreadChannel,
} from "discord.js";
import { type FakeDiscord, type FakeDiscordSetup, startFakeDiscord } from "../../helpers/fake-discord.ts";

/** The double against the real discord.js over real sockets: what it says is understood, and what Discord refuses is refused. */

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

const plainIntents = [GatewayIntentBits.Guilds, GatewayIntentBits.GuildMessages, GatewayIntentBits.DirectMessages];
const row = (...components: object[]) => ({ type: 1, components });
const button = (label: string, customId: string, more: object = {}) => ({
  type: ComponentType.Button,
  style: ButtonStyle.Success,
  label,
  custom_id: customId,
  ...more,
});
const approve = [row(button("Approve", "approve:1"), button("Reject", "reject:1"))] as never;

async function start(setup: FakeDiscordSetup = {}): Promise<FakeDiscord> {
  const discord = await startFakeDiscord(setup);
  ends.push(() => discord.stop());
  return discord;
}

async function connect(discord: FakeDiscord, intents: readonly GatewayIntentBits[] = plainIntents): Promise<Bot> {
  const client = new Client({ intents, partials: [Partials.Channel], rest: { api: discord.apiUrl, retries: 1, offset: 0 } });
  const messages: Message[] = [];
  const interactions: Interaction[] = [];
  client.on(Events.MessageCreate, (message) => messages.push(message));
  client.on(Events.InteractionCreate, (interaction) => interactions.push(interaction));
  // A refused connection comes out of `login` as well; without a listener it would end the process.
  client.on(Events.Error, () => undefined);
  ends.push(() => client.destroy());
  const ready = new Promise((resolve) => client.once(Events.ClientReady, resolve));
  await client.login(discord.token);
  await ready;
  const ops = (await client.channels.fetch("500000000000000001")) as TextChannel;
  return { client, messages, interactions, ops };
}

interface Bot {
  readonly client: Client;
  readonly messages: Message[];
  readonly interactions: Interaction[];
  readonly ops: TextChannel;
}

async function refusal(promise: Promise<unknown>): Promise<{ code: number | string; status: number; errors: string }> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof DiscordAPIError) return { code: error.code, status: error.status, errors: JSON.stringify(error.rawError) };
    throw error;
  }
  throw new Error("nothing was refused");
}

async function registerCommand(bot: Bot): Promise<void> {
  await bot.client.application?.commands.set(
    [
      {
        name: "chiffon",
        description: "Ask for something",
        options: [
          {
            type: 1,
            name: "ask",
            description: "Say it",
            options: [{ type: 3, name: "text", description: "What", required: true, autocomplete: true }],
          },
          { type: 1, name: "status", description: "How it stands" },
        ],
      },
    ],
    "100000000000000001",
  );
}

async function command(discord: FakeDiscord, bot: Bot) {
  if (discord.registeredCommands(discord.guildId).length === 0) await registerCommand(bot);
  const before = bot.interactions.length;
  const handle = discord.command({ user: "alice", channel: "ops", name: "chiffon status" });
  const interaction = await discord.waitFor(() => bot.interactions[before], "the command at the bot");
  return { handle, interaction: interaction as ChatInputCommandInteraction };
}

test("connects, is told of guild, channels and roles, and its heartbeats are answered", async () => {
  const discord = await start({ heartbeatMs: 40 });
  const { client, ops } = await connect(discord);
  expect(client.user?.id).toBe(discord.botId);
  expect(client.application?.id).toBe(discord.applicationId);
  expect(client.guilds.cache.get(discord.guildId)?.roles.cache.map((role) => role.name)).toContain("approvers");
  expect(ops.name).toBe("ops");
  await discord.waitFor(() => discord.gateway.heartbeats > 3, "heartbeats");
  expect(client.ws.ping).toBeGreaterThanOrEqual(0);
  expect(discord.gateway.identifies).toBe(1);
  discord.assertClean();
});

test("refuses a wrong token and intents that are not switched on", async () => {
  const discord = await start();
  const stranger = new Client({ intents: plainIntents, rest: { api: discord.apiUrl } });
  ends.push(() => stranger.destroy());
  await expect(stranger.login("wrong.token.here")).rejects.toThrow(/token/i);
  await expect(connect(discord, [...plainIntents, GatewayIntentBits.MessageContent])).rejects.toThrow(/disallowed intents/i);
});

test("messages have content only where the platform gives it", async () => {
  const discord = await start();
  const bot = await connect(discord);
  discord.message({ user: "alice", channel: "ops", text: "not for the bot" });
  discord.mention({ user: "alice", channel: "ops", text: "restart nginx" });
  discord.directMessage({ user: "bob", text: "privately" });
  await discord.waitFor(() => bot.messages.length === 3, "three messages");
  expect(bot.messages.map((message) => message.content)).toEqual(["", `<@${discord.botId}> restart nginx`, "privately"]);
  expect(bot.messages[1]?.mentions.users.has(discord.botId)).toBe(true);
  expect(bot.messages[1]?.author.id).toBe("400000000000000001");
  expect(bot.messages[2]?.guildId).toBeNull();

  const open = await start({ privilegedIntents: true });
  const reader = await connect(open, [...plainIntents, GatewayIntentBits.MessageContent]);
  open.message({ user: "alice", channel: "ops", text: "all can be read" });
  await open.waitFor(() => reader.messages[0]?.content === "all can be read", "the content");
});

test("posts, edits with history, replies, files, reactions, deletion", async () => {
  const discord = await start();
  const { ops, messages } = await connect(discord);
  const asked = discord.mention({ user: "alice", channel: "ops", text: "restart" });
  await discord.waitFor(() => messages[0], "the message");
  const log = Buffer.from("line one\n\u0000binary");
  const sent = await messages[0]!.reply({
    content: "queued",
    files: [{ attachment: log, name: "run.log" }],
    allowedMentions: { parse: [] },
  });
  await sent.edit({ content: "running", embeds: [{ title: "web1" }] });
  await sent.react("✅");
  const [, shown] = discord.messages("ops");
  expect(shown).toMatchObject({ content: "running", reference: asked.id, text: "running\nweb1", reactions: [{ emoji: "✅" }] });
  expect(shown?.edits.map((edit) => edit.content)).toEqual(["queued"]);
  expect(shown?.attachments[0]?.bytes.equals(log)).toBe(true);
  const file = await fetch(sent.attachments.first()!.url);
  expect(Buffer.from(await file.arrayBuffer()).equals(log)).toBe(true);
  expect((await ops.messages.fetch({ message: sent.id, force: true })).content).toBe("running");
  discord.deleteMessage(sent.id);
  expect(await refusal(sent.edit("late"))).toMatchObject({ code: 10008, status: 404 });
  expect(discord.messages("ops")).toHaveLength(1);
  expect(discord.pings).toEqual([]);
  discord.assertClean();
});

test("knows whom a message really pinged", async () => {
  const discord = await start();
  const { ops } = await connect(discord);
  const text = "@everyone <@400000000000000001> <@&300000000000000001>";
  await ops.send({ content: text, allowedMentions: { parse: [] } });
  expect(discord.pings).toEqual([]);
  await ops.send({ content: text, allowedMentions: { users: ["400000000000000001"] } });
  await ops.send(text);
  await ops.send({ embeds: [{ description: text }] });
  expect(discord.pings).toMatchObject([
    { users: ["400000000000000001"], roles: [], everyone: false },
    { users: ["400000000000000001"], roles: ["300000000000000001"], everyone: true },
  ]);
});

test("the same nonce gives the message that is there already", async () => {
  const discord = await start();
  const { ops } = await connect(discord);
  discord.failNext({ route: "POST /channels/", status: 500, applied: true });
  const sent = await ops.send({ content: "once", nonce: "n1", enforceNonce: true });
  const again = await ops.send({ content: "once", nonce: "n1", enforceNonce: true });
  expect(again.id).toBe(sent.id);
  expect(discord.messages("ops").map((message) => message.content)).toEqual(["once"]);
  expect(discord.calls.filter((call) => call.method === "POST").map((call) => call.status)).toEqual([500, 200, 200]);
});

test.each<[string, object, string]>([
  ["content of 2,001 characters", { content: "x".repeat(2001) }, "2000 or fewer"],
  ["11 embeds", { embeds: Array.from({ length: 11 }, () => ({ title: "t" })) }, "10 or fewer"],
  [
    "6,001 characters over all embeds",
    { embeds: [{ description: "x".repeat(4000) }, { description: "x".repeat(2001) }] },
    "MAX_EMBED_SIZE",
  ],
  ["a title of 257", { embeds: [{ title: "x".repeat(257) }] }, "256 or fewer"],
  ["a description of 4,097", { embeds: [{ description: "x".repeat(4097) }] }, "4096 or fewer"],
  ["26 fields", { embeds: [{ fields: Array.from({ length: 26 }, () => ({ name: "n", value: "v" })) }] }, "25 or fewer"],
  ["an empty field value", { embeds: [{ fields: [{ name: "n", value: "" }] }] }, "1 or more"],
  ["a field value of 1,025", { embeds: [{ fields: [{ name: "n", value: "x".repeat(1025) }] }] }, "1024 or fewer"],
  ["a footer of 2,049", { embeds: [{ footer: { text: "x".repeat(2049) } }] }, "2048 or fewer"],
  ["6 rows", { content: "c", components: Array.from({ length: 6 }, (_, index) => row(button("b", `id${index}`))) }, "5 or fewer"],
  [
    "6 buttons in a row",
    { content: "c", components: [row(...Array.from({ length: 6 }, (_, index) => button("b", `id${index}`)))] },
    "5 or fewer",
  ],
  ["a label of 81", { content: "c", components: [row(button("x".repeat(81), "id"))] }, "80 or fewer"],
  ["a custom id of 101", { content: "c", components: [row(button("b", "x".repeat(101)))] }, "100 or fewer"],
  ["an empty custom id", { content: "c", components: [row(button("b", ""))] }, "1 or more"],
  ["the same custom id twice", { content: "c", components: [row(button("a", "id"), button("b", "id"))] }, "COMPONENT_CUSTOM_ID_DUPLICATED"],
  [
    "26 select options",
    {
      content: "c",
      components: [
        row({ type: 3, custom_id: "s", options: Array.from({ length: 26 }, (_, index) => ({ label: "o", value: `${index}` })) }),
      ],
    },
    "25 or fewer",
  ],
  [
    "components V2 with content",
    { flags: MessageFlags.IsComponentsV2, content: "c", components: [{ type: 10, content: "t" }] },
    "LEGACY_FIELDS",
  ],
  [
    "components V2 with 4,001 characters",
    {
      flags: MessageFlags.IsComponentsV2,
      components: [
        { type: 10, content: "x".repeat(4000) },
        { type: 10, content: "x" },
      ],
    },
    "COMPONENT_MAX_TEXT_LENGTH",
  ],
  [
    "41 components V2",
    { flags: MessageFlags.IsComponentsV2, components: Array.from({ length: 41 }, () => ({ type: 10, content: "t" })) },
    "between 1 and 40",
  ],
  ["users both parsed and listed", { content: "c", allowedMentions: { parse: ["users"], users: ["1"] } }, "mutually exclusive"],
])("refuses %s with 50035", async (_, body, why) => {
  const discord = await start();
  const { ops } = await connect(discord);
  const refused = await refusal(ops.send(body));
  expect(refused).toMatchObject({ code: 50035, status: 400 });
  expect(refused.errors).toContain(why);
  expect(refused.errors).toContain('"message":"Invalid Form Body"');
  expect(discord.messages("ops")).toEqual([]);
  expect(() => discord.assertClean()).toThrow(/50035/);
});

test("refuses an empty message, 11 files and a file over 10 MiB", async () => {
  const discord = await start();
  const { ops } = await connect(discord);
  expect(await refusal(ops.send({ content: " " }))).toMatchObject({ code: 50006 });
  const files = Array.from({ length: 11 }, (_, index) => ({ attachment: Buffer.from("x"), name: `${index}.txt` }));
  expect(await refusal(ops.send({ files }))).toMatchObject({ code: 50035 });
  const big = { attachment: Buffer.alloc(10 * 1024 * 1024 + 1), name: "big.log" };
  expect(await refusal(ops.send({ files: [big] }))).toMatchObject({ code: 40005, status: 413 });
});

test("components V2: text, container, buttons; an edit stays V2", async () => {
  const discord = await start();
  const { ops } = await connect(discord);
  const components = [{ type: 17, components: [{ type: 10, content: "**Plan**" }, row(button("Approve", "a:1"))] }];
  const sent = await ops.send({ flags: MessageFlags.IsComponentsV2, components });
  expect(sent.flags.has(MessageFlags.IsComponentsV2)).toBe(true);
  expect(discord.messages("ops")[0]).toMatchObject({ text: "**Plan**", buttons: [{ label: "Approve", customId: "a:1" }] });
  expect(await refusal(sent.edit({ content: "no" }))).toMatchObject({ code: 50035 });
});

test("channels and permissions: 10003, 50001, 50013, other people's messages", async () => {
  const discord = await start({
    guild: {
      channels: [
        { id: "500000000000000001", name: "ops" },
        { id: "500000000000000008", name: "hidden", deniedToBot: ["ViewChannel"] },
        { id: "500000000000000009", name: "silent", deniedToBot: ["SendMessages", "EmbedLinks"] },
      ],
    },
  });
  const { client, ops, messages } = await connect(discord);
  const post = (channel: string) => client.rest.post(`/channels/${channel}/messages`, { body: { content: "hello" } });
  expect(await refusal(post("599999999999999999"))).toMatchObject({ code: 10003, status: 404 });
  expect(await refusal(post("500000000000000008"))).toMatchObject({ code: 50001, status: 403 });
  expect(await refusal(post("500000000000000009"))).toMatchObject({ code: 50013, status: 403 });
  expect(client.channels.cache.get("500000000000000009")?.isTextBased()).toBe(true);
  discord.mention({ user: "alice", channel: "ops", text: "hello" });
  await discord.waitFor(() => messages[0], "the message");
  expect(await refusal(ops.messages.edit(messages[0]!.id, "mine now"))).toMatchObject({ code: 50005 });
  discord.assertClean();
});

test("one thread a message, with the message's id; its messages come with the thread's channel", async () => {
  const discord = await start();
  const { client, messages } = await connect(discord);
  discord.mention({ user: "alice", channel: "ops", text: "deploy" });
  const starter = await discord.waitFor(() => messages[0], "the message");
  const thread = await starter.startThread({ name: "deploy", autoArchiveDuration: 1440 });
  expect(thread.id).toBe(starter.id);
  expect(discord.threads).toMatchObject([{ id: starter.id, name: "deploy", archived: false }]);
  const again = client.rest.post(`/channels/${starter.channelId}/messages/${starter.id}/threads`, { body: { name: "two" } });
  expect(await refusal(again)).toMatchObject({ code: 160004 });
  const longName = client.rest.post(`/channels/${starter.channelId}/messages/${starter.id}/threads`, { body: { name: "x".repeat(101) } });
  expect(await refusal(longName)).toMatchObject({ code: 50035 });
  await thread.send("in here");
  discord.mention({ user: "bob", thread: thread.id, text: "and me" });
  const inThread = await discord.waitFor(() => messages.find((message) => message.content.includes("and me")), "the thread's message");
  expect(inThread.channelId).toBe(thread.id);
  expect(inThread.channel.isThread()).toBe(true);
  expect(discord.messages(thread.id).map((message) => message.text)).toEqual(["in here", `<@${discord.botId}> and me`]);
});

test("posting opens an archived thread; a locked one stays shut, and so do edits in it", async () => {
  const discord = await start();
  const { ops } = await connect(discord);
  const starter = await ops.send("plan");
  const thread: ThreadChannel = await starter.startThread({ name: "plan" });
  const inside = await thread.send("first");
  discord.archiveThread(thread.id);
  expect(await refusal(inside.edit("second"))).toMatchObject({ code: 50083 });
  await thread.send("wakes it");
  await discord.waitFor(() => !thread.archived, "THREAD_UPDATE at the client");
  expect(discord.threads[0]?.archived).toBe(false);
  discord.archiveThread(thread.id, true);
  expect(await refusal(thread.send("no"))).toMatchObject({ code: 50083, status: 400 });
  discord.clock.advance(1);
  discord.assertClean();
});

test("a thread is archived when nobody writes for so long", async () => {
  const discord = await start();
  const { ops } = await connect(discord);
  const thread = await (await ops.send("plan")).startThread({ name: "plan", autoArchiveDuration: 60 });
  discord.clock.advance(61 * 60_000);
  expect(await refusal(thread.setName("other"))).toMatchObject({ code: 50083 });
});

test("a command: deferred privately, answered, followed up, deleted; only its person sees it", async () => {
  const discord = await start();
  const bot = await connect(discord);
  const { handle, interaction } = await command(discord, bot);
  expect(interaction.options.getSubcommand()).toBe("status");
  expect(interaction.channel?.id).toBe("500000000000000001");
  expect((interaction.member as GuildMember).id).toBe("400000000000000001");
  expect(interaction.memberPermissions?.has("SendMessages")).toBe(true);
  await interaction.deferReply({ flags: MessageFlags.Ephemeral });
  expect(handle).toMatchObject({ deferred: true, ephemeral: true, error: undefined });
  expect(discord.ephemerals("alice")).toMatchObject([{ loading: true, content: "" }]);
  await interaction.editReply("nothing runs");
  const more = await interaction.followUp({ content: "for all" });
  expect(discord.ephemerals("alice").map((message) => message.content)).toEqual(["nothing runs"]);
  expect(discord.ephemerals("bob")).toEqual([]);
  expect(discord.messages("ops").map((message) => message.content)).toEqual(["for all"]);
  await interaction.deleteReply();
  await interaction.deleteReply(more);
  expect(discord.messages("ops")).toEqual([]);
  expect(handle.responses.map((message) => message.deleted)).toEqual([true, true]);
  expect(discord.acks).toHaveLength(1);
  expect(bot.messages.every((message) => !message.flags.has(MessageFlags.Ephemeral))).toBe(true);
  discord.assertClean();
});

test("a public answer with its response comes back as a message", async () => {
  const discord = await start();
  const bot = await connect(discord);
  const { interaction } = await command(discord, bot);
  const response = await interaction.reply({ content: "planned", withResponse: true });
  const shown = discord.messages("ops")[0];
  expect(response.resource?.message?.id).toBe(shown?.id);
  expect(response.interaction.responseMessageEphemeral).toBe(false);
  expect((await interaction.fetchReply()).id).toBe(shown?.id);
  const thread = await response.resource!.message!.startThread({ name: "planned" });
  expect(thread.id).toBe(shown?.id);
});

test("the first answer is due in 3 seconds, once; the token lives 15 minutes", async () => {
  const discord = await start();
  const bot = await connect(discord);
  const late = await command(discord, bot);
  discord.clock.advance(3001);
  expect(late.handle.error).toMatch(/did not respond/);
  expect(await refusal(late.interaction.deferReply())).toMatchObject({ code: 10062, status: 404 });
  expect(late.handle.refused).toEqual([10062]);
  expect(() => discord.assertClean()).toThrow(/nobody answered/);

  const { handle, interaction } = await command(discord, bot);
  await interaction.reply("one");
  // discord.js guards a second answer itself; another process with the same interaction would not.
  const twin = `/interactions/${interaction.id}/${interaction.token}/callback` as const;
  const second = bot.client.rest.post(twin, { body: { type: 4, data: { content: "two" } }, auth: false });
  expect(await refusal(second)).toMatchObject({ code: 40060, status: 400 });
  discord.clock.advance(15 * 60_000);
  expect(await refusal(interaction.editReply("too late"))).toMatchObject({ code: 50027, status: 401 });
  expect(handle.responses[0]?.content).toBe("one");
  expect(() => discord.assertClean()).toThrow(/10062[\s\S]*40060[\s\S]*50027/);
});

test("clicks: deferred or at once, with the message; a disabled or removed button cannot be clicked", async () => {
  const discord = await start();
  const bot = await connect(discord);
  const sent = await bot.ops.send({ content: "plan", components: approve });
  const handle = discord.click({ user: "bob", message: sent.id, label: "Approve" });
  const click = await discord.waitFor(() => bot.interactions[0], "the click");
  if (!click.isButton()) throw new Error("not a button");
  expect(click.customId).toBe("approve:1");
  expect(click.message.id).toBe(sent.id);
  expect((click.member as GuildMember).roles.cache.has("300000000000000001")).toBe(true);
  await click.deferUpdate();
  await click.editReply({ content: "approved by bob", components: [] });
  expect(handle.answeredBy).toBe(6);
  expect(discord.messages("ops")).toMatchObject([{ content: "approved by bob", buttons: [] }]);
  expect(() => discord.click({ user: "bob", message: sent.id, label: "Approve" })).toThrow(/nothing to use/);
  discord.click({ user: "carol", message: sent.id, label: "Approve", stale: true });
  const behind = await discord.waitFor(() => bot.interactions[1], "the click on an old screen");
  if (!behind.isButton()) throw new Error("not a button");
  await behind.reply({ content: "bob was first", flags: MessageFlags.Ephemeral });
  expect(discord.ephemerals("carol").map((message) => message.content)).toEqual(["bob was first"]);
  expect(() => discord.click({ user: "alice", message: discord.ephemerals("carol")[0]!, label: "x" })).toThrow(/does not see/);
  discord.redeliver(handle);
  await discord.waitFor(() => bot.interactions.length === 3, "the click again");
  expect(bot.interactions[2]?.id).toBe(click.id);
});

test("a click in a thread knows its thread; the first follow-up of a deferred answer is that answer", async () => {
  const discord = await start();
  const bot = await connect(discord);
  const thread = await (await bot.ops.send("plan")).startThread({ name: "plan" });
  const card = await thread.send({ content: "approve?", components: approve });
  const handle = discord.click({ user: "bob", message: card.id, label: "Approve" });
  const click = await discord.waitFor(() => bot.interactions[0], "the click");
  if (!click.isButton()) throw new Error("not a button");
  expect(click.channel?.isThread()).toBe(true);
  expect(click.channelId).toBe(thread.id);
  await click.deferReply({ flags: MessageFlags.Ephemeral });
  await click.followUp("not for you");
  expect(handle.responses).toHaveLength(1);
  expect(discord.ephemerals("bob").map((message) => message.content)).toEqual(["not for you"]);
  expect(discord.messages(thread.id).map((message) => message.content)).toEqual(["approve?"]);
  expect(discord.pings).toEqual([]);
});

test("a global command works in direct messages, a guild's does not", async () => {
  const discord = await start();
  const bot = await connect(discord);
  await bot.client.application?.commands.set([{ name: "mine", description: "What waits for me" }]);
  discord.command({ user: "alice", direct: true, name: "mine" });
  const mine = await discord.waitFor(() => bot.interactions[0], "the command");
  if (!mine.isChatInputCommand()) throw new Error("not a command");
  expect(mine).toMatchObject({ guildId: null, member: null });
  expect(mine.user.username).toBe("alice");
  await mine.reply("nothing");
  expect(discord.directMessages("alice").map((message) => message.content)).toEqual(["nothing"]);
  await registerCommand(bot);
  expect(() => discord.command({ user: "alice", direct: true, name: "chiffon status" })).toThrow(/command of the guild/);
  discord.assertClean();
});

test("answers to a deleted message and posts in a deleted thread are refused by name", async () => {
  const discord = await start();
  const { ops, client } = await connect(discord);
  const starter = await ops.send("plan");
  const thread = await starter.startThread({ name: "plan" });
  discord.deleteMessage(starter.id);
  await thread.send("the thread is still there");
  const answer = client.rest.post(`/channels/${ops.id}/messages`, {
    body: { content: "late", message_reference: { message_id: starter.id } },
  });
  expect((await refusal(answer)).errors).toContain("REPLIES_UNKNOWN_MESSAGE");
  discord.deleteChannel(thread.id);
  expect(await refusal(client.rest.post(`/channels/${thread.id}/messages`, { body: { content: "x" } }))).toMatchObject({ code: 10003 });
});

test("an edit keeps what it does not name, clears what is null, and counts its files", async () => {
  const discord = await start();
  const { client, ops } = await connect(discord);
  const file = (name: string) => ({ attachment: Buffer.from(name), name });
  const sent = await ops.send({ content: "one", embeds: [{ title: "t" }], components: approve, files: [file("a.log")] });
  await sent.edit({ content: "two" });
  expect(discord.messages("ops")[0]).toMatchObject({ content: "two", embeds: [{ title: "t" }], attachments: [{ filename: "a.log" }] });
  expect(discord.messages("ops")[0]?.buttons).toHaveLength(2);
  await sent.edit({ content: null, components: [], files: [file("b.log")], attachments: [...sent.attachments.values()] });
  expect(discord.messages("ops")[0]).toMatchObject({ content: "", buttons: [] });
  expect(discord.messages("ops")[0]?.attachments.map((each) => each.text)).toEqual(["a.log", "b.log"]);
  expect(await refusal(sent.edit({ content: "x".repeat(2001) }))).toMatchObject({ code: 50035 });
  expect(await refusal(sent.edit({ embeds: [], attachments: [] }))).toMatchObject({ code: 50006 });
  expect(discord.messages("ops")[0]?.edits).toHaveLength(2);
  const told = new Promise<string | null>((resolve) => client.once(Events.MessageUpdate, (_, updated) => resolve(updated.content)));
  await sent.edit("three");
  expect(await told).toBe("three");
});

test("slow answers and an outage of the API", async () => {
  const discord = await start();
  const { ops } = await connect(discord);
  discord.slow(80);
  const begun = Date.now();
  await ops.send("slow");
  expect(Date.now() - begun).toBeGreaterThanOrEqual(75);
  discord.slow(0);
  discord.failFor(60_000);
  await expect(ops.send("down")).rejects.toThrow(/503|Service/i);
  discord.failFor(0);
  await ops.send("up");
  expect(discord.messages("ops").map((message) => message.content)).toEqual(["slow", "up"]);
});

test("modals: shown on a click, filled by label or id, refused after a defer and when too large", async () => {
  const discord = await start();
  const bot = await connect(discord);
  const sent = await bot.ops.send({ content: "plan", components: approve });
  const input = { type: 4, custom_id: "port", style: 1, label: "Port", required: true, max_length: 5 };
  const label = { type: 18, label: "Where", component: { type: 3, custom_id: "host", options: [{ label: "Web one", value: "web1" }] } };
  const modal = { custom_id: "edit:1", title: "Change the plan", components: [row(input), label] };

  const handle = discord.click({ user: "bob", message: sent.id, customId: "approve:1" });
  const click = await discord.waitFor(() => bot.interactions[0], "the click");
  if (!click.isButton()) throw new Error("not a button");
  expect(await refusal(click.showModal({ ...modal, title: "x".repeat(46) } as never))).toMatchObject({ code: 50035 });
  await click.showModal(modal as never);
  expect(discord.modal?.title).toBe("Change the plan");
  expect(() => discord.submit({ user: "bob", values: { Where: "Web one" } })).toThrow(/required/);
  expect(() => discord.submit({ user: "bob", values: { Port: "123456", Where: "web1" } })).toThrow(/too long/);
  discord.submit({ user: "bob", modal: handle, values: { Port: "8080", host: "web1" } });
  const submitted = await discord.waitFor(() => bot.interactions[1], "the modal's answer");
  if (!submitted.isModalSubmit()) throw new Error("not a modal");
  expect(submitted.fields.getTextInputValue("port")).toBe("8080");
  expect(submitted.fields.getStringSelectValues("host")).toEqual(["web1"]);
  if (!submitted.isFromMessage()) throw new Error("no message");
  await submitted.update({ content: "on 8080" });
  expect(discord.messages("ops")[0]?.content).toBe("on 8080");

  discord.click({ user: "bob", message: sent.id, customId: "approve:1" });
  const other = await discord.waitFor(() => bot.interactions[2], "another click");
  if (!other.isButton()) throw new Error("not a button");
  await other.deferUpdate();
  const late = bot.client.rest.post(`/interactions/${other.id}/${other.token}/callback`, { body: { type: 9, data: modal }, auth: false });
  expect(await refusal(late)).toMatchObject({ code: 40060 });
});

test("selects give values or resolved members", async () => {
  const discord = await start();
  const bot = await connect(discord);
  const options = [
    { label: "Web one", value: "web1" },
    { label: "Web two", value: "web2" },
  ];
  const sent = await bot.ops.send({
    content: "where?",
    components: [row({ type: 3, custom_id: "host", options }), row({ type: 5, custom_id: "who" })] as never,
  });
  discord.select({ user: "alice", message: sent.id, customId: "host", values: ["Web two"] });
  discord.select({ user: "alice", message: sent.id, customId: "who", values: ["400000000000000002"] });
  await discord.waitFor(() => bot.interactions.length === 2, "both");
  const [host, who] = bot.interactions;
  if (host?.isStringSelectMenu() !== true || who?.isUserSelectMenu() !== true) throw new Error("not selects");
  expect(host.values).toEqual(["web2"]);
  expect(who.users.first()?.username).toBe("bob");
  expect(() => discord.select({ user: "alice", message: sent.id, customId: "host", values: ["web3"] })).toThrow(/no option/);
});

test("commands are registered under the platform's limits, and autocompleted", async () => {
  const discord = await start();
  const bot = await connect(discord);
  await registerCommand(bot);
  expect(discord.registeredCommands(discord.guildId).map((each) => each.name)).toEqual(["chiffon"]);
  expect(discord.registeredCommands()).toEqual([]);
  const put = (body: object[]) => refusal(bot.client.rest.put(`/applications/${discord.applicationId}/commands`, { body }));
  const option = (name: string, more: object = {}) => ({ type: 3, name, description: "d", ...more });
  const base = { name: "ask", description: "d" };
  expect((await put([{ ...base, name: "Ask" }])).errors).toContain("STRING_TYPE_REGEX");
  expect((await put([{ ...base, description: "x".repeat(101) }])).errors).toContain("100 or fewer");
  expect((await put([{ ...base, options: Array.from({ length: 26 }, (_, index) => option(`o${index}`)) }])).errors).toContain(
    "25 or fewer",
  );
  const choices = Array.from({ length: 25 }, (_, index) => ({ name: `${index}`.padEnd(100, "n"), value: `${index}`.padEnd(100, "v") }));
  expect((await put([{ ...base, options: [option("o", { choices: [...choices, ...choices] })] }])).errors).toContain("25 or fewer");
  const large = { ...base, options: [option("a", { choices }), option("b", { choices })] };
  expect((await put([large])).errors).toContain("APPLICATION_COMMAND_TOO_LARGE");
  expect((await put([{ ...base, options: [option("a"), option("b", { required: true })] }])).errors).toContain("OPTIONS_REQUIRED_INVALID");
  expect((await put([base, base])).errors).toContain("DUPLICATE_NAME");

  bot.client.on(Events.InteractionCreate, (interaction) => {
    if (!interaction.isAutocomplete()) return;
    const typed = interaction.options.getFocused();
    const count = typed === "many" ? 26 : 2;
    const answers = Array.from({ length: count }, (_, index) => ({ name: `${typed} ${index}`, value: `${typed} ${index}` }));
    interaction.respond(answers).catch(() => discord.clock.advance(3001));
  });
  const ask = { user: "alice", channel: "ops", name: "chiffon ask", focused: "text" } as const;
  expect((await discord.autocomplete({ ...ask, options: { text: "restart" } })).map((choice) => choice.name)).toEqual([
    "restart 0",
    "restart 1",
  ]);
  await expect(discord.autocomplete({ ...ask, options: { text: "many" } })).rejects.toThrow(/did not respond/);
  expect(() => discord.command({ user: "alice", name: "chiffon ask" })).toThrow(/required/);
  expect(() => discord.command({ user: "alice", name: "other" })).toThrow(/no command/);
});

test("a cut connection is resumed, and what happened meanwhile is replayed, on wish doubled", async () => {
  const discord = await start();
  const bot = await connect(discord);
  const sent = await bot.ops.send({ content: "plan", components: approve });
  const first = discord.click({ user: "bob", message: sent.id, label: "Approve" });
  await discord.waitFor(() => bot.interactions.length === 1, "the click");
  discord.gateway.resumeDoubles = true;
  discord.cut();
  discord.mention({ user: "alice", channel: "ops", text: "while away" });
  await discord.waitFor(() => bot.messages.some((message) => message.content.includes("while away")), "the replay");
  expect(discord.gateway.resumes).toBe(1);
  expect(discord.gateway.identifies).toBe(1);
  await discord.waitFor(() => bot.interactions.length === 2, "the click again");
  expect(bot.interactions[1]?.id).toBe(first.id);

  discord.gateway.resumeDoubles = false;
  discord.reconnect();
  await discord.waitFor(() => discord.gateway.resumes === 2, "op 7 is followed by a resume");
  discord.invalidSession(true);
  await discord.waitFor(() => discord.gateway.resumes === 3, "op 9 with true is followed by a resume");
});

test("a bot that cannot connect for a while comes back and misses nothing; a silent connection is left", async () => {
  const discord = await start({ heartbeatMs: 60 });
  const bot = await connect(discord);
  discord.cut(900);
  discord.mention({ user: "alice", channel: "ops", text: "during the outage" });
  await discord.waitFor(() => bot.messages.some((message) => message.content.includes("during the outage")), "the replay");
  const before = discord.gateway.resumes;
  discord.gateway.heartbeatsUnanswered = true;
  await discord.waitFor(() => discord.gateway.resumes > before, "a resume after an unanswered heartbeat");
  discord.gateway.heartbeatsUnanswered = false;
  expect(discord.gateway.identifies).toBe(1);
});

test("an invalid session makes the bot identify anew; a click meanwhile is lost", async () => {
  const discord = await start();
  const bot = await connect(discord);
  const sent = await bot.ops.send({ content: "plan", components: approve });
  discord.invalidSession(false);
  const handle = discord.click({ user: "bob", message: sent.id, label: "Approve" });
  expect(handle.error).toMatch(/did not respond/);
  await discord.waitFor(() => discord.gateway.identifies === 2, "a new session", 30_000);
  discord.mention({ user: "alice", channel: "ops", text: "again" });
  await discord.waitFor(() => bot.messages.some((message) => message.content.includes("again")), "news in the new session");
  expect(bot.interactions).toEqual([]);
});

test("planned failures: 429, 503 and broken connections are retried by discord.js", async () => {
  const discord = await start();
  const { ops } = await connect(discord);
  discord.failNext({ route: /^POST .*messages$/, status: 429, retryAfter: 0.1 });
  await ops.send("one");
  discord.failNext({ status: 503 });
  await ops.send("two");
  discord.failNext({ status: "reset" });
  await ops.send("three");
  discord.failNext({ status: 403, code: 50001, message: "Missing Access" });
  expect(await refusal(ops.send("four"))).toMatchObject({ code: 50001 });
  expect(discord.messages("ops").map((message) => message.content)).toEqual(["one", "two", "three"]);
  expect(discord.calls.filter((call) => call.planned)).toHaveLength(4);
  discord.assertClean();
});

test("with real limits a sixth message waits, and one who ignores the headers gets 429", async () => {
  const discord = await start({ rateLimits: "real" });
  const { ops } = await connect(discord);
  const begun = discord.clock.now();
  await Promise.all(["1", "2", "3", "4", "5", "6"].map((text) => ops.send(text)));
  expect(discord.messages("ops")).toHaveLength(6);
  expect(discord.messages("ops")[5]!.createdAt - begun).toBeGreaterThan(4000);
  discord.assertClean();
  const post = () =>
    fetch(`${discord.apiUrl}/v10/channels/500000000000000002/messages`, {
      method: "POST",
      headers: { authorization: `Bot ${discord.token}`, "content-type": "application/json" },
      body: JSON.stringify({ content: "hasty" }),
    });
  const answers: Response[] = [];
  for (let count = 0; count < 6; count += 1) answers.push(await post());
  expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200, 200, 200, 429]);
  expect(await answers[5]?.json()).toMatchObject({ global: false, retry_after: expect.any(Number) });
  expect(() => discord.assertClean()).toThrow(/429/);
});

test("a thread is renamed twice in ten minutes, not three times", async () => {
  const discord = await start();
  const { ops } = await connect(discord);
  const thread = await (await ops.send("plan")).startThread({ name: "queued" });
  const rename = (name: string) =>
    fetch(`${discord.apiUrl}/v10/channels/${thread.id}`, {
      method: "PATCH",
      headers: { authorization: `Bot ${discord.token}`, "content-type": "application/json" },
      body: JSON.stringify({ name }),
    });
  expect((await rename("running")).status).toBe(200);
  expect((await rename("done")).status).toBe(200);
  const third = await rename("again");
  expect(third.status).toBe(429);
  expect(((await third.json()) as { retry_after: number }).retry_after).toBeGreaterThan(500);
  discord.clock.advance(600_001);
  expect((await rename("later")).status).toBe(200);
  expect(discord.threads[0]?.name).toBe("later");
});

test("roles are asked for anew, and a person who left is unknown", async () => {
  const discord = await start();
  const { client } = await connect(discord);
  const guild = client.guilds.cache.get(discord.guildId)!;
  const fetched = async () =>
    (await guild.members.fetch({ user: "400000000000000003", force: true })).roles.cache.has("300000000000000001");
  expect(await fetched()).toBe(false);
  discord.setRoles("carol", ["approvers"]);
  expect(await fetched()).toBe(true);
  discord.removeMember("carol");
  expect(await refusal(fetched())).toMatchObject({ code: 10007 });
});

test("direct messages go both ways, and to nobody who closed them", async () => {
  const discord = await start({
    guild: {
      members: [
        { id: "400000000000000001", name: "alice" },
        { id: "400000000000000004", name: "dora", directMessagesClosed: true },
      ],
    },
  });
  const { client } = await connect(discord);
  await (await client.users.fetch("400000000000000001")).send("your plan waits");
  expect(discord.directMessages("alice").map((message) => message.content)).toEqual(["your plan waits"]);
  expect(await refusal((await client.users.fetch("400000000000000004")).send("hello"))).toMatchObject({ code: 50007 });
});

test("an unknown route is noticed at the end", async () => {
  const discord = await start();
  const { client } = await connect(discord);
  expect(await refusal(client.rest.get("/nothing/here"))).toMatchObject({ status: 404 });
  expect(() => discord.assertClean()).toThrow(/unknown route GET \/nothing\/here/);
});
