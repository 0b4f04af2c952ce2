import { randomUUID } from "node:crypto";
import type { Readable, Writable } from "node:stream";
import { isDeepStrictEqual } from "node:util";
import { AppError, isAppError, messageOf } from "../../errors.ts";
import type { Logger } from "../../logger.ts";
import { visibleLine } from "../../visible-text.ts";
import type { Action, Card, PlanCard, ProgressCard } from "../cards.ts";
import type { ChatHandlers, ChatPlatform, IncomingAction, MessageReference } from "../chat-platform.ts";
import { actionKeys, actionOf, actionsOf, numberedChoices, soundsLikeAction } from "./action-keys.ts";
import { createOpenRuns } from "./open-runs.ts";
import { progressChanges, progressLine, runName } from "./progress-line.ts";
import { renderCard, renderSuggestions, stateWords } from "./render-card.ts";
import { confirmDialog, formDialog, type Dialog } from "./terminal-dialog.ts";
import { createTerminalScreen, type TerminalScreen } from "./terminal-screen.ts";
import { textStyle } from "./text-layout.ts";

export interface TerminalPlatformOptions {
  readonly input: Readable;
  readonly output: Writable;
  readonly isTTY: boolean;
  /** A function where the window can be resized. */
  readonly columns: number | (() => number);
  readonly colour: boolean;
  /** Default: a new one, so that each terminal is a conversation of its own. */
  readonly session?: string;
  /** Words that are answered here, e.g. `link`; the answer is printed. */
  readonly commands?: readonly TerminalCommand[];
  /** The person leaves: `quit`, Ctrl-C with nothing running, or the end of the input after its work. Called once. */
  readonly onClose?: () => void;
  readonly logger?: Logger;
  readonly now?: () => Date;
  readonly timeZone?: string;
}

export interface TerminalCommand {
  readonly name: string;
  readonly help: string;
  run(): Promise<string>;
}

export interface TerminalPlatform extends ChatPlatform {
  readonly conversation: string;
  /** Ctrl-C. On a TTY the platform hears it itself; without one pass the process's SIGINT on. True: a run is being cancelled. */
  interrupt(): boolean;
}

/** Chat in a terminal or through a pipe: a line is a message, a key or word is the action of the newest card that still has it. */
export function createTerminalPlatform(options: TerminalPlatformOptions): TerminalPlatform {
  return new Terminal(options);
}

/** Two Ctrl-C within this time are one: people press it twice. */
const sameInterruptMs = 1000;

class Terminal implements TerminalPlatform {
  readonly name = "terminal";
  readonly conversation: string;
  readonly #options: TerminalPlatformOptions;
  readonly #start = randomUUID().slice(0, 8);
  readonly #cards = new Map<string, Card>();
  readonly #runs = createOpenRuns();
  readonly #cancelled = new Set<string>();
  readonly #lines: string[] = [];
  #screen: TerminalScreen | undefined;
  #handlers: ChatHandlers | undefined;
  #dialog: Dialog | undefined;
  #dialogAction: Action | undefined;
  #working = false;
  #ended = false;
  #left = false;
  #count = 0;
  #lastInterrupt = Number.NEGATIVE_INFINITY;
  #ticker: NodeJS.Timeout | undefined;

  constructor(options: TerminalPlatformOptions) {
    this.#options = options;
    this.conversation = `terminal:${options.session ?? randomUUID().slice(0, 8)}`;
  }

