import { builtInLexicon } from "./lexicon.ts";
import type { CatalogProfile, PlaybookProfile } from "./playbook-profile.ts";
import type { ServiceMention } from "./service-names.ts";
import { contextWords, type Reading } from "./step-reading.ts";
import { isStopWord } from "./stop-words.ts";
import { nameParts, stem } from "./text.ts";
import { verbAt } from "./verb-words.ts";

/** Share of the step's meaning, rare words counting more, that the playbook's words and purposes explain. */
export function explainedShare(reading: Reading, entry: PlaybookProfile, profile: CatalogProfile): number {
  // "open port 8443": nothing but the noun of its title.
  if (reading.content.length === 0 && reading.words.some((word) => entry.titles.some(({ nouns }) => nouns.length === 1 && nouns[0] === stem(word.lower)))) return 1; // prettier-ignore
  if (reading.content.length === 0)
    return reading.concepts.size > 0 && ![...reading.concepts.keys()].some((concept) => entry.concepts.has(concept)) ? 0 : 1;
  const byPurpose = new Set<string>();
  for (const [concept, said] of reading.concepts) if (entry.concepts.has(concept)) for (const part of said.stems) byPurpose.add(part);
  let all = 0;
  let explained = 0;
  for (const word of reading.content) {
    if (isValueOf(reading, word, entry, profile)) continue;
    const weight = profile.rarity(word.stem);
    all += weight;
    if (entry.words.has(word.stem) || byPurpose.has(word.stem)) explained += weight;
  }
  // "vacuum orders", "enroll sn-2 at kiel": the verb says all, where it is the playbook's very own.
  if (all === 0) return isSaidByAct(reading, entry) ? 1 : 0;
  return explained / all;
}

/**
 * Share of what the step is about that the playbook is for, and how clearly the step says so. Purposes that few playbooks have count more;
 * one that no playbook has counts in full: what is asked for is not there.
 */
export function purposeOf(
  reading: Reading,
  entry: PlaybookProfile,
  profile: CatalogProfile,
): { readonly share: number; readonly strength: number } {
  let all = 0;
  let shared = 0;
  let strength = 0;
  for (const [concept, said] of reading.concepts) {
    const weight = profile.rarityOfConcept(concept) * said.strength;
    all += weight;
    const central = entry.concepts.get(concept);
    if (central === undefined) continue;
    shared += weight * central;
    strength = Math.max(strength, said.strength * central);
  }
  return { share: all === 0 ? 0 : shared / all, strength };
}

export function ownWordShare(reading: Reading, entry: PlaybookProfile, profile: CatalogProfile): number {
  let all = 0;
  let explained = 0;
  for (const word of reading.content) {
    const weight = profile.rarity(word.stem);
    all += weight;
    if (entry.words.has(word.stem)) explained += weight;
  }
  return all === 0 ? 0 : explained / all;
}

/** "the partition debug", "users alma and ben": a word that nobody knows, behind what the playbook is about or takes. */
function isValueOf(
  { words, concepts }: Pick<Reading, "words" | "concepts">,
  { stem: said, at }: { readonly stem: string; readonly at: number },
  entry: PlaybookProfile,
  profile: CatalogProfile,
): boolean {
  if (isStrangeObject({ words, concepts }, { stem: said, at }, entry, profile)) return true;
  if (isNameBefore({ words, concepts }, { stem: said, at }, entry, profile)) return true;
  if (profile.knows(said) || [...concepts.values()].some((one) => one.stems.has(said))) return false;
  for (let place = at - 1; place >= Math.max(0, at - 3); place -= 1) {
    const word = words[place];
    if (word === undefined || isStopWord(word.lower)) continue;
    const before = profile.stemOf(word);
    if (entry.variableWords.has(before) || entry.titles.some((title) => title.nouns.includes(before))) return true;
    return !profile.knows(before) && isValueOf({ words, concepts }, { stem: before, at: place }, entry, profile);
  }
  return false;
}

/** A title that is nothing but the verb, or an act by other words: "add kim to the group editors". */
const isSaidByAct = ({ verbStems, concepts }: Reading, { titles, concepts: own }: PlaybookProfile): boolean =>
  (verbStems.length > 0 && titles.some(({ nouns, verbs }) => nouns.length === 0 && verbs.length > 0 && verbs.every((verb) => verbStems.includes(verb)))) ||
  [...concepts].some(([concept, said]) => said.strength >= 0.8 && (own.get(concept) ?? 0) >= 0.85); // prettier-ignore

