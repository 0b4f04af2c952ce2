import { setImmediate as breathe } from "node:timers/promises";
import { first, type Sql } from "../db/database.ts";

/** As far as the events tell while it runs. */
export interface LiveStep {
  readonly currentTask: string | null;
  readonly tasksDone: number;
  readonly changed: number;
  readonly failed: number;
}

export interface SaidText {
  readonly host: string;
  readonly task: string;
  readonly text: string;
}

export interface StepProgress {
  readonly live: LiveStep;
  /** What debug tasks said in the last attempt, in order: the part of a run that its author wrote for people. At most sixty texts a run. */
  readonly said: readonly SaidText[];
}

export const noProgress: StepProgress = { live: { currentTask: null, tasksDone: 0, changed: 0, failed: 0 }, said: [] };

interface KnownRun {
  /** Number of the last event that is counted in. */
  last: number;
  readonly steps: Map<number, KnownStep>;
  reading: Promise<void>;
}

interface KnownStep {
  live: LiveStep;
  /** The last one that said anything. */
  attempt: string | null;
  said: SaidText[];
}

const eventsAtOnce = 2_000;
const saidAtMost = 60;
const runsKept = 30;

/**
 * Events are only ever added, so what was counted once stays true: each look reads what is new since the last one. Reading a run of 200,000
 * events whole, several times a second, would leave the embedded database time for nothing else.
 */
const known = new WeakMap<Sql, Map<string, KnownRun>>();

/** What the events of a run say of its steps so far, by step. */
export async function runProgress(sql: Sql, runId: string): Promise<ReadonlyMap<number, StepProgress>> {
  const runs = known.get(sql) ?? new Map<string, KnownRun>();
  known.set(sql, runs);
  const run = runs.get(runId) ?? { last: 0, steps: new Map(), reading: Promise.resolve() };
  runs.delete(runId);
  runs.set(runId, run); // the last one looked at is the last one forgotten
  for (const oldest of runs.keys()) if (runs.size > runsKept) runs.delete(oldest);
  // One reader at a time: two would count the same events twice.
  run.reading = run.reading.then(
    () => readOn(sql, runId, run),
    () => readOn(sql, runId, run),
  );
  await run.reading;
  let room = saidAtMost;
  const shown = [...run.steps].map(([step, { live, said }]): [number, StepProgress] => {
    const texts = said.slice(0, room);
    room -= texts.length;
    return [step, { live, said: texts }];
  });
  return new Map(shown);
}

async function readOn(sql: Sql, runId: string, run: KnownRun): Promise<void> {
  const row = await first<{ last_event: number }>(sql, "select last_event from run where id = $1", [runId]);
  const last = Number(row?.last_event ?? 0);
  // Numbers have no gaps.
  for (let from = run.last; from < last; from = run.last) {
    const to = Math.min(from + eventsAtOnce, last);
    const counted = await sql.query<CountedStep>(countedSql, [runId, from, to]);
    const said = await sql.query<SaidRow>(saidSql, [runId, from, to, saidAtMost]);
    for (const step of counted) count(run, step);
    for (const text of said) say(run, text);
    run.last = to;
    if (to < last) await breathe(); // the embedded database works on this thread
  }
}

interface CountedStep extends Record<string, unknown> {
  readonly step: number;
  readonly attempt: string | null;
  readonly tasks: number;
  readonly changed: number;
  readonly failed: number;
  readonly task: string | null;
}

const countedSql = `
  select (data ->> 'step')::int as step, attempt_id as attempt,
    count(*) filter (where data ->> 'kind' = 'task_start') as tasks,
    count(*) filter (where data ->> 'kind' = 'result' and data ->> 'status' = 'changed') as changed,
    count(*) filter (where data ->> 'kind' = 'result' and data ->> 'status' in ('failed', 'unreachable')
      and not (data ->> 'ignored')::boolean and not (data ->> 'rescued')::boolean) as failed,
    (array_agg(data ->> 'task' order by number desc) filter (where data ->> 'kind' = 'task_start'))[1] as task
  from run_event where run_id = $1 and number > $2 and number <= $3 and kind = 'ansible' group by 1, 2 order by min(number)`;

interface SaidRow extends SaidText, Record<string, unknown> {
  readonly step: number;
  readonly attempt: string | null;
}

const saidSql = `
  select (data ->> 'step')::int as step, attempt_id as attempt, data ->> 'host' as host, data ->> 'task' as task, data ->> 'message' as text
  from run_event where run_id = $1 and number > $2 and number <= $3 and kind = 'ansible' and data ->> 'kind' = 'result'
    and data ->> 'status' in ('ok', 'changed') and data ->> 'message' is not null
  order by number limit $4`;

function count(run: KnownRun, row: CountedStep): void {
  const step = stepOf(run, Number(row.step));
  const before = step.live;
  step.live = {
    currentTask: row.task ?? before.currentTask,
    tasksDone: before.tasksDone + Number(row.tasks),
    changed: before.changed + Number(row.changed),
    failed: before.failed + Number(row.failed),
  };
  if (step.attempt !== row.attempt) step.said = []; // another attempt has begun
  step.attempt = row.attempt;
}

function say(run: KnownRun, { step: order, attempt, host, task, text }: SaidRow): void {
  const step = stepOf(run, Number(order));
  if (step.attempt === attempt && step.said.length < saidAtMost) step.said.push({ host, task, text });
}

function stepOf(run: KnownRun, order: number): KnownStep {
  const step = run.steps.get(order) ?? { live: noProgress.live, attempt: null, said: [] };
  run.steps.set(order, step);
  return step;
}
