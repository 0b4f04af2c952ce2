import { first, type Sql } from "../db/database.ts";
import type { ExecutionSummary } from "../agents/work-source.ts";
import { getPlanVersion, type PlanVersion } from "../planner/plan-store.ts";
import { getRun, getRunSteps, type Run, type RunStep } from "../runs/run-store.ts";
import { storedSuggestions } from "../runs/analysis-store.ts";
import type { StoredSuggestion } from "../runs/suggestion-store.ts";
import { noProgress, runProgress, type StepProgress } from "./run-progress.ts";

/** What the front doors show. Plain data, read from the rows each time. */
export interface RunView {
  readonly run: Run;
  readonly version: PlanVersion;
  readonly steps: readonly RunViewStep[];
  readonly approvedBy: string | null;
  readonly cancelledBy: string | null;
}

export interface RunViewStep extends RunStep, StepProgress {
  readonly name: string;
  readonly playbook: string;
  readonly playbookPath: string;
  readonly hosts: readonly string[];
  readonly suggestions: readonly StoredSuggestion[];
  readonly suggestionsTotal: number;
  /** Findings more than the playbook's content before this one had; below 0: fewer. Null: nothing to compare with. */
  readonly suggestionsMore: number | null;
}

export async function planView(sql: Sql, planVersionId: string): Promise<PlanVersion | undefined> {
  return getPlanVersion(sql, planVersionId);
}

export async function runView(sql: Sql, runId: string): Promise<RunView | undefined> {
  const run = await getRun(sql, runId);
  const version = run === undefined ? undefined : await getPlanVersion(sql, run.planVersionId);
  if (run === undefined || version === undefined || version.sealed === null) return undefined;
  const rows = await getRunSteps(sql, runId);
  const progress = await runProgress(sql, runId);
  const people = await first<{ approved_by: string | null; cancelled_by: string | null }>(
    sql,
    `select approval.person as approved_by, run.cancelled_by from run left join approval on approval.plan_version_id = run.plan_version_id where run.id = $1`,
    [runId],
  );
  const steps: RunViewStep[] = [];
  for (const row of rows) {
    const sealed = version.sealed.steps.find((step) => step.order === row.order);
    if (sealed === undefined) continue;
    const { suggestions, total, more } = await storedSuggestions(sql, sealed.playbookPath, sealed.contentHash);
    steps.push({
      ...row,
      name: sealed.name,
      playbook: sealed.playbook,
      playbookPath: sealed.playbookPath,
      hosts: sealed.hosts,
      ...(progress.get(row.order) ?? noProgress),
      suggestions,
      suggestionsTotal: total,
      suggestionsMore: more,
    });
  }
  return { run, version, steps, approvedBy: people?.approved_by ?? null, cancelledBy: people?.cancelled_by ?? null };
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
