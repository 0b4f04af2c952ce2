import { z } from "zod";
import { first, type Sql } from "../db/database.ts";
import { getRequest } from "../planner/request-store.ts";
import type { RequestOutcome } from "./use-cases.ts";

const waitsFor = z.enum(["approval", "input"]);
const outcomeSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("plan"), planVersionId: z.string() }),
  z.object({
    kind: z.literal("question"),
    planVersionId: z.string(),
    reason: z.enum(["unmapped", "unknown_host", "missing", "ambiguous"]),
  }),
  z.object({ kind: z.literal("answered"), planVersionId: z.string(), echo: z.string(), waitsFor }),
  z.object({ kind: z.literal("modified"), planVersionId: z.string(), replacedId: z.string(), echo: z.string(), waitsFor }),
  z.object({ kind: z.literal("withdrawn"), planVersionId: z.string() }),
  z.object({
    kind: z.literal("no_work"),
    requestId: z.string(),
    text: z.string(),
    help: z.string().nullable(),
    concernsPlan: z.literal(true).exactOptional(),
  }),
  z.object({
    kind: z.literal("refused"),
    code: z.string(),
    message: z.string(),
    help: z.string().nullable(),
    newerVersionId: z.string().exactOptional(),
  }),
]);

/** What the person was told, from the rows; undefined while it is not planned. */
export async function storedOutcome(sql: Sql, requestId: string): Promise<RequestOutcome | undefined> {
  const request = await getRequest(sql, requestId);
  if (request === undefined || request.outcome === null) return undefined;
  const known = outcomeSchema.safeParse(request.result);
  if (known.success) return known.data;
  // From before what was said was kept.
  const plan = await first<{ id: string }>(
    sql,
    `select plan_version.id from plan_version join plan on plan.id = plan_version.plan_id
     where plan.request_id = $1 and plan.previews_version is null order by plan_version.created_at desc limit 1`,
    [requestId],
  );
  if (plan !== undefined) return { kind: "plan", planVersionId: plan.id };
  if (request.outcome === "no_work") return { kind: "no_work", requestId, text: "Nothing runs.", help: null };
  return refusal("planning-failed", "this request could not be planned", "Ask again.");
}

export function refusal(code: string, message: string, help: string | null = null): Extract<RequestOutcome, { kind: "refused" }> {
  return { kind: "refused", code, message, help };
}
