import type { Card } from "../../src/bot/cards.ts";
import type { CardFile, ChatHandlers, ChatPlatform, MessageReference, PostedCard } from "../../src/bot/chat-platform.ts";

interface RemoteMessage {
  readonly id: string;
  readonly conversation: string;
  readonly versions: PostedCard[];
}

/** A platform that may fail, be slow or lose its answer: what the outbox has to live with. */
export class RemotePlatform implements ChatPlatform {
  readonly name: string = "remote";
  readonly remote = true as const;
  readonly editEveryMs = 0;
  postEveryMs = 0;
  readonly messages: RemoteMessage[] = [];
  readonly sentFiles: CardFile[] = [];
  readonly private: { readonly person: string; readonly card: Card }[] = [];
  /** What arrived, in order: `post a`, `edit a`, `file run-1.txt`. */
  readonly arrived: string[] = [];
  readonly keys: string[] = [];
  /** Thrown by the next calls, oldest first; null lets one through. */
  readonly failures: (Error | null)[] = [];
  /** Set: calls wait for it before they do anything. */
  gate: Promise<void> | undefined;

  async start(_handlers: ChatHandlers): Promise<void> {}
  async stop(): Promise<void> {}

  async post(conversation: string, card: PostedCard, key: string): Promise<MessageReference> {
    this.keys.push(key);
    await this.#call(`post ${nameOf(card)}`);
    const id = `m${this.messages.length + 1}`;
    this.messages.push({ id, conversation, versions: [card] });
    return { conversation: conversation.replace("command", "thread"), channel: "c1", message: id };
  }

  async edit(message: MessageReference, card: PostedCard): Promise<void> {
    await this.#call(`edit ${nameOf(card)}`);
    this.messages.find((one) => one.id === message.message)?.versions.push(card);
  }

  async sendFile(_conversation: string, file: CardFile): Promise<void> {
    await this.#call(`file ${file.name}`);
    this.sentFiles.push(file);
  }

  async replyPrivately(_conversation: string, person: string, card: Card): Promise<void> {
    await this.#call(`private ${nameOf(card)}`);
    this.private.push({ person, card });
  }

  /** What each message says now. */
  shown(): string[] {
    return this.messages.map((message) => nameOf(message.versions.at(-1)!));
  }

  async #call(what: string): Promise<void> {
    await this.gate;
    await new Promise((resolve) => setImmediate(resolve));
    const failure = this.failures.shift();
    if (failure instanceof Error) throw failure;
    this.arrived.push(what);
  }
}

function nameOf(card: PostedCard): string {
  return card.kind === "notice" ? card.text : card.kind;
}
