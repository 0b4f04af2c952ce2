import { GuildMember, Routes, type Interaction, type REST } from "discord.js";
import { z } from "zod";
import type { DiscordSettings } from "../../discord-settings.ts";
import type { Logger } from "../../logger.ts";
import type { AccountStanding } from "../../policy/accounts.ts";
import type { Card } from "../cards.ts";
import type { CardFile, ChatHandlers, ChatPlatform, MessageReference, PostedCard } from "../chat-platform.ts";
import { DeliveryError } from "../delivery-error.ts";
import { Connection } from "./connection.ts";
import { codeOf, deliveryError, isFormError } from "./discord-error.ts";
import { createHandleInteraction } from "./handle-interaction.ts";
import { createInteractionAnswers, type InteractionAnswers } from "./interaction-answers.ts";
import { limits } from "./limits.ts";
import { discordUser, person as shownPerson } from "./markup.ts";
import { createMessages, type Messages, type Outgoing } from "./messages.ts";
import { placeOf, type Place } from "./place.ts";
import { createPrivateReplies } from "./private-replies.ts";
import { createReceiveMessage } from "./receive-message.ts";
import { cardFile, renderCard, type DiscordMessage } from "./render-card.ts";
import { createRest } from "./rest.ts";
import { createStandings, type Standings } from "./standing.ts";
import { createThreadNames } from "./thread-names.ts";
import { createWhoIs } from "./who-is.ts";

export interface DiscordPlatformDeps {
  readonly settings: DiscordSettings;
  readonly logger: Logger;
  /** Tells who started Chiffon whether it is connected. */
  readonly say?: (text: string) => void;
}

export function createDiscordPlatform(deps: DiscordPlatformDeps): ChatPlatform {
  return new Discord(deps);
}

class Discord implements ChatPlatform {
  readonly name = "discord";
  readonly remote = true;
  readonly editEveryMs = limits.editEveryMs;
  readonly postEveryMs = limits.postEveryMs;
  readonly #deps: DiscordPlatformDeps;
  readonly #rest: REST;
  readonly #messages: Messages;
  readonly #answers: InteractionAnswers;
  readonly #standings: Standings;
  readonly #replies = createPrivateReplies();
  /** What threads that are still to be opened will be called. */
  readonly #names = createThreadNames();
  readonly #connection: Connection;
  #handlers: ChatHandlers | undefined;

