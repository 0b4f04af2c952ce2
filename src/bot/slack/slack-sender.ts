import { messageOf } from "../../errors.ts";
import type { Logger } from "../../logger.ts";
import type { Card } from "../cards.ts";
import type { CardFile, MessageReference, PostedCard } from "../chat-platform.ts";
import { DeliveryError } from "../delivery-error.ts";
import { isDirect, knownPlace, threadKey, type Place } from "./conversation.ts";
import { createEarlierPosts } from "./earlier-post.ts";
import type { PrivateAnswers, ResponseUrl } from "./private-answers.ts";
import { cardFile, renderCard, type RenderedCard } from "./render-card.ts";
import { deliveryError, formErrors, platformErrorOf } from "./slack-error.ts";
import type { SlackUsers } from "./slack-users.ts";
import { uploadFile } from "./upload-file.ts";
import type { WebClient } from "./web-client.ts";

export interface SlackSenderDeps {
  readonly client: WebClient;
  readonly users: SlackUsers;
  readonly answers: PrivateAnswers;
  readonly logger: Logger;
}

/** Cards out to Slack for everybody; every failure is a `DeliveryError`. */
export interface SlackSender {
  post(conversation: string, card: PostedCard, key: string, doubt?: boolean): Promise<MessageReference>;
  edit(message: MessageReference, card: PostedCard): Promise<void>;
  sendFile(conversation: string, file: CardFile): Promise<void>;
  /** A way to tell the person when nothing can be posted in this conversation: the channel of a command may be one that the bot is not in. */
  rememberWayBack(conversation: string, response: ResponseUrl, person: string): void;
}

const mostWaysBack = 200;

interface Sent {
  readonly ts?: string;
  readonly channel?: string;
  readonly newThread?: true;
}

export function createSlackSender({ client, users, answers, logger }: SlackSenderDeps): SlackSender {
  const earlier = createEarlierPosts({ client, logger });
  const waysBack = new Map<string, { readonly response: ResponseUrl; readonly person: string }>();

  async function post(conversation: string, card: PostedCard, key: string, doubt = false): Promise<MessageReference> {
    const place = knownPlace(conversation);
    const known = await earlier.find(place, key, doubt);
    if (known !== undefined) return reference(place, conversation, known);
    const { answer, tooLong } = await inShorterFormToo(card, (rendered) => send(place, rendered, card.kind === "line", key)).catch(
      (error: unknown) => {
        earlier.failed(key, error);
        const failure = deliveryError(error);
        if (failure.kind === "refused") tellWhoAsked(conversation, failure.message);
        throw failure;
      },
    );
    earlier.succeeded(key);
    const { ts, channel, newThread } = answer;
    if (ts === undefined) throw new DeliveryError("later", "Slack did not say where the message is");
    const placed = { ...place, channel: channel ?? place.channel, command: place.command || newThread === true };
    if (tooLong) await sendRest(placed, ts, card);
    return reference(placed, conversation, ts);
  }

  async function send(place: Place, { text, blocks }: RenderedCard, isLine: boolean, key: string): Promise<Sent> {
    const message = { channel: place.channel, text, blocks, unfurl_links: false, unfurl_media: false, metadata: earlier.metadata(key) };
    if (place.thread === null) return client.chat.postMessage(message);
    const inThread = { ...message, thread_ts: place.thread };
    try {
      // The line is the one thing that the channel above the thread shows.
      return await (isLine && !isDirect(place.channel)
        ? client.chat.postMessage({ ...inThread, reply_broadcast: true })
        : client.chat.postMessage(inThread));
    } catch (error) {
      if (platformErrorOf(error) !== "thread_not_found") throw error;
      // Somebody deleted the thread; what is to be said must not be lost with it.
      return { ...(await client.chat.postMessage(message)), newThread: true };
    }
  }

  function reference(place: Place, conversation: string, message: string): MessageReference {
    // A slash command's first message stands in the channel: the thread grows under it.
    const key = place.command && !isDirect(place.channel) ? threadKey(place.team, place.channel, message) : conversation;
    return { conversation: key, channel: place.channel, message };
  }

  function tellWhoAsked(conversation: string, why: string): void {
    const way = waysBack.get(conversation);
    if (way === undefined) return;
    waysBack.delete(conversation);
    const card: Card = { kind: "notice", tone: "error", text: `I cannot write here. ${why}`, help: "Then ask again." };
    void answers.respond(way.response, way.person, conversation, card).catch((error: unknown) => {
      logger.warn({ error: messageOf(error) }, "nobody could be told that a message is not delivered");
    });
  }

  /** Slack's own word that a message is too long counts more than our sums: once more in the shortest form. */
  async function inShorterFormToo<T>(
    card: PostedCard,
    deliver: (rendered: RenderedCard) => Promise<T>,
  ): Promise<{ readonly answer: T; readonly tooLong: boolean }> {
    const people = await users.peopleIn(card);
    const rendered = renderCard(card, people);
    try {
      return { answer: await deliver(rendered), tooLong: false };
    } catch (error) {
      const word = platformErrorOf(error);
      if (word === undefined || !formErrors.has(word) || rendered.room === "least") throw error;
      logger.warn({ word, kind: card.kind, room: rendered.room }, "Slack does not take a message, tried in its shortest form");
      const shortest = renderCard(card, people, "least");
      return { answer: await deliver(shortest), tooLong: shortest.shortened && !rendered.shortened };
    }
  }

  /** The file that nobody knew would be needed. */
  async function sendRest(place: Place, message: string, card: PostedCard): Promise<void> {
    const file = cardFile(card, "least");
    if (file === undefined) return;
    const thread = place.thread ?? (isDirect(place.channel) ? null : message);
    await uploadFile(client, place.channel, thread, file).catch((error: unknown) => {
      logger.error({ error: messageOf(error), file: file.name }, "a card's file was not sent");
    });
  }

  return {
    post,
    async edit(message, card) {
      const { tooLong } = await inShorterFormToo(card, ({ text, blocks }) =>
        client.chat.update({ channel: message.channel, ts: message.message, text, blocks }),
      ).catch((error: unknown) => {
        throw deliveryError(error);
      });
      if (tooLong) await sendRest(knownPlace(message.conversation), message.message, card);
    },
    async sendFile(conversation, file) {
      const place = knownPlace(conversation);
      await uploadFile(client, place.channel, place.thread, file).catch((error: unknown) => {
        throw deliveryError(error);
      });
    },
    rememberWayBack(conversation, response, person) {
      const [oldest] = waysBack.keys();
      if (waysBack.size >= mostWaysBack && oldest !== undefined) waysBack.delete(oldest);
      waysBack.set(conversation, { response, person });
    },
  };
}
