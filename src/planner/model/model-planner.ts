import type { InventoryNames } from "../../mapping/inventory-names.ts";
import type { Playbook } from "../../mapping/playbook.ts";
import type { Decomposer } from "../decomposer.ts";
import type { Decomposition } from "../decomposition.ts";
import { groundReading } from "./grounding.ts";
import type { ModelForm } from "./model-form.ts";
import { planPrompt } from "./model-prompt.ts";
import { readModelReply } from "./model-reply.ts";

export interface ModelPlanInput {
  readonly text: string;
  /** What the same person said before in the conversation, oldest first. */
  readonly earlier: readonly string[];
  readonly byRules: Decomposition;
  readonly rules: Decomposer;
  readonly playbooks: readonly Playbook[];
  readonly inventory: InventoryNames;
}

/** Text -> prompt -> reply -> typed steps that the person's words carry. Throws `model-context-overflow` where not even the request fits. */
export function planForm(input: ModelPlanInput, contextTokens: number): ModelForm<Decomposition> {
  const { prompt, schema } = planPrompt(input, contextTokens);
  return {
    prompt,
    async read(text) {
      const read = readModelReply(text, schema);
      if (read.kind === "refused") return read;
      return { kind: "read", value: await groundReading({ ...input, reading: read.value }) };
    },
  };
}
