import type { Database } from "../db/database.ts";
import { plannerNotes } from "../planner/model/decision-store.ts";
import { actionToDecide, planMatter } from "../policy/plan-matter.ts";
import { matterOf, type Policy } from "../policy/policy.ts";
import { votesOf } from "../policy/vote-store.ts";
import { planDecisions, type PlanDecision } from "./plan-decisions.ts";
import { expectedSeconds, planView, runView, type RunView } from "./views.ts";

/** What a plan's card says besides the plan version itself. */
export interface PlanFacts {
  readonly approvers: string;
  readonly confirmWord: string | null;
  readonly expectedSeconds: ReadonlyMap<string, number>;
  readonly preview: RunView | null;
  readonly decided: PlanDecision | null;
  readonly votes: readonly PlanDecision[];
  /** Accounts and groups whose approval is waited for. */
  readonly awaited: readonly string[];
  /** How the request was planned, where a person should know. */
  readonly notes: readonly string[];
}

export async function planFacts(
  { database, policy }: { readonly database: Database; readonly policy: Policy },
  planVersionId: string,
): Promise<PlanFacts> {
  const version = await planView(database, planVersionId);
  const matter = version === undefined ? matterOf("approve") : await planMatter(database, version, actionToDecide(version));
  const awaited = policy.awaited(matter, await votesOf(database, planVersionId));
  const [preview] = await database.query<{ id: string }>(
    `select run.id from plan join plan_version on plan_version.plan_id = plan.id join run on run.plan_version_id = plan_version.id
     where plan.previews_version = $1 order by run.number desc limit 1`,
    [planVersionId],
  );
  return {
    ...(await planDecisions(database, planVersionId)),
    approvers: policy.approvers(matter),
    awaited: [...awaited.accounts, ...awaited.groups],
    confirmWord: policy.confirmWord(matter),
    notes: version === undefined ? [] : await plannerNotes(database, version.requestId),
    expectedSeconds: await expectedSeconds(database, version?.sealed?.steps.map((step) => step.playbookPath) ?? []),
    preview: preview === undefined ? null : ((await runView(database, preview.id)) ?? null),
  };
}
