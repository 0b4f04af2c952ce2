import { z } from "zod";
import { messageOf } from "../../errors.ts";
import type { Logger } from "../../logger.ts";
import type { Card } from "../cards.ts";
import type { CardFile, MessageReference, PostedCard } from "../chat-platform.ts";
import { DeliveryError } from "../delivery-error.ts";
import { accountOf, isDirect, placeOf, threadKey, type Place } from "./conversation.ts";
import { limits } from "./limits.ts";
import { cardFile, renderCard, type RenderedCard } from "./render-card.ts";
import { paragraph, rich, text, type Block } from "./rich-text.ts";
import { deliveryError, formErrors, platformErrorOf } from "./slack-error.ts";
import type { SlackUsers } from "./slack-users.ts";
import type { WebClient } from "./web-client.ts";

export interface SlackSenderDeps {
  readonly client: WebClient;
  readonly users: SlackUsers;
  readonly logger: Logger;
  readonly now?: () => number;
}

/** Cards out to Slack; every failure is a `DeliveryError`. */
export interface SlackSender {
  post(conversation: string, card: PostedCard, key: string): Promise<MessageReference>;
  edit(message: MessageReference, card: PostedCard): Promise<void>;
  replyPrivately(conversation: string, person: string, card: Card): Promise<void>;
  /** A way to tell the person when nothing can be posted in this conversation: the channel of a command may be one that the bot is not in. */
  rememberWayBack(conversation: string, response: ResponseUrl, person: string): void;
  /** Answers a slash command by its response URL while that works. */
  respond(command: ResponseUrl, person: string, conversation: string, card: Card): Promise<void>;
  sendFile(conversation: string, file: CardFile): Promise<void>;
  /** The channel of the bot's direct messages with this user. */
  directChannel(user: string): Promise<string>;
}

/** Where Slack takes a few answers to one act of a person. */
export interface ResponseUrl {
  readonly url: string;
  readonly givenAt: number;
  uses: number;
}

/** A process that has just started may be sending what its predecessor had sent already: it looks first. */
const lookBackMs = 120_000;
const metadataType = "chiffon_card";
const respondMs = 10_000;
const mostWaysBack = 200;

