import type { Label, LabelledRequest } from "./eval-labels.ts";
import type { PredictedStep, Prediction } from "./eval-set.ts";
import { givenValues, machinesOf } from "./eval-values.ts";

export type Groups = ReadonlyMap<string, readonly string[]>;

/** A request with its labels and predicted steps put side by side. */
export interface PairedRequest {
  readonly request: LabelledRequest;
  readonly steps: readonly PredictedStep[];
  /** Every label, with the step that was predicted for it. */
  readonly wanted: readonly Wanted[];
  /** Every predicted step, with the label it answers. */
  readonly guesses: readonly Guess[];
}

export interface Wanted {
  readonly label: Label;
  readonly step: PredictedStep | undefined;
}

export interface Guess {
  readonly step: PredictedStep;
  readonly label: Label | undefined;
}

/** Pairs labels and predicted steps so that they fit best as a whole, whatever their order. */
export function pairSteps(request: LabelledRequest, steps: readonly PredictedStep[], groups: Groups): PairedRequest {
  const labels = request.steps;
  const pairable = steps.slice(0, mostSteps);
  const known = new Map<string, Pairing>();

  // The best pairing of the labels from `at` on, when the steps in the bit set `taken` are gone.
  function best(at: number, taken: number): Pairing {
    const label = labels[at];
    if (label === undefined) return { fit: 0, stepOf: [] };
    const key = `${at} ${taken}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    const without = best(at + 1, taken);
    let found: Pairing = { fit: without.fit, stepOf: [undefined, ...without.stepOf] };
    for (const [place, step] of pairable.entries()) {
      const bit = 1 << place;
      if ((taken & bit) !== 0) continue;
      const rest = best(at + 1, taken | bit);
      const fit = rest.fit + fitOf(label, step, Math.abs(at - place), groups);
      if (fit > found.fit) found = { fit, stepOf: [place, ...rest.stepOf] };
    }
    known.set(key, found);
    return found;
  }

  const { stepOf } = best(0, 0);
  return {
    request,
    steps,
    wanted: labels.map((label, at) => ({ label, step: steps[stepOf[at] ?? -1] })),
    guesses: steps.map((step, place) => ({ step, label: labels[stepOf.indexOf(place)] })),
  };
}

/** The place, from 1, of the first right playbook among the candidates; 0 when none is. */
export function rankOf(label: Label, step: PredictedStep): number {
  const ranked = step.candidates.length > 0 ? step.candidates.slice(0, 10) : step.playbook === null ? [] : [step.playbook];
  return ranked.findIndex((playbook) => label.gold.includes(playbook)) + 1;
}

export function hasRightHosts(label: Label, step: PredictedStep, groups: Groups): boolean {
  return label.hosts !== undefined && machinesOf(label.hosts, groups) === machinesOf(step.hosts, groups);
}

export function stepsById(predictions: readonly Prediction[]): ReadonlyMap<string, readonly PredictedStep[]> {
  return new Map(predictions.map((prediction) => [prediction.id, prediction.steps]));
}

// More steps than anybody asks for at once; the bit set has no room for many more.
const mostSteps = 16;

interface Pairing {
  readonly fit: number;
  readonly stepOf: readonly (number | undefined)[];
}

/** The playbook decides, then hosts and values; the place only breaks ties. */
function fitOf(label: Label, step: PredictedStep, distance: number, groups: Groups): number {
  const byPlace = 0.05 - 0.01 * distance;
  if (label.gold.length === 0) return byPlace + (step.playbook === null ? 1 : 1 - step.confidence);
  const rank = rankOf(label, step);
  const byRank = rank === 0 ? 0 : rank === 1 ? 4 : 2 + 1 / rank;
  const byHosts = hasRightHosts(label, step, groups) ? 0.2 : 0;
  return byPlace + byRank + byHosts + 0.1 * givenValues(label.params, step.params, { names: "must-match" });
}
