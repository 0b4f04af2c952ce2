import { parse as parseYaml } from "yaml";

/** A missing variable as a person is asked for it: the part of a form field that decides what a typed answer means. */
export interface FormValueField {
  readonly label: string;
  readonly type: string;
  readonly required: boolean;
  readonly default: unknown;
  readonly choices: readonly unknown[] | null;
}

export type FormValue =
  | { readonly kind: "value"; readonly value: unknown }
  /** Left empty, and that is allowed: the default counts, or nothing is set. */
  | { readonly kind: "empty" }
  | { readonly kind: "refused"; readonly message: string };

/** What a typed answer means for a field. Text stays text: no templates, no tags, no aliases. */
export function formValue(field: FormValueField, typed: string): FormValue {
  const text = typed.trim();
  if (text === "") {
    const missing = field.required && (field.default === null || field.default === undefined);
    return missing ? refused(`${field.label} is needed.`) : { kind: "empty" };
  }
  if (field.choices !== null && field.choices.length > 0) return chosen(field, field.choices, text);
  switch (field.type) {
    case "int":
      return /^[+-]?\d{1,15}$/.test(text) ? value(Number(text)) : refused(`${field.label} is a whole number.`);
    case "float":
      return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) && Number.isFinite(Number(text))
        ? value(Number(text))
        : refused(`${field.label} is a number.`);
    case "bool":
      return yesOrNo(field, text);
    case "list":
      return list(field, text);
    case "dict":
      return dictionary(field, text);
    default:
      return value(text);
  }
}

function value(found: unknown): FormValue {
  return { kind: "value", value: found };
}

function refused(message: string): FormValue {
  return { kind: "refused", message };
}

function chosen(field: FormValueField, choices: readonly unknown[], text: string): FormValue {
  const match =
    choices.find((choice) => choiceText(choice) === text) ??
    choices.find((choice) => choiceText(choice).toLowerCase() === text.toLowerCase());
  return match === undefined ? refused(`${field.label} is one of ${choices.map(choiceText).join(", ")}.`) : value(match);
}

/** How a choice or default is written where a person can type it again. */
export function choiceText(choice: unknown): string {
  if (Array.isArray(choice) && choice.every((item) => typeof item === "string" && !item.includes(","))) return choice.join(", ");
  return typeof choice === "string" ? choice : (JSON.stringify(choice) ?? "");
}

function yesOrNo(field: FormValueField, text: string): FormValue {
  if (/^(yes|y|true|on|1)$/i.test(text)) return value(true);
  if (/^(no|n|false|off|0)$/i.test(text)) return value(false);
  return refused(`${field.label} is yes or no.`);
}

/** `a, b`, one a line, or YAML. */
function list(field: FormValueField, text: string): FormValue {
  if (/^(\[|- )/.test(text)) {
    const parsed = yaml(text);
    return Array.isArray(parsed) ? value(parsed) : refused(`${field.label} is a list: a, b, c`);
  }
  return value(text.split(/[\n,]/).map((item) => item.trim()).filter((item) => item !== "")); // prettier-ignore
}

function dictionary(field: FormValueField, text: string): FormValue {
  const parsed = yaml(text);
  return typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)
    ? value(parsed)
    : refused(`${field.label} is written as key: value, one a line.`);
}

function yaml(text: string): unknown {
  try {
    return parseYaml(text, { schema: "core", maxAliasCount: 0, logLevel: "error" });
  } catch {
    return undefined;
  }
}
