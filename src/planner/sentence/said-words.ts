import { fold, wordsOf, type Word } from "../../mapping/text.ts";
import { isStopWord } from "../../mapping/stop-words.ts";

/** Where the words of a piece stand in a text: first word and the one after the last; undefined when they do not stand there in a row. */
export function placeOf(words: readonly Word[], piece: string, from = 0): { readonly from: number; readonly to: number } | undefined {
  const wanted = wordsOf(piece).map((word) => word.lower);
  if (wanted.length === 0) return undefined;
  for (let at = from; at + wanted.length <= words.length; at += 1)
    if (wanted.every((word, offset) => words[at + offset]?.lower === word)) return { from: at, to: at + wanted.length };
  return undefined;
}

/** Words that mean something by themselves. */
export const meaningful = (text: string): string[] => wordsOf(text).flatMap((word) => (isStopWord(word.lower) ? [] : [word.lower]));

/** The value stands in the text by itself, letter by letter but for case. */
export function isSaid(text: string, value: string): boolean {
  const plain = value.trim();
  if (plain === "") return false;
  const escaped = fold(plain).replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`(?<![\\p{L}\\p{N}_])${escaped}(?![\\p{L}\\p{N}_])`, "u").test(fold(text));
}
