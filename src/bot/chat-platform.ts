import type { AccountStanding } from "../policy/accounts.ts";
import type { Action, ActionId, Card, Form, LineCard, ListCard } from "./cards.ts";

/**
 * The port every platform implements: it carries messages, clicks and commands, and knows nothing of plans or runs. What a platform cannot show
 * in one message it shows in a compact form, and gives the rest by `files`. It throws `DeliveryError` when a message could not be delivered.
 */
export interface ChatPlatform {
  readonly name: string;
  /** The shortest time between two edits of one message in milliseconds; 300 when absent. */
  readonly editEveryMs?: number;
  /** The shortest time between two new messages in one channel in milliseconds; none when absent. */
  readonly postEveryMs?: number;
  /** It may fail or be slow: messages wait in the outbox, and nobody waits for them. Absent: it is in this process, and delivers at once. */
  readonly remote?: true;
  /** Nobody else reads here: a plan of another conversation need not be shown privately. */
  readonly onePerson?: true;
  /** Connects and then calls back. Throws `AppError` when the settings are wrong; a network that is away is waited for. */
  start(handlers: ChatHandlers): Promise<void>;
  /**
   * Shows a new card at the end of the conversation. `key` is the same for a repeated try, so that a platform that can find an earlier one by it
   * gives that; `doubt` says that an earlier try was cut off and may have arrived. The reference may name another conversation than was asked for: a slash command's becomes the thread under its first message.
   */
  post(conversation: string, card: PostedCard, key: string, doubt?: boolean): Promise<MessageReference>;
  /** Replaces what was shown. Safe to call with the same card twice. */
  edit(message: MessageReference, card: PostedCard): Promise<void>;
  /** Only this person sees it; where the platform has no such thing (left too long, no click to answer), the nearest to it. */
  replyPrivately(conversation: string, person: string, card: Card): Promise<void>;
  /** What the pace of new messages counts for; the conversation itself when absent. */
  channelOf?(conversation: string): string;
  /** Other people read the channel above this conversation: there one line, edited, says how its request stands. */
  hasChannelLine?(conversation: string): boolean;
  /** What of a card does not fit into one message, complete, as files to send after it. */
  files?(card: Card): readonly CardFile[];
  sendFile?(conversation: string, file: CardFile, key: string): Promise<void>;
  /** Who an account is now, asked anew at least every minute: for the policy, at the click. */
  standing?(account: string): Promise<AccountStanding>;
  stop(): Promise<void>;
}

export type PostedCard = Card | LineCard;

/** A text file beside a message: a full log, all hosts of a plan. */
export interface CardFile {
  readonly name: string;
  readonly title: string;
  readonly text: string;
}

/** Where a card is shown; opaque to everybody but the platform. */
export interface MessageReference {
  readonly conversation: string;
  readonly channel: string;
  readonly message: string;
}

/** What a platform tells. Each resolves when the work is done; a platform acknowledges before, within its own limit. */
export interface ChatHandlers {
  onMessage(message: IncomingMessage): Promise<void>;
  onAction(action: IncomingAction): Promise<void>;
  /** A word after the platform's command: status, mine, runs, help … or a request. The answer is for this person only. */
  onCommand(command: IncomingCommand): Promise<void>;
  /** The form behind a button that has `asks`; a notice says why there is none (any more). */
  onForm(action: IncomingAction): Promise<Form | Card>;
  /** For the person's own page: what waits for them, what runs, their last runs. */
  onHome(person: string): Promise<readonly ListCard[]>;
  /** Names that begin like or contain `typed`, best first. */
  suggest(kind: SuggestionKind, typed: string, person: string): Promise<readonly Suggestion[]>;
}

export type SuggestionKind = "playbook" | "host" | "run";

export interface Suggestion {
  readonly label: string;
  readonly value: string;
}

export interface IncomingMessage {
  /** The conversation's key on its platform: a thread, a direct message, a session. */
  readonly conversation: string;
  /** Each the same for a redelivered event; a message is dropped when any of them was seen. */
  readonly eventKeys: readonly string[];
  /** `local` or `<platform>:<workspace>:<user>`. */
  readonly person: string;
  /** As typed, without the mention of the bot and the platform's own escapes. */
  readonly text: string;
  /** The bot was mentioned, or there is nobody else to talk to. What is not addressed counts only in conversations that Chiffon already has. Default: true. */
  readonly addressed?: boolean;
  /** A thread is about one request after the other; elsewhere messages may have nothing to do with each other. */
  readonly thread?: boolean;
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

export interface IncomingCommand {
  /** Where a request made by it is shown; it may become a thread when its first message is posted. */
  readonly conversation: string;
  readonly eventKeys: readonly string[];
  readonly person: string;
  /** Everything after the command's name. */
  readonly text: string;
  /** Answers this person only. */
  answer(card: Card): Promise<void>;
}

/** An action as a platform's button carries it. */
export type PressedAction = Pick<Action, "id" | "target" | "value">;
