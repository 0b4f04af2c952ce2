/** Chiffon as `chiffon start` makes it, with one chat platform. The argument `no-pace` switches its own calm pace of messages off. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { createApp } from "../src/app.ts";
import type { ChatPlatform } from "../src/bot/chat-platform.ts";
import { readConfig } from "../src/config.ts";
import { silentLogger } from "../src/logger.ts";
import { tellParent, type ToBot } from "./chat-messages.ts";

const resolutionMs = 1;
const logger = silentLogger();
const environment = Object.fromEntries(
  Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
);
const config = readConfig(environment, process.cwd());
const app = await createApp({ config, logger, environment });
await app.startAgent();
const platform = await onlyPlatform();
if (process.argv.includes("no-pace")) Object.defineProperties(platform, { postEveryMs: { value: 0 }, editEveryMs: { value: 0 } });
await app.startBot([platform]);
await app.warmUp();
const histogram = monitorEventLoopDelay({ resolution: resolutionMs });
histogram.enable();
process.on("message", (message: ToBot) => void (message === "stop" ? stop() : figures()));
process.on("disconnect", () => process.exit(1));
tellParent({ kind: "ready" });

async function onlyPlatform(): Promise<ChatPlatform> {
  const { createSlackPlatform } = await import("../src/bot/slack/slack-platform.ts");
  if (config.slack !== undefined) return createSlackPlatform({ settings: config.slack, userGroups: [], logger });
  const { createDiscordPlatform } = await import("../src/bot/discord/discord-platform.ts");
  if (config.discord !== undefined) return createDiscordPlatform({ settings: config.discord, logger });
  throw new Error("the environment names no chat platform");
}

async function figures(): Promise<void> {
  const delay = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - resolutionMs);
  const loopDelay = { p50: delay(histogram.percentile(50)), p99: delay(histogram.percentile(99)), max: delay(histogram.max) };
  const count = async (table: "request" | "plan_version" | "run"): Promise<number> =>
    (await app.database.query<{ count: number }>(`select count(*)::integer as count from ${table}`))[0]?.count ?? 0;
  const [requests, plans, runs] = [await count("request"), await count("plan_version"), await count("run")];
  tellParent({ kind: "figures", figures: { loopDelay, requests, plans, runs } });
}

async function stop(): Promise<void> {
  await app.stop();
  process.exit(0);
}
