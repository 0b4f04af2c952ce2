import type { Card } from "../bot/cards.ts";
import type { ChatHandlers, ChatPlatform, IncomingAction, IncomingMessage, MessageReference } from "../bot/chat-platform.ts";
import type { Database } from "../db/database.ts";
import { AppError, messageOf } from "../errors.ts";
import type { Logger } from "../logger.ts";
import { addCard, addMessage, changeCard, webEntryChannel } from "./entry-store.ts";

export interface WebPlatformDeps {
  readonly database: Database;
  readonly logger: Logger;
}

/** The web chat as a chat platform. Cards are rows; open pages are woken by the database and read what is new. */
export interface WebPlatform extends ChatPlatform {
  /** Stores what was said, and hands it over; resolves when the bot has dealt with it. */
  say(message: IncomingMessage): Promise<void>;
  act(action: IncomingAction): Promise<void>;
  /** Calls back whenever this conversation may have changed, and when the platform stops. */
  onChange(conversation: string, callback: () => void): () => void;
  readonly open: boolean;
}

export function createWebPlatform(deps: WebPlatformDeps): WebPlatform {
  return new Web(deps);
}

class Web implements WebPlatform {
  readonly name = "web";
  readonly #deps: WebPlatformDeps;
  readonly #readers = new Map<string, Set<() => void>>();
  readonly #work = new Set<Promise<void>>();
  #handlers: ChatHandlers | undefined;
  #unlisten: (() => Promise<void>) | undefined;

  constructor(deps: WebPlatformDeps) {
    this.#deps = deps;
  }

  get open(): boolean {
    return this.#handlers !== undefined;
  }

  async start(handlers: ChatHandlers): Promise<void> {
    this.#handlers = handlers;
    this.#unlisten = await this.#deps.database.listen(
      webEntryChannel,
      (conversation) => this.#wake(conversation),
      () => this.#wakeAll(),
    );
  }

  async stop(): Promise<void> {
    this.#handlers = undefined;
    this.#wakeAll();
    await this.#unlisten?.();
    this.#unlisten = undefined;
    await Promise.allSettled(this.#work);
  }

  async post(conversation: string, card: Card): Promise<MessageReference> {
    return { conversation, channel: "web", message: await addCard(this.#deps.database, conversation, card) };
  }

  async edit(message: MessageReference, card: Card): Promise<void> {
    await changeCard(this.#deps.database, message.conversation, message.message, card);
  }

  /** A web conversation has one reader. */
  async replyPrivately(conversation: string, _person: string, card: Card): Promise<void> {
    await this.post(conversation, card);
  }

  async say(message: IncomingMessage): Promise<void> {
    const handlers = this.#started();
    if (!(await addMessage(this.#deps.database, message.conversation, message.text, message.eventKey))) return;
    await this.#tracked(message.conversation, handlers.onMessage(message));
  }

  async act(action: IncomingAction): Promise<void> {
    await this.#tracked(action.conversation, this.#started().onAction(action));
  }

  onChange(conversation: string, callback: () => void): () => void {
    const readers = this.#readers.get(conversation) ?? new Set();
    this.#readers.set(conversation, readers.add(callback));
    return () => {
      readers.delete(callback);
      if (readers.size === 0 && this.#readers.get(conversation) === readers) this.#readers.delete(conversation);
    };
  }

  /** The bot answers a person itself; what still comes up here is a fault of ours, and the person must not wait in vain. */
  async #tracked(conversation: string, work: Promise<void>): Promise<void> {
    const guarded = work.catch(async (error: unknown) => {
      this.#deps.logger.error({ error: messageOf(error) }, "web input failed");
      const known = error instanceof AppError;
      await this.post(conversation, {
        kind: "notice",
        tone: "error",
        text: known ? error.message : "Something went wrong here.",
        help: (known ? error.help : undefined) ?? "The log says more.",
      });
    });
    this.#work.add(guarded);
    await guarded.finally(() => this.#work.delete(guarded));
  }

  #started(): ChatHandlers {
    if (this.#handlers === undefined) throw new AppError("web-not-started", "the web chat is not started or already stopped");
    return this.#handlers;
  }

  #wake(conversation: string): void {
    for (const callback of this.#readers.get(conversation) ?? []) callback();
  }

  #wakeAll(): void {
    for (const conversation of this.#readers.keys()) this.#wake(conversation);
  }
}
