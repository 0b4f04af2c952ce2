import { App, LogLevel, webApi, type RespondFn } from "@slack/bolt";
import { afterEach, describe, expect, test } from "vitest";
import { startFakeSlack, type FakeSlack, type FakeSlackOptions } from "../../helpers/fake-slack.ts";

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

async function start(options: FakeSlackOptions = {}): Promise<FakeSlack> {
  const slack = await startFakeSlack({
    users: [
      { id: "U1", name: "alice" },
      { id: "U2", name: "bob", guest: true },
      { id: "U3", name: "carol", team: "T9" },
    ],
    channels: [
      { id: "C1", name: "ops" },
      { id: "C2", name: "other", botIsMember: false },
      { id: "C3", name: "old", archived: true },
    ],
    usergroups: [{ id: "S1", members: ["U2"] }],
    ...options,
  });
  stops.push(() => slack.stop());
  return slack;
}

async function startBot(slack: FakeSlack, prepare: (app: App) => void): Promise<App> {
  const app = new App({
    token: slack.botToken,
    appToken: slack.appToken,
    socketMode: true,
    logLevel: LogLevel.ERROR,
    clientOptions: { slackApiUrl: slack.apiUrl, retryConfig: { retries: 0 } },
  });
  app.error(() => Promise.resolve());
  prepare(app);
  await app.start();
  stops.push(() => app.stop());
  await slack.wait.untilConnected();
  return app;
}

function clientOf(slack: FakeSlack, token = slack.botToken): webApi.WebClient {
  return new webApi.WebClient(token, {
    slackApiUrl: slack.apiUrl,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    logLevel: LogLevel.ERROR,
  });
}

/** The platform error of a call that must fail. */
async function refusal(call: Promise<unknown>): Promise<string> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  const { data, message } = error as { data?: { error?: string }; message?: string };
  return data?.error ?? message ?? "no error";
}

const button = (label: string, actionId: string, value = "v") => ({
  type: "actions",
  elements: [{ type: "button", action_id: actionId, value, text: { type: "plain_text", text: label } }],
});
const input = (blockId: string, label: string) => ({
  type: "input",
  block_id: blockId,
  label: { type: "plain_text", text: label },
  element: { type: "plain_text_input", action_id: "text" },
});
const modal = (blocks: unknown[] = [input("size", "Size")]) =>
  ({ type: "modal", title: { type: "plain_text", text: "Values" }, submit: { type: "plain_text", text: "Go" }, blocks }) as never;

