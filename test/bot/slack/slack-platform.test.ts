import { expect, test } from "vitest";
import type { Form } from "../../../src/bot/cards.ts";
import { DeliveryError } from "../../../src/bot/delivery-error.ts";
import { createSlackPlatform } from "../../../src/bot/slack/slack-platform.ts";
import { silentLogger } from "../../../src/logger.ts";
import { hostile, form, names, notice, plan, planId, progress, question, result, step } from "./sample-cards.ts";
import { openSlack } from "./slack-house.ts";

const thread = (ts: string): string => `slack:T1:C1:${ts}`;

test("a mention in a channel begins a thread, and its two events carry the same key", async () => {
  const { slack, messages, said } = await openSlack();
  const { ts, delivered } = slack.mention({ user: "U1", channel: "C1", text: "restart nginx on web1" });
  await delivered;
  await slack.waitFor(() => messages.length === 2, "both events");
  const [one, other] = messages;
  expect(one).toMatchObject({
    conversation: thread(ts),
    person: "slack:T1:U1",
    text: "restart nginx on web1",
    addressed: true,
    thread: true,
  });
  expect(other?.eventKeys[1]).toBe(`message:C1:${ts}`);
  expect(one?.eventKeys[1]).toBe(`message:C1:${ts}`);
  expect(one?.eventKeys[0]).not.toBe(other?.eventKeys[0]);
  expect(said).toEqual(["Slack: connected to Example"]);
});

test("a redelivered event has its first key", async () => {
  const { slack, messages } = await openSlack();
  const { eventId, delivered } = slack.mention({ user: "U1", channel: "C1", text: "restart nginx" });
  await delivered;
  await slack.redeliver(eventId);
  await slack.waitFor(() => messages.length === 3, "the event again");
  expect(messages[2]?.eventKeys).toEqual(messages[0]?.eventKeys);
});

test("plain replies in a thread are handed over as not addressed, other talk is not, nor are bots, edits and deletions", async () => {
  const { slack, messages } = await openSlack();
  const root = slack.message({ user: "U1", channel: "C1", text: "just talking" });
  await root.delivered;
  await slack.message({ user: "U2", channel: "C1", text: "a bot says", botId: "B9", threadTs: root.ts }).delivered;
  slack.editMessage("C1", root.ts, "talking, edited");
  await slack.message({ user: "U2", channel: "C1", text: "only on web2 & <b>", threadTs: root.ts }).delivered;
  slack.deleteMessage("C1", root.ts);
  await slack.message({ user: "U1", channel: "C1", text: "the file says it", threadTs: root.ts, subtype: "file_share" }).delivered;
  await slack.waitFor(() => messages.length >= 2, "the replies");
  expect(messages).toEqual([
    expect.objectContaining({
      conversation: thread(root.ts),
      person: "slack:T1:U2",
      text: "only on web2 & <b>",
      addressed: false,
      thread: true,
    }),
    expect.objectContaining({ text: "the file says it", addressed: false }),
  ]);
});

test("a direct message is one conversation, a thread in it another", async () => {
  const { slack, messages } = await openSlack();
  const first = slack.directMessage({ user: "U1", text: "restart nginx" });
  await first.delivered;
  await slack.message({ user: "U1", channel: first.channel, text: "and php", threadTs: first.ts }).delivered;
  await slack.waitFor(() => messages.length === 2, "both messages");
  expect(messages).toEqual([
    expect.objectContaining({ conversation: `slack:T1:${first.channel}`, addressed: true, thread: false }),
    expect.objectContaining({ conversation: `slack:T1:${first.channel}:${first.ts}`, addressed: true, thread: true }),
  ]);
});

test("somebody of another workspace in a shared channel is another account", async () => {
  const { slack, messages, actions, platform } = await openSlack();
  const { ts, delivered } = slack.mention({ user: "U9", channel: "C1", text: "restart nginx" });
  await delivered;
  await slack.waitFor(() => messages.length > 0, "the message");
  expect(messages[0]?.person).toBe("slack:T2:U9");
  const card = await platform.post(thread(ts), plan(), "k1");
  await slack.click({ user: "U9", channel: "C1", ts: card.message, text: "Approve" });
  await slack.waitFor(() => actions.length > 0, "the click");
  expect(actions[0]).toEqual({ conversation: thread(ts), person: "slack:T2:U9", id: "approve", target: planId });
});

