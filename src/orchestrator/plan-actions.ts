import { appendAudit, writeAudit } from "../audit/audit-log.ts";
import type { Database } from "../db/database.ts";
import { createPlan, getPlanVersion, movePlanVersion, newerVersion, type PlanVersion } from "../planner/plan-store.ts";
import { matterOf, type Policy, type PolicyAction } from "../policy/policy.ts";
import type { Queue } from "../queue/queue.ts";
import { lockRun, moveRun, moveStep, getRun, getRunSteps } from "../runs/run-store.ts";
import { freeLocks } from "../runs/target-lock.ts";
import type { DecideApproval } from "./decide-approval.ts";
import { planMatter } from "../policy/plan-matter.ts";
import type { StaleCheck } from "./stale-check.ts";
import { settleRun } from "./settle-run.ts";
import type { SubmitRequest } from "./submit-request.ts";
import type { Done, RequestOutcome, RunOutcome, UseCases } from "./use-cases.ts";

export interface PlanActionsDeps {
  readonly database: Database;
  readonly queue: Queue;
  readonly policy: Policy;
  readonly submitRequest: SubmitRequest;
  readonly decideApproval: DecideApproval;
  readonly staleCheck: StaleCheck;
  readonly onPlan: (planVersionId: string) => void;
}

type PlanActions = Pick<UseCases, "preview" | "renewPlan" | "retryFromFailed" | "closeAsNothingToDo" | "withdraw" | "settleUnknown">;

