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

/** Logistic: bias + similarity * (best similarity) + margin * (best - second) + explained * (share of the words that the playbook explains). */
export interface Calibration {
  readonly bias: number;
  readonly similarity: number;
  readonly margin: number;
  readonly explained: number;
}

export function calibrated(
  calibration: Calibration,
  evidence: { readonly similarity: number; readonly margin: number; readonly explained: number },
): number {
  const sum =
    calibration.bias +
    calibration.similarity * evidence.similarity +
    calibration.margin * evidence.margin +
    calibration.explained * evidence.explained;
  return 1 / (1 + Math.exp(-sum));
}

/** For unit vectors. */
export function similarityOf(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let index = 0; index < a.length; index += 1) sum += (a[index] ?? 0) * (b[index] ?? 0);
  return sum;
}
