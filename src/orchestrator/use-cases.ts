import type { CancelOutcome } from "./cancel-run.ts";
import type { Decision, DecisionOutcome } from "./decide-approval.ts";
import type { PlanVersion } from "../planner/plan-store.ts";
import type { RunView } from "./views.ts";

/** What front doors may call. Each use case checks the policy itself and writes its audit entry. */
export interface UseCases {
  submitRequest(request: NewRequest): Promise<RequestOutcome>;
  /** Fills what was asked for: values by `<step>.<variable>`, chosen playbooks by step. */
  answerQuestion(answer: Answer): Promise<RequestOutcome>;
  decide(decision: Decision): Promise<DecisionOutcome>;
  /** Seals and starts a `--check --diff` run of the same steps. */
  preview(planVersionId: string, person: string): Promise<RunOutcome>;
  /** A new version of a plan that is stale, expired or was rejected, sealed from the repo as it is now. */
  renewPlan(planVersionId: string, person: string): Promise<RequestOutcome>;
  closeAsNothingToDo(planVersionId: string, person: string): Promise<Done>;
  /** Takes back a plan that waits; nobody can approve it any more. */
  withdraw(planVersionId: string, person: string): Promise<Done>;
  cancelRun(runId: string, person: string): Promise<CancelOutcome>;
  /** A new plan of the steps that did not succeed; it needs its own approval. */
  retryFromFailed(runId: string, person: string): Promise<RequestOutcome>;
  dismissSuggestion(id: string, person: string): Promise<Done>;
  /** A person looked at the hosts and says how an `outcome_unknown` run went; its locks are freed. */
  settleUnknown(runId: string, person: string, as: "succeeded" | "failed"): Promise<Done>;
  plan(planVersionId: string): Promise<PlanVersion | undefined>;
  run(runId: string): Promise<RunView | undefined>;
  /** Calls back when anything about a run or plan version may have changed. */
  onRun(callback: (runId: string) => void): () => void;
  onPlan(callback: (planVersionId: string) => void): () => void;
}

export interface NewRequest {
  readonly conversationId: string;
  readonly person: string;
  readonly text: string;
  readonly previewOnly?: boolean;
}

export interface Answer {
  readonly planVersionId: string;
  readonly person: string;
  readonly values: Readonly<Record<string, unknown>>;
  readonly choices: Readonly<Record<number, string>>;
}

export type RequestOutcome =
  | { readonly kind: "plan"; readonly planVersionId: string }
  | { readonly kind: "question"; readonly planVersionId: string; readonly reason: "unmapped" | "unknown_host" | "missing" | "ambiguous" }
  /** Nothing to run: a question, small talk, a wish not to act, or something no infrastructure tool does. */
  | { readonly kind: "no_work"; readonly requestId: string; readonly text: string; readonly help: string | null }
  | { readonly kind: "refused"; readonly code: string; readonly message: string; readonly help: string | null };

export type RunOutcome = { readonly kind: "started"; readonly runId: string } | { readonly kind: "refused"; readonly message: string };
export type Done = { readonly kind: "done" } | { readonly kind: "refused"; readonly message: string };
