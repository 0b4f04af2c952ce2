import { z } from "zod";
import { first, type Sql } from "../db/database.ts";
import { storable, storableJson } from "../db/storable.ts";
import { isUuid } from "../db/uuid.ts";

export type RequestOutcome =
  | "plan"
  | "question"
  | "unmapped"
  | "unknown_host"
  | "no_work"
  | "failed"
  | "refused"
  | "answer"
  | "modification"
  | "withdrawal";

/** How something was said. Plain data: a request is taken up again from its row alone. */
const intakeSchema = z.object({
  /** `request`: always a new plan. `message`: may answer or change the plan that waits. `edit`: changes one certain plan. */
  mode: z.enum(["request", "message", "edit"]).default("request"),
  /** Said in a thread of its own, where a clear new sentence replaces the plan. */
  thread: z.boolean().default(false),
  /** Only to be looked at: no standing approval starts it. */
  previewOnly: z.boolean().default(false),
  /** Of an edit form, by `<step>.<variable>`. */
  values: z.record(z.string(), z.unknown()).default({}),
});
export type Intake = z.infer<typeof intakeSchema>;

const storedRequestSchema = z.object({
  id: z.string(),
  number: z.coerce.number(),
  conversationId: z.string(),
  person: z.string(),
  text: z.string(),
  intake: intakeSchema,
  aboutVersion: z.string().nullable(),
  outcome: z.string().nullable(),
  result: z.unknown(),
  planningAttempts: z.number(),
});
export type StoredRequest = z.infer<typeof storedRequestSchema>;

/** An upper bound of the time in which the planning of a dead process is taken up by another. */
export const leaseSeconds = 20;
export const mostAttempts = 3;

/** False: one of these events was seen before, on this or another process. Inside the transaction that stores what they brought. */
export async function areNewEvents(sql: Sql, platform: string, keys: readonly string[]): Promise<boolean> {
  // In one order for everybody: two processes that insert the same keys crosswise would wait for each other.
  const wanted = [...new Set(storable(keys))].sort(); // prettier-ignore
  const rows = await sql.query(
    "insert into inbound_event (platform, event_key) select $1, key from unnest($2::text[]) key on conflict do nothing returning event_key",
    [platform, wanted],
  );
  return rows.length === wanted.length;
}

export interface NewRequestRow {
  readonly conversationId: string;
  readonly person: string;
  readonly text: string;
  readonly intake: Intake;
  readonly aboutVersion: string | null;
}

export async function createRequest(sql: Sql, request: NewRequestRow): Promise<{ readonly id: string; readonly number: number }> {
  const [row] = await sql.query<{ id: string; number: number }>(
    `insert into request (conversation_id, person, text, intake, about_version, planning_until)
     values ($1, $2, $3, $4::jsonb, $5, chiffon.now() + make_interval(secs => $6)) returning id, number`,
    [request.conversationId, request.person, storable(request.text), storableJson(request.intake), request.aboutVersion, leaseSeconds],
  );
  if (row === undefined) throw new Error("no request row");
  return { id: row.id, number: Number(row.number) };
}

export async function getRequest(sql: Sql, id: string): Promise<StoredRequest | undefined> {
  if (!isUuid(id)) return undefined;
  const row = await first(
    sql,
    `select id, number, conversation_id as "conversationId", person, text, intake, about_version as "aboutVersion", outcome, result,
       planning_attempts as "planningAttempts" from request where id = $1`,
    [id],
  );
  return row === undefined ? undefined : storedRequestSchema.parse(row);
}

/**
 * Compare-and-set: the number of this attempt, or undefined when it has an outcome or somebody else is at it. Who accepted a request may begin
 * at once (`fresh`), everybody else when its lease has run out.
 */
export async function claimPlanning(sql: Sql, id: string, fresh: boolean): Promise<number | undefined> {
  const row = await first<{ attempt: number }>(
    sql,
    `update request set planning_attempts = planning_attempts + 1, planning_until = chiffon.now() + make_interval(secs => $3)
     where id = $1 and outcome is null and (planning_until is null or planning_until <= chiffon.now() or ($2 and planning_attempts = 0))
     returning planning_attempts as attempt`,
    [id, fresh, leaseSeconds],
  );
  return row?.attempt;
}

export async function renewPlanning(sql: Sql, ids: readonly string[]): Promise<void> {
  await sql.query(
    "update request set planning_until = chiffon.now() + make_interval(secs => $2) where id = any ($1::uuid[]) and outcome is null",
    [ids, leaseSeconds],
  );
}

/** Requests that nobody plans any more, oldest first. */
export async function abandonedRequests(sql: Sql): Promise<readonly string[]> {
  const rows = await sql.query<{ id: string }>(
    "select id from request where outcome is null and (planning_until is null or planning_until <= chiffon.now()) order by number limit 100",
  );
  return rows.map((row) => row.id);
}

export interface Outcome {
  readonly outcome: RequestOutcome;
  readonly result: unknown;
  readonly decomposition?: unknown;
  readonly aboutVersion?: string;
}

/** False: this attempt is no longer the one that plans it; whatever else the transaction did must not stay. */
export async function saveOutcome(sql: Sql, id: string, attempt: number, given: Outcome): Promise<boolean> {
  const saved = await sql.query(
    `update request set outcome = $3, result = $4::jsonb, decomposition = $5::jsonb, about_version = coalesce($6::uuid, about_version)
     where id = $1 and outcome is null and planning_attempts = $2 returning id`,
    [id, attempt, given.outcome, storableJson(given.result), storableJson(given.decomposition) ?? "null", given.aboutVersion ?? null],
  );
  return saved.length > 0;
}
