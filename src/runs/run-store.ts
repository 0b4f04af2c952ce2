import type { AttemptResult, ExecutionSummary } from "../agents/work-source.ts";
import { first, type Sql } from "../db/database.ts";
import { storable, storableJson } from "../db/storable.ts";
import { isUuid } from "../db/uuid.ts";
import type { SealedPlan } from "../planner/plan.ts";
import type { SignedApproval } from "./approval.ts";
import { appendRunEvents } from "./run-event.ts";
import { runStatesBefore, stepStatesBefore, type RunState, type StepState } from "./run-states.ts";

export interface Run {
  readonly id: string;
  readonly number: number;
  readonly planVersionId: string;
  readonly purpose: "run" | "preview";
  readonly state: RunState;
  readonly waitingReason: string | null;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly auditNumber: number | null;
  readonly auditCommit: string | null;
}

export interface RunStep {
  readonly order: number;
  readonly state: StepState;
  readonly reason: string | null;
  readonly errorCode: string | null;
  readonly errorText: string | null;
  readonly summary: ExecutionSummary | null;
  readonly preview: AttemptResult["preview"];
  readonly resources: AttemptResult["resources"];
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
}

const runColumns = `run.id, run.number, run.plan_version_id as "planVersionId", run.purpose, run.state, run.waiting_reason as "waitingReason",
  ${iso("run.created_at")} as "createdAt", ${iso("run.started_at")} as "startedAt", ${iso("run.finished_at")} as "finishedAt",
  run.audit_number as "auditNumber", run.audit_commit as "auditCommit"`;

