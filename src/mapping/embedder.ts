/** Turns texts into vectors of one length, in the order given. */
export interface Embedder {
  readonly name: string;
  /** Another version makes other vectors: the index is rebuilt. */
  readonly version: string;
  readonly dimensions: number;
  /** Makes a probability of this embedder's similarities, so that 0.85 means the same for all of them. */
  readonly calibration: Calibration;
  embed(texts: readonly string[]): Promise<Float32Array[]>;
}

/** What a guess by meaning rests on. */
export interface CalibrationEvidence {
  /** Cosine to the nearest phrasing. */
  readonly similarity: number;
  /** To the next playbook that could be meant. */
  readonly margin: number;
  /** Share of the words that the playbook explains. */
  readonly explained: number;
  /** How clearly, and how much of, what is asked for is what the playbook is for. */
  readonly purpose: number;
  /** How far no other playbook is for it. */
  readonly lead: number;
  /** 1 when an order's verb is what the playbook does. */
  readonly verb: number;
}

/** Logistic: a bias and a weight for each piece of evidence. */
export interface Calibration extends CalibrationEvidence {
  readonly bias: number;
}

export function calibrated(calibration: Calibration, evidence: CalibrationEvidence): number {
  let sum = calibration.bias;
  for (const name of evidenceNames) sum += calibration[name] * evidence[name];
  return 1 / (1 + Math.exp(-sum));
}

export const evidenceNames = [
  "similarity",
  "margin",
  "explained",
  "purpose",
  "lead",
  "verb",
] as const satisfies readonly (keyof CalibrationEvidence)[];

/** For unit vectors. */
export function similarityOf(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let index = 0; index < a.length; index += 1) sum += (a[index] ?? 0) * (b[index] ?? 0);
  return sum;
}
