import { isStopWord } from "../mapping/stop-words.ts";
import type { Word } from "../mapping/text.ts";
import { type HostNames, isPlainWord } from "./host-names.ts";
import { articles, hostNouns, listWords, placeWords } from "./place-words.ts";

interface HostList {
  readonly names: readonly string[];
  /** The word behind the list. */
  readonly to: number;
  /** After such a word the list may say a purpose rather than a place. */
  isAmbiguous(place: string): boolean;
}

/** Hosts and groups joined by commas and "and", from word `start`. */
export function readHostList(
  words: readonly Word[],
  start: number,
  used: ReadonlySet<number>,
  text: string,
  { hosts, groups, certain, expected, pairAt, isKnownWord }: HostNames,
): HostList {
  const names: string[] = [];
  let to = start;
  let onlyGroupWord: string | undefined;
  for (let at = start; at < words.length && !used.has(at); at += 1) {
    const lower = words[at]?.lower ?? "";
    if (articles.has(lower) && (lower === "all" || (!groups.has(lower) && !hosts.has(lower)))) {
      if (lower === "all" && (hostNouns.has(words[at + 1]?.lower ?? "") || at === words.length - 1)) {
        names.push("all");
        to = at + 1;
        continue;
      }
      if (names.length > 0 && hostNouns.has(lower)) to = at + 1;
      continue;
    }
    if (names.length > 0 && (listWords.has(lower) || placeWords.has(lower))) continue;
    if (names.length > 0 && hostNouns.has(lower)) {
      to = at + 1;
      continue;
    }
    // After the first name, a new word belongs to the list only behind a comma or an "and".
    const gap = text.slice(words[at - 1]?.end ?? 0, words[at]?.start ?? 0);
    if (
      names.length > 0 &&
      !/[,&+/]/.test(gap) &&
      !listWords.has(words[at - 1]?.lower ?? "") &&
      !articles.has(words[at - 1]?.lower ?? "") &&
      !placeWords.has(words[at - 1]?.lower ?? "")
    )
      break;
    const pair = pairAt(words, at);
    const name = pair ?? expected(lower);
    if (name === undefined) break;
    const nextWord = words[at + (pair === undefined ? 1 : 2)]?.lower;
    // "on the web interface", "for media files": a group's word that describes another noun.
    const touches = text.slice(words[at]?.end ?? 0, words[at + 1]?.start ?? 0) === " ";
    // "to tape LTO0412", "on port 80": a key with its value.
    if (
      pair === undefined &&
      certain(lower) === undefined &&
      nextWord !== undefined &&
      touches &&
      isKnownWord(lower) &&
      /\d/.test(nextWord) &&
      expected(nextWord) === undefined
    )
      break;
    if (
      pair === undefined &&
      certain(lower) === undefined &&
      nextWord !== undefined &&
      touches &&
      !hostNouns.has(nextWord) &&
      !isStopWord(nextWord) &&
      !listWords.has(nextWord) &&
      !placeWords.has(nextWord) &&
      isKnownWord(nextWord)
    )
      break;
    if (certain(lower) === undefined && pair === undefined && !hostNouns.has(nextWord ?? "")) onlyGroupWord = lower;
    names.push(name);
    to = at + (pair === undefined ? 1 : 2);
    if (pair !== undefined) at += 1;
  }
  return {
    names,
    to,
    // "for monitoring", "in media": purposes rather than places, unless it is no word of the catalog.
    isAmbiguous: (place) =>
      names.length === 1 &&
      onlyGroupWord !== undefined &&
      ["for", "in", "dans", "von", "de", "an"].includes(place) &&
      isKnownWord(onlyGroupWord) &&
      isPlainWord(onlyGroupWord),
  };
}
