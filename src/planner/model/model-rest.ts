import type { Sql } from "../../db/database.ts";
import type { LanguageModel } from "./language-model.ts";

/** How often in a row a model failed, and how long it is left alone for that. */
export interface ModelRest {
  readonly failures: number;
  /** Why it failed last; "" when it did not. */
  readonly reason: string;
  /** 0: it may be asked. */
  readonly secondsLeft: number;
}

/** So many failures in a row, and a model that is down or hangs does not cost every request its time limit any more. */
const failuresBeforeRest = 3;
const firstRestSeconds = 30;
const longestRestSeconds = 300;

/** 30 s after the third failure in a row, then twice as long each time, at most five minutes. */
const restSeconds = (failures: number): number =>
  failures < failuresBeforeRest ? 0 : Math.min(longestRestSeconds, firstRestSeconds * 2 ** (failures - failuresBeforeRest));

/** A reply that was refused or did not fit is an answer all the same: only these say that the model does not work. */
const failureCodes: ReadonlySet<string> = new Set(["model-timeout", "model-stalled", "model-unreachable", "model-failed"]);

/** Seconds of the rest that begins with one more failure; 0: none does. */
export const restAfter = (code: string, failuresBefore: number): number => (failureCodes.has(code) ? restSeconds(failuresBefore + 1) : 0);

/**
 * Read from the stored decisions: it holds for all processes on one database, for commands that live a second, and over a restart. The first
 * answer ends it.
 */
export async function restOf(sql: Sql, { tier, provider, model }: Pick<LanguageModel, "tier" | "provider" | "model">): Promise<ModelRest> {
  const rows = await sql.query<{ code: string | null; reason: string; age: number }>(
    // Only the last decisions: no scan of years for a model that is not used any more.
    // An external call is a row from its beginning on, a local one from its end.
    `select code, reason,
       extract(epoch from chiffon.now() - created_at)::float8 - case when tier = 'external' then duration_ms / 1000.0 else 0 end as age
     from planner_decision
     where id > (select coalesce(max(id), 0) - 500 from planner_decision) and tier = $1 and provider = $2 and model = $3
       and outcome in ('planned', 'failed', 'refused') order by id desc limit 50`,
    [tier, provider, model],
  );
  const answered = rows.findIndex((row) => row.code === null || !failureCodes.has(row.code));
  const inARow = answered < 0 ? rows.length : answered;
  const [last] = rows;
  if (inARow === 0 || last === undefined) return { failures: 0, reason: "", secondsLeft: 0 };
  // A clock that was set back must not lengthen it.
  const passed = Math.max(0, Number(last.age));
  return { failures: inARow, reason: last.reason, secondsLeft: Math.max(0, Math.ceil(restSeconds(inARow) - passed)) };
}