/** ISO 8601 in UTC with milliseconds. */
function iso(column: string): string {
  return `to_char(${column} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}

export async function createRun(
  sql: Sql,
  planVersionId: string,
  purpose: "run" | "preview",
  steps: readonly number[],
): Promise<{ id: string; number: number }> {
  const [run] = await sql.query<{ id: string; number: number }>(
    "insert into run (plan_version_id, purpose, state) values ($1, $2, 'queued') returning id, number",
    [planVersionId, purpose],
  );
  if (run === undefined) throw new Error("no run row");
  await sql.query("insert into run_step (run_id, step_order, state) select $1, step, 'pending' from unnest($2::int[]) as step", [
    run.id,
    steps,
  ]);
  await appendRunEvents(sql, run.id, [{ kind: "run", data: { state: "queued" } }]);
  return { id: run.id, number: Number(run.number) };
}

export async function getRun(sql: Sql, id: string): Promise<Run | undefined> {
  if (!isUuid(id)) return undefined; // from a link or a button: anything
  return first<Run & Record<string, unknown>>(sql, `select ${runColumns} from run where id = $1`, [id]);
}

export function findRunByNumber(sql: Sql, number: number): Promise<Run | undefined> {
  return first<Run & Record<string, unknown>>(sql, `select ${runColumns} from run where number = $1`, [number]);
}

export interface ListedRun extends Run {
  readonly text: string;
  readonly person: string;
}

/** Newest first. */
export function listRuns(sql: Sql, limit: number): Promise<readonly ListedRun[]> {
  return sql.query<ListedRun & Record<string, unknown>>(
    `select ${runColumns}, request.text, request.person from run join plan_version on plan_version.id = run.plan_version_id
     join plan on plan.id = plan_version.plan_id join request on request.id = plan.request_id order by run.number desc limit $1`,
    [limit],
  );
}

export function getRunSteps(sql: Sql, runId: string): Promise<readonly RunStep[]> {
  return sql.query<RunStep & Record<string, unknown>>(
    `select step_order as "order", state, reason, error_code as "errorCode", error_text as "errorText", summary, preview, resources,
       ${iso("started_at")} as "startedAt", ${iso("finished_at")} as "finishedAt"
     from run_step where run_id = $1 order by step_order`,
    [runId],
  );
}

/**
 * First in every transaction that changes a run: the order is run, attempt, target locks, audit head. Two that took them in another order
 * (a cancel and a finish in the same moment) would wait for each other.
 */
export async function lockRun(sql: Sql, runId: string): Promise<void> {
  await sql.query("select id from run where id = $1 for update", [runId]);
}

/** Compare-and-set. False: the run was not in a state from which `to` can be reached. */
export async function moveRun(sql: Sql, runId: string, to: RunState, reason: string | null = null): Promise<boolean> {
  const moved = await sql.query(
    `update run set state = $2, waiting_reason = $3,
       started_at = case when $2 = 'running' then coalesce(started_at, chiffon.now()) else started_at end,
       finished_at = case when $2 in ('succeeded', 'failed', 'cancelled') then chiffon.now() else finished_at end
     where id = $1 and state = any ($4::text[]) returning id`,
    [runId, to, reason, runStatesBefore(to)],
  );
  if (moved.length === 0) return false;
  await appendRunEvents(sql, runId, [{ kind: "run", data: { state: to, reason } }]);
  return true;
}

export async function moveStep(
  sql: Sql,
  step: { readonly runId: string; readonly order: number },
  to: StepState,
  facts: { readonly reason?: string | null; readonly result?: AttemptResult } = {},
): Promise<boolean> {
  const result = facts.result;
  const moved = await sql.query(
    `update run_step set state = $3, reason = $4, error_code = $5, error_text = $6, summary = $7::jsonb, preview = $8::jsonb, resources = $9::jsonb,
       started_at = case when $3 = 'running' then coalesce(started_at, chiffon.now()) else started_at end,
       finished_at = case when $3 in ('succeeded', 'failed', 'timeout', 'cancelled', 'skipped') then chiffon.now() else finished_at end
     where run_id = $1 and step_order = $2 and state = any ($10::text[]) returning step_order`,
    [
      step.runId, step.order, to, storable(facts.reason ?? null), result?.errorCode ?? null, storable(result?.errorText ?? null),
      storableJson(result?.summary), storableJson(result?.preview), storableJson(result?.resources), stepStatesBefore(to),
    ], // prettier-ignore
  );
  if (moved.length === 0) return false;
  await appendRunEvents(sql, step.runId, [{ kind: "step", data: { order: step.order, state: to, reason: facts.reason ?? null } }]);
  return true;
}

/** The next attempt of a step, waiting to be claimed. */
export async function queueAttempt(
  sql: Sql,
  step: { readonly runId: string; readonly order: number },
  afterSeconds = 0,
): Promise<{ id: string; number: number }> {
  const [attempt] = await sql.query<{ id: string; number: number }>(
    `insert into step_attempt (run_id, step_order, number, state, run_after)
     select $1, $2, coalesce(max(number), 0) + 1, 'queued', chiffon.now() + make_interval(secs => $3)
     from step_attempt where run_id = $1 and step_order = $2 returning id, number`,
    [step.runId, step.order, afterSeconds],
  );
  if (attempt === undefined) throw new Error("no attempt row");
  return { id: attempt.id, number: Number(attempt.number) };
}

/** What was approved for a run, as it was sealed and signed. */
export async function approvedPlanOf(
  sql: Sql,
  runId: string,
): Promise<{ plan: SealedPlan; digest: string; approval: SignedApproval } | undefined> {
  const row = await first<{ sealed: SealedPlan; digest: string; signed: SignedApproval["approval"]; signature: string }>(
    sql,
    `select plan_version.sealed, plan_version.digest, approval.signed, approval.signature from run
     join plan_version on plan_version.id = run.plan_version_id
     join approval on approval.plan_version_id = plan_version.id and approval.decision = 'approved' where run.id = $1`,
    [runId],
  );
  return row === undefined
    ? undefined
    : { plan: row.sealed, digest: row.digest, approval: { approval: row.signed, signature: row.signature } };
}
