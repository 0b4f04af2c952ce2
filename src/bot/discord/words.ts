import { person } from "./markup.ts";
import type { Paper } from "./paper.ts";

/** The stripe of an embed: it decorates what the words say. */
export const colours = { calm: 0x5b8def, waiting: 0xe0a93b, good: 0x3ba55d, bad: 0xd9534f, quiet: 0x8a8f98 } as const;

export function stateWords(state: string): string {
  return state.replaceAll("_", " ");
}

export function stateMark(state: string): string {
  switch (state) {
    case "succeeded":
      return "✅";
    case "failed":
    case "timeout":
      return "❌";
    case "running":
      return "▶️";
    case "cancelled":
      return "⏹️";
    case "outcome_unknown":
      return "⚠️";
    case "skipped":
      return "⏭️";
    default:
      return "⏳";
  }
}

/** Who asked for what. */
export function quoted(card: { readonly person: string; readonly requestText: string }, paper: Paper): string {
  return `${person(card.person)}: “${paper.line(card.requestText)}”`;
}
