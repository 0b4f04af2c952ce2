import type { PlaybookVariable } from "../../mapping/playbook.ts";
import { isStopWord } from "../../mapping/stop-words.ts";
import { nameParts, stem, wordsOf } from "../../mapping/text.ts";
import { spokenVerb } from "../../mapping/verb-words.ts";
import { isEverydayWord } from "../sentence/everyday-words.ts";
import { fits, isNumberVariable, isTyped } from "./fitting-value.ts";
import { isDuration, isNumber, isPath, isSize, isUrl, range, type Token } from "./stated-values.ts";
import type { Vocabulary } from "../vocabulary.ts";

interface KnownNames {
  readonly vocabulary?: Vocabulary;
  readonly hosts?: readonly string[];
}

interface ValueFound {
  readonly value: unknown;
  readonly places: readonly number[];
}

/** "port 3000", "the port of gitea to 3000", "title: Casa Lab": the value that follows the words before `start`. */
export function valueAfter(
  tokens: readonly Token[],
  start: number,
  variable: PlaybookVariable,
  used: ReadonlySet<number>,
  options: KnownNames,
): ValueFound | undefined {
  if (tokens[start - 1]?.comma === true) return undefined;
  const assigned = tokens[start - 1]?.assigns === true || tokens[start - 1]?.arrow === true;
  let at = start;
  while (
    !assigned &&
    at < tokens.length &&
    at < start + 4 &&
    (between.has(tokens[at]?.lower ?? "") || isTitleOfPerson(tokens, at)) &&
    tokens[at]?.isQuoted !== true &&
    !used.has(at)
  )
    at += 1;
  // "skip the packages nginx and redis"
  if (/^(?:packages?|paquetes?|pakete?|paquets?)$/.test(tokens[at]?.lower ?? "") && !assigned) at += 1;
  // "the port of gitea to 3000": the owner stands between the key and its value.
  if (/^(?:snapshot|archive|date)$/.test(nameParts(variable.name).at(-1) ?? "") && tokens[at]?.lower === "from") at += 1;
  if (["of", "for", "on", "in"].includes(tokens[start]?.lower ?? "")) {
    const to = tokens.findIndex(
      (token, place) => place > start && place <= start + 5 && ["to", "auf", "a", "à", "="].includes(token.lower),
    );
    if (to > 0 && fits(tokens[to + 1], variable, true)) at = to + 1;
  }
  const token = tokens[at];
  if (token === undefined || used.has(at) || !fits(token, variable, assigned)) {
    const to = tokens.findIndex((one, place) => place >= start && place <= start + 3 && one.lower === "to");
    const later = to < 0 ? undefined : tokens[to + 1];
    if (later === undefined || used.has(to + 1) || !fits(later, variable, true) || isNumberVariable(variable) !== isNumber(later.value))
      return undefined;
    return { value: later.value, places: [to, to + 1] };
  }
  const isTitle = /(?:title|name|titel)$/.test(variable.name) && /^\p{Lu}/u.test(token.value);
  if (
    !token.isQuoted &&
    isFreeText(variable) &&
    !assigned &&
    at === start &&
    !isTyped(token.value) &&
    !isTitle &&
    isPlaceOrKey(tokens, at, options)
  )
    return undefined;
  // "the last lines of synapse", "the job of web1": whose it is, not what it is.
  const isOwner = at > start && /^(?:of|for|on|in|von|de|du|del|auf)$/.test(tokens[at - 1]?.lower ?? "") && isServiceOrHost(token, options);
  if (isOwner && !assigned && !token.isQuoted && isFreeText(variable)) return undefined;
  const isMoved = tokens.slice(start, at).some((word) => word.lower === "to");
  // "add portals to config": where they go, not what they are.
  if (isMoved && !assigned && !token.isQuoted && !isTyped(token.value) && !setsSomething(tokens)) return undefined;
  if (variable.type === "list" || ((token.comma || isConjunction(tokens[at + 1])) && isListName(variable))) {
    const list = listFrom(tokens, at, used);
    if (list.places.length > 1 || assigned || (token.isQuoted && variable.type === "list")) return list;
    if (variable.type === "list") return undefined;
  }
  if (
    !token.isQuoted &&
    isFreeText(variable) &&
    /(?:title|name|titel|client|customer|company|street|city|location|department|organi[sz]ation|supplier|carrier|author|building)$/.test(
      variable.name,
    ) &&
    /^\p{Lu}/u.test(token.value) &&
    !token.comma
  ) {
    const words = [token];
    while (
      tokens[at + words.length] !== undefined &&
      /^\p{Lu}/u.test(tokens[at + words.length]?.value ?? "") &&
      words.at(-1)?.comma !== true
    )
      words.push(tokens[at + words.length] as Token);
    return { value: words.map((word) => word.value).join(" "), places: range(at, at + words.length) };
  }
  return { value: token.value, places: [at] };
}

