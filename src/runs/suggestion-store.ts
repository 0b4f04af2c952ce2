import { first, type Sql } from "../db/database.ts";
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

export const suggestionColumns = "id, path, line, task, rule, category, severity, message, reasoning, status";

export interface FoundSuggestion extends StoredSuggestion {
  readonly playbookPath: string;
  readonly contentHash: string;
  readonly catalogHashes: readonly string[];
  readonly branch: string | null;
  readonly commit: string | null;
}

/** By its id, or by enough of its beginning to be the only one. */
export async function findSuggestion(sql: Sql, id: string): Promise<FoundSuggestion | undefined> {
  if (!/^[0-9a-f][0-9a-f-]{5,35}$/.test(id)) return undefined;
  const rows = await sql.query<FoundSuggestion & Record<string, unknown>>(
    `select ${suggestionColumns}, playbook_path as "playbookPath", content_hash as "contentHash", branch, commit_hash as commit,
       (select catalog_hashes from analysis where analysis.playbook_path = suggestion.playbook_path
         and analysis.content_hash = suggestion.content_hash and analysis.tool_version = suggestion.tool_version) as "catalogHashes"
     from suggestion where id::text like $1 || '%' limit 2`,
    [id],
  );
  return rows.length === 1 ? rows[0] : undefined;
}

/** All of this content with the same file, rule and task. The same finding in other contents of the playbook stays away, too. */
export async function dismissSuggestion(sql: Sql, id: string, person: string): Promise<boolean> {
  if (!isUuid(id)) return false;
  const dismissed = await sql.query(
    `update suggestion set status = 'dismissed', settled_by = $2, settled_at = chiffon.now()
     from suggestion chosen where chosen.id = $1 and chosen.status = 'pending' and suggestion.status = 'pending'
       and suggestion.playbook_path = chosen.playbook_path and suggestion.fingerprint = chosen.fingerprint returning suggestion.id`,
    [id, person],
  );
  return dismissed.length > 0;
}

export async function noteApplied(
  sql: Sql,
  id: string,
  applied: { readonly person: string; readonly branch: string; readonly commit: string },
): Promise<boolean> {
  const rows = await sql.query(
    `update suggestion set status = 'applied', settled_by = $2, settled_at = chiffon.now(), branch = $3, commit_hash = $4
     where id = $1 and status = 'pending' returning id`,
    [id, applied.person, applied.branch, applied.commit],
  );
  return rows.length > 0;
}

/** The latest run of a sealed content, to be named where its playbook is mended. */
export async function runOfContent(
  sql: Sql,
  playbookPath: string,
  catalogHashes: readonly string[],
): Promise<{ readonly id: string; readonly number: number } | undefined> {
  return first(
    sql,
    `select run.id, run.number from run join plan_version on plan_version.id = run.plan_version_id
     where run.purpose = 'run' and jsonb_path_exists(plan_version.sealed, '$.steps[*] ? (@.playbookPath == $path && @.contentHash == $hash)',
       jsonb_build_object('path', $1::text, 'hash', $2::text))
     order by run.number desc limit 1`,
    [playbookPath, catalogHashes[0] ?? ""],
  );
}
