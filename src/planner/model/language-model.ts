import { AppError } from "../../errors.ts";

/** A language model that fills in a form: two texts and a JSON schema in, one text out. What it says is untrusted. Makers: Ollama, an external provider. */
export interface LanguageModel {
  readonly tier: "local" | "external";
  readonly provider: string;
  readonly model: string;
  /** Tokens that prompt and reply may have together. */
  readonly contextTokens: number;
  /**
   * Throws an AppError and never gives a reply that was cut: `model-unreachable model-missing model-failed model-stalled model-context-overflow
   * model-reply-too-long`. Stops when the signal says so.
   */
  complete(prompt: ModelPrompt, signal: AbortSignal): Promise<ModelReply>;
}

export interface ModelPrompt {
  readonly system: string;
  readonly user: string;
  /** JSON schema of the reply. */
  readonly schema: Readonly<Record<string, unknown>>;
}

export interface ModelReply {
  readonly text: string;
  readonly usage: ModelUsage;
}

export interface ModelUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

export const noUsage: ModelUsage = { inputTokens: 0, outputTokens: 0 };

/** Tokens that a reply may have: ten steps fit, a million do not. */
export const replyTokens = 1_500;
/** Characters after which no more of a reply is read. */
export const replyCharacters = 16_000;

/** What a text has at most. Names and JSON have more tokens a letter than prose. */
export const mostTokens = (text: string): number => Math.ceil(text.length / 3);
/** What a text has at least: a count below it means that the model did not see all of it. */
const leastTokens = (text: string): number => Math.floor(text.length / 9);

/** A server may cut a prompt that is too long and say nothing (Ollama does): its count is full then, or smaller than the text can have. */
export function checkAllWasSeen(
  prompt: ModelPrompt,
  usage: ModelUsage,
  { model, contextTokens }: Pick<LanguageModel, "model" | "contextTokens">,
): void {
  const seen = usage.inputTokens;
  if (seen + usage.outputTokens < contextTokens && (seen === 0 || seen >= leastTokens(prompt.system + prompt.user))) return;
  const message = `the request did not fit into the ${contextTokens} tokens of ${model}`;
  throw new AppError("model-context-overflow", message, { facts: { usage } });
}
