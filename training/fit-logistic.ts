import { type Calibration, type CalibrationEvidence, calibrated, evidenceNames } from "../src/mapping/embedder.ts";

export interface Example {
  readonly evidence: CalibrationEvidence;
  readonly isRight: boolean;
  /** Examples of one service are never on both sides of a cross-validation. */
  readonly group: string;
}

/** Weights by gradient descent. More evidence never lowers a confidence, so no weight is below zero. */
export function fitLogistic(examples: readonly Example[]): Calibration {
  const rows = examples.map(({ evidence }) => Float64Array.from(evidenceNames, (name) => evidence[name]));
  const wanted = examples.map(({ isRight }) => (isRight ? 1 : 0));
  const weights = new Float64Array(evidenceNames.length).fill(1);
  let bias = -2;
  const rate = 2;
  // A little pull to zero keeps one odd example from deciding.
  const pull = 0.0004;
  for (let round = 0; round < 1_500; round += 1) {
    let biasSlope = 0;
    const slopes = new Float64Array(weights.length);
    for (let at = 0; at < rows.length; at += 1) {
      const row = rows[at] ?? none;
      const error = sigmoid(bias + dot(weights, row)) - (wanted[at] ?? 0);
      biasSlope += error;
      for (let place = 0; place < row.length; place += 1) slopes[place] = (slopes[place] ?? 0) + error * (row[place] ?? 0);
    }
    bias -= (rate * biasSlope) / rows.length;
    for (let place = 0; place < weights.length; place += 1) {
      const before = weights[place] ?? 0;
      weights[place] = Math.max(0, before - rate * ((slopes[place] ?? 0) / rows.length + pull * before));
    }
  }
  return calibrationOf(bias, Object.fromEntries(evidenceNames.map((name, place) => [name, weights[place] ?? 0])));
}

const none = new Float64Array(0);

const sigmoid = (value: number): number => 1 / (1 + Math.exp(-value));

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let place = 0; place < a.length; place += 1) sum += (a[place] ?? 0) * (b[place] ?? 0);
  return sum;
}

function calibrationOf(bias: number, weights: Readonly<Record<string, number>>): Calibration {
  const known = Object.fromEntries(evidenceNames.map((name) => [name, round(weights[name] ?? 0)])) as Record<
    keyof CalibrationEvidence,
    number
  >;
  return { bias: round(bias), ...known };
}

const round = (value: number): number => Math.round(value * 1_000) / 1_000;

export interface Quality {
  readonly calibrationError: number;
  readonly precision: number;
  readonly recall: number;
}

export function qualityOf(judged: readonly { readonly confidence: number; readonly isRight: boolean }[], threshold: number): Quality {
  const accepted = judged.filter((one) => one.confidence >= threshold);
  const right = accepted.filter((one) => one.isRight).length;
  const bins = Map.groupBy(judged, (one) => Math.min(9, Math.floor(one.confidence * 10)));
  let apart = 0;
  for (const bin of bins.values()) {
    const confidence = bin.reduce((sum, one) => sum + one.confidence, 0) / bin.length;
    const accuracy = bin.filter((one) => one.isRight).length / bin.length;
    apart += bin.length * Math.abs(confidence - accuracy);
  }
  return {
    calibrationError: apart / judged.length,
    precision: accepted.length === 0 ? 1 : right / accepted.length,
    recall: right / Math.max(1, judged.filter((one) => one.isRight).length),
  };
}

/** Every example judged by weights that were fitted without its service. */
export function crossValidate(examples: readonly Example[], folds: number): { readonly confidence: number; readonly isRight: boolean }[] {
  const groups = [...new Set(examples.map((example) => example.group))].sort();
  const foldOf = new Map(groups.map((group, at) => [group, at % folds]));
  return Array.from({ length: folds }, (_, fold) => fold).flatMap((fold) => {
    const calibration = fitLogistic(examples.filter((example) => foldOf.get(example.group) !== fold));
    return examples
      .filter((example) => foldOf.get(example.group) === fold)
      .map(({ evidence, isRight }) => ({ confidence: calibrated(calibration, evidence), isRight }));
  });
}