/** "/tank/music as the music directory": the value stands first. */
export function valueBefore(
  tokens: readonly Token[],
  keyStart: number,
  variable: PlaybookVariable,
  used: ReadonlySet<number>,
): ValueFound | undefined {
  let at = keyStart - 1;
  while (at >= 0 && ["as", "the", "its", "for", "als", "como", "comme"].includes(tokens[at]?.lower ?? "")) at -= 1;
  // "4G of memory"
  const isMeasured = tokens[at]?.lower === "of" && /^\d/.test(tokens[at - 1]?.value ?? "");
  if (isMeasured) at -= 1;
  const token = tokens[at];
  if (token === undefined || used.has(at) || token.comma) return undefined;
  if (isGivenBefore(tokens, keyStart, variable)) return { value: token.value, places: [at] };
  const isNear = keyStart - 1 === at;
  if (
    !(
      isPath(token.value) ||
      isUrl(token.value) ||
      isNumber(token.value) ||
      isSize(token.value) ||
      isDuration(token.value) ||
      token.isQuoted
    ) ||
    !fits(token, variable, false)
  )
    return undefined;
  if (isNear && isNumber(token.value) && !isCount(variable)) return undefined;
  return { value: token.value, places: [at] };
}

/** "with the docker executor", "the redshift plugin": a name between an article and the noun it is one of. */
function isGivenBefore(tokens: readonly Token[], keyStart: number, variable: PlaybookVariable): boolean {
  const [article, token, key] = [tokens[keyStart - 2], tokens[keyStart - 1], tokens[keyStart]];
  if (article === undefined || token === undefined || key === undefined || !isFreeText(variable) || article.comma || token.comma) return false;
  const next = tokens[keyStart + 1];
  const ends = key.comma || next === undefined || isStopWord(next.lower);
  const last = nameParts(variable.name).at(-1) ?? "";
  return (
    ends &&
    /^(?:the|with|mit|con|avec|using|in|le|la|el|den|dem|der|die|das)$/.test(article.lower) &&
    namedKinds.test(last) &&
    /^\p{L}[\p{L}\d.+_-]{2,}$/u.test(token.value) &&
    !isStopWord(token.lower) &&
    !isEverydayWord(token.lower)
  );
} // prettier-ignore

/** Nouns that a name stands before as often as behind. */
const namedKinds =
  /^(?:executor|plugins?|theme|engine|driver|provider|backend|layout|preset|profile|strategy|algorithm|codec|format|channel|locale|region|runtime|template|extensions?|modules?|scheduler|resolver|vendor|collectors?|toolbox(?:es)?|policy|flavou?r|edition)$/;

const units = /^(?:days?|hours?|minutes?|mins?|seconds?|secs?|weeks?|months?|years?|percent|gb|mb|tb)$/;

/** "older than 21 days" for `older_than_days`: the value stands inside its key, before the unit. `start` is behind the key without its unit. */
export function valueBeforeUnit(tokens: readonly Token[], start: number, unit: string, used: ReadonlySet<number>): ValueFound | undefined {
  // "max 2 nodes" for `max_nodes`
  if (!units.test(unit) && !/^\p{L}{3,}s$/u.test(unit)) return undefined;
  let at = start;
  while (between.has(tokens[at]?.lower ?? "") && at < start + 2) at += 1;
  const token = tokens[at];
  if (token === undefined || used.has(at)) return undefined;
  const joined = /^(\d+)([a-z%]+)$/i.exec(token.value);
  if (joined?.[1] !== undefined && unit.startsWith((joined[2] ?? "").toLowerCase())) return { value: joined[1], places: [at] };
  const next = tokens[at + 1]?.lower ?? "";
  return isNumber(token.value) && stem(next) === stem(unit) ? { value: token.value, places: [at, at + 1] } : undefined;
}

