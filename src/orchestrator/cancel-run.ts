import { appendAudit, writeAudit, type AuditFact } from "../audit/audit-log.ts";
import type { Database, Sql } from "../db/database.ts";
import { getPlanVersion } from "../planner/plan-store.ts";
import type { Policy } from "../policy/policy.ts";
import type { Queue } from "../queue/queue.ts";
import { isFinal } from "../runs/run-states.ts";
import { getRun, getRunSteps, lockRun, moveStep } from "../runs/run-store.ts";
import { freeLocks } from "../runs/target-lock.ts";
import { askToStop } from "./local-work-source.ts";
import { planMatter } from "../policy/plan-matter.ts";
import { settleRun } from "./settle-run.ts";

export interface CancelRunDeps {
  readonly database: Database;
  readonly queue: Queue;
  readonly policy: Policy;
}

export type CancelOutcome =
  | { readonly kind: "cancelled" }
  /** A process is being stopped; the run's end tells how it went. */
  | { readonly kind: "stopping" }
  | { readonly kind: "refused"; readonly message: string };

/** What waits is cancelled at once; what runs is asked to stop. */
export async function cancelRun(deps: CancelRunDeps, runId: string, person: string): Promise<CancelOutcome> {
  const run = await getRun(deps.database, runId);
  const version = run === undefined ? undefined : await getPlanVersion(deps.database, run.planVersionId);
  const refuse = async (sql: Sql | null, reason: string): Promise<CancelOutcome> => {
    const fact: AuditFact = {
      actor: person,
      action: "run.cancel",
      resource: `run:${runId.slice(0, 100)}`,
      result: "refused",
      facts: { reason },
    };
    await (sql === null ? writeAudit(deps.database, fact) : appendAudit(sql, fact));
    return { kind: "refused", message: reason };
  };
  if (run === undefined || version === undefined) return refuse(null, "there is no such run");
  const answer = await deps.policy.may(person, await planMatter(deps.database, version, "cancel"));
  if (!answer.allowed) return refuse(null, answer.reason);
  const name = deps.policy.nameOf(person);
  return deps.database.transaction(async (sql) => {
    await lockRun(sql, runId);
    const now = await getRun(sql, runId);
    if (now === undefined || isFinal(now.state)) return refuse(sql, `run ${run.number} has ended already: ${now?.state ?? "gone"}`);
    await sql.query("update run set cancelled_by = coalesce(cancelled_by, $2) where id = $1", [runId, person]);
    await appendAudit(sql, { actor: person, action: "run.cancel", resource: `run:${runId}`, result: "accepted" });
    const waiting = await sql.query<{ id: string }>(
      "update step_attempt set state = 'cancelled', finished_at = chiffon.now() where run_id = $1 and state = 'queued' returning id",
      [runId],
    );
    for (const attempt of waiting) await freeLocks(sql, attempt.id);
    const asked = await askToStop(sql, runId, "cancelled");
    const steps = await getRunSteps(sql, runId);
    const reason = `cancelled by ${name}`;
    for (const step of steps) {
      // A step between two attempts is `running` without a process.
      const idle = step.state === "pending" || step.state === "queued" || (step.state === "running" && asked === 0);
      if (idle) await moveStep(sql, { runId, order: step.order }, "cancelled", { reason });
    }
    if (asked > 0) return { kind: "stopping" };
    await settleRun(sql, deps.queue, runId);
    return { kind: "cancelled" };
  });
}
