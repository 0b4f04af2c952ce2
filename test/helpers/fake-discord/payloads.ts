import { flag } from "./message-schema.ts";
import { mentionsOf } from "./mentions.ts";
import {
  type Channel,
  defaultPermissions,
  deniedToBot,
  isThread,
  type Member,
  permissionBits,
  type StoredMessage,
  type World,
} from "./world.ts";

/**
 * How things look on the wire. Absent fields are left out, never null: discord.js asks `'thread' in data` and throws on a null.
 * Where attachments live is put in by the HTTP server, `filesUrl`.
 */
export interface PayloadContext {
  readonly world: World;
  readonly filesUrl: () => string;
}

const iso = (at: number): string => new Date(at).toISOString();

export function userPayload(member: Member): object {
  return {
    id: member.id,
    username: member.name.toLowerCase(),
    discriminator: "0",
    global_name: member.bot ? null : member.name,
    avatar: null,
    public_flags: 0,
    ...(member.bot ? { bot: true } : {}),
  };
}

/** Without `user`: inside a message the author says who it is. */
export function memberPayload(member: Member): object {
  return {
    roles: member.roles,
    joined_at: "2024-01-01T00:00:00.000000+00:00",
    deaf: false,
    mute: false,
    flags: 0,
    nick: null,
    avatar: null,
  };
}

export function interactionMember(world: World, member: Member): object {
  return { ...memberPayload(member), user: userPayload(member), permissions: memberPermissions(world, member), pending: false };
}

export function memberPermissions(world: World, member: Member): string {
  return member.roles.reduce((bits, id) => bits | (world.roles.get(id)?.permissions ?? 0n), defaultPermissions).toString();
}

export function botPermissions(world: World, channel: Channel): string {
  return (defaultPermissions & ~permissionBits(deniedToBot(world, channel))).toString();
}

export function rolePayload(role: { id: string; name: string; permissions: bigint; mentionable: boolean }, position: number): object {
  return {
    id: role.id,
    name: role.name,
    color: 0,
    colors: { primary_color: 0, secondary_color: null, tertiary_color: null },
    hoist: false,
    icon: null,
    position,
    permissions: role.permissions.toString(),
    managed: false,
    mentionable: role.mentionable,
    flags: 0,
  };
}

export function channelPayload(world: World, channel: Channel): object {
  if (channel.type === 1) {
    const recipient = world.members.get(channel.recipientId ?? "");
    return { id: channel.id, type: 1, recipients: recipient === undefined ? [] : [userPayload(recipient)], last_message_id: null };
  }
  const base = { id: channel.id, type: channel.type, guild_id: world.guildId, name: channel.name, last_message_id: null };
  if (!isThread(channel)) {
    const overwrites =
      channel.deniedToBot.size === 0
        ? []
        : [{ id: world.botId, type: 1, allow: "0", deny: permissionBits(channel.deniedToBot).toString() }];
    return { ...base, position: 0, permission_overwrites: overwrites, nsfw: false, parent_id: null, topic: null };
  }
  const inThread = [...world.messages.values()].filter((message) => message.channelId === channel.id);
  return {
    ...base,
    parent_id: channel.parentId,
    owner_id: channel.ownerId,
    message_count: inThread.length,
    total_message_sent: inThread.length,
    member_count: 1,
    rate_limit_per_user: 0,
    flags: 0,
    thread_metadata: {
      archived: channel.archived,
      locked: channel.locked,
      auto_archive_duration: channel.autoArchiveMinutes,
      archive_timestamp: iso(channel.lastActivity),
      create_timestamp: iso(channel.createdAt),
    },
  };
}

export function guildPayload(world: World, allMembers: boolean): object {
  const members = [...world.members.values()].filter((member) => member.inGuild);
  const channels = [...world.channels.values()].filter((channel) => channel.type !== 1 && !deniedToBot(world, channel).has("ViewChannel"));
  return {
    id: world.guildId,
    name: world.guildName,
    icon: null,
    owner_id: members.find((member) => !member.bot)?.id ?? world.botId,
    features: [],
    emojis: [],
    stickers: [],
    roles: [...world.roles.values()].map((role, position) => rolePayload(role, position)),
    verification_level: 0,
    default_message_notifications: 1,
    explicit_content_filter: 0,
    mfa_level: 0,
    afk_timeout: 300,
    afk_channel_id: null,
    system_channel_id: null,
    system_channel_flags: 0,
    rules_channel_id: null,
    public_updates_channel_id: null,
    premium_tier: 0,
    premium_subscription_count: 0,
    preferred_locale: "en-US",
    nsfw_level: 0,
    joined_at: "2024-01-01T00:00:00.000000+00:00",
    large: false,
    unavailable: false,
    member_count: members.length,
    voice_states: [],
    presences: [],
    stage_instances: [],
    guild_scheduled_events: [],
    soundboard_sounds: [],
    // Without the members intent only the bot itself is in the list.
    members: members
      .filter((member) => allMembers || member.id === world.botId)
      .map((member) => ({ ...memberPayload(member), user: userPayload(member) })),
    channels: channels.filter((channel) => !isThread(channel)).map((channel) => channelPayload(world, channel)),
    threads: channels.filter((channel) => isThread(channel) && !channel.archived).map((channel) => channelPayload(world, channel)),
  };
}

