import { GatewayIntentBits } from "discord.js";
import { z } from "zod";
import { checkForm } from "./check-form.ts";
import type { MessageService } from "./message-service.ts";
import { messagePayload, type PayloadContext } from "./payloads.ts";
import { refusals } from "./rest-error.ts";
import { noContent, ok, type Route } from "./router.ts";
import { type Channel, channelForBot, isThread, messageIn, requirePermission, type StoredMessage } from "./world.ts";

const nonceIsKeptFor = 5 * 60_000;

/** /channels/:channel/messages: post, read, edit, delete, react. */
export function messageRoutes(context: PayloadContext, service: MessageService): Route[] {
  const { world } = context;
  const payload = (message: StoredMessage): object => messagePayload(context, message, world.privilegedIntents);
  const writable = (id: string): Channel => {
    const channel = channelForBot(world, id);
    if (channel.archived) throw refusals.threadArchived();
    return channel;
  };

  return [
    {
      route: "POST /channels/:channel/messages",
      handle({ params, form, files }) {
        const channel = channelForBot(world, params["channel"]!);
        if (channel.type === 1 && world.members.get(channel.recipientId ?? "")?.directMessagesClosed === true)
          throw refusals.cannotMessageUser();
        if (channel.type === 4) throw refusals.wrongChannelType();
        requirePermission(world, channel, isThread(channel) ? "SendMessagesInThreads" : "SendMessages");
        const wanted = (form ?? {}) as { embeds?: unknown[]; nonce?: unknown; enforce_nonce?: unknown; message_reference?: unknown };
        if ((wanted.embeds?.length ?? 0) > 0) requirePermission(world, channel, "EmbedLinks");
        if (files.length > 0) requirePermission(world, channel, "AttachFiles");
        if (wanted.message_reference !== undefined) requirePermission(world, channel, "ReadMessageHistory");
        if (wanted.enforce_nonce === true && wanted.nonce !== undefined) {
          const earlier = [...world.messages.values()].find(
            (message) =>
              message.channelId === channel.id &&
              message.authorId === world.botId &&
              message.nonce === wanted.nonce &&
              world.clock.now() - message.createdAt < nonceIsKeptFor,
          );
          if (earlier !== undefined) return ok(payload(earlier));
        }
        return ok(payload(service.create({ channel, authorId: world.botId, form: form ?? {}, files })));
      },
    },
    {
      route: "GET /channels/:channel/messages",
      handle({ params, query }) {
        const channel = channelForBot(world, params["channel"]!);
        requirePermission(world, channel, "ReadMessageHistory");
        const [before, after] = [query.get("before"), query.get("after")];
        const all = [...world.messages.values()].filter(
          (message) =>
            message.channelId === channel.id &&
            !message.deleted &&
            message.ephemeralFor === undefined &&
            (before === null || BigInt(message.id) < BigInt(before)) &&
            (after === null || BigInt(message.id) > BigInt(after)),
        );
        const limit = checkForm(z.coerce.number().int().min(1).max(100), query.get("limit") ?? 50);
        const page = after === null ? all.toReversed().slice(0, limit) : all.slice(0, limit).toReversed();
        return ok(page.map((message) => payload(message)));
      },
    },
    {
      route: "GET /channels/:channel/messages/:message",
      handle({ params }) {
        const channel = channelForBot(world, params["channel"]!);
        requirePermission(world, channel, "ReadMessageHistory");
        return ok(payload(messageIn(world, channel.id, params["message"]!)));
      },
    },
    {
      route: "PATCH /channels/:channel/messages/:message",
      handle({ params, form, files }) {
        const channel = writable(params["channel"]!);
        const message = messageIn(world, channel.id, params["message"]!);
        if (message.authorId !== world.botId) throw refusals.notAuthor();
        service.edit(message, form ?? {}, files);
        return ok(payload(message));
      },
    },
    {
      route: "DELETE /channels/:channel/messages/:message",
      handle({ params }) {
        const channel = writable(params["channel"]!);
        const message = messageIn(world, channel.id, params["message"]!);
        // Other people's messages need ManageMessages, which this bot is not given.
        if (message.authorId !== world.botId) throw refusals.missingPermissions();
        service.remove(message);
        return noContent;
      },
    },
    {
      route: "PUT /channels/:channel/messages/:message/reactions/:emoji/@me",
      handle: ({ params }) => react(params, true),
    },
    {
      route: "DELETE /channels/:channel/messages/:message/reactions/:emoji/@me",
      handle: ({ params }) => react(params, false),
    },
    {
      route: "POST /channels/:channel/typing",
      handle({ params }) {
        writable(params["channel"]!);
        return noContent;
      },
    },
  ];

  function react(params: Readonly<Record<string, string>>, adds: boolean): typeof noContent {
    const channel = writable(params["channel"]!);
    requirePermission(world, channel, "ReadMessageHistory", "AddReactions");
    const message = messageIn(world, channel.id, params["message"]!);
    const emoji = params["emoji"]!;
    if (!/\p{Extended_Pictographic}|\p{Emoji_Modifier_Base}|[0-9#*]\u{fe0f}?\u{20e3}/u.test(emoji)) throw refusals.unknownEmoji();
    const users = message.reactions.get(emoji) ?? new Set();
    if (adds) users.add(world.botId);
    else users.delete(world.botId);
    if (users.size === 0) message.reactions.delete(emoji);
    else message.reactions.set(emoji, users);
    world.dispatch({
      t: adds ? "MESSAGE_REACTION_ADD" : "MESSAGE_REACTION_REMOVE",
      d: {
        user_id: world.botId,
        channel_id: channel.id,
        message_id: message.id,
        ...(channel.type === 1 ? {} : { guild_id: world.guildId }),
        emoji: { id: null, name: emoji },
        type: 0,
        burst: false,
      },
      intent: channel.type === 1 ? GatewayIntentBits.DirectMessageReactions : GatewayIntentBits.GuildMessageReactions,
    });
    return noContent;
  }
}
