import type { ActionId, Card } from "./cards.ts";

/** The port every platform implements: it carries messages and clicks, and knows nothing of plans or runs. */
export interface ChatPlatform {
  readonly name: string;
  /** The shortest time between two edits of one message in milliseconds; 300 when absent. */
  readonly editEveryMs?: number;
  start(handlers: ChatHandlers): Promise<void>;
  /** Shows a new card at the end of the conversation. */
  post(conversation: string, card: Card): Promise<MessageReference>;
  /** Replaces what was shown. Safe to call with the same card twice. */
  edit(message: MessageReference, card: Card): Promise<void>;
  /** Only this person sees it. */
  replyPrivately(conversation: string, person: string, card: Card): Promise<void>;
  stop(): Promise<void>;
}

/** Where a card is shown; opaque to everybody but the platform. */
export interface MessageReference {
  readonly conversation: string;
  readonly channel: string;
  readonly message: string;
}

export interface ChatHandlers {
  onMessage(message: IncomingMessage): Promise<void>;
  onAction(action: IncomingAction): Promise<void>;
}

export interface IncomingMessage {
  /** The conversation's key on its platform: a thread, a direct message, a session. */
  readonly conversation: string;
  /** The same for a redelivered event; repeats are dropped by it. */
  readonly eventKey: string;
  /** `local` or `<platform>:<workspace>:<user>`. */
  readonly person: string;
  readonly text: string;
}

export interface IncomingAction {
  readonly conversation: string;
  readonly person: string;
  readonly id: ActionId;
  readonly target: string;
  readonly value?: string;
  /** Values of a form, by field name. */
  readonly form?: Readonly<Record<string, unknown>>;
  /** What the person typed to confirm or as a reason. */
  readonly typed?: string;
}
