import { first, type Database, type Sql } from "../../db/database.ts";
import type { ExternalSettings } from "../../model-settings.ts";
import { mostTokens, replyTokens, type LanguageModel, type ModelPrompt, type ModelUsage } from "./language-model.ts";
import { storeDecision, type PlannerDecision } from "./decision-store.ts";

/** What an external provider may cost, counted from the stored decisions, over all processes. */
export interface Quota {
  /** Holds the most that a call can cost. Refused: nothing may be sent, and why. */
  reserve(call: ExternalCall): Promise<Reserved>;
  costOf(usage: ModelUsage): number;
}

export interface ExternalCall {
  readonly requestId: string | null;
  readonly person: string;
  readonly model: LanguageModel;
  readonly reason: string;
  /** The longest that may be sent; the second try is counted too. */
  readonly prompt: Pick<ModelPrompt, "system" | "user">;
}

export type Reserved =
  | { readonly kind: "reserved"; readonly id: string; readonly warning: string | null }
  | { readonly kind: "refused"; readonly reason: string };

export function createQuota(database: Database, settings: ExternalSettings): Quota {
  const costOf = ({ inputTokens, outputTokens }: ModelUsage): number =>
    (inputTokens * settings.usd_per_million.input + outputTokens * settings.usd_per_million.output) / 1_000_000;
  return {
    costOf,
    async reserve(call) {
      const once = costOf({ inputTokens: mostTokens(call.prompt.system + call.prompt.user) + 500, outputTokens: replyTokens });
      const most = once * 2;
      return database.transaction(async (sql) => {
        // Two requests in the same moment must not both take the last cent.
        await sql.query("select pg_advisory_xact_lock(hashtext('chiffon.planner_quota'))");
        const used = await usedOf(sql, settings.provider, call.person);
        if (used.month + most > settings.usd_per_month)
          return {
            kind: "refused",
            reason: `the month's budget of ${dollars(settings.usd_per_month)} for ${settings.provider} is spent (${dollars(used.month)} so far)`,
          };
        if (used.minute >= settings.requests_per_minute)
          return { kind: "refused", reason: `${settings.provider} was asked ${used.minute} times in the last minute, which is the limit` };
        if (used.personHour >= settings.requests_per_person_hour)
          return {
            kind: "refused",
            reason: `you had ${used.personHour} requests planned by ${settings.provider} in the last hour, which is the limit`,
          };
        const decision: PlannerDecision = {
          requestId: call.requestId,
          person: call.person,
          tier: "external",
          provider: settings.provider,
          model: call.model.model,
          outcome: "begun",
          code: null,
          reason: call.reason,
          tries: 0,
          inputTokens: 0,
          outputTokens: 0,
          costUsd: most,
          durationMs: 0,
          told: null,
        };
        const share = (used.month + once) / settings.usd_per_month;
        const warning = share < 0.8 ? null : `${Math.floor(share * 100)} % of the month's budget for ${settings.provider} are spent`;
        return { kind: "reserved", id: await storeDecision(sql, decision), warning };
      });
    },
  };
}

/** What this month's calls have cost, with what is held for those that run. */
export async function spentThisMonth(sql: Sql, provider: string): Promise<number> {
  // A month's sum does not depend on the person.
  return (await usedOf(sql, provider, "")).month;
}

async function usedOf(sql: Sql, provider: string, person: string): Promise<{ month: number; minute: number; personHour: number }> {
  const row = await first<{ month: string; minute: string; hour: string }>(
    sql,
    `select coalesce(sum(cost_usd) filter (where created_at >= date_trunc('month', chiffon.now())), 0)::text as month,
       count(*) filter (where created_at > chiffon.now() - interval '1 minute')::text as minute,
       count(*) filter (where person = $2 and created_at > chiffon.now() - interval '1 hour')::text as hour
     from planner_decision
     where provider = $1 and tier = 'external' and outcome <> 'skipped'
       and created_at >= least(date_trunc('month', chiffon.now()), chiffon.now() - interval '1 hour')`,
    [provider, person],
  );
  return { month: Number(row?.month ?? 0), minute: Number(row?.minute ?? 0), personHour: Number(row?.hour ?? 0) };
}

const dollars = (amount: number): string => `$${amount.toFixed(2)}`;
