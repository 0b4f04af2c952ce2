import type { Database, Sql } from "../db/database.ts";
import { storableJson } from "../db/storable.ts";
import type { Card } from "./cards.ts";
import type { MessageReference } from "./chat-platform.ts";

/** Where a plan version or run is shown. Every card is a row before it is a message. */
export interface ShownCard {
  readonly id: string;
  readonly kind: Card["kind"];
  readonly platform: string;
  readonly conversation: string;
  readonly conversationId: string;
  readonly planVersionId: string | null;
  readonly runId: string | null;
  /** Null: the row was written, the message was not (a crash came between). */
  readonly message: MessageReference | null;
  readonly content: Card;
}

export interface CardSubject {
  readonly planVersionId?: string;
  readonly runId?: string;
}

/** Undefined: this run is already shown there as this kind of card. */
export async function saveCard(sql: Sql, conversationId: string, card: Card, subject: CardSubject): Promise<string | undefined> {
  const rows = await sql.query<{ id: string }>(
    `insert into card (conversation_id, kind, plan_version_id, run_id, content) values ($1, $2, $3, $4, $5::jsonb)
     on conflict (conversation_id, run_id, kind) where run_id is not null do nothing returning id`,
    [conversationId, card.kind, subject.planVersionId ?? null, subject.runId ?? null, storableJson(card)],
  );
  return rows[0]?.id;
}

export async function savePlace(sql: Sql, id: string, place: MessageReference): Promise<void> {
  await sql.query("update card set channel = $2, message = $3 where id = $1", [id, place.channel, place.message]);
}

export async function saveContent(sql: Sql, id: string, card: Card): Promise<void> {
  await sql.query("update card set content = $2::jsonb, kind = $3, updated_at = chiffon.now() where id = $1", [
    id,
    storableJson(card),
    card.kind,
  ]);
}

export function cardsOfRun(database: Database, runId: string): Promise<readonly ShownCard[]> {
  return find(database, "card.run_id = $1", runId);
}

export function cardsOfPlanVersion(database: Database, planVersionId: string): Promise<readonly ShownCard[]> {
  return find(database, "card.plan_version_id = $1", planVersionId);
}

async function find(database: Database, condition: string, ...values: readonly string[]): Promise<readonly ShownCard[]> {
  const rows = await database.query(
    `select card.id, card.kind, conversation.platform, conversation.external_key, card.conversation_id, card.plan_version_id, card.run_id,
       card.channel, card.message, card.content from card join conversation on conversation.id = card.conversation_id
     where ${condition} order by card.created_at`,
    values,
  );
  return rows.map((row) => ({
    id: row["id"],
    kind: row["kind"],
    platform: row["platform"],
    conversation: row["external_key"],
    conversationId: row["conversation_id"],
    planVersionId: row["plan_version_id"],
    runId: row["run_id"],
    message: row["message"] === null ? null : { conversation: row["external_key"], channel: row["channel"] ?? "", message: row["message"] },
    content: row["content"],
  }));
}

/** Cards whose row was written and whose message was not: a crash came between. Those of runs are found by `runsToShow`; rows of kind `web` are the web chat's own content. */
export function unpostedCards(database: Database): Promise<readonly ShownCard[]> {
  return find(database, "card.message is null and card.run_id is null and card.kind <> 'web'");
}

/** Runs that go on, and those that ended while nobody was there to show their result where their plan is shown. */
export async function runsToShow(sql: Sql): Promise<readonly string[]> {
  const rows = await sql.query<{ id: string }>(
    `select run.id from run join plan_version on plan_version.id = run.plan_version_id join plan on plan.id = plan_version.plan_id
     where run.state in ('queued', 'waiting', 'running', 'outcome_unknown') or (
       exists (select 1 from card where card.plan_version_id in (plan_version.id, plan.previews_version) or card.run_id = run.id)
       and not exists (select 1 from card where card.run_id = run.id and card.kind = 'result' and card.message is not null))
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

/** Conversations in which a run's plan was shown: there its progress and result belong. */
export function conversationsOfPlan(sql: Sql, planVersionId: string): Promise<readonly { id: string; platform: string; key: string }[]> {
  return sql.query<{ id: string; platform: string; key: string }>(
    `select distinct conversation.id, conversation.platform, conversation.external_key as key
     from plan_version join plan on plan.id = plan_version.plan_id join request on request.id = plan.request_id
     join conversation on conversation.id = request.conversation_id or conversation.id in
       (select card.conversation_id from card join plan_version sibling on sibling.id = card.plan_version_id where sibling.plan_id = plan.id)
     where plan_version.id = $1`,
    [planVersionId],
  );
}
