import { createHash } from "node:crypto";
import { first, type Database, type Sql } from "../db/database.ts";
import { storableJson } from "../db/storable.ts";
import type { CardFile, MessageReference, PostedCard } from "./chat-platform.ts";

/** NOTIFY says only that there is something to send. */
export const outboxChannel = "chiffon_outbox";

export type OutboxKind = "post" | "edit" | "file" | "private";

/** A message that a process has taken to send. */
export interface OutboxMessage {
  readonly id: string;
  readonly kind: OutboxKind;
  readonly platform: string;
  readonly conversationId: string;
  /** The conversation's key on its platform. */
  readonly conversation: string;
  readonly cardId: string | null;
  /** Of the card that is edited; null: it was never posted. */
  readonly message: MessageReference | null;
  readonly person: string | null;
  readonly content: unknown;
  readonly attempts: number;
  readonly ageSeconds: number;
  /** An earlier try was cut off, here or in another process: it may be there already. */
  readonly inDoubt: boolean;
}

export async function queuePost(sql: Sql, conversationId: string, cardId: string, card: PostedCard): Promise<void> {
  await insert(sql, { conversationId, kind: "post", cardId, person: null, content: card });
}

/**
 * An edit of the card that still waits says the new content instead, and so does a post that nobody has tried yet. One that was tried may be
 * there with what it said then, and its next try finds it: the new content comes after it.
 */
export async function queueEdit(sql: Sql, conversationId: string, cardId: string, card: PostedCard): Promise<void> {
  const changed = await sql.query(
    `update outbox_message set content = $2::jsonb, content_hash = $3 where card_id = $1 and state = 'waiting' and (kind = 'edit' or kind = 'post' and attempts = 0) returning id`,
    [cardId, storableJson(card), hashOf(card)],
  );
  if (changed.length === 0) await insert(sql, { conversationId, kind: "edit", cardId, person: null, content: card });
}

export async function queueFile(sql: Sql, conversationId: string, cardId: string | null, file: CardFile): Promise<void> {
  await insert(sql, { conversationId, kind: "file", cardId, person: null, content: file });
}

/** False: the same one was sent there a moment ago, or one of its name is on the way. Whoever presses a button all day fills no thread. */
export async function queueAskedFile(database: Database, conversationId: string, file: CardFile): Promise<boolean> {
  return database.transaction(async (sql) => {
    await sql.query("select id from conversation where id = $1 for update", [conversationId]);
    const there = await sql.query(
      `select id from outbox_message where conversation_id = $1 and kind = 'file' and card_id is null and content ->> 'name' = $2
         and (state in ('waiting', 'sending') or content_hash = $3 and sent_at > chiffon.now() - interval '10 minutes') limit 1`,
      [conversationId, file.name, hashOf(file)],
    );
    if (there.length > 0) return false;
    await queueFile(sql, conversationId, null, file);
    return true;
  });
}

export async function queuePrivate(sql: Sql, conversationId: string, person: string, card: PostedCard): Promise<void> {
  await insert(sql, { conversationId, kind: "private", cardId: null, person, content: card });
}

interface NewMessage {
  readonly conversationId: string;
  readonly kind: OutboxKind;
  readonly cardId: string | null;
  readonly person: string | null;
  readonly content: unknown;
}

async function insert(sql: Sql, { conversationId, kind, cardId, person, content }: NewMessage): Promise<void> {
  await sql.query(
    `insert into outbox_message (conversation_id, kind, card_id, person, content, content_hash) values ($1, $2, $3, $4, $5::jsonb, $6)
     on conflict do nothing`,
    [conversationId, kind, cardId, person, storableJson(content), hashOf(content)],
  );
  await sql.query("select pg_notify($1, '')", [outboxChannel]);
}

function hashOf(content: unknown): string {
  return createHash("sha256").update(JSON.stringify(content)).digest("hex").slice(0, 32);
}

/** How long a process may take to send one message, its turn in the channel included, before another one tries. */
const claimSeconds = 30;

/** The embedded database has one process: what an earlier one had taken is free. */
export async function freeClaims(database: Database): Promise<void> {
  if (database.kind !== "pglite") return;
  await database.query("update outbox_message set claimed_until = chiffon.now() - interval '1 second' where state = 'sending'");
}

/**
 * Takes the next message that may be sent: of each conversation only the first one that is open, so that the order holds over processes and
 * failures. A private answer waits for nobody. `paused` are `<platform>:<kind>` that are not to be asked now; `aside` are messages that the others
 * of their conversation do not wait for any more.
 */