test("a card is posted into its thread, edited there, and a click comes back with id, target and value", async () => {
  const { slack, platform, actions } = await openSlack();
  const { ts } = slack.message({ user: "U1", channel: "C1", text: "x" });
  const reference = await platform.post(thread(ts), plan({ requestText: hostile }), "k1");
  expect(reference).toEqual({ conversation: thread(ts), channel: "C1", message: expect.any(String) });
  await slack.click({ user: "U2", channel: "C1", ts: reference.message, text: "Approve" });
  await slack.waitFor(() => actions.length === 1, "the click");
  await platform.edit(
    reference,
    plan({
      state: "approved",
      decided: { decision: "approved", person: "slack:T1:U2", at: "2026-11-21T04:10:00.000Z", reason: null },
      actions: [],
    }),
  );
  const [message] = slack.thread("C1", ts).filter((one) => one.ts === reference.message);
  expect(JSON.stringify(message?.blocks)).toContain('"text":"@bob"');
  expect(JSON.stringify(message?.blocks)).toContain("https://example.slack.com/team/U2");
  expect(JSON.stringify(message?.blocks)).not.toContain('"button"');
  // Who sees the old card may still press it: what it means is decided behind the handlers.
  await slack.click({ user: "U1", channel: "C1", ts: reference.message, text: "Approve", stale: true });
  await slack.waitFor(() => actions.length === 2, "the late click");
  expect(actions[1]).toEqual({ conversation: thread(ts), person: "slack:T1:U1", id: "approve", target: planId });
});

test("a candidate is chosen by button or menu", async () => {
  const { slack, platform, actions } = await openSlack();
  const { ts } = slack.message({ user: "U1", channel: "C1", text: "x" });
  const few = await platform.post(thread(ts), question(), "k1");
  await slack.click({ user: "U1", channel: "C1", ts: few.message, text: "Deploy the site" });
  const candidates = names(30, "playbook-").map((playbook) => ({ playbook, name: playbook, confidence: 0.5 }));
  const many = await platform.post(thread(ts), question({ choices: [{ step: 2, stepName: "x", candidates }] }), "k2");
  const select = JSON.stringify(slack.messages("C1").find((one) => one.ts === many.message)?.blocks);
  const actionId = /"action_id":("chiffon:menu:(?:[^"\\]|\\.)*")/.exec(select)?.[1] ?? '""';
  await slack.click({ user: "U1", channel: "C1", ts: many.message, actionId: JSON.parse(actionId) as string, value: "2:playbook-17" });
  await slack.waitFor(() => actions.length === 2, "both choices");
  expect(actions.map(({ id, target, value }) => ({ id, target, value }))).toEqual([
    { id: "choose", target: planId, value: "1:deploy-site" },
    { id: "choose", target: planId, value: "2:playbook-17" },
  ]);
});

test("a form opens at once, is filled when it is made, tells what is wrong in place, and is sent typed", async () => {
  const asked = Promise.withResolvers<Form>();
  const { slack, platform, actions } = await openSlack({ handlers: { onForm: () => asked.promise } });
  const { ts } = slack.message({ user: "U1", channel: "C1", text: "x" });
  const card = await platform.post(thread(ts), question({ choices: [], fields: form().fields }), "k1");
  await slack.click({ user: "U1", channel: "C1", ts: card.message, text: "Fill in" });
  expect(JSON.stringify((await slack.wait.untilModal("U1")).body)).toContain("Getting the form");
  const text = { required: true, default: null, choices: null, description: null };
  asked.resolve(
    form({
      fields: [
        { ...text, name: "1.port", label: "port", type: "int" },
        { ...text, name: "1.hosts", label: "hosts", type: "list", long: true },
        { ...text, name: "1.version", label: "version", type: "str", choices: ["1.0", "2.0"], default: "2.0" },
        { ...text, name: "1.force", label: "force", type: "bool", default: false },
        { ...text, name: "1.note", label: "note", type: "str", required: false },
        { ...text, name: "1.size", label: "size", type: "int", choices: [1, 2, 3], description: "in GB" },
      ],
    }),
  );
  const view = await slack.waitFor(() => (slack.modal("U1")?.body["submit"] === undefined ? undefined : slack.modal("U1")), "the form");
  const wrong = await slack.submit({ user: "U1", viewId: view.id, values: { "1.port": "eighty", "1.hosts": "a, b", size: "2" } });
  expect(wrong.payload).toEqual({ response_action: "errors", errors: { "1.port": "This is a whole number." } });
  expect(actions).toEqual([]);
  await slack.submit({ user: "U1", viewId: view.id, values: { "1.port": "80", "1.hosts": "a, b", size: "2", force: "yes" } });
  await slack.waitFor(() => actions.length === 1, "the answer");
  expect(actions[0]).toEqual({
    conversation: thread(ts),
    person: "slack:T1:U1",
    id: "answer",
    target: planId,
    form: { "1.port": 80, "1.hosts": ["a", "b"], "1.version": "2.0", "1.force": true, "1.size": 2 },
  });
});

