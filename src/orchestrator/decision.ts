import type { PolicyMatter, PolicyVote } from "../policy/policy.ts";
import type { FittingStanding } from "./standing-approval.ts";

export interface Decision {
  readonly planVersionId: string;
  readonly person: string;
  readonly decision: "approved" | "rejected";
  /** For a destructive plan: what the person typed. */
  readonly typed?: string;
  readonly reason?: string;
}

export type DecisionOutcome =
  | { readonly kind: "approved"; readonly runId: string; readonly runNumber: number }
  | { readonly kind: "rejected" }
  /** The vote counts; the plan waits for more. */
  | { readonly kind: "voted"; readonly missing: string }
  | DecisionRefusal;

/** Nothing was changed. `code` is what callers choose by; `changes` are those of a stale plan. */
export interface DecisionRefusal {
  readonly kind: "refused";
  readonly code:
    | "unknown-plan"
    | "not-allowed"
    | "four-eyes"
    | "not-a-member"
    | "not-checked"
    | "already-voted"
    | "confirm-missing"
    | "not-waiting"
    | "expired"
    | "stale"
    | "already-decided"
    | "superseded";
  readonly message: string;
  readonly changes?: readonly string[];
  readonly newerVersionId?: string;
}

/** A decision with what the policy said of it. */
export interface AllowedDecision extends Decision {
  readonly matter: PolicyMatter;
  readonly vote: PolicyVote;
  readonly standing: FittingStanding | null;
}
