import { messageOf } from "../../errors.ts";
import type { Logger } from "../../logger.ts";
import type { Card } from "../cards.ts";
import { DeliveryError } from "../delivery-error.ts";
import { accountOf, isDirect, knownPlace } from "./conversation.ts";
import { limits } from "./limits.ts";
import { cardFile, renderCard } from "./render-card.ts";
import { paragraph, rich, text, type SlackMessage } from "./rich-text.ts";
import { deliveryError, platformErrorOf } from "./slack-error.ts";
import type { SlackUsers } from "./slack-users.ts";
import { uploadFile } from "./upload-file.ts";
import type { WebClient } from "./web-client.ts";

export interface PrivateAnswersDeps {
  readonly client: WebClient;
  readonly users: SlackUsers;
  readonly logger: Logger;
}

/** What only one person is to see. */
export interface PrivateAnswers {
  /** An ephemeral message in the conversation; where that cannot be, a direct message. */
  reply(conversation: string, person: string, card: Card): Promise<void>;
  /** By a response URL while that works. */
  respond(response: ResponseUrl, person: string, conversation: string, card: Card): Promise<void>;
  /** The channel of the bot's direct messages with this user. */
  directChannel(user: string): Promise<string>;
}

/** Where Slack takes a few answers to one act of a person. */
export interface ResponseUrl {
  readonly url: string;
  readonly givenAt: number;
  uses: number;
}

const respondMs = 10_000;

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

export function createPrivateAnswers({ client, users, logger }: PrivateAnswersDeps): PrivateAnswers {
  const directChannels = new Map<string, string>();

  async function directChannel(user: string): Promise<string> {
    const known = directChannels.get(user);
    if (known !== undefined) return known;
    const { channel } = await client.conversations.open({ users: user });
    if (channel?.id === undefined) throw new DeliveryError("refused", "Slack gave no direct messages with this person");
    directChannels.set(user, channel.id);
    return channel.id;
  }

  /** No file can be shown to one person alone: what does not fit goes into their direct messages. */
  async function messageFor(user: string, card: Card): Promise<SlackMessage> {
    const { text: words, blocks, shortened } = renderCard(card, await users.peopleIn(card));
    const file = shortened ? cardFile(card) : undefined;
    if (file === undefined) return { text: words, blocks };
    try {
      await uploadFile(client, await directChannel(user), null, file);
    } catch (error) {
      logger.warn({ error: messageOf(error) }, "a private answer's file was not sent");
      return { text: words, blocks };
    }
    const where = rich(paragraph(text(`${file.name} is in our direct messages.`)));
    return { text: words, blocks: blocks.length < limits.messageBlocks ? [...blocks, ...where] : blocks };
  }

  async function reply(conversation: string, person: string, card: Card): Promise<void> {
    const { channel, thread } = knownPlace(conversation);
    const account = accountOf(person);
    if (account === undefined) throw new DeliveryError("refused", `${person} is nobody on Slack`);
    const inThread = thread === null ? {} : { thread_ts: thread };
    const quiet = { unfurl_links: false, unfurl_media: false };
    try {
      const message = await messageFor(account.user, card);
      if (isDirect(channel)) {
        // Nobody else reads there, and it stays.
        await client.chat.postMessage({ channel, ...message, ...inThread, ...quiet });
        return;
      }
      try {
        await client.chat.postEphemeral({ channel, user: account.user, ...message, ...inThread });
      } catch (error) {
        const word = platformErrorOf(error);
        if (word === undefined || !notThere.has(word)) throw error;
        await client.chat.postMessage({ channel: await directChannel(account.user), ...message, ...quiet });
      }
    } catch (error) {
      throw deliveryError(error);
    }
  }

  return {
    reply,
    directChannel,
    async respond(response, person, conversation, card) {
      const account = accountOf(person);
      const worn = response.uses >= limits.responseUrlUses || Date.now() - response.givenAt > limits.responseUrlMs;
      if (account === undefined || worn) return reply(conversation, person, card);
      response.uses += 1;
      const message = await messageFor(account.user, card);
      const answer = await fetch(response.url, {
        method: "POST",
        headers: { "content-type": "application/json; charset=utf-8" },
        body: JSON.stringify({ response_type: "ephemeral", replace_original: false, ...message }),
        signal: AbortSignal.timeout(respondMs),
      }).catch(() => undefined);
      if (answer?.ok !== true) await reply(conversation, person, card);
    },
  };
}
