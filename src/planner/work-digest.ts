import { digestOf } from "../canonical-json.ts";
import type { SealedPlan } from "./plan.ts";
import { usedBy } from "./used-files.ts";

/**
 * SHA-256 over the canonical JSON of what a plan would do: the same for the same work whenever it is planned. Names, ids and versions of the plan
 * are no part of it, and files that it does not use neither. `playbookPaths`: all of the catalog.
 */
export function workDigestOf(plan: SealedPlan, playbookPaths: readonly string[]): string {
  const used = usedBy(plan, new Set(playbookPaths));
  return digestOf({
    format: "chiffon-work/1",
    steps: plan.steps.map((step) => ({
      order: step.order,
      workType: step.workType,
      playbookPath: step.playbookPath,
      variables: step.variables,
      inventory: step.inventory,
      inventoryHash: step.inventoryHash,
      hosts: step.hosts,
      limit: step.limit,
      mayAlsoActOn: step.mayAlsoActOn,
      tags: step.tags,
      check: step.check,
      timeLimitSeconds: step.timeLimitSeconds,
      dependsOn: step.dependsOn,
      risk: step.risk,
      repeatSafe: step.repeatSafe,
    })),
    files: plan.snapshot.files.filter(used).map((file) => ({ path: file.path, hash: file.hash, executable: file.executable })),
    importsPlaybooks: plan.importsPlaybooks,
    givenVariables: plan.givenVariables,
    outside: plan.outside,
    ansibleConfig: plan.ansibleConfig,
    ansibleVersion: plan.ansibleVersion,
    secretSources: plan.secretSources,
  });
}
