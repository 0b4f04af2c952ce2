import { GatewayIntentBits } from "discord.js";
import { checkForm } from "./check-form.ts";
import type { Component } from "./component-schema.ts";
import { mentionsOf } from "./mentions.ts";
import { type Embed, flag, type MessageForm, messageSchema } from "./message-schema.ts";
import { channelPayload, type PayloadContext, messageEventPayload } from "./payloads.ts";
import type { UploadedFile } from "./request-body.ts";
import { invalidForm, refusals } from "./rest-error.ts";
import { type Channel, type GatewayEvent, isThread, type StoredFile, type StoredMessage } from "./world.ts";

export interface Ping {
  readonly messageId: string;
  readonly channelId: string;
  readonly users: readonly string[];
  readonly roles: readonly string[];
  readonly everyone: boolean;
}

export interface NewMessage {
  readonly channel: Channel;
  readonly authorId: string;
  readonly form: unknown;
  readonly files: readonly UploadedFile[];
  readonly type?: number;
  readonly interaction?: StoredMessage["interaction"];
  readonly ephemeralFor?: string | undefined;
  readonly reference?: string;
  /** A deferred answer is a message too, empty and marked as loading. */
  readonly loading?: boolean;
}

export interface MessageService {
  create(message: NewMessage): StoredMessage;
  edit(message: StoredMessage, form: unknown, files: readonly UploadedFile[]): void;
  remove(message: StoredMessage): void;
  announce(event: "MESSAGE_CREATE" | "MESSAGE_UPDATE", message: StoredMessage): GatewayEvent;
  readonly pings: Ping[];
}

const keptFlags = flag.suppressEmbeds | 4096 | flag.componentsV2;
const mebibyte = 1024 * 1024;

