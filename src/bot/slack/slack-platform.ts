import { App, type Receiver } from "@slack/bolt";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { AppError, messageOf } from "../../errors.ts";
import type { Logger } from "../../logger.ts";
import type { AccountStanding } from "../../policy/accounts.ts";
import type { SlackSettings } from "../../slack-settings.ts";
import { visibleLine } from "../../visible-text.ts";
import type { Card } from "../cards.ts";
import type { CardFile, ChatHandlers, ChatPlatform, MessageReference, PostedCard } from "../chat-platform.ts";
import { isDirect, placeOf } from "./conversation.ts";
import { createHttpConnection } from "./http-connection.ts";
import type { BotIdentity } from "./incoming-message.ts";
import { limits } from "./limits.ts";
import { listen } from "./listeners.ts";
import { createPrivateAnswers, type PrivateAnswers } from "./private-answers.ts";
import { cardFile } from "./render-card.ts";
import { failureText, platformErrorOf, tokenErrors } from "./slack-error.ts";
import { pinoForSlack } from "./slack-logger.ts";
import { createSlackSender, type SlackSender } from "./slack-sender.ts";
import { createSlackUsers, type SlackUsers } from "./slack-users.ts";
import { createSocketConnection } from "./socket-connection.ts";
import { createWebClient, webClientOptions, type WebClient, type WebClientOptions } from "./web-client.ts";

export interface SlackPlatformDeps {
  readonly settings: SlackSettings;
  /** `slack:<team>:<group>` of the policy. */
  readonly userGroups: readonly string[];
  readonly logger: Logger;
  /** Tells who started Chiffon how it stands with Slack, once. */
  readonly say?: (text: string) => void;
}

export function createSlackPlatform(deps: SlackPlatformDeps): ChatPlatform {
  return new Slack(deps);
}

const longestRetryMs = 30_000;
/** How long clicks that are being worked on may take when the process ends. */
const drainMs = 5_000;

class Slack implements ChatPlatform {
  readonly name = "slack";
  readonly remote = true;
  readonly postEveryMs = limits.postEveryMs;
  readonly editEveryMs = limits.editEveryMs;
  readonly #deps: SlackPlatformDeps;
  readonly #logger: Logger;
  readonly #options: WebClientOptions;
  readonly #client: WebClient;
  readonly #users: SlackUsers;
  readonly #answers: PrivateAnswers;
  readonly #sender: SlackSender;
  readonly #work = new Set<Promise<void>>();
  readonly #stopping = new AbortController();
  #identity: BotIdentity | undefined;
  #receiver: Receiver | undefined;
  #connecting: Promise<void> | undefined;

  constructor(deps: SlackPlatformDeps) {
    this.#deps = deps;
    this.#logger = deps.logger.child({ platform: this.name });
    this.#options = webClientOptions(deps.settings.apiUrl, pinoForSlack(this.#logger));
    this.#client = createWebClient(deps.settings.botToken, this.#options);
    this.#users = createSlackUsers({ client: this.#client, logger: this.#logger, userGroups: deps.userGroups, home: () => this.#identity });
    this.#answers = createPrivateAnswers({ client: this.#client, users: this.#users, logger: this.#logger });
    this.#sender = createSlackSender({ client: this.#client, users: this.#users, answers: this.#answers, logger: this.#logger });
  }

