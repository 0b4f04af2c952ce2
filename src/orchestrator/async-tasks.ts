import type { AsyncTaskListener, AsyncTaskReport } from "../agents/async-task.ts";
import { appendAudit } from "../audit/audit-log.ts";
import { first, type Database } from "../db/database.ts";
import { isUuid } from "../db/uuid.ts";
import type { Logger } from "../logger.ts";
import { saveAsyncTask } from "../runs/async-task-store.ts";
import { appendRunEvents } from "../runs/run-event.ts";
import { lockRun } from "../runs/run-store.ts";

/** Keeps what agents say of jobs that outlive their step. What is new is a run event and an audit entry, so that conversations are told. */
export function createAsyncTaskListener(deps: { readonly database: Database; readonly logger: Logger }): AsyncTaskListener {
  return {
    async told(report) {
      const known = await keep(deps.database, report);
      if (!known) deps.logger.warn({ jobId: report.jobId }, "a job names an attempt that is not known here");
    },
  };
}

async function keep(database: Database, report: AsyncTaskReport): Promise<boolean> {
  if (!isUuid(report.attemptId)) return false;
  return database.transaction(async (sql) => {
    const attempt = await first<{ run_id: string; step_order: number; agent_id: string | null }>(
      sql,
      "select run_id, step_order, agent_id from step_attempt where id = $1",
      [report.attemptId],
    );
    if (attempt === undefined) return false;
    const { run_id: runId } = attempt;
    const stepOrder = Number(attempt.step_order);
    await lockRun(sql, runId);
    const saved = await saveAsyncTask(sql, report, { runId, stepOrder });
    if (saved === null) return true;
    const { jobId, host, taskName, status, reason, rc } = report;
    const ended = report.endedAt !== null;
    await appendRunEvents(sql, runId, [
      { kind: "async", attemptId: report.attemptId, data: { order: stepOrder, jobId, host, taskName, status, reason } },
    ]);
    if (saved.before === null || ended) {
      await appendAudit(sql, {
        actor: `agent:${attempt.agent_id ?? ""}`,
        action: ended ? "async.ended" : "async.started",
        resource: `run:${runId}`,
        result: !ended ? "accepted" : status === "completed" ? "done" : "failed",
        facts: { job: jobId, host, task: taskName, step: stepOrder, status, reason, rc },
      });
    }
    return true;
  });
}
