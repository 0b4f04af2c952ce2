import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { createSlackPlatform } from "../../../src/bot/slack/slack-platform.ts";
import { silentLogger } from "../../../src/logger.ts";
import { chatHandlers } from "../../helpers/chat-handlers.ts";
import { plan, planId } from "./sample-cards.ts";
import { openSlack } from "./slack-house.ts";

const thread = (ts: string): string => `slack:T1:C1:${ts}`;

test("when Slack renews one socket, clicks go on without a gap, and each arrives once", async () => {
  const { slack, platform, actions } = await openSlack();
  await slack.wait.untilConnected(2);
  const { ts } = slack.message({ user: "U1", channel: "C1", text: "x" });
  const { message } = await platform.post(thread(ts), plan(), "k1");
  for (let round = 1; round <= 3; round += 1) {
    slack.disconnectOne();
    for (let click = 0; click < 5; click += 1) {
      const ack = await slack.click({ user: "U1", channel: "C1", ts: message, text: "Approve" });
      expect(ack.acked).toBe(true);
    }
    await slack.wait.untilConnected(2);
  }
  await slack.waitFor(() => actions.length === 15, "all clicks");
  expect(actions).toHaveLength(15);
});

test("when Slack renews every socket at once, new ones are opened at once, and events that waited arrive", async () => {
  const { slack, messages } = await openSlack();
  await slack.wait.untilConnected(2);
  const began = performance.now();
  slack.disconnect("refresh_requested");
  expect(slack.connections).toBe(0);
  const { delivered } = slack.directMessage({ user: "U1", text: "restart nginx" });
  await slack.wait.untilConnected(1);
  const gap = performance.now() - began;
  await delivered;
  await slack.waitFor(() => messages.length === 1, "the message");
  await slack.wait.untilConnected(2);
  // The SDK by itself waits 5 s before it tries.
  expect(gap).toBeLessThan(4_000);
});

test("sockets that are cut are opened again, also when Slack is away in between", async () => {
  const { slack, messages } = await openSlack();
  await slack.wait.untilConnected(2);
  slack.failFor(1_000);
  slack.cut();
  await slack.wait.untilConnected(2);
  await slack.directMessage({ user: "U1", text: "restart nginx" }).delivered;
  await slack.waitFor(() => messages.length === 1, "the message");
  expect(messages[0]?.text).toBe("restart nginx");
});

test("a wrong token ends the start with what to do", async () => {
  const bot = await openSlack({ stopped: true, settings: () => ({ botToken: "xoxb-wrong" }) });
  await expect(bot.platform.start(chatHandlers())).rejects.toMatchObject({
    code: "slack-token-wrong",
    exitCode: 5,
    message: "Slack refuses SLACK_BOT_TOKEN: invalid_auth",
  });
  const app = await openSlack({ stopped: true, settings: () => ({ connection: { mode: "socket", appToken: "xapp-wrong" } }) });
  await expect(app.platform.start(chatHandlers())).rejects.toMatchObject({ message: "Slack refuses SLACK_APP_TOKEN: invalid_auth" });
});

test("a Slack that is away is waited for", async () => {
  const { slack, platform, said, messages } = await openSlack({ stopped: true });
  slack.failFor(1_500);
  await platform.start(chatHandlers({ onMessage: async (message) => void messages.push(message) }));
  expect(said).toEqual(["Slack: cannot be reached now; tried again until it can"]);
  await slack.wait.untilConnected(2);
  await slack.directMessage({ user: "U1", text: "restart nginx" }).delivered;
  await slack.waitFor(() => messages.length === 1, "the message");
});

test("a Slack that cannot be reached at all can be left again", async () => {
  const { slack } = await openSlack({ stopped: true });
  const platform = createSlackPlatform({
    settings: { botToken: "xoxb-1", apiUrl: "http://127.0.0.1:1/api/", connection: { mode: "socket", appToken: "xapp-1" } },
    userGroups: [],
    logger: silentLogger(),
  });
  await platform.start(chatHandlers());
  await expect(platform.post(thread("1.000001"), plan(), "k1")).rejects.toMatchObject({ kind: "later" });
  await platform.stop();
  expect(slack.connections).toBe(0);
});

test("it can be stopped in the middle of connecting", async () => {
  const { slack, platform } = await openSlack({ stopped: true });
  slack.delay(300);
  const starting = platform.start(chatHandlers());
  await slack.wait.untilCall("apps.connections.open");
  await platform.stop();
  await starting;
  await slack.waitFor(() => slack.connections === 0, "no socket left");
  expect(slack.connections).toBe(0);
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test("over HTTP signed calls are taken, others are refused, and a click comes back", async () => {
  const port = await freePort();
  const { slack, platform, messages, actions } = await openSlack({
    settings: (fake) => ({ connection: { mode: "http", signingSecret: fake.signingSecret, host: "127.0.0.1", port } }),
  });
  slack.useHttp(`http://127.0.0.1:${port}/slack/events`);
  const { ts, delivered } = slack.mention({ user: "U1", channel: "C1", text: "restart nginx" });
  await delivered;
  await slack.waitFor(() => messages.length === 2, "the mention");
  const { message } = await platform.post(thread(ts), plan(), "k1");
  expect((await slack.click({ user: "U1", channel: "C1", ts: message, text: "Approve" })).acked).toBe(true);
  await slack.waitFor(() => actions.length === 1, "the click");
  expect(actions[0]).toMatchObject({ id: "approve", target: planId });
  const event = { type: "app_mention", user: "U1", channel: "C1", ts: "5.000001", text: "<@UBOT00001> again" };
  expect((await slack.postEvent(event, { badSignature: true })).status).toBe(401);
  expect((await slack.postEvent(event, { timestampAgeSeconds: 400 })).status).toBe(401);
  expect((await slack.postEvent(event)).status).toBe(200);
  await slack.waitFor(() => messages.length === 3, "the signed one");
  expect(messages).toHaveLength(3);
});

test("a port that is taken ends the start with what to do", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const { platform } = await openSlack({
    stopped: true,
    settings: (fake) => ({ connection: { mode: "http", signingSecret: fake.signingSecret, host: "127.0.0.1", port } }),
  });
  await expect(platform.start(chatHandlers())).rejects.toMatchObject({ code: "slack-port-taken" });
  await new Promise((resolve) => server.close(resolve));
});
