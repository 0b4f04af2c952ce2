import { once } from "node:events";
import {
  Client,
  DiscordjsError,
  DiscordjsErrorCodes,
  Events,
  GatewayCloseCodes,
  GatewayIntentBits,
  GuildMember,
  MessageType,
  Options,
  Partials,
  Routes,
  type BaseInteraction,
  type Interaction,
  type Message,
  type REST,
} from "discord.js";
import { z } from "zod";
import type { DiscordSettings } from "../../discord-settings.ts";
import { AppError, isAppError, messageOf } from "../../errors.ts";
import type { Logger } from "../../logger.ts";
import type { AccountStanding } from "../../policy/accounts.ts";
import { visibleLine } from "../../visible-text.ts";
import type { Card } from "../cards.ts";
import type { CardFile, ChatHandlers, ChatPlatform, MessageReference, PostedCard } from "../chat-platform.ts";
import { DeliveryError } from "../delivery-error.ts";
import { codeOf, deliveryError, isFormError } from "./discord-error.ts";
import { createHandleInteraction } from "./handle-interaction.ts";
import { incomingText } from "./incoming-text.ts";
import { createInteractionAnswers, type InteractionAnswers } from "./interaction-answers.ts";
import { inviteUrl } from "./invite.ts";
import { limits } from "./limits.ts";
import { discordUser, person as shownPerson } from "./markup.ts";
import { createMessages, type Messages, type Outgoing } from "./messages.ts";
import { accountOf, conversationOf, placeOf, type Place } from "./place.ts";
import { createPrivateReplies } from "./private-replies.ts";
import { cardFile, renderCard, type DiscordMessage } from "./render-card.ts";
import { createRest, restOptions } from "./rest.ts";
import { registerCommands } from "./slash-commands.ts";
import { createStandings, type Standings } from "./standing.ts";

export interface DiscordPlatformDeps {
  readonly settings: DiscordSettings;
  readonly logger: Logger;
  /** Tells who started Chiffon whether it is connected. */
  readonly say?: (text: string) => void;
}

export function createDiscordPlatform(deps: DiscordPlatformDeps): ChatPlatform {
  return new Discord(deps);
}

