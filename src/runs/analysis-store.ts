import { first, type Database, type Sql } from "../db/database.ts";
import { storableJson } from "../db/storable.ts";
import { suggestionColumns, type StoredSuggestion, type Suggestion } from "./suggestion-store.ts";

/** What was found in one content of a playbook. */
export interface AnalysisKey {
  readonly playbookPath: string;
  /** Of all files that were looked at. */
  readonly contentHash: string;
  /** By which plans know that content. */
  readonly catalogHashes: readonly string[];
}

export interface Analysis extends AnalysisKey {
  readonly toolVersion: string;
  readonly total: number;
  readonly suggestions: readonly Suggestion[];
}

export interface StoredAnalysis {
  readonly playbookPath: string;
  readonly toolVersion: string;
  /** Of all that lint found, those that nobody dismissed or applied. */
  readonly total: number;
  /** Pending ones, the gravest first. */
  readonly suggestions: readonly StoredSuggestion[];
}

/** Beside lint's own analyses: what a second run of the same plan showed. */
export const secondRunTool = "second run";

/** Of a playbook with very many findings the gravest are kept. */
const keptFindings = 1_000;
const gravestFirst = "array_position(array['error', 'warning', 'info'], severity), path, line, rule, id";

/** Idempotent. A finding that a person dismissed before, in whatever content, stays dismissed. */
export async function saveAnalysis(database: Database, analysis: Analysis): Promise<void> {
  await database.transaction(async (sql) => {
    const key = [analysis.playbookPath, analysis.contentHash, analysis.toolVersion];
    const fresh = await sql.query(
      `insert into analysis (playbook_path, content_hash, tool_version, total, catalog_hashes) values ($1, $2, $3, $4, $5::text[])
       on conflict do nothing returning total`,
      [...key, analysis.total, analysis.catalogHashes],
    );
    if (fresh.length === 0) return;
    const rows = analysis.suggestions.slice(0, keptFindings).map((one) => ({ ...one, fingerprint: fingerprintOf(one) }));
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

/** What is known of these contents, by playbook path. They are noted as what the playbooks are now. */
export async function analysesOf(
  database: Database,
  keys: readonly AnalysisKey[],
  toolVersion: string,
): Promise<ReadonlyMap<string, StoredAnalysis>> {
  const wanted = storableJson(keys.map((key) => ({ path: key.playbookPath, hash: key.contentHash, catalog: key.catalogHashes })));
  const rows = await database.query<{
    path: string;
    total: number;
    noted: boolean;
    settled: number;
    suggestions: StoredSuggestion[] | null;
  }>(
    `select wanted.path, analysis.total,
       analysis.catalog_hashes @> wanted.catalog and not exists (select 1 from analysis other where other.playbook_path = wanted.path
         and other.tool_version = $2 and other.seen_at > analysis.seen_at) as noted,
       (select count(*) from suggestion where playbook_path = wanted.path and content_hash = wanted.hash and tool_version = $2 and status <> 'pending') as settled,
       (select jsonb_agg(to_jsonb(one) - 'place' order by place) from (select ${suggestionColumns}, row_number() over (order by ${gravestFirst}) as place from suggestion
         where playbook_path = wanted.path and content_hash = wanted.hash and tool_version = $2 and status = 'pending') one) as suggestions
     from jsonb_to_recordset($1::jsonb) as wanted (path text, hash text, catalog text[])
     join analysis on analysis.playbook_path = wanted.path and analysis.content_hash = wanted.hash and analysis.tool_version = $2`,
    [wanted, toolVersion],
  );
  const unnoted = new Set(rows.filter(({ noted }) => !noted).map(({ path }) => path));
  if (unnoted.size > 0) {
    await database.query(
      `update analysis set seen_at = chiffon.now(),
         catalog_hashes = (select array_agg(distinct hash) from unnest(analysis.catalog_hashes || wanted.catalog) as hash)
       from jsonb_to_recordset($1::jsonb) as wanted (path text, hash text, catalog text[])
       where analysis.playbook_path = wanted.path and analysis.content_hash = wanted.hash and analysis.tool_version = $2 and wanted.path = any ($3::text[])`,
      [wanted, toolVersion, [...unnoted]],
    );
  }
  return new Map(
    rows.map((row) => [
      row.path,
      { playbookPath: row.path, toolVersion, total: Number(row.total) - Number(row.settled), suggestions: row.suggestions ?? [] },
    ]),
  );
}

/** Every finding of one content, settled ones too; null: not all are kept, or nothing is known. */
export async function allFindings(
  sql: Sql,
  { playbookPath, contentHash, toolVersion }: Pick<Analysis, "playbookPath" | "contentHash" | "toolVersion">,
): Promise<readonly Suggestion[] | null> {
  const key = [playbookPath, contentHash, toolVersion];
  const analysis = await first<{ total: number }>(
    sql,
    "select total from analysis where playbook_path = $1 and content_hash = $2 and tool_version = $3",
    key,
  );
  const rows = await sql.query<Suggestion & Record<string, unknown>>(
    `select ${suggestionColumns} from suggestion where playbook_path = $1 and content_hash = $2 and tool_version = $3`,
    key,
  );
  return analysis !== undefined && rows.length === Number(analysis.total) ? rows : null;
}

export interface ContentSuggestions {
  /** Pending ones, the gravest first; at most fifty. */
  readonly suggestions: readonly StoredSuggestion[];
  readonly total: number;
  /** How many more than in the content before this one; null: there was none, or other rules looked at it. */
  readonly more: number | null;
}

/** What is known of the content that a plan sealed: lint's last word on it, and what a second run showed. */
export async function storedSuggestions(sql: Sql, playbookPath: string, catalogHash: string): Promise<ContentSuggestions> {
  const rows = await sql.query<{ content_hash: string; tool_version: string; total: number; settled: number; dismissed: number }>(
    `select distinct on (tool_version = $3) content_hash, tool_version, total,
       (select count(*) from suggestion where suggestion.playbook_path = $1 and suggestion.content_hash = analysis.content_hash
         and suggestion.tool_version = analysis.tool_version and status <> 'pending') as settled
     from analysis where playbook_path = $1 and $2 = any (catalog_hashes) order by tool_version = $3, seen_at desc`,
    [playbookPath, catalogHash, secondRunTool],
  );
  if (rows.length === 0) return { suggestions: [], total: 0, more: null };
  const suggestions = await sql.query<StoredSuggestion & Record<string, unknown>>(
    `select ${suggestionColumns} from suggestion
     join unnest($2::text[], $3::text[]) as analysis (hash, tool) on content_hash = hash and tool_version = tool
     where playbook_path = $1 and status = 'pending' order by ${gravestFirst} limit 50`,
    [playbookPath, rows.map((row) => row.content_hash), rows.map((row) => row.tool_version)],
  );
  const total = rows.reduce((sum, row) => sum + Number(row.total) - Number(row.settled), 0);
  const lint = rows.find((row) => row.tool_version !== secondRunTool);
  return { suggestions, total, more: lint === undefined ? null : await moreThanBefore(sql, playbookPath, lint) };
}

/** Dismissed ones count on neither side. */
async function moreThanBefore(
  sql: Sql,
  playbookPath: string,
  lint: { readonly content_hash: string; readonly tool_version: string },
): Promise<number | null> {
  const rows = await sql.query<{ total: number }>(
    `select total - (select count(*) from suggestion where suggestion.playbook_path = $1 and suggestion.content_hash = analysis.content_hash
       and suggestion.tool_version = $3 and status = 'dismissed') as total
     from analysis where playbook_path = $1 and tool_version = $3 and (content_hash = $2 or seen_at < (select seen_at from analysis
       where playbook_path = $1 and content_hash = $2 and tool_version = $3))
     order by content_hash = $2 desc, seen_at desc limit 2`,
    [playbookPath, lint.content_hash, lint.tool_version],
  );
  const [now, before] = rows.map((row) => Number(row.total));
  return now === undefined || before === undefined ? null : now - before;
}

export interface TrendEntry {
  readonly contentHash: string;
  readonly toolVersion: string;
  readonly analyzedAt: string;
  readonly total: number;
  readonly dismissed: number;
  readonly applied: number;
}

/** How many findings each content of a playbook had, the newest first. */
export async function trendOf(sql: Sql, playbookPath: string, limit: number): Promise<readonly TrendEntry[]> {
  const rows = await sql.query<TrendEntry & Record<string, unknown>>(
    `select content_hash as "contentHash", tool_version as "toolVersion", total,
       to_char(analyzed_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as "analyzedAt",
       (select count(*) from suggestion where suggestion.playbook_path = $1 and suggestion.content_hash = analysis.content_hash
         and suggestion.tool_version = analysis.tool_version and status = 'dismissed')::int as dismissed,
       (select count(*) from suggestion where suggestion.playbook_path = $1 and suggestion.content_hash = analysis.content_hash
         and suggestion.tool_version = analysis.tool_version and status = 'applied')::int as applied
     from analysis where playbook_path = $1 and tool_version <> $3 order by seen_at desc limit $2`,
    [playbookPath, limit, secondRunTool],
  );
  return rows;
}

/** The same finding after lines moved: where it is in words, not by number. */
function fingerprintOf(one: Suggestion): string {
  return [one.path, one.rule, one.task ?? one.message].join("\u0001");
}
