import type { Sql } from "../db/database.ts";
import type { PlanStep, SealedPlan } from "../planner/plan.ts";
import type { PlanVersion } from "../planner/plan-store.ts";
import { matterOf, type PolicyAction, type PolicyHost, type PolicyMatter, type PolicyStep } from "./policy.ts";
import { highestRisk } from "./risk.ts";

/** What the policy judges of a sealed plan: only what is sealed, so nothing that changes later can move it to another rule. */
export function sealedMatter(sealed: SealedPlan, action: PolicyAction, requestedBy: readonly string[]): PolicyMatter {
  return { action, risk: highestRisk(sealed.steps.map((step) => step.risk)), steps: sealed.steps.map(policyStep), requestedBy };
}

/** Of a plan version as it is stored; one that is not sealed yet has no steps to judge. */
export async function planMatter(sql: Sql, version: PlanVersion, action: PolicyAction): Promise<PolicyMatter> {
  const requestedBy = await requestedByOf(sql, version);
  return version.sealed === null ? { ...matterOf(action), requestedBy } : sealedMatter(version.sealed, action, requestedBy);
}

/** Check mode really runs some tasks: such a preview needs the permission of a run. */
export function actionToDecide(version: PlanVersion): PolicyAction {
  const onlyLooks = version.purpose === "preview" && version.sealed?.steps.every((step) => step.runsInCheckMode.length === 0) === true;
  return onlyLooks ? "preview" : "approve";
}

/**
 * Who asked, made this version, changed the steps of an earlier one that it came from, or answered a question of it. Who only renewed an earlier
 * version gave it nothing. A preview is by those of the plan that it previews, not by who wants to look.
 */
async function requestedByOf(sql: Sql, version: PlanVersion): Promise<readonly string[]> {
  const about = version.previewsVersion ?? version.id;
  const rows = await sql.query<{ person: string }>(
    `with mine as (select id, plan_id, version from plan_version where id = $1),
     made as (
       select plan_version.id, plan_version.made_by, plan_version.version,
         plan_version.draft is distinct from lag(plan_version.draft) over (order by plan_version.version) as changed
       from plan_version join mine on mine.plan_id = plan_version.plan_id and plan_version.version <= mine.version)
     select request.person from mine join plan on plan.id = mine.plan_id join request on request.id = plan.request_id
     union select made_by from made where changed or version = (select version from mine)
     union select audit_entry.actor from audit_entry join made on audit_entry.resource = 'plan_version:' || made.id
       where audit_entry.action = 'plan.answered' and audit_entry.result = 'done'`,
    [about],
  );
  return rows.map((row) => row.person);
}

function policyStep(step: PlanStep): PolicyStep {
  const groupsOfHost = new Map<string, string[]>();
  for (const [group, hosts] of Object.entries(step.groups ?? {}))
    for (const host of hosts) groupsOfHost.set(host, [...(groupsOfHost.get(host) ?? []), group]);
  return {
    playbook: step.playbookPath,
    service: step.service ?? null,
    risk: step.risk,
    hosts: step.hosts.map((name): PolicyHost => ({ name, groups: groupsOfHost.get(name) ?? [] })),
    // A plan sealed before groups were: its hosts could be in any.
    mayActElsewhere: step.mayAlsoActOn.length > 0 || step.groups === undefined,
  };
}
