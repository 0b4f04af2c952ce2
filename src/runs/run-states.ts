import type { AttemptResult } from "../agents/work-source.ts";

export type RunState = "queued" | "waiting" | "running" | "succeeded" | "failed" | "cancelled" | "outcome_unknown";
export type StepState = "pending" | "queued" | "running" | "succeeded" | "failed" | "timeout" | "cancelled" | "skipped" | "outcome_unknown";

const nextRunStates: Record<RunState, readonly RunState[]> = {
  queued: ["waiting", "running", "cancelled"],
  waiting: ["queued", "running", "cancelled"],
  running: ["waiting", "succeeded", "failed", "cancelled", "outcome_unknown"],
  outcome_unknown: ["running", "succeeded", "failed", "cancelled"],
  succeeded: [],
  failed: [],
  cancelled: [],
};
const nextStepStates: Record<StepState, readonly StepState[]> = {
  pending: ["queued", "skipped", "cancelled"],
  queued: ["running", "skipped", "cancelled"],
  running: ["succeeded", "failed", "timeout", "cancelled", "outcome_unknown"],
  outcome_unknown: ["running", "succeeded", "failed", "timeout", "cancelled"],
  succeeded: [],
  failed: [],
  timeout: [],
  cancelled: [],
  skipped: [],
};

/** The states from which `to` may be reached: for the `where state = any(…)` of a compare-and-set. */
export function runStatesBefore(to: RunState): RunState[] {
  return (Object.keys(nextRunStates) as RunState[]).filter((from) => nextRunStates[from].includes(to));
}
export function stepStatesBefore(to: StepState): StepState[] {
  return (Object.keys(nextStepStates) as StepState[]).filter((from) => nextStepStates[from].includes(to));
}

export function isFinal(state: RunState | StepState): boolean {
  return (
    state !== "outcome_unknown" &&
    (state in nextRunStates ? nextRunStates[state as RunState] : nextStepStates[state as StepState]).length === 0
  );
}

/** A refused attempt never spawned anything; for the step that is a failure with the refusal's code. */
export function stepStateOf(outcome: AttemptResult["outcome"]): StepState {
  return outcome === "refused" ? "failed" : outcome;
}

/** What a run is when none of its steps can go on. */
export function runStateOf(steps: readonly StepState[]): RunState | null {
  if (steps.includes("outcome_unknown")) return "outcome_unknown";
  if (steps.some((state) => !isFinal(state))) return null;
  if (steps.includes("cancelled")) return "cancelled";
  return steps.every((state) => state === "succeeded") ? "succeeded" : "failed";
}
