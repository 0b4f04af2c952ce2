import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { ModelPrompt } from "./language-model.ts";

const folder = join(import.meta.dirname, "..", "..", "..", "prompts");
const files = new Map<string, string>();
/** One a process: nobody who writes a request knows it, and the beginning of a prompt stays the same, which the model's server remembers. */
const boundary = `DATA-${randomBytes(6).toString("hex")}`;

/** A prompt of `prompts/` with its inputs; each is given as data (`quoted`). */
export function renderPrompt(file: string, inputs: Readonly<Record<string, string>>): Pick<ModelPrompt, "system" | "user"> {
  const all = { ...inputs, boundary };
  return { system: fill(section(file, "# System"), all), user: fill(section(file, "# User"), all) };
}

/** The same prompt with what was wrong; the refused reply itself is not repeated to the model. */
export function repairPrompt(prompt: ModelPrompt, problem: string): ModelPrompt {
  return { ...prompt, user: `${prompt.user}\n\n${fill(section("repair-reply.md", "# User"), { problem: quoted(problem) })}` };
}

/** JSON in which nothing can end the lines that mark where data is, whatever the text holds. */
export const quoted = (value: unknown): string =>
  JSON.stringify(value).replaceAll(/[\u2028\u2029<>]/g, (letter) => `\\u${letter.codePointAt(0)?.toString(16).padStart(4, "0") ?? ""}`);

export const jsonSchemaOf = (schema: z.ZodType): Record<string, unknown> => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema) as Record<string, unknown>;
  return rest;
};

/** In one pass: what an input holds is never taken for another placeholder. */
const fill = (template: string, inputs: Readonly<Record<string, string>>): string =>
  template.replaceAll(/\{\{(\w+)\}\}/g, (whole, name: string) => inputs[name] ?? whole);

function section(file: string, heading: string): string {
  const text = files.get(file) ?? readFileSync(join(folder, file), "utf8");
  files.set(file, text);
  const [, after = ""] = text.split(`\n${heading}\n`);
  return (after.split(/\n# \w+\n/)[0] ?? "").trim();
}
