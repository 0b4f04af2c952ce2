import type { AttemptReference, AttemptResult, NumberedEvent, StopReason, WorkItem, WorkSource } from "./work-source.ts";

/** Does one kind of work. What it starts outlives the agent; `recover` finds it again. */
export interface Executor {
  readonly workTypes: readonly string[];
  /** Checks approval, digest and snapshot, tells the source, then starts. Refuses without having spawned anything. */
  start(item: WorkItem, source: WorkSource): Promise<StartOutcome>;
  /** Attempts of an earlier agent process that were not reported yet: living, ended or vanished. */
  recover(): Promise<readonly ExecutingAttempt[]>;
  /** Ends what waits for work; what works goes on. */
  close(): void;
}

export type StartOutcome =
  | { readonly kind: "started"; readonly attempt: ExecutingAttempt }
  | { readonly kind: "refused"; readonly result: AttemptResult };

export interface ExecutingAttempt {
  readonly reference: AttemptReference;
  /** All events from the first one on, in batches; ends when the work has ended and everything was read. */
  events(signal: AbortSignal): AsyncIterable<readonly NumberedEvent[]>;
  stop(reason: StopReason): Promise<void>;
  /** After `events` has ended. `source` is asked nothing; it is the truth of this machine. */
  result(): Promise<AttemptResult>;
  /** The result is stored; the attempt is never reported again. */
  reported(): Promise<void>;
}
