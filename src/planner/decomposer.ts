import type { Decomposition } from "./decomposition.ts";

/** Text of a person -> ordered steps. Makers: the rule planner, a language model. */
export interface Decomposer {
  decompose(text: string, context?: DecomposeContext): Promise<Decomposition>;
}

export interface DecomposeContext {
  readonly person?: string;
  /** What was said before in the conversation, oldest first. */
  readonly earlier?: readonly string[];
}
