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
  /** How far everything together speaks more for it than for the next playbook that could be meant. */
  readonly margin: number;
  /** How far no other playbook is as similar. */
  readonly nearness: number;
  /** How many of the playbook's own words were said, rare ones counting more. */
  readonly words: number;
  /** The same, with words that say what it is for. */
  readonly told: number;
  /** Share of the step's words that are not only other playbooks'. */
  readonly unclaimed: number;
  /** How far no other playbook has these words, or is for that. */
  readonly lead: number;
  /** 1 when an order's verb is the playbook's own. */
  readonly verb: number;
  /** 1 when the playbook does what the order's verb asks for. */
  readonly fit: number;
  /** Share of the step's words that the playbook's words and purposes explain. */
  readonly explained: number;
  /** Share of the fuller of its titles that was said. */
  readonly title: number;
  /** 1 when the order's very verb is in its name or begins its description. */
  readonly act: number;
  /** How many words of its variables were said, half for each. */
  readonly settings: number;
  /** 1 when the last noun of a title was said. */
  readonly head: number;
  /** All is explained, and most of the playbook was said. */
  readonly whole: number;
  /** How far no other playbook's title was said as fully. */
  readonly ahead: number;
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
  "nearness",
  "words",
  "told",
  "unclaimed",
  "lead",
  "verb",
  "fit",
  "explained",
  "title",
  "act",
  "settings",
  "head",
  "whole",
  "ahead",
] as const satisfies readonly (keyof CalibrationEvidence)[];

/** For unit vectors. */
export function similarityOf(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let index = 0; index < a.length; index += 1) sum += (a[index] ?? 0) * (b[index] ?? 0);
  return sum;
}
