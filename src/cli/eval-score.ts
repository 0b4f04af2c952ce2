import { acceptThreshold } from "../mapping/mapping.ts";
import { hasRightHosts, pairSteps, rankOf, stepsById, type Groups, type Guess, type PairedRequest, type Wanted } from "./eval-pairing.ts";
import type { LabelledRequest } from "./eval-labels.ts";
import type { PredictedStep, Prediction } from "./eval-set.ts";
import { givenValues, isSameName } from "./eval-values.ts";

/** A share from 0 to 1, or null when there was nothing to count. */
export type Share = number | null;

export interface Scores {
  readonly requests: number;
  readonly steps: number;
  readonly accepted: number;
  readonly precision: Share;
  readonly recall: Share;
  readonly falseAccepts: Share;
  readonly wrongRequests: Share;
  readonly acceptedAmbiguous: Share;
  readonly violations: Share;
  readonly top1: Share;
  readonly top3: Share;
  readonly meanReciprocalRank: Share;
  readonly suggested: Share;
  readonly stepCount: Share;
  readonly stepOrder: Share;
  readonly parameterF1: Share;
  readonly parameterValueF1: Share;
  readonly hosts: Share;
}

export interface Bin {
  readonly from: number;
  readonly to: number;
  readonly guesses: number;
  readonly confidence: Share;
  readonly accuracy: Share;
}

export interface ScoreReport {
  readonly threshold: number;
  readonly withoutPrediction: number;
  readonly overall: Scores;
  readonly kinds: ReadonlyMap<string, Scores>;
  /** Expected calibration error: how far confidence and accuracy are apart. */
  readonly calibrationError: Share;
  readonly bins: readonly Bin[];
}

export interface ScoreOptions {
  /** From this confidence on a mapping counts as accepted. */
  readonly threshold?: number;
  readonly groups?: Readonly<Record<string, readonly string[]>>;
}

/** How well predictions answer the labels of an evaluation set. */
export function scorePredictions(
  requests: readonly LabelledRequest[],
  predictions: readonly Prediction[],
  { threshold = acceptThreshold, groups: named = {} }: ScoreOptions = {},
): ScoreReport {
  const groups: Groups = new Map(
    Object.entries(named).map(([group, hosts]) => [group.toLowerCase(), hosts.map((host) => host.toLowerCase())]),
  );
  const predicted = stepsById(predictions);
  const paired = requests.map((request) => pairSteps(request, predicted.get(request.id) ?? [], groups));
  const byKind = Map.groupBy(paired, ({ request }) => request.kind);
  const scores = (some: readonly PairedRequest[]): Scores => scoresOf(some, threshold, groups);
  return {
    threshold,
    withoutPrediction: requests.filter((request) => !predicted.has(request.id)).length,
    overall: scores(paired),
    kinds: new Map([...byKind].map(([kind, some]) => [kind, scores(some)])),
    ...calibrationOf(paired.flatMap(({ guesses }) => guesses)),
  };
}

