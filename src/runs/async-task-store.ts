import type { AsyncTaskReport, AsyncTaskStatus } from "../agents/async-task.ts";
import { first, type Sql } from "../db/database.ts";
import { storable } from "../db/storable.ts";

/** A job that outlives its step, as the orchestrator was told of it. */
export interface AsyncTask {
  readonly jobId: string;
  readonly runId: string;
  readonly runNumber: number;
  readonly stepOrder: number;
  readonly planVersionId: string;
  readonly host: string;
  readonly taskName: string;
  readonly status: AsyncTaskStatus;
  readonly reason: string | null;
  readonly error: string | null;
  readonly rc: number | null;
  readonly lastLines: string | null;
  readonly timeoutSeconds: number;
  readonly startedAt: string;
  readonly endedAt: string | null;
}

const columns = `async_task.job_id as "jobId", async_task.run_id as "runId", run.number as "runNumber", async_task.step_order as "stepOrder",
  run.plan_version_id as "planVersionId", host, task_name as "taskName", status, reason, error, rc, last_lines as "lastLines",
  timeout_seconds as "timeoutSeconds", ${iso("async_task.started_at")} as "startedAt", ${iso("async_task.ended_at")} as "endedAt"`;
const from = "from async_task join run on run.id = async_task.run_id";

/** Stores what is new in it: null where it is known already, or older than what is known. An end stays the end. */
export async function saveAsyncTask(
  sql: Sql,
  report: AsyncTaskReport,
  place: { readonly runId: string; readonly stepOrder: number },
): Promise<{ readonly before: AsyncTaskStatus | null } | null> {
  const told = storable(report);
  const before = await first<{ status: AsyncTaskStatus }>(sql, "select status from async_task where job_id = $1 for update", [told.jobId]);
  const changed = await sql.query(
    `insert into async_task (job_id, attempt_id, run_id, step_order, host, task_name, status, reason, error, rc, last_lines, timeout_seconds, started_at, ended_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
     on conflict (job_id) do update set status = excluded.status, reason = excluded.reason, error = excluded.error, rc = excluded.rc,
       last_lines = excluded.last_lines, ended_at = excluded.ended_at, told_at = chiffon.now()
     where async_task.attempt_id = excluded.attempt_id and async_task.status in ('unknown', 'running')
       and async_task.status <> excluded.status and (excluded.status <> 'unknown' or excluded.reason = 'host_unreachable')
     returning job_id`,
    [
      told.jobId, told.attemptId, place.runId, place.stepOrder, told.host, told.taskName, told.status, told.reason, told.error, told.rc,
      told.lastLines, told.timeoutSeconds, told.startedAt, told.endedAt,
    ], // prettier-ignore
  );
  return changed.length === 0 ? null : { before: before?.status ?? null };
}

export async function listAsyncTasks(sql: Sql, limit: number): Promise<readonly AsyncTask[]> {
  return tasksOf(await sql.query(`select ${columns} ${from} order by async_task.started_at desc, job_id limit $1`, [limit]));
}

export async function findAsyncTask(sql: Sql, jobId: string): Promise<AsyncTask | undefined> {
  return tasksOf(await sql.query(`select ${columns} ${from} where async_task.job_id = $1`, [jobId]))[0];
}

/** Those that have ended, and those whose host does not answer any more. */
export async function asyncTasksToTell(sql: Sql, runId: string): Promise<readonly AsyncTask[]> {
  return tasksOf(
    await sql.query(
      `select ${columns} ${from} where run.id = $1 and (ended_at is not null or reason = 'host_unreachable') order by ended_at, job_id limit 100`,
      [runId],
    ),
  );
}

export async function forgetAsyncTasks(sql: Sql, jobIds: readonly string[]): Promise<void> {
  await sql.query("delete from async_task where job_id = any ($1::text[]) and ended_at is not null", [jobIds]);
}

function tasksOf(rows: readonly Record<string, unknown>[]): AsyncTask[] {
  return rows.map((row) => ({ ...(row as unknown as AsyncTask), runNumber: Number(row["runNumber"]) }));
}

function iso(column: string): string {
  return `to_char(${column} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`;
}
