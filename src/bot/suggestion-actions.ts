import { canRepair } from "../agents/infra/analyzer/repair.ts";
import type { StoredSuggestion } from "../runs/suggestion-store.ts";
import type { Action } from "./cards.ts";

/** What can be done with a suggestion; a label says which one it is about, because buttons may stand away from it. */
export function suggestionActions({ id, rule, path, line }: Pick<StoredSuggestion, "id" | "rule" | "path" | "line">): Action[] {
  const what = `${rule}, ${path.split("/").at(-1) ?? path}${line === null ? "" : `:${line}`}`;
  const dismiss: Action = { id: "dismiss", label: `Dismiss: ${what}`, style: "plain", target: id };
  return canRepair(rule) ? [{ id: "apply", label: `Apply suggestion: ${what}`, style: "plain", target: id }, dismiss] : [dismiss];
}
