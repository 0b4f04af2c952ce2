import type { ModelChange } from "./change-reply.ts";
import type { Clause, ReplyWords } from "./reply-words.ts";
import { placeOf } from "../sentence/said-words.ts";

/** Where in a reply a change stands. */
export interface Grounds {
  /** Places of the words that it points at. */
  readonly covered: ReadonlySet<number>;
  readonly clauses: readonly Clause[];
  /** The words it points at, in the order of the reply, without what is not wanted ("instead of web1"). */
  readonly phrase: string;
  /** All that is said in its clauses, folded, without what is not wanted. */
  readonly around: string;
}

/** Undefined: the reply does not hold these words. */
export function groundsOf({ words }: ModelChange, reply: ReplyWords): Grounds | undefined {
  const covered = new Set<number>();
  for (const piece of words) {
    const place = placeOf(reply.words, piece);
    if (place === undefined) return undefined;
    for (let at = place.from; at < place.to; at += 1) covered.add(at);
  }
  const clauses = reply.clauses.filter(({ from, to }) =>
    [...covered].some((at) => (reply.words[at]?.start ?? -1) >= from && (reply.words[at]?.start ?? to) < to),
  );
  const unwanted = new Set(clauses.flatMap((clause) => [...clause.unwanted]));
  return {
    covered: new Set([...covered, ...unwanted]),
    clauses,
    phrase: reply.words.flatMap((word, at) => (covered.has(at) && !unwanted.has(at) ? [word.text] : [])).join(" "),
    around: clauses.map(({ wanted }) => wanted).join(" , "),
  };
}