  /** Connected when it resolves, or trying on because the network is away. */
  async start(handlers: ChatHandlers): Promise<void> {
    const { say = () => undefined } = this.#deps;
    if (await this.#connect(handlers)) {
      say(`Slack: connected to ${this.#identity?.name ?? "the workspace"}`);
      return;
    }
    say("Slack: cannot be reached now; tried again until it can");
    this.#connecting = this.#connectLater(handlers);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#connecting;
    await this.#receiver?.stop();
    await Promise.race([Promise.allSettled(this.#work), sleep(drainMs, undefined, { ref: false })]);
  }

  post(conversation: string, card: PostedCard, key: string, doubt?: boolean): Promise<MessageReference> {
    return this.#sender.post(conversation, card, key, doubt);
  }

  edit(message: MessageReference, card: PostedCard): Promise<void> {
    return this.#sender.edit(message, card);
  }

  replyPrivately(conversation: string, person: string, card: Card): Promise<void> {
    return this.#answers.reply(conversation, person, card);
  }

  channelOf(conversation: string): string {
    return placeOf(conversation)?.channel ?? conversation;
  }

  hasChannelLine(conversation: string): boolean {
    const place = placeOf(conversation);
    return place !== undefined && !isDirect(place.channel);
  }

  files(card: Card): readonly CardFile[] {
    const file = cardFile(card);
    return file === undefined ? [] : [file];
  }

  sendFile(conversation: string, file: CardFile): Promise<void> {
    return this.#sender.sendFile(conversation, file);
  }

  standing(account: string): Promise<AccountStanding> {
    return this.#users.standing(account);
  }

  /** False when Slack cannot be reached. */
  async #connect(handlers: ChatHandlers): Promise<boolean> {
    try {
      this.#identity ??= await this.#whoAmI();
    } catch (error) {
      const word = platformErrorOf(error);
      if (word !== undefined && tokenErrors.has(word)) throw wrongToken("SLACK_BOT_TOKEN", word, error);
      this.#logger.warn({ error: failureText(error) }, "Slack cannot be reached, tried again");
      return false;
    }
    if (this.#stopping.signal.aborted) return true;
    const identity = this.#identity;
    const receiver = this.#openReceiver();
    const app = new App({
      receiver,
      authorize: async () => ({
        botToken: this.#deps.settings.botToken,
        botUserId: identity.user,
        teamId: identity.team,
        ...(identity.botId === undefined ? {} : { botId: identity.botId }),
      }),
      clientOptions: this.#options,
      logger: pinoForSlack(this.#logger),
    });
    app.error(async (error) => this.#logger.error({ error: failureText(error) }, "a message from Slack could not be handled"));
    listen(app, {
      identity,
      handlers,
      client: this.#client,
      sender: this.#sender,
      answers: this.#answers,
      users: this.#users,
      logger: this.#logger,
      track: (work) => this.#track(work),
    });
    this.#receiver = receiver;
    try {
      await receiver.start();
    } catch (error) {
      await receiver.stop();
      const word = platformErrorOf(error);
      throw word === undefined ? error : wrongToken("SLACK_APP_TOKEN", word, error);
    }
    return true;
  }

  async #connectLater(handlers: ChatHandlers): Promise<void> {
    const { signal } = this.#stopping;
    for (let wait = 1_000; !signal.aborted; wait = Math.min(wait * 2, longestRetryMs)) {
      await sleep(wait, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      try {
        if (await this.#connect(handlers)) return;
      } catch (error) {
        // Nobody waits for `start` any more: said in the log, and tried on in case somebody mends it.
        this.#logger.error({ error: messageOf(error) }, "Slack is not connected");
        wait = longestRetryMs;
      }
    }
  }

  async #whoAmI(): Promise<BotIdentity> {
    const answer = identitySchema.parse(await this.#client.auth.test());
    const name = visibleLine(answer.team ?? answer.team_id);
    return { team: answer.team_id, user: answer.user_id, botId: answer.bot_id, url: answer.url ?? null, name };
  }

  #openReceiver(): Receiver {
    const { connection } = this.#deps.settings;
    return connection.mode === "socket"
      ? createSocketConnection({ appToken: connection.appToken, clientOptions: this.#options, logger: this.#logger })
      : createHttpConnection({ ...connection, logger: this.#logger });
  }

  /** Clicks and messages are acknowledged before they are worked on. */
  #track(work: () => Promise<void>): void {
    const guarded = work().catch((error: unknown) => {
      this.#logger.error({ error: failureText(error) }, "a message or click from Slack failed");
    });
    this.#work.add(guarded);
    void guarded.then(() => this.#work.delete(guarded));
  }
}

const identitySchema = z.looseObject({
  team_id: z.string(),
  team: z.string().optional(),
  user_id: z.string(),
  bot_id: z.string().optional(),
  url: z.url({ protocol: /^https?$/ }).optional().catch(undefined), // prettier-ignore
});

function wrongToken(setting: string, word: string, cause: unknown): AppError {
  return new AppError("slack-token-wrong", `Slack refuses ${setting}: ${word}`, {
    cause,
    help: "`chiffon setup slack` says where the token comes from; without Slack: remove SLACK_BOT_TOKEN.",
  });
}
