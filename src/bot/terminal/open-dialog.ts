import type { Action, Card } from "../cards.ts";
import { actionsOf } from "./action-keys.ts";
import type { OfferedAction, ShownCards } from "./shown-cards.ts";
import { confirmDialog, formDialog, type Dialog } from "./terminal-dialog.ts";
import type { TerminalOutput } from "./terminal-output.ts";

/** What was answered, ready to be sent. */
export interface DialogAnswer extends OfferedAction {
  readonly form?: Readonly<Record<string, unknown>>;
  readonly typed?: string;
}

/** The one dialog that typed lines answer, while there is one: a form, or the word that confirms. */
export interface OpenDialog {
  isOpen(): boolean;
  /** Undefined: not complete yet, or left. */
  answer(line: string): DialogAnswer | undefined;
  confirm(offered: OfferedAction): void;
  /** Asks the newest form; false when there is none. */
  fillForm(): boolean;
  /** A card came or changed: opens its form, or closes the dialog that it no longer has. */
  see(message: string, card: Card): void;
  leave(): void;
  showPrompt(): void;
}

export function createOpenDialog(output: TerminalOutput, cards: ShownCards): OpenDialog {
  let open: { readonly dialog: Dialog; readonly action: Action } | undefined;

  function showPrompt(): void {
    output.setPrompt(open?.dialog.question().prompt ?? "› ");
  }

  function close(): void {
    open = undefined;
    showPrompt();
  }

  function ask(dialog: Dialog, action: Action): void {
    open = { dialog, action };
    if (dialog.opening !== "") output.print(output.colours().dim(`  ${dialog.opening}`));
    askNext(dialog);
  }

  function askNext(dialog: Dialog): void {
    const question = dialog.question();
    if (question.explanation !== null) output.print(output.colours().dim(`  ${question.explanation}`));
    if (!output.isTTY) output.print(question.prompt.replace(/ › $/, ":"));
    showPrompt();
  }

  function leave(): void {
    const wasForm = open?.action.id === "answer";
    open = undefined;
    output.say("info", wasForm ? "Left the form; f opens it again." : "Not confirmed. Nothing was sent.");
    showPrompt();
  }

  function closeAnswered(message: string, card: Card): void {
    if (open?.dialog.message !== message) return;
    const { id } = open.action;
    if (card.kind === "question" ? card.fields.length === 0 : !actionsOf(card).some((action) => action.id === id)) close();
  }

  /** A question with only a form is asked at once, unless the person is in the middle of something. */
  function openForm(message: string, card: Card): void {
    if (card.kind !== "question" || card.fields.length === 0 || card.choices.length > 0) return;
    if (open !== undefined || output.typed() !== "") return;
    const form = cards.newestForm();
    if (form?.message === message) ask(formDialog(message, card), form.action);
  }

  return {
    isOpen: () => open !== undefined,
    answer(line) {
      if (open === undefined) return undefined;
      const { dialog, action } = open;
      if (line.trim() === ":q") {
        leave();
        return undefined;
      }
      const step = dialog.answer(line);
      if (step.kind === "again") output.say("refusal", step.message);
      if (step.kind === "next" || step.kind === "again") {
        askNext(dialog);
        return undefined;
      }
      close();
      if (step.kind === "left") {
        output.say("info", step.message);
        return undefined;
      }
      return {
        message: dialog.message,
        action,
        ...(step.form === undefined ? {} : { form: step.form }),
        ...(step.typed === undefined ? {} : { typed: step.typed }),
      };
    },
    confirm: ({ message, action }) => ask(confirmDialog(message, action), action),
    fillForm() {
      const form = cards.newestForm();
      if (form !== undefined) ask(formDialog(form.message, form.card), form.action);
      return form !== undefined;
    },
    see(message, card) {
      closeAnswered(message, card);
      openForm(message, card);
    },
    leave,
    showPrompt,
  };
}
