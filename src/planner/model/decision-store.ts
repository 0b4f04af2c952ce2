import type { Sql } from "../../db/database.ts";
import { first } from "../../db/database.ts";
import { storable } from "../../db/storable.ts";
import { noUsage } from "./language-model.ts";

export interface PlannerDecision {
  readonly requestId: string | null;
  readonly person: string;
  readonly tier: "local" | "external" | "rules";
  readonly provider: string;
  readonly model: string | null;
  readonly outcome: "begun" | "planned" | "failed" | "refused" | "skipped";
  readonly code: string | null;
  readonly reason: string;
  readonly tries: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Null: as it was reserved. */
  readonly costUsd: number | null;
  readonly durationMs: number;
  readonly told: string | null;
}

/** A decision of this tier to begin with: planned, and nothing used yet. */
export function decisionOf(asked: Pick<PlannerDecision, "requestId" | "person">, tier: PlannerDecision["tier"]): PlannerDecision {
  return {
    requestId: asked.requestId,
    person: asked.person,
    tier,
    provider: tier === "rules" ? "rules" : "",
    model: null,
    outcome: "planned",
    code: null,
    reason: "",
    tries: 0,
    ...noUsage,
    costUsd: 0,
    durationMs: 0,
    told: null,
  };
}

export async function storeDecision(sql: Sql, decision: PlannerDecision): Promise<string> {
  const row = await first<{ id: string }>(
    sql,
    `insert into planner_decision (request_id, person, tier, provider, model, outcome, code, reason, tries, input_tokens, output_tokens, cost_usd,
       duration_ms, told)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) returning id::text as id`,
    [
      decision.requestId, decision.person, decision.tier, decision.provider, decision.model, decision.outcome, decision.code,
      storable(decision.reason), decision.tries, decision.inputTokens, decision.outputTokens, decision.costUsd ?? 0, Math.round(decision.durationMs),
      decision.told,
    ],
  ); // prettier-ignore
  if (row === undefined) throw new Error("no decision row");
  return row.id;
}

/** How a call that was begun went. */
export async function endDecision(sql: Sql, id: string, decision: PlannerDecision): Promise<void> {
  await sql.query(
    `update planner_decision set outcome = $2, code = $3, reason = $4, tries = $5, input_tokens = $6, output_tokens = $7,
       cost_usd = coalesce($8::numeric, cost_usd), duration_ms = $9, told = $10 where id = $1 and outcome = 'begun'`,
    [
      id, decision.outcome, decision.code, storable(decision.reason), decision.tries, decision.inputTokens, decision.outputTokens,
      decision.costUsd, Math.round(decision.durationMs), decision.told,
    ],
  ); // prettier-ignore
}

/** What the person of a request is told of how it was planned, in the order in which it happened. */
export async function plannerNotes(sql: Sql, requestId: string): Promise<readonly string[]> {
  const rows = await sql.query<{ told: string }>(
    "select told from planner_decision where request_id = $1 and told is not null order by id",
    [requestId],
  );
  return [...new Set(rows.map((row) => row.told))];
}
