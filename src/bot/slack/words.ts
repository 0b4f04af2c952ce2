import type { PlanCard } from "../cards.ts";

/** Words and marks that several cards use. Marks decorate; the word beside them says it. */
export const riskWords: Readonly<Record<PlanCard["risk"], string>> = {
  read: "only reads",
  change: "changes hosts",
  destructive: "destructive",
};

const marks: Readonly<Record<string, string>> = {
  succeeded: "✅",
  approved: "✅",
  nothing_to_do: "✅",
  failed: "❌",
  timeout: "❌",
  rejected: "❌",
  running: "▶️",
  awaiting_approval: "⏳",
  cancelled: "⏹️",
  outcome_unknown: "⚠️",
  stale: "⚠️",
  expired: "⚠️",
};

export function stateMark(state: string): string {
  return marks[state] ?? "•";
}

export function stateWords(state: string): string {
  return state === "awaiting_approval" ? "waiting for approval" : state.replaceAll("_", " ");
}

export function plural(count: number, one: string): string {
  return `${count} ${count === 1 ? one : `${one}s`}`;
}