test("a destructive plan's approval asks for the typed word in a form", async () => {
  const typed = form({
    title: "Really?",
    text: "It removes the database.",
    action: { id: "approve", target: planId },
    fields: [
      {
        ...form().fields[0],
        name: "typed",
        label: "Type destroy",
        type: "str",
        required: true,
        default: null,
        choices: null,
        description: null,
      },
    ],
  });
  const { slack, platform, actions } = await openSlack({ handlers: { onForm: async () => typed } });
  const { ts } = slack.message({ user: "U1", channel: "C1", text: "x" });
  const card = plan({
    risk: "destructive",
    actions: [
      { id: "approve", label: "Approve", style: "danger", target: planId, confirm: { text: "It removes the database.", typed: "destroy" } },
    ],
  });
  const { message } = await platform.post(thread(ts), card, "k1");
  await slack.click({ user: "U1", channel: "C1", ts: message, text: "Approve" });
  const view = await slack.waitFor(() => (slack.modal("U1")?.body["submit"] === undefined ? undefined : slack.modal("U1")), "the form");
  await slack.submit({ user: "U1", viewId: view.id, values: { typed: "destroy" } });
  await slack.waitFor(() => actions.length === 1, "the approval");
  expect(actions[0]).toMatchObject({ id: "approve", target: planId, form: { typed: "destroy" } });
});

test("where there is no form any more, the modal says why", async () => {
  const { slack, platform } = await openSlack({
    handlers: { onForm: async () => notice({ tone: "refusal", text: "Bob approved it already." }) },
  });
  const { ts } = slack.message({ user: "U1", channel: "C1", text: "x" });
  const { message } = await platform.post(thread(ts), plan(), "k1");
  await slack.click({ user: "U1", channel: "C1", ts: message, text: "Reject" });
  const view = await slack.waitFor(
    () => JSON.stringify(slack.modal("U1")?.body ?? {}).includes("Bob approved") && slack.modal("U1"),
    "the reason",
  );
  expect(view.body).not.toHaveProperty("submit");
});

test("a form whose trigger ran out is told privately", async () => {
  const { slack, platform } = await openSlack({ handlers: { onForm: async () => form() } });
  const { ts } = slack.message({ user: "U1", channel: "C1", text: "x" });
  const { message } = await platform.post(thread(ts), plan(), "k1");
  slack.failNext({ method: "views.open", error: "expired_trigger_id" });
  await slack.click({ user: "U1", channel: "C1", ts: message, text: "Edit" });
  const told = await slack.wait.untilEphemeral("U1", "Press the button again.");
  expect(told.threadTs).toBe(ts);
});

test("a slash command is acknowledged at once, answered privately, and its first message begins a thread", async () => {
  const { slack, platform, commands } = await openSlack();
  await slack.command({ user: "U1", channel: "C1", command: "/chiffon", text: "restart nginx on web1 &amp; web2" });
  await slack.waitFor(() => commands.length === 1, "the command");
  const [command] = commands;
  expect(command).toMatchObject({
    person: "slack:T1:U1",
    text: "restart nginx on web1 & web2",
    eventKeys: [expect.stringMatching(/^command:/)],
  });
  for (let use = 1; use <= 7; use += 1) await command?.answer(notice({ text: `answer ${use}` }));
  expect(
    slack
      .ephemerals("U1")
      .map((one) => JSON.stringify(one.blocks))
      .filter((blocks) => /answer \d/.test(blocks)),
  ).toHaveLength(7);
  expect(slack.callsTo("chat.postEphemeral")).toHaveLength(2);
  expect(platform.hasChannelLine?.(command?.conversation ?? "")).toBe(true);
  const line = await platform.post(
    command?.conversation ?? "",
    { kind: "line", person: "slack:T1:U1", requestText: "restart nginx", state: "planning", stateText: "making a plan" },
    "k1",
  );
  expect(line.conversation).toBe(thread(line.message));
  const card = await platform.post(line.conversation, plan(), "k2");
  expect(slack.thread("C1", line.message).map((one) => one.ts)).toEqual([line.message, card.message]);
});

