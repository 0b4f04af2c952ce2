import { z } from "zod";
import { first, type Sql } from "../db/database.ts";
import { storable, storableJson } from "../db/storable.ts";
import { isUuid } from "../db/uuid.ts";
import {
  draftStepSchema,
  sealedPlanSchema,
  planVersionStates,
  riskClasses,
  type DraftStep,
  type PlanVersionState,
  type RiskClass,
  type SealedPlan,
} from "./plan.ts";
import { questionSchema, type Question } from "./question.ts";

const planVersionSchema = z.object({
  id: z.string(),
  planId: z.string(),
  version: z.number(),
  purpose: z.enum(["run", "preview"]),
  state: z.enum(planVersionStates),
  stateReason: z.string().nullable(),
  draft: z.array(draftStepSchema),
  question: questionSchema.nullable(),
  sealed: sealedPlanSchema.nullable(),
  digest: z.string().nullable(),
  risk: z.enum(riskClasses).nullable(),
  madeBy: z.string(),
  expiresAt: z.string().nullable(),
  createdAt: z.string(),
  requestId: z.string(),
  requestNumber: z.number(),
  requestText: z.string(),
  requestPerson: z.string(),
  conversationId: z.string(),
  madeFromRun: z.string().nullable(),
  previewsVersion: z.string().nullable(),
  /** What was said about the plan after the request, oldest first, up to this version. */
  modifications: z.array(z.string()).readonly(),
  /** How many answers its question had. */
  answers: z.number(),
});
export type PlanVersion = z.infer<typeof planVersionSchema>;

const nextStates: Partial<Record<PlanVersionState, readonly PlanVersionState[]>> = {
  drafting: ["needs_input", "awaiting_approval", "withdrawn", "superseded"],
  needs_input: ["awaiting_approval", "needs_input", "withdrawn", "superseded", "expired"],
  awaiting_approval: ["approved", "rejected", "expired", "superseded", "stale", "withdrawn", "nothing_to_do"],
};

export async function createPlan(
  sql: Sql,
  plan: { readonly id?: string; readonly requestId: string; readonly madeFromRun?: string; readonly previewsVersion?: string },
): Promise<string> {
  const [row] = await sql.query<{ id: string }>(
    "insert into plan (id, request_id, made_from_run, previews_version) values (coalesce($4::uuid, gen_random_uuid()), $1, $2, $3) returning id",
    [plan.requestId, plan.madeFromRun ?? null, plan.previewsVersion ?? null, plan.id ?? null],
  );
  if (row === undefined) throw new Error("no plan row");
  return row.id;
}

export interface NewPlanVersion {
  readonly planId: string;
  readonly purpose: "run" | "preview";
  readonly madeBy: string;
  readonly draft: readonly DraftStep[];
  /** What was said for it, when it changes another version. */
  readonly saidText?: string;
}

/** A `drafting` version with the next number; the plan's versions that still wait are superseded in the same transaction. */
export async function createPlanVersion(
  sql: Sql,
  version: NewPlanVersion,
): Promise<{ id: string; version: number; superseded: readonly string[] }> {
  await sql.query("select id from plan where id = $1 for update", [version.planId]);
  const [row] = await sql.query<{ id: string; version: number }>(
    `insert into plan_version (plan_id, version, purpose, state, draft, made_by, said_text)
     select $1, coalesce(max(version), 0) + 1, $2, 'drafting', $3::jsonb, $4, $5 from plan_version where plan_id = $1 returning id, version`,
    [version.planId, version.purpose, storableJson(version.draft), version.madeBy, storable(version.saidText ?? null)],
  );
  if (row === undefined) throw new Error("no plan_version row");
  const superseded = await sql.query<{ id: string }>(
    `update plan_version set state = 'superseded', state_reason = $3, decided_at = chiffon.now()
     where plan_id = $1 and id <> $2 and state in ('drafting', 'needs_input', 'awaiting_approval') returning id`,
    [version.planId, row.id, `replaced by version ${row.version}`],
  );
  return { ...row, superseded: superseded.map((one) => one.id) };
}

/** Compare-and-set. False: it was not in a state from which `to` can be reached. */
export async function movePlanVersion(sql: Sql, id: string, to: PlanVersionState, reason: string | null = null): Promise<boolean> {
  const from = planVersionStates.filter((state) => nextStates[state]?.includes(to) === true);
  const moved = await sql.query(
    `update plan_version set state = $2, state_reason = $3,
       decided_at = case when $2 in ('needs_input', 'awaiting_approval') then decided_at else chiffon.now() end
     where id = $1 and state = any ($4::text[]) returning id`,
    [id, to, storable(reason), from],
  );
  return moved.length > 0;
}

