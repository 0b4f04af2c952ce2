import type { CalibrationEvidence } from "./embedder.ts";
import { explainedShare, purposeOf } from "./explained-words.ts";
import type { CatalogProfile, PlaybookProfile } from "./playbook-profile.ts";
import type { Verb } from "./playbook.ts";
import type { Reading } from "./step-reading.ts";
import { verbFit } from "./verb-fit.ts";

/** A playbook that a step may mean, and what speaks for it. */
export interface Hit {
  readonly profile: PlaybookProfile;
  readonly similarity: number;
  readonly explained: number;
  readonly purpose: number;
  readonly strength: number;
  /** 1 when the order's verb is the playbook's own. */
  readonly verb: number;
  readonly fit: number;
  /** How many of its words were said, rare ones in full: 1 are about two that no other playbook has. */
  readonly words: number;
  readonly value: number;
}

// As learned from training/data/worlds: with these the right playbook comes first most often.
const worth = { explained: 1, purpose: 0.5, verb: 0.45, words: 1.1 };
const enoughWords = 1.6;

export function hitOf(reading: Reading, entry: PlaybookProfile, profile: CatalogProfile, similarity: number, anyVerb: boolean): Hit {
  const explained = explainedShare(reading, entry, profile);
  const { share: purpose, strength } = purposeOf(reading, entry, profile);
  const fit = anyVerb ? 1 : verbFit(reading, entry);
  const isOwnVerb = reading.purposeVerb === "other" ? fit === 1 : entry.does.has(reading.purposeVerb as Verb);
  const verb = reading.purposeVerb !== null && !reading.isWish && isOwnVerb ? 1 : 0;
  const words = wordsSaid(reading, entry, profile) / enoughWords;
  const value =
    similarity + worth.explained * explained + worth.purpose * purpose * strength + worth.verb * verb + worth.words * Math.min(1.5, words);
  return { profile: entry, similarity, explained, purpose, strength, verb, fit, words, value };
}

/** A word that no other playbook has counts 1, one that all have next to nothing. */
function wordsSaid({ content }: Reading, entry: PlaybookProfile, profile: CatalogProfile): number {
  const most = profile.rarity("");
  const said = new Set(content.map((word) => word.stem).filter((stem) => entry.words.has(stem)));
  let sum = 0;
  for (const stem of said) sum += profile.rarity(stem) / most;
  return sum;
}

/** Makes the evidence for each hit: what it has itself and what it has before the best of the others. */
export function evidenceAmong(possible: readonly Hit[]): (hit: Hit) => CalibrationEvidence {
  const leads = { value: leadIn(possible, (hit) => hit.value), clarity: leadIn(possible, clarityOf), words: leadIn(possible, (hit) => hit.words), nearness: leadIn(possible, (hit) => hit.similarity) }; // prettier-ignore
  return (hit) => ({
    similarity: hit.similarity,
    margin: within(1, leads.value(hit)),
    nearness: within(0.3, leads.nearness(hit)),
    words: Math.min(1, hit.words),
    ground: Math.min(1, Math.max(hit.words, clarityOf(hit))),
    lead: within(1, Math.max(leads.words(hit), leads.clarity(hit))),
    fit: hit.fit,
  });
}

function leadIn(possible: readonly Hit[], of: (hit: Hit) => number): (hit: Hit) => number {
  const [first, second = 0] = possible.map(of).sort((a, b) => b - a);
  return (hit) => {
    const own = of(hit);
    // The first one is before the second, all others behind the first.
    return own - Math.max(0, own === first ? second : (first ?? 0));
  };
}

export const clarityOf = (hit: Hit): number => hit.purpose * hit.strength;

const within = (limit: number, value: number): number => Math.max(-limit, Math.min(limit, value));
