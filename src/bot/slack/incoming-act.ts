import { z } from "zod";
import { decodeButton, type ButtonValue } from "./buttons.ts";
import { menuAction } from "./choice-select.ts";
import { accountKey, keyOf } from "./conversation.ts";
import { id, timestamp, type BotIdentity } from "./incoming-message.ts";
import { typedText } from "./typed-text.ts";

const userSchema = z.looseObject({ id, team_id: id.nullish() });
const teamSchema = z.looseObject({ id }).nullish();

const pressSchema = z.looseObject({
  user: userSchema,
  team: teamSchema,
  trigger_id: z.string(),
  container: z.looseObject({ type: z.string(), channel_id: id.nullish(), message_ts: timestamp.nullish(), thread_ts: timestamp.nullish() }),
  channel: z.looseObject({ id }).nullish(),
  message: z.looseObject({ thread_ts: timestamp.nullish() }).nullish(),
  view: z.looseObject({ type: z.string() }).nullish(),
  actions: z
    .array(
      z.looseObject({
        action_id: z.string(),
        value: z.string().nullish(),
        selected_option: z.looseObject({ value: z.string() }).nullish(),
      }),
    )
    .min(1),
});

/** A button or menu that somebody pressed. */
export interface Press {
  readonly person: string;
  readonly user: string;
  readonly triggerId: string;
  readonly action: ButtonValue;
  /** Null on the person's own page: their direct messages. */
  readonly conversation: string | null;
}

export function pressOf(body: unknown, bot: BotIdentity): Press | undefined {
  const parsed = pressSchema.safeParse(body);
  if (!parsed.success) return undefined;
  const { user, team, trigger_id: triggerId, container, channel, message, actions } = parsed.data;
  const [pressed] = actions;
  const action = pressed === undefined ? undefined : pressedAction(pressed);
  if (action === undefined) return undefined;
  const channelId = container.channel_id ?? channel?.id;
  const ts = container.message_ts ?? undefined;
  const thread = container.thread_ts ?? message?.thread_ts ?? undefined;
  const inMessage = channelId !== undefined && channelId !== null && ts !== undefined;
  return {
    person: accountKey(user.team_id ?? team?.id ?? bot.team, user.id),
    user: user.id,
    triggerId,
    action,
    conversation: inMessage ? keyOf(bot.team, channelId, { ts, thread }) : null,
  };
}

function pressedAction(pressed: z.infer<typeof pressSchema>["actions"][number]): ButtonValue | undefined {
  const menu = menuAction(pressed.action_id);
  if (menu === undefined) return decodeButton(pressed.value);
  const action = decodeButton(menu);
  const value = pressed.selected_option?.value;
  return action === undefined || value === undefined ? undefined : { ...action, value };
}

const submissionSchema = z.looseObject({
  user: userSchema,
  team: teamSchema,
  view: z.looseObject({ id, private_metadata: z.string(), state: z.looseObject({ values: z.unknown() }) }),
});

export interface Submission {
  readonly person: string;
  readonly user: string;
  readonly viewId: string;
  readonly metadata: string;
  readonly values: unknown;
}

export function submissionOf(body: unknown, bot: BotIdentity): Submission | undefined {
  const parsed = submissionSchema.safeParse(body);
  if (!parsed.success) return undefined;
  const { user, team, view } = parsed.data;
  return {
    person: accountKey(user.team_id ?? team?.id ?? bot.team, user.id),
    user: user.id,
    viewId: view.id,
    metadata: view.private_metadata,
    values: view.state.values,
  };
}

const commandSchema = z.looseObject({
  user_id: id,
  team_id: id.nullish(),
  channel_id: id,
  text: z.string().nullish(),
  trigger_id: z.string(),
  response_url: z.url({ protocol: /^https?$/ }),
});

export interface SlashCommand {
  readonly person: string;
  readonly user: string;
  readonly channel: string;
  readonly text: string;
  readonly triggerId: string;
  readonly responseUrl: string;
}

export function slashCommandOf(body: unknown, bot: BotIdentity): SlashCommand | undefined {
  const parsed = commandSchema.safeParse(body);
  if (!parsed.success) return undefined;
  const { user_id: user, team_id: team, channel_id: channel, text, trigger_id: triggerId, response_url: responseUrl } = parsed.data;
  return { person: accountKey(team ?? bot.team, user), user, channel, text: typedText(text ?? "", bot.user), triggerId, responseUrl };
}

const shortcutSchema = z.looseObject({
  user: userSchema,
  team: teamSchema,
  trigger_id: z.string(),
  response_url: z.url({ protocol: /^https?$/ }).optional(),
  channel: z.looseObject({ id }),
  message: z.looseObject({ ts: timestamp, thread_ts: timestamp.nullish(), text: z.string().nullish() }),
});

export interface MessageShortcut {
  readonly person: string;
  readonly triggerId: string;
  readonly responseUrl: string | undefined;
  readonly conversation: string;
  readonly text: string;
}

export function shortcutOf(body: unknown, bot: BotIdentity): MessageShortcut | undefined {
  const parsed = shortcutSchema.safeParse(body);
  if (!parsed.success) return undefined;
  const { user, team, trigger_id: triggerId, response_url: responseUrl, channel, message } = parsed.data;
  return {
    person: accountKey(user.team_id ?? team?.id ?? bot.team, user.id),
    triggerId,
    responseUrl,
    conversation: keyOf(bot.team, channel.id, { ts: message.ts, thread: message.thread_ts ?? undefined }),
    text: typedText(message.text ?? "", bot.user),
  };
}
