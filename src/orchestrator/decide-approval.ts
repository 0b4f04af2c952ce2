import { appendAudit, writeAudit } from "../audit/audit-log.ts";
import { first, type Database, type Sql } from "../db/database.ts";
import { storable } from "../db/storable.ts";
import type { PlanStep, SealedPlan } from "../planner/plan.ts";
import { getPlanVersion, movePlanVersion, newerVersion, type PlanVersion } from "../planner/plan-store.ts";
import type { Policy, PolicyMatter, PolicyVote } from "../policy/policy.ts";
import { addVote, votesOf } from "../policy/vote-store.ts";
import type { Queue } from "../queue/queue.ts";
import type { ApprovalSigner } from "../runs/approval.ts";
import { createRun } from "../runs/run-store.ts";
import { retryAfterMinutes } from "./local-work-source.ts";
import { actionToDecide, planMatter } from "../policy/plan-matter.ts";
import { settleRun } from "./settle-run.ts";
import type { StaleCheck } from "./stale-check.ts";
import { fittingStanding, type FittingStanding } from "./standing-approval.ts";

export interface DecideApprovalDeps {
  readonly database: Database;
  readonly queue: Queue;
  readonly signer: ApprovalSigner;
  readonly policy: Policy;
  readonly staleCheck: StaleCheck;
  /** SHA-256 over what a plan would do, whoever asks for it and whenever: what a standing approval is bound to. */
  readonly workDigest: (plan: SealedPlan) => Promise<string>;
}

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

export interface DecideApproval {
  decide(decision: Decision): Promise<DecisionOutcome>;
  /** Approves a waiting plan in its owner's name when a standing approval of chiffon.yml fits in everything; null: it waits for a person. */
  decideStanding(planVersionId: string): Promise<DecisionOutcome | null>;
}

/** A decision with what the policy said of it. */
interface AllowedDecision extends Decision {
  readonly matter: PolicyMatter;
  readonly vote: PolicyVote;
  readonly standing: FittingStanding | null;
}

/**
 * Person, policy, expiry and digest; then one transaction with the vote, and, when it was the last that was wanted, the decision, the run, its audit
 * entry and its job. Exactly one decision a plan version.
 */
export function createDecideApproval(deps: DecideApprovalDeps): DecideApproval {
  const { database } = deps;

  async function refuse(decision: Decision, refusal: Omit<DecisionRefusal, "kind">): Promise<DecisionRefusal> {
    await writeAudit(database, {
      actor: decision.person,
      action: `plan.${decision.decision}`,
      resource: `plan_version:${decision.planVersionId.slice(0, 100)}`,
      result: "refused",
      facts: { code: refusal.code, ...(refusal.changes === undefined ? {} : { changes: refusal.changes.slice(0, 50) }) },
    });
    return { kind: "refused", ...refusal };
  }

  return {
    async decide(given) {
      const decision = storable(given); // a reason is typed by a person
      const version = await getPlanVersion(database, decision.planVersionId);
      if (version === undefined) return refuse(decision, { code: "unknown-plan", message: "there is no such plan" });
      const waiting = await notWaiting(database, version);
      if (waiting !== undefined) return refuse(decision, waiting);

      const matter = await planMatter(database, version, actionToDecide(version));
      const answer = await deps.policy.may(decision.person, matter);
      if (!answer.allowed) return refuse(decision, { code: answer.code, message: answer.reason });
      const asked = decision.decision === "approved" && version.purpose === "run";
      const word = asked ? deps.policy.confirmWord(matter) : null;
      if (word !== null && decision.typed?.trim().toLowerCase() !== word.toLowerCase()) {
        return refuse(decision, { code: "confirm-missing", message: `this plan is ${version.risk ?? ""}: type "${word}" to approve it` });
      }
      return finish(version, { ...decision, matter, vote: answer.vote, standing: null });
    },

    async decideStanding(planVersionId) {
      const version = await getPlanVersion(database, planVersionId);
      if (version?.state !== "awaiting_approval" || version.purpose !== "run" || version.sealed === null) return null;
      const matter = await planMatter(database, version, "approve");
      const standing = await fittingStanding(database, deps.policy, matter, version.sealed, deps.workDigest);
      if (standing === null) return null;
      // It stands for the owner's click, so it gives no more than that would: not under four eyes, not where more people are wanted.
      const answer = await deps.policy.may(version.requestPerson, matter);
      if (!answer.allowed || deps.policy.missing(matter, [answer.vote]) !== null) return null;
      const decision: Decision = { planVersionId, person: version.requestPerson, decision: "approved" };
      return finish(version, { ...decision, matter, vote: answer.vote, standing });
    },
  };

  async function finish(version: PlanVersion, decision: AllowedDecision): Promise<DecisionOutcome> {
    if (decision.decision === "approved" && version.sealed !== null) {
      const changes = await deps.staleCheck.changes(version.sealed);
      const stale = changes.length === 0 ? null : await becomeStale(deps, decision, version, changes);
      if (stale !== null) return stale;
    }
    const outcome = await database.transaction((sql) => decideInside(sql, deps, decision, version));
    if (outcome?.kind === "refused") return refuse(decision, outcome);
    if (outcome !== null) return outcome;
    // Somebody was quicker: say who.
    const after = await getPlanVersion(database, decision.planVersionId);
    const reason = after === undefined ? undefined : await notWaiting(database, after);
    return refuse(decision, reason ?? { code: "already-decided", message: "this plan was decided in the same moment" });
  }
}

