import { builtInLexicon, knownServiceIn } from "./lexicon.ts";
import { nameParts, stem, wordsOf } from "./text.ts";
import { verbAt } from "./verb-words.ts";

// "pgdump", "adduser", "nightaudit": how file names are written in a hurry.

/** Parts of a name; what is written together is taken apart where both halves are words that we know. */
export const partsOfName = (name: string): string[] => nameParts(name).flatMap(partsOf);

const taken = new Map<string, readonly string[]>();

function partsOf(part: string): readonly string[] {
  const known = taken.get(part);
  if (known !== undefined) return known;
  const parts = apart(part);
  if (taken.size < 20_000) taken.set(part, parts);
  return parts;
}

function apart(part: string): readonly string[] {
  if (!/^[a-z]{5,18}$/.test(part) || isWord(part) || knownServiceIn(part) !== undefined || /^(?:open|free|my)/.test(part)) return [part];
  const cuts = Array.from({ length: part.length - 3 }, (_, at) => [part.slice(0, at + 2), part.slice(at + 2)] as const);
  const known = cuts.find(([first, last]) => isHalf(first) && isHalf(last) && (acts.has(first) || acts.has(last) || (first.length > 2 && last.length > 2)));
  if (known !== undefined) return known;
  // "histexport": one half that nobody knows, and an act.
  return cuts.find(([first, last]) => (acts.has(last) && last.length > 3 && first.length > 2) || (acts.has(first) && first.length > 4 && last.length > 2)) ?? [part];
} // prettier-ignore

const isHalf = (half: string): boolean => (half.length < 3 ? short.has(half) : short.has(half) || acts.has(half) || isWord(half));

const isWord = (word: string): boolean => builtInLexicon().knowsWord(stem(word)) || verbAt(wordsOf(word), 0) !== undefined;

const short = new Set("pg db os fw vm ip ad dc ap pw svc vpn dns ssh ntp ssl tls vm usb lte gps plc log map".split(" "));

const acts = new Set(
  "add backup restore restart reboot dump export import renew reset rotate update upgrade deploy install remove delete create purge clean cleanup check list show report sync release rollback start stop block unblock lock unlock enroll wipe copy move migrate vacuum prune failover scan dump load push pull send".split(
    " ",
  ),
);