describe("with Bolt over a socket", () => {
  test("a mention comes as two events with one ts, escaped, and both are acked", async () => {
    const slack = await start();
    const heard: { type: string; text: string; ts: string; event: string }[] = [];
    await startBot(slack, (app) => {
      app.event(
        "app_mention",
        async ({ event, body }) => void heard.push({ type: event.type, text: event.text, ts: event.ts, event: body.event_id }),
      );
      app.message(async ({ message, body }) => {
        if (message.subtype === undefined) heard.push({ type: "message", text: message.text ?? "", ts: message.ts, event: body.event_id });
      });
    });
    const said = slack.mention({ user: "U1", channel: "C1", text: "restart nginx on web1.example.com & tell @bob <b> https://x.org/a" });
    expect((await said.delivered).every((ack) => ack.acked)).toBe(true);
    await slack.waitFor(() => heard.length === 2, "both events");
    expect(heard.map(({ type }) => type).toSorted()).toEqual(["app_mention", "message"]);
    expect(new Set(heard.map(({ ts }) => ts))).toEqual(new Set([said.ts]));
    expect(new Set(heard.map(({ event }) => event))).toEqual(new Set(said.eventIds));
    expect(heard[0]?.text).toBe(
      `<@${slack.botUserId}> restart nginx on <http://web1.example.com|web1.example.com> &amp; tell <@U2> &lt;b&gt; <https://x.org/a>`,
    );
    expect(slack.acks).toHaveLength(2);
  });

  test("a channel without the bot is silent", async () => {
    const slack = await start();
    expect(slack.mention({ user: "U1", channel: "C2", text: "hello" }).eventIds).toEqual([]);
  });

  test("a click carries message, person and team; a changed message keeps its old buttons for a stale click only", async () => {
    const slack = await start();
    const clicks: string[] = [];
    const app = await startBot(slack, (bot) =>
      bot.action("approve", async ({ ack, body, respond }) => {
        await ack();
        clicks.push(
          `${body.user.id} ${String((body.user as { team_id?: string }).team_id)} ${String((body as { container?: { message_ts?: string } }).container?.message_ts)}`,
        );
        await respond({ text: "only you see this", replace_original: false });
      }),
    );
    const { ts } = await app.client.chat.postMessage({ channel: "C1", text: "plan", blocks: [button("Approve", "approve")] as never });
    const where = { channel: "C1", ts: String(ts) };
    expect(await slack.click({ user: "U3", ...where, text: "Approve" })).toMatchObject({ acked: true });
    await slack.wait.untilEphemeral("U3", "only you");
    await app.client.chat.update({ ...where, text: "approved" });
    expect(slack.messages("C1")[0]).toMatchObject({ text: "approved", blocks: [], edits: [{ text: "plan" }] });
    expect(() => slack.click({ user: "U1", ...where, actionId: "approve" })).toThrow("has no");
    await slack.click({ user: "U1", ...where, actionId: "approve", stale: true });
    expect(clicks).toEqual([`U3 T9 ${ts}`, `U1 T1 ${ts}`]);
  });

  test("a command opens a form; a wrong answer is shown, a right one closes it", async () => {
    const slack = await start();
    await startBot(slack, (app) => {
      app.command("/chiffon", async ({ ack, body, client }) => {
        await ack();
        await client.views.open({ trigger_id: body.trigger_id, view: modal() });
      });
      app.view("", async ({ ack, view }) => {
        const text = view.state.values["size"]?.["text"]?.value;
        await (text === "big" ? ack() : ack({ response_action: "errors", errors: { size: "only big" } }));
      });
    });
    expect(await slack.command({ user: "U1", channel: "C1", command: "/chiffon", text: "help" })).toMatchObject({ acked: true });
    await slack.wait.untilModal("U1");
    await expect(slack.submit({ user: "U1", values: {} })).rejects.toThrow("Size is required");
    expect((await slack.submit({ user: "U1", values: { Size: "small" } })).payload).toEqual({
      response_action: "errors",
      errors: { size: "only big" },
    });
    expect(slack.modal("U1")).toBeDefined();
    await slack.submit({ user: "U1", values: { size: "big" } });
    expect(slack.modal("U1")).toBeUndefined();
  });

  test("an unacked click is a fault at the end", async () => {
    const slack = await start({ ackTimeout: 300 });
    await startBot(slack, (app) => app.action("approve", async () => undefined));
    const { ts } = await clientOf(slack).chat.postMessage({ channel: "C1", text: "plan", blocks: [button("Approve", "approve")] as never });
    expect(await slack.click({ user: "U1", channel: "C1", ts: String(ts), actionId: "approve" })).toMatchObject({ acked: false });
    expect(() => slack.assertClean()).toThrow("not acked");
    slack.forgive();
  });

  test("an event that is not acked comes once more: same event_id, new envelope, and then it is a fault", async () => {
    const slack = await start({ ackTimeout: 200 });
    const { url } = await clientOf(slack, slack.appToken).apps.connections.open({});
    const got: { type: string; envelope_id?: string; retry_attempt?: number; retry_reason?: string; payload?: { event_id: string } }[] = [];
    const socket = new WebSocket(String(url));
    socket.addEventListener("message", ({ data }) => void got.push(JSON.parse(String(data)) as (typeof got)[number]));
    await slack.wait.untilConnected();
    const { delivered, eventId } = slack.message({ user: "U1", channel: "C1", text: "hello" });
    expect(await delivered).toMatchObject([{ acked: false }]);
    const [hello, first, second, ...more] = got;
    expect(hello?.type).toBe("hello");
    expect([first?.payload?.event_id, second?.payload?.event_id, more]).toEqual([eventId, eventId, []]);
    expect(second?.envelope_id).not.toBe(first?.envelope_id);
    expect([first?.retry_attempt, second?.retry_attempt, second?.retry_reason]).toEqual([undefined, 1, "timeout"]);
    expect(slack.forgive()).toEqual([expect.stringContaining("not acked")]);
    socket.close();
  });

  test("a response_url works five times in thirty minutes", async () => {
    const slack = await start();
    const responds: RespondFn[] = [];
    const urls: string[] = [];
    await startBot(slack, (app) =>
      app.command("/chiffon", async ({ ack, respond, body }) => {
        await ack();
        responds.push(respond);
        urls.push(body.response_url);
      }),
    );
    const use = { user: "U1", channel: "C1", command: "/chiffon", text: "" };
    await slack.command(use);
    for (let count = 0; count < 5; count += 1) await responds[0]?.({ text: String(count) });
    expect(slack.ephemerals("U1")).toHaveLength(5);
    const post = async (url: string | undefined): Promise<unknown> =>
      (await fetch(String(url), { method: "POST", headers: { "content-type": "application/json" }, body: '{"text":"x"}' })).json();
    expect(await post(urls[0])).toMatchObject({ error: "used_url" });
    await slack.command(use);
    slack.advance(30 * 60_000 + 1000);
    expect(await post(urls[1])).toMatchObject({ error: "expired_url" });
    expect(slack.ephemerals("U1")).toHaveLength(5);
  });

  test("with two sockets each event goes to one of them", async () => {
    const slack = await start();
    const heard: string[] = [];
    for (const name of ["first", "second"]) await startBot(slack, (app) => app.event("app_mention", async () => void heard.push(name)));
    await slack.wait.untilConnected(2);
    slack.world.channels.set("C4", { id: "C4", name: "private", isPrivate: true });
    for (let count = 0; count < 4; count += 1) await slack.mention({ user: "U1", channel: "C4", text: String(count) }).delivered;
    await slack.waitFor(() => heard.length >= 4, "four mentions");
    expect(slack.acks).toHaveLength(8);
    expect(heard).toHaveLength(4);
  });

  test("stop tells what the bot did wrong", async () => {
    const slack = await startFakeSlack();
    await refusal(clientOf(slack).apiCall("no.such"));
    await expect(slack.stop()).rejects.toThrow("unknown method no.such");
    await expect(fetch(slack.apiUrl)).rejects.toThrow("fetch failed");
  });

  test("a home tab is asked for when it is opened, and its buttons are clicked", async () => {
    const slack = await start();
    const clicked: string[] = [];
    await startBot(slack, (app) => {
      app.event("app_home_opened", async ({ event, client }) => {
        await client.views.publish({ user_id: event.user, view: { type: "home", blocks: [button("Mine", "mine")] as never } });
      });
      app.action("mine", async ({ ack, body }) => {
        await ack();
        clicked.push(body.user.id);
      });
    });
    await slack.openHome("U1");
    const home = await slack.wait.untilHome("U1");
    expect(await slack.clickInView({ user: "U1", viewId: home.id, text: "Mine" })).toMatchObject({ acked: true });
    expect(clicked).toEqual(["U1"]);
  });

  test("events wait for a cut socket to come back, and are delivered as retries", async () => {
    const slack = await start({ ackTimeout: 300 });
    const seen: [string, number | undefined][] = [];
    await startBot(slack, (app) =>
      app.event("app_mention", async ({ body, context }) => void seen.push([body.event_id, context.retryNum])),
    );
    const first = slack.mention({ user: "U1", channel: "C1", text: "one" });
    await first.delivered;
    await slack.redeliver(first.eventId);
    expect(seen).toEqual([
      [first.eventId, undefined],
      [first.eventId, 1],
    ]);
    slack.cut();
    const second = slack.mention({ user: "U1", channel: "C1", text: "two" });
    await slack.waitFor(() => seen.some(([id]) => id === second.eventId), "the event after the cut", 30_000);
    slack.disconnect("refresh_requested");
    await slack.waitFor(() => slack.callsTo("apps.connections.open").length >= 3 && slack.connections === 1, "a new socket", 30_000);
  });
});

