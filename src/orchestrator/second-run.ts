import { digestOf } from "../canonical-json.ts";
import type { Database, Sql } from "../db/database.ts";
import type { PlanStep, SealedPlan } from "../planner/plan.ts";
import { usedBy } from "../planner/used-files.ts";
import { saveAnalysis, secondRunTool } from "../runs/analysis-store.ts";
import type { Suggestion } from "../runs/suggestion-store.ts";
import type { RunView } from "./views.ts";

export interface SecondRunDeps {
  readonly database: Database;
  readonly playbookPaths: () => Promise<readonly string[]>;
}

interface Changed {
  readonly host: string;
  readonly task: string;
  /** `site.yml:6` */
  readonly path: string | null;
}

const reasoning =
  "A second run of the same plan should find everything as it is: what changes each time hides real changes, and may restart services for nothing.";

/** Tasks that changed something when nothing was different from the run before: kept as findings of that content. */
export async function noteSecondRun({ database, playbookPaths }: SecondRunDeps, { run, version, steps }: RunView): Promise<void> {
  const plan = version.sealed;
  if (plan === null || run.purpose !== "run") return;
  const paths = new Set(await playbookPaths());
  for (const step of plan.steps) {
    const went = steps.find((row) => row.order === step.order);
    if (went?.state !== "succeeded" || (went.summary?.changedCount ?? 0) === 0) continue;
    const before = await lastTouch(database, run.number, step);
    if (before?.state !== "succeeded" || workOf(before.plan, before.step, paths) !== workOf(plan, step, paths)) continue;
    const first = await changedIn(database, before.runId, before.step.order);
    const again = (await changedIn(database, run.id, step.order)).filter((one) => first.some((other) => sameTask(one, other)));
    const found = [...Map.groupBy(again, ({ task, path }) => JSON.stringify([task, path])).values()];
    if (found.length === 0) continue;
    await saveAnalysis(database, {
      playbookPath: step.playbookPath,
      contentHash: step.contentHash,
      catalogHashes: [step.contentHash],
      toolVersion: secondRunTool,
      total: found.length,
      suggestions: found.map((same) => findingOf(same, step, [before.runNumber, run.number])),
    });
  }
}

/** The last step before this run that could change anything on one of its hosts. */
async function lastTouch(
  sql: Sql,
  runNumber: number,
  step: PlanStep,
): Promise<
  | { readonly runId: string; readonly runNumber: number; readonly state: string; readonly plan: SealedPlan; readonly step: PlanStep }
  | undefined
> {
  const [row] = await sql.query<{ id: string; number: number; state: string; sealed: SealedPlan; step_order: number }>(
    `select run.id, run.number, run_step.state, plan_version.sealed, run_step.step_order
     from run join plan_version on plan_version.id = run.plan_version_id
     cross join lateral jsonb_array_elements(plan_version.sealed -> 'steps') as step
     join run_step on run_step.run_id = run.id and run_step.step_order = (step ->> 'order')::int
     where run.purpose = 'run' and run.number < $1 and run_step.started_at is not null and step ->> 'risk' <> 'read'
       and exists (select 1 from jsonb_array_elements_text(step -> 'hosts') as host where host = any ($2::text[]))
     order by run.number desc, run_step.step_order desc limit 1`,
    [runNumber, step.hosts],
  );
  const before = row?.sealed.steps.find((one) => one.order === Number(row.step_order));
  return row === undefined || before === undefined
    ? undefined
    : { runId: row.id, runNumber: Number(row.number), state: row.state, plan: row.sealed, step: before };
}

/** Everything that decides what a step does: its files, values, hosts and inventory. */
function workOf(plan: SealedPlan, step: PlanStep, paths: ReadonlySet<string>): string {
  const { playbookPath, contentHash, variables, inventoryHash, hosts, limit, tags } = step;
  const files = plan.snapshot.files.filter(usedBy({ ...plan, steps: [step] }, paths));
  return digestOf([
    { playbookPath, contentHash, variables, inventoryHash, hosts, limit, tags },
    files.map(({ path, hash }) => [path, hash]),
    plan.outside.map(({ name, hash }) => [name, hash]),
  ]);
}

/** In the last attempt of a step. */
function changedIn(sql: Sql, runId: string, order: number): Promise<readonly Changed[]> {
  return sql.query<Changed & Record<string, unknown>>(
    `select data ->> 'host' as host, data ->> 'task' as task, data ->> 'path' as path from run_event
     where run_id = $1 and kind = 'ansible' and data ->> 'kind' = 'result' and data ->> 'status' = 'changed'
       and attempt_id = (select id from step_attempt where run_id = $1 and step_order = $2 order by number desc limit 1)
     order by number limit 2000`,
    [runId, order],
  );
}

function sameTask(one: Changed, other: Changed): boolean {
  return one.host === other.host && one.task === other.task && one.path === other.path;
}

function findingOf(same: readonly Changed[], step: PlanStep, runs: readonly number[]): Suggestion {
  const [{ task, path } = { task: "", path: null }] = same;
  const [, file, line] = /^(.+):(\d+)$/.exec(path ?? "") ?? [];
  const hosts = [...new Set(same.map(({ host }) => host))];
  const where = hosts.length <= 5 ? hosts.join(", ") : `${hosts.slice(0, 5).join(", ")} and ${hosts.length - 5} more`;
  return {
    path: file ?? step.playbookPath,
    line: line === undefined ? null : Number(line),
    task,
    rule: "changed-twice",
    category: "idempotency",
    severity: "warning",
    message: `"${task}" changed something on ${where} in run ${runs.join(" and again in run ")}, with the same content, values and hosts.`,
    reasoning,
  };
}
