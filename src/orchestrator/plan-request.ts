import { setTimeout as sleep } from "node:timers/promises";
import { appendAudit, type AuditFact } from "../audit/audit-log.ts";
import type { Database, Sql } from "../db/database.ts";
import { AppError } from "../errors.ts";
import { claimPlanning, getRequest, mostAttempts, saveOutcome, type Outcome, type StoredRequest } from "../planner/request-store.ts";
import type { PlanningLeases } from "./planning-leases.ts";
import { refusal, storedOutcome } from "./request-outcome.ts";
import type { RequestOutcome } from "./use-cases.ts";

/** One attempt at one request. */
export interface Planning {
  readonly request: StoredRequest;
  /** Stores what came of it, inside the transaction of what it made. Throws when another process has taken the request over: nothing may stay. */
  record(sql: Sql, outcome: Outcome, facts?: Readonly<Record<string, unknown>>, result?: AuditFact["result"]): Promise<void>;
}

export interface PlanRequestDeps {
  readonly database: Database;
  readonly leases: PlanningLeases;
  /** Does the planning; everything it makes is stored together with `record`. */
  readonly work: (planning: Planning) => Promise<RequestOutcome>;
  readonly signal: AbortSignal;
}

/** Plans a stored request exactly once, over all processes; who comes second waits for the first one's outcome. */
export async function planRequest(deps: PlanRequestDeps, requestId: string): Promise<RequestOutcome> {
  for (;;) {
    const done = await storedOutcome(deps.database, requestId);
    if (done !== undefined) {
      deps.leases.release(requestId);
      return done;
    }
    const attempt = await claimPlanning(deps.database, requestId, true);
    if (attempt !== undefined) {
      const outcome = await planClaimed(deps, requestId, attempt);
      if (outcome !== undefined) return outcome;
    } else if ((await getRequest(deps.database, requestId)) === undefined) {
      return refusal("unknown-request", "there is no such request");
    }
    await sleep(100, undefined, { signal: deps.signal });
  }
}

/** Undefined: another process took it over meanwhile. */
export async function planClaimed(deps: PlanRequestDeps, requestId: string, attempt: number): Promise<RequestOutcome | undefined> {
  const { database, leases } = deps;
  const request = await getRequest(database, requestId);
  if (request === undefined) return undefined;
  const planning: Planning = {
    request,
    async record(sql, outcome, facts = {}, result = auditResultOf(outcome)) {
      if (!(await saveOutcome(sql, requestId, attempt, outcome))) throw new TakenOver();
      await appendAudit(sql, {
        actor: "planner",
        action: "request.planned",
        resource: `request:${requestId}`,
        result,
        facts: { outcome: outcome.outcome, person: request.person, ...facts },
      });
    },
  };
  const fail = async (outcome: Extract<RequestOutcome, { kind: "refused" }>): Promise<void> =>
    database.transaction((sql) => planning.record(sql, { outcome: "failed", result: outcome }, { code: outcome.code }));
  leases.hold(requestId);
  try {
    if (attempt > mostAttempts) {
      const given = refusal(
        "planning-failed",
        `this request was taken up ${mostAttempts} times, and each time something died before its plan was made`,
        "Say it in other words, or look into the log.",
      );
      await fail(given);
      return given;
    }
    return await deps.work(planning);
  } catch (error) {
    if (error instanceof TakenOver) return undefined;
    try {
      await fail(failureOf(error));
    } catch (second) {
      if (second instanceof TakenOver) return undefined;
      throw second;
    }
    throw error;
  } finally {
    leases.release(requestId);
  }
}

/** Who knows that nothing was refused (hello, a question) says so. */
function auditResultOf({ outcome }: Outcome): AuditFact["result"] {
  if (outcome === "failed") return "failed";
  return ["plan", "answer", "modification", "withdrawal"].includes(outcome) ? "done" : "refused";
}

function failureOf(error: unknown): Extract<RequestOutcome, { kind: "refused" }> {
  return error instanceof AppError
    ? refusal(error.code, error.message, error.help ?? null)
    : refusal("unexpected", "something went wrong while this was planned; the log says more", "Ask again.");
}

/** The lease was lost to another process: what this one made is rolled back. */
class TakenOver extends Error {}
