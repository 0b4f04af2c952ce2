import { isStopWord } from "../../mapping/stop-words.ts";
import type { Word } from "../../mapping/text.ts";
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
  inventory: HostNames,
): HostList {
  const { hosts, groups, certain, expected, pairAt, groupPairAt, inBoth, isKnownWord } = inventory;
  const names: string[] = [];
  let to = start;
  let onlyGroupWord: string | undefined;
  for (let at = start; at < words.length && !used.has(at); at += 1) {
    const lower = words[at]?.lower ?? "";
    // "on web2 (the cache)": says more of what stands before.
    if (names.length > 0 && text.slice(words[at - 1]?.end ?? 0, words[at]?.start ?? 0).includes("(")) break;
    if (articles.has(lower) && (lower === "all" || (!groups.has(lower) && !hosts.has(lower)))) {
      if (lower === "all" && (hostNouns.has(words[at + 1]?.lower ?? "") || at === words.length - 1)) {
        const noun = words[at + 1];
        names.push((noun === undefined ? undefined : expected(noun.lower)) ?? "all");
        to = noun === undefined ? at + 1 : at + 2;
        if (noun !== undefined) at += 1;
        continue;
      }
      if (names.length > 0 && hostNouns.has(lower)) to = at + 1;
      continue;
    }
    if (names.length === 1 && insideWords.test(lower)) {
      // "the PCs in the library": those of both.
      const inside = readHostList(words, at + 1, used, text, inventory);
      const [wide] = names;
      if (wide !== undefined && inside.names.length > 0 && inside.names.every((name) => inventory.isWithin(name, wide))) return inside;
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
    // "gpu01 and 02", "room12 und 14": the same name with another number.
    const alike = names.length > 0 && /^\d{1,3}$/.test(lower) ? numbered(names.at(-1) ?? "", lower, certain) : undefined;
    if (alike !== undefined) {
      names.push(alike);
      to = at + 1;
      continue;
    }
    const pair = pairAt(words, at) ?? groupPairAt(words, at);
    const name = pair ?? expected(lower);
    if (name === undefined) break;
    const after = words[at + 1];
    const second =
      pair === undefined && after !== undefined && groups.has(name.toLowerCase()) && !hosts.has(name.toLowerCase())
        ? expected(after.lower)
        : undefined;
    const both =
      second === undefined || second === name || text.slice(words[at]?.end ?? 0, after?.start ?? 0) !== " " ? [] : inBoth(name, second);
    if (both.length > 0) {
      // "the staging database server": what is in both groups.
      for (const host of both) names.push(host);
      at += 1;
      to = hostNouns.has(words[at + 1]?.lower ?? "") ? at + 2 : at + 1;
      continue;
    }
    const nextWord = words[at + (pair === undefined ? 1 : 2)]?.lower;
    // "on the web interface", "for media files": a group's word that describes another noun.
    const touches = text.slice(words[at]?.end ?? 0, words[at + 1]?.start ?? 0) === " ";
    // A name that no playbook uses needs no more proof: "on heron showing …".
    if (pair === undefined && certain(lower) === undefined && nextWord !== undefined && touches && isKnownWord(lower)) {
      // "to tape LTO0412", "on port 80": a key with its value.
      const isKey = /\d/.test(nextWord) && expected(nextWord) === undefined;
      const isSmall = hostNouns.has(nextWord) || isStopWord(nextWord) || listWords.has(nextWord) || placeWords.has(nextWord);
      if (isKey || (!isSmall && isKnownWord(nextWord))) break;
    }
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
      // "in the labs", "in the warehouse": where several machines stand; "in the cache" is no place.
      !(
        place === "in" &&
        articles.has(words[start]?.lower ?? "") &&
        words[start]?.lower !== "a" &&
        groups.has(onlyGroupWord) &&
        /s$|house$|room$|office$|hall$|center$|centre$|floor$|building$|shop$|store$|lab$|site$/.test(onlyGroupWord)
      ) &&
      isKnownWord(onlyGroupWord) &&
      isPlainWord(onlyGroupWord),
  };
}

function numbered(name: string, number: string, certain: HostNames["certain"]): string | undefined {
  const start = /^(.*?)\d+$/.exec(name)?.[1];
  return start === undefined ? undefined : certain(`${start.toLowerCase()}${number}`);
}

const insideWords = /^(?:in|of|from|at|von|en|de|del|der|des|du|dans|aus)$/;