async function decideInside(
  sql: Sql,
  deps: DecideApprovalDeps,
  decision: AllowedDecision,
  version: PlanVersion,
): Promise<DecisionOutcome | null> {
  const { policy } = deps;
  const { matter, vote, standing } = decision;
  const row = await first<{ digest: string; decided: string; until: string }>(
    sql,
    `select digest, ${iso("chiffon.now()")} as decided, ${iso("chiffon.now() + make_interval(secs => $2)")} as until
     from plan_version where id = $1 and state = 'awaiting_approval' and expires_at > chiffon.now() for update`,
    [version.id, policy.expiresMinutes(matter) * 60 + longestRun(version.sealed)],
  );
  if (row === undefined || version.sealed === null) return null;

  if (decision.decision === "rejected") {
    await sql.query("insert into approval (plan_version_id, decision, person, reason) values ($1, 'rejected', $2, $3)", [
      version.id,
      decision.person,
      decision.reason ?? null,
    ]);
    await movePlanVersion(
      sql,
      version.id,
      "rejected",
      `rejected by ${vote.person}${decision.reason === undefined ? "" : `: ${decision.reason}`}`,
    );
    await appendAudit(sql, {
      actor: decision.person,
      action: "plan.rejected",
      resource: `plan_version:${version.id}`,
      result: "done",
      facts: { digest: row.digest, reason: decision.reason ?? null },
    });
    return { kind: "rejected" };
  }

  const added = await addVote(sql, version.id, row.digest, vote);
  const votes = await votesOf(sql, version.id);
  const missing = policy.missing(matter, votes);
  const voters = votes.map((one) => one.person);
  if (!added && missing !== null) {
    const message = `${vote.person} has approved already; still needed: ${missing ?? "nobody"}`;
    return { kind: "refused", code: "already-voted", message };
  }
  if (missing !== null) {
    const state = `${votes.length} of ${policy.votesNeeded(matter)}: approved by ${inWords(voters)}; still needed: ${missing}`;
    await sql.query("update plan_version set state_reason = $2 where id = $1", [version.id, storable(state)]);
    await appendAudit(sql, {
      actor: decision.person,
      action: "plan.voted",
      resource: `plan_version:${version.id}`,
      result: "accepted",
      facts: { digest: row.digest, person: vote.person, groups: vote.groups, missing },
    });
    return { kind: "voted", missing };
  }

  const signed = deps.signer.sign({
    planVersionId: version.id,
    digest: row.digest,
    person: decision.person,
    decidedAt: row.decided,
    expiresAt: row.until,
  });
  await sql.query(
    "insert into approval (plan_version_id, decision, person, signed, signature) values ($1, 'approved', $2, $3::jsonb, $4)",
    [version.id, decision.person, JSON.stringify(signed.approval), signed.signature],
  );
  const how =
    standing === null ? `approved by ${inWords(voters)}` : `approved by standing approval of ${standing.owner} until ${standing.until}`;
  await movePlanVersion(sql, version.id, "approved", how);
  const run = await createRun(
    sql,
    version.id,
    version.purpose,
    version.sealed.steps.map((step) => step.order),
  );
  await appendAudit(sql, {
    actor: decision.person,
    action: "plan.approved",
    resource: `plan_version:${version.id}`,
    result: "accepted",
    facts: {
      digest: row.digest,
      run: run.id,
      runNumber: run.number,
      risk: version.risk,
      nonce: signed.approval.nonce,
      method: standing === null ? "person" : "standing",
      ...(standing === null ? { approvedBy: voters } : { standing }),
    },
  });
  await settleRun(sql, deps.queue, run.id); // the first step without dependencies
  return { kind: "approved", runId: run.id, runNumber: run.number };
}