  start(handlers: ChatHandlers): Promise<void> {
    this.#handlers = handlers;
    this.#screen = createTerminalScreen({
      input: this.#options.input,
      output: this.#options.output,
      isTTY: this.#options.isTTY,
      onLine: (line) => this.#onLine(line),
      onInterrupt: () => void this.interrupt(),
      onEnd: () => {
        this.#ended = true;
        void this.#work(); // its own errors are told on the screen
      },
    });
    if (this.#options.isTTY) this.#print(this.#colours.dim("Say what you want done. help shows what you can type, quit leaves."));
    this.#showPrompt();
    this.#ticker = setInterval(() => this.#showLive(), 1000).unref();
    return Promise.resolve();
  }

  stop(): Promise<void> {
    this.#left = true;
    clearInterval(this.#ticker);
    this.#screen?.close();
    return Promise.resolve();
  }

  // --- what is shown

  post(conversation: string, card: Card): Promise<MessageReference> {
    this.#count += 1;
    // Unique over restarts: the bot still edits what an earlier process showed in a conversation of the same name.
    const message = `${this.#start}:${this.#count}`;
    this.#cards.set(message, card);
    this.#runs.see(card);
    if (card.kind === "progress") this.#showProgress(undefined, card);
    else this.#print(`\n${this.#rendered(card)}\n`);
    this.#showLive();
    this.#openForm(message, card);
    return Promise.resolve({ conversation, channel: "terminal", message });
  }

  edit(reference: MessageReference, card: Card): Promise<void> {
    const before = this.#cards.get(reference.message);
    if (isDeepStrictEqual(before, card)) return Promise.resolve();
    this.#cards.set(reference.message, card);
    this.#runs.see(card);
    this.#closeForm(reference.message, card);
    if (card.kind === "progress") this.#showProgress(before?.kind === "progress" ? before : undefined, card);
    else this.#showChange(before, card);
    this.#showLive();
    this.#openForm(reference.message, card);
    return Promise.resolve();
  }

  async replyPrivately(conversation: string, _person: string, card: Card): Promise<void> {
    await this.post(conversation, card);
  }

  /** What was printed cannot be changed: only what is new is said. */
  #showChange(before: Card | undefined, card: Card): void {
    if (
      before?.kind === "plan" &&
      card.kind === "plan" &&
      isDeepStrictEqual(decisive(before), decisive(card)) &&
      isDeepStrictEqual(before.preview, card.preview)
    ) {
      if (before.state !== card.state || before.stateText !== card.stateText) this.#print(`${this.#planChange(card)}\n`);
      return;
    }
    if (before?.kind === "result" && card.kind === "result") {
      const withoutSuggestions = (result: typeof card): unknown => ({
        ...result,
        actions: [],
        steps: result.steps.map((step) => ({ ...step, suggestions: [], suggestionsTotal: 0 })),
      });
      if (isDeepStrictEqual(withoutSuggestions(before), withoutSuggestions(card))) {
        const text = renderSuggestions(card, this.#renderOptions());
        if (text !== "") this.#print(`${text}\n`);
        return;
      }
    }
    if (before?.kind === "question" && card.kind === "question" && card.actions.length + card.fields.length + card.choices.length === 0)
      return;
    this.#print(`\n${this.#rendered(card)}\n`);
  }

  #planChange(card: PlanCard): string {
    const mark = card.state === "approved" ? this.#colours.green("✓") : this.#colours.yellow("!");
    const state = stateWords(card.state);
    const why = card.stateText === null ? "" : visibleLine(card.stateText);
    const text = why.startsWith(state) ? `Plan ${why}` : [`Plan ${state}`, ...(why === "" ? [] : [why])].join(" · ");
    const keys = actionKeys(card.actions).map(({ key, action }) => `[${key}] ${visibleLine(action.label)}`);
    return [`${mark} ${text}`, ...(keys.length > 0 && card.state !== "approved" ? [`  ${keys.join("   ")}`] : [])].join("\n");
  }

  #showProgress(before: ProgressCard | undefined, card: ProgressCard): void {
    if (this.#options.isTTY) {
      if (before === undefined) this.#print(this.#colours.dim(`${runName(card)} · c or Ctrl-C cancels it`));
      return;
    }
    for (const line of progressChanges(before, card, this.#renderOptions())) this.#print(line);
  }

  #showLive(): void {
    if (!this.#options.isTTY) return;
    this.#screen?.setLive(this.#runs.running().map((run) => progressLine(run, this.#renderOptions())));
  }

  #print(text: string): void {
    this.#screen?.print(text);
  }

  #say(tone: "info" | "refusal" | "error", text: string, help: string | null = null): void {
    this.#print(this.#rendered({ kind: "notice", tone, text, help }));
  }

  #rendered(card: Card): string {
    return renderCard(card, this.#renderOptions());
  }

  #renderOptions(): { colour: boolean; columns: number; now: Date; timeZone?: string } {
    const { colour, columns, now, timeZone } = this.#options;
    return {
      colour,
      columns: typeof columns === "function" ? columns() : columns,
      now: now?.() ?? new Date(),
      ...(timeZone === undefined ? {} : { timeZone }),
    };
  }

  get #colours(): ReturnType<typeof textStyle>["colours"] {
    return textStyle(this.#renderOptions()).colours;
  }

  // --- what is typed

  #onLine(line: string): void {
    // A cancel must not wait behind the work it is to stop.
    if (this.#dialog === undefined && this.#runs.running().length > 0 && this.#cancelLine(line)) return;
    this.#lines.push(line);
    void this.#work(); // its own errors are told on the screen
  }

  #cancelLine(line: string): boolean {
    const found = this.#newestWith(line);
    if (found?.action.id !== "cancel") return false;
    this.#echo(line);
    void this.#send(found.message, found.action); // its own errors are told on the screen
    return true;
  }

  /** One line after the other; in a pipe also one piece of work after the other. */
  async #work(): Promise<void> {
    if (this.#working) return;
    this.#working = true;
    for (let line = this.#lines.shift(); line !== undefined && !this.#left; line = this.#lines.shift()) {
      await this.#handle(line);
      if (!this.#options.isTTY) await this.#runs.atRest();
    }
    this.#working = false;
    if (this.#ended) await this.#end();
  }

  async #end(): Promise<void> {
    if (this.#options.isTTY) return this.#leave();
    await this.#runs.atRest();
    this.#leave();
  }

  /** A transcript without what was asked cannot be read. */
  #echo(line: string): void {
    if (!this.#options.isTTY) this.#print(`› ${visibleLine(line)}`);
  }

  async #handle(line: string): Promise<void> {
    this.#echo(line);
    if (this.#dialog !== undefined) return this.#answer(this.#dialog, line);
    const text = line.trim();
    if (text === "") return this.#showPrompt();
    if (/^(quit|exit|:q)$/i.test(text)) return this.#leave();
    if (/^(help|\?)$/i.test(text)) return this.#print(this.#help());
    const command = this.#options.commands?.find(({ name }) => name === text.toLowerCase());
    if (command !== undefined) {
      await this.#guarded(async () => this.#print(await command.run()));
    } else if (!(await this.#act(text))) {
      await this.#message(line);
    }
  }

  async #act(text: string): Promise<boolean> {
    const form = this.#newestForm();
    if (form !== undefined && /^(f|fill|fill in|answer)$/i.test(text)) {
      this.#ask(formDialog(form.message, form.card), form.action);
      return true;
    }
    const found = this.#newestWith(text);
    if (found !== undefined) {
      if (found.action.confirm === undefined) await this.#send(found.message, found.action);
      else this.#ask(confirmDialog(found.message, found.action), found.action);
      return true;
    }
    if (!soundsLikeAction(text)) return false;
    this.#say("refusal", `Nothing here waits for “${visibleLine(text)}”.`, "Say what you want done, or type help.");
    return true;
  }

  async #message(text: string): Promise<void> {
    this.#count += 1;
    const eventKey = `${this.conversation}:${this.#start}:${this.#count}`;
    await this.#guarded(async () => this.#handlers?.onMessage({ conversation: this.conversation, eventKey, person: "local", text }));
  }

  async #send(message: string, action: Action, more: { form?: Readonly<Record<string, unknown>>; typed?: string } = {}): Promise<void> {
    const starts = action.id === "approve" || action.id === "preview";
    if (starts) this.#runs.expect();
    if (action.id === "cancel") this.#sayCancel(message);
    const incoming: IncomingAction = {
      conversation: this.conversation,
      person: "local",
      id: action.id,
      target: action.target,
      ...(action.value === undefined ? {} : { value: action.value }),
      ...more,
    };
    const done = await this.#guarded(async () => this.#handlers?.onAction(incoming));
    if (!done && starts) this.#runs.expectNothing();
  }

  #sayCancel(message: string): void {
    const card = this.#cards.get(message);
    if (card?.kind !== "progress") return;
    this.#cancelled.add(card.runId);
    this.#say("info", `Cancelling ${runName(card).toLowerCase()} …`);
  }

  /** Tells what went wrong instead of ending the chat. */
  async #guarded(work: () => Promise<unknown>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      if (isAppError(error)) {
        this.#say("error", error.message, error.help ?? null);
      } else {
        const id = randomUUID().slice(0, 8);
        this.#options.logger?.error({ error, errorId: id }, "terminal input failed");
        this.#say(
          "error",
          `Something unexpected went wrong: ${messageOf(error)}`,
          this.#options.logger === undefined ? null : `The log has the details under ${id}.`,
        );
      }
      return false;
    }
  }

  // --- cards that wait for an answer

  #newestWith(line: string): { readonly message: string; readonly action: Action } | undefined {
    for (const [message, card] of [...this.#cards].reverse()) {
      const action = actionOf(card, line);
      if (action !== undefined && !(action.id === "answer" && card.kind === "question" && card.fields.length > 0))
        return { message, action };
      const choice = numberedChoices(card).find(({ number }) => String(number) === line.trim());
      if (choice !== undefined && card.kind === "question") {
        return { message, action: { id: "choose", label: "Choose", style: "plain", target: card.planVersionId, value: choice.value } };
      }
    }
    return undefined;
  }

  #newestForm(): { readonly message: string; readonly card: Extract<Card, { kind: "question" }>; readonly action: Action } | undefined {
    for (const [message, card] of [...this.#cards].reverse()) {
      if (card.kind !== "question" || card.fields.length === 0) continue;
      const action = card.actions.find(({ id }) => id === "answer") ?? {
        id: "answer",
        label: "Continue",
        style: "primary",
        target: card.planVersionId,
      };
      return { message, card, action };
    }
    return undefined;
  }

  /** A question with only a form is asked at once, unless the person is in the middle of something. */
  #openForm(message: string, card: Card): void {
    if (card.kind !== "question" || card.fields.length === 0 || card.choices.length > 0) return;
    if (this.#dialog !== undefined || (this.#screen?.typed() ?? "") !== "") return;
    const form = this.#newestForm();
    if (form?.message === message) this.#ask(formDialog(message, card), form.action);
  }

  #closeForm(message: string, card: Card): void {
    if (this.#dialog?.message !== message) return;
    if (card.kind === "question" ? card.fields.length > 0 : actionsOf(card).some(({ id }) => id === this.#dialogAction?.id)) return;
    this.#dialog = undefined;
    this.#showPrompt();
  }

  #ask(dialog: Dialog, action: Action): void {
    this.#dialog = dialog;
    this.#dialogAction = action;
    if (dialog.opening !== "") this.#print(this.#colours.dim(`  ${dialog.opening}`));
    this.#askNext();
  }

  #askNext(): void {
    const question = this.#dialog?.question();
    if (question === undefined) return;
    if (question.explanation !== null) this.#print(this.#colours.dim(`  ${question.explanation}`));
    if (!this.#options.isTTY) this.#print(question.prompt.replace(/ › $/, ":"));
    this.#showPrompt();
  }

  async #answer(dialog: Dialog, line: string): Promise<void> {
    if (line.trim() === ":q") return this.#leaveDialog();
    const step = dialog.answer(line);
    if (step.kind === "next") return this.#askNext();
    if (step.kind === "again") {
      this.#say("refusal", step.message);
      return this.#askNext();
    }
    const action = this.#dialogAction;
    this.#dialog = undefined;
    this.#showPrompt();
    if (step.kind === "left") return this.#say("info", step.message);
    if (action === undefined) throw new AppError("terminal-dialog-lost", "an answer without a question");
    await this.#send(dialog.message, action, {
      ...(step.form === undefined ? {} : { form: step.form }),
      ...(step.typed === undefined ? {} : { typed: step.typed }),
    });
  }

  #leaveDialog(): void {
    const wasForm = this.#dialogAction?.id === "answer";
    this.#dialog = undefined;
    this.#say("info", wasForm ? "Left the form; f opens it again." : "Not confirmed. Nothing was sent.");
    this.#showPrompt();
  }

  #showPrompt(): void {
    const prompt = this.#dialog?.question().prompt ?? "› ";
    this.#screen?.setPrompt(this.#colours.magenta(prompt));
  }

  // --- leaving

  interrupt(): boolean {
    const at = performance.now();
    const same = at - this.#lastInterrupt < sameInterruptMs;
    this.#lastInterrupt = at;
    if (same || this.#left) return false;
    if (this.#dialog !== undefined) {
      this.#screen?.clearTyped();
      this.#leaveDialog();
      return false;
    }
    const running = this.#runs.running();
    const run = running.toReversed().find(({ runId, actions }) => !this.#cancelled.has(runId) && actions.some(({ id }) => id === "cancel"));
    if (run !== undefined) {
      const message = [...this.#cards].findLast(([, card]) => card.kind === "progress" && card.runId === run.runId)?.[0] ?? "";
      const action = run.actions.find(({ id }) => id === "cancel");
      if (action !== undefined) void this.#send(message, action); // its own errors are told on the screen
      if (!this.#options.isTTY) {
        // Nobody can type on: what was still to come is dropped, and the chat ends with the run.
        this.#lines.length = 0;
        this.#ended = true;
        void this.#work(); // its own errors are told on the screen
      }
      return true;
    }
    if ((this.#screen?.typed() ?? "") !== "") {
      this.#screen?.clearTyped();
      return false;
    }
    for (const still of running) this.#say("info", `${runName(still)} is still stopping; chiffon runs shows how it ends.`);
    this.#leave();
    return false;
  }

  #leave(): void {
    if (this.#left) return;
    this.#left = true;
    clearInterval(this.#ticker);
    this.#screen?.close();
    this.#options.onClose?.();
  }

  #help(): string {
    const rows = [
      ["a sentence", "what you want done: deploy uptime kuma on homelab"],
      ["a letter or its word", "presses that button of the newest card: a, approve, yes"],
      ["a number", "picks a playbook where a card asks"],
      ["c or Ctrl-C", "cancels the run that is shown; with nothing running Ctrl-C leaves"],
      ...(this.#options.commands ?? []).map(({ name, help }) => [name, help]),
      ["quit", "leaves"],
    ];
    const width = Math.max(...rows.map(([name = ""]) => name.length));
    return rows.map(([name = "", help = ""]) => `  ${this.#colours.bold(name.padEnd(width))}  ${help}`).join("\n");
  }
}

/** What a person decides on. How long it may take is learned with every run and is no news. */
function decisive(card: PlanCard): unknown {
  return { preview: card.preview, version: card.version, steps: card.steps.map((step) => ({ ...step, expectedSeconds: null })) };
}