/** Creates, changes and deletes messages under the platform's rules, and tells the gateway. */
export function createMessageService(context: PayloadContext): MessageService {
  const { world } = context;
  const pings: Ping[] = [];

  const intentFor = (channel: Channel): number => (channel.type === 1 ? GatewayIntentBits.DirectMessages : GatewayIntentBits.GuildMessages);

  function announce(event: "MESSAGE_CREATE" | "MESSAGE_UPDATE", message: StoredMessage): GatewayEvent {
    const channel = world.channels.get(message.channelId)!;
    // What a session may read is known by the gateway only: both forms go there.
    return world.dispatch({
      t: event,
      d: messageEventPayload(context, message, true),
      withoutContent: messageEventPayload(context, message, false),
      intent: intentFor(channel),
    });
  }

  function noteTimeAndPings(message: StoredMessage): void {
    if (message.authorId !== world.botId || message.ephemeralFor !== undefined || (message.flags & flag.loading) !== 0) return;
    const mentions = mentionsOf(world, message);
    if (mentions.users.length + mentions.roles.length === 0 && !mentions.everyone) return;
    pings.push({ messageId: message.id, channelId: message.channelId, ...mentions });
  }

  return {
    pings,
    announce,
    create({ channel, authorId, form, files, type, interaction, ephemeralFor, reference, loading = false }) {
      const checked = loading ? {} : checkMessage(form, files, false);
      const attachments = stored(world.newId, files);
      if (!loading && (type ?? 0) !== 21 && isEmpty(checked.content, checked.embeds, checked.components, attachments))
        throw refusals.emptyMessage();
      const now = world.clock.now();
      const answers = reference ?? checkReference(checked);
      const message: StoredMessage = {
        id: world.newId(),
        channelId: channel.id,
        authorId,
        type: type ?? (answers === undefined ? 0 : 19),
        content: (checked.content ?? "").trim(),
        embeds: checked.embeds ?? [],
        components: checked.components ?? [],
        attachments,
        flags: ((checked.flags ?? 0) & keptFlags) | (loading ? flag.loading : 0) | (ephemeralFor === undefined ? 0 : flag.ephemeral),
        allowedMentions: checked.allowed_mentions ?? undefined,
        nonce: checked.nonce ?? undefined,
        reference: answers,
        interaction,
        ephemeralFor,
        createdAt: now,
        editedAt: undefined,
        edits: [],
        reactions: new Map(),
        deleted: false,
      };
      wakeThread(channel, now);
      world.messages.set(message.id, message);
      noteTimeAndPings(message);
      // Ephemeral messages are not on the gateway.
      if (ephemeralFor === undefined) announce("MESSAGE_CREATE", message);
      return message;
    },
    edit(message, form, files) {
      const wasV2 = (message.flags & flag.componentsV2) !== 0;
      const checked = checkMessage(form, files, wasV2);
      const isV2 = wasV2 || ((checked.flags ?? 0) & flag.componentsV2) !== 0;
      const content = checked.content === undefined ? message.content : (checked.content ?? "").trim();
      const embeds: readonly Embed[] = checked.embeds === undefined ? message.embeds : (checked.embeds ?? []);
      const components = checked.components === undefined ? message.components : ((checked.components ?? []) as Component[]);
      const fresh = stored(world.newId, files);
      const listed = checked.attachments?.map((each) => each.id);
      const attachments = [...message.attachments.filter((file) => listed === undefined || listed.includes(file.id)), ...fresh];
      if (attachments.length > 10)
        throw invalidForm([{ path: ["attachments"], code: "BASE_TYPE_MAX_LENGTH", message: "Must be 10 or fewer in length." }]);
      if (isEmpty(content, embeds, components, attachments)) throw refusals.emptyMessage();
      if (isV2 && (content !== "" || embeds.length > 0)) {
        throw invalidForm([
          {
            path: ["flags"],
            code: "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
            message: "content and embeds must be cleared in the edit that sets MessageFlags.IS_COMPONENTS_V2",
          },
        ]);
      }
      const now = world.clock.now();
      const wasLoading = (message.flags & flag.loading) !== 0;
      if (!wasLoading) {
        message.edits.push({ content: message.content, embeds: message.embeds, components: message.components, at: now });
        message.editedAt = now;
      }
      message.content = content;
      message.embeds = embeds;
      message.components = components;
      message.attachments = attachments;
      message.flags = (message.flags & ~flag.loading) | (isV2 ? flag.componentsV2 : 0);
      message.allowedMentions = checked.allowed_mentions ?? undefined;
      if (wasLoading) noteTimeAndPings(message);
      if (message.ephemeralFor === undefined) announce("MESSAGE_UPDATE", message);
    },
    remove(message) {
      message.deleted = true;
      if (message.ephemeralFor !== undefined) return;
      const channel = world.channels.get(message.channelId)!;
      const where = channel.type === 1 ? {} : { guild_id: world.guildId };
      world.dispatch({ t: "MESSAGE_DELETE", d: { id: message.id, channel_id: message.channelId, ...where }, intent: intentFor(channel) });
    },
  };

  function checkReference(form: Partial<MessageForm>): string | undefined {
    const reference = form.message_reference;
    if (reference === undefined || reference === null) return undefined;
    const message = world.messages.get(reference.message_id);
    if (message !== undefined && !message.deleted && message.ephemeralFor === undefined) return message.id;
    if (reference.fail_if_not_exists === false) return undefined;
    throw invalidForm([{ path: ["message_reference"], code: "REPLIES_UNKNOWN_MESSAGE", message: "Unknown message" }]);
  }

  /** Whoever posts in an archived thread opens it again; a locked one only moderators may, and the bot is none. */
  function wakeThread(channel: Channel, now: number): void {
    if (!isThread(channel)) return;
    if (channel.archived && channel.locked) throw refusals.threadArchived();
    channel.lastActivity = now;
    if (!channel.archived) return;
    channel.archived = false;
    world.dispatch({ t: "THREAD_UPDATE", d: channelPayload(world, channel), intent: GatewayIntentBits.Guilds });
  }
}

function checkMessage(form: unknown, files: readonly UploadedFile[], wasV2: boolean): Partial<MessageForm> {
  if (files.length > 10)
    throw invalidForm([{ path: ["attachments"], code: "BASE_TYPE_MAX_LENGTH", message: "Must be 10 or fewer in length." }]);
  if (files.some((file) => file.bytes.length > 10 * mebibyte)) throw refusals.tooLarge();
  return checkForm(messageSchema(form, wasV2), form);
}

function isEmpty(content: string | null | undefined, embeds: unknown, components: unknown, files: readonly unknown[]): boolean {
  const none = (list: unknown): boolean => !Array.isArray(list) || list.length === 0;
  return (content ?? "").trim() === "" && none(embeds) && none(components) && files.length === 0;
}

function stored(newId: () => string, files: readonly UploadedFile[]): StoredFile[] {
  return files.map((file) => ({ id: newId(), filename: file.filename, contentType: file.contentType, bytes: file.bytes }));
}