/** What a person can do with a plan or run besides deciding: each is a new sealed version or one compare-and-set. */
export function createPlanActions(deps: PlanActionsDeps): PlanActions {
  const { database } = deps;

  async function refusedFor(person: string, action: PolicyAction, version: PlanVersion | undefined): Promise<string | null> {
    if (version === undefined) return "there is no such plan";
    const answer = await deps.policy.may(person, await planMatter(database, version, action));
    if (answer.allowed) return null;
    await writeAudit(database, {
      actor: person,
      action: `plan.${action}`,
      resource: `plan_version:${version.id}`,
      result: "refused",
      facts: { reason: answer.reason },
    });
    return answer.reason;
  }

  async function refusedAdmin(person: string, action: string, resource: string, version?: PlanVersion): Promise<Done | null> {
    const matter = version === undefined ? matterOf("admin") : await planMatter(database, version, "admin");
    const answer = await deps.policy.may(person, matter);
    if (answer.allowed) return null;
    await writeAudit(database, { actor: person, action, resource, result: "refused", facts: { reason: answer.reason } });
    return { kind: "refused", message: answer.reason };
  }

  const refusedRequest = (message: string): Extract<RequestOutcome, { kind: "refused" }> => ({
    kind: "refused",
    code: "not-possible",
    message,
    help: null,
  });

  async function isPreviewedBy(planVersionId: string, person: string): Promise<boolean> {
    const open = await database.query(
      `select run.id from run join plan_version on plan_version.id = run.plan_version_id join plan on plan.id = plan_version.plan_id
       where plan.previews_version = $1 and plan_version.made_by = $2 and run.state in ('queued', 'waiting', 'running') limit 1`,
      [planVersionId, person],
    );
    return open.length > 0;
  }

  async function preview(planVersionId: string, person: string): Promise<RunOutcome> {
    const version = await getPlanVersion(database, planVersionId);
    const refusal = await refusedFor(person, "preview", version);
    if (refusal !== null || version === undefined) return { kind: "refused", message: refusal ?? "there is no such plan" };
    if (version.state !== "awaiting_approval")
      return { kind: "refused", message: `this plan no longer waits: ${version.stateReason ?? version.state}` };
    if (await isPreviewedBy(version.id, person)) return { kind: "refused", message: "your preview of this plan is already under way" };
    // A preview is sealed from the repo as it is: of another one than the plan's it would show what the plan will not do.
    const changes = version.sealed === null ? [] : await deps.staleCheck.changes(version.sealed);
    if (changes.length > 0)
      return {
        kind: "refused",
        message: `the repo changed after this plan was made (${changes.slice(0, 3).join(", ")}): make a new version`,
      };
    const planId = await database.transaction((sql) => createPlan(sql, { requestId: version.requestId, previewsVersion: version.id }));
    const sealed = await deps.submitRequest.seal({ planId, person, purpose: "preview", draft: version.draft });
    if (sealed.kind !== "plan") return { kind: "refused", message: "the preview could not be sealed as the plan was: make a new version" };
    const decision = await deps.decideApproval.decide({ planVersionId: sealed.planVersionId, person, decision: "approved" });
    if (decision.kind === "approved") return { kind: "started", runId: decision.runId };
    // Nobody sees its card, so nobody may find it waiting later.
    await movePlanVersion(database, sealed.planVersionId, "withdrawn", "the preview was refused");
    return {
      kind: "refused",
      message:
        decision.kind === "refused"
          ? decision.message
          : decision.kind === "voted"
            ? `a preview of this plan really runs something and needs more than one person (${decision.missing}): decide on the plan instead`
            : "rejected",
    };
  }

  async function renewPlan(planVersionId: string, person: string): Promise<RequestOutcome> {
    const version = await getPlanVersion(database, planVersionId);
    const refusal = await refusedFor(person, "request", version);
    if (refusal !== null || version === undefined) return refusedRequest(refusal ?? "there is no such plan");
    if (!["stale", "expired", "rejected", "withdrawn"].includes(version.state))
      return refusedRequest(`this plan is ${version.state}: it needs no new version`);
    // An old card must not put an old plan in the place of the one that people look at now.
    const newer = await newerVersion(database, version.id);
    if (newer !== undefined) return { ...refusedRequest(`version ${newer.version} took the place of this plan`), newerVersionId: newer.id };
    // What was still asked about it is asked again.
    const { planId, purpose, draft, question } = version;
    return deps.submitRequest.seal({ planId, person, purpose, draft, question });
  }

  async function retryFromFailed(runId: string, person: string): Promise<RequestOutcome> {
    const run = await getRun(database, runId);
    if (run === undefined) return refusedRequest("there is no such run");
    const version = await getPlanVersion(database, run.planVersionId);
    const refusal = await refusedFor(person, "request", version);
    if (refusal !== null || version === undefined) return refusedRequest(refusal ?? "there is no such plan");
    // It would be a run in the plan of a preview, by nobody who asked for one.
    if (run.purpose === "preview") return refusedRequest(`run ${run.number} is a preview: press Preview on its plan again`);
    if (run.state !== "failed" && run.state !== "cancelled")
      return refusedRequest(`run ${run.number} is ${run.state}: there is nothing to retry`);
    const newer = await newerVersion(database, version.id);
    if (newer !== undefined && ["needs_input", "awaiting_approval"].includes((await getPlanVersion(database, newer.id))?.state ?? ""))
      return { ...refusedRequest(`version ${newer.version} waits already`), newerVersionId: newer.id };
    const done = new Set((await getRunSteps(database, runId)).filter((step) => step.state === "succeeded").map((step) => step.order));
    const draft = version.draft
      .filter((step) => !done.has(step.order))
      .map((step) => ({ ...step, dependsOn: step.dependsOn.filter((order) => !done.has(order)) }));
    return deps.submitRequest.seal({ planId: version.planId, person, purpose: "run", draft });
  }

  /** Who asked takes back the own plan; anybody else's only who may cancel. */
  async function refusedClose(person: string, to: "nothing_to_do" | "withdrawn", version: PlanVersion | undefined): Promise<string | null> {
    if (version === undefined || to === "nothing_to_do") return refusedFor(person, "approve", version);
    const { requestedBy } = await planMatter(database, version, "request");
    const own = requestedBy.map((account) => deps.policy.nameOf(account)).includes(deps.policy.nameOf(person));
    return refusedFor(person, own ? "request" : "cancel", version);
  }

  async function close(planVersionId: string, person: string, to: "nothing_to_do" | "withdrawn", reason: string): Promise<Done> {
    const version = await getPlanVersion(database, planVersionId);
    const refusal = await refusedClose(person, to, version);
    if (refusal !== null) return { kind: "refused", message: refusal };
    const closed = await database.transaction(async (sql) => {
      if (!(await movePlanVersion(sql, planVersionId, to, reason))) return false;
      await appendAudit(sql, { actor: person, action: `plan.${to}`, resource: `plan_version:${planVersionId}`, result: "done" });
      return true;
    });
    deps.onPlan(planVersionId);
    return closed ? { kind: "done" } : { kind: "refused", message: "this plan no longer waits" };
  }

  return {
    preview,
    renewPlan,
    retryFromFailed,
    closeAsNothingToDo: (id, person) => close(id, person, "nothing_to_do", `closed by ${deps.policy.nameOf(person)}: nothing would change`),
    withdraw: (id, person) => close(id, person, "withdrawn", `withdrawn by ${deps.policy.nameOf(person)}`),

    async settleUnknown(runId, person, as) {
      const run = await getRun(database, runId);
      const version = run === undefined ? undefined : await getPlanVersion(database, run.planVersionId);
      const refusal = await refusedAdmin(person, "run.settled", `run:${runId.slice(0, 100)}`, version);
      if (refusal !== null) return refusal;
      if (run === undefined) return { kind: "refused", message: "there is no such run" };
      return database.transaction<Done>(async (sql) => {
        await lockRun(sql, runId);
        const unknown = await sql.query<{ id: string; step_order: number }>(
          `update step_attempt set state = $2, fencing = nextval(pg_get_serial_sequence('chiffon.step_attempt', 'fencing')), finished_at = chiffon.now()
           where run_id = $1 and state = 'outcome_unknown' returning id, step_order`,
          [runId, as],
        );
        if (unknown.length === 0) return { kind: "refused", message: "the outcome of this run is not unknown (any more)" };
        for (const attempt of unknown) {
          await freeLocks(sql, attempt.id);
          await moveStep(sql, { runId, order: Number(attempt.step_order) }, as, {
            reason: `${deps.policy.nameOf(person)} looked at the hosts`,
          });
        }
        await moveRun(sql, runId, "running");
        await appendAudit(sql, { actor: person, action: "run.settled", resource: `run:${runId}`, result: "done", facts: { as } });
        await deps.queue.wake(sql, "step-attempt", {});
        await settleRun(sql, deps.queue, runId);
        return { kind: "done" };
      });
    },
  };
}