export function createSlackSender(deps: SlackSenderDeps): SlackSender {
  const { client, users, logger } = deps;
  const now = deps.now ?? Date.now;
  const startedAt = now();
  /** Keys of posts that may have arrived although the call failed. */
  const uncertain = new Set<string>();
  const waysBack = new Map<string, { readonly response: ResponseUrl; readonly person: string }>();
  const directChannels = new Map<string, string>();

  async function post(conversation: string, card: PostedCard, key: string): Promise<MessageReference> {
    const place = knownPlace(conversation);
    const known = await sentBefore(place, key);
    if (known !== undefined) return reference(place, conversation, known);
    const sent = await withShorterForm(
      card,
      async ({ text: words, blocks }): Promise<{ readonly ts?: string; readonly channel?: string; readonly newThread?: true }> => {
        const message = {
          channel: place.channel,
          text: words,
          blocks,
          unfurl_links: false,
          unfurl_media: false,
          metadata: { event_type: metadataType, event_payload: { key } },
        };
        if (place.thread === null) return client.chat.postMessage(message);
        const inThread = { ...message, thread_ts: place.thread };
        try {
          // The line is the one thing that the channel above the thread shows.
          return await (card.kind === "line" && !isDirect(place.channel)
            ? client.chat.postMessage({ ...inThread, reply_broadcast: true })
            : client.chat.postMessage(inThread));
        } catch (error) {
          if (platformErrorOf(error) !== "thread_not_found") throw error;
          // Somebody deleted the thread; what is to be said must not be lost with it.
          return { ...(await client.chat.postMessage(message)), newThread: true };
        }
      },
    ).catch((error: unknown) => {
      if (platformErrorOf(error) === undefined) uncertain.add(key);
      const failure = deliveryError(error);
      if (failure.kind === "refused") tellWhoAsked(conversation, failure.message);
      throw failure;
    });
    uncertain.delete(key);
    const { ts, channel, newThread } = sent.answer;
    if (ts === undefined) throw new DeliveryError("later", "Slack did not say where the message is");
    const placed = { ...place, channel: channel ?? place.channel, command: place.command || newThread === true };
    if (sent.tooLong) await sendRest(placed, ts, card);
    return reference(placed, conversation, ts);
  }

  function tellWhoAsked(conversation: string, why: string): void {
    const way = waysBack.get(conversation);
    if (way === undefined) return;
    waysBack.delete(conversation);
    const card: Card = { kind: "notice", tone: "error", text: `I cannot write here. ${why}`, help: "Then ask again." };
    void respond(way.response, way.person, conversation, card).catch((error: unknown) => {
      logger.warn({ error: messageOf(error) }, "nobody could be told that a message is not delivered");
    });
  }

  function reference(place: Place, conversation: string, message: string): MessageReference {
    // A slash command's first message stands in the channel: the thread grows under it.
    const key = place.command && !isDirect(place.channel) ? threadKey(place.team, place.channel, message) : conversation;
    return { conversation: key, channel: place.channel, message };
  }

  /** The message that carries this key, where there may be one. A failing search is no reason not to post. */
  async function sentBefore(place: Place, key: string): Promise<string | undefined> {
    const failedBefore = uncertain.has(key);
    if (!failedBefore && now() - startedAt > lookBackMs) return undefined;
    const search = { channel: place.channel, include_all_metadata: true, limit: 200, oldest: String(now() / 1000 - 86_400) };
    try {
      // Outside of threads only for a known doubt: a channel's history is long.
      if (place.thread === null && !failedBefore) return undefined;
      const found =
        place.thread === null
          ? await client.conversations.history(search)
          : await client.conversations.replies({ ...search, ts: place.thread });
      return found.messages?.find((message) => keySchema.safeParse(message.metadata).data?.event_payload.key === key)?.ts;
    } catch (error) {
      logger.info({ error: messageOf(error) }, "an earlier try of a message could not be looked for");
      return undefined;
    }
  }

  async function edit(message: MessageReference, card: PostedCard): Promise<void> {
    const sent = await withShorterForm(card, ({ text: words, blocks }) =>
      client.chat.update({ channel: message.channel, ts: message.message, text: words, blocks }),
    ).catch((error: unknown) => {
      throw deliveryError(error);
    });
    if (sent.tooLong) await sendRest(knownPlace(message.conversation), message.message, card);
  }

  /** Slack's own word that a message is too long counts more than our sums: once more in the shortest form. */
  async function withShorterForm<T>(
    card: PostedCard,
    send: (rendered: RenderedCard) => Promise<T>,
  ): Promise<{ readonly answer: T; readonly tooLong: boolean }> {
    const people = await users.peopleIn(card);
    const rendered = renderCard(card, people);
    try {
      return { answer: await send(rendered), tooLong: false };
    } catch (error) {
      const word = platformErrorOf(error);
      if (word === undefined || !formErrors.has(word) || rendered.room === "least") throw error;
      logger.warn({ word, kind: card.kind, room: rendered.room }, "Slack does not take a message, tried in its shortest form");
      const shortest = renderCard(card, people, "least");
      return { answer: await send(shortest), tooLong: shortest.shortened && !rendered.shortened };
    }
  }

  /** The file that nobody knew would be needed. */
  async function sendRest(place: Place, ts: string, card: PostedCard): Promise<void> {
    const file = cardFile(card, "least");
    if (file === undefined) return;
    const thread = place.thread ?? (isDirect(place.channel) ? undefined : ts);
    await upload(place.channel, thread, file).catch((error: unknown) =>
      logger.error({ error: messageOf(error) }, "a card's file was not sent"),
    );
  }

  async function upload(channel: string, thread: string | undefined, file: CardFile): Promise<void> {
    const content = Buffer.from(file.text === "" ? "\n" : file.text, "utf8");
    const upload_ = { channel_id: channel, filename: file.name, title: file.title, file: content };
    await client.files.uploadV2(thread === undefined ? upload_ : { ...upload_, thread_ts: thread });
  }

  /** What only this person sees is not kept by Slack: what does not fit goes into their direct messages. */
  async function privateForm(user: string, person: string, card: Card): Promise<{ readonly text: string; readonly blocks: Block[] }> {
    const rendered = renderCard(card, await users.peopleIn(card));
    const file = rendered.shortened ? cardFile(card) : undefined;
    if (file === undefined) return rendered;
    try {
      await upload(await directChannel(user), undefined, file);
      return {
        text: rendered.text,
        blocks: [
          ...rendered.blocks.slice(0, limits.messageBlocks - 1),
          ...rich(paragraph(text(`${file.name} is in our direct messages.`))),
        ],
      };
    } catch (error) {
      logger.warn({ error: messageOf(error), person }, "a private answer's file was not sent");
      return rendered;
    }
  }

  async function replyPrivately(conversation: string, person: string, card: Card): Promise<void> {
    const place = knownPlace(conversation);
    const account = accountOf(person);
    if (account === undefined) throw new DeliveryError("refused", `${person} is nobody on Slack`);
    try {
      const form = await privateForm(account.user, person, card);
      if (isDirect(place.channel)) {
        // Nobody else reads there, and it stays.
        const message = { channel: place.channel, ...form, unfurl_links: false, unfurl_media: false };
        await client.chat.postMessage(place.thread === null ? message : { ...message, thread_ts: place.thread });
        return;
      }
      try {
        const message = { channel: place.channel, user: account.user, ...form };
        await client.chat.postEphemeral(place.thread === null ? message : { ...message, thread_ts: place.thread });
      } catch (error) {
        const word = platformErrorOf(error);
        if (word === undefined || !notThere.has(word)) throw error;
        const channel = await directChannel(account.user);
        await client.chat.postMessage({ channel, ...form, unfurl_links: false, unfurl_media: false });
      }
    } catch (error) {
      throw deliveryError(error);
    }
  }

  async function respond(command: ResponseUrl, person: string, conversation: string, card: Card): Promise<void> {
    const account = accountOf(person);
    if (account === undefined || command.uses >= limits.responseUrlUses || now() - command.givenAt > limits.responseUrlMs)
      return replyPrivately(conversation, person, card);
    command.uses += 1;
    const form = await privateForm(account.user, person, card);
    const answer = await fetch(command.url, {
      method: "POST",
      headers: { "content-type": "application/json; charset=utf-8" },
      body: JSON.stringify({ response_type: "ephemeral", replace_original: false, ...form }),
      signal: AbortSignal.timeout(respondMs),
    }).catch(() => undefined);
    if (answer?.ok !== true) await replyPrivately(conversation, person, card);
  }

  async function directChannel(user: string): Promise<string> {
    const known = directChannels.get(user);
    if (known !== undefined) return known;
    const { channel } = await client.conversations.open({ users: user });
    if (channel?.id === undefined) throw new DeliveryError("refused", "Slack gave no direct messages with this person");
    directChannels.set(user, channel.id);
    return channel.id;
  }

  return {
    post,
    edit,
    replyPrivately,
    directChannel,
    respond,
    rememberWayBack(conversation, response, person) {
      const [oldest] = waysBack.keys();
      if (waysBack.size >= mostWaysBack && oldest !== undefined) waysBack.delete(oldest);
      waysBack.set(conversation, { response, person });
    },
    async sendFile(conversation, file) {
      const place = knownPlace(conversation);
      await upload(place.channel, place.thread ?? undefined, file).catch((error: unknown) => {
        throw deliveryError(error);
      });
    },
  };
}

const keySchema = z.looseObject({ event_type: z.literal(metadataType), event_payload: z.looseObject({ key: z.string() }) });

/** The person or the bot cannot be reached in the channel: then directly. */
const notThere: ReadonlySet<string> = new Set([
  "not_in_channel",
  "user_not_in_channel",
  "channel_not_found",
  "is_archived",
  "restricted_action",
  "cannot_reply_to_message",
  "thread_not_found",
]);

function knownPlace(conversation: string): Place {
  const place = placeOf(conversation);
  if (place === undefined) throw new DeliveryError("refused", `${conversation} is no conversation on Slack`);
  return place;
}
