import { z } from "zod";
import { formValue } from "../../form-value.ts";
import type { FormField } from "../cards.ts";
import { readJson } from "./buttons.ts";

/**
 * An input's action_id says what its text means, so that an answer can be checked after a restart too. Slack keeps the view; a person changes
 * only what is typed. What the values may be is checked again where they are used.
 */
export function encodeInput(index: number, field: FormField): string {
  const empty = field.default !== null && field.default !== undefined ? "default" : field.required ? "needed" : "optional";
  return `${index}:${field.type}:${empty}`;
}

const stateSchema = z.record(
  z.string(),
  z.record(
    z.string(),
    z.looseObject({
      value: z.string().nullish(),
      selected_option: z.object({ value: z.string() }).nullish(),
    }),
  ),
);
const inputSchema = z
  .string()
  .regex(/^\d{1,3}:(str|int|float|bool|list|dict|path|raw):(default|needed|optional)$/)
  .transform((text) => {
    const [index, type = "str", empty = "optional"] = text.split(":");
    return { index: Number(index), type, empty };
  });

export type FormAnswer =
  | { readonly kind: "values"; readonly values: Readonly<Record<string, unknown>> }
  /** By the input's block, as Slack shows them. */
  | { readonly kind: "wrong"; readonly errors: Readonly<Record<string, string>> };

/** What was typed and picked, as typed values. A field left empty has no value: its default counts. */
export function readForm(state: unknown, choices: readonly (readonly unknown[] | null)[]): FormAnswer {
  const values: [string, unknown][] = [];
  const errors: Record<string, string> = {};
  for (const [name, inputs] of Object.entries(stateSchema.parse(state))) {
    for (const [actionId, given] of Object.entries(inputs)) {
      const input = inputSchema.safeParse(actionId);
      if (!input.success) continue;
      if (given.selected_option !== null && given.selected_option !== undefined) {
        values.push([name, readJson(given.selected_option.value)]);
        continue;
      }
      const { type, empty, index } = input.data;
      const field = { label: "This", type, required: empty === "needed", default: null, choices: choices[index] ?? null };
      const read = formValue(field, given.value ?? "");
      if (read.kind === "refused") errors[name] = read.message;
      else if (read.kind === "value") values.push([name, read.value]);
    }
  }
  // Names come from playbooks: one called __proto__ is a name like any other.
  return Object.keys(errors).length > 0 ? { kind: "wrong", errors } : { kind: "values", values: Object.fromEntries(values) };
}
