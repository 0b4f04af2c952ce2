import type { Card } from "../bot/cards.ts";
import { first, type Database, type Sql } from "../db/database.ts";
import { storable, storableJson } from "../db/storable.ts";

/** What a web conversation shows, in order: what the person said and the cards. The bot's table `card` says where, these rows say what. */
export type WebEntry = CardEntry | MessageEntry;

interface Entry {
  readonly id: string;
  /** Its place in the conversation: later entries have greater ones. */
  readonly position: number;
  /** Grows with every change in its conversation: a reader that knows it asks for what came after. */
  readonly revision: number;
}
export interface CardEntry extends Entry {
  readonly kind: "card";
  readonly card: Card;
}
export interface MessageEntry extends Entry {
  readonly kind: "message";
  readonly text: string;
}

/** NOTIFY channel; the payload is the conversation's key. */
export const webEntryChannel = "chiffon_web_entry";

/** Microseconds of now, or one more than the last where the clock stands still or went back: it grows strictly, over a new start too. */
const nextRevision = (conversation: string): string =>
  `greatest((extract(epoch from chiffon.now()) * 1000000)::bigint,
     (select max(revision) + 1 from web_entry where conversation_id = ${conversation}))`;
const columns = "web_entry.id, position::text, revision::text, card, said";
const inConversation =
  "from web_entry join conversation on conversation.id = web_entry.conversation_id where platform = 'web' and external_key = $1";

export async function addCard(database: Database, conversation: string, card: Card): Promise<string> {
  const id = await add(database, conversation, { card, said: null, eventKey: null });
  if (id === undefined) throw new TypeError("a card row was not returned");
  return id;
}

/** False: this message was already there, as a browser may send it twice. */
export async function addMessage(database: Database, conversation: string, text: string, eventKey: string): Promise<boolean> {
  return (await add(database, conversation, { card: null, said: storable(text), eventKey })) !== undefined;
}

interface NewEntry {
  readonly card: Card | null;
  readonly said: string | null;
  readonly eventKey: string | null;
}

async function add(database: Database, conversation: string, { card, said, eventKey }: NewEntry): Promise<string | undefined> {
  return database.transaction(async (sql) => {
    const conversationId = await held(sql, conversation);
    const added = await sql.query<{ id: string }>(
      `insert into web_entry (conversation_id, position, revision, card, said, event_key)
       select $1, next.revision, next.revision, $2::jsonb, $3, $4 from (select ${nextRevision("$1")} as revision) next
       on conflict (conversation_id, event_key) do nothing returning id`,
      [conversationId, storableJson(card), said, eventKey],
    );
    if (added.length > 0) await sql.query("select pg_notify($1, $2)", [webEntryChannel, conversation]);
    return added[0]?.id;
  });
}

export async function changeCard(database: Database, conversation: string, id: string, card: Card): Promise<void> {
  await database.transaction(async (sql) => {
    const conversationId = await held(sql, conversation);
    const changed = await sql.query(
      `update web_entry set card = $3::jsonb, revision = ${nextRevision("$1")}
       where id = $2 and conversation_id = $1 and card is distinct from $3::jsonb returning id`,
      [conversationId, id, storableJson(card)],
    );
    if (changed.length > 0) await sql.query("select pg_notify($1, $2)", [webEntryChannel, conversation]);
  });
}

/** One writer at a time: a revision that a reader sees must not be followed by a smaller one. */
async function held(sql: Sql, conversation: string): Promise<string> {
  const rows = await sql.query<{ id: string }>(
    `insert into conversation (platform, external_key) values ('web', $1)
     on conflict (platform, external_key) do update set external_key = excluded.external_key returning id`,
    [conversation],
  );
  return rows[0]?.id ?? "";
}

/** Entries that are new or changed since a revision, oldest change first. */
export async function entriesSince(database: Database, conversation: string, since: number): Promise<readonly WebEntry[]> {
  const rows = await database.query(`select ${columns} ${inConversation} and revision > $2::bigint order by revision`, [
    conversation,
    since,
  ]);
  return rows.map(entryOf);
}

/** 0 for a conversation without entries. */
export async function newestRevision(database: Database, conversation: string): Promise<number> {
  const row = await first<{ revision: string | null }>(database, `select max(revision)::text as revision ${inConversation}`, [
    conversation,
  ]);
  return Number(row?.revision ?? 0);
}

/** The last entries of a conversation, or the last before a position, in their order; and whether there are earlier ones. */
export async function lastEntries(
  database: Database,
  conversation: string,
  options: { readonly limit: number; readonly before?: number | undefined },
): Promise<{ readonly entries: readonly WebEntry[]; readonly hasEarlier: boolean }> {
  const rows = await database.query(
    `select ${columns} ${inConversation} and ($2::bigint is null or position < $2::bigint) order by position desc limit $3`,
    [conversation, options.before ?? null, options.limit + 1],
  );
  return { entries: rows.slice(0, options.limit).map(entryOf).toReversed(), hasEarlier: rows.length > options.limit };
}

/** A card of this conversation, as it is now. */
export async function cardEntry(database: Database, conversation: string, id: string): Promise<CardEntry | undefined> {
  const row = await first(database, `select ${columns} ${inConversation} and web_entry.id::text = $2`, [conversation, id]);
  const entry = row === undefined ? undefined : entryOf(row);
  return entry?.kind === "card" ? entry : undefined;
}

function entryOf(row: Record<string, unknown>): WebEntry {
  const entry = { id: String(row["id"]), position: Number(row["position"]), revision: Number(row["revision"]) };
  // Written by this file from typed cards: the shape of a card is not checked again.
  return row["card"] === null
    ? { ...entry, kind: "message", text: String(row["said"]) }
    : { ...entry, kind: "card", card: row["card"] as Card };
}
