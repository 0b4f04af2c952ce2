import { appendAudit, writeAudit } from "../audit/audit-log.ts";
import type { Database } from "../db/database.ts";
import type { Policy } from "../policy/policy.ts";
import type { Queue } from "../queue/queue.ts";
import { getRun, getRunSteps, moveStep } from "../runs/run-store.ts";
import { freeLocks } from "../runs/target-lock.ts";
import { askToStop } from "./local-work-source.ts";
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
  const answer = deps.policy.may(person, { action: "cancel", risk: null });
  const run = await getRun(deps.database, runId);
  const refusal = !answer.allowed ? answer.reason : run === undefined ? "there is no such run" : undefined;
  if (refusal !== undefined) {
    await writeAudit(deps.database, {
      actor: person,
      action: "run.cancel",
      resource: `run:${runId}`,
      result: "refused",
      facts: { reason: refusal },
    });
    return { kind: "refused", message: refusal };
  }
  return deps.database.transaction(async (sql) => {
    const now = await getRun(sql, runId);
    if (now === undefined || ["succeeded", "failed", "cancelled"].includes(now.state))
      return { kind: "refused", message: `the run has already ${now?.state ?? "ended"}` };
    await sql.query("update run set cancelled_by = coalesce(cancelled_by, $2) where id = $1", [runId, person]);
    await appendAudit(sql, { actor: person, action: "run.cancel", resource: `run:${runId}`, result: "accepted" });
    const waiting = await sql.query<{ id: string }>(
      "update step_attempt set state = 'cancelled', finished_at = chiffon.now() where run_id = $1 and state = 'queued' returning id",
      [runId],
    );
    for (const attempt of waiting) await freeLocks(sql, attempt.id);
    const asked = await askToStop(sql, runId, "cancelled");
    const steps = await getRunSteps(sql, runId);
    const reason = `cancelled by ${person}`;
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
