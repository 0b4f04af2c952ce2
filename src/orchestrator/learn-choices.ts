import type { LearnedMappings } from "../mapping/learned-mappings.ts";
import type { PlanVersion } from "../planner/plan-store.ts";

/**
 * A choice that was approved is learned: the same words mean the same playbook next time, as long as its content stays. Only who may approve
 * the plan gets here, so only they teach.
 */
export async function learnChoices(learned: LearnedMappings, version: PlanVersion, person: string): Promise<void> {
  for (const draft of version.draft) {
    const sealed = version.sealed?.steps.find((step) => step.order === draft.order);
    if (draft.mapping.method !== "chosen" || sealed === undefined) continue;
    await learned.teach(draft.intent, { id: sealed.playbook, contentHash: sealed.contentHash }, person);
  }
}