/**
 * `readsContent`: the message-content intent. Without it only the bot's own messages, direct messages and messages that mention the bot
 * have content, embeds, attachments and components.
 */
export function messagePayload(context: PayloadContext, message: StoredMessage, readsContent: boolean, depth = 0): object {
  const { world } = context;
  const channel = world.channels.get(message.channelId)!;
  const author = world.members.get(message.authorId)!;
  const mentions = mentionsOf(world, message);
  const visible = readsContent || author.id === world.botId || channel.type === 1 || mentions.users.includes(world.botId);
  const interaction = message.interaction;
  const referenced = message.reference === undefined ? undefined : world.messages.get(message.reference);
  const thread = (message.flags & flag.hasThread) === 0 ? undefined : world.channels.get(message.id);
  return {
    id: message.id,
    channel_id: message.channelId,
    author: userPayload(author),
    content: visible ? message.content : "",
    timestamp: iso(message.createdAt),
    edited_timestamp: message.editedAt === undefined ? null : iso(message.editedAt),
    tts: false,
    mention_everyone: mentions.everyone,
    mentions: mentions.users.flatMap((id) => {
      const member = world.members.get(id);
      return member === undefined ? [] : [{ ...userPayload(member), ...(channel.type === 1 ? {} : { member: memberPayload(member) }) }];
    }),
    mention_roles: mentions.roles,
    attachments: visible ? message.attachments.map((file) => attachmentPayload(context, message, file)) : [],
    embeds: visible ? message.embeds.map((embed) => ({ type: "rich", ...embed })) : [],
    components: visible ? message.components : [],
    pinned: false,
    type: message.type,
    flags: message.flags,
    ...(message.nonce === undefined ? {} : { nonce: message.nonce }),
    ...(message.reactions.size === 0 ? {} : { reactions: reactionsPayload(world, message) }),
    ...(interaction === undefined ? {} : { application_id: world.applicationId, webhook_id: world.applicationId }),
    ...(interaction === undefined
      ? {}
      : {
          interaction_metadata: {
            id: interaction.id,
            type: interaction.type,
            user: userPayload(world.members.get(interaction.userId)!),
            authorizing_integration_owners: { "0": world.guildId },
            ...(interaction.commandName === undefined ? {} : { name: interaction.commandName }),
          },
        }),
    ...(message.reference === undefined
      ? {}
      : {
          message_reference: {
            type: 0,
            message_id: message.reference,
            channel_id: referenced?.channelId ?? message.channelId,
            ...(channel.type === 1 ? {} : { guild_id: world.guildId }),
          },
        }),
    // The one field that may be null: the message it answers was deleted.
    ...(referenced === undefined || depth > 0
      ? {}
      : { referenced_message: referenced.deleted ? null : messagePayload(context, referenced, readsContent, depth + 1) }),
    ...(thread === undefined ? {} : { thread: channelPayload(world, thread) }),
  };
}

/** What MESSAGE_CREATE and MESSAGE_UPDATE add to the message itself. */
export function messageEventPayload(context: PayloadContext, message: StoredMessage, readsContent: boolean): object {
  const { world } = context;
  const channel = world.channels.get(message.channelId)!;
  const payload = { ...messagePayload(context, message, readsContent), channel_type: channel.type };
  if (channel.type === 1) return payload;
  // A webhook has no member; an interaction's answer is sent by the application's webhook, yet carries the bot's.
  return { ...payload, guild_id: world.guildId, member: memberPayload(world.members.get(message.authorId)!) };
}

function attachmentPayload(context: PayloadContext, message: StoredMessage, file: StoredMessage["attachments"][number]): object {
  const url = `${context.filesUrl()}/attachments/${message.channelId}/${file.id}/${encodeURIComponent(file.filename)}`;
  return { id: file.id, filename: file.filename, size: file.bytes.length, url, proxy_url: url, content_type: file.contentType };
}

function reactionsPayload(world: World, message: StoredMessage): object[] {
  return [...message.reactions].map(([emoji, users]) => ({
    emoji: { id: null, name: emoji },
    count: users.size,
    count_details: { burst: 0, normal: users.size },
    me: users.has(world.botId),
    me_burst: false,
    burst_colors: [],
  }));
}
