import {
  ComponentType,
  TextInputStyle,
  type APILabelComponent,
  type APIModalInteractionResponseCallbackData,
  type APISelectMenuOption,
} from "discord.js";
import { choiceText, formValue } from "../../form-value.ts";
import type { Form, FormField } from "../cards.ts";
import { encodeAction, fitted, shortHash } from "./buttons.ts";
import { limits } from "./limits.ts";
import { escaped } from "./markup.ts";

/** What a person typed or picked, by the name of the field; only for those that were asked. */
export type TypedValues = Readonly<Record<string, string>>;

/** A modal takes five fields: the needed ones first. The rest is asked again after these, as everything that is missing is. */
export function askedFields(form: Form): readonly FormField[] {
  const needed = (field: FormField): boolean => field.required && (field.default === null || field.default === undefined);
  return [...form.fields.filter(needed), ...form.fields.filter((field) => !needed(field))].slice(0, limits.modalFields);
}

/** Undefined for a form whose action is too long to be carried. `typed`: what stood there before, where something of it was wrong. */
export function modalOf(form: Form, typed: TypedValues = {}): APIModalInteractionResponseCallbackData | undefined {
  const customId = encodeAction(form.action, "form");
  if (customId === undefined) return undefined;
  const fields = askedFields(form);
  const count = fields.length < form.fields.length ? ` (${fields.length} of ${form.fields.length})` : "";
  const text =
    form.text === null || form.text === "" || fields.length === limits.modalFields
      ? []
      : [{ type: ComponentType.TextDisplay as const, content: shortened(escaped(form.text)) }];
  return {
    custom_id: customId,
    title: `${fitted(form.title, limits.modalTitle - count.length)}${count}`,
    components: [...text, ...fields.map((field) => labelOf(field, typed[field.name]))],
  };
}

const mostText = 1_000;
const shortened = (text: string): string => (text.length <= mostText ? text : `${text.slice(0, mostText)} … (the card says all of it)`);

/** The same for a field as long as it is the same field, whatever its name's length. */
export function fieldId(field: FormField): string {
  return `v${shortHash(`${field.name}\n${field.type}\n${JSON.stringify(field.choices)}`, 16)}`;
}

function labelOf(field: FormField, typed: string | undefined): APILabelComponent {
  const options = optionsOf(field, typed);
  const description = hintOf(field, options !== undefined);
  const required = field.required && (field.default === null || field.default === undefined);
  return {
    type: ComponentType.Label,
    label: fitted(field.label, limits.inputLabel),
    ...(description === "" ? {} : { description: fitted(description, limits.inputDescription) }),
    component:
      options === undefined
        ? textInput(field, typed, required)
        : { type: ComponentType.StringSelect, custom_id: fieldId(field), required, options },
  };
}

function textInput(
  field: FormField,
  typed: string | undefined,
  required: boolean,
): Extract<APILabelComponent["component"], { type: ComponentType.TextInput }> {
  const value = typed ?? defaultText(field);
  const several = field.long === true || field.type === "dict" || value.includes("\n");
  return {
    type: ComponentType.TextInput,
    custom_id: fieldId(field),
    style: several ? TextInputStyle.Paragraph : TextInputStyle.Short,
    required,
    max_length: limits.inputText,
    // A default that does not fit counts all the same when the field stays empty.
    ...(value === "" || value.length > limits.inputText ? {} : { value }),
  };
}

function defaultText(field: FormField): string {
  return field.default === null || field.default === undefined ? "" : choiceText(field.default);
}

/** Yes and no, or what may be chosen, where it fits into a select; else it is typed and checked here. */
function optionsOf(field: FormField, typed: string | undefined): APISelectMenuOption[] | undefined {
  const texts =
    field.choices !== null && field.choices.length > 0 ? field.choices.map(choiceText) : field.type === "bool" ? ["yes", "no"] : [];
  if (texts.length === 0 || texts.length > limits.selectOptions || new Set(texts).size < texts.length) return undefined;
  if (texts.some((text) => text.trim() === "" || text.length > limits.optionText)) return undefined;
  const chosen = typed ?? (field.type === "bool" && field.choices === null ? yesNo(field.default) : defaultText(field));
  return texts.map((text) => ({ label: fitted(text, limits.optionText), value: text, ...(text === chosen ? { default: true } : {}) }));
}

function yesNo(value: unknown): string {
  return value === true ? "yes" : value === false ? "no" : "";
}

const typeHints: Readonly<Record<FormField["type"], string>> = {
  str: "",
  raw: "",
  path: "a path",
  int: "a whole number",
  float: "a number",
  bool: "yes or no",
  list: "a, b, c",
  dict: "key: value, one a line",
};

function hintOf(field: FormField, picked: boolean): string {
  const choices =
    picked || field.choices === null || field.choices.length === 0 ? "" : `one of ${field.choices.map(choiceText).join(", ")}`;
  return [field.description ?? "", choices === "" && !picked ? typeHints[field.type] : choices].filter((part) => part !== "").join(" · ");
}

export type ReadForm =
  | { readonly kind: "values"; readonly values: Readonly<Record<string, unknown>> }
  | { readonly kind: "wrong"; readonly problems: readonly string[] };

/** What was typed into the fields that the modal had, checked as everywhere else. */
export function readForm(form: Form, typed: TypedValues): ReadForm {
  const values: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const field of form.fields) {
    const text = typed[field.name];
    if (text === undefined) continue;
    const read = formValue(field, text);
    if (read.kind === "refused") problems.push(read.message);
    if (read.kind === "value") values[field.name] = read.value;
  }
  return problems.length === 0 ? { kind: "values", values } : { kind: "wrong", problems };
}
