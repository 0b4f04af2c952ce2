/** What Chiffon stands beside: a bot of the bare SDK that answers each request with one fixed message. */
import { App, SocketModeReceiver } from "@slack/bolt";
import { ChannelType, Client, GatewayIntentBits } from "discord.js";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { commandDefinition } from "./bare-command.ts";
import { tellParent, type ToBot } from "./chat-messages.ts";

const answer = "Restart nginx on web1: 1 step, 1 host, changes something. Approve?";
const histogram = monitorEventLoopDelay({ resolution: 1 });
const setting = (name: string): string => process.env[name] ?? "";

const stopBot = setting("SLACK_BOT_TOKEN") === "" ? await bareDiscord() : await bareSlack();
histogram.enable();
process.on("message", (message: ToBot) => {
  if (message === "stop") void stopBot().then(() => process.exit(0));
  else {
    const delay = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - 1);
    const loopDelay = { p50: delay(histogram.percentile(50)), p99: delay(histogram.percentile(99)), max: delay(histogram.max) };
    tellParent({ kind: "figures", figures: { loopDelay, requests: 0, plans: 0, runs: 0 } });
  }
});
process.on("disconnect", () => process.exit(1));
tellParent({ kind: "ready" });

async function bareSlack(): Promise<() => Promise<unknown>> {
  const clientOptions = { slackApiUrl: setting("SLACK_API_URL") };
  const receiver = new SocketModeReceiver({ appToken: setting("SLACK_APP_TOKEN"), installerOptions: { clientOptions } });
  const app = new App({ receiver, token: setting("SLACK_BOT_TOKEN"), clientOptions });
  app.event("app_mention", async ({ event, say }) => {
    await say({ text: answer, thread_ts: event.thread_ts ?? event.ts });
  });
  await app.start();
  return () => app.stop();
}

async function bareDiscord(): Promise<() => Promise<unknown>> {
  const client = new Client({
    intents: [GatewayIntentBits.Guilds, GatewayIntentBits.GuildMessages],
    rest: { api: setting("DISCORD_API_URL") },
  });
  client.on("messageCreate", (message) => {
    if (message.author.bot || client.user === null || !message.mentions.has(client.user)) return;
    void (async () => {
      if (message.channel.type === ChannelType.PublicThread) return message.channel.send(answer);
      return (await message.startThread({ name: "request" })).send(answer);
    })();
  });
  client.on("interactionCreate", (interaction) => {
    if (interaction.isChatInputCommand()) void interaction.reply(answer);
  });
  const ready = new Promise((resolve) => client.once("clientReady", resolve));
  await client.login(setting("DISCORD_TOKEN"));
  await ready;
  await client.application?.commands.set([commandDefinition], setting("DISCORD_GUILD_ID"));
  return () => client.destroy();
}
