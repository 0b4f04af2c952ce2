/** Everything the fake workspace knows: people, channels, messages, views, files, and the clock. */
import type { Json } from "./json.ts";

export interface FakeUser {
  readonly id: string;
  readonly name: string;
  readonly guest?: boolean;
  readonly singleChannelGuest?: boolean;
  readonly bot?: boolean;
  deleted?: boolean;
  /** A workspace other than ours: this person comes through a shared channel. */
  readonly team?: string;
  readonly timeZone?: string;
}
export interface FakeChannel {
  readonly id: string;
  readonly name: string;
  readonly isPrivate?: boolean;
  readonly members?: readonly string[];
  /** Default true. */
  botIsMember?: boolean;
  archived?: boolean;
  /** Set for a direct message: the person at the other end. */
  readonly directWith?: string;
}
export interface FakeUserGroup {
  readonly id: string;
  members: readonly string[];
}
export interface FakeMessage {
  readonly channel: string;
  readonly ts: string;
  readonly user: string;
  readonly botId?: string;
  readonly threadTs?: string;
  readonly broadcast: boolean;
  /** Only for an ephemeral: who sees it. */
  readonly ephemeralFor?: string;
  text: string;
  blocks: readonly Json[];
  metadata?: Json;
  files: string[];
  reactions: string[];
  deleted: boolean;
  /** Earlier versions, oldest first. */
  readonly edits: { readonly text: string; readonly blocks: readonly Json[]; readonly at: number }[];
}
export interface FakeView {
  readonly id: string;
  readonly user: string;
  readonly type: "modal" | "home";
  hash: string;
  body: Json;
  open: boolean;
}
export interface FakeFile {
  readonly id: string;
  readonly name: string;
  readonly length: number;
  title: string;
  content: Buffer | undefined;
  completed: boolean;
  channel?: string;
  threadTs?: string;
}
export interface Trigger {
  readonly user: string;
  readonly at: number;
  used: boolean;
}
export interface ResponseUrl {
  readonly user: string;
  readonly channel: string;
  readonly at: number;
  readonly messageTs?: string;
  uses: number;
}

export interface World {
  readonly team: string;
  readonly appId: string;
  readonly botUserId: string;
  readonly botId: string;
  readonly botName: string;
  readonly users: Map<string, FakeUser>;
  readonly channels: Map<string, FakeChannel>;
  readonly usergroups: Map<string, FakeUserGroup>;
  readonly messages: FakeMessage[];
  readonly views: FakeView[];
  readonly files: FakeFile[];
  readonly triggers: Map<string, Trigger>;
  readonly responseUrls: Map<string, ResponseUrl>;
  /** What a correct bot never does; `stop()` throws with these. */
  readonly problems: string[];
  readonly now: () => number;
  readonly id: (prefix: string) => string;
  readonly ts: () => string;
  readonly advance: (ms: number) => void;
  baseUrl: string;
  /** Set by the delivery: Slack also sends the bot's own messages as events. */
  echo: (event: Json) => void;
}

export interface WorldOptions {
  readonly team?: string;
  readonly botName?: string;
  readonly users?: readonly FakeUser[];
  readonly channels?: readonly FakeChannel[];
  readonly usergroups?: readonly FakeUserGroup[];
}

export function createWorld(options: WorldOptions): World {
  let counter = 0;
  let shift = 0;
  let lastTs = 0;
  const botUserId = "UBOT00001";
  const botName = options.botName ?? "chiffon";
  const now = (): number => Date.now() + shift;
  return {
    team: options.team ?? "T1",
    appId: "A00000001",
    botUserId,
    botId: "BBOT00001",
    botName,
    users: new Map([{ id: botUserId, name: botName, bot: true }, ...(options.users ?? [])].map((user) => [user.id, { ...user }])),
    channels: new Map((options.channels ?? []).map((channel) => [channel.id, { ...channel }])),
    usergroups: new Map((options.usergroups ?? []).map((group) => [group.id, { ...group }])),
    messages: [],
    views: [],
    files: [],
    triggers: new Map(),
    responseUrls: new Map(),
    problems: [],
    now,
    id: (prefix) => `${prefix}${String((counter += 1)).padStart(8, "0")}`,
    ts: () => {
      lastTs = Math.max(lastTs + 1, now() * 1000);
      return `${Math.floor(lastTs / 1_000_000)}.${String(lastTs % 1_000_000).padStart(6, "0")}`;
    },
    advance: (ms) => {
      shift += ms;
    },
    baseUrl: "",
    echo: () => undefined,
  };
}

export function findMessage(world: World, channel: string, ts: string): FakeMessage | undefined {
  return world.messages.find((message) => message.channel === channel && message.ts === ts);
}

export function botIsIn(channel: FakeChannel): boolean {
  return channel.directWith !== undefined || channel.botIsMember !== false;
}

export function openDirectMessage(world: World, user: string): FakeChannel {
  for (const channel of world.channels.values()) if (channel.directWith === user) return channel;
  const channel: FakeChannel = { id: world.id("D"), name: "directmessage", directWith: user };
  world.channels.set(channel.id, channel);
  return channel;
}

/** A message as the Web API and events show it. */
export function messageBody(message: FakeMessage, world: World, withMetadata = false): Json {
  const replies = world.messages.filter((one) => one.channel === message.channel && one.threadTs === message.ts && !one.deleted);
  return {
    type: "message",
    ts: message.ts,
    user: message.user,
    text: message.text,
    team: world.users.get(message.user)?.team ?? world.team,
    ...(message.blocks.length > 0 ? { blocks: message.blocks } : {}),
    ...(message.botId === undefined ? {} : { bot_id: message.botId, app_id: world.appId }),
    ...(message.threadTs === undefined
      ? {}
      : { thread_ts: message.threadTs, parent_user_id: findMessage(world, message.channel, message.threadTs)?.user }),
    ...(replies.length > 0 ? { thread_ts: message.ts, reply_count: replies.length } : {}),
    ...(message.edits.length > 0 ? { edited: { user: message.user, ts: message.ts } } : {}),
    ...(message.files.length > 0 ? { files: message.files.map((id) => ({ id })) } : {}),
    ...(message.reactions.length > 0 ? { reactions: message.reactions.map((name) => ({ name, users: [world.botUserId], count: 1 })) } : {}),
    ...(withMetadata && message.metadata !== undefined ? { metadata: message.metadata } : {}),
    ...(message.deleted ? { subtype: "tombstone", text: "This message was deleted." } : {}),
    ...(message.ephemeralFor === undefined ? {} : { is_ephemeral: true }),
  };
}
