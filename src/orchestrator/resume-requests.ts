import { appendAudit } from "../audit/audit-log.ts";
import type { Database } from "../db/database.ts";
import { messageOf } from "../errors.ts";
import type { Logger } from "../logger.ts";
import { movePlanVersion } from "../planner/plan-store.ts";
import { abandonedRequests, claimPlanning, getRequest } from "../planner/request-store.ts";
import { planClaimed, type PlanRequestDeps } from "./plan-request.ts";
import { storedOutcome } from "./request-outcome.ts";
import type { ResumedRequest } from "./use-cases.ts";

export interface ResumeDeps extends PlanRequestDeps {
  readonly logger: Logger;
  readonly onResumed: (resumed: ResumedRequest) => void;
  readonly onPlan: (planVersionId: string) => void;
}

/** Plans what was accepted by a process that died, oldest first; gives the requests that this call brought to an outcome. */
export async function resumeRequests(deps: ResumeDeps): Promise<readonly string[]> {
  await endHalfMade(deps);
  const resumed: string[] = [];
  for (const id of await abandonedRequests(deps.database)) {
    if (deps.signal.aborted) break;
    const attempt = await claimPlanning(deps.database, id, false);
    if (attempt === undefined) continue; // another process was quicker
    try {
      await planClaimed(deps, id, attempt);
    } catch (error) {
      deps.logger.warn({ requestId: id, error: messageOf(error) }, "a request that was taken up again could not be planned");
    }
    const outcome = await storedOutcome(deps.database, id);
    const request = await getRequest(deps.database, id);
    if (outcome === undefined || request === undefined) continue;
    resumed.push(id);
    deps.onResumed({ requestId: id, conversationId: request.conversationId, person: request.person, outcome });
  }
  return resumed;
}

const everyMs = 3_000;

/** Now, and every few seconds. */
export function startResuming(deps: ResumeDeps): void {
  let busy = false;
  const resume = (): void => {
    if (busy || deps.signal.aborted) return;
    busy = true;
    resumeRequests(deps)
      .catch((error: unknown) => deps.logger.warn({ error: messageOf(error) }, "requests were not taken up, tried again soon"))
      .finally(() => {
        busy = false;
      });
  };
  resume();
  const timer = setInterval(resume, everyMs);
  deps.signal.addEventListener("abort", () => clearInterval(timer), { once: true });
}

/** Versions of before versions were stored whole: nobody can decide on them, so they are closed; a new one is a click away. */
async function endHalfMade(deps: { readonly database: Database; readonly onPlan: (planVersionId: string) => void }): Promise<void> {
  const left = await deps.database.query<{ id: string }>(
    "select id from plan_version where state = 'drafting' and created_at < chiffon.now() - interval '2 minutes' limit 100",
  );
  for (const { id } of left) {
    const closed = await deps.database.transaction(async (sql) => {
      if (!(await movePlanVersion(sql, id, "withdrawn", "it was cut short while it was made"))) return false;
      await appendAudit(sql, { actor: "orchestrator", action: "plan.withdrawn", resource: `plan_version:${id}`, result: "done" });
      return true;
    });
    if (closed) deps.onPlan(id);
  }
}
