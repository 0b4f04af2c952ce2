import { checkRun, type CheckRun, type CheckRunDeps } from "../agents/infra/analyzer/check-run.ts";
import type { Inventory } from "../agents/infra/inventory.ts";
import type { Database } from "../db/database.ts";
import { messageOf } from "../errors.ts";
import { getPlanVersion } from "../planner/plan-store.ts";
import { planMatter } from "../policy/plan-matter.ts";
import { matterOf, type Policy } from "../policy/policy.ts";
import { getRun } from "../runs/run-store.ts";
import { runOfContent, type FoundSuggestion } from "../runs/suggestion-store.ts";

export interface CheckSuggestionDeps extends CheckRunDeps {
  readonly database: Database;
  readonly policy: Policy;
  readonly inventory: () => Promise<Inventory>;
  readonly inventorySources: () => Promise<readonly string[]>;
  readonly givenVariables: Readonly<Record<string, unknown>>;
}

/** The playbook of a suggestion in check mode in a checkout of the repo, with the values of its last run; for people who may preview. */
export function createCheckSuggestion(
  deps: CheckSuggestionDeps,
): (repo: string, suggestion: FoundSuggestion, person: string) => Promise<CheckRun> {
  return async (repo, suggestion, person) => {
    const found = await runOfContent(deps.database, suggestion.playbookPath, suggestion.catalogHashes);
    const run = found === undefined ? undefined : await getRun(deps.database, found.id);
    const version = run === undefined ? undefined : await getPlanVersion(deps.database, run.planVersionId);
    const matter = version === undefined ? matterOf("preview") : await planMatter(deps.database, version, "preview");
    const answer = await deps.policy.may(person, matter);
    if (!answer.allowed) return { kind: "not_run", why: answer.reason };
    const step = version?.sealed?.steps.find((one) => one.playbookPath === suggestion.playbookPath);
    try {
      return await checkRun(deps, {
        repo,
        playbookPath: suggestion.playbookPath,
        variables: { ...deps.givenVariables, ...step?.variables },
        inventory: await deps.inventory(),
        inventorySources: await deps.inventorySources(),
      });
    } catch (error) {
      return { kind: "not_run", why: messageOf(error).slice(0, 300) };
    }
  };
}