test("a command in a channel where the bot is not is answered with what to do", async () => {
  const { slack, platform, commands } = await openSlack();
  await slack.command({ user: "U1", channel: "C2", command: "/chiffon", text: "restart nginx" });
  await slack.waitFor(() => commands.length === 1, "the command");
  await expect(platform.post(commands[0]?.conversation ?? "", plan(), "k1")).rejects.toMatchObject({ kind: "refused" });
  await slack.wait.untilEphemeral("U1", "invite me to the channel: /invite");
});

test("a slash command in a direct message is answered in the bot's own direct messages with this person", async () => {
  const { slack, platform, commands } = await openSlack();
  const { channel } = slack.directMessage({ user: "U1", text: "hello" });
  await slack.command({ user: "U1", channel, command: "/chiffon", text: "status" });
  await slack.waitFor(() => commands.length === 1, "the command");
  expect(commands[0]?.conversation).toBe(`slack:T1:${channel}`);
  expect(platform.hasChannelLine?.(commands[0]?.conversation ?? "")).toBe(false);
});

test("the line of a mention is a reply that the channel shows too", async () => {
  const { slack, platform } = await openSlack();
  const { ts } = slack.message({ user: "U1", channel: "C1", text: "x" });
  const line = {
    kind: "line",
    person: "slack:T1:U1",
    requestText: "restart nginx",
    state: "waiting",
    stateText: "waiting for approval",
  } as const;
  const reference = await platform.post(thread(ts), line, "k1");
  await platform.edit(reference, { ...line, state: "done", stateText: "Done, 2 changes" });
  const message = slack.messages("C1").find((one) => one.ts === reference.message);
  expect(message).toMatchObject({ broadcast: true, threadTs: ts });
  expect(message?.text).toContain("Done, 2 changes");
});

test("a private answer is an ephemeral in the thread; where the person is not, a direct message", async () => {
  const { slack, platform } = await openSlack();
  const { ts } = slack.message({ user: "U1", channel: "C1", text: "x" });
  await platform.replyPrivately(thread(ts), "slack:T1:U2", notice({ tone: "refusal", text: "You may not approve this." }));
  expect((await slack.wait.untilEphemeral("U2", "may not approve")).threadTs).toBe(ts);
  await platform.replyPrivately("slack:T1:C3:1.000001", "slack:T1:U2", notice({ text: "not in that channel" }));
  const direct = [...slack.world.channels.values()].find((one) => one.directWith === "U2");
  expect(JSON.stringify(slack.messages(direct?.id ?? ""))).toContain("not in that channel");
});

test("the person's page shows lists with buttons, and is shown anew after a press", async () => {
  let visits = 0;
  const { slack, actions } = await openSlack({
    handlers: {
      onHome: async () => {
        visits += 1;
        return [
          {
            kind: "list",
            title: `Running (${visits})`,
            empty: "Nothing runs.",
            total: 1,
            items: [
              { title: "Run 12", detail: "step 1 of 2", actions: [{ id: "cancel", label: "Cancel", style: "danger", target: planId }] },
            ],
          },
        ];
      },
    },
  });
  await slack.openHome("U1");
  const home = await slack.wait.untilHome("U1");
  expect(JSON.stringify(home.body)).toContain("Run 12");
  await slack.clickInView({ user: "U1", viewId: home.id, text: "Cancel" });
  await slack.waitFor(() => JSON.stringify(slack.home("U1")?.body ?? {}).includes("Running (2)"), "the page anew");
  const direct = [...slack.world.channels.values()].find((one) => one.directWith === "U1");
  expect(actions).toEqual([{ conversation: `slack:T1:${direct?.id}`, person: "slack:T1:U1", id: "cancel", target: planId }]);
});

