import { digestOf } from "../canonical-json.ts";
import type { Database, Sql } from "../db/database.ts";
import { storable } from "../db/storable.ts";

/** What one audit entry says. `facts` is plain JSON and never holds a secret's value. */
export interface AuditFact {
  readonly actor: string;
  readonly action: string;
  /** `plan_version:<id>`, `run:<id>`, `request:<id>` … */
  readonly resource: string;
  readonly result: "accepted" | "done" | "refused" | "failed";
  readonly facts?: Readonly<Record<string, unknown>>;
}

export interface AuditEntry extends Required<AuditFact> {
  readonly number: number;
  readonly at: string;
  readonly previousHash: string;
  readonly hash: string;
}

/** Of an empty log. */
export const firstHash = "0".repeat(64);

/**
 * Appends one entry inside the caller's transaction. Each entry's hash covers the one before it. The head row is locked until
 * the transaction ends, so entries have no gaps and one order.
 */
export async function appendAudit(sql: Sql, fact: AuditFact): Promise<AuditEntry> {
  const [head] = await sql.query<{ number: number; hash: string; at: string }>(
    `select number, hash, to_char(chiffon.now() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at from audit_head for update`,
  );
  if (head === undefined) throw new Error("audit_head has no row");
  const said = storable({ ...fact, facts: fact.facts ?? {} }); // before it is hashed: what is read back is what was hashed
  const body = { ...said, number: Number(head.number) + 1, at: head.at, previousHash: head.hash };
  const entry: AuditEntry = { ...body, hash: digestOf(body) };
  await sql.query(
    `insert into audit_entry (number, at, actor, action, resource, result, facts, previous_hash, hash)
     values ($1, $2, $3, $4, $5, $6, $7::jsonb, $8, $9)`,
    [
      entry.number,
      entry.at,
      entry.actor,
      entry.action,
      entry.resource,
      entry.result,
      JSON.stringify(entry.facts),
      entry.previousHash,
      entry.hash,
    ],
  );
  await sql.query("update audit_head set number = $1, hash = $2", [entry.number, entry.hash]);
  return entry;
}

/** One entry in a transaction of its own: for refusals, where nothing else changes. */
export function writeAudit(database: Database, fact: AuditFact): Promise<AuditEntry> {
  return database.transaction((sql) => appendAudit(sql, fact));
}

export interface AuditQuery {
  /** Only entries whose action starts with this, e.g. `run.` */
  readonly kind?: string;
  readonly actor?: string;
  readonly result?: string;
  /** Words in resource or facts, such as a service's name. */
  readonly text?: string;
  readonly sinceDays?: number;
  readonly limit: number;
  /** Entries older than this number: the next page. */
  readonly before?: number;
}

/** Newest first. */
export async function queryAudit(sql: Sql, query: AuditQuery): Promise<readonly AuditEntry[]> {
  const rows = await sql.query(
    `select ${entryColumns} from audit_entry
     where ($1::text is null or action like $1 || '%') and ($2::text is null or actor = $2) and ($3::text is null or result = $3)
       and ($4::text is null or resource ilike '%' || $4 || '%' or facts::text ilike '%' || $4 || '%')
       and ($5::double precision is null or at >= chiffon.now() - make_interval(secs => $5 * 86400))
       and ($6::bigint is null or number < $6)
     order by number desc limit $7`,
    [
      query.kind ?? null,
      query.actor ?? null,
      query.result ?? null,
      query.text ?? null,
      query.sinceDays ?? null,
      query.before ?? null,
      query.limit,
    ],
  );
  return rows.map(toEntry);
}

/** In order, a page at a time. */
export async function* allEntries(sql: Sql): AsyncGenerator<AuditEntry> {
  for (let after = 0; ;) {
    const rows = await sql.query(`select ${entryColumns} from audit_entry where number > $1 order by number limit 500`, [after]);
    for (const row of rows) yield toEntry(row);
    if (rows.length < 500) return;
    after = Number(rows.at(-1)?.["number"]);
  }
}

const entryColumns = `number, to_char(at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at, actor, action, resource, result, facts,
  previous_hash as "previousHash", hash`;

function toEntry(row: Record<string, unknown>): AuditEntry {
  return { ...(row as unknown as AuditEntry), number: Number(row["number"]) };
}
