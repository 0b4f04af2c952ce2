import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { InventoryNames } from "../mapping/inventory-names.ts";
import type { Playbook } from "../mapping/playbook.ts";
import { AppError } from "../errors.ts";
import { mostTokens, replyTokens, type ModelPrompt } from "./language-model.ts";
import { replySchema } from "./model-reply.ts";

export interface PromptInput {
  readonly text: string;
  /** What the same person said before in the conversation, oldest first. */
  readonly earlier: readonly string[];
  /** Best first: the last ones are left out where the context is too small. */
  readonly playbooks: readonly Playbook[];
  readonly inventory: InventoryNames;
}

export interface PlanPrompt {
  readonly prompt: ModelPrompt;
  readonly schema: ReturnType<typeof replySchema>;
}

const folder = join(import.meta.dirname, "..", "..", "prompts");
const files = new Map<string, string>();
/** One a process: nobody who writes a request knows it, and the beginning of a prompt stays the same, which the model's server remembers. */
const boundary = `DATA-${randomBytes(6).toString("hex")}`;

/** Throws `model-context-overflow` where not even the request fits. */
export function planPrompt(input: PromptInput, contextTokens: number): PlanPrompt {
  for (let count = input.playbooks.length, earlier = input.earlier.slice(-6); ;) {
    const playbooks = input.playbooks.slice(0, count);
    const schema = replySchema(playbooks, input.inventory);
    const prompt = { ...render({ ...input, playbooks, earlier }), schema: jsonSchema(schema) };
    if (mostTokens(prompt.system + prompt.user) + replyTokens <= contextTokens) return { prompt, schema };
    if (earlier.length > 0) earlier = earlier.slice(1);
    else if (count > 5) count = Math.floor(count * 0.75);
    else throw new AppError("model-context-overflow", `the request needs more than the ${contextTokens} tokens that the model has`);
  }
}

/** The same prompt with what was wrong; the refused reply itself is not repeated to the model. */
export function repairPrompt(prompt: ModelPrompt, problem: string): ModelPrompt {
  return { ...prompt, user: `${prompt.user}\n\n${fill(section("repair-reply.md", "# User"), { problem: data(problem) })}` };
}

function render({ text, earlier, playbooks, inventory }: PromptInput): Pick<ModelPrompt, "system" | "user"> {
  const inputs = {
    playbooks: data(playbooks.map(describe)),
    hosts: data(inventory.hosts),
    groups: data(Object.fromEntries(Object.entries(inventory.groups).map(([name, hosts]) => [name, hosts.length]))),
    boundary,
    earlier: data(earlier.map((one) => one.slice(0, 500))),
    request: data(text),
  };
  return { system: fill(section("plan-request.md", "# System"), inputs), user: fill(section("plan-request.md", "# User"), inputs) };
}

/** Secret variables are left out: nobody is to say their values in a chat. */
function describe(playbook: Playbook): Record<string, unknown> {
  const variables = playbook.variables.filter((variable) => !variable.secret && !/^ansible_/i.test(variable.name)).slice(0, 12);
  return {
    id: playbook.id,
    name: playbook.name.slice(0, 100),
    verb: playbook.verb,
    description: playbook.description.slice(0, 160),
    variables: variables.map((variable) => variable.name),
  };
}

/** JSON in which nothing can end the lines that mark where data is, whatever the text holds. */
const data = (value: unknown): string =>
  JSON.stringify(value).replaceAll(/[\u2028\u2029<>]/g, (letter) => `\\u${letter.codePointAt(0)?.toString(16).padStart(4, "0") ?? ""}`);

/** In one pass: what an input holds is never taken for another placeholder. */
const fill = (template: string, inputs: Readonly<Record<string, string>>): string =>
  template.replaceAll(/\{\{(\w+)\}\}/g, (whole, name: string) => inputs[name] ?? whole);

function section(file: string, heading: string): string {
  const text = files.get(file) ?? readFileSync(join(folder, file), "utf8");
  files.set(file, text);
  const [, after = ""] = text.split(`\n${heading}\n`);
  return (after.split(/\n# \w+\n/)[0] ?? "").trim();
}

const jsonSchema = (schema: ReturnType<typeof replySchema>): Record<string, unknown> => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema) as Record<string, unknown>;
  return rest;
};