/** "vacuum orders", "enroll sn-2 at kiel": a word that nobody knows right behind the playbook's own verb or a small word, where it can be told. */
function isStrangeObject(
  { words, concepts }: Pick<Reading, "words" | "concepts">,
  { stem: said, at }: { readonly stem: string; readonly at: number },
  entry: PlaybookProfile,
  profile: CatalogProfile,
): boolean {
  const before = words[at - 1]?.lower ?? "";
  if (entry.playbook.verb === "deploy" || entry.playbook.variables.length === 0 || profile.knows(said)) return false;
  if (builtInLexicon().knowsWord(said) || [...concepts.values()].some((one) => one.stems.has(said))) return false;
  return /^(?:at|in|for|from|to|by|fur|von|en|para|pour|chez)$/.test(before) || entry.acts.has(stem(before)) || entry.titles.some(({ verbs }) => verbs.includes(stem(before)));
} // prettier-ignore

/** "the reservations db", "orders database": a word that no playbook has, right before a noun that the playbook takes the name of. */
export function isNameBefore(
  { words, concepts }: Pick<Reading, "words" | "concepts">,
  { stem: said, at }: { readonly stem: string; readonly at: number },
  entry: PlaybookProfile,
  profile: CatalogProfile,
): boolean {
  const [before, next] = [words[at - 1], words[at + 1]];
  if (before === undefined || next === undefined || entry.playbook.verb === "deploy") return false;
  if (profile.knows(said) || [...concepts.values()].some((one) => one.strength >= 0.8 && one.stems.has(said))) return false;
  const noun = profile.stemOf(next);
  const isTaken = entry.playbook.variables.some(({ name }) => {
    const parts = nameParts(name).map(stem);
    return parts.includes(noun) && (parts.length === 1 || /^(?:name|id|nam)$/.test(parts.at(-1) ?? ""));
  });
  return isTaken && (/^(?:the|our|my|this|that)$/.test(before.lower) || verbAt(words, at - 1)?.to === at);
}

/** Words before the values that are parts of the playbook's variable names. */
export function variableShare(reading: Reading, entry: PlaybookProfile): number {
  if (reading.content.length === 0) return 0;
  const hits = reading.content.filter((word) => entry.variableWords.has(word.stem)).length;
  return hits / reading.content.length;
}

export function unexplained(
  reading: Reading,
  entries: readonly PlaybookProfile[],
  profile: CatalogProfile,
): readonly { readonly stem: string; readonly at: number }[] {
  return reading.content.filter((word) => {
    if (genericNouns.has(word.stem) || profile.isName(word.stem)) return false;
    return !entries.some(
      (entry) =>
        entry.words.has(word.stem) ||
        entry.variableWords.has(word.stem) ||
        [...reading.concepts].some(([concept, said]) => said.stems.has(word.stem) && entry.concepts.has(concept)),
    );
  });
}

export function isBeside(reading: Reading, mention: ServiceMention, at: number): boolean {
  const between = (from: number, to: number): boolean =>
    reading.words
      .slice(from, to)
      .every((word) => isStopWord(word.lower) && !contextWords.has(word.lower) && !["and", "or", "but"].includes(word.lower));
  return at >= mention.to ? at - mention.to <= 1 && between(mention.to, at) : mention.from - at <= 1;
}

export function quote(reading: Reading, entry: PlaybookProfile): string {
  const said = reading.content.filter(
    (word) =>
      entry.words.has(word.stem) ||
      [...reading.concepts].some(([concept, said]) => said.stems.has(word.stem) && entry.concepts.has(concept)),
  );
  const texts = said.map((word) => reading.words[word.at]?.text ?? "").slice(0, 6);
  return texts.length === 0 ? `'${entry.playbook.name}'` : `'${texts.join(" ")}' (${entry.playbook.name})`;
}

export const genericNouns = new Set(
  "hang hangs down slow broken weird stuck reachable outside expose exposed public end fully agent instance version port title name domain path folder directory user password default latest time way thing stuff work team family friend everybody everyone people web web-interface interface ui setup installation deployment container service tool software own local private internal dev team office number request public external internally tonight tomorrow morning evening weekend monday tuesday wednesday thursday friday saturday sunday week month semester under think agreed discussed hostname somewhere listen keep item thingy greeting hello spring always usual"
    .split(" ")
    .map(stem),
);