describe("with Bolt over HTTP", () => {
  test("signed requests are taken; a bad signature or an old timestamp is 401", async () => {
    const slack = await start();
    const heard: string[] = [];
    const app = new App({
      token: slack.botToken,
      signingSecret: slack.signingSecret,
      logLevel: LogLevel.ERROR,
      clientOptions: { slackApiUrl: slack.apiUrl },
    });
    app.event("app_mention", async ({ event }) => void heard.push(event.text));
    app.command("/chiffon", async ({ ack }) => ack({ text: "hello" }));
    const server = await app.start({ port: 0, host: "127.0.0.1" });
    stops.push(() => app.stop());
    slack.useHttp(`http://127.0.0.1:${(server.address() as { port: number }).port}/slack/events`);
    await slack.mention({ user: "U1", channel: "C1", text: "restart nginx" }).delivered;
    await slack.waitFor(() => heard.length === 1, "the mention");
    expect((await slack.command({ user: "U1", channel: "C1", command: "/chiffon", text: "" })).payload).toEqual({ text: "hello" });
    expect(slack.ephemerals("U1").map(({ text }) => text)).toEqual(["hello"]);
    const event = { type: "app_mention", text: "evil", user: "U1", channel: "C1", ts: "1.000001" };
    expect((await slack.postEvent(event, { badSignature: true })).status).toBe(401);
    expect((await slack.postEvent(event, { timestampAgeSeconds: 301 })).status).toBe(401);
    expect((await slack.postEvent(event)).status).toBe(200);
    await slack.waitFor(() => heard.length === 2, "the right one");
  });
});