/** Seconds that a run may take once it has started, retries included: its later steps are checked against the same expiry. */
function longestRun(plan: SealedPlan | null): number {
  const waits = retryAfterMinutes.reduce((all, minutes) => all + minutes * 60, 0);
  const seconds = (step: PlanStep): number =>
    step.repeatSafe ? (retryAfterMinutes.length + 1) * step.timeLimitSeconds + waits : step.timeLimitSeconds;
  return (plan?.steps ?? []).reduce((all, step) => all + seconds(step), 0);
}

/** Null: somebody else decided in the same moment. */
async function becomeStale(
  deps: DecideApprovalDeps,
  decision: Decision,
  version: PlanVersion,
  changes: readonly string[],
): Promise<DecisionRefusal | null> {
  const message = `the repo changed after this plan was made: ${changes.slice(0, 5).join(", ")}${changes.length > 5 ? ` and ${changes.length - 5} more` : ""}`;
  return deps.database.transaction(async (sql) => {
    if (!(await movePlanVersion(sql, version.id, "stale", message))) return null;
    await appendAudit(sql, {
      actor: decision.person,
      action: "plan.approved",
      resource: `plan_version:${version.id}`,
      result: "refused",
      facts: { code: "stale", changes: changes.slice(0, 50), digest: version.digest },
    });
    return { kind: "refused", code: "stale", message, changes };
  });
}

/** Why a plan version cannot be decided, or undefined when it waits. */
async function notWaiting(database: Database, version: PlanVersion): Promise<Omit<DecisionRefusal, "kind"> | undefined> {
  switch (version.state) {
    case "awaiting_approval": {
      const row = await first<{ over: boolean }>(database, "select expires_at <= chiffon.now() as over from plan_version where id = $1", [
        version.id,
      ]);
      return row?.over === true ? { code: "expired", message: `this plan expired at ${version.expiresAt ?? "its limit"}` } : undefined;
    }
    case "drafting":
    case "needs_input":
      return { code: "not-waiting", message: "this plan is not complete yet" };
    case "superseded":
    case "stale": {
      const newer = await newerVersion(database, version.id);
      const code = version.state === "stale" ? "stale" : "superseded";
      return {
        code,
        message: version.stateReason ?? `this plan is ${version.state}`,
        ...(newer === undefined ? {} : { newerVersionId: newer.id }),
      };
    }
    case "expired":
      return { code: "expired", message: "this plan has expired" };
    default:
      return { code: "already-decided", message: `this plan is already decided: ${version.stateReason ?? version.state}` };
  }
}

function inWords(people: readonly string[]): string {
  return people.length < 2 ? (people[0] ?? "nobody") : `${people.slice(0, -1).join(", ")} and ${people.at(-1) ?? ""}`;
}

function iso(expression: string): string {
  return `to_char((${expression}) at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}