  constructor(deps: DiscordPlatformDeps) {
    const { settings, logger, say } = deps;
    this.#deps = deps;
    this.#rest = createRest(settings);
    this.#messages = createMessages(this.#rest);
    this.#answers = createInteractionAnswers(this.#rest);
    this.#standings = createStandings(this.#rest);
    const whoIs = createWhoIs({ settings, standings: this.#standings, client: () => this.#connection.client });
    const receive = createReceiveMessage({ rest: this.#rest, whoIs, guildId: settings.guildId, logger });
    const handleInteraction = createHandleInteraction({
      answers: this.#answers,
      handlers: () => this.#handlers,
      replies: this.#replies,
      whoIs,
      options: this.#options,
      logger,
    });
    this.#connection = new Connection({
      settings,
      rest: this.#rest,
      logger,
      say,
      onMessage: async (message, client) => {
        const received = await receive(message, client);
        if (received === null) return;
        if ("refusal" in received) return this.replyPrivately(received.conversation, "", received.refusal);
        this.#names.suggest(placeOf(received.conversation), message.id, received.text);
        await this.#handlers?.onMessage(received);
      },
      onInteraction: async (interaction) => {
        this.#saw(interaction);
        await handleInteraction(interaction);
      },
    });
  }

  get #options(): { readonly readsReplies: boolean } {
    return { readsReplies: this.#deps.settings.messageContent };
  }

  async start(handlers: ChatHandlers): Promise<void> {
    this.#handlers = handlers;
    await this.#connection.start();
  }

  async stop(): Promise<void> {
    this.#handlers = undefined;
    await this.#connection.stop();
  }

  async post(conversation: string, card: PostedCard, key: string): Promise<MessageReference> {
    const place = knownPlace(conversation);
    const name = this.#names.of(place, card);
    const send = (outgoing: Outgoing): Promise<MessageReference> =>
      card.kind === "line" && place.kind === "thread"
        ? this.#messages.sendAbove(place, outgoing)
        : this.#messages.send(place, outgoing, name);
    const reference = await delivered(async () => {
      try {
        return await send({ message: renderCard(card, this.#options).message, key });
      } catch (error) {
        if (!isFormError(error)) throw error;
        // Its own idea of what is too long: once more as short as it gets, with all of it beside.
        return send({ message: renderCard(card, this.#options, "least").message, key, file: this.#file(card) });
      }
    });
    if (reference.conversation !== conversation) {
      this.#replies.move(conversation, reference.conversation);
      const to = placeOf(reference.conversation);
      if (to?.kind === "thread") this.#names.remember(to.thread, name);
    }
    return reference;
  }

  async edit(reference: MessageReference, card: PostedCard): Promise<void> {
    await delivered(async () => {
      try {
        await this.#messages.edit(reference, renderCard(card, this.#options).message);
      } catch (error) {
        if (!isFormError(error)) throw error;
        await this.#messages.edit(reference, renderCard(card, this.#options, "least").message);
      }
    });
  }

  async replyPrivately(conversation: string, person: string, card: Card): Promise<void> {
    const place = knownPlace(conversation);
    const { message } = renderCard(card, this.#options);
    const file = cardFile(card, this.#options);
    const by = this.#replies.find(conversation, person);
    if (by !== undefined) {
      try {
        return await this.#answers.whisper(by, message, file);
      } catch (error) {
        if (deliveryError(error).kind === "later") throw deliveryError(error);
        this.#replies.forget(conversation, person);
      }
    }
    await delivered(() => this.#directly(place, person, message, file));
  }

  channelOf(conversation: string): string {
    const place = knownPlace(conversation);
    return place.kind === "thread" ? place.thread : place.channel;
  }

  hasChannelLine(conversation: string): boolean {
    const place = placeOf(conversation);
    if (place === undefined || place.kind === "direct") return false;
    if (place.kind === "command") return true;
    // Nothing is written into a forum but posts.
    const parent = this.#connection.client?.channels.cache.get(place.parent);
    return parent === undefined || parent.isSendable();
  }

  files(card: Card): readonly CardFile[] {
    const file = cardFile(card, this.#options);
    return file === undefined ? [] : [file];
  }

  async sendFile(conversation: string, file: CardFile, key: string): Promise<void> {
    const place = knownPlace(conversation);
    const { message } = renderCard({ kind: "notice", tone: "info", text: file.title, help: null }, this.#options);
    await delivered(() => this.#messages.send(place, { message, key, file: fittingFile(file) }, this.#names.of(place, undefined)));
  }

  async standing(account: string): Promise<AccountStanding> {
    return this.#standings.of(account);
  }

  /** As a direct message; where those are closed, in the conversation, named but not pinged. */
  async #directly(place: Place, person: string, message: DiscordMessage, file: CardFile | undefined): Promise<void> {
    const user = discordUser(person);
    const outgoing = { message, key: `private:${person}:${Date.now()}`, file };
    if (place.kind === "direct") return void (await this.#messages.send(place, outgoing, ""));
    if (user === undefined) throw new DeliveryError("refused", "this person has no Discord account");
    try {
      const opened = await this.#rest.post(Routes.userChannels(), { body: { recipient_id: user } });
      const { id } = channelSchema.parse(opened);
      await this.#messages.send({ kind: "direct", channel: id }, outgoing, "");
    } catch (error) {
      if (!noDirectMessages.has(codeOf(error) ?? 0)) throw error;
      const named = { ...message, content: `${shownPerson(person)} ${message.content}`.trim().slice(0, limits.content) };
      await this.#messages.send(place, { ...outgoing, message: named }, this.#names.of(place, undefined));
    }
  }

  #file(card: PostedCard): CardFile | undefined {
    return card.kind === "line" ? undefined : cardFile(card, this.#options);
  }

  /** The roles of this very moment. */
  #saw({ guildId, member }: Interaction): void {
    if (guildId === null || !(member instanceof GuildMember)) return;
    this.#standings.saw(guildId, {
      user: { id: member.id, bot: member.user.bot },
      roles: [...member.roles.cache.keys()].filter((role) => role !== guildId),
      pending: member.pending,
      communication_disabled_until: member.communicationDisabledUntil?.toISOString() ?? null,
    });
  }
}

const channelSchema = z.object({ id: z.string() });
/** "Cannot send messages to this user", without or with a reason. */
const noDirectMessages: ReadonlySet<number> = new Set([50_007, 50_278]);

function knownPlace(conversation: string): Place {
  const place = placeOf(conversation);
  if (place === undefined) throw new DeliveryError("refused", `"${conversation}" is no conversation of Discord`);
  return place;
}

async function delivered<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw deliveryError(error);
  }
}

/** Discord takes 10 MiB: of a longer file the end, which says how it went. */
function fittingFile(file: CardFile): CardFile {
  const bytes = Buffer.from(file.text, "utf8");
  const room = limits.fileBytes - 64 * 1024;
  if (bytes.length <= room) return file;
  const kept = bytes.subarray(bytes.length - room).toString("utf8");
  const left = bytes.length - room;
  return {
    ...file,
    text: `The first ${left} bytes are left out: Discord takes no longer file. \`chiffon runs\` shows all of it.\n\n${kept}`,
  };
}
