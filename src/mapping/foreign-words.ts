import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { addToList } from "./add-to-list.ts";
import { functionWordsOf, type Language, languages } from "./languages.ts";
import { isFunctionWord } from "./stop-words.ts";
import { fold, stem, type Word, wordsOf } from "./text.ts";

/** A step's words in English, as far as we know them, and which ones that changed. */
export interface Translated {
  readonly words: readonly Word[];
  /** English stems by the stem of what the person wrote. */
  readonly translations: ReadonlyMap<string, readonly string[]>;
}

/**
 * "Leere die Druckerwarteschlange" as "empty printer queue": catalogs are mostly written in English, and what speaks for a playbook is looked up by
 * English words. Of several English words the one that the catalog uses is taken. An English sentence stays as it is.
 */
export function inEnglish(spoken: readonly Word[], knows: (stem: string) => boolean, hosts: readonly string[] = []): Translated {
  const words = spoken.map(withoutArticle);
  const language = languageOf(words);
  if (language === undefined) return { words: spoken, translations: new Map() };
  const dictionary = load().foreign[language];
  const translations = new Map<string, string[]>();
  const result: Word[] = [];
  const names = new Set(hosts.map(fold));
  const taken = new Set<number>();
  const put = (from: Word, group: readonly string[]): void => {
    for (const part of choose(group, knows).split(" ")) {
      result.push({ ...from, lower: part });
      addToList(translations, stem(from.lower), stem(part));
    }
  };
  for (const [at, word] of words.entries()) {
    if (taken.has(at)) continue;
    if (names.has(word.lower)) {
      result.push(word);
      continue;
    }
    const found = phraseAt(words, at, dictionary, language);
    // A catalog may well be written in the person's own language.
    if (found !== undefined && !(found.places.length === 1 && knows(stem(word.lower)))) {
      for (const place of found.places) taken.add(place);
      put(word, found.english);
      continue;
    }
    const parts = knows(stem(word.lower)) || isName(word) ? undefined : compoundOf(word.lower, dictionary, language, knows);
    if (parts === undefined) result.push(word);
    else for (const part of parts) put(word, part);
  }
  return { words: result, translations };
}

