import { MessageType, Routes, type Client, type Message, type REST } from "discord.js";
import { z } from "zod";
import { messageOf } from "../../errors.ts";
import type { Logger } from "../../logger.ts";
import type { Card } from "../cards.ts";
import type { IncomingMessage } from "../chat-platform.ts";
import { incomingText } from "./incoming-text.ts";
import { conversationOf, type Place } from "./place.ts";
import type { WhoIs } from "./who-is.ts";

export interface ReceiveMessageDeps {
  readonly rest: REST;
  readonly whoIs: WhoIs;
  /** The only server that is heard, where one is set. */
  readonly guildId: string | undefined;
  readonly logger: Logger;
}

/** Null: nothing for us. `refusal`: what only its author is to read. */
export type Received = IncomingMessage | { readonly conversation: string; readonly refusal: Card } | null;

/** Which messages are for us, and what they say. */
export function createReceiveMessage({
  rest,
  whoIs,
  guildId: onlyGuild,
  logger,
}: ReceiveMessageDeps): (message: Message, client: Client) => Promise<Received> {
  return async (message, client) => {
    const own = client.user?.id;
    if (own === undefined || message.author.bot || message.system || message.webhookId !== null) return null;
    if (message.type !== MessageType.Default && message.type !== MessageType.Reply) return null;
    const { guildId, channel } = message;
    if (guildId !== null && onlyGuild !== undefined && guildId !== onlyGuild) return null;
    const role = message.guild?.members.me?.roles.botRole?.id;
    const mentioned = message.mentions.users.has(own) || (role !== undefined && message.mentions.roles.has(role));
    const place = mentioned ? await placeAnswered(message, own) : placeOfMessage(message);
    if (place === undefined || (!mentioned && !channel.isThread() && guildId !== null)) return null;
    // Without the intent the text of a plain reply is empty: nobody can be blamed for that.
    if (message.content === "" && !mentioned && guildId !== null) return null;
    const text = incomingText(message.content, new Set(role === undefined ? [own] : [own, role]), {
      user: (id) => message.mentions.members?.get(id)?.displayName ?? message.mentions.users.get(id)?.displayName,
      role: (id) => message.mentions.roles.get(id)?.name,
      channel: (id) => nameOf(client.channels.cache.get(id)),
    });
    const conversation = conversationOf(place);
    const who = await whoIs.writing(guildId, message.author.id);
    if ("refusal" in who) return { conversation, refusal: who.refusal };
    return {
      conversation,
      eventKeys: [`message:${message.id}`],
      person: who.account,
      text: text === "" ? "help" : text,
      addressed: mentioned || guildId === null,
      thread: place.kind === "thread",
    };
  };

  /** A mention's place; where it answers one of our lines in a channel, the thread that the line is about. */
  async function placeAnswered(message: Message, own: string): Promise<Place | undefined> {
    const place = placeOfMessage(message);
    const answered = message.reference?.messageId;
    if (place?.kind !== "thread" || message.channel.isThread() || answered === undefined) return place;
    try {
      const line = lineSchema.parse(await rest.get(Routes.channelMessage(message.channelId, answered)));
      if (line.author.id !== own) return place;
      return { ...place, thread: line.message_reference?.message_id ?? line.id };
    } catch (error) {
      logger.debug({ error: messageOf(error) }, "what a message answers could not be read");
      return place;
    }
  }
}

const lineSchema = z.object({
  id: z.string(),
  author: z.object({ id: z.string() }),
  message_reference: z.object({ message_id: z.string().optional() }).optional(),
});
function placeOfMessage(message: Message): Place | undefined {
  const { guildId, channel } = message;
  if (guildId === null) return { kind: "direct", channel: message.channelId };
  if (!channel.isThread()) return { kind: "thread", guild: guildId, parent: message.channelId, thread: message.id };
  return channel.parentId === null ? undefined : { kind: "thread", guild: guildId, parent: channel.parentId, thread: channel.id };
}

function nameOf(channel: object | undefined): string | undefined {
  return channel !== undefined && "name" in channel && typeof channel.name === "string" ? channel.name : undefined;
}
