import type { Sql } from "../db/database.ts";

export type RequestOutcome = "plan" | "question" | "unmapped" | "unknown_host" | "no_work" | "failed";

export interface StoredRequest {
  readonly id: string;
  readonly number: number;
}

/** The conversation of a platform's thread, direct message or session; made when it is new. */
export async function openConversation(sql: Sql, platform: string, externalKey: string): Promise<string> {
  const [row] = await sql.query<{ id: string }>(
    `insert into conversation (platform, external_key) values ($1, $2)
     on conflict (platform, external_key) do update set external_key = excluded.external_key returning id`,
    [platform, externalKey],
  );
  if (row === undefined) throw new Error("no conversation row");
  return row.id;
}

/** False: this event was seen before, on this or another process. */
export async function isNewEvent(sql: Sql, platform: string, eventKey: string): Promise<boolean> {
  const rows = await sql.query(
    "insert into inbound_event (platform, event_key) values ($1, $2) on conflict do nothing returning event_key",
    [platform, eventKey],
  );
  return rows.length > 0;
}

export async function createRequest(
  sql: Sql,
  request: { readonly conversationId: string; readonly person: string; readonly text: string },
): Promise<StoredRequest> {
  const [row] = await sql.query<{ id: string; number: number }>(
    "insert into request (conversation_id, person, text) values ($1, $2, $3) returning id, number",
    [request.conversationId, request.person, request.text],
  );
  if (row === undefined) throw new Error("no request row");
  return { id: row.id, number: Number(row.number) };
}

export async function saveOutcome(sql: Sql, id: string, decomposition: unknown, outcome: RequestOutcome): Promise<void> {
  await sql.query("update request set decomposition = $2::jsonb, outcome = $3 where id = $1", [
    id,
    JSON.stringify(decomposition ?? null),
    outcome,
  ]);
}
