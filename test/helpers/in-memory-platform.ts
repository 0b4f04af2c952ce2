import type { ActionId, Card, Form, ListCard } from "../../src/bot/cards.ts";
import type {
  ChatHandlers,
  ChatPlatform,
  IncomingAction,
  MessageReference,
  Suggestion,
  SuggestionKind,
} from "../../src/bot/chat-platform.ts";

interface Shown {
  readonly conversation: string;
  readonly message: string;
  readonly cards: Card[];
}

/** A chat that remembers every card and every edit of it. It outlives the app, as a real platform does. */
export class InMemoryPlatform implements ChatPlatform {
  readonly name: string;
  readonly editEveryMs = 0;
  /** Its conversations are threads. */
  threads = false;
  /** As a terminal is. */
  onePerson?: true;
  readonly shown: Shown[] = [];
  readonly private: { readonly conversation: string; readonly person: string; readonly card: Card }[] = [];
  /** Thrown by the next posts or edits, oldest first. */
  readonly failures: Error[] = [];
  #handlers: ChatHandlers | undefined;
  #events = 0;

  constructor(name = "memory") {
    this.name = name;
  }

  start(handlers: ChatHandlers): Promise<void> {
    this.#handlers = handlers;
    return Promise.resolve();
  }

  stop(): Promise<void> {
    this.#handlers = undefined;
    return Promise.resolve();
  }

  async post(conversation: string, card: Card): Promise<MessageReference> {
    await this.#arrive();
    const message = `message-${this.shown.length + 1}`;
    this.shown.push({ conversation, message, cards: [card] });
    return { conversation, channel: "memory", message };
  }

  async edit(message: MessageReference, card: Card): Promise<void> {
    await this.#arrive();
    const shown = this.shown.find((one) => one.message === message.message);
    if (shown === undefined) throw new Error(`there is no message ${message.message}`);
    shown.cards.push(card);
  }

  async replyPrivately(conversation: string, person: string, card: Card): Promise<void> {
    await this.#arrive();
    this.private.push({ conversation, person, card });
  }

  say(text: string, options: { person?: string; conversation?: string; eventKey?: string; addressed?: boolean } = {}): Promise<void> {
    const { person = "local", conversation = "thread-1", eventKey = `event-${(this.#events += 1)}`, addressed = true } = options;
    return this.#open().onMessage({ conversation, eventKeys: [eventKey], person, text, addressed, thread: this.threads });
  }

  press(id: ActionId, target: string, more: Partial<IncomingAction> = {}): Promise<void> {
    return this.#open().onAction({ conversation: "thread-1", person: "local", id, target, ...more });
  }

  /** A command after the platform's own word for Chiffon; gives what its author alone is answered. */
  async command(text: string, options: { readonly person?: string; readonly conversation?: string } = {}): Promise<readonly Card[]> {
    const { person = "local", conversation = `command-${(this.#events += 1)}` } = options;
    const answers: Card[] = [];
    const answer = async (card: Card): Promise<void> => void answers.push(card);
    await this.#open().onCommand({ conversation, eventKeys: [`command-${(this.#events += 1)}`], person, text, answer });
    return answers;
  }

  form(id: ActionId, target: string, person = "local"): Promise<Form | Card> {
    return this.#open().onForm({ conversation: "thread-1", person, id, target });
  }

  home(person = "local"): Promise<readonly ListCard[]> {
    return this.#open().onHome(person);
  }

  suggest(kind: SuggestionKind, typed: string, person = "local"): Promise<readonly Suggestion[]> {
    return this.#open().suggest(kind, typed, person);
  }

  /** What each message shows now, in the order they were posted. */
  cards(): Card[] {
    return this.shown.map((one) => one.cards.at(-1)!);
  }

  cardsOf<K extends Card["kind"]>(kind: K): Extract<Card, { kind: K }>[] {
    return this.cards().filter((card): card is Extract<Card, { kind: K }> => card.kind === kind);
  }

  #open(): ChatHandlers {
    if (this.#handlers === undefined) throw new Error("nobody listens to this platform");
    return this.#handlers;
  }

  async #arrive(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    const failure = this.failures.shift();
    if (failure !== undefined) throw failure;
  }
}
