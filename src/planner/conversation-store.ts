import { first, type Sql } from "../db/database.ts";

/** The conversation of a platform's thread, direct message or session, or undefined when nothing was ever said there. */
export async function findConversation(sql: Sql, platform: string, key: string): Promise<string | undefined> {
  // A slash command's conversation is found by the thread that it became.
  const row = await first<{ id: string }>(
    sql,
    "select id from conversation where platform = $1 and (external_key = $2 or place = $2) order by created_at limit 1",
    [platform, key],
  );
  return row?.id;
}

/** The same, made when it is new. */
export async function openConversation(sql: Sql, platform: string, key: string): Promise<string> {
  const known = await findConversation(sql, platform, key);
  if (known !== undefined) return known;
  const [row] = await sql.query<{ id: string }>(
    `insert into conversation (platform, external_key) values ($1, $2)
     on conflict (platform, external_key) do update set external_key = excluded.external_key returning id`,
    [platform, key],
  );
  if (row === undefined) throw new Error("no conversation row");
  return row.id;
}