test("a request can be made of somebody's message", async () => {
  const { slack, messages } = await openSlack();
  const { ts, delivered } = slack.message({ user: "U2", channel: "C1", text: "nginx on web1 hangs & needs a restart" });
  await delivered;
  await slack.shortcut({ user: "U1", channel: "C1", messageTs: ts, callbackId: "ask_about_message" });
  const view = await slack.wait.untilModal("U1");
  expect(JSON.stringify(view.body)).toContain("nginx on web1 hangs & needs a restart");
  await slack.submit({ user: "U1", viewId: view.id, values: { request: "restart nginx on web1" } });
  await slack.waitFor(() => messages.length === 1, "the request");
  expect(messages[0]).toMatchObject({ conversation: thread(ts), person: "slack:T1:U1", text: "restart nginx on web1", addressed: true });
});

test("what does not fit is sent as a file into the thread", async () => {
  const { slack, platform } = await openSlack();
  const { ts } = slack.message({ user: "U1", channel: "C1", text: "x" });
  const card = plan({ steps: [step({ hosts: names(500, "server-") })] });
  await platform.post(thread(ts), card, "k1");
  for (const file of platform.files?.(card) ?? []) await platform.sendFile?.(thread(ts), file, "k2");
  expect(slack.files).toEqual([expect.objectContaining({ name: "plan-1a2b3c4d.txt", completed: true, channel: "C1", threadTs: ts })]);
  expect(slack.files[0]?.content?.toString()).toContain("server-500");
});

test("a private answer that does not fit comes as a file in the direct messages", async () => {
  const { slack, platform } = await openSlack();
  const { ts } = slack.message({ user: "U1", channel: "C1", text: "x" });
  await platform.replyPrivately(thread(ts), "slack:T1:U1", notice({ text: "word ".repeat(2_000) }));
  await slack.wait.untilEphemeral("U1", "message.txt is in our direct messages.");
  expect(slack.files[0]?.content?.toString().match(/word/g)).toHaveLength(2_000);
});

test("a message that Slack calls too long is sent once more in its shortest form, with a file", async () => {
  const { slack, platform } = await openSlack();
  const { ts } = slack.message({ user: "U1", channel: "C1", text: "x" });
  slack.failNext({ method: "chat.postMessage", error: "msg_blocks_too_long" });
  await platform.post(thread(ts), plan({ steps: [step({ hosts: names(40) })] }), "k1");
  expect(
    slack
      .thread("C1", ts)
      .map((one) => JSON.stringify(one.blocks))
      .join(""),
  ).toMatch(/ \+\d+ more/);
  expect(slack.files[0]?.content?.toString()).toContain("web40");
  slack.failNext({ method: "chat.update", error: "invalid_blocks", times: 2 });
  await expect(platform.edit({ conversation: thread(ts), channel: "C1", message: ts }, result())).rejects.toMatchObject({
    kind: "refused",
  });
});

test("failures say whether to wait, post anew or give up, and what to do", async () => {
  const { slack, platform } = await openSlack();
  const { ts } = slack.message({ user: "U1", channel: "C1", text: "x" });
  const post = (conversation = thread(ts)): Promise<unknown> => platform.post(conversation, notice(), crypto.randomUUID());
  slack.failNext({ method: "chat.postMessage", status: 429, retryAfter: 7 });
  await expect(post()).rejects.toMatchObject({ kind: "later", retryAfterMs: 7_000 });
  slack.failNext({ method: "chat.postMessage", status: 503 });
  await expect(post()).rejects.toMatchObject({ kind: "later", retryAfterMs: null });
  for (const error of ["token_revoked", "missing_scope", "restricted_action"]) {
    slack.failNext({ method: "chat.postMessage", error });
    await expect(post()).rejects.toMatchObject({ kind: "refused", message: expect.stringContaining(`${error}: `) });
  }
  await expect(post("slack:T1:C2:1.000001")).rejects.toThrow("invite me to the channel: /invite");
  await expect(post("web:1")).rejects.toBeInstanceOf(DeliveryError);
  const channel = slack.world.channels.get("C1");
  if (channel !== undefined) channel.archived = true;
  await expect(post()).rejects.toThrow("archived");
  await expect(platform.edit({ conversation: thread(ts), channel: "C1", message: ts }, progress())).rejects.toMatchObject({
    kind: "refused",
  });
  if (channel !== undefined) channel.archived = false;
  await expect(platform.edit({ conversation: thread(ts), channel: "C1", message: "1.000001" }, progress())).rejects.toMatchObject({
    kind: "gone",
  });
});

