import type { Database } from "../db/database.ts";
import { messageOf, unreachable } from "../errors.ts";
import type { Logger } from "../logger.ts";
import type { Card } from "./cards.ts";
import type { CardFile, ChatPlatform, MessageReference, PostedCard } from "./chat-platform.ts";
import { DeliveryError } from "./delivery-error.ts";
import {
  claimMessage,
  freeClaims,
  markGivenUp,
  markSent,
  markWaiting,
  putBack,
  nextTrySeconds,
  outboxChannel,
  pruneOutbox,
  untriedMessages,
  type OutboxMessage,
} from "./outbox-store.ts";
import { createPace, type Pace } from "./pace.ts";

export interface OutboxDeps {
  readonly database: Database;
  readonly platforms: ReadonlyMap<string, ChatPlatform>;
  readonly logger: Logger;
}

/** Messages sent at once: of one conversation never two. */
const lanes = 16;
const firstRetryMs = 1_000;
const longestRetryMs = 60_000;
/** A result is still worth showing a day later, a private answer is not. */
const giveUpSeconds = { post: 86_400, edit: 86_400, file: 86_400, private: 600 } as const;
const pruneEveryMs = 3_600_000;
/** What is ready and still there waits for one before it, or for a pause of its platform; a long backlog is not looked through all the time. */
const blockedMs = 1_000;
/** A message whose turn in its channel is further away gives its lane back: one full channel must not hold up all the others. */
const longestTurnMs = 1_500;
/** After so many failures of one message, while the platform took so many others, the rest of its conversation waits for it no longer. */
const failuresAside = 8;
const othersAside = 3;

/**
 * Sends the rows of `outbox_message`: in order within a conversation, at the platform's pace, again after a failure, and exactly once as far as
 * the platform can tell a repeated try. Several processes may do it on one database.
 */
export class Outbox {
  readonly #deps: OutboxDeps;
  readonly #pace: Pace = createPace();
  /** `<platform>:<kind>` that asked us to wait, until when, by a clock that nobody can set back. */
  readonly #paused = new Map<string, number>();
  readonly #sending = new Set<Promise<void>>();
  /** When the turn of a message that was put back comes. */
  readonly #turns = new Map<string, number>();
  /** How many messages each platform took. */
  readonly #taken = new Map<string, number>();
  /** Of messages that fail: how many others their platform had taken before. */
  readonly #failing = new Map<string, number>();
  readonly #aside = new Set<string>();
  #unlisten: (() => Promise<void>) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #pruner: NodeJS.Timeout | undefined;
  #claiming: Promise<void> | undefined;
  #again = false;
  #open = false;

  constructor(deps: OutboxDeps) {
    this.#deps = deps;
  }

  async start(): Promise<void> {
    this.#open = true;
    await freeClaims(this.#deps.database);
    this.#unlisten = await this.#deps.database.listen(
      outboxChannel,
      () => this.#wake(),
      () => this.#wake(),
    );
    this.#pruner = setInterval(() => {
      // Those that another process sent.
      for (const [id, turn] of this.#turns) if (turn < performance.now() - pruneEveryMs) this.#turns.delete(id);
      void pruneOutbox(this.#deps.database).catch(() => undefined);
    }, pruneEveryMs).unref();
    this.#wake();
  }

