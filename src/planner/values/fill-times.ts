import type { PlaybookVariable } from "../../mapping/playbook.ts";
import { nameParts } from "../../mapping/text.ts";
import type { Put } from "./put-value.ts";
import { isNumber, type Token } from "./stated-values.ts";

/** "until 2027-03-31", "for 2h", "every 5 minutes", "10 percent", "00:30:00": values with a unit or a date go to the only variable of their kind. */
export function fillTimes(tokens: readonly Token[], variables: readonly PlaybookVariable[], used: Set<number>, put: Put, given: Record<string, unknown>): void {
  const open = (ends: RegExp): PlaybookVariable[] =>
    variables.filter((variable) => !Object.hasOwn(given, variable.name) && ends.test(nameParts(variable.name).slice(-2).join("_")));
  /** The first of these kinds that the playbook has one open variable of. */
  const single = (kinds: readonly RegExp[], value: unknown, places: readonly number[]): void => {
    const list = kinds.map(open).find((found) => found.length > 0) ?? [];
    if (list[0] !== undefined && list.length === 1) put(list[0], value, places);
  };
  for (const [at, token] of tokens.entries()) {
    if (used.has(at) || token.isQuoted) continue;
    const before = wordBefore(tokens, at);
    if (isDate(token.value)) {
      if (endWords.test(before)) single([/(?:^|_)(?:expires?|expiry|until|end|to|till|deadline)$/], token.value, [at]);
      else if (startWords.test(before)) single([/(?:^|_)(?:start|begin|from|since|after)$/, /(?:^|_)(?:date|day)$/], token.value, [at]);
      else single([/(?:^|_)(?:date|day|on)$/, /(?:^|_)(?:start|begin)$/], token.value, [at]);
      continue;
    }
    if (/^(?:\d{1,3}-)?\d{1,2}:\d{2}(?::\d{2})?$/.test(token.value)) {
      if (endWords.test(before)) single([/(?:^|_)(?:until|end|to|till)$/], token.value, [at]);
      else single([/(?:^|_)(?:time|walltime)$/, /(?:^|_)(?:start|begin|at)$/], token.value, [at]);
      continue;
    }
    const amount = amountAt(tokens, at);
    // "what is above 80", "over 90 percent"
    if (isNumber(token.value) && (amount === undefined || amount.unit === "percent") && overWords.test(overBefore(tokens, at))) {
      const [only, other] = open(/(?:^|_)threshold$/);
      if (only !== undefined && other === undefined && put(only, token.value, [at])) continue;
    }
    if (amount === undefined) continue;
    const places = amount.isJoined ? [at] : [at, at + 1];
    const kinds = kindsOf(amount.unit, before, tokens, at);
    for (const kind of kinds) {
      const [only, other] = open(kind);
      if (only === undefined || other !== undefined) continue;
      const last = nameParts(only.name).at(-1) ?? "";
      // `wait_seconds` takes no minutes.
      if (unitOf(last) !== undefined && unitOf(last) !== amount.unit) continue;
      const isPlain = only.type === "int" || unitOf(last) !== undefined || ["percent", "degrees"].includes(amount.unit);
      put(only, isPlain ? amount.number : `${amount.number}${amount.written}`, places);
      break;
    }
  }
} // prettier-ignore

const isDate = (text: string): boolean =>
  /^\d{4}-\d{2}-\d{2}(?:[T_ ]\d{2}:\d{2}(?::\d{2})?Z?)?$|^\d{1,2}\.\d{1,2}\.(?:\d{2}|\d{4})$|^\d{1,2}\/\d{1,2}\/\d{4}$/.test(text);

const endWords =
  /^(?:until|till|til|to|through|thru|bis|hasta|jusqu'au|jusqu'a|jusque|au|al|ending|ends|end|expires?|expiring|expiry|valid|by)$/;
const startWords = /^(?:from|von|vom|ab|desde|del|du|des|depuis|starting|starts|since|seit|a partir)$/;

/** The word that says how it is meant: "valid until the 31st" is "until". */
function wordBefore(tokens: readonly Token[], at: number): string {
  let place = at - 1;
  while (/^(?:the|on|at|zum|den|el|le|about|around|next|another|a|an|only|just)$/.test(tokens[place]?.lower ?? "")) place -= 1;
  return tokens[place]?.comma === true ? "" : (tokens[place]?.lower ?? "");
}

