import { calibrationOfEmbedder } from "./calibrations.ts";
import type { Embedder } from "./embedder.ts";
import { builtInLexicon, type Lexicon } from "./lexicon.ts";
import { isStopWord } from "./stop-words.ts";
import { stem, wordsOf } from "./text.ts";

const name = "built-in";
const version = "2";
const dimensions = 384;
/** Each feature lights this many places, with signs, so that two features rarely look alike. */
const placesPerFeature = 6;
const weights = { concept: 3, word: 1, stopWord: 0.05, letters: 0.12 };

/**
 * The embedder that needs no download: hashed words, groups of letters and concepts of a lexicon of what people run and do (training/data).
 * Deterministic; the same text gives the same vector on every machine.
 */
export function createBuiltInEmbedder(): Embedder {
  let lexicon: Lexicon | undefined;
  return {
    name,
    version,
    dimensions,
    calibration: calibrationOfEmbedder(name, version),
    async embed(texts) {
      lexicon ??= builtInLexicon();
      const known = lexicon;
      return texts.map((text) => embedText(text, known));
    },
  };
}

function embedText(text: string, lexicon: Lexicon): Float32Array {
  const vector = new Float32Array(dimensions);
  const words = wordsOf(text.slice(0, 4_000));
  const seen = new Set<string>();
  for (const word of words) {
    const base = stem(word.lower);
    if (seen.has(base)) continue;
    seen.add(base);
    if (isStopWord(word.lower)) {
      addFeature(vector, `w:${base}`, weights.stopWord);
      continue;
    }
    addFeature(vector, `w:${base}`, weights.word);
    const letters = `^${word.lower.replaceAll(/[^\p{L}\p{N}]/gu, "")}$`;
    for (let index = 0; index + 4 <= letters.length && index < 24; index += 1)
      addFeature(vector, `l:${letters.slice(index, index + 4)}`, weights.letters);
  }
  const concepts = new Map<string, number>();
  for (const [concept, said] of lexicon.conceptsIn(words)) concepts.set(concept, said.strength);
  for (const service of lexicon.servicesIn(words)) for (const concept of lexicon.conceptsOfService(service.name)) concepts.set(concept, 1);
  for (const [concept, strength] of concepts) addFeature(vector, `c:${concept}`, weights.concept * strength);
  return unit(vector);
}

function addFeature(vector: Float32Array, feature: string, weight: number): void {
  let hash = 2_166_136_261;
  for (let index = 0; index < feature.length; index += 1) hash = Math.imul(hash ^ feature.charCodeAt(index), 16_777_619);
  for (let place = 0; place < placesPerFeature; place += 1) {
    hash = Math.imul(hash ^ (hash >>> 15), 2_246_822_507) ^ place;
    hash = Math.imul(hash ^ (hash >>> 13), 3_266_489_909);
    hash ^= hash >>> 16;
    const at = (hash >>> 1) % dimensions;
    vector[at] = (vector[at] ?? 0) + ((hash & 1) === 0 ? weight : -weight);
  }
}

function unit(vector: Float32Array): Float32Array {
  let sum = 0;
  for (const value of vector) sum += value * value;
  const length = Math.sqrt(sum);
  // A text without any word has no direction: a fixed one keeps every database happy.
  if (length === 0) vector[0] = 1;
  else for (let index = 0; index < vector.length; index += 1) vector[index] = (vector[index] ?? 0) / length;
  return vector;
}