export async function claimMessage(
  database: Database,
  platforms: readonly string[],
  paused: readonly string[],
  aside: readonly string[],
): Promise<OutboxMessage | undefined> {
  const row = await first(
    database,
    `with next as (
       select outbox_message.id, outbox_message.state = 'sending' as taken from outbox_message
       where outbox_message.state in ('waiting', 'sending')
         and case outbox_message.state when 'waiting' then not_before <= chiffon.now() else claimed_until < chiffon.now() end
         and exists (select 1 from conversation where conversation.id = outbox_message.conversation_id
           and conversation.platform = any ($1::text[]) and conversation.platform || ':' || outbox_message.kind <> all ($2::text[]) offset 0)
         and (outbox_message.kind = 'private' or not exists (select 1 from outbox_message earlier
           where earlier.conversation_id = outbox_message.conversation_id and earlier.number < outbox_message.number
             and earlier.kind <> 'private' and earlier.state in ('waiting', 'sending') and earlier.id <> all ($4::uuid[])))
       order by number limit 1 for update of outbox_message skip locked)
     update outbox_message set state = 'sending', in_doubt = in_doubt or next.taken, attempts = attempts + 1, claimed_until = chiffon.now() + make_interval(secs => $3)
     from next, conversation
     where outbox_message.id = next.id and conversation.id = outbox_message.conversation_id
     returning outbox_message.id, outbox_message.kind, conversation.platform, outbox_message.conversation_id as "conversationId",
       coalesce(conversation.place, conversation.external_key) as conversation, outbox_message.card_id as "cardId", outbox_message.person,
       outbox_message.content, outbox_message.attempts, extract(epoch from chiffon.now() - outbox_message.created_at) as "ageSeconds", outbox_message.in_doubt as "inDoubt",
       (select channel from card where card.id = outbox_message.card_id) as channel,
       (select message from card where card.id = outbox_message.card_id) as message`,
    [platforms, paused, claimSeconds, aside],
  );
  if (row === undefined) return undefined;
  return {
    id: row["id"],
    kind: row["kind"],
    platform: row["platform"],
    conversationId: row["conversationId"],
    conversation: row["conversation"],
    cardId: row["cardId"],
    message: row["message"] === null ? null : { conversation: row["conversation"], channel: row["channel"] ?? "", message: row["message"] },
    person: row["person"],
    content: row["content"],
    attempts: Number(row["attempts"]),
    ageSeconds: Number(row["ageSeconds"]),
    inDoubt: row["inDoubt"] === true,
  };
}

/** The claim of this try has not run out and been given to another process. */
const stillOurs = "id = $1 and state = 'sending' and attempts = $2";

/** Sent; `place` is where the card now is. */
export async function markSent(database: Database, message: OutboxMessage, place: MessageReference | null): Promise<void> {
  await database.transaction(async (sql) => {
    const sent = await sql.query(
      `update outbox_message set state = 'sent', sent_at = chiffon.now(), last_error = null where ${stillOurs} returning id`,
      [message.id, message.attempts],
    );
    if (sent.length === 0 || place === null) return;
    await sql.query("update card set channel = $2, message = $3 where id = $1", [message.cardId, place.channel, place.message]);
    if (place.conversation !== message.conversation)
      await sql.query("update conversation set place = $2 where id = $1", [message.conversationId, place.conversation]);
  });
}

/** Its turn in the channel comes later: nothing was tried. */
export async function putBack(database: Database, message: OutboxMessage, afterMs: number): Promise<void> {
  await database.query(
    `update outbox_message set state = 'waiting', attempts = attempts - 1, not_before = chiffon.now() + make_interval(secs => $3), claimed_until = null
     where ${stillOurs}`,
    [message.id, message.attempts, afterMs / 1000],
  );
}

export interface FailedTry {
  readonly afterMs: number;
  readonly error: string;
  /** The platform did not say no: it may have arrived. */
  readonly inDoubt: boolean;
}

/** To be tried again; an edit for which newer content waits meanwhile is not needed any more. */
export async function markWaiting(database: Database, message: OutboxMessage, { afterMs, error, inDoubt }: FailedTry): Promise<void> {
  const again = (): Promise<unknown> =>
    database.query(
      `update outbox_message set state = case when kind = 'edit' and exists (select 1 from outbox_message newer
           where newer.card_id = outbox_message.card_id and newer.kind = 'edit' and newer.state = 'waiting') then 'sent' else 'waiting' end,
         not_before = chiffon.now() + make_interval(secs => $3), claimed_until = null, last_error = $4, in_doubt = in_doubt or $5 where ${stillOurs}`,
      [message.id, message.attempts, afterMs / 1000, error.slice(0, 500), inDoubt],
    );
  // The newer edit may come between the look and the change: then there are two that wait, which the index refuses, and a second look sees it.
  await again().catch(again);
}

export async function markGivenUp(database: Database, message: OutboxMessage, error: string): Promise<void> {
  await database.query(`update outbox_message set state = 'given_up', last_error = $3 where ${stillOurs}`, [
    message.id,
    message.attempts,
    error.slice(0, 500),
  ]);
}

/** Seconds until the next message of these platforms may be tried; null: there is none. */
export async function nextTrySeconds(database: Database, platforms: readonly string[]): Promise<number | null> {
  const row = await first<{ seconds: number | null }>(
    database,
    `select min(extract(epoch from greatest(case when outbox_message.state = 'sending' then claimed_until else not_before end, chiffon.now()) - chiffon.now())) as seconds
     from outbox_message join conversation on conversation.id = outbox_message.conversation_id
     where outbox_message.state in ('waiting', 'sending') and conversation.platform = any ($1::text[])`,
    [platforms],
  );
  return row?.seconds === null || row === undefined ? null : Number(row.seconds);
}

/** Messages of a conversation that were never tried, or are being sent at this moment. */
export async function untriedMessages(database: Database, conversationId: string): Promise<number> {
  const row = await first<{ count: number }>(
    database,
    `select count(*) as count from outbox_message
     where conversation_id = $1 and (state = 'sending' or state = 'waiting' and attempts = 0)`,
    [conversationId],
  );
  return Number(row?.count ?? 0);
}

/** What was sent or given up long ago says nothing any more. */
export async function pruneOutbox(database: Database): Promise<void> {
  await database.query(
    `delete from outbox_message where (state = 'sent' and sent_at < chiffon.now() - interval '7 days' and kind <> 'post')
       or (state = 'given_up' and created_at < chiffon.now() - interval '30 days')`,
  );
}
