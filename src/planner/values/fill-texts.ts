import type { Playbook, PlaybookVariable } from "../../mapping/playbook.ts";
import { isStopWord } from "../../mapping/stop-words.ts";
import { nameParts, wordsOf } from "../../mapping/text.ts";
import { verbAt } from "../../mapping/verb-words.ts";
import type { Put } from "./put-value.ts";
import { isNumber, range, rangeUsed, type Token } from "./stated-values.ts";

const texts = /^(?:message|text|motd|banner|comment|description|note|notes|subject|body|reason|notice|announcement|greeting|summary)$/;

/** Words that people shall read: a message, a reason, a comment. Whole phrases, not single words. */
export function fillTexts(
  tokens: readonly Token[],
  variables: readonly PlaybookVariable[],
  used: Set<number>,
  put: Put,
  given: Record<string, unknown>,
): void {
  const open = variables.filter(
    (variable) => texts.test(nameParts(variable.name).at(-1) ?? "") && !Object.hasOwn(given, variable.name) && !variable.secret,
  );
  for (const variable of open) {
    const last = nameParts(variable.name).at(-1) ?? "";
    const isReason = last === "reason";
    const key = tokens.findIndex((token, at) => !token.isQuoted && !used.has(at) && (isReason ? reasonKeys : keysFor(last)).test(token.lower));
    const phrase = key < 0 ? undefined : phraseFrom(tokens, key + 1, used);
    if (phrase !== undefined) put(variable, phrase.value, [key, ...phrase.places]);
  }
  // "publish the notice "Road closure"": what is quoted is what it is called.
  const titles = variables.filter((one) => /(?:^|_)(?:title|headline|caption)$/.test(one.name) && !Object.hasOwn(given, one.name));
  const marked = tokens.flatMap((token, at) => (token.isQuoted && !used.has(at) ? [at] : []));
  if (titles[0] !== undefined && titles.length === 1 && marked.length === 1) put(titles[0], tokens[marked[0] ?? 0]?.value, marked);
  const rest = open.filter((variable) => !Object.hasOwn(given, variable.name));
  const [only] = rest;
  if (only === undefined || rest.length > 1) return;
  const quoted = tokens.flatMap((token, at) => (token.isQuoted && !used.has(at) && (wordsOf(token.value).length > 1 || (isReason(only) && tokens[at - 1]?.lower === "for")) ? [at] : []));
  const [at] = quoted;
  const isNamed = tokens[(at ?? 0) - 1]?.lower === "the" || tokens[(at ?? 0) + 1]?.lower === "page";
  if (at !== undefined && quoted.length === 1 && !isNamed) put(only, tokens[at]?.value, [at]);
} // prettier-ignore

const isClause =
  /^(?:i|we|he|she|they|it|you|who|which|that|there|is|are|was|were|has|have|had|will|can|ist|sind|hat|est|es|a|.*'s|.*'re)$/;
/** What people shall read says nothing about switches: "with the text Closed on Monday". */
export const withoutTexts = (text: string, playbook: Playbook): string =>
  playbook.variables.some((variable) => texts.test(nameParts(variable.name).at(-1) ?? ""))
    ? text.replace(
        /\b(?:text|message|saying|says|reading|reads|comment|note|nachricht|mensaje|texto|texte)\b\s*[:=]?\s+(?!is\b)(?:"[^"]*"|[^,;]*)/giu,
        "",
      )
    : text;

const isReason = (variable: PlaybookVariable): boolean => nameParts(variable.name).at(-1) === "reason";
const reasonKeys = /^(?:reason|because|grund|weil|wegen|motivo|porque|raison|cause)$/;
const keysFor = (last: string): RegExp => new RegExp(`^(?:${last}|message|text|saying|says|reads|reading|nachricht|mensaje|texto|texte)$`);

/** Up to the next comma; what is quoted is all of it. */
function phraseFrom(
  tokens: readonly Token[],
  start: number,
  used: ReadonlySet<number>,
): { readonly value: string; readonly places: readonly number[] } | undefined {
  let from = start;
  while (/^(?:is|of|the|that|says?|reads?|saying|:|=|should|be|to)$/.test(tokens[from]?.lower ?? "") && tokens[from]?.isQuoted !== true) from += 1;
  const first = tokens[from];
  if (first === undefined || used.has(from) || tokens[start - 1]?.comma === true) return undefined;
  if (first.isQuoted) return { value: first.value, places: range(start, from + 1) };
  let to = from;
  while (to < tokens.length) {
    const token = tokens[to];
    if (token === undefined || used.has(to) || (to > from && token.isQuoted) || (to > from && /^(?:until|till|bis|hasta)$/.test(token.lower))) break;
    to += 1;
    if (token.comma) break;
  }
  const words = tokens.slice(from, to);
  const isEmpty = words.every((word) => isStopWord(word.lower));
  if (words.length === 0 || words.length > 12 || isEmpty) return undefined;
  return { value: words.map((word) => word.text).join(" ").replace(/[,)\]]+$/, ""), places: range(start, to) };
} // prettier-ignore

/** "drain cn03, fan failure": a few words behind a comma that are no sentence, no order and no value say why. */
export function fillAside(
  tokens: readonly Token[],
  variables: readonly PlaybookVariable[],
  used: ReadonlySet<number>,
  put: Put,
  given: Record<string, unknown>,
): void {
  const variable = variables.find((one) => nameParts(one.name).at(-1) === "reason");
  if (variable === undefined || Object.hasOwn(given, variable.name)) return;
  const comma = tokens.findLastIndex((token) => token.comma);
  const aside = tokens.slice(comma + 1);
  if (comma < 0 || aside.length < 2 || aside.length > 5 || rangeUsed(used, comma + 1, tokens.length)) return;
  const words = wordsOf(aside.map((token) => token.value).join(" "));
  if (words.length !== aside.length || aside.some((token) => isNumber(token.value) || token.isQuoted || token.assigns)) return;
  if (words.some((word, at) => verbAt(words, at) !== undefined || (isClause.test(word.text.toLowerCase()) && !(at > 0 && at < words.length - 1 && /^(?:is|are|was|has)$/.test(word.lower)))) || words.every((word) => isStopWord(word.lower))) return;
  if (/^(?:please|pls|thanks|bitte|merci|gracias|with|without|and|then|but|not|except|all|only|now|no|as|on|in|at|to|by|one|asap|urgent|it|its|it's|we|i|i'm|they|you)$/.test(words[0]?.lower ?? "")) return;
  put(variable, aside.map((token) => token.value).join(" "), range(comma + 1, tokens.length));
} // prettier-ignore