export async function saveQuestion(sql: Sql, id: string, draft: readonly DraftStep[], question: Question): Promise<void> {
  await sql.query(
    "update plan_version set draft = $2::jsonb, question = $3::jsonb, asked_at = chiffon.now() where id = $1 and state in ('drafting', 'needs_input')",
    [id, storableJson(draft), storableJson(question)],
  );
}

/** Compare-and-set. False: the question was answered, or the plan replaced, since `answers` was read. */
export async function takeAnswer(sql: Sql, id: string, answers: number): Promise<boolean> {
  const taken = await sql.query(
    "update plan_version set answers = answers + 1 where id = $1 and state = 'needs_input' and answers = $2 returning id",
    [id, answers],
  );
  return taken.length > 0;
}

/** The number that the next version of a plan will have, as things are. */
export async function nextVersion(sql: Sql, planId: string): Promise<number> {
  const row = await first<{ next: number }>(sql, "select coalesce(max(version), 0) + 1 as next from plan_version where plan_id = $1", [
    planId,
  ]);
  return row?.next ?? 1;
}

/** The newest version that waits in a conversation, of what was asked before this request. */
export async function openVersionIn(sql: Sql, conversationId: string, beforeNumber: number | null): Promise<string | undefined> {
  const row = await first<{ id: string }>(
    sql,
    `select plan_version.id from plan_version join plan on plan.id = plan_version.plan_id join request on request.id = plan.request_id
     where request.conversation_id = $1 and plan_version.purpose = 'run' and ($2::bigint is null or request.number < $2::bigint)
       and (plan_version.state = 'needs_input' or plan_version.state = 'awaiting_approval' and plan_version.expires_at > chiffon.now())
     order by plan_version.created_at desc, request.number desc limit 1`,
    [conversationId, beforeNumber],
  );
  return row?.id;
}

export interface Seal {
  readonly draft: readonly DraftStep[];
  readonly sealed: SealedPlan;
  readonly digest: string;
  readonly risk: RiskClass;
  readonly expiresMinutes: number;
}

/** False: it was sealed already, by an answer that came in the same moment. */
export async function saveSeal(sql: Sql, id: string, seal: Seal): Promise<boolean> {
  const saved = await sql.query(
    `update plan_version set draft = $2::jsonb, question = null, sealed = $3::jsonb, digest = $4, risk = $5,
       expires_at = chiffon.now() + make_interval(mins => $6), asked_at = chiffon.now() where id = $1 and digest is null and state in ('drafting', 'needs_input') returning id`,
    [id, storableJson(seal.draft), JSON.stringify(seal.sealed), seal.digest, seal.risk, seal.expiresMinutes],
  );
  return saved.length > 0;
}

export async function getPlanVersion(sql: Sql, id: string): Promise<PlanVersion | undefined> {
  if (!isUuid(id)) return undefined; // from a link or a button: anything
  const row = await first(
    sql,
    `select plan_version.id, plan_version.plan_id as "planId", plan_version.version, plan_version.purpose, plan_version.state,
       plan_version.state_reason as "stateReason", plan_version.draft, plan_version.question, plan_version.sealed, plan_version.digest,
       plan_version.risk, plan_version.made_by as "madeBy", ${iso("plan_version.expires_at")} as "expiresAt",
       ${iso("plan_version.created_at")} as "createdAt", request.id as "requestId", request.number as "requestNumber", request.text as "requestText",
       request.person as "requestPerson", request.conversation_id as "conversationId", plan.made_from_run as "madeFromRun",
       plan.previews_version as "previewsVersion", plan_version.answers,
       coalesce((select jsonb_agg(said.said_text order by said.version) from plan_version said
         where said.plan_id = plan_version.plan_id and said.version <= plan_version.version and said.said_text is not null), '[]') as modifications
     from plan_version join plan on plan.id = plan_version.plan_id join request on request.id = plan.request_id where plan_version.id = $1`,
    [id],
  );
  return row === undefined ? undefined : planVersionSchema.parse(row);
}

/** The version of the same plan that came after, if any. */
export async function newerVersion(sql: Sql, id: string): Promise<{ id: string; version: number } | undefined> {
  return first(
    sql,
    `select newer.id, newer.version from plan_version mine join plan_version newer on newer.plan_id = mine.plan_id and newer.version > mine.version
     where mine.id = $1 order by newer.version desc limit 1`,
    [id],
  );
}

function iso(column: string): string {
  return `to_char(${column} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}
