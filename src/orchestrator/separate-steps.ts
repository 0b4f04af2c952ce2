import type { InventoryNames } from "../mapping/inventory-names.ts";
import type { Mapping } from "../mapping/mapping.ts";
import type { Playbook, PlaybookCatalog } from "../mapping/playbook.ts";
import type { TaskMapper } from "../mapping/task-mapper.ts";
import type { RequestedStep } from "../planner/decomposition.ts";
import { joinSameWork } from "../planner/sentence/same-work.ts";
import { separateObjects } from "../planner/sentence/several-objects.ts";
import type { Vocabulary } from "../planner/vocabulary.ts";

/**
 * The steps that were read, as one run of a playbook each: "lock ida and jon" is a step each where the nearest playbook takes one of them, and two
 * clauses about one piece of work are one step. Everybody who maps a request does this first, so that all see the same steps.
 */
export async function separateSteps(
  steps: readonly RequestedStep[],
  known: { readonly catalog: PlaybookCatalog; readonly inventory: InventoryNames; readonly vocabulary: Vocabulary },
  mapper: TaskMapper,
): Promise<RequestedStep[]> {
  const options = { vocabulary: known.vocabulary, hosts: known.inventory.hosts };
  const mapped = new Map<RequestedStep, Promise<Mapping>>();
  const map = (step: RequestedStep): Promise<Mapping> => {
    const mapping = mapped.get(step) ?? mapper.map(step, known.catalog);
    mapped.set(step, mapping);
    return mapping;
  };
  const playbook = (id: string | null | undefined): Playbook | undefined => known.catalog.playbooks.find((one) => one.id === id);
  const certain = async (step: RequestedStep): Promise<Playbook | undefined> => playbook((await map(step)).playbook);
  const nearest = async (step: RequestedStep): Promise<Playbook | undefined> => {
    const mapping = await map(step);
    return playbook(mapping.playbook ?? mapping.candidates[0]?.playbook);
  };
  return separateObjects(await joinSameWork(steps, certain, options), nearest, options);
}
