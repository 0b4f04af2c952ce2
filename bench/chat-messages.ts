/** What the parent process and a bot of the bench tell each other. */
export interface ChatFigures {
  /** Event-loop delay beyond its own timer, in milliseconds. */
  readonly loopDelay: { readonly p50: number; readonly p99: number; readonly max: number };
  /** Requests as the database knows them; empty for a bare bot. */
  readonly requests: number;
  readonly plans: number;
  readonly runs: number;
}

export type FromBot = { readonly kind: "ready" } | { readonly kind: "figures"; readonly figures: ChatFigures };
export type ToBot = "figures" | "stop";

/** A bot is a process of its own: what it does with its event loop is not hidden in the loop of who measures. */
export function tellParent(message: FromBot): void {
  process.send?.(message);
}
