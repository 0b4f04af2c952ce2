import { z } from "zod";
import type { Card } from "../bot/cards.ts";
import { first, type Database } from "../db/database.ts";

/**
 * What a web conversation shows, in order: what the person said and the cards. Rows of table `card` with kind `web`; the bot's own rows there
 * say where a plan or run is shown, these say what.
 */
export type WebEntry = CardEntry | MessageEntry;

interface Entry {
  readonly id: string;
  /** Grows with every change in its conversation: a reader that knows it asks for what came after. */
  readonly revision: number;
  readonly at: string;
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

const contentSchema = z.discriminatedUnion("kind", [
  // Written by this file from typed cards: the shape of a card is not checked again.
  z.object({ kind: z.literal("card"), card: z.custom<Card>((value) => typeof value === "object" && value !== null) }),
  z.object({ kind: z.literal("message"), text: z.string(), eventKey: z.string() }),
]);
type Content = z.infer<typeof contentSchema>;

/** Times of a conversation's rows grow strictly, also when the clock stands still or goes back: they are its order and its revisions. */
const after = (column: string, conversation: string): string =>
  `greatest(chiffon.now(), (select max(${column}) + interval '1 microsecond' from card where conversation_id = ${conversation} and kind = 'web'))`;
const revision = "(extract(epoch from updated_at) * 1000000)::bigint::text as revision";

export async function addCard(database: Database, conversation: string, card: Card): Promise<string> {
  const id = await add(database, conversation, { kind: "card", card });
  if (id === undefined) throw new TypeError("a card row was not returned");
  return id;
}

/** False: this message was already there, as a browser may send it twice. */
export async function addMessage(database: Database, conversation: string, text: string, eventKey: string): Promise<boolean> {
  return (await add(database, conversation, { kind: "message", text, eventKey })) !== undefined;
}

async function add(database: Database, conversation: string, content: Content): Promise<string | undefined> {
  return database.transaction(async (sql) => {
    const opened = await sql.query<{ id: string }>(
      `insert into conversation (platform, external_key) values ('web', $1)
       on conflict (platform, external_key) do update set external_key = excluded.external_key returning id`,
      [conversation],
    );
    const conversationId = opened[0]?.id;
    if (content.kind === "message") {
      const there = await sql.query("select 1 from card where conversation_id = $1 and kind = 'web' and content->>'eventKey' = $2", [
        conversationId,
        content.eventKey,
      ]);
      if (there.length > 0) return undefined;
    }
    const added = await sql.query<{ id: string }>(
      `insert into card (conversation_id, kind, content, created_at, updated_at)
       values ($1, 'web', $2::jsonb, ${after("created_at", "$1")}, ${after("updated_at", "$1")}) returning id`,
      [conversationId, stored(content)],
    );
    await sql.query("select pg_notify($1, $2)", [webEntryChannel, conversation]);
    return added[0]?.id;
  });
}

export async function changeCard(database: Database, conversation: string, id: string, card: Card): Promise<void> {
  await database.transaction(async (sql) => {
    const changed = await sql.query(
      `update card set content = $2::jsonb, updated_at = ${after("updated_at", "card.conversation_id")}
       where id = $1 and kind = 'web' and content is distinct from $2::jsonb returning id`,
      [id, stored({ kind: "card", card })],
    );
    if (changed.length > 0) await sql.query("select pg_notify($1, $2)", [webEntryChannel, conversation]);
  });
}

/** Entries that are new or changed since a revision, oldest change first. */
export async function entriesSince(database: Database, conversation: string, since: number): Promise<readonly WebEntry[]> {
  const rows = await database.query(
    `select card.id, card.content, card.created_at, ${revision} from card join conversation on conversation.id = card.conversation_id
     where platform = 'web' and external_key = $1 and card.kind = 'web' and (extract(epoch from updated_at) * 1000000)::bigint > $2::bigint
     order by updated_at`,
    [conversation, since],
  );
  return rows.map(entryOf);
}

/** Everything a conversation shows, in its order. */
export async function allEntries(database: Database, conversation: string): Promise<readonly WebEntry[]> {
  const rows = await database.query(
    `select card.id, card.content, card.created_at, ${revision} from card join conversation on conversation.id = card.conversation_id
     where platform = 'web' and external_key = $1 and card.kind = 'web' order by card.created_at`,
    [conversation],
  );
  return rows.map(entryOf);
}

/** A card of this conversation, as it is now. */
export async function cardEntry(database: Database, conversation: string, id: string): Promise<CardEntry | undefined> {
  const row = await first(
    database,
    `select card.id, card.content, card.created_at, ${revision} from card join conversation on conversation.id = card.conversation_id
     where platform = 'web' and external_key = $1 and card.kind = 'web' and card.id::text = $2`,
    [conversation, id],
  );
  const entry = row === undefined ? undefined : entryOf(row);
  return entry?.kind === "card" ? entry : undefined;
}

function entryOf(row: Record<string, unknown>): WebEntry {
  const content = contentSchema.parse(row["content"]);
  const entry = { id: String(row["id"]), revision: Number(row["revision"]), at: new Date(String(row["created_at"])).toISOString() };
  return content.kind === "card" ? { ...entry, kind: "card", card: content.card } : { ...entry, kind: "message", text: content.text };
}

/** PostgreSQL's jsonb holds neither NUL nor half a surrogate pair. */
function stored(content: Content): string {
  return JSON.stringify(content, (_, value: unknown) =>
    typeof value === "string" ? value.toWellFormed().replaceAll("\0", "\u2400") : value,
  );
}
