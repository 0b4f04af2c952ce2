import { Routes, RESTJSONErrorCodes, type REST } from "discord.js";
import { z } from "zod";
import type { CardFile, MessageReference } from "../chat-platform.ts";
import { DeliveryError } from "../delivery-error.ts";
import { fitted, shortHash } from "./buttons.ts";
import { codeOf } from "./discord-error.ts";
import { limits } from "./limits.ts";
import { conversationOf, type Place } from "./place.ts";
import type { DiscordMessage } from "./render-card.ts";

/** Where things are written: channels, threads that may not be there yet, direct messages. */
export interface Messages {
  /** At the end of a conversation; what a thread is called when it must be opened first. */
  send(place: Place, message: Outgoing, threadName: string): Promise<MessageReference>;
  /** In the channel above a thread, as an answer to the message that the thread hangs on. */
  sendAbove(place: Extract<Place, { kind: "thread" }>, message: Outgoing): Promise<MessageReference>;
  edit(reference: MessageReference, message: DiscordMessage): Promise<void>;
}

export interface Outgoing {
  readonly message: Partial<DiscordMessage>;
  /** The same for a repeated try: Discord gives the first message again. */
  readonly key: string;
  readonly file?: CardFile | undefined;
}

const created = z.object({ id: z.string() });
const threadState = z.object({ thread_metadata: z.object({ locked: z.boolean().optional() }).optional() });

export function createMessages(rest: REST): Messages {
  async function post(channel: string, { message, key, file }: Outgoing, more: object = {}): Promise<string> {
    const body = { ...message, ...more, nonce: shortHash(key, limits.nonce), enforce_nonce: true };
    return created.parse(await rest.post(Routes.channelMessages(channel), { body, files: filesOf(file) })).id;
  }

  async function openThread({ parent, thread }: Extract<Place, { kind: "thread" }>, name: string): Promise<string> {
    const body = { name: fitted(name, limits.threadName), auto_archive_duration: limits.threadArchiveMinutes };
    try {
      return created.parse(await rest.post(Routes.threads(parent, thread), { body })).id;
    } catch (error) {
      if (codeOf(error) === RESTJSONErrorCodes.ThreadAlreadyCreatedForMessage) return thread;
      // The message was deleted before its thread was opened: a thread of its own, with its own id.
      if (codeOf(error) === RESTJSONErrorCodes.UnknownMessage)
        return created.parse(await rest.post(Routes.threads(parent), { body: { ...body, type: publicThread } })).id;
      throw error;
    }
  }

  /** Writing wakes an archived thread up; editing does not. */
  async function wake(channel: string): Promise<void> {
    const state = threadState.safeParse(await rest.get(Routes.channel(channel)));
    if (state.data?.thread_metadata?.locked === true)
      throw new DeliveryError("refused", "the thread is locked: unlock it, or ask me elsewhere");
    await rest.patch(Routes.channel(channel), { body: { archived: false } });
  }

  return {
    async send(place, outgoing, threadName) {
      switch (place.kind) {
        case "direct":
          return reference(place, place.channel, await post(place.channel, outgoing));
        case "command": {
          const message = await post(place.channel, outgoing);
          return reference({ kind: "thread", guild: place.guild, parent: place.channel, thread: message }, place.channel, message);
        }
        case "thread":
          try {
            return reference(place, place.thread, await post(place.thread, outgoing));
          } catch (error) {
            if (codeOf(error) !== RESTJSONErrorCodes.UnknownChannel) throw error;
            const thread = await openThread(place, threadName);
            return reference({ ...place, thread }, thread, await post(thread, outgoing));
          }
      }
    },
    async sendAbove(place, outgoing) {
      const answers = { message_reference: { message_id: place.thread, channel_id: place.parent, fail_if_not_exists: false } };
      return reference(place, place.parent, await post(place.parent, outgoing, answers));
    },
    async edit({ channel, message: id }, message) {
      // A line hides its links' pictures; a card in its place must show its embeds again.
      const body = { ...message, flags: message.flags ?? 0 };
      const change = (): Promise<unknown> => rest.patch(Routes.channelMessage(channel, id), { body });
      try {
        await change();
      } catch (error) {
        if (codeOf(error) !== RESTJSONErrorCodes.InvalidActionOnArchivedThread) throw error;
        await wake(channel);
        await change();
      }
    },
  };
}

const publicThread = 11;

function reference(place: Place, channel: string, message: string): MessageReference {
  return { conversation: conversationOf(place), channel, message };
}

export function filesOf(file: CardFile | undefined): { name: string; data: Buffer; contentType: string }[] {
  return file === undefined ? [] : [{ name: file.name, data: Buffer.from(file.text, "utf8"), contentType: "text/plain; charset=utf-8" }];
}
