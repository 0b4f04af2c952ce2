import { startSlices } from "./slices.ts";

export interface IndexHit {
  readonly playbook: string;
  /** Cosine, of the nearest phrasing. */
  readonly similarity: number;
}

/** The phrasings of one playbook: unit vectors one after the other, so that a likeness is a plain product. */
export interface PlaybookVectors {
  readonly playbook: string;
  readonly contentHash: string;
  readonly vectors: Float32Array;
}

/** Exact: each phrasing of each playbook is compared. Best first, equals by their id. */
export async function nearestPlaybooks(all: Iterable<PlaybookVectors>, vector: Float32Array, limit: number): Promise<IndexHit[]> {
  const likeness = likenessTo(vector);
  const best: IndexHit[] = [];
  const slices = startSlices();
  for (const { playbook, vectors } of all) {
    const hit = { playbook, similarity: likeness(vectors) };
    const last = best.at(-1);
    if (best.length < limit || (last !== undefined && isBetter(hit, last))) {
      if (best.length >= limit) best.pop();
      insert(best, hit);
    }
    if (slices.isOver()) await slices.next();
  }
  return best;
}

const isBetter = (a: IndexHit, b: IndexHit): boolean =>
  a.similarity > b.similarity || (a.similarity === b.similarity && a.playbook < b.playbook);

function insert(best: IndexHit[], hit: IndexHit): void {
  let at = best.length;
  for (let before = best[at - 1]; before !== undefined && isBetter(hit, before); before = best[at - 1]) at -= 1;
  best.splice(at, 0, hit);
}

/** The greatest product of the vector with any of some vectors that stand one after the other. */
function likenessTo(vector: Float32Array): (vectors: Float32Array) => number {
  const { length } = vector;
  const wanted = unitVectors([storedVector(vector)]);
  const places = Uint16Array.from([...wanted.keys()].filter((at) => wanted[at] !== 0));
  // The built-in embedder lights few places for a short sentence; what is zero adds nothing.
  if (places.length >= length * 0.7) return (vectors) => greatest(vectors, length, (from) => product(vectors, from, wanted));
  const values = Float64Array.from(places, (at) => wanted[at] ?? 0);
  return (vectors) => greatest(vectors, length, (from) => sparseProduct(vectors, from, places, values));
}

function greatest(vectors: Float32Array, length: number, productAt: (from: number) => number): number {
  let most = -1;
  for (let from = 0; from < vectors.length; from += length) {
    const one = productAt(from);
    if (one > most) most = one;
  }
  return most;
}

/** Four sums at once: each waits for its own last addition only. */
function product(vectors: Float32Array, from: number, wanted: Float32Array): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  let at = 0;
  for (; at + 3 < wanted.length; at += 4) {
    a += (vectors[from + at] ?? 0) * (wanted[at] ?? 0);
    b += (vectors[from + at + 1] ?? 0) * (wanted[at + 1] ?? 0);
    c += (vectors[from + at + 2] ?? 0) * (wanted[at + 2] ?? 0);
    d += (vectors[from + at + 3] ?? 0) * (wanted[at + 3] ?? 0);
  }
  for (; at < wanted.length; at += 1) a += (vectors[from + at] ?? 0) * (wanted[at] ?? 0);
  return a + b + c + d;
}

function sparseProduct(vectors: Float32Array, from: number, places: Uint16Array, values: Float64Array): number {
  let [a, b] = [0, 0];
  let at = 0;
  for (; at + 1 < places.length; at += 2) {
    a += (vectors[from + (places[at] ?? 0)] ?? 0) * (values[at] ?? 0);
    b += (vectors[from + (places[at + 1] ?? 0)] ?? 0) * (values[at + 1] ?? 0);
  }
  if (at < places.length) a += (vectors[from + (places[at] ?? 0)] ?? 0) * (values[at] ?? 0);
  return a + b;
}

/** As the database keeps it: four digits are enough for a cosine and halve what it has to read. The same here, so that both find the same. */
export function storedVector(vector: Float32Array): Float32Array {
  const stored = new Float32Array(vector.length);
  for (let at = 0; at < vector.length; at += 1) stored[at] = Math.round((vector[at] ?? 0) * 10_000) / 10_000;
  return stored;
}

/** Unit vectors one after the other; nothing but zeros stays as it is. */
export function unitVectors(vectors: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(vectors.reduce((sum, vector) => sum + vector.length, 0));
  let from = 0;
  for (const vector of vectors) {
    let sum = 0;
    for (let at = 0; at < vector.length; at += 1) sum += (vector[at] ?? 0) * (vector[at] ?? 0);
    const length = sum === 0 ? 1 : Math.sqrt(sum);
    for (let at = 0; at < vector.length; at += 1) all[from + at] = (vector[at] ?? 0) / length;
    from += vector.length;
  }
  return all;
}
