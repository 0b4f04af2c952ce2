import { Status } from "discord.js";
import { expect, onTestFinished, test } from "vitest";
import { Connection } from "../../../src/bot/discord/connection.ts";
import { createRest } from "../../../src/bot/discord/rest.ts";
import { silentLogger } from "../../../src/logger.ts";
import { startFakeDiscord } from "../../helpers/fake-discord.ts";

test("a library that is stuck between two sessions is given up: a new connection is made, and it hears what is said", async () => {
  const discord = await startFakeDiscord();
  const settings = {
    token: discord.token,
    apiUrl: discord.apiUrl,
    applicationId: undefined,
    guildId: discord.guildId,
    messageContent: false,
  };
  const connection = new Connection({
    settings,
    rest: createRest(settings),
    logger: silentLogger(),
    say: undefined,
    onMessage: () => Promise.resolve(),
    onInteraction: () => Promise.resolve(),
    awayMs: 900,
  });
  onTestFinished(async () => {
    await connection.stop();
    await discord.stop();
  });
  await connection.start();
  expect(discord.gateway.identifies).toBe(1);
  const shard = connection.client?.ws.shards.first();
  if (shard === undefined) throw new Error("no shard");
  shard.status = Status.Connecting;
  await discord.waitFor(() => discord.gateway.identifies === 2 && discord.gateway.connected, "a new session");
  await discord.waitFor(() => connection.client?.ws.shards.first()?.status === Status.Ready, "ready again");
  expect(connection.client?.ws.shards.first()).not.toBe(shard);
});
