import { AppError, isAppError } from "../../errors.ts";
import { noUsage, type LanguageModel, type ModelPrompt, type ModelUsage } from "./language-model.ts";
import { repairPrompt } from "./prompt-file.ts";

/** What a model is to fill in, and how its reply is read. */
export interface ModelForm<T> {
  readonly prompt: ModelPrompt;
  /** Never mends a reply. `problem` holds none of its words: it is sent back. */
  read(text: string): Promise<ReadForm<T>>;
}

export type ReadForm<T> = { readonly kind: "read"; readonly value: T } | { readonly kind: "refused"; readonly problem: string };

export interface FilledForm<T> {
  readonly value: T;
  readonly usage: ModelUsage;
  readonly tries: number;
}

/** A reply that does not fit the form gets one second try. Throws an AppError as the model does, or `model-reply-refused`; its facts hold usage and tries. */
export async function fillForm<T>(model: LanguageModel, form: ModelForm<T>, signal: AbortSignal): Promise<FilledForm<T>> {
  let usage = noUsage;
  let problem = "";
  for (let tries = 1; tries <= 2; tries += 1) {
    try {
      const reply = await model.complete(tries === 1 ? form.prompt : repairPrompt(form.prompt, problem), signal);
      usage = sum(usage, reply.usage);
      const read = await form.read(reply.text);
      if (read.kind === "read") return { value: read.value, usage, tries };
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
