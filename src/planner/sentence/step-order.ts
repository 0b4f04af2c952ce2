import type { Piece } from "./clauses.ts";
import type { Draft } from "./draft.ts";

/** A step that must come before one that was said earlier. */
export interface Reordering {
  readonly moved: Draft;
  readonly before: Draft;
}

export const comesFirst = (sentence: string, piece: Piece, text: string): boolean =>
  (piece.joint === "before" && isReversing(sentence, piece)) ||
  piece.joint === "after" ||
  /\b(?:first|beforehand|zuerst|vorher|primero|d'abord|avant)\s*$/i.test(text);

// "X before Y": X is first as written. "but first Y", "before that Y": Y comes first.
const isReversing = (sentence: string, piece: Piece): boolean =>
  new RegExp(
    `(?:before (?:that|doing (?:that|so|this)|this)|prior to (?:that|this)|ahead of (?:that|this)|beforehand|but first|vorher|zuvor|antes|avant)[,\\s]+${escapeText(piece.text.slice(0, 12))}`,
    "i",
  ).test(sentence);

const escapeText = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** The order of the doing, where it is not the order of the words. */
export function putInOrder(drafts: Draft[], sentence: string, number: number, reorder: readonly Reordering[]): void {
  // "after X, do Y" stands in its true order; "before X, do Y" does not.
  if (/^\s*(?:before|prior to|bevor|antes de|avant de)\b/i.test(sentence)) {
    const own = drafts.filter((draft) => draft.sentence === number);
    const [head, ...others] = own;
    if (head !== undefined && others.length > 0) replaceTail(drafts, own.length, [...others, head]);
  } else {
    for (const { moved, before } of reorder) {
      drafts.splice(drafts.indexOf(moved), 1);
      drafts.splice(drafts.indexOf(before), 0, moved);
    }
  }
}

/** "Prior to that, dump it.": what this sentence says comes before what the sentence before it said. */
export const comesEarlier =
  /^(?:(?:but|and|oh|also|please)[\s,]+)*(?:but first(?: of all)?|before (?:that|this|doing (?:that|so|this))|prior to (?:that|this)|ahead of (?:that|this)|beforehand|vorher|zuvor|davor|vor(?:her)?dem|antes(?: de eso)?|avant (?:[cç]a|cela))\b\s*[,:]?\s+(?=\S)/i;

/** "A dump of its database before that." */
export const endsEarlier =
  /\s(?:before (?:that|this|doing (?:that|so|this))|prior to (?:that|this)|beforehand|first(?: of all)?|before|vorher|zuvor|davor|antes|avant)[\s.!]*$/i;

export function putEarlier(drafts: Draft[], number: number): void {
  const own = drafts.filter((draft) => draft.sentence === number);
  const last = drafts.findLast((draft) => draft.sentence !== number)?.sentence;
  const at = drafts.findIndex((draft) => draft.sentence === last);
  if (own.length === 0 || at < 0) return;
  const others = drafts.filter((draft) => draft.sentence !== number);
  drafts.splice(0, drafts.length, ...others.slice(0, at), ...own, ...others.slice(at));
}

function replaceTail(drafts: Draft[], count: number, tail: readonly Draft[]): void {
  drafts.splice(drafts.length - count, count, ...tail);
}