  /** Waits for what is being sent, so that it is not sent again by the next process. */
  async stop(): Promise<void> {
    this.#open = false;
    clearTimeout(this.#timer);
    clearInterval(this.#pruner);
    this.#pace.stop();
    await this.#unlisten?.();
    await this.#claiming;
    await Promise.all(this.#sending);
  }

  /** Resolves when every message of the conversation was tried once: on a platform of this process it is then shown. */
  async flush(conversationId: string): Promise<void> {
    while (this.#open && (await untriedMessages(this.#deps.database, conversationId)) > 0) {
      this.#wake();
      while (this.#claiming !== undefined) await this.#claiming;
      if (this.#sending.size === 0) return; // one before it waits for another try
      await Promise.race(this.#sending);
    }
  }

  #wake(): void {
    if (!this.#open) return;
    if (this.#claiming !== undefined) {
      this.#again = true;
      return;
    }
    this.#claiming = this.#claimAll().finally(() => {
      this.#claiming = undefined;
      if (this.#again) {
        this.#again = false;
        this.#wake();
      }
    });
  }

  async #claimAll(): Promise<void> {
    const platforms = [...this.#deps.platforms.keys()];
    clearTimeout(this.#timer);
    try {
      while (this.#open && this.#sending.size < lanes) {
        const message = await claimMessage(this.#deps.database, platforms, this.#pausedNow(), [...this.#aside]);
        if (message === undefined) break;
        const sending = this.#send(message).finally(() => {
          this.#sending.delete(sending);
          this.#wake();
        });
        this.#sending.add(sending);
      }
      const seconds = this.#open ? await nextTrySeconds(this.#deps.database, platforms) : null;
      if (seconds !== null) this.#lookAgain(seconds === 0 ? blockedMs : seconds * 1000);
    } catch (error) {
      if (!this.#open) return;
      this.#deps.logger.warn({ error: messageOf(error) }, "the outbox could not be read, tried again soon");
      this.#lookAgain(firstRetryMs);
    }
  }

  #lookAgain(afterMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#wake(), Math.min(Math.max(afterMs, 250), longestRetryMs)).unref();
  }

  #pausedNow(): string[] {
    const now = performance.now();
    for (const [key, until] of this.#paused) if (until <= now) this.#paused.delete(key);
    return [...this.#paused.keys()];
  }

  async #send(message: OutboxMessage): Promise<void> {
    const { database, logger } = this.#deps;
    const platform = this.#deps.platforms.get(message.platform);
    if (platform === undefined) return;
    try {
      const place = await this.#deliver(platform, message);
      this.#taken.set(platform.name, (this.#taken.get(platform.name) ?? 0) + 1);
      this.#forget(message);
      await markSent(database, message, place);
    } catch (error) {
      await this.#failed(message, error).catch((problem: unknown) => {
        // The claim runs out by itself.
        logger.error({ error: messageOf(problem), messageId: message.id }, "a message is neither sent nor noted as failed");
      });
    }
  }

  /** Where the card is now, or null when that did not change. */
  async #deliver(platform: ChatPlatform, message: OutboxMessage): Promise<MessageReference | null> {
    const { conversation, id } = message;
    switch (message.kind) {
      case "post":
        return this.#post(platform, message);
      case "edit":
        if (message.message === null) return this.#post(platform, message);
        try {
          await platform.edit(message.message, message.content as PostedCard);
          return null;
        } catch (error) {
          // Somebody deleted it: what it says must still be said.
          if (error instanceof DeliveryError && error.kind === "gone") return this.#post(platform, message);
          throw error;
        }
      case "file":
        if (platform.sendFile !== undefined) await platform.sendFile(conversation, message.content as CardFile, id);
        return null;
      case "private":
        await platform.replyPrivately(conversation, message.person ?? "", message.content as Card);
        return null;
      default:
        return unreachable(message.kind);
    }
  }

  async #post(platform: ChatPlatform, message: OutboxMessage): Promise<MessageReference> {
    const channel = platform.channelOf?.(message.conversation) ?? message.conversation;
    const turn = this.#turns.get(message.id);
    const wait = turn === undefined ? this.#pace.take(`${platform.name}:${channel}`, platform.postEveryMs ?? 0) : turn - performance.now();
    if (wait > longestTurnMs) {
      this.#turns.set(message.id, performance.now() + wait);
      throw new TurnLater(wait);
    }
    this.#turns.delete(message.id);
    await this.#pace.wait(wait);
    // Not tried: the next process sends it.
    if (!this.#open) throw new TurnLater(0);
    return platform.post(message.conversation, message.content as PostedCard, message.id, message.inDoubt);
  }

  async #failed(message: OutboxMessage, error: unknown): Promise<void> {
    const { database, logger } = this.#deps;
    if (error instanceof TurnLater) return putBack(database, message, error.afterMs);
    const text = messageOf(error);
    const facts = { messageId: message.id, kind: message.kind, platform: message.platform, attempts: message.attempts, error: text };
    const refused = error instanceof DeliveryError && error.kind !== "later";
    if (refused || message.ageSeconds > giveUpSeconds[message.kind]) {
      logger.error(facts, "a message could not be delivered");
      this.#forget(message);
      return markGivenUp(database, message, text);
    }
    const after = error instanceof DeliveryError ? error.retryAfterMs : null;
    const waitMs = after ?? Math.min(firstRetryMs * 2 ** (message.attempts - 1), longestRetryMs);
    if (error instanceof DeliveryError && after !== null) this.#pause(message, error.everywhere, performance.now() + after);
    logger.warn({ ...facts, waitMs }, "a message waits for its platform");
    if (after === null) this.#stepAside(message);
    return markWaiting(database, message, { afterMs: waitMs, error: text, inDoubt: after === null });
  }

  /** It is not the platform but this message: it is tried on, and what was to follow it is no longer held up. */
  #stepAside(message: OutboxMessage): void {
    const taken = this.#taken.get(message.platform) ?? 0;
    const before = this.#failing.get(message.id);
    if (before === undefined) this.#failing.set(message.id, taken);
    if (message.attempts < failuresAside || taken - (before ?? taken) < othersAside || this.#aside.has(message.id)) return;
    this.#aside.add(message.id);
    this.#deps.logger.error({ messageId: message.id }, "a message fails while others pass: its conversation goes on without it");
  }

  #forget({ id }: OutboxMessage): void {
    this.#failing.delete(id);
    this.#aside.delete(id);
    this.#turns.delete(id);
  }

  #pause(message: OutboxMessage, everywhere: boolean, until: number): void {
    const kinds = everywhere ? (["post", "edit", "file", "private"] as const) : [message.kind];
    for (const kind of kinds) this.#paused.set(`${message.platform}:${kind}`, until);
  }
}

/** Nothing failed: the channel has its pace. */
class TurnLater extends Error {
  override readonly name = "TurnLater";
  readonly afterMs: number;

  constructor(afterMs: number) {
    super("its turn in the channel comes later");
    this.afterMs = afterMs;
  }
}
