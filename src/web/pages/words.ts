/** Words and marks that several cards use. */
export function stateWords(state: string): string {
  return state === "awaiting_approval" ? "waiting for approval" : state.replaceAll("_", " ");
}

export const riskWords = { read: "only reads", change: "changes hosts", destructive: "destructive" } as const;

export function stateMark(state: string): string {
  if (state === "succeeded" || state === "approved" || state === "nothing_to_do") return "✓";
  if (state === "failed" || state === "timeout" || state === "rejected") return "✗";
  if (state === "running") return "▸";
  if (state === "pending" || state === "queued" || state === "skipped" || state === "waiting") return "·";
  return "!";
}

/** Which colour a state has: good, bad, active, quiet or odd. */
export function stateTone(state: string): string {
  return { "✓": "good", "✗": "bad", "▸": "active", "·": "quiet" }[stateMark(state)] ?? "odd";
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
