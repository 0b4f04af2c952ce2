import { first, type Database, type Sql } from "../db/database.ts";
import { storableJson } from "../db/storable.ts";
import type { CardFile, PostedCard } from "./chat-platform.ts";
import { queueEdit, queueFile, queuePost } from "./outbox-store.ts";

/** What a conversation shows, as it is to be shown; the outbox brings it to the platform. */
export interface ShownCard {
  readonly id: string;
  readonly kind: PostedCard["kind"];
  readonly platform: string;
  readonly conversationId: string;
  readonly content: PostedCard;
}

/** What a card is about. A topic is shown once in a conversation, a run once as each kind of card. */
export interface CardSubject {
  readonly planVersionId?: string;
  readonly runId?: string;
  readonly requestId?: string;
  readonly topic?: string;
}

export interface NewCard {
  readonly conversationId: string;
  readonly card: PostedCard;
  readonly subject: CardSubject;
  /** Sent after it. */
  readonly files: readonly CardFile[];
}

/** A card and its way to the platform, in one transaction. False: it is shown there already. */
export async function addCard(database: Database, { conversationId, card, subject, files }: NewCard): Promise<boolean> {
  return database.transaction(async (sql) => {
    const row = await first<{ id: string }>(
      sql,
      `insert into card (conversation_id, kind, plan_version_id, run_id, request_id, topic, content) values ($1, $2, $3, $4, $5, $6, $7::jsonb)
       on conflict do nothing returning id`,
      [
        conversationId,
        card.kind,
        subject.planVersionId ?? null,
        subject.runId ?? null,
        subject.requestId ?? null,
        subject.topic ?? null,
        storableJson(card),
      ],
    );
    if (row === undefined) return false;
    await queuePost(sql, conversationId, row.id, card);
    for (const file of files) await queueFile(sql, conversationId, row.id, file);
    return true;
  });
}

/** False: it says this already. */
export async function changeCard(database: Database, shown: ShownCard, card: PostedCard, files: readonly CardFile[]): Promise<boolean> {
  return database.transaction(async (sql) => {
    const changed = await sql.query(
      "update card set content = $2::jsonb, kind = $3, updated_at = chiffon.now() where id = $1 and content is distinct from $2::jsonb returning id",
      [shown.id, storableJson(card), card.kind],
    );
    if (changed.length === 0) return false;
    await queueEdit(sql, shown.conversationId, shown.id, card);
    for (const file of files) await queueFile(sql, shown.conversationId, shown.id, file);
    return true;
  });
}

export function cardsOfRun(sql: Sql, runId: string): Promise<readonly ShownCard[]> {
  return find(sql, "card.run_id = $1", [runId]);
}

export function cardsOfPlanVersion(sql: Sql, planVersionId: string): Promise<readonly ShownCard[]> {
  return find(sql, "card.plan_version_id = $1 and card.kind in ('plan', 'question')", [planVersionId]);
}

export async function cardOfTopic(sql: Sql, conversationId: string, topic: string): Promise<ShownCard | undefined> {
  return (await find(sql, "card.conversation_id = $1 and card.topic = $2", [conversationId, topic]))[0];
}

async function find(sql: Sql, condition: string, values: readonly string[]): Promise<readonly ShownCard[]> {
  return sql.query<ShownCard & Record<string, unknown>>(
    `select card.id, card.kind, conversation.platform, card.conversation_id as "conversationId", card.content
     from card join conversation on conversation.id = card.conversation_id where ${condition} order by card.created_at`,
    values,
  );
}

/** Runs that go on, and those that ended while nobody was there to show their result where their plan is shown. */
export async function runsToShow(sql: Sql): Promise<readonly string[]> {
  const rows = await sql.query<{ id: string }>(
    `select run.id from run join plan_version on plan_version.id = run.plan_version_id join plan on plan.id = plan_version.plan_id
     where run.state in ('queued', 'waiting', 'running', 'outcome_unknown') or (
       exists (select 1 from card where card.plan_version_id in (plan_version.id, plan.previews_version) or card.run_id = run.id)
       and not exists (select 1 from card where card.run_id = run.id and card.kind = 'result'))
       or exists (select 1 from async_task where async_task.run_id = run.id and async_task.ended_at > chiffon.now() - interval '7 days'
         and not exists (select 1 from card where card.topic = 'async:' || async_task.job_id))
     order by run.number`,
  );
  return rows.map((row) => row.id);
}

/** Plan versions whose cards do not show how they stand now. */
export async function plansToShow(sql: Sql): Promise<readonly string[]> {
  const rows = await sql.query<{ id: string }>(
    `select distinct plan_version.id from plan_version join card on card.plan_version_id = plan_version.id
     where card.kind = 'plan' and card.content ->> 'state' is distinct from plan_version.state
       or card.kind = 'question' and (plan_version.digest is not null or card.updated_at < plan_version.decided_at)`,
  );
  return rows.map((row) => row.id);
}

/** Requests that were planned by a process that died before it could show what came of it; what waits there would wait in vain. */
export async function requestsToShow(sql: Sql, platforms: readonly string[]): Promise<readonly { id: string; conversationId: string }[]> {
  return sql.query<{ id: string; conversationId: string }>(
    `select request.id, request.conversation_id as "conversationId" from request join conversation on conversation.id = request.conversation_id
       join plan_version on plan_version.id::text = request.result ->> 'planVersionId'
     where conversation.platform = any ($1::text[]) and request.created_at > chiffon.now() - interval '2 days'
       and request.outcome in ('plan', 'question', 'unmapped', 'unknown_host', 'modification')
       and plan_version.state in ('needs_input', 'awaiting_approval', 'approved')
       and not exists (select 1 from card where card.conversation_id = conversation.id and card.plan_version_id = plan_version.id)
     order by request.number limit 50`,
    [platforms],
  );
}

export interface Place {
  readonly id: string;
  readonly platform: string;
  readonly key: string;
}

export async function placeOfConversation(sql: Sql, id: string): Promise<Place | undefined> {
  return first<Place & Record<string, unknown>>(
    sql,
    "select id, platform, coalesce(place, external_key) as key from conversation where id = $1",
    [id],
  );
}

/** Conversations in which a run's plan was shown: there its progress and result belong. */
export function conversationsOfPlan(sql: Sql, planVersionId: string): Promise<readonly Place[]> {
  return sql.query<Place & Record<string, unknown>>(
    `select distinct conversation.id, conversation.platform, coalesce(conversation.place, conversation.external_key) as key
     from plan_version join plan on plan.id = plan_version.plan_id join request on request.id = plan.request_id
     join conversation on conversation.id = request.conversation_id or conversation.id in
       (select card.conversation_id from card join plan_version sibling on sibling.id = card.plan_version_id where sibling.plan_id = plan.id)
     where plan_version.id = $1`,
    [planVersionId],
  );
}
