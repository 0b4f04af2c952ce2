import type { Sql } from "../db/database.ts";
import { storableJson } from "../db/storable.ts";

/** A numbered fact of a run. Kinds: `run`, `step` (state changes), `ansible` (what the callback plugin said), `report` (suggestions, audit). */
export interface RunEvent {
  readonly runId: string;
  readonly number: number;
  readonly at: string;
  readonly kind: string;
  readonly attemptId: string | null;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface NewRunEvent {
  readonly kind: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly attemptId?: string;
}

/** The channel on which runs are announced; the payload is the run's id, and a mark when it has ended or its report is there. */
export const runChannel = "chiffon_run";
const endMark = " ended";

export function readNews(payload: string): { readonly runId: string; readonly ended: boolean } {
  const ended = payload.endsWith(endMark);
  return { runId: ended ? payload.slice(0, -endMark.length) : payload, ended };
}

/** Appends in the caller's transaction, notification included. Returns the last number. */
export async function appendRunEvents(sql: Sql, runId: string, events: readonly NewRunEvent[]): Promise<number> {
  let last = 0;
  for (let from = 0, to = 0; from < events.length; from = to) {
    const first = events[from];
    while (to < events.length && events[to]?.kind === first?.kind && events[to]?.attemptId === first?.attemptId) to += 1;
    if (first !== undefined) last = await appendAlike(sql, runId, first, events.slice(from, to));
  }
  return last;
}

/**
 * One statement: this is what a run does most, and each statement costs the embedded database about as much as its work. What is the same for
 * all is not written out for each, which would be a third of the time.
 */
async function appendAlike(sql: Sql, runId: string, { kind, attemptId }: NewRunEvent, events: readonly NewRunEvent[]): Promise<number> {
  const [row] = await sql.query<{ last: number }>(
    `with numbered as (update run set last_event = last_event + $2::int where id = $1::uuid returning last_event, chiffon.now() as now),
       added as (insert into run_event (run_id, number, at, kind, attempt_id, data)
         select $1::uuid, numbered.last_event - $2::int + place, numbered.now, $3::text, $4::uuid, data
         from numbered, jsonb_array_elements($5::jsonb) with ordinality as event (data, place))
     select last_event as last, pg_notify($6, $1::uuid::text || $7::text) from numbered`,
    [
      runId, events.length, kind, attemptId ?? null, storableJson(events.map(({ data }) => data)), runChannel, events.some(isEnd) ? endMark : "",
    ], // prettier-ignore
  );
  if (row === undefined) throw new Error(`there is no run ${runId}`);
  return Number(row.last);
}

function isEnd({ kind, data }: NewRunEvent): boolean {
  return kind === "report" || (kind === "run" && !["queued", "waiting", "running"].includes(String(data["state"])));
}

export async function readRunEvents(sql: Sql, runId: string, after: number, limit = 1_000): Promise<readonly RunEvent[]> {
  return sql.query<RunEvent & Record<string, unknown>>(
    `select run_id as "runId", number, at::text as at, kind, attempt_id as "attemptId", data
     from run_event where run_id = $1 and number > $2 order by number limit $3`,
    [runId, after, limit],
  );
}