const overWords = /^(?:above|over|exceeding|beyond|\u00fcber|uber|ab|plus de|m\u00e1s de)$/;
const overBefore = (tokens: readonly Token[], at: number): string =>
  tokens[at - 1]?.lower === "than" || tokens[at - 1]?.lower === "de" ? "above" : (tokens[at - 1]?.lower ?? "");

interface Amount {
  readonly number: string;
  readonly unit: string;
  /** The unit as it is written in short: "5 minutes" is "5m". */
  readonly written: string;
  readonly isJoined: boolean;
}

function amountAt(tokens: readonly Token[], at: number): Amount | undefined {
  const token = tokens[at];
  const next = tokens[at + 1];
  const joined = /^(\d+(?:\.\d+)?)([a-z%°]+)$/i.exec(token?.value ?? "");
  const unit = unitOf(joined?.[2]?.toLowerCase() ?? "");
  if (joined?.[1] !== undefined && unit !== undefined) return { number: joined[1], unit, written: joined[2] ?? "", isJoined: true };
  if (token === undefined || next === undefined || token.comma || !(isNumber(token.value) || numberWords[token.lower] !== undefined))
    return undefined;
  const named = unitOf(next.lower);
  return named === undefined
    ? undefined
    : { number: numberWords[token.lower] ?? token.value, unit: named, written: shortUnits[named] ?? "", isJoined: false };
}

const numberWords: Readonly<Record<string, string>> = {
  one: "1", two: "2", three: "3", four: "4", five: "5", six: "6", seven: "7", eight: "8", nine: "9", ten: "10", twelve: "12", zwei: "2", drei: "3", vier: "4", funf: "5", fünf: "5", dos: "2", tres: "3", cuatro: "4", cinco: "5", deux: "2", trois: "3", quatre: "4", cinq: "5",
}; // prettier-ignore
const shortUnits: Readonly<Record<string, string>> = { seconds: "s", minutes: "m", hours: "h", days: "d", weeks: "w" };
const unitNames: readonly (readonly [string, RegExp])[] = [
  ["seconds", /^(?:s|secs?|seconds?|sekunden?|segundos?|secondes?)$/],
  ["minutes", /^(?:m|mins?|minutes?|minuten?|minutos?)$/],
  ["hours", /^(?:h|hrs?|hours?|stunden?|horas?|heures?)$/],
  ["days", /^(?:d|days?|tagen?|tag|dias?|días?|jours?)$/],
  ["weeks", /^(?:w|wks?|weeks?|wochen?|semanas?|semaines?)$/],
  ["months", /^(?:months?|monaten?|monat|mes|meses|mois)$/],
  ["percent", /^(?:%|percent|percentage|per ?cent|prozent|pct|por ciento|pour ?cent)$/],
  ["degrees", /^(?:°|degrees?|grad|grados?|degres?|degrés?)$/],
];
const unitOf = (word: string): string | undefined => unitNames.find(([, pattern]) => pattern.test(word))?.[0];

/** What variables that take such an amount are called, the likeliest first. */
function kindsOf(unit: string, before: string, tokens: readonly Token[], at: number): readonly RegExp[] {
  if (unit === "percent") return [/(?:^|_)(?:percent|percentage|share|ratio|fraction|rollout|threshold|brightness|volume|rate)$/];
  if (unit === "degrees") return [/(?:^|_)(?:degrees|rotation|angle|rotate|temperature)$/];
  const own = new RegExp(`(?:^|_)${unit}$`);
  if (/^(?:every|each|alle|jede|jeden|cada|chaque|toutes|all)$/.test(before)) return [/(?:^|_)(?:interval|every|period|frequency)$/, own];
  if (/^(?:for|für|fur|during|durante|por|pendant|pour|lasting)$/.test(before)) return [/(?:^|_)(?:duration|for|period|length|window|time|ttl)$/, own];
  if (/^(?:in|after|nach|despues|después|apres|après)$/.test(before)) return [/(?:^|_)(?:delay|in|after|timeout|wait|grace)$/, own];
  if (/^(?:than|over|beyond|als|que)$/.test(before) || /^old(?:er)?$/.test(tokens[at + 2]?.lower ?? "")) return [/(?:^|_)(?:older_than|than|age|max_age|min_age|until|threshold)$/, own];
  if (/^(?:keep|keeps|retain|last|past|behalte|conserva|garde|kept)$/.test(before)) return [/(?:^|_)(?:retention|keep|history|age)$/, own];
  return [own];
} // prettier-ignore
