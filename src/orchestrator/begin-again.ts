import { appendAudit } from "../audit/audit-log.ts";
import type { Sql } from "../db/database.ts";
import { appendRunEvents } from "../runs/run-event.ts";
import { queueAttempt } from "../runs/run-store.ts";

/** Attempts of one step that may end before anything was spawned. */
const mostBeginnings = 3;

export interface UnbegunAttempt {
  readonly run_id: string;
  readonly step_order: number;
  readonly agent_id: string;
}

/** The agent's own word that it died before it spawned anything: the step is given to the next one that asks. Null: that happened too often. */
export async function beginAgain(sql: Sql, row: UnbegunAttempt): Promise<{ readonly attemptId: string } | null> {
  const [tries] = await sql.query<{ count: number }>(
    "select count(*) as count from step_attempt where run_id = $1 and step_order = $2 and error_code in ('agent-lost', 'not-started')",
    [row.run_id, Number(row.step_order)],
  );
  if (Number(tries?.count ?? 0) > mostBeginnings) return null;
  return giveToNext(sql, row, "the agent ended before it started anything; the step begins again");
}

/** One attempt more of a step in which nothing was spawned, and the run and the audit log say why. */
export async function giveToNext(sql: Sql, row: UnbegunAttempt, reason: string): Promise<{ readonly attemptId: string }> {
  const step = { runId: row.run_id, order: Number(row.step_order) };
  const attempt = await queueAttempt(sql, step);
  await sql.query("update run_step set reason = $3 where run_id = $1 and step_order = $2", [step.runId, step.order, reason]);
  await appendRunEvents(sql, step.runId, [{ kind: "step", data: { order: step.order, state: "running", reason } }]);
  await appendAudit(sql, {
    actor: "orchestrator",
    action: "step.handed_over",
    resource: `run:${step.runId}`,
    result: "done",
    facts: { step: step.order, agent: row.agent_id },
  });
  return { attemptId: attempt.id };
}
