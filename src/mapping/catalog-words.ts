import { builtInLexicon } from "./lexicon.ts";
import { isValueWord } from "./given-words.ts";
import type { CatalogProfile } from "./playbook-profile.ts";
import { isStopWord } from "./stop-words.ts";
import { editDistance, stem, type Word, wordsOf } from "./text.ts";
import { verbAt } from "./verb-words.ts";

/**
 * Words as the catalog writes them, where what was said is no word that anybody knows: "wake up call" for `wakeup`, "ext 3301" for extensions,
 * "nite audit" and "restrat" by a slip of the finger.
 */
export function asCatalogWrites(words: readonly Word[], profile: CatalogProfile): Word[] {
  const written: Word[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const [word, next] = [words[at], words[at + 1]];
    if (word === undefined) continue;
    const joined = next === undefined ? undefined : joinedName(word, next, profile);
    if (next !== undefined && joined !== undefined) {
      written.push({ text: `${word.text} ${next.text}`, lower: joined, start: word.start, end: next.end });
      at += 1;
      continue;
    }
    const pair = profile.titlePairs.get(word.lower.replaceAll("-", ""));
    if (pair !== undefined && !profile.titleWords.has(word.lower)) {
      for (const lower of pair) written.push({ ...word, text: lower, lower });
      continue;
    }
    const whole = word.lower.replaceAll("-", "");
    if (whole !== word.lower && profile.titleWords.has(whole)) {
      written.push({ ...word, lower: whole });
      continue;
    }
    const other = isUnknown(word.lower, profile) ? (longFormOf(word.lower, profile) ?? slipOf(word.lower, profile)) : undefined;
    written.push(other === undefined ? word : { ...word, lower: other });
  }
  return written;
}

/** Two words that a title has as one, with or without a hyphen. */
function joinedName(word: Word, next: Word, profile: CatalogProfile): string | undefined {
  if (!/^\p{L}{2,}$/u.test(word.lower) || !/^\p{L}{2,}$/u.test(next.lower)) return undefined;
  // "clean up", "roll back": what is asked for, not what something is called.
  if (verbAt(wordsOf(`${word.lower}${next.lower}`), 0) !== undefined) return undefined;
  return [`${word.lower}-${next.lower}`, `${word.lower}${next.lower}`].find(
    (one) => profile.titleWords.has(one) && !profile.isName(one.replace("-", "")),
  );
}

const isUnknown = (word: string, profile: CatalogProfile): boolean =>
  /^\p{L}{3,}$/u.test(word) &&
  !isValueWord(word) &&
  !isStopWord(word) &&
  !profile.knows(stem(word)) &&
  !builtInLexicon().knowsWord(stem(word)) &&
  verbAt([{ text: word, lower: word, start: 0, end: word.length }], 0) === undefined;

/** "ext" for the only word of a title that begins so; "maintenance" where a title has "maint". */
function longFormOf(word: string, profile: CatalogProfile): string | undefined {
  const found = [...profile.titleWordsFrom(word.slice(0, 3))].filter(
    (title) => title.length >= word.length + 2 && title.startsWith(word) && /^\p{L}+$/u.test(title),
  );
  const form = onlyStem(found);
  // "octo print", "fire fly": half of a name, and the names themselves are looked for elsewhere.
  return form === undefined || profile.isName(form) ? undefined : form;
}

/** One letter more, less, changed or out of place, in a long word. */
function slipOf(word: string, profile: CatalogProfile): string | undefined {
  if (word.length < 5) return undefined;
  const near = [...profile.titleWordsFrom(word.slice(0, 1)), ...commonVerbs].filter(
    (title) =>
      title.length >= 5 &&
      title[0] === word[0] &&
      Math.abs(title.length - word.length) < 2 &&
      (title.length > 5 || title.at(-1) === word.at(-1)) &&
      editDistance(word, title, 1) === 1,
  );
  return onlyStem(near);
}

const onlyStem = (found: readonly string[]): string | undefined => (new Set(found.map(stem)).size === 1 ? found[0] : undefined);

const commonVerbs =
  "restart reboot install deploy remove delete update upgrade backup restore release rollback export import enable disable configure unlock create".split(
    " ",
  );