describe("refusals", () => {
  test("token kinds, scopes, unknown methods", async () => {
    const slack = await start();
    expect(await refusal(clientOf(slack, "xoxb-wrong").auth.test())).toBe("invalid_auth");
    expect(await refusal(clientOf(slack).apps.connections.open({}))).toBe("not_allowed_token_type");
    expect(await refusal(clientOf(slack, slack.appToken).auth.test())).toBe("not_allowed_token_type");
    expect((await clientOf(slack).auth.test()).response_metadata?.scopes).toContain("chat:write");
    slack.scopes = ["chat:write"];
    expect(await refusal(clientOf(slack).users.info({ user: "U1" }))).toBe("missing_scope");
    expect(await refusal(clientOf(slack).apiCall("rtm.start"))).toBe("unknown_method");
    expect(() => slack.assertClean()).toThrow("rtm.start");
    slack.forgive();
  });

  test("a ticket opens one socket", async () => {
    const slack = await start();
    const { url } = await clientOf(slack, slack.appToken).apps.connections.open({});
    const hello = await new Promise((resolve, reject) => {
      const socket = new WebSocket(String(url));
      socket.addEventListener("message", ({ data }) => (resolve(JSON.parse(String(data))), socket.close()));
      socket.addEventListener("error", () => reject(new Error("refused")));
    });
    expect(hello).toMatchObject({ type: "hello", num_connections: 1 });
    await expect(
      new Promise((resolve, reject) => {
        const socket = new WebSocket(String(url));
        socket.addEventListener("open", resolve);
        socket.addEventListener("error", () => reject(new Error("refused")));
      }),
    ).rejects.toThrow("refused");
  });

  test("places and messages that are not there or not the bot's", async () => {
    const slack = await start({ rateLimits: false });
    const { chat } = clientOf(slack);
    const text = "hello";
    const { ts: theirs } = slack.message({ user: "U1", channel: "C1", text });
    const { ts: own = "" } = await chat.postMessage({ channel: "C1", text });
    expect(await refusal(chat.postMessage({ channel: "C9", text }))).toBe("channel_not_found");
    expect(await refusal(chat.postMessage({ channel: "C2", text }))).toBe("not_in_channel");
    expect(await refusal(chat.postMessage({ channel: "C3", text }))).toBe("is_archived");
    expect(await refusal(chat.postMessage({ channel: "C1", text, thread_ts: "1.000000" }))).toBe("thread_not_found");
    expect(await refusal(chat.update({ channel: "C1", ts: theirs, text }))).toBe("cant_update_message");
    expect(await refusal(chat.delete({ channel: "C1", ts: theirs }))).toBe("cant_delete_message");
    await chat.delete({ channel: "C1", ts: own });
    expect(await refusal(chat.update({ channel: "C1", ts: own, text }))).toBe("message_not_found");
    const ephemeral = await chat.postEphemeral({ channel: "C1", user: "U1", text });
    expect(await refusal(chat.update({ channel: "C1", ts: String(ephemeral.message_ts), text }))).toBe("message_not_found");
  });

  const section = (text: string) => ({ type: "section", text: { type: "mrkdwn", text } });
  test.each([
    ["51 blocks", Array.from({ length: 51 }, () => ({ type: "divider" })), "no more than 50 items"],
    ["section text", [section("x".repeat(3001))], "less than 3001"],
    ["empty text", [section("")], "more than 0"],
    ["header", [{ type: "header", text: { type: "plain_text", text: "x".repeat(151) } }], "less than 151"],
    ["button text", [button("x".repeat(76), "a")], "less than 76"],
    ["button value", [button("x", "a", "x".repeat(2001))], "less than 2001"],
    ["action_id", [button("x", "a".repeat(256))], "less than 256"],
    [
      "block_id twice",
      [
        { type: "divider", block_id: "b" },
        { type: "divider", block_id: "b" },
      ],
      "already exists",
    ],
    [
      "11 context elements",
      [{ type: "context", elements: Array.from({ length: 11 }, () => ({ type: "mrkdwn", text: "x" })) }],
      "no more than 10",
    ],
    ["unknown block", [{ type: "grid" }], "unsupported type"],
  ])("invalid_blocks for %s", async (_what, blocks, says) => {
    const slack = await start();
    const error: unknown = await clientOf(slack)
      .chat.postMessage({ channel: "C1", text: "x", blocks: blocks as never })
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ data: { error: "invalid_blocks", response_metadata: { messages: [expect.stringContaining(says)] } } });
    expect(slack.forgive()).toHaveLength(1);
  });

  test("texts that are too long", async () => {
    const slack = await start();
    const { chat } = clientOf(slack);
    const { ts = "" } = await chat.postMessage({ channel: "C1", text: "x".repeat(40_001) });
    expect(slack.messages("C1")[0]?.text).toHaveLength(40_000);
    expect(await refusal(chat.update({ channel: "C1", ts, text: "x".repeat(4001) }))).toBe("msg_too_long");
    const markdown = (length: number) => [{ type: "markdown", text: "x".repeat(length) }, { type: "divider" }] as never;
    const many = Array.from({ length: 5 }, () => section("x".repeat(2900))) as never;
    expect(await refusal(chat.postMessage({ channel: "C1", text: "x", blocks: many }))).toBe("msg_blocks_too_long");
    await chat.postMessage({ channel: "C1", text: "x", blocks: markdown(12_000) });
    expect(slack.forgive()).toHaveLength(3);
  });

  test("a trigger opens one view within 3 s; at most three views; homes of 100 blocks", async () => {
    const slack = await start();
    const triggers: string[] = [];
    const app = await startBot(slack, (bot) =>
      bot.command("/chiffon", async ({ ack, body }) => {
        triggers.push(body.trigger_id);
        await ack();
      }),
    );
    const { views } = app.client;
    const trigger = async (): Promise<{ trigger_id: string }> => {
      await slack.command({ user: "U1", channel: "C1", command: "/chiffon", text: "" });
      return { trigger_id: triggers.at(-1) ?? "" };
    };
    const first = await trigger();
    const opened = await views.open({ ...first, view: modal() });
    expect(await refusal(views.open({ ...first, view: modal() }))).toBe("exchanged_trigger_id");
    for (let depth = 2; depth <= 3; depth += 1) await views.push({ ...(await trigger()), view: modal() });
    expect(await refusal(views.push({ ...(await trigger()), view: modal() }))).toBe("push_limit_reached");
    const late = await trigger();
    slack.advance(3001);
    expect(await refusal(views.open({ ...late, view: modal() }))).toBe("expired_trigger_id");
    const update = { view_id: String(opened.view?.id), view: modal([input("other", "Other")]) };
    await views.update(update);
    expect(await refusal(views.update({ ...update, hash: "old" }))).toBe("hash_conflict");
    const home = (blocks: number) => ({
      user_id: "U1",
      view: { type: "home", blocks: Array.from({ length: blocks }, () => ({ type: "divider" })) } as never,
    });
    await views.publish(home(100));
    expect(await refusal(views.publish(home(101)))).toBe("invalid_arguments");
    expect(slack.home("U1")?.body["blocks"]).toHaveLength(100);
    slack.forgive();
  });

  test("more than a burst of messages in one channel is 429 until the clock moves", async () => {
    const slack = await start();
    const { chat } = clientOf(slack);
    for (let count = 0; count < 5; count += 1) await chat.postMessage({ channel: "C1", text: String(count) });
    await expect(chat.postMessage({ channel: "C1", text: "6" })).rejects.toMatchObject({ retryAfter: 1 });
    slack.advance(1000);
    await chat.postMessage({ channel: "C1", text: "6" });
    slack.rateLimits = false;
    for (let count = 0; count < 9; count += 1) await chat.postMessage({ channel: "C1", text: String(count) });
  });

  test("ordered faults: HTTP, platform, an answer lost after the act, an outage", async () => {
    const slack = await start();
    const { chat } = clientOf(slack);
    const post = () => chat.postMessage({ channel: "C1", text: "x" });
    slack.failNext({ method: "chat.postMessage", status: 429, retryAfter: 7 });
    await expect(post()).rejects.toMatchObject({ retryAfter: 7 });
    slack.failNext({ error: "token_revoked" });
    expect(await refusal(post())).toBe("token_revoked");
    slack.failNext({ afterDoing: true });
    await expect(post()).rejects.toMatchObject({ statusCode: 500 });
    expect(slack.messages("C1")).toHaveLength(1);
    slack.failFor(60_000);
    await expect(post()).rejects.toMatchObject({ statusCode: 503 });
    slack.advance(60_001);
    await post();
  });
});

