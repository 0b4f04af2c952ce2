import { choiceText, formValue } from "../../form-value.ts";
import { visibleLine, visibleText } from "../../visible-text.ts";
import type { Action, FormField, QuestionCard } from "../cards.ts";
import { defaultText, typeWords } from "./render-question.ts";

/** Lines typed one after the other that make one answer: a form field by field, or the word that confirms. */
export interface Dialog {
  /** The card it belongs to. */
  readonly message: string;
  /** Said before the first question. */
  readonly opening: string;
  question(): DialogQuestion;
  answer(line: string): DialogStep;
}

export interface DialogQuestion {
  readonly prompt: string;
  readonly explanation: string | null;
}

export type DialogStep =
  | { readonly kind: "next" }
  | { readonly kind: "again"; readonly message: string }
  | { readonly kind: "left"; readonly message: string }
  | { readonly kind: "done"; readonly form?: Readonly<Record<string, unknown>>; readonly typed?: string };

/** Asks a form field by field; empty keeps the default. */
export function formDialog(message: string, card: QuestionCard): Dialog {
  const values: Record<string, unknown> = {};
  let index = 0;
  return {
    message,
    opening: "Empty keeps the default in brackets; :q leaves the form.",
    question: () => fieldQuestion(card.fields[index]),
    answer(line) {
      const field = card.fields[index];
      if (field === undefined) return { kind: "done", form: values };
      const result = formValue(field, line);
      if (result.kind === "refused") return { kind: "again", message: visibleLine(result.message) };
      if (result.kind === "value") values[field.name] = result.value;
      else if (field.default !== null && field.default !== undefined) values[field.name] = field.default;
      index += 1;
      return index < card.fields.length ? { kind: "next" } : { kind: "done", form: values };
    },
  };
}

function fieldQuestion(field: FormField | undefined): DialogQuestion {
  if (field === undefined) return { prompt: "› ", explanation: null };
  const standard = defaultText(field.default);
  const hint = field.choices === null ? typeWords[field.type] : field.choices.map((choice) => visibleLine(choiceText(choice))).join(" | ");
  const explanation = [
    field.description === null ? "" : visibleLine(field.description),
    field.choices === null && field.type === "str" ? "" : `(${hint})`,
  ];
  return {
    prompt: `${visibleLine(field.label)}${standard === "" ? "" : ` [${standard}]`} › `,
    explanation: explanation.filter((part) => part !== "").join(" ") || null,
  };
}

/** Asks once more before something is sent: the word where the card names one, else yes. */
export function confirmDialog(message: string, action: Action): Dialog {
  const word = action.confirm?.typed ?? null;
  return {
    message,
    opening: visibleText(action.confirm?.text ?? ""),
    question: () => ({ prompt: word === null ? "Go on? yes or no › " : `Type ${visibleLine(word)} to confirm › `, explanation: null }),
    answer(line) {
      const typed = line.trim();
      if (word === null ? /^(y|yes)$/i.test(typed) : typed === word) return { kind: "done", ...(word === null ? {} : { typed }) };
      return { kind: "left", message: "Not confirmed. Nothing was sent." };
    },
  };
}
