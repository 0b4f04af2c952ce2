import type { AnswerCache } from "../agents/answer-cache.ts";
import { first, type Database } from "../db/database.ts";

/** Kept over restarts, with what this process has seen in front. */
export function createDatabaseCache(database: Database): AnswerCache {
  const seen = new Map<string, unknown>();
  return {
    async get(key) {
      if (seen.has(key)) return seen.get(key);
      const row = await first<{ value: unknown }>(database, "select value from cached_answer where key = $1", [key]);
      if (row !== undefined) seen.set(key, row.value);
      return row?.value;
    },
    async set(key, value) {
      seen.set(key, value);
      await database.query(
        "insert into cached_answer (key, value) values ($1, $2::jsonb) on conflict (key) do update set value = excluded.value, at = chiffon.now()",
        [key, JSON.stringify(value)],
      );
    },
  };
}
