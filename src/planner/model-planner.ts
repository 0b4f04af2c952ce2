import { AppError, isAppError } from "../errors.ts";
import type { InventoryNames } from "../mapping/inventory-names.ts";
import type { Playbook } from "../mapping/playbook.ts";
import type { Decomposer } from "./decomposer.ts";
import type { Decomposition } from "./decomposition.ts";
import { groundReading } from "./grounding.ts";
import { noUsage, type LanguageModel, type ModelUsage } from "./language-model.ts";
import { planPrompt, repairPrompt, type PlanPrompt } from "./model-prompt.ts";
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

export interface ModelPlan {
  readonly decomposition: Decomposition;
  readonly usage: ModelUsage;
  readonly tries: number;
}

export const promptFor = (model: LanguageModel, input: ModelPlanInput): PlanPrompt => planPrompt(input, model.contextTokens);

/**
 * Text -> prompt -> reply -> typed steps that the person's words carry. A reply that does not fit the form gets one second try. Throws an AppError
 * as the model does, or `model-reply-refused`; its facts hold usage and tries.
 */
export async function planWithModel(model: LanguageModel, input: ModelPlanInput, signal: AbortSignal): Promise<ModelPlan> {
  const { prompt, schema } = promptFor(model, input);
  let usage = noUsage;
  let problem = "";
  for (let tries = 1; tries <= 2; tries += 1) {
    try {
      const reply = await model.complete(tries === 1 ? prompt : repairPrompt(prompt, problem), signal);
      usage = sum(usage, reply.usage);
      const read = readModelReply(reply.text, schema);
      if (read.kind === "reading") return { decomposition: await groundReading({ ...input, reading: read.reading }), usage, tries };
      problem = read.problem;
    } catch (error) {
      throw withUsage(error, usage, tries);
    }
  }
  throw new AppError("model-reply-refused", `the model's reply was refused twice: ${problem}`, { facts: { usage, tries: 2 } });
}

function withUsage(error: unknown, usage: ModelUsage, tries: number): unknown {
  if (!isAppError(error)) return error;
  const facts = { ...error.facts, usage: sum(usage, usageOf(error)), tries };
  return new AppError(error.code, error.message, { cause: error, facts });
}

/** What a failed call has used, as far as it is known. */
export function usageOf(error: unknown): ModelUsage {
  const usage = isAppError(error) ? error.facts["usage"] : undefined;
  return (usage as ModelUsage | undefined) ?? noUsage;
}

const sum = (a: ModelUsage, b: ModelUsage): ModelUsage => ({
  inputTokens: a.inputTokens + b.inputTokens,
  outputTokens: a.outputTokens + b.outputTokens,
});
