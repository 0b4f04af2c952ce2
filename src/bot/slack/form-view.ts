import type { types } from "@slack/bolt";
import { choiceText } from "../../form-value.ts";
import { visibleText } from "../../visible-text.ts";
import type { Form, FormField } from "../cards.ts";
import { encodeAnswerTo, type AnswerTo } from "./answer-to.ts";
import { fitting, plain } from "./buttons.ts";
import { encodeInput } from "./form-input.ts";
import { limits } from "./limits.ts";
import { paragraph, rich, text, type Block } from "./rich-text.ts";

export const formCallback = "chiffon_form";

/** A form as a modal. Undefined where Slack's modals are too small for it: the web page takes those. */
export function formView(form: Form, answerTo: AnswerTo): types.ModalView | undefined {
  const metadata = encodeAnswerTo(answerTo, form.fields.map(unlistedChoices));
  const blocks = [...(form.text === null ? [] : textBlocks(form.text)), ...form.fields.map(fieldBlock)];
  const names = form.fields.every(
    (field, index) => encodeInput(index, field).length <= limits.actionId && field.name.length <= limits.blockId,
  );
  if (metadata === undefined || blocks.length > limits.viewBlocks || blocks.length === 0 || !names) return undefined;
  return {
    type: "modal",
    callback_id: formCallback,
    private_metadata: metadata,
    title: plain(form.title, limits.viewTitle),
    submit: plain(form.submit, limits.viewButton),
    close: plain("Not now", limits.viewButton),
    blocks,
  };
}

/** A view of words: while the form is made, or instead of it. */
export function wordsView(title: string, blocks: Block[]): types.ModalView {
  return {
    type: "modal",
    callback_id: "chiffon_words",
    title: plain(title, limits.viewTitle),
    close: plain("Close", limits.viewButton),
    blocks,
  };
}

/** The limit on a modal's words is not documented; these many pass. */
const formText = 6_000;

function textBlocks(words: string): Block[] {
  return rich(paragraph(text(fitting(visibleText(words), formText, " … (the card says the rest)"))));
}

function fieldBlock(field: FormField, index: number): Block {
  const hint = hintOf(field);
  return {
    type: "input",
    block_id: field.name,
    optional: !field.required || hasDefault(field),
    label: plain(field.label, limits.inputLabel),
    ...(hint === "" ? {} : { hint: plain(hint, limits.inputHint) }),
    element: elementOf(field, index),
  };
}

function elementOf(field: FormField, index: number): types.InputBlock["element"] {
  const actionId = encodeInput(index, field);
  const choices = listedChoices(field);
  if (choices !== undefined) {
    const options: types.PlainTextOption[] = choices.map(({ label, value }) => ({ text: plain(label, limits.optionText), value }));
    const initial = options.find((_, option) => sameChoice(choices[option]?.choice, field.default));
    const chosen = initial === undefined ? {} : { initial_option: initial };
    if (field.type === "bool" && options.length <= limits.radioOptions)
      return { type: "radio_buttons", action_id: actionId, options, ...chosen };
    return { type: "static_select", action_id: actionId, options, placeholder: plain("Pick one", limits.placeholder), ...chosen };
  }
  const initial = hasDefault(field) ? choiceText(field.default) : "";
  return {
    type: "plain_text_input",
    action_id: actionId,
    multiline: isLong(field),
    max_length: limits.inputText,
    ...(initial === "" || initial.length > limits.inputText ? {} : { initial_value: initial }),
  };
}

function isLong(field: FormField): boolean {
  return field.long === true || field.type === "list" || field.type === "dict";
}

const typeHints: Readonly<Record<FormField["type"], string>> = {
  str: "",
  path: "a path",
  raw: "",
  int: "a whole number",
  float: "a number",
  bool: "",
  list: "a, b, c, or one a line",
  dict: "key: value, one a line",
};

function hintOf(field: FormField): string {
  const tooLong = hasDefault(field) && choiceText(field.default).length > limits.inputText;
  const choices = listedChoices(field) === undefined && field.choices !== null ? `one of ${field.choices.map(choiceText).join(", ")}` : "";
  return [
    field.description ?? "",
    field.choices === null ? typeHints[field.type] : choices,
    tooLong ? "its present value is too long to show here; leave this empty to keep it" : "",
  ]
    .filter((part) => part !== "")
    .join(" · ");
}

interface ListedChoice {
  readonly choice: unknown;
  readonly label: string;
  readonly value: string;
}

/** Choices that a menu can show, each with its value as JSON; undefined where one is too long or there are too many. */
function listedChoices(field: FormField): readonly ListedChoice[] | undefined {
  const choices = field.choices ?? (field.type === "bool" ? [true, false] : null);
  if (choices === null || choices.length === 0 || choices.length > limits.selectOptions) return undefined;
  const listed = choices.map((choice) => ({ choice, label: labelOf(choice), value: JSON.stringify(choice) ?? "null" }));
  const fits = listed.every(({ label, value }) => label.length <= limits.optionText && value.length <= limits.optionValue);
  return fits && new Set(listed.map(({ value }) => value)).size === listed.length ? listed : undefined;
}

function labelOf(choice: unknown): string {
  if (typeof choice === "boolean") return choice ? "yes" : "no";
  return choiceText(choice) === "" ? "(empty)" : choiceText(choice);
}

/** What has to be checked against when the answer comes, because no menu did. */
function unlistedChoices(field: FormField): readonly unknown[] | null {
  return listedChoices(field) === undefined ? field.choices : null;
}

function hasDefault(field: FormField): boolean {
  return field.default !== null && field.default !== undefined;
}

function sameChoice(one: unknown, other: unknown): boolean {
  return other !== null && other !== undefined && JSON.stringify(one) === JSON.stringify(other);
}
