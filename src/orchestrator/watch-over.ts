import { appendAudit } from "../audit/audit-log.ts";
import type { Database } from "../db/database.ts";
import type { Logger } from "../logger.ts";
import { movePlanVersion } from "../planner/plan-store.ts";
import { moveRun, moveStep } from "../runs/run-store.ts";

/** What happens because time passes: plans expire, leases are lost. Runs every few seconds on every orchestrator; each act is a compare-and-set. */
export async function watchOver(database: Database): Promise<{ readonly expired: readonly string[]; readonly lost: readonly string[] }> {
  return { expired: await expirePlans(database), lost: await loseLeases(database) };
}

const everyMs = 3_000;

export function startWatch(
  deps: { readonly database: Database; readonly logger: Logger; readonly onExpired: (planVersionId: string) => void },
  signal: AbortSignal,
): void {
  let busy = false;
  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    watchOver(deps.database)
      .then(({ expired }) => expired.forEach((id) => deps.onExpired(id))) // prettier-ignore
      .catch((error: unknown) => deps.logger.warn({ error }, "watch failed, tried again soon"))
      .finally(() => {
        busy = false;
      });
  }, everyMs);
  signal.addEventListener("abort", () => clearInterval(timer), { once: true });
}

async function expirePlans(database: Database): Promise<string[]> {
  const due = await database.query<{ id: string }>(
    "select id from plan_version where state = 'awaiting_approval' and expires_at <= chiffon.now() limit 100",
  );
  const expired: string[] = [];
  for (const { id } of due) {
    await database.transaction(async (sql) => {
      if (!(await movePlanVersion(sql, id, "expired", "nobody decided in time"))) return;
      await appendAudit(sql, { actor: "orchestrator", action: "plan.expired", resource: `plan_version:${id}`, result: "done" });
      expired.push(id);
    });
  }
  return expired;
}

/** Lease lost: nobody knows how it went. Target locks stay; the same attempt may still report. */
async function loseLeases(database: Database): Promise<string[]> {
  const due = await database.query<{ id: string }>(
    "select id from step_attempt where state = 'running' and lease_until < chiffon.now() limit 100",
  );
  const lost: string[] = [];
  for (const { id } of due) {
    await database.transaction(async (sql) => {
      const [row] = await sql.query<{ run_id: string; step_order: number; agent_id: string }>(
        "update step_attempt set state = 'outcome_unknown' where id = $1 and state = 'running' and lease_until < chiffon.now() returning run_id, step_order, agent_id",
        [id],
      );
      if (row === undefined) return;
      const reason = "the agent has not been heard of since; it may still be at work";
      await moveStep(sql, { runId: row.run_id, order: Number(row.step_order) }, "outcome_unknown", { reason });
      await moveRun(sql, row.run_id, "outcome_unknown", reason);
      await appendAudit(sql, {
        actor: "orchestrator",
        action: "step.lease_lost",
        resource: `run:${row.run_id}`,
        result: "failed",
        facts: { step: row.step_order, agent: row.agent_id },
      });
      lost.push(row.run_id);
    });
  }
  return lost;
}
