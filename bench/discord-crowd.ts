import { setTimeout as pause } from "node:timers/promises";
import { startFakeDiscord } from "../test/helpers/fake-discord.ts";
import { acknowledgeMs, type Crowd, type CrowdOptions } from "./chat-crowd.ts";

const snowflake = (group: number, number: number): string => `${group}${String(number).padStart(17, "0")}`;

/** Every second request is a command: a message asks for no acknowledgement on Discord, a command does. */
export async function discordCrowd({ threads, channels, limits }: CrowdOptions): Promise<Crowd> {
  const numbers = Array.from({ length: threads }, (_, index) => index);
  const discord = await startFakeDiscord({
    guild: {
      members: numbers.map((number) => ({ id: snowflake(4, number + 1), name: `person${number}` })),
      channels: Array.from({ length: channels }, (_, index) => ({ id: snowflake(5, index + 1), name: `ops${index}` })),
    },
    rateLimits: limits ? "real" : "off",
  });
  const opened = new Map<number, string>();
  const asked = new Map<number, number>();
  const isThere = (thread: number): boolean => discord.threads.some((one) => one.id === opened.get(thread));
  return {
    name: "Discord",
    environment: { DISCORD_TOKEN: discord.token, DISCORD_API_URL: discord.apiUrl, DISCORD_GUILD_ID: discord.guildId },
    async connected() {
      await discord.waitFor(() => discord.gateway.connected && discord.registeredCommands(discord.guildId).length > 0, "the bot", 60_000);
    },
    ask(thread, text) {
      const user = `person${thread}`;
      const count = asked.get(thread) ?? 0;
      asked.set(thread, count + 1);
      const at = Date.now();
      const id = opened.get(thread);
      if (id === undefined) opened.set(thread, discord.mention({ user, channel: `ops${thread % channels}`, text }).id);
      else if (count % 2 === 0) discord.mention({ user, thread: id, text });
      else discord.command({ user, thread: id, name: "chiffon request", options: { text } });
      return { at, text };
    },
    async opened(thread) {
      await discord.waitFor(() => isThere(thread), `thread ${thread}`, 60_000);
    },
    answers: (thread) =>
      isThere(thread)
        ? discord
            .messages(opened.get(thread) ?? "")
            .filter((message) => message.author.bot)
            .map((message) => ({ at: message.createdAt, text: message.text }))
        : [],
    async pressEdit(thread) {
      const plan = discord
        .messages(opened.get(thread) ?? "")
        .findLast((message) => message.buttons.some((button) => button.label === "Edit"));
      if (plan === undefined) return null;
      const begun = performance.now();
      const click = discord.click({ user: `person${thread}`, message: plan, label: "Edit" });
      while (click.modal === undefined) {
        if (performance.now() - begun > acknowledgeMs) return null;
        await pause(5);
      }
      return performance.now() - begun;
    },
    acknowledged: () => discord.acks,
    problems: () => [
      ...discord.violations.map((each) => each.text),
      ...discord.interactions.flatMap((each) => (each.error === undefined ? [] : [each.error])),
    ],
    stop: () => discord.stop(),
  };
}
