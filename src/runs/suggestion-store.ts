import { first, type Database, type Sql } from "../db/database.ts";
import { storableJson } from "../db/storable.ts";
import { isUuid } from "../db/uuid.ts";

/** A finding of lint, kept for the content it was found in. */
export interface StoredSuggestion extends Suggestion {
  readonly id: string;
  readonly status: "pending" | "applied" | "dismissed";
}

export interface Suggestion {
  readonly path: string;
  readonly line: number | null;
  readonly task: string | null;
  readonly rule: string;
  readonly category: string;
  readonly severity: "error" | "warning" | "info";
  readonly message: string;
  readonly reasoning: string;
}

export interface Analysis {
  readonly playbookPath: string;
  /** Of the playbook and the roles it uses. */
  readonly contentHash: string;
  readonly toolVersion: string;
  readonly total: number;
  readonly suggestions: readonly Suggestion[];
}

export async function isAnalyzed(sql: Sql, playbookPath: string, contentHash: string): Promise<boolean> {
  return (
    (await first(sql, "select 1 as one from analysis where playbook_path = $1 and content_hash = $2", [playbookPath, contentHash])) !==
    undefined
  );
}

/** Idempotent. A finding that a person dismissed before stays dismissed. */
export async function saveAnalysis(database: Database, analysis: Analysis): Promise<void> {
  await database.transaction(async (sql) => {
    const key = [analysis.playbookPath, analysis.contentHash, analysis.toolVersion];
    const fresh = await sql.query(
      "insert into analysis (playbook_path, content_hash, tool_version, total) values ($1, $2, $3, $4) on conflict do nothing returning total",
      [...key, analysis.total],
    );
    if (fresh.length === 0) return;
    const rows = analysis.suggestions.map((one) => ({ ...one, fingerprint: fingerprintOf(one) }));
    await sql.query(
      `insert into suggestion (playbook_path, content_hash, tool_version, fingerprint, path, line, task, rule, category, severity, message, reasoning, status)
       select $1, $2, $3, fingerprint, path, line, task, rule, category, severity, message, reasoning,
         case when exists (select 1 from suggestion old where old.playbook_path = $1 and old.fingerprint = found.fingerprint and old.status = 'dismissed')
           then 'dismissed' else 'pending' end
       from jsonb_to_recordset($4::jsonb) as found
         (fingerprint text, path text, line int, task text, rule text, category text, severity text, message text, reasoning text)`,
      [...key, storableJson(rows)],
    );
  });
}

/** Pending ones, the gravest first, and how many lint found in all. */
export async function storedSuggestions(
  sql: Sql,
  playbookPath: string,
  contentHash: string,
): Promise<{ suggestions: readonly StoredSuggestion[]; total: number }> {
  const suggestions = await sql.query<StoredSuggestion & Record<string, unknown>>(
    `select id, path, line, task, rule, category, severity, message, reasoning, status from suggestion
     where playbook_path = $1 and content_hash = $2 and status = 'pending'
     order by array_position(array['error', 'warning', 'info'], severity), path, line limit 50`,
    [playbookPath, contentHash],
  );
  const row = await first<{ total: number; dismissed: number }>(
    sql,
    `select (select coalesce(max(total), 0) from analysis where playbook_path = $1 and content_hash = $2) as total,
       (select count(*) from suggestion where playbook_path = $1 and content_hash = $2 and status = 'dismissed') as dismissed`,
    [playbookPath, contentHash],
  );
  return { suggestions, total: Number(row?.total ?? 0) - Number(row?.dismissed ?? 0) };
}

export async function dismissSuggestion(sql: Sql, id: string): Promise<boolean> {
  if (!isUuid(id)) return false;
  return (await sql.query("update suggestion set status = 'dismissed' where id = $1 and status = 'pending' returning id", [id])).length > 0;
}

/** The same finding after lines moved: where it is in words, not by number. */
function fingerprintOf(one: Suggestion): string {
  return [one.path, one.rule, one.task ?? "", one.message].join("\u0001");
}
