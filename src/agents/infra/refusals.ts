import type { PlanStep } from "../../planner/plan.ts";
import type { AttemptResult } from "../work-source.ts";
import { ansibleErrorCodes } from "./summary.ts";

/** Nothing was run, and why. */
export function refusal(code: string, message: string): AttemptResult {
  return { outcome: "refused", errorCode: code, summary: null, errorText: message, resources: null, preview: null };
}

export function outcomeUnknown(message: string): AttemptResult {
  return { outcome: "outcome_unknown", errorCode: null, summary: null, errorText: message.trim(), resources: null, preview: null };
}

export function playbookNotFound(step: PlanStep): AttemptResult {
  const message = `${step.playbookPath} is not in the sealed snapshot`;
  return {
    outcome: "failed",
    errorCode: ansibleErrorCodes.playbookNotFound,
    summary: {
      status: "failed", exitCode: 2, durationMs: 0, changedCount: 0, okCount: 0, failedCount: 0, skippedCount: 0, unreachableCount: 0,
      rescuedCount: 0, ignoredCount: 0, failedTasks: [], keyErrors: [message], hostsSummary: {},
    }, // prettier-ignore
    errorText: message,
    resources: null,
    preview: null,
  };
}