test("a post whose answer was lost is found again by its key", async () => {
  const { slack, platform } = await openSlack();
  const { ts } = slack.message({ user: "U1", channel: "C1", text: "x" });
  slack.failNext({ method: "chat.postMessage", status: 502, afterDoing: true });
  await expect(platform.post(thread(ts), plan(), "k1")).rejects.toMatchObject({ kind: "later" });
  const again = await platform.post(thread(ts), plan(), "k1");
  expect(slack.thread("C1", ts).map((one) => one.ts)).toEqual([ts, again.message]);
  const other = await platform.post(thread(ts), plan(), "k2");
  expect(other.message).not.toBe(again.message);
});

test("a process that follows another one does not post again what that one had posted", async () => {
  const { slack, platform } = await openSlack();
  const { ts } = slack.message({ user: "U1", channel: "C1", text: "x" });
  const posted = await platform.post(thread(ts), plan(), "k1");
  const next = createSlackPlatform({
    settings: { botToken: slack.botToken, apiUrl: slack.apiUrl, connection: { mode: "socket", appToken: slack.appToken } },
    userGroups: [],
    logger: silentLogger(),
  });
  expect(await next.post(thread(ts), plan(), "k1")).toEqual(posted);
  expect(slack.thread("C1", ts)).toHaveLength(2);
});

test("a thread that somebody deleted goes on as a new one", async () => {
  const { slack, platform } = await openSlack();
  const { ts } = slack.message({ user: "U1", channel: "C1", text: "x" });
  slack.deleteMessage("C1", ts);
  const reference = await platform.post(thread(ts), result(), "k1");
  expect(reference.conversation).toBe(thread(reference.message));
  expect(slack.messages("C1").map((one) => one.ts)).toEqual([reference.message]);
});

test("standing is Slack's own, with the groups of the policy, and asked anew", async () => {
  const { slack, platform } = await openSlack();
  const standing = (account: string): unknown => platform.standing?.(account);
  expect(await standing("slack:T1:U1")).toEqual({ kind: "member", groups: ["slack:T1:S1"] });
  expect(await standing("slack:T1:U2")).toEqual({ kind: "member", groups: [] });
  expect(await standing("slack:T1:U3")).toEqual({ kind: "guest", groups: [] });
  expect(await standing("slack:T1:U4")).toEqual({ kind: "deactivated", groups: [] });
  expect(await standing("slack:T1:U5")).toEqual({ kind: "bot", groups: [] });
  expect(await standing("slack:T2:U9")).toEqual({ kind: "guest", groups: [] });
  // The id alone is not enough: it belongs to another workspace.
  expect(await standing("slack:T1:U9")).toEqual({ kind: "unknown", groups: [] });
  expect(await standing("slack:T2:U1")).toEqual({ kind: "unknown", groups: [] });
  expect(await standing("slack:T1:U77")).toEqual({ kind: "unknown", groups: [] });
  expect(await standing("discord:1:2")).toEqual({ kind: "unknown", groups: [] });
  const asked = slack.callsTo("users.info").length;
  await standing("slack:T1:U1");
  expect(slack.callsTo("users.info")).toHaveLength(asked);
  slack.failNext({ method: "users.info", status: 500 });
  slack.world.users.set("U6", { id: "U6", name: "new" });
  await expect(platform.standing?.("slack:T1:U6")).rejects.toThrow("500");
  expect(await standing("slack:T1:U6")).toEqual({ kind: "member", groups: [] });
});

test("without the scope for user groups nobody is in one, and people are who they are", async () => {
  const { platform } = await openSlack({ scopes: ["chat:write", "users:read"] });
  expect(await platform.standing?.("slack:T1:U1")).toEqual({ kind: "member", groups: [] });
});

test("handlers that fail or take long do not keep Slack waiting", async () => {
  const never = new Promise<void>(() => undefined);
  const { slack } = await openSlack({
    handlers: {
      onMessage: () => never,
      onCommand: () => Promise.reject(new Error("no")),
    },
  });
  const [ack] = await slack.mention({ user: "U1", channel: "C1", text: "x" }).delivered;
  expect(ack?.acked).toBe(true);
  expect((await slack.command({ user: "U1", channel: "C1", command: "/chiffon", text: "x" })).acked).toBe(true);
});
