import { editDistance } from "../mapping/text.ts";

/** What was probably meant by a mistyped word: the one that it begins, or is a slip or two away from. */
export function nearestWord(typed: string, known: readonly string[]): string | undefined {
  const word = typed.toLowerCase();
  return known
    .map((name) => ({ name, away: word.length > 1 && name.startsWith(word) ? 0 : editDistance(word, name, 2) }))
    .filter(({ name, away }) => away <= Math.min(2, Math.floor(name.length / 2)))
    .toSorted((one, other) => one.away - other.away)[0]?.name;
}