describe("the rest of the Web API", () => {
  test("threads keep metadata; people, groups and links are told", async () => {
    const slack = await start();
    const client = clientOf(slack);
    const { ts = "" } = await client.chat.postMessage({ channel: "C1", text: "start" });
    const metadata = { event_type: "plan", event_payload: { id: "p1" } };
    await client.chat.postMessage({ channel: "C1", text: "reply", thread_ts: ts, metadata });
    const plain = await client.conversations.replies({ channel: "C1", ts });
    expect(plain.messages?.map((message) => [message.text, message.metadata])).toEqual([
      ["start", undefined],
      ["reply", undefined],
    ]);
    const full = await client.conversations.replies({ channel: "C1", ts, include_all_metadata: true });
    expect(full.messages?.[1]?.metadata).toEqual(metadata);
    expect((await client.users.info({ user: "U2" })).user).toMatchObject({ is_restricted: true, is_bot: false, deleted: false });
    expect((await client.users.info({ user: "U3" })).user).toMatchObject({ team_id: "T9", is_stranger: true });
    expect((await client.usergroups.users.list({ usergroup: "S1" })).users).toEqual(["U2"]);
    const direct = await client.conversations.open({ users: "U1" });
    expect(slack.directMessage({ user: "U1", text: "hi" }).channel).toBe(direct.channel?.id);
    expect((await client.chat.getPermalink({ channel: "C1", message_ts: ts })).permalink).toContain("/archives/C1/p");
    await client.reactions.add({ channel: "C1", timestamp: ts, name: "eyes" });
    expect(await refusal(client.reactions.add({ channel: "C1", timestamp: ts, name: "eyes" }))).toBe("already_reacted");
  });

  test("uploadV2 stores the bytes and shows the file in the thread", async () => {
    const slack = await start();
    const client = clientOf(slack);
    const { ts = "" } = await client.chat.postMessage({ channel: "C1", text: "start" });
    await client.files.uploadV2({ channel_id: "C1", thread_ts: ts, filename: "log.txt", content: "grün\n" });
    expect(slack.files).toMatchObject([{ name: "log.txt", channel: "C1", threadTs: ts, completed: true }]);
    expect(slack.files[0]?.content?.toString("utf8")).toBe("grün\n");
    expect(slack.thread("C1", ts)[1]?.files).toEqual([slack.files[0]?.id]);
    slack.failNext({ method: "files.completeUploadExternal", error: "internal_error" });
    expect(await refusal(client.files.uploadV2({ channel_id: "C1", filename: "a.txt", content: "x" }))).toBe("internal_error");
  });
});
