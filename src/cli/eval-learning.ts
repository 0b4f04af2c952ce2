import type { PlaybookCatalog } from "../mapping/playbook.ts";
import type { LearnedMappings } from "../mapping/learned-mappings.ts";
import { acceptThreshold } from "../mapping/mapping.ts";
import type { LabelledRequest } from "./eval-labels.ts";
import { type Groups, pairSteps, stepsById } from "./eval-pairing.ts";
import type { PredictedStep, Prediction } from "./eval-set.ts";

export interface LearningDeps {
  readonly learned: LearnedMappings;
  readonly catalog: PlaybookCatalog;
  readonly labels: readonly LabelledRequest[];
  readonly predictions: readonly Prediction[];
  /** The words of each predicted step. */
  readonly intents: ReadonlyMap<PredictedStep, string>;
}

/** Confirms the right playbook for steps that were not accepted, as people would; at most `limit` of them. Says how many it were. */
export async function teachCorrections(
  { learned, catalog, labels, predictions, intents }: LearningDeps,
  limit: number,
): Promise<{ readonly taught: number; readonly requests: ReadonlySet<string> }> {
  const predicted = stepsById(predictions);
  const groups: Groups = new Map();
  const requests = new Set<string>();
  let taught = 0;
  for (const request of labels) {
    for (const { label, step } of pairSteps(request, predicted.get(request.id) ?? [], groups).wanted) {
      const [right] = label.gold;
      const intent = step === undefined ? undefined : intents.get(step);
      const playbook = catalog.playbooks.find((one) => one.id === right);
      if (taught === limit || step === undefined || intent === undefined || playbook === undefined || label.clarify) continue;
      if (step.confidence >= acceptThreshold && step.playbook !== null && label.gold.includes(step.playbook)) continue;
      await learned.teach(intent, playbook, "eval");
      requests.add(request.id);
      taught += 1;
    }
  }
  return { taught, requests };
}
