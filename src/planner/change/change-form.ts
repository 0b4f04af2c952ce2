import type { Playbook } from "../../mapping/playbook.ts";
import { changeReplySchema } from "./change-reply.ts";
import { groundChanges } from "./grounded-change.ts";
import type { ModelForm } from "../model/model-form.ts";
import type { ModificationContext, PlannedStep, Reading } from "./modification-change.ts";
import { fitsInto, groupSizes, offeredVariables, overflow } from "../model/model-prompt.ts";
import { parseReply } from "../model/model-reply.ts";
import { jsonSchemaOf, quoted, renderPrompt } from "../model/prompt-file.ts";

export interface ChangeFormInput {
  readonly text: string;
  readonly context: ModificationContext;
  /** What a new step may mean, best first. */
  readonly playbooks: readonly Playbook[];
}

/** A reply to a plan -> prompt -> typed changes that the person's words carry. Throws `model-context-overflow` where it does not fit. */
export function changeForm({ text, context, playbooks }: ChangeFormInput, contextTokens: number): ModelForm<Reading> {
  const schema = changeReplySchema(context, playbooks);
  const { inventory } = context;
  const prompt = {
    ...renderPrompt("change-plan.md", {
      plan: quoted(context.steps.map(describe)),
      playbooks: quoted(playbooks.map(({ id, name, verb }) => ({ id, name: name.slice(0, 100), verb }))),
      hosts: quoted(inventory.hosts),
      groups: quoted(groupSizes(inventory)),
      reply: quoted(text),
    }),
    schema: jsonSchemaOf(schema),
  };
  if (!fitsInto(prompt, contextTokens)) throw overflow(contextTokens);
  return {
    prompt,
    async read(reply) {
      const read = parseReply(reply, schema);
      return read.kind === "refused" ? read : groundChanges({ text, context, playbooks, reading: read.value });
    },
  };
}

/** Values of a plan are shown only where a request may set them: none of them is a secret. */
function describe({ draft, playbook, hosts }: PlannedStep): Record<string, unknown> {
  const names = playbook === undefined ? [] : offeredVariables(playbook);
  return {
    step: draft.order,
    name: draft.name.slice(0, 100),
    playbook: playbook?.name.slice(0, 100) ?? null,
    hosts: hosts.slice(0, 20),
    variables: Object.fromEntries(names.map((name) => [name, draft.variables[name] ?? null])),
  };
}
