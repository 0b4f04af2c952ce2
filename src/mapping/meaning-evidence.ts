import type { CalibrationEvidence } from "./embedder.ts";
import { explainedShare, purposeOf } from "./explained-words.ts";
import type { CatalogProfile, PlaybookProfile } from "./playbook-profile.ts";
import type { Verb } from "./playbook.ts";
import type { Reading } from "./step-reading.ts";
import { stem } from "./text.ts";
import { saysAct, verbFit } from "./verb-fit.ts";
import { coveredShare, headOf } from "./by-title.ts";

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
  /** The same, with words that say what it is for. */
  readonly told: number;
  /** Share of the step's words that other playbooks have, and this one neither has nor is for. */
  readonly claimed: number;
  /** Share of the fuller of its titles that was said. */
  readonly title: number;
  /** 1 when the order's very verb is in its name or begins its description. */
  readonly act: number;
  /** How many words of its variables were said, half for each. */
  readonly settings: number;
  /** 1 when the last noun of a title was said. */
  readonly head: number;
  readonly value: number;
}

// As learned from training/data/worlds: with these the right playbook comes first most often.
const worth = { explained: 1, purpose: 0.5, verb: 0.45, words: 1.1 };
const enoughWords = 1.6;

export function hitOf(reading: Reading, entry: PlaybookProfile, profile: CatalogProfile, similarity: number, anyVerb: boolean): Hit {
  const explained = explainedShare(reading, entry, profile);
  const { share: purpose, strength } = purposeOf(reading, entry, profile);
  const fit = anyVerb ? 1 : verbFit(reading, entry);
  const isOwnVerb = reading.purposeVerb === "other" ? fit === 1 : ownVerbs(reading.purposeVerb).some((one) => entry.does.has(one));
  const verb = reading.purposeVerb !== null && !reading.isWish && isOwnVerb ? 1 : 0;
  const { words, told, claimed } = weighWords(reading, entry, profile);
  const value =
    similarity + worth.explained * explained + worth.purpose * purpose * strength + worth.verb * verb + worth.words * Math.min(1.5, words);
  const title = Math.max(0, ...entry.titles.map((one) => coveredShare(one, reading, entry, profile)));
  const isNamed = title >= 0.5 || entry.titles.some(({ nouns }) => nouns.length === 0);
  const act = isNamed && reading.verbStems.length > 0 && reading.verbStems.every((said) => saysAct(entry, said)) ? 1 : 0;
  const settings = Math.min(
    1,
    new Set(reading.content.flatMap((word) => (entry.variableWords.has(word.stem) ? [word.stem] : []))).size / 2,
  );
  const head = headOf(reading, entry);
  return { profile: entry, similarity, explained, purpose, strength, verb, fit, words, told, claimed, title, act, settings, head, value };
}

/** To add and to create something new is one thing. */
const ownVerbs = (verb: Reading["purposeVerb"]): readonly Verb[] =>
  verb === null || verb === "other" ? [] : verb === "add" || verb === "create" ? ["add", "create"] : [verb];

/** A word that no other playbook has counts most, one that all have next to nothing. */
function weighWords(reading: Reading, entry: PlaybookProfile, profile: CatalogProfile): Pick<Hit, "words" | "told" | "claimed"> {
  const { content, concepts } = reading;
  const most = profile.rarity("") * enoughWords;
  const purposes = [...concepts].filter(([concept]) => entry.concepts.has(concept)).map(([, said]) => said.stems);
  let words = 0;
  let told = 0;
  let claimed = 0;
  let all = 0;
  // "group audio", "named cache": what stands behind a variable's word is its value.
  const said = content.filter(({ at }) => !isValuePlace(reading, at, entry)).map((word) => word.stem);
  for (const one of new Set(said)) {
    const weight = profile.rarity(one) / most;
    all += weight;
    if (entry.words.has(one)) {
      if (!lightWords.has(one)) words += weight;
      told += weight;
    } else if (purposes.some((stems) => stems.has(one))) told += weight;
    else if (profile.knows(one)) claimed += weight;
  }
  return { words, told, claimed: all === 0 ? 0 : claimed / all };
}

function isValuePlace({ words }: Reading, at: number, { variableWords, words: own }: PlaybookProfile): boolean {
  const [before, word] = [words[at - 1], words[at]];
  return before !== undefined && word !== undefined && variableWords.has(stem(before.lower)) && !own.has(stem(word.lower));
}

/** Verbs and measures of everybody's sentences: rare in a catalog, and yet they tell nothing. */
const lightWords = new Set(
  "tell keep hold say know see call look find reach take bring work play put come leave turn time day week month year hour minute people person way part place".split(" ").map(stem),
); // prettier-ignore

/** Makes the evidence for each hit: what it has itself and what it has before the best of the others. */
export function evidenceAmong(possible: readonly Hit[]): (hit: Hit) => CalibrationEvidence {
  const leads = { value: leadIn(possible, (hit) => hit.value), clarity: leadIn(possible, clarityOf), words: leadIn(possible, (hit) => hit.words), title: leadIn(possible, (hit) => hit.title), nearness: leadIn(possible, (hit) => hit.similarity) }; // prettier-ignore
  return (hit) => ({
    similarity: hit.similarity,
    margin: within(1, leads.value(hit)),
    nearness: within(0.3, leads.nearness(hit)),
    words: Math.min(1, hit.words),
    told: Math.min(1, hit.told),
    unclaimed: 1 - hit.claimed,
    lead: within(1, Math.max(leads.words(hit), leads.clarity(hit))),
    verb: hit.verb,
    fit: hit.fit,
    explained: hit.explained,
    title: hit.title,
    act: hit.act,
    settings: hit.settings,
    head: hit.head,
    whole: hit.explained * Math.max(hit.title, Math.min(1, hit.told)),
    ahead: within(1, leads.title(hit)),
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
