import { appendAudit } from "../audit/audit-log.ts";
import type { Database, Sql } from "../db/database.ts";
import { requestTextLimit } from "../planner/decomposition.ts";
import { openVersionIn } from "../planner/plan-store.ts";
import { areNewEvents, createRequest, type Intake } from "../planner/request-store.ts";
import { matterOf, type Policy } from "../policy/policy.ts";
import type { PlanningLeases } from "./planning-leases.ts";
import { refusal } from "./request-outcome.ts";
import type { Acceptance, NewRequest } from "./use-cases.ts";

export interface AcceptRequestDeps {
  readonly database: Database;
  readonly policy: Policy;
  readonly leases: PlanningLeases;
}

export interface NewIntake extends NewRequest {
  readonly intake: Intake;
  /** The plan version that it is about; when absent, the newest that waits in the conversation. */
  readonly aboutVersion?: string;
}

/** Events, request and audit entry in one transaction: what was accepted is planned, whatever dies afterwards. */
export async function acceptRequest(deps: AcceptRequestDeps, given: NewIntake): Promise<Acceptance> {
  const problem = given.intake.mode === "edit" && given.text.trim() === "" ? null : textProblem(given.text);
  const allowed = problem === null ? await deps.policy.may(given.person, matterOf("request")) : null;
  const accepted = await deps.database.transaction(async (sql): Promise<Acceptance> => {
    if (!(await isNew(sql, given))) return { kind: "duplicate" };
    if (problem !== null) return problem;
    const resource = `conversation:${given.conversationId}`;
    if (allowed?.allowed === false) {
      const facts = { code: allowed.code, reason: allowed.reason };
      await appendAudit(sql, { actor: given.person, action: "request.submitted", resource, result: "refused", facts });
      return refusal("not-allowed", allowed.reason);
    }
    const about =
      given.aboutVersion ?? (given.intake.mode === "message" ? await openVersionIn(sql, given.conversationId, null) : undefined);
    const made = await createRequest(sql, { ...given, aboutVersion: about ?? null });
    await appendAudit(sql, {
      actor: given.person,
      action: "request.submitted",
      resource: `request:${made.id}`,
      result: "accepted",
      facts: { number: made.number, text: given.text.slice(0, 500), ...(about === undefined ? {} : { about }) },
    });
    return { kind: "accepted", requestId: made.id };
  });
  if (accepted.kind === "accepted") deps.leases.hold(accepted.requestId);
  return accepted;
}

async function isNew(sql: Sql, given: NewRequest): Promise<boolean> {
  const keys = given.eventKeys ?? [];
  return keys.length === 0 || areNewEvents(sql, given.platform ?? "", keys);
}

/** Why a text cannot be a request at all, or null. */
export function textProblem(text: string): ReturnType<typeof refusal> | null {
  if (text.trim() === "") return refusal("text-empty", "the request is empty", 'Say what you want, for example: "deploy uptime kuma".');
  if (text.length > requestTextLimit) {
    return refusal(
      "text-too-long",
      `the request has ${text.length} characters; at most ${requestTextLimit} are read`,
      "Say it in fewer words.",
    );
  }
  if (text.includes("\0") || !text.isWellFormed())
    return refusal("text-malformed", "the request holds characters that are no text (NUL or half a character)", "Type it again.");
  return null;
}