function scoresOf(requests: readonly PairedRequest[], threshold: number, groups: Groups): Scores {
  const isAccepted = (step: PredictedStep | undefined): boolean =>
    step !== undefined && step.playbook !== null && step.confidence >= threshold;
  const wanted = requests.flatMap((request) => request.wanted);
  const mappable = wanted.filter(isMappable);
  const accepted = requests.flatMap((request) => request.guesses).filter(({ step }) => isAccepted(step));
  const ranks = mappable.map(({ label, step }) => (step === undefined ? 0 : rankOf(label, step)));
  const declined = ranks.filter((_, at) => !isAccepted(mappable[at]?.step));
  const nothingToDo = [
    ...wanted.filter((one) => !isMappable(one)).map(({ step }) => isAccepted(step)),
    ...requests.filter(({ request }) => request.steps.length === 0).map(({ steps }) => steps.some(isAccepted)),
  ];
  return {
    requests: requests.length,
    steps: wanted.length,
    accepted: accepted.length,
    precision: share(accepted, isRight),
    recall: share(
      mappable.filter(({ label }) => !label.clarify),
      ({ label, step }) => step !== undefined && isAccepted(step) && isRight({ label, step }),
    ),
    falseAccepts: share(nothingToDo, (isWrong) => isWrong),
    wrongRequests: share(requests, ({ guesses }) => guesses.some((guess) => isAccepted(guess.step) && !isRight(guess))),
    acceptedAmbiguous: share(
      wanted.filter(({ label }) => label.clarify),
      ({ step }) => isAccepted(step),
    ),
    violations: share(
      requests.filter(({ request }) => request.forbid !== undefined),
      ({ request, steps }) => steps.some((step) => isAccepted(step) && isForbidden(request, step)),
    ),
    top1: share(ranks, (rank) => rank === 1),
    top3: share(ranks, isInTopThree),
    meanReciprocalRank: mean(ranks.map((rank) => (rank === 0 ? 0 : 1 / rank))),
    suggested: share(declined, isInTopThree),
    stepCount: share(requests, ({ request, steps }) =>
      // One step that is asked about does no harm where nothing was asked for.
      request.steps.length === 0 ? steps.length < 2 && !isAccepted(steps[0]) : steps.length === request.steps.length,
    ),
    stepOrder: share(
      requests.filter(({ request }) => request.steps.length > 1),
      ({ request, steps }) =>
        steps.length === request.steps.length &&
        steps.every((step, at) => {
          const label = request.steps[at];
          return label !== undefined && (label.gold.length > 0 ? rankOf(label, step) === 1 : !isAccepted(step));
        }),
    ),
    parameterF1: parameterF1(mappable, "must-match"),
    parameterValueF1: parameterF1(mappable, "do-not-matter"),
    hosts: share(
      mappable.filter(({ label }) => label.hosts !== undefined),
      ({ label, step }) => step !== undefined && hasRightHosts(label, step, groups),
    ),
  };
}

function parameterF1(mappable: readonly Wanted[], names: "must-match" | "do-not-matter"): Share {
  let hits = 0;
  let values = 0;
  for (const { label, step } of mappable) {
    values += Object.keys(label.params).length;
    if (step === undefined) continue;
    values += Object.keys(step.params).length;
    hits += givenValues(label.params, step.params, { names });
  }
  return values === 0 ? null : (2 * hits) / values;
}

function isForbidden({ forbid }: LabelledRequest, step: PredictedStep): boolean {
  if (forbid === undefined || step.playbook === null) return false;
  if (forbid.playbooks.includes("*") || forbid.playbooks.includes(step.playbook)) return true;
  if (Object.keys(step.params).some((name) => forbid.params.some((bad) => isSameName(bad, name)))) return true;
  const stated = [...Object.values(step.params), step.hosts].map((value) => (typeof value === "string" ? value : JSON.stringify(value)));
  return forbid.values.some((bad) => stated.join("\n").toLowerCase().includes(bad.toLowerCase()));
}

function calibrationOf(all: readonly Guess[]): Pick<ScoreReport, "calibrationError" | "bins"> {
  const guesses = all.filter(({ step }) => step.playbook !== null);
  const inBin = Map.groupBy(guesses, ({ step }) => Math.min(binCount - 1, Math.floor(step.confidence * binCount)));
  const bins = Array.from({ length: binCount }, (_, at) => {
    const some = inBin.get(at) ?? [];
    return {
      from: at / binCount,
      to: (at + 1) / binCount,
      guesses: some.length,
      confidence: mean(some.map(({ step }) => step.confidence)),
      accuracy: share(some, isRight),
    };
  });
  const apart = bins.reduce((sum, bin) => sum + bin.guesses * Math.abs((bin.confidence ?? 0) - (bin.accuracy ?? 0)), 0);
  return { bins, calibrationError: guesses.length === 0 ? null : apart / guesses.length };
}

const binCount = 10;
const isMappable = ({ label }: Wanted): boolean => label.gold.length > 0;
const isRight = ({ label, step }: Guess): boolean => step.playbook !== null && label?.gold.includes(step.playbook) === true;
const isInTopThree = (rank: number): boolean => rank > 0 && rank <= 3;
const share = <T>(items: readonly T[], test: (item: T) => boolean): Share =>
  items.length === 0 ? null : items.filter((item) => test(item)).length / items.length;
const mean = (numbers: readonly number[]): Share =>
  numbers.length === 0 ? null : numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
