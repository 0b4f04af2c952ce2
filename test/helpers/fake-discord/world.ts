import { PermissionFlagsBits } from "discord.js";
import type { FakeClock } from "./clock.ts";
import type { CommandForm } from "./command-schema.ts";
import type { Component } from "./component-schema.ts";
import type { AllowedMentions, Embed } from "./message-schema.ts";
import { refusals } from "./rest-error.ts";

/** What the platform knows. The routes and the people of a test change it; nothing here talks to a socket. */

export type PermissionName = keyof typeof PermissionFlagsBits;

export interface Member {
  readonly id: string;
  name: string;
  roles: readonly string[];
  readonly bot: boolean;
  readonly directMessagesClosed: boolean;
  inGuild: boolean;
}

export interface Channel {
  readonly id: string;
  name: string;
  /** 0 text, 1 direct message, 5 announcements, 11 public thread, 12 private thread … */
  readonly type: number;
  readonly parentId?: string;
  readonly ownerId?: string;
  /** Whose direct messages these are. */
  readonly recipientId?: string;
  readonly deniedToBot: ReadonlySet<PermissionName>;
  archived: boolean;
  locked: boolean;
  autoArchiveMinutes: number;
  lastActivity: number;
  readonly createdAt: number;
}

export interface StoredFile {
  readonly id: string;
  readonly filename: string;
  readonly contentType: string;
  readonly bytes: Buffer;
}

export interface MessageVersion {
  readonly content: string;
  readonly embeds: readonly Embed[];
  readonly components: readonly Component[];
}

export interface StoredMessage {
  readonly id: string;
  readonly channelId: string;
  readonly authorId: string;
  type: number;
  content: string;
  embeds: readonly Embed[];
  components: readonly Component[];
  attachments: readonly StoredFile[];
  flags: number;
  allowedMentions: AllowedMentions | undefined;
  readonly nonce: string | number | undefined;
  readonly reference: string | undefined;
  readonly interaction: { readonly id: string; readonly type: number; readonly userId: string; readonly commandName?: string } | undefined;
  readonly ephemeralFor: string | undefined;
  readonly createdAt: number;
  editedAt: number | undefined;
  readonly edits: (MessageVersion & { readonly at: number })[];
  readonly reactions: Map<string, Set<string>>;
  deleted: boolean;
}

export interface StoredCommand {
  readonly id: string;
  readonly version: string;
  readonly guildId: string | undefined;
  readonly form: CommandForm;
}

export interface World {
  readonly clock: FakeClock;
  readonly newId: () => string;
  readonly token: string;
  readonly applicationId: string;
  readonly botId: string;
  readonly guildId: string;
  readonly guildName: string;
  /** Message content and members: the portal's switches. */
  readonly privilegedIntents: boolean;
  readonly roles: Map<string, { readonly id: string; name: string; readonly permissions: bigint; readonly mentionable: boolean }>;
  readonly members: Map<string, Member>;
  readonly channels: Map<string, Channel>;
  readonly messages: Map<string, StoredMessage>;
  commands: StoredCommand[];
  /** Sends news to the bot's sessions; put in by the gateway. */
  dispatch: (event: GatewayEvent) => GatewayEvent;
}

export interface GatewayEvent {
  readonly t: string;
  readonly d: object;
  /** What a session without the message-content intent gets instead. */
  readonly withoutContent?: object;
  /** Only sessions that asked for it get the event; absent: all. */
  readonly intent?: number;
}

const everyonePermissions: readonly PermissionName[] = [
  "ViewChannel",
  "SendMessages",
  "SendMessagesInThreads",
  "CreatePublicThreads",
  "EmbedLinks",
  "AttachFiles",
  "ReadMessageHistory",
  "AddReactions",
  "UseApplicationCommands",
  "MentionEveryone",
];
export const defaultPermissions = everyonePermissions.reduce((bits, name) => bits | PermissionFlagsBits[name], 0n);

export const isThread = (channel: Channel): boolean => channel.type >= 10 && channel.type <= 12;

export function permissionBits(names: Iterable<PermissionName>): bigint {
  return [...names].reduce((bits, name) => bits | PermissionFlagsBits[name], 0n);
}

export function deniedToBot(world: World, channel: Channel): ReadonlySet<PermissionName> {
  return (channel.parentId === undefined ? channel : world.channels.get(channel.parentId))?.deniedToBot ?? new Set<PermissionName>();
}

/** A channel the bot may look at, else 10003 or 50001. */
export function channelForBot(world: World, id: string): Channel {
  const channel = world.channels.get(id);
  if (channel === undefined) throw refusals.unknownChannel();
  if (deniedToBot(world, channel).has("ViewChannel")) throw refusals.missingAccess();
  archiveWhenIdle(world, channel);
  return channel;
}

export function requirePermission(world: World, channel: Channel, ...names: PermissionName[]): void {
  if (channel.type === 1) return;
  const denied = deniedToBot(world, channel);
  if (names.some((name) => denied.has(name))) throw refusals.missingPermissions();
}

/** An ephemeral message is not found by anybody but its interaction. */
export function messageIn(world: World, channelId: string, id: string): StoredMessage {
  const message = world.messages.get(id);
  if (message === undefined || message.deleted || message.channelId !== channelId || message.ephemeralFor !== undefined) {
    throw refusals.unknownMessage();
  }
  return message;
}

/** The channel of a person's direct messages; made on first use, as on the platform. */
export function directChannel(world: World, userId: string): Channel {
  for (const channel of world.channels.values()) if (channel.type === 1 && channel.recipientId === userId) return channel;
  const now = world.clock.now();
  const channel: Channel = {
    id: world.newId(),
    name: "",
    type: 1,
    recipientId: userId,
    deniedToBot: new Set(),
    archived: false,
    locked: false,
    autoArchiveMinutes: 0,
    lastActivity: now,
    createdAt: now,
  };
  world.channels.set(channel.id, channel);
  return channel;
}

function archiveWhenIdle(world: World, channel: Channel): void {
  if (!isThread(channel) || channel.archived) return;
  if (world.clock.now() - channel.lastActivity > channel.autoArchiveMinutes * 60_000) channel.archived = true;
}