/** "l'utilisateur", "d'attente" */
const withoutArticle = (word: Word): Word => ({ ...word, lower: word.lower.replace(/^(?!s'il$)(?:l|d|j|n|s|c|m|t|qu|un|dell|all|nell|sull|dall)'(?=\p{L}{2})/u, "") }); // prettier-ignore

const isName = ({ text }: Word): boolean => /[\d_./@:]/.test(text);

function choose(group: readonly string[], knows: (stem: string) => boolean): string {
  const isKnown = (english: string): boolean =>
    english.split(" ").every((part) => isFunctionWord(part) || knows(stem(part))) && !english.split(" ").every(isFunctionWord);
  return group.find(isKnown) ?? group[0] ?? "";
}

interface Entry {
  /** Words that must stand there in this order; between two groups of them others may. */
  readonly parts: readonly (readonly string[])[];
  readonly english: readonly string[];
}

interface Dictionary {
  readonly byFirst: ReadonlyMap<string, readonly Entry[]>;
  /** Single words, for compounds. */
  readonly single: ReadonlyMap<string, readonly string[]>;
}

let loaded: { readonly foreign: Readonly<Record<Language, Dictionary>>; readonly english: ReadonlySet<string> } | undefined;

function load(): NonNullable<typeof loaded> {
  if (loaded !== undefined) return loaded;
  const groups = z.array(z.array(z.array(z.string()))).parse(JSON.parse(readFileSync(join(import.meta.dirname, "built-in-words.json"), "utf8")));
  const made = languages.map((language, column) => [language, makeDictionary(groups, column + 1, language)] as const);
  const english = new Set(groups.flatMap(([words = []]) => words.flatMap((word) => word.split(" ").map(stem))));
  loaded = { foreign: Object.fromEntries(made) as Record<Language, Dictionary>, english };
  return loaded;
} // prettier-ignore

function makeDictionary(groups: readonly (readonly (readonly string[])[])[], column: number, language: Language): Dictionary {
  const byFirst = new Map<string, Entry[]>();
  const single = new Map<string, readonly string[]>();
  for (const group of groups) {
    const [english = []] = group;
    for (const written of group[column] ?? []) {
      const parts = written.split("...").map((part) => wordsOf(fold(part)).map((word) => word.lower));
      const [first = ""] = parts[0] ?? [];
      const entry = { parts, english };
      for (const key of new Set([first, rootOf(first, language)])) byFirst.set(key, [...(byFirst.get(key) ?? []), entry]);
      if (parts.length > 1 || (parts[0]?.length ?? 0) > 1) continue;
      for (const key of [first, rootOf(first, language)]) if (!single.has(key)) single.set(key, english);
    }
  }
  for (const list of byFirst.values()) list.sort((a, b) => lengthOf(b) - lengthOf(a));
  return { byFirst, single };
}

const lengthOf = ({ parts }: Entry): number => parts.flat().length;

/** The longest entry that begins at this word. */
function phraseAt(
  words: readonly Word[],
  at: number,
  { byFirst }: Dictionary,
  language: Language,
): { readonly places: readonly number[]; readonly english: readonly string[] } | undefined {
  const word = words[at]?.lower ?? "";
  const exact = byFirst.get(word) ?? [];
  for (const entry of [...exact, ...(byFirst.get(rootOf(word, language)) ?? [])]) {
    const places = placesOf(words, at, entry, language);
    if (places !== undefined) return { places, english: entry.english };
  }
  return undefined;
}

function placesOf(words: readonly Word[], at: number, { parts }: Entry, language: Language): number[] | undefined {
  const isSame = (place: number, wanted: string): boolean => {
    const word = words[place]?.lower;
    return word !== undefined && (word === wanted || rootOf(word, language) === rootOf(wanted, language));
  };
  const [first = [], ...others] = parts;
  if (!first.every((wanted, offset) => isSame(at + offset, wanted))) return undefined;
  const places = first.map((_, offset) => at + offset);
  for (const part of others) {
    // The particle of "richte ein wiki ein" is the last one.
    let place = Math.min(words.length - part.length, at + farthest);
    while (place > (places.at(-1) ?? 0) && !part.every((wanted, offset) => words[place + offset]?.lower === wanted)) place -= 1;
    if (place <= (places.at(-1) ?? 0)) return undefined;
    places.push(...part.map((_, offset) => place + offset));
  }
  return places;
}

const farthest = 12;

/** German and Dutch write "Druckerwarteschlange" as one word. */
function compoundOf(
  word: string,
  { single }: Dictionary,
  language: Language,
  knows: (stem: string) => boolean,
): readonly (readonly string[])[] | undefined {
  const known = (part: string): readonly string[] | undefined =>
    single.get(part) ?? single.get(rootOf(part, language)) ?? (knows(stem(part)) && part.length > 2 ? [part] : undefined);
  const whole = single.get(word) ?? single.get(rootOf(word, language));
  if (whole !== undefined) return [whole];
  if ((language !== "german" && language !== "dutch") || word.length < 7) return undefined;
  const pieces = word.split("-");
  if (pieces.length > 1) {
    const found = pieces.map((piece) => known(piece) ?? compoundOf(piece, { single, byFirst: new Map() }, language, knows)?.[0]);
    return found.every((one) => one !== undefined) ? found : undefined;
  }
  for (let at = word.length - 3; at >= 3; at -= 1) {
    const left = known(word.slice(0, at)) ?? known(word.slice(0, at).replace(/(?:s|n|en|er|es|e)$/, ""));
    if (left === undefined) continue;
    const right = word.slice(at);
    const rest = known(right);
    if (rest !== undefined) return [left, rest];
    const more = right.length >= 7 ? compoundOf(right, { single, byFirst: new Map() }, language, knows) : undefined;
    if (more !== undefined) return [left, ...more];
  }
  return undefined;
}

const endings: Readonly<Record<Language, RegExp>> = {
  german: /(?:innen|en|es|em|e|n|s|t|st)$/,
  spanish: /(?:amos|emos|ar|er|ir|as|es|os|an|en|a|e|o|s)$/,
  french: /(?:ees?|er|ez|es|aux|al|x|e|s)$/,
  dutch: /(?:en|e|s|n|t)$/,
  italian: /(?:are|ere|ire|a|e|i|o)$/,
  polish: /(?:ami|ach|ow|om|ie|y|i|a|e|o|u)$/,
};

/** What is left of a word without its ending: "Konten", "Kontos". */
function rootOf(word: string, language: Language): string {
  if (word.length < 5) return word;
  const root = word.replace(endings[language], "");
  return root.length < 3 ? word : root;
}

/** The language most of whose words these are, unless they are English as well. */
function languageOf(words: readonly Word[]): Language | undefined {
  const { foreign, english } = load();
  const plain = words.filter((word) => !isName(word)).map((word) => word.lower);
  const weigh = (small: ReadonlySet<string>, known: (word: string) => number): number =>
    plain.reduce((sum, word) => sum + (small.has(word) ? smallWord : known(word)), 0);
  const isEnglish = (word: string): boolean => english.has(stem(word));
  const ofEnglish = weigh(functionWordsOf("english"), (word) => (isEnglish(word) ? 1 : 0));
  let best: Language | undefined;
  let most = 0;
  for (const language of languages) {
    const { byFirst } = foreign[language];
    const known = (word: string): number =>
      byFirst.has(word) ? 1 : word.length > 5 && !isEnglish(word) && byFirst.has(rootOf(word, language)) ? 0.5 : 0;
    const said = weigh(functionWordsOf(language), known);
    if (said > most) [best, most] = [language, said];
  }
  return most > ofEnglish ? best : undefined;
}

// Names of things wander from language to language, small words do not.
const smallWord = 1.5;