/** "12 partitions", "30 retention days", "3 replicas": things that are counted. */
const isCount = (variable: PlaybookVariable): boolean =>
  /(?:s|keep|count|concurrent|concurrency|size|dpi|watt)$/.test(variable.name) &&
  !/(?:ports?|tags?|address|hostname|users)$/.test(variable.name);

function listFrom(tokens: readonly Token[], start: number, used: ReadonlySet<number>): ValueFound {
  const values: string[] = [];
  const places: number[] = [];
  for (let at = start; at < tokens.length && !used.has(at); at += 1) {
    const token = tokens[at];
    if (token === undefined) break;
    if (isConjunction(token) && values.length > 0) continue;
    const joins = at === start || tokens[at - 1]?.comma === true || isConjunction(tokens[at - 1]);
    if (!joins || isStopWord(token.lower)) break;
    // "in group deploy, key ABC": what has a word of its own behind it begins something else.
    const next = tokens[at + 1];
    if (values.length > 0 && !token.comma && next !== undefined && !isStopWord(next.lower) && !isConjunction(next)) break;
    if (values.length > 0) places.push(...range((places.at(-1) ?? at) + 1, at));
    // "tags physics, 6 concurrent": a number among words counts something else.
    if (values.length > 0 && isNumber(token.value) && !isNumber(values[0] ?? "")) break;
    values.push(token.value);
    places.push(at);
  }
  return { value: values, places };
}

const isConjunction = (token: Token | undefined): boolean => token !== undefined && /^(?:and|und|y|et|&)$/.test(token.lower);

const setsSomething = (tokens: readonly Token[]): boolean => {
  const verb = spokenVerb(wordsOf(tokens.map((token) => token.value).join(" ")))?.verb;
  return verb === undefined || verb === "configure" || verb === "rotate";
};

const isListName = (variable: PlaybookVariable): boolean =>
  /(?:s|list|groups|packages|users)$/.test(variable.name) && (variable.type === "raw" || variable.type === "list");

const isFreeText = (variable: PlaybookVariable): boolean => variable.type === "str" || variable.type === "raw" || variable.type === "list";

/** A word that stands behind a key without being its value: a place, or the next key. */
function isPlaceOrKey(tokens: readonly Token[], at: number, options: KnownNames): boolean {
  const token = tokens[at];
  const next = tokens[at + 1];
  if (token === undefined || isStopWord(token.lower) || options.hosts?.some((host) => host.toLowerCase() === token.lower) === true)
    return true;
  // "with the hostname rooms": with nothing behind it, it is no key of its own.
  return options.vocabulary?.isVariableWord(token.lower) === true && next !== undefined && !token.comma && !isStopWord(next.lower);
}

const isServiceOrHost = (token: Token, { hosts, vocabulary }: KnownNames): boolean =>
  hosts?.some((host) => host.toLowerCase() === token.lower) === true || (vocabulary?.servicesIn(wordsOf(token.value)).length ?? 0) > 0;

/** Words that may stand between a key and its value. */
const between = new Set(
  "to is of as at be = : should in on zu auf ist a en al sur the named called it them von für number nummer".split(" "),
);

/** "the account of pupil becker", "for the new teacher mueller": what somebody is, before the name. */
const isTitleOfPerson = (tokens: readonly Token[], at: number): boolean =>
  /^(?:pupil|teacher|student|colleague|member|user|employee|intern|customer|patient|nurse|doctor|mr|mrs|ms|dr|prof|new|neuen?|nuev[oa])$/.test(
    tokens[at]?.lower ?? "",
  ) &&
  tokens[at]?.comma !== true &&
  tokens[at + 1] !== undefined &&
  !isStopWord(tokens[at + 1]?.lower ?? "");