/** How long `start` waits for the connection; a network that is away is waited for in the background. */
const connectMs = 20_000;
const longestRetryMs = 60_000;
/** Events that come twice: a resumed connection replays. */
const mostSeen = 5_000;
const mostNames = 1_000;

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
  readonly #handleInteraction: (interaction: Interaction) => Promise<void>;
  readonly #work = new Set<Promise<void>>();
  readonly #seen = new Set<string>();
  /** What threads that are still to be opened will be called. */
  readonly #names = new Map<string, string>();
  readonly #stopped = new AbortController();
  #handlers: ChatHandlers | undefined;
  #client: Client | undefined;

  constructor(deps: DiscordPlatformDeps) {
    this.#deps = deps;
    this.#rest = createRest(deps.settings);
    this.#messages = createMessages(this.#rest);
    this.#answers = createInteractionAnswers(this.#rest);
    this.#standings = createStandings(this.#rest);
    this.#handleInteraction = createHandleInteraction({
      answers: this.#answers,
      handlers: () => this.#handlers,
      replies: this.#replies,
      personOf: (interaction) => this.#personOf(interaction),
      options: this.#options,
      logger: deps.logger,
    });
  }

  get #options(): { readonly readsReplies: boolean } {
    return { readsReplies: this.#deps.settings.messageContent };
  }

  async start(handlers: ChatHandlers): Promise<void> {
    this.#handlers = handlers;
    try {
      await this.#connect();
    } catch (error) {
      if (isAppError(error)) throw error;
      this.#deps.logger.warn({ error: messageOf(error) }, "Discord cannot be reached, tried again until it can");
      this.#deps.say?.("Discord: cannot be reached now, tried again until it can");
      void this.#connectLater();
    }
  }

  async stop(): Promise<void> {
    this.#handlers = undefined;
    this.#stopped.abort();
    await this.#client?.destroy();
    await Promise.allSettled(this.#work);
  }

  async post(conversation: string, card: PostedCard, key: string): Promise<MessageReference> {
    const place = knownPlace(conversation);
    const name = this.#threadName(place, card);
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
      if (to?.kind === "thread") this.#remember(to.thread, name);
    }
    return reference;
  }

  async edit(reference: MessageReference, card: PostedCard): Promise<void> {
    await delivered(async () => {
      try {
        await this.#messages.edit(reference, withoutFlags(renderCard(card, this.#options).message));
      } catch (error) {
        if (!isFormError(error)) throw error;
        await this.#messages.edit(reference, withoutFlags(renderCard(card, this.#options, "least").message));
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
    const parent = this.#client?.channels.cache.get(place.parent);
    return parent === undefined || parent.isSendable();
  }

  files(card: Card): readonly CardFile[] {
    const file = cardFile(card, this.#options);
    return file === undefined ? [] : [file];
  }

  async sendFile(conversation: string, file: CardFile, key: string): Promise<void> {
    const place = knownPlace(conversation);
    const { message } = renderCard({ kind: "notice", tone: "info", text: file.title, help: null }, this.#options);
    await delivered(() => this.#messages.send(place, { message, key, file: fittingFile(file) }, this.#threadName(place, undefined)));
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
      await this.#messages.send(place, { ...outgoing, message: named }, this.#threadName(place, undefined));
    }
  }

  #file(card: PostedCard): CardFile | undefined {
    return card.kind === "line" ? undefined : cardFile(card, this.#options);
  }

  #threadName(place: Place, card: PostedCard | undefined): string {
    const asked = card !== undefined && "requestText" in card ? card.requestText.trim() : "";
    const thread = place.kind === "thread" ? place.thread : undefined;
    if (thread !== undefined && asked !== "") this.#remember(thread, asked);
    return asked !== "" ? asked : ((thread === undefined ? undefined : this.#names.get(thread)) ?? "Chiffon");
  }

  #remember(thread: string, name: string): void {
    this.#names.set(thread, name);
    const oldest = this.#names.keys().next().value;
    if (this.#names.size > mostNames && oldest !== undefined) this.#names.delete(oldest);
  }

  async #connectLater(): Promise<void> {
    for (let wait = 1_000; !this.#stopped.signal.aborted; wait = Math.min(wait * 2, longestRetryMs)) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, wait).unref();
        this.#stopped.signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
      });
      if (this.#stopped.signal.aborted) return;
      try {
        return await this.#connect();
      } catch (error) {
        this.#deps.logger.warn({ error: messageOf(error) }, "Discord cannot be reached");
        if (isAppError(error)) return;
      }
    }
  }

  async #connect(): Promise<void> {
    const { settings, logger } = this.#deps;
    const client = new Client({
      intents: [
        GatewayIntentBits.Guilds,
        GatewayIntentBits.GuildMessages,
        GatewayIntentBits.DirectMessages,
        ...(settings.messageContent ? [GatewayIntentBits.MessageContent] : []),
      ],
      // Direct messages come from channels that were never told of.
      partials: [Partials.Channel],
      rest: restOptions(settings.apiUrl),
      allowedMentions: { parse: [] },
      waitGuildTimeout: 5_000,
      // State is in the database; only who and where is kept here.
      makeCache: Options.cacheWithLimits({
        ...Options.DefaultMakeCacheSettings,
        MessageManager: 0,
        ReactionManager: 0,
        PresenceManager: 0,
      }),
    });
    this.#client = client;
    let closedWith: number | undefined;
    client.on(Events.ShardDisconnect, ({ code }) => {
      closedWith = code;
      const wrong = settingsError(code, undefined);
      logger.error({ code, help: wrong?.help }, "Discord closed the connection for good");
    });
    client.on(Events.Error, (error) => logger.warn({ error: error.message }, "Discord's library reports an error"));
    client.on(Events.ShardError, (error) => logger.debug({ error: error.message }, "the connection to Discord broke"));
    client.on(Events.MessageCreate, (message) => this.#do(`message:${message.id}`, () => this.#onMessage(message)));
    client.on(Events.InteractionCreate, (interaction) => this.#do(`interaction:${interaction.id}`, () => this.#onInteraction(interaction)));
    client.once(Events.ClientReady, (ready) => {
      logger.info({ bot: ready.user.username, guilds: ready.guilds.cache.size }, "connected to Discord");
      this.#deps.say?.(`Discord: connected as ${visibleLine(ready.user.username)}`);
      registerCommands(this.#rest, ready.application.id, settings.guildId).catch((error: unknown) =>
        logger.error(
          { error: messageOf(error) },
          "the command /chiffon could not be registered: invite the bot with the scope applications.commands",
        ),
      );
    });
    const signal = AbortSignal.any([AbortSignal.timeout(connectMs), this.#stopped.signal]);
    const ready = once(client, Events.ClientReady, { signal });
    ready.catch(() => undefined); // told below
    try {
      // Without the gateway's answer it goes on trying by itself: `ready` says when to stop waiting.
      await Promise.race([client.login(settings.token), ready]);
      await ready;
    } catch (error) {
      const wrong = settingsError(closedWith, error);
      if (wrong === undefined && signal.aborted && client.token !== null) return;
      await client.destroy().catch(() => undefined);
      throw wrong ?? error;
    }
    this.#checkGuild(client);
  }

  #checkGuild(client: Client): void {
    const { guildId } = this.#deps.settings;
    if (guildId === undefined || client.guilds.cache.has(guildId)) return;
    throw new AppError("discord-not-in-server", `the Discord bot is not in the server ${guildId} (DISCORD_GUILD_ID)`, {
      help: `Invite it: ${inviteUrl(client.application?.id ?? "APPLICATION_ID")}`,
    });
  }

  #do(key: string, work: () => Promise<void>): void {
    if (this.#handlers === undefined || this.#seen.has(key)) return;
    this.#seen.add(key);
    const oldest = this.#seen.keys().next().value;
    if (this.#seen.size > mostSeen && oldest !== undefined) this.#seen.delete(oldest);
    const doing = work()
      .catch((error: unknown) => this.#deps.logger.error({ error: messageOf(error) }, "news from Discord failed"))
      .finally(() => this.#work.delete(doing));
    this.#work.add(doing);
  }

  async #onInteraction(interaction: Interaction): Promise<void> {
    const { guildId, member } = interaction;
    // The roles of this very moment.
    if (guildId !== null && member instanceof GuildMember) {
      this.#standings.saw(guildId, {
        user: { id: member.id, bot: member.user.bot },
        roles: [...member.roles.cache.keys()].filter((role) => role !== guildId),
        pending: member.pending,
        communication_disabled_until: member.communicationDisabledUntil?.toISOString() ?? null,
      });
    }
    await this.#handleInteraction(interaction);
  }

  async #onMessage(message: Message): Promise<void> {
    const client = this.#client;
    const own = client?.user?.id;
    if (own === undefined || message.author.bot || message.system || message.webhookId !== null) return;
    if (message.type !== MessageType.Default && message.type !== MessageType.Reply) return;
    const { guildId, channel } = message;
    const { settings } = this.#deps;
    if (guildId !== null && settings.guildId !== undefined && guildId !== settings.guildId) return;
    const role = message.guild?.members.me?.roles.botRole?.id;
    const mentioned = message.mentions.users.has(own) || (role !== undefined && message.mentions.roles.has(role));
    const place = placeOfMessage(message);
    if (place === undefined || (!mentioned && !channel.isThread() && guildId !== null)) return;
    // Without the intent the text of a plain reply is empty: nobody can be blamed for that.
    if (message.content === "" && !mentioned && guildId !== null) return;
    const text = incomingText(message.content, new Set(role === undefined ? [own] : [own, role]), {
      user: (id) => message.mentions.members?.get(id)?.displayName ?? message.mentions.users.get(id)?.displayName,
      role: (id) => message.mentions.roles.get(id)?.name,
      channel: (id) => nameOf(client?.channels.cache.get(id)),
    });
    const conversation = conversationOf(place);
    const found = guildId === null ? await this.#directAccount(message.author.id) : { account: accountOf(guildId, message.author.id) };
    if ("refusal" in found) return this.replyPrivately(conversation, "", found.refusal);
    if (place.kind === "thread" && !channel.isThread()) this.#remember(place.thread, text);
    await this.#handlers?.onMessage({
      conversation,
      eventKeys: [`message:${message.id}`],
      person: found.account,
      text: text === "" ? "help" : text,
      addressed: mentioned || guildId === null,
      thread: place.kind === "thread",
    });
  }

  async #personOf(interaction: BaseInteraction): Promise<{ readonly account: string } | { readonly refusal: Card }> {
    const { guildId, user } = interaction;
    if (guildId === null) return this.#directAccount(user.id);
    const { settings } = this.#deps;
    if (settings.guildId !== undefined && guildId !== settings.guildId)
      return { refusal: refusal("I work in another server only.", "Whoever runs me says which: DISCORD_GUILD_ID.") };
    return { account: accountOf(guildId, user.id) };
  }

  /** Who a person of direct messages is: the member of the server that is set, or of the only one that both are in. */
  async #directAccount(user: string): Promise<{ readonly account: string } | { readonly refusal: Card }> {
    const { guildId } = this.#deps.settings;
    if (guildId !== undefined) return { account: accountOf(guildId, user) };
    const shared: string[] = [];
    for (const guild of this.#client?.guilds.cache.keys() ?? []) {
      const account = accountOf(guild, user);
      if ((await this.#standings.of(account)).kind !== "unknown") shared.push(account);
    }
    const [only] = shared;
    if (only !== undefined && shared.length === 1) return { account: only };
    return {
      refusal:
        shared.length === 0
          ? refusal("We share no server, so I cannot tell who you are.", null)
          : refusal("We share several servers, so I cannot tell as whom you ask.", "Use /chiffon in the server that you mean."),
    };
  }
}

const channelSchema = z.object({ id: z.string() });
/** "Cannot send messages to this user", without or with a reason. */
const noDirectMessages: ReadonlySet<number> = new Set([50_007, 50_278]);

function placeOfMessage(message: Message): Place | undefined {
  const { guildId, channel } = message;
  if (guildId === null) return { kind: "direct", channel: message.channelId };
  if (!channel.isThread()) return { kind: "thread", guild: guildId, parent: message.channelId, thread: message.id };
  return channel.parentId === null ? undefined : { kind: "thread", guild: guildId, parent: channel.parentId, thread: channel.id };
}

function nameOf(channel: object | undefined): string | undefined {
  return channel !== undefined && "name" in channel && typeof channel.name === "string" ? channel.name : undefined;
}

function refusal(text: string, help: string | null): Card {
  return { kind: "notice", tone: "refusal", text, help };
}

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

/** An edit may not change what is hidden of a message of somebody's own choice. */
function withoutFlags({ flags: _flags, ...message }: DiscordMessage): DiscordMessage {
  return message;
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

/** What to switch on or to mend; undefined when that is not the reason. */
function settingsError(closedWith: number | undefined, error: unknown): AppError | undefined {
  if (
    closedWith === GatewayCloseCodes.AuthenticationFailed ||
    (error instanceof DiscordjsError && error.code === DiscordjsErrorCodes.TokenInvalid)
  )
    return new AppError("discord-token-wrong", "Discord does not know DISCORD_TOKEN", {
      cause: error,
      help: "Copy the token of the page Bot in https://discord.com/developers/applications again, then `chiffon setup discord --check`.",
    });
  if (closedWith === GatewayCloseCodes.DisallowedIntents)
    return new AppError("discord-intent-off", "Discord does not give this bot the text of messages (DISCORD_MESSAGE_CONTENT=true)", {
      cause: error,
      help: "Switch on Message Content Intent on the page Bot of the developer portal, or set DISCORD_MESSAGE_CONTENT=false.",
    });
  if (closedWith === GatewayCloseCodes.InvalidIntents)
    return new AppError("discord-intents-wrong", "Discord does not know the intents that this version asks for", {
      cause: error,
      help: "Update Chiffon.",
    });
  return undefined;
}
