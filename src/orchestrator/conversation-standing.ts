import { first, type Sql } from "../db/database.ts";
import type { RequestOutcome } from "../planner/request-store.ts";
import { getPlanVersion, type PlanVersion } from "../planner/plan-store.ts";
import { runView, type RunView } from "./views.ts";

/** How the newest request of a conversation stands. */
export interface ConversationStanding {
  readonly requestId: string;
  readonly requestText: string;
  readonly person: string;
  /** Null: it is being planned. */
  readonly outcome: RequestOutcome | null;
  readonly version: PlanVersion | null;
  readonly run: RunView | null;
}

/** Undefined: nobody asked anything there yet. What was said about a waiting plan belongs to that plan's request, and small talk does not count. */
export async function conversationStanding(sql: Sql, conversationId: string): Promise<ConversationStanding | undefined> {
  const row = await first<{
    id: string;
    text: string;
    person: string;
    outcome: RequestOutcome | null;
    version: string | null;
    run: string | null;
  }>(
    sql,
    `select request.id, request.text, request.person, request.outcome, version.id as version, run.id as run
     from request
     left join lateral (select plan_version.id from plan_version join plan on plan.id = plan_version.plan_id
       where plan.request_id = request.id and plan.previews_version is null order by plan_version.created_at desc limit 1) version on true
     left join run on run.plan_version_id = version.id
     where request.conversation_id = $1 and (request.outcome is null or request.outcome not in ('answer', 'modification', 'withdrawal'))
     order by coalesce(request.outcome, '') in ('no_work', 'refused'), request.number desc limit 1`,
    [conversationId],
  );
  if (row === undefined) return undefined;
  return {
    requestId: row.id,
    requestText: row.text,
    person: row.person,
    outcome: row.outcome,
    version: row.version === null ? null : ((await getPlanVersion(sql, row.version)) ?? null),
    run: row.run === null ? null : ((await runView(sql, row.run)) ?? null),
  };
}
