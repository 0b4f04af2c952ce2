import { randomUUID } from "node:crypto";
import type { Readable, Writable } from "node:stream";
import type { Logger } from "../../logger.ts";
import type { Card } from "../cards.ts";
import type { ChatHandlers, ChatPlatform, MessageReference } from "../chat-platform.ts";
import { createOpenDialog, type OpenDialog } from "./open-dialog.ts";
import { createOpenRuns } from "./open-runs.ts";
import { createSendInput, type SendInput } from "./send-input.ts";
import { createShownCards, type ShownCards } from "./shown-cards.ts";
import type { TerminalCommand } from "./terminal-help.ts";
import { createTerminalOutput, type TerminalLook, type TerminalOutput } from "./terminal-output.ts";
import { createTerminalScreen, type TerminalScreen } from "./terminal-screen.ts";
import { TypedLines } from "./typed-lines.ts";

export interface TerminalPlatformOptions extends TerminalLook {
  readonly input: Readable;
  readonly output: Writable;
  /** Default: a new one, so that each terminal is a conversation of its own. */
  readonly session?: string;
  /** Words that are answered here, e.g. `link`. */
  readonly commands?: readonly TerminalCommand[];
  /** The person leaves: `quit`, Ctrl-C with nothing running, or the end of the input after its work. Called once. */
  readonly onClose?: () => void;
  readonly logger?: Logger;
}

export interface TerminalPlatform extends ChatPlatform {
  readonly conversation: string;
  /** Here nothing is ever posted twice, so that no key is needed. */
  post(conversation: string, card: Card): Promise<MessageReference>;
  /** Ctrl-C. On a TTY the platform hears it itself; without one pass the process's SIGINT on. True: a run is being cancelled. */
  interrupt(): boolean;
}

/** Chat in a terminal or through a pipe: a line is a message, a key or word is the action of the newest card that still has it. */
export function createTerminalPlatform(options: TerminalPlatformOptions): TerminalPlatform {
  return new Terminal(options);
}

class Terminal implements TerminalPlatform {
  readonly name = "terminal";
  readonly onePerson = true;
  readonly conversation: string;
  readonly #options: TerminalPlatformOptions;
  /** Unique over restarts: the bot still edits what an earlier process showed in a conversation of the same name. */
  readonly #start = randomUUID().slice(0, 8);
  readonly #output: TerminalOutput;
  readonly #cards: ShownCards;
  readonly #dialog: OpenDialog;
  readonly #lines: TypedLines;
  readonly #send: SendInput;
  #screen: TerminalScreen | undefined;
  #handlers: ChatHandlers | undefined;
  #left = false;
  #count = 0;
  #ticker: NodeJS.Timeout | undefined;

  constructor(options: TerminalPlatformOptions) {
    this.#options = options;
    this.conversation = `terminal:${options.session ?? randomUUID().slice(0, 8)}`;
    const runs = createOpenRuns();
    const output = createTerminalOutput(options, () => this.#screen);
    const cards = createShownCards(output, runs);
    const dialog = createOpenDialog(output, cards);
    const { conversation } = this;
    const send = createSendInput({ conversation, handlers: () => this.#handlers, output, runs, logger: options.logger });
    this.#send = send;
    this.#output = output;
    this.#cards = cards;
    this.#dialog = dialog;
    this.#lines = new TypedLines({
      output,
      cards,
      runs,
      dialog,
      send,
      commands: options.commands ?? [],
      newEventKey: () => `${conversation}:${this.#newKey()}`,
      leave: () => this.#leave(),
    });
  }

  start(handlers: ChatHandlers): Promise<void> {
    this.#handlers = handlers;
    this.#screen = createTerminalScreen({
      input: this.#options.input,
      output: this.#options.output,
      isTTY: this.#options.isTTY,
      onLine: (line) => this.#lines.take(line),
      onInterrupt: () => void this.interrupt(),
      onEnd: () => this.#lines.end(),
    });
    if (this.#options.isTTY)
      this.#output.print(this.#output.colours().dim("Say what you want done. help shows what you can type, quit leaves."));
    this.#dialog.showPrompt();
    if (this.#options.isTTY) void this.#showWaiting(handlers); // its own errors are told on the screen
    this.#ticker = setInterval(() => this.#cards.showLive(), 1000).unref();
    return Promise.resolve();
  }

  /** Plans from before: their cards are in another terminal's past, or in another place. */
  async #showWaiting(handlers: ChatHandlers): Promise<void> {
    await this.#send.guarded(async () => {
      const [waiting] = await handlers.onHome("local");
      if (waiting === undefined || waiting.items.length === 0 || this.#left) return;
      await this.post(this.conversation, waiting);
      this.#output.print(this.#output.colours().dim("  Type a key to see the plan and decide. /mine lists them again.\n"));
    });
  }

  stop(): Promise<void> {
    this.#close();
    return Promise.resolve();
  }

  post(conversation: string, card: Card): Promise<MessageReference> {
    const message = this.#newKey();
    this.#cards.post(message, card);
    this.#dialog.see(message, card);
    return Promise.resolve({ conversation, channel: "terminal", message });
  }

  edit({ message }: MessageReference, card: Card): Promise<void> {
    if (this.#cards.edit(message, card)) this.#dialog.see(message, card);
    return Promise.resolve();
  }

  async replyPrivately(conversation: string, _person: string, card: Card): Promise<void> {
    await this.post(conversation, card);
  }

  interrupt(): boolean {
    return this.#lines.interrupt();
  }

  #newKey(): string {
    this.#count += 1;
    return `${this.#start}:${this.#count}`;
  }

  #leave(): void {
    if (this.#left) return;
    this.#close();
    this.#options.onClose?.();
  }

  #close(): void {
    this.#left = true;
    this.#lines.stop();
    clearInterval(this.#ticker);
    this.#screen?.close();
  }
}
