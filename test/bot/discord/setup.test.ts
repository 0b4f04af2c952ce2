import { afterEach, beforeEach, expect, test } from "vitest";
import { permissionNumber } from "../../../src/bot/discord/invite.ts";
import { checkDiscordSetup, discordSetupText } from "../../../src/bot/discord/setup.ts";
import { discordEnvironmentValues, discordSettings } from "../../../src/discord-settings.ts";
import { startFakeDiscord, type FakeDiscord } from "../../helpers/fake-discord.ts";

let discord: FakeDiscord;
beforeEach(async () => {
  discord = await startFakeDiscord();
});
afterEach(() => discord.stop());

function check(more: Record<string, string> = {}): ReturnType<typeof checkDiscordSetup> {
  return checkDiscordSetup({ DISCORD_TOKEN: discord.token, DISCORD_API_URL: discord.apiUrl, DISCORD_GUILD_ID: discord.guildId, ...more });
}

test("says what is there, and what only the first start does", async () => {
  const { lines } = await check();
  expect(lines.map(({ state }) => state)).toEqual(["ok", "ok", "ok", "unsure"]);
  expect(lines.map(({ text }) => text).join("\n")).toContain("in the server home");
});

test("says what to switch on for the text of plain replies", async () => {
  const { lines } = await check({ DISCORD_MESSAGE_CONTENT: "true" });
  expect(lines).toContainEqual(expect.objectContaining({ state: "wrong", help: expect.stringContaining("step 5") }));
});

test("a wrong token and a wrong server are named with what to do", async () => {
  const token = await check({ DISCORD_TOKEN: "wrong.token.here" });
  expect(token.lines).toEqual([expect.objectContaining({ state: "wrong", text: expect.stringContaining("DISCORD_TOKEN") })]);
  const server = await check({ DISCORD_GUILD_ID: "999999999999999999" });
  expect(server.lines.at(-1)).toMatchObject({ state: "wrong", help: expect.stringContaining("oauth2/authorize") });
});

test("a network that is away is no verdict", async () => {
  discord.failFor(60_000);
  expect((await check()).lines).toEqual([expect.objectContaining({ state: "unsure" })]);
});

test("without a token says where to get one", async () => {
  expect((await checkDiscordSetup({})).lines).toEqual([expect.objectContaining({ state: "missing" })]);
});

test("the text names the rights by number and by reason", () => {
  expect(discordSetupText()).toContain(`permissions=${permissionNumber}`);
  expect(discordSetupText()).toContain("CreatePublicThreads");
});

test.each([
  [{ DISCORD_GUILD_ID: "123456789012345678" }, "DISCORD_TOKEN is missing"],
  [{ DISCORD_TOKEN: "abc" }, "DISCORD_TOKEN is wrong"],
  [{ DISCORD_TOKEN: "a.b.c", DISCORD_GUILD_ID: "home" }, "DISCORD_GUILD_ID is wrong"],
  [{ DISCORD_TOKEN: "a.b.c", DISCORD_API_URL: "http://discord.example/api" }, "in the clear"],
  [{ DISCORD_TOKEN: "a.b.c", DISCORD_API_URL: "https://discord.com/api/v10" }, "leave the version away"],
  [{ DISCORD_TOKEN: "a.b.c", DISCORD_MESSAGE_CONTENT: "yes" }, "DISCORD_MESSAGE_CONTENT is wrong"],
] as const)("%j is refused: %s", (environment, message) => {
  expect(() => discordSettings(discordEnvironmentValues(environment))).toThrow(message);
});

test("no token is no Discord", () => {
  expect(discordSettings(discordEnvironmentValues({}))).toBeUndefined();
});
