import { appendAudit } from "../audit/audit-log.ts";
import { first, type Database, type Sql } from "../db/database.ts";
import { storable } from "../db/storable.ts";
import type { PlanStep, SealedPlan } from "../planner/plan.ts";
import { movePlanVersion, type PlanVersion } from "../planner/plan-store.ts";
import type { Policy } from "../policy/policy.ts";
import { addVote, votesOf } from "../policy/vote-store.ts";
import type { Queue } from "../queue/queue.ts";
import type { ApprovalSigner } from "../runs/approval.ts";
import { createRun } from "../runs/run-store.ts";
import type { AllowedDecision, Decision, DecisionOutcome, DecisionRefusal } from "./decision.ts";
import { retryAfterMinutes } from "./local-work-source.ts";
import { settleRun } from "./settle-run.ts";

export interface StoreDecisionDeps {
  readonly queue: Queue;
  readonly signer: ApprovalSigner;
  readonly policy: Policy;
}

/** In one transaction with the plan version's row locked. Null: it does not wait any more; somebody was quicker. */
export async function storeDecision(
  sql: Sql,
  deps: StoreDecisionDeps,
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

/** Null: somebody else decided in the same moment. */
export async function becomeStale(
  database: Database,
  decision: Decision,
  version: PlanVersion,
  changes: readonly string[],
): Promise<DecisionRefusal | null> {
  const message = `the repo changed after this plan was made: ${changes.slice(0, 5).join(", ")}${changes.length > 5 ? ` and ${changes.length - 5} more` : ""}`;
  return database.transaction(async (sql) => {
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

/** Seconds that a run may take once it has started, retries included: its later steps are checked against the same expiry. */
function longestRun(plan: SealedPlan | null): number {
  const waits = retryAfterMinutes.reduce((all, minutes) => all + minutes * 60, 0);
  const seconds = (step: PlanStep): number =>
    step.repeatSafe ? (retryAfterMinutes.length + 1) * step.timeLimitSeconds + waits : step.timeLimitSeconds;
  return (plan?.steps ?? []).reduce((all, step) => all + seconds(step), 0);
}

function inWords(people: readonly string[]): string {
  return people.length < 2 ? (people[0] ?? "nobody") : `${people.slice(0, -1).join(", ")} and ${people.at(-1) ?? ""}`;
}

function iso(expression: string): string {
  return `to_char((${expression}) at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}
