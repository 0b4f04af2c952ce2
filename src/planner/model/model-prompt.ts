import type { InventoryNames } from "../../mapping/inventory-names.ts";
import type { Playbook } from "../../mapping/playbook.ts";
import { AppError } from "../../errors.ts";
import { mostTokens, replyTokens, type ModelPrompt } from "./language-model.ts";
import { replySchema } from "./model-reply.ts";
import { jsonSchemaOf, quoted, renderPrompt } from "./prompt-file.ts";

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

/** Throws `model-context-overflow` where not even the request fits. */
export function planPrompt(input: PromptInput, contextTokens: number): PlanPrompt {
  for (let count = input.playbooks.length, earlier = input.earlier.slice(-6); ;) {
    const playbooks = input.playbooks.slice(0, count);
    const schema = replySchema(playbooks, input.inventory);
    const prompt = { ...render({ ...input, playbooks, earlier }), schema: jsonSchemaOf(schema) };
    if (fitsInto(prompt, contextTokens)) return { prompt, schema };
    if (earlier.length > 0) earlier = earlier.slice(1);
    else if (count > 5) count = Math.floor(count * 0.75);
    else throw overflow(contextTokens);
  }
}

export const fitsInto = (prompt: Pick<ModelPrompt, "system" | "user">, contextTokens: number): boolean =>
  mostTokens(prompt.system + prompt.user) + replyTokens <= contextTokens;

export const overflow = (contextTokens: number): AppError =>
  new AppError("model-context-overflow", `the request needs more than the ${contextTokens} tokens that the model has`);

function render({ text, earlier, playbooks, inventory }: PromptInput): Pick<ModelPrompt, "system" | "user"> {
  return renderPrompt("plan-request.md", {
    playbooks: quoted(playbooks.map(describe)),
    hosts: quoted(inventory.hosts),
    groups: quoted(groupSizes(inventory)),
    earlier: quoted(earlier.map((one) => one.slice(0, 500))),
    request: quoted(text),
  });
}

export const groupSizes = ({ groups }: InventoryNames): Record<string, number> =>
  Object.fromEntries(Object.entries(groups).map(([name, hosts]) => [name, hosts.length]));

function describe(playbook: Playbook): Record<string, unknown> {
  return {
    id: playbook.id,
    name: playbook.name.slice(0, 100),
    verb: playbook.verb,
    description: playbook.description.slice(0, 160),
    variables: offeredVariables(playbook),
  };
}

/** Secret variables are left out: nobody is to say their values in a chat. */
export const offeredVariables = (playbook: Playbook): string[] =>
  playbook.variables
    .filter((variable) => !variable.secret && !/^ansible_/i.test(variable.name))
    .slice(0, 12)
    .map((variable) => variable.name);
