import { z } from "zod";
import type { IncomingMessage } from "../chat-platform.ts";
import { accountKey, isDirect, keyOf } from "./conversation.ts";
import { mentions, typedText } from "./typed-text.ts";

/** The workspace and user that the bot itself is. */
export interface BotIdentity {
  readonly team: string;
  readonly user: string;
  readonly botId: string | undefined;
  /** `https://example.slack.com/` */
  readonly url: string | null;
  /** Of the workspace. */
  readonly name: string;
}

/** What Slack calls people, channels and events by; bounded, because it ends up in keys. */
export const id = z.string().min(1).max(100);
export const timestamp = z.string().regex(/^\d{1,20}\.\d{1,10}$/);

const messageSchema = z.looseObject({
  event_id: id,
  team_id: id.optional(),
  event: z.looseObject({
    type: z.string(),
    subtype: z.string().optional(),
    hidden: z.boolean().optional(),
    user: id,
    bot_id: z.string().nullish(),
    user_team: id.nullish(),
    team: id.nullish(),
    channel: id,
    ts: timestamp,
    thread_ts: timestamp.nullish(),
    text: z.string().nullish(),
  }),
});

/** Others are edits, joins, topics and what bots write. */
const subtypes: ReadonlySet<string> = new Set(["file_share", "thread_broadcast"]);

/** A mention, a direct message or a reply in a thread, as the port has it; undefined for all else that happens in a channel. */
export function incomingMessage(body: unknown, bot: BotIdentity): IncomingMessage | undefined {
  const parsed = messageSchema.safeParse(body);
  if (!parsed.success) return undefined;
  const { event_id: eventId, event, team_id: bodyTeam } = parsed.data;
  if (event.subtype !== undefined && !subtypes.has(event.subtype)) return undefined;
  if (event.hidden === true || typeof event.bot_id === "string" || event.user === bot.user || event.user === "USLACKBOT") return undefined;
  const markup = event.text ?? "";
  const thread = event.thread_ts ?? undefined;
  const addressed = event.type === "app_mention" || isDirect(event.channel) || mentions(markup, bot.user);
  if (!addressed && thread === undefined) return undefined;
  const text = typedText(markup, bot.user);
  if (text === "" && !(addressed && event.subtype === undefined)) return undefined;
  return {
    conversation: keyOf(bot.team, event.channel, { ts: event.ts, thread }),
    // A mention comes as two events with one timestamp.
    eventKeys: [`event:${eventId}`, `message:${event.channel}:${event.ts}`],
    person: accountKey(event.user_team ?? event.team ?? bodyTeam ?? bot.team, event.user),
    text,
    addressed,
    thread: thread !== undefined || !isDirect(event.channel),
  };
}

const homeSchema = z.looseObject({
  team_id: id.optional(),
  event: z.looseObject({ user: id, tab: z.string().optional() }),
});

export function openedHome(body: unknown, bot: BotIdentity): { readonly person: string; readonly user: string } | undefined {
  const parsed = homeSchema.safeParse(body);
  if (!parsed.success || (parsed.data.event.tab ?? "home") !== "home") return undefined;
  return { person: accountKey(parsed.data.team_id ?? bot.team, parsed.data.event.user), user: parsed.data.event.user };
}
