import type { ApplyOutcome } from "./apply-suggestion.ts";
import type { CancelOutcome } from "./cancel-run.ts";
import type { Decision, DecisionOutcome } from "./decide-approval.ts";
import type { GenerateTemplate } from "./generate-template.ts";
import type { PlanVersion } from "../planner/plan-store.ts";
import type { RunView } from "./views.ts";

/** What front doors may call. Each use case checks the policy itself and writes its audit entry. */
export interface UseCases extends GenerateTemplate {
  /** A new plan: stored and planned. */
  submitRequest(request: NewRequest): Promise<RequestOutcome>;
  /** What somebody said in a conversation: a request, an answer, a change of the plan that waits there, or its withdrawal. Stored and planned. */
  receiveMessage(message: ReceivedMessage): Promise<RequestOutcome>;
  /** Stores it, events and all, in one transaction, fast: from then on it is not lost. Whoever accepted it calls `planRequest`. */
  acceptRequest(request: NewRequest): Promise<Acceptance>;
  acceptMessage(message: Omit<ReceivedMessage, "onAccepted">): Promise<Acceptance>;
  /** Plans what was accepted, once, whoever asks how often; the outcome is the same each time. Throws what went wrong, which is then stored. */
  planRequest(requestId: string): Promise<RequestOutcome>;
  /** What the person was told, read again; undefined while it is not planned. */
  outcomeOf(requestId: string): Promise<RequestOutcome | undefined>;
  /** Takes up requests whose process died. Runs by itself every few seconds beside the agent; each is announced by `onResumed`. */
  resumeRequests(): Promise<readonly string[]>;
  /** The next version of a plan that waits: with other words, other values, or both. */
  editPlan(edit: PlanEdit): Promise<RequestOutcome>;
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
  /** Mends what suggestions of one playbook are about on a branch of the repo, proven; takes some ten seconds. */
  applySuggestions(ids: readonly string[], person: string): Promise<ApplyOutcome>;
  /** A person looked at the hosts and says how an `outcome_unknown` run went; its locks are freed. */
  settleUnknown(runId: string, person: string, as: "succeeded" | "failed"): Promise<Done>;
  plan(planVersionId: string): Promise<PlanVersion | undefined>;
  run(runId: string): Promise<RunView | undefined>;
  /** Calls back when anything about a run or plan version may have changed. */
  onRun(callback: (runId: string) => void): () => void;
  onPlan(callback: (planVersionId: string) => void): () => void;
  /** A request that an earlier process had accepted is planned now: shown by whoever shows things. */
  onResumed(callback: (resumed: ResumedRequest) => void): () => void;
  /** Half of a plan's time is over, and nobody decided. */
  onReminder(callback: (planVersionId: string) => void): () => void;
  onExpired(callback: (planVersionId: string) => void): () => void;
}

export interface NewRequest {
  readonly conversationId: string;
  readonly person: string;
  readonly text: string;
  /** Only to be looked at: no standing approval starts it. */
  readonly previewOnly?: boolean;
  /** The platform's events that brought it: seen before, and it is a duplicate. */
  readonly eventKeys?: readonly string[];
  /** Whose events they are. */
  readonly platform?: string;
}

export type Acceptance =
  | { readonly kind: "accepted"; readonly requestId: string }
  | Extract<RequestOutcome, { readonly kind: "refused" | "duplicate" }>;

export interface ReceivedMessage extends NewRequest {
  readonly platform: string;
  readonly eventKeys: readonly string[];
  /** A thread is about one request after the other; elsewhere messages may have nothing to do with each other. */
  readonly thread: boolean;
  /** The message is stored as one to be planned: from here on it is not lost. */
  readonly onAccepted?: () => void;
}

export interface PlanEdit {
  readonly planVersionId: string;
  readonly person: string;
  readonly text?: string;
  /** By `<step>.<variable>`; what is empty or as it was changes nothing. */
  readonly values: Readonly<Record<string, unknown>>;
  readonly eventKeys?: readonly string[];
  readonly platform?: string;
}

export interface ResumedRequest {
  readonly requestId: string;
  readonly conversationId: string;
  readonly person: string;
  readonly outcome: RequestOutcome;
}

export interface Answer {
  readonly planVersionId: string;
  readonly person: string;
  readonly values: Readonly<Record<string, unknown>>;
  readonly choices: Readonly<Record<number, string>>;
  /** As in the request. */
  readonly previewOnly?: boolean;
}

export type RequestOutcome =
  | { readonly kind: "plan"; readonly planVersionId: string }
  | { readonly kind: "question"; readonly planVersionId: string; readonly reason: QuestionReason }
  /** Text answered a question; `echo` says what was understood. The plan is the same version, sealed or asking on. */
  | { readonly kind: "answered"; readonly planVersionId: string; readonly echo: string; readonly waitsFor: "approval" | "input" }
  /** A new version of the plan took the place of `replacedId`, which nobody can approve any more. */
  | {
      readonly kind: "modified";
      readonly planVersionId: string;
      readonly replacedId: string;
      readonly echo: string;
      readonly waitsFor: "approval" | "input";
    }
  | { readonly kind: "withdrawn"; readonly planVersionId: string }
  /** Nothing to run, or nothing understood: a plan that waits stays as it is. */
  | {
      readonly kind: "no_work";
      readonly requestId: string;
      readonly text: string;
      readonly help: string | null;
      /** It was taken for words about the plan that waits, which stays as it is: whoever said them must know. */
      readonly concernsPlan?: true;
    }
  | {
      readonly kind: "refused";
      readonly code: string;
      readonly message: string;
      readonly help: string | null;
      /** What took the place of the plan that it was about. */
      readonly newerVersionId?: string;
    }
  /** Seen before: whoever saw it first has answered. */
  | { readonly kind: "duplicate" };

export type QuestionReason = "unmapped" | "unknown_host" | "missing" | "ambiguous";

export type RunOutcome = { readonly kind: "started"; readonly runId: string } | { readonly kind: "refused"; readonly message: string };
export type Done = { readonly kind: "done" } | { readonly kind: "refused"; readonly message: string };
