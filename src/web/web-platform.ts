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
  post(conversation: string, card: Card): Promise<MessageReference>;
  /** Resolves when what was said is stored: from then on it is not lost. */
  say(message: IncomingMessage): Promise<Handed>;
  act(action: IncomingAction): Handed;
  /** Calls back whenever this conversation may have changed, and when the platform stops. */
  onChange(conversation: string, callback: () => void): () => void;
  readonly open: boolean;
}

/** Handed over to the bot; `done` never rejects, the conversation is told what went wrong. */
export interface Handed {
  readonly done: Promise<void>;
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

  /** A web conversation has one person. */
  async replyPrivately(conversation: string, _person: string, card: Card): Promise<void> {
    await this.post(conversation, card);
  }

  async say(message: IncomingMessage): Promise<Handed> {
    const handlers = this.#started();
    const isNew = await addMessage(this.#deps.database, message.conversation, message.text, message.eventKeys[0] ?? "");
    return { done: isNew ? this.#tracked(message.conversation, () => handlers.onMessage(message)) : Promise.resolve() };
  }

  act(action: IncomingAction): Handed {
    const handlers = this.#started();
    return { done: this.#tracked(action.conversation, () => handlers.onAction(action)) };
  }

  onChange(conversation: string, callback: () => void): () => void {
    const readers = this.#readers.get(conversation) ?? new Set();
    this.#readers.set(conversation, readers.add(callback));
    return () => {
      readers.delete(callback);
      if (readers.size === 0 && this.#readers.get(conversation) === readers) this.#readers.delete(conversation);
    };
  }

  async #tracked(conversation: string, work: () => Promise<void>): Promise<void> {
    const guarded = this.#guarded(conversation, work);
    this.#work.add(guarded);
    await guarded;
    this.#work.delete(guarded);
  }

  /** The bot answers a person itself; what still comes up here is a fault of ours, and the person must not wait in vain. */
  async #guarded(conversation: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#deps.logger.error({ error: messageOf(error) }, "web input failed");
      const known = error instanceof AppError;
      const text = known ? error.message : "Something went wrong here.";
      const card: Card = { kind: "notice", tone: "error", text, help: (known ? error.help : undefined) ?? "The log says more." };
      await this.post(conversation, card).catch((problem: unknown) => {
        this.#deps.logger.error({ error: messageOf(problem) }, "the error could not be shown");
      });
    }
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
