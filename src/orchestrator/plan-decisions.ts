import { first, type Sql } from "../db/database.ts";
import { votesOf } from "../policy/vote-store.ts";

export interface PlanDecision {
  readonly decision: "approved" | "rejected";
  /** The account that pressed the button. */
  readonly person: string;
  /** ISO 8601. */
  readonly at: string;
  readonly reason: string | null;
}

/** Who decided on a plan version, and the votes that were given where more than one was needed, or is still missing. */
export async function planDecisions(
  sql: Sql,
  planVersionId: string,
): Promise<{ readonly decided: PlanDecision | null; readonly votes: readonly PlanDecision[] }> {
  const decided = await first<PlanDecision & Record<string, unknown>>(
    sql,
    `select decision, person, to_char(decided_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at, reason from approval where plan_version_id = $1`,
    [planVersionId],
  );
  const votes = await votesOf(sql, planVersionId);
  const single = decided?.decision === "approved" && votes.length < 2;
  return {
    decided: decided ?? null,
    votes: single ? [] : votes.map((vote) => ({ decision: "approved", person: vote.account, at: vote.at, reason: null })),
  };
}
