import { first, type Sql } from "../db/database.ts";
import type { ExecutionSummary } from "../agents/work-source.ts";
import { getPlanVersion, type PlanVersion } from "../planner/plan-store.ts";
import { getRun, getRunSteps, type Run, type RunStep } from "../runs/run-store.ts";
import { storedSuggestions, type StoredSuggestion } from "../runs/suggestion-store.ts";

/** What the front doors show. Plain data, read from the rows each time. */
export interface RunView {
  readonly run: Run;
  readonly version: PlanVersion;
  readonly steps: readonly RunViewStep[];
  readonly approvedBy: string | null;
  readonly cancelledBy: string | null;
}

export interface RunViewStep extends RunStep {
  readonly name: string;
  readonly playbook: string;
  readonly playbookPath: string;
  readonly hosts: readonly string[];
  readonly live: LiveStep;
  /** What debug tasks said, in order: the part of a run that its author wrote for people. */
  readonly said: readonly SaidText[];
  readonly suggestions: readonly StoredSuggestion[];
  readonly suggestionsTotal: number;
}

export interface SaidText {
  readonly host: string;
  readonly task: string;
  readonly text: string;
}

/** As far as the events tell while it runs. */
export interface LiveStep {
  readonly currentTask: string | null;
  readonly tasksDone: number;
  readonly changed: number;
  readonly failed: number;
}

export async function planView(sql: Sql, planVersionId: string): Promise<PlanVersion | undefined> {
  return getPlanVersion(sql, planVersionId);
}

export async function runView(sql: Sql, runId: string): Promise<RunView | undefined> {
  const run = await getRun(sql, runId);
  const version = run === undefined ? undefined : await getPlanVersion(sql, run.planVersionId);
  if (run === undefined || version === undefined || version.sealed === null) return undefined;
  const rows = await getRunSteps(sql, runId);
  const live = await liveSteps(sql, runId);
  const said = await saidTexts(sql, runId);
  const people = await first<{ approved_by: string | null; cancelled_by: string | null }>(
    sql,
    `select approval.person as approved_by, run.cancelled_by from run left join approval on approval.plan_version_id = run.plan_version_id where run.id = $1`,
    [runId],
  );
  const steps: RunViewStep[] = [];
  for (const row of rows) {
    const sealed = version.sealed.steps.find((step) => step.order === row.order);
    if (sealed === undefined) continue;
    const { suggestions, total } = await storedSuggestions(sql, sealed.playbookPath, sealed.contentHash);
    steps.push({
      ...row,
      name: sealed.name,
      playbook: sealed.playbook,
      playbookPath: sealed.playbookPath,
      hosts: sealed.hosts,
      said: said.get(row.order) ?? [],
      live: live.get(row.order) ?? { currentTask: null, tasksDone: 0, changed: 0, failed: 0 },
      suggestions,
      suggestionsTotal: total,
    });
  }
  return { run, version, steps, approvedBy: people?.approved_by ?? null, cancelledBy: people?.cancelled_by ?? null };
}

const saidAtMost = 60;

/** Of the last attempt of each step; at most sixty a run. */
async function saidTexts(sql: Sql, runId: string): Promise<ReadonlyMap<number, readonly SaidText[]>> {
  const rows = await sql.query<{ step: number; host: string; task: string; text: string }>(
    `select (data ->> 'step')::int as step, data ->> 'host' as host, data ->> 'task' as task, data ->> 'message' as text
     from run_event where run_id = $1 and kind = 'ansible' and data ->> 'kind' = 'result' and data ->> 'status' in ('ok', 'changed')
       and data ->> 'message' is not null and attempt_id in
         (select distinct on (step_order) id from step_attempt where run_id = $1 order by step_order, number desc)
     order by number limit $2`,
    [runId, saidAtMost],
  );
  const said = new Map<number, SaidText[]>();
  for (const { step, host, task, text } of rows) said.set(Number(step), [...(said.get(Number(step)) ?? []), { host, task, text }]);
  return said;
}

async function liveSteps(sql: Sql, runId: string): Promise<Map<number, LiveStep>> {
  const rows = await sql.query<{ step: number; tasks: number; changed: number; failed: number; task: string | null }>(
    `select (data ->> 'step')::int as step,
       count(*) filter (where data ->> 'kind' = 'task_start') as tasks,
       count(*) filter (where data ->> 'kind' = 'result' and data ->> 'status' = 'changed') as changed,
       count(*) filter (where data ->> 'kind' = 'result' and data ->> 'status' in ('failed', 'unreachable')
         and not (data ->> 'ignored')::boolean and not (data ->> 'rescued')::boolean) as failed,
       (array_agg(data ->> 'task' order by number desc) filter (where data ->> 'kind' = 'task_start'))[1] as task
     from run_event where run_id = $1 and kind = 'ansible' group by 1`,
    [runId],
  );
  return new Map(
    rows.map((row) => [
      Number(row.step),
      { currentTask: row.task, tasksDone: Number(row.tasks), changed: Number(row.changed), failed: Number(row.failed) },
    ]),
  );
}

/** The counts of a step that never got as far as a summary. */
export function emptySummary(status: ExecutionSummary["status"]): ExecutionSummary {
  return {
    status,
    exitCode: null,
    durationMs: 0,
    changedCount: 0,
    okCount: 0,
    failedCount: 0,
    skippedCount: 0,
    unreachableCount: 0,
    rescuedCount: 0,
    ignoredCount: 0,
    failedTasks: [],
    keyErrors: [],
    hostsSummary: {},
  };
}

/** The median of past successful runs of a playbook in seconds, by path. */
export async function expectedSeconds(sql: Sql, playbookPaths: readonly string[]): Promise<ReadonlyMap<string, number>> {
  if (playbookPaths.length === 0) return new Map();
  const rows = await sql.query<{ path: string; seconds: number }>(
    `select step.value ->> 'playbookPath' as path,
       percentile_cont(0.5) within group (order by extract(epoch from run_step.finished_at - run_step.started_at)) as seconds
     from (select * from run where state = 'succeeded' and purpose = 'run' order by number desc limit 500) run
     join plan_version on plan_version.id = run.plan_version_id
     cross join lateral jsonb_array_elements(plan_version.sealed -> 'steps') step
     join run_step on run_step.run_id = run.id and run_step.step_order = (step.value ->> 'order')::int
     where run_step.state = 'succeeded' and step.value ->> 'playbookPath' = any ($1::text[]) group by 1`,
    [playbookPaths],
  );
  return new Map(rows.map((row) => [row.path, Number(row.seconds)]));
}
