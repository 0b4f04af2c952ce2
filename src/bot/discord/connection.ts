import { once } from "node:events";
import { Client, Events, GatewayIntentBits, Options, Partials, Status, type Interaction, type Message, type REST } from "discord.js";
import type { DiscordSettings } from "../../discord-settings.ts";
import { AppError, isAppError, messageOf } from "../../errors.ts";
import type { Logger } from "../../logger.ts";
import { visibleLine } from "../../visible-text.ts";
import { inviteUrl } from "./invite.ts";
import { restOptions } from "./rest.ts";
import { settingsError } from "./settings-error.ts";
import { registerCommands } from "./slash-commands.ts";

export interface ConnectionDeps {
  readonly settings: DiscordSettings;
  readonly rest: REST;
  readonly logger: Logger;
  readonly say: ((text: string) => void) | undefined;
  readonly onMessage: (message: Message, client: Client) => Promise<void>;
  readonly onInteraction: (interaction: Interaction) => Promise<void>;
  /** How long the library may be away before a new connection is made, in milliseconds. */
  readonly awayMs?: number;
}

/** How long `start` waits for the connection; a network that is away is waited for in the background. */
const connectMs = 20_000;
const longestRetryMs = 60_000;
/** The library is given so long to be back by itself: a session, a resume and its longest pause between two tries take less. */
const longestAwayMs = 45_000;
const endMs = 5_000;
/** Events that come twice: a resumed connection replays. */
const mostSeen = 5_000;

/** The gateway: news come in here, each once. The library resumes and reconnects by itself once it was connected; where it does not, a new one is made. */
export class Connection {
  readonly #deps: ConnectionDeps;
  readonly #work = new Set<Promise<void>>();
  readonly #seen = new Set<string>();
  readonly #stopped = new AbortController();
  #client: Client | undefined;
  #saidAway = false;

  constructor(deps: ConnectionDeps) {
    this.#deps = deps;
  }

  get client(): Client | undefined {
    return this.#client;
  }

  async start(): Promise<void> {
    try {
      await this.#connect();
    } catch (error) {
      if (isAppError(error)) throw error;
      this.#deps.logger.warn({ error: messageOf(error) }, "Discord cannot be reached, tried again until it can");
      this.#deps.say?.("Discord: cannot be reached now, tried again until it can");
      void this.#connectLater();
    }
  }

  /** Waits for what is being done. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#client?.destroy();
    await Promise.allSettled(this.#work);
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
    const { settings, logger, say } = this.#deps;
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
    const watch = this.#watchOver(client);
    client.on(Events.ShardDisconnect, ({ code }) => {
      closedWith = code;
      const wrong = settingsError(code, undefined);
      logger.error({ code, help: wrong?.help }, "Discord closed the connection for good");
      clearInterval(watch);
      if (wrong !== undefined) say?.(`Discord: ${wrong.message}. ${wrong.help ?? ""}`);
    });
    client.on(Events.Error, (error) => logger.warn({ error: error.message }, "Discord's library reports an error"));
    client.on(Events.ShardError, (error) => logger.debug({ error: error.message }, "the connection to Discord broke"));
    client.on(Events.MessageCreate, (message) => this.#do(`message:${message.id}`, () => this.#deps.onMessage(message, client)));
    client.on(Events.InteractionCreate, (interaction) =>
      this.#do(`interaction:${interaction.id}`, () => this.#deps.onInteraction(interaction)),
    );
    client.once(Events.ClientReady, (ready) => {
      logger.info({ bot: ready.user.username, guilds: ready.guilds.cache.size }, "connected to Discord");
      this.#saidAway = false;
      say?.(`Discord: connected as ${visibleLine(ready.user.username)}`);
      registerCommands(this.#deps.rest, ready.application.id, settings.guildId).catch((error: unknown) =>
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
      if (wrong === undefined && signal.aborted && client.token !== null) {
        if (!this.#saidAway) say?.("Discord: no connection yet, still trying");
        this.#saidAway = true;
        return;
      }
      clearInterval(watch);
      await client.destroy().catch(() => undefined);
      throw wrong ?? error;
    }
    const absent = this.#notInServer(client);
    if (absent === undefined) return;
    clearInterval(watch);
    await client.destroy();
    throw absent;
  }

  /** Else a library that is stuck between two sessions would hear nobody any more, and nobody would know. */
  #watchOver(client: Client): NodeJS.Timeout {
    const { awayMs = longestAwayMs } = this.#deps;
    let readyAt = performance.now();
    const watch = setInterval(() => {
      if (this.#stopped.signal.aborted) return clearInterval(watch);
      const { shards } = client.ws;
      if (shards.size > 0 && shards.every((shard) => shard.status === Status.Ready)) readyAt = performance.now();
      if (performance.now() - readyAt < awayMs) return;
      clearInterval(watch);
      this.#deps.logger.warn({ seconds: awayMs / 1_000 }, "the connection to Discord did not come back by itself, a new one is made");
      const ended = new Promise((resolve) => void setTimeout(resolve, endMs).unref());
      void Promise.race([client.destroy().catch(() => undefined), ended]).then(() => this.#connectLater());
    }, awayMs / 9).unref();
    return watch;
  }

  #notInServer(client: Client): AppError | undefined {
    const { guildId } = this.#deps.settings;
    if (guildId === undefined || client.guilds.cache.has(guildId)) return undefined;
    return new AppError("discord-not-in-server", `the Discord bot is not in the server ${guildId} (DISCORD_GUILD_ID)`, {
      help: `Invite it: ${inviteUrl(client.application?.id ?? "APPLICATION_ID")}`,
    });
  }

  #do(key: string, work: () => Promise<void>): void {
    if (this.#stopped.signal.aborted || this.#seen.has(key)) return;
    this.#seen.add(key);
    const oldest = this.#seen.keys().next().value;
    if (this.#seen.size > mostSeen && oldest !== undefined) this.#seen.delete(oldest);
    const doing = work()
      .catch((error: unknown) => this.#deps.logger.error({ error: messageOf(error) }, "news from Discord failed"))
      .finally(() => this.#work.delete(doing));
    this.#work.add(doing);
  }
}
