import { visibleLine } from "../../visible-text.ts";
import { soundsLikeAction } from "./action-keys.ts";
import type { DialogAnswer, OpenDialog } from "./open-dialog.ts";
import type { OpenRuns } from "./open-runs.ts";
import { runName } from "./progress-line.ts";
import type { SendInput } from "./send-input.ts";
import type { ShownCards } from "./shown-cards.ts";
import { helpText, type TerminalCommand } from "./terminal-help.ts";
import type { TerminalOutput } from "./terminal-output.ts";
import { textStyle } from "./text-layout.ts";

export interface TypedLinesDeps {
  readonly output: TerminalOutput;
  readonly cards: ShownCards;
  readonly runs: OpenRuns;
  readonly dialog: OpenDialog;
  readonly send: SendInput;
  readonly commands: readonly TerminalCommand[];
  /** The same for no two messages. */
  readonly newEventKey: () => string;
  readonly leave: () => void;
}

/** Two Ctrl-C within this time are one: people press it twice. */
const sameInterruptMs = 1000;

/** What is typed: one line after the other; in a pipe also one piece of work after the other. */
export class TypedLines {
  readonly #deps: TypedLinesDeps;
  readonly #waiting: string[] = [];
  readonly #cancelled = new Set<string>();
  #working = false;
  #ended = false;
  #stopped = false;
  #lastInterrupt = Number.NEGATIVE_INFINITY;

  constructor(deps: TypedLinesDeps) {
    this.#deps = deps;
  }

  take(line: string): void {
    // A cancel must not wait behind the work it is to stop.
    if (!this.#deps.dialog.isOpen() && this.#deps.runs.running().length > 0 && this.#cancelLine(line)) return;
    this.#waiting.push(line);
    void this.#work(); // its own errors are told on the screen
  }

  /** No more lines come: leaves when those that came are done. */
  end(): void {
    this.#ended = true;
    void this.#work(); // its own errors are told on the screen
  }

  /** Lines that still wait are not looked at any more. */
  stop(): void {
    this.#stopped = true;
  }

  /** Ctrl-C. True: a run is being cancelled. */
  interrupt(): boolean {
    const { output, cards, runs, dialog } = this.#deps;
    const at = performance.now();
    const same = at - this.#lastInterrupt < sameInterruptMs;
    this.#lastInterrupt = at;
    if (same || this.#stopped) return false;
    if (dialog.isOpen()) {
      output.clearTyped();
      dialog.leave();
      return false;
    }
    const running = runs.running();
    const run = running.toReversed().find(({ runId, actions }) => !this.#cancelled.has(runId) && actions.some(({ id }) => id === "cancel"));
    if (run !== undefined) {
      const cancel = cards.cancelOf(run);
      if (cancel !== undefined) void this.#send(cancel); // its own errors are told on the screen
      if (!output.isTTY) {
        // Nobody can type on: what was still to come is dropped, and the chat ends with the run.
        this.#waiting.length = 0;
        this.end();
      }
      return true;
    }
    if (output.typed() !== "") {
      output.clearTyped();
      return false;
    }
    for (const still of running) output.say("info", `${runName(still)} is still stopping; chiffon runs shows how it ends.`);
    this.#deps.leave();
    return false;
  }

  #cancelLine(line: string): boolean {
    const found = this.#deps.cards.offered(line);
    if (found?.action.id !== "cancel") return false;
    this.#echo(line);
    void this.#send(found); // its own errors are told on the screen
    return true;
  }

  async #work(): Promise<void> {
    const { output, runs } = this.#deps;
    if (this.#working) return;
    this.#working = true;
    for (let line = this.#waiting.shift(); line !== undefined && !this.#stopped; line = this.#waiting.shift()) {
      await this.#handle(line);
      if (!output.isTTY) await runs.atRest();
    }
    this.#working = false;
    if (!this.#ended) return;
    if (!output.isTTY) await runs.atRest();
    this.#deps.leave();
  }

  /** A transcript without what was asked cannot be read. */
  #echo(line: string): void {
    if (!this.#deps.output.isTTY) this.#deps.output.print(`› ${visibleLine(line)}`);
  }

  async #handle(line: string): Promise<void> {
    const { output, dialog, send, commands } = this.#deps;
    this.#echo(line);
    if (dialog.isOpen()) {
      const answer = dialog.answer(line);
      return answer === undefined ? undefined : this.#send(answer);
    }
    const text = line.trim();
    if (text === "") return dialog.showPrompt();
    if (/^(quit|exit|:q)$/i.test(text)) return this.#deps.leave();
    if (/^(help|\?)$/i.test(text)) return output.print(helpText(commands, textStyle(output.style())));
    const command = commands.find(({ name }) => name === text.toLowerCase());
    if (command !== undefined) await send.guarded(async () => output.print(await command.run()));
    else if (!(await this.#act(text))) await send.message(line, this.#deps.newEventKey());
  }

  /** False: the line is meant for no card. */
  async #act(text: string): Promise<boolean> {
    const { output, cards, dialog } = this.#deps;
    if (/^(f|fill|fill in|answer)$/i.test(text) && dialog.fillForm()) return true;
    const offered = cards.offered(text);
    if (offered !== undefined) {
      if (offered.action.confirm === undefined) await this.#send(offered);
      else dialog.confirm(offered);
      return true;
    }
    if (!soundsLikeAction(text)) return false;
    output.say("refusal", `Nothing here waits for “${visibleLine(text)}”.`, "Say what you want done, or type help.");
    return true;
  }

  async #send(answer: DialogAnswer): Promise<void> {
    const card = this.#deps.cards.get(answer.message);
    if (answer.action.id === "cancel" && card?.kind === "progress") {
      this.#cancelled.add(card.runId);
      this.#deps.output.say("info", `Cancelling ${runName(card).toLowerCase()} …`);
    }
    await this.#deps.send.action(answer);
  }
}
