import type { Playbook, PlaybookVariable } from "../../mapping/playbook.ts";
import { subjectVariableOf } from "../../mapping/playbook-profile.ts";
import { isGeneralWord } from "../../mapping/service-of-name.ts";
import { isStopWord } from "../../mapping/stop-words.ts";
import { fold, nameParts, stem, wordsOf } from "../../mapping/text.ts";
import { verbAt } from "../../mapping/verb-words.ts";
import { isInternetName, isTyped } from "./fitting-value.ts";
import { isEverydayWord } from "../sentence/everyday-words.ts";
import type { Put } from "./put-value.ts";
import { isDomain, isNumber, type Token } from "./stated-values.ts";
import type { Vocabulary } from "../vocabulary.ts";

interface Known {
  readonly vocabulary?: Vocabulary;
  readonly hosts?: readonly string[];
}

/** "vacuum orders", "clear the queue corridor2", "mute HighQueueDepth": what a playbook is asked to act on, by the place where it stands. */
export function fillObjects(tokens: readonly Token[], playbook: Playbook, known: Known, used: Set<number>, put: Put, given: Record<string, unknown>): void {
  const named = playbook.variables.filter((variable) => isNameOfObject(variable));
  const [about] = named;
  if (about === undefined) return;
  const called = tokens.findIndex((token, at) => !used.has(at) && isCalled(tokens, at) && isNameShaped(token));
  const called1 = called < 0 ? undefined : tokens[called];
  if (called1 !== undefined && !Object.hasOwn(given, about.name) && (playbook.verb !== "deploy" || nameParts(about.name).at(-1) !== "name")) put(playbook.variables.find((one) => /(?:^|_)(?:name|title|label)$/.test(one.name) && isNameOfObject(one) && !Object.hasOwn(given, one.name)) ?? about, called1.value, [called]);
  // A service is set up; what has a state is looked after.
  if (playbook.verb === "deploy" && !playbook.variables.some((variable) => /_(?:state|action)$/.test(variable.name))) return;
  const own = ownWords(playbook, about);
  // What `service_name` and its like take is read by the names of services.
  if (subjectVariableOf(playbook) === undefined && !Object.hasOwn(given, about.name)) {
    // Whoever dumps or vacuums names what, however common the word.
    const isStore = /^(?:db|database|table|index|schema|topic)$/.test(nameParts(about.name).findLast((part) => part !== "name") ?? "");
    const place = objectPlace(tokens, own, known, used, isStore);
    const token = tokens[place ?? -1];
    if (place !== undefined && token !== undefined) put(about, token.value.replace(/'s$/, ""), [place]);
  }
  fillContainer(tokens, named, own, known, used, put, given);
  // "snapshot tank/photos as before-cleanup", "restore grocy from grocy-2026-11-02"
  for (const [at, token] of tokens.entries()) {
    const before = tokens[at - 1]?.lower ?? "";
    if (used.has(at) || !isFree(token, known) || isStopWord(token.lower)) continue;
    const ends = /^(?:as|als|como|comme)$/.test(before) ? /(?:^|_)(?:name|label|tag|alias|title)$/ : before === "from" && looksGiven(token) ? /(?:^|_)(?:archive|snapshot|dump|backup)$/ : undefined;
    const target = ends === undefined ? undefined : playbook.variables.find((variable) => ends.test(variable.name) && !Object.hasOwn(given, variable.name) && ["str", "raw"].includes(variable.type));
    if (target !== undefined) put(target, token.value, [at]);
  }
} // prettier-ignore

/** Values that are names which people gave to something, unless their own ending says what else they are. */
const isNameOfObject = (variable: PlaybookVariable): boolean =>
  ["str", "raw"].includes(variable.type) &&
  !variable.secret &&
  variable.choices === undefined &&
  objectEnds.test(nameParts(variable.name).at(-1) ?? "") &&
  !/(?:^|_)(?:host|node|machine|server|file|domain|full|display|first|last|image|cluster|service)_?name$/.test(variable.name);

const objectEnds =
  /^(?:name|username|user|account|login|project|job|queue|topic|share|list|flag|alert|rule|bucket|database|db|schema|table|index|volume|dataset|pool|printer|repo|repository|branch|team|group|room|client|customer|tenant|site|vhost|environment|campaign|channel|mailbox|partition|vm|stack|key|tag|patient|device|student|member|employee|site_name|film|show|course|monitor|check|dashboard|snapshot|playlist|camera|zone|scene|bridge|entity|label|supplier|carrier|product|matter|case|ticket|permit|batch|ship|satellite|turbine|sensor|operator|technician|player|nick|employee|vehicle|profile)$/;

/** "call it zebra-7", "name it photos", "under the name lab" */
function isCalled(tokens: readonly Token[], at: number): boolean {
  const [second, first] = [tokens[at - 2]?.lower ?? "", tokens[at - 1]?.lower ?? ""];
  return (
    (/^(?:call|name|nenne|nenn|llama|llamalo|llámalo|appelle|nomme)$/.test(second) && /^(?:it|them|this|that|sie|ihn|es|lo|la)$/.test(first)) ||
    /^(?:called|named|namens|genannt|llamad[oa]|nomm[ée]e?|appel[ée]e?)$/.test(first)
  );
} // prettier-ignore

const isNameShaped = (token: Token): boolean =>
  token.isQuoted ||
  (/^[\p{L}\d][\p{L}\d._@-]*(?:\/[\p{L}\d][\p{L}\d._-]*)?$/u.test(token.value) && !isStopWord(token.lower) && !isNumber(token.value));

/** Something that no word of a language looks like. */
const looksGiven = (token: Token): boolean =>
  token.isQuoted ? wordsOf(token.value).length === 1 : /^[\p{L}\d][\p{L}\d._-]*[_\d.][\p{L}\d_-]*$|^[\p{L}\d][\w.-]*\/[\w.-]+$|^[\p{L}\d]+(?:-[\p{L}\d]+)+$|^\p{Lu}\p{Ll}+(?:\p{Lu}\p{Ll}*)+$/u.test(token.value); // prettier-ignore

/** Nouns that the playbook itself uses for what it acts on, those of its other values left out. */
function ownWords(playbook: Playbook, about: PlaybookVariable): ReadonlySet<string> {
  const text = `${playbook.name} ${nameParts(playbook.id).join(" ")} ${playbook.description} ${playbook.tags.join(" ")} ${nameParts(about.name).join(" ")}`;
  const others = new Set(playbook.variables.filter((variable) => variable !== about).flatMap((variable) => nameParts(variable.name).map(stem)));
  const ours = new Set(nameParts(about.name).map(stem));
  const words = wordsOf(text).filter((word) => !isStopWord(word.lower)).flatMap((word) => [word.lower, ...nameParts(word.lower)].map(stem));
  return new Set(words.filter((word) => ours.has(word) || !others.has(word)));
} // prettier-ignore

function isFree(token: Token | undefined, { hosts = [] }: Known): token is Token {
  if (
    token === undefined ||
    (token.assigns && !/[-_]/.test(token.value)) ||
    !isNameShaped(token) ||
    isTyped(token.value) ||
    /@|^\d[\d._-]*$/.test(token.value)
  )
    return false;
  return !hosts.some((host) => host.toLowerCase() === token.lower);
}

/** "orders.dead": dots, but no name of the internet. */
const isDotted = (value: string): boolean => isDomain(value) && !isInternetName(value);

/** The object of the order: right behind the verb, behind one of the playbook's own nouns, or the only word that looks like a given name. */
function objectPlace(tokens: readonly Token[], own: ReadonlySet<string>, known: Known, used: ReadonlySet<number>, isStore: boolean): number | undefined {
  const isOwn = (token: Token | undefined): boolean => token !== undefined && !token.isQuoted && own.has(stem(fold(token.lower)));
  const isUnknown = (token: Token): boolean => {
    const word = fold(token.lower);
    return !isStopWord(word) && !isGeneralWord(word) && !isEverydayWord(word) && known.vocabulary?.isKnownWord(word) !== true && known.vocabulary?.isVariableWord(word) !== true && verbAt(wordsOf(word), 0) === undefined;
  };
  // "clear the queue corridor2", "the project darkmatter"
  for (const [at, token] of tokens.entries()) {
    const before = tokens[at - 1];
    if (used.has(at) || (!isDotted(token.value) && !isFree(token, known)) || before === undefined || before.comma || before.isQuoted || !isOwn(before) || verbAt(wordsOf(before.value), 0) !== undefined) continue;
    if (looksGiven(token) || (isUnknown(token) && endsPhrase(tokens, at))) return at;
  }
  // "lock sberg", "restore shop_stage from …": no article, so no noun of the language.
  const words = wordsOf(tokens.map((token) => token.value).join(" "));
  const first = tokens.findIndex((token) => !isStopWord(token.lower) && !/^(?:please|bitte|now|then|just)$/.test(token.lower));
  const verb = words.length === tokens.length && first >= 0 ? verbAt(words, first) : undefined;
  const at = verb?.to ?? (first >= 0 && isOwn(tokens[first]) ? first + 1 : -1);
  const object = tokens[at];
  if (at > 0 && !used.has(at) && isFree(object, known) && tokens[at - 1]?.comma !== true && (looksGiven(object) || ((isUnknown(object) || (isStore && tokens[at - 1] !== undefined && !isOwn(object))) && endsPhrase(tokens, at)))) return at;
  // "dump the kitsu database": before the playbook's own noun
  const given = tokens.flatMap((token, place) => (!used.has(place) && isFree(token, known) && looksGiven(token) && !isVersionLike(token) && !isCompound(token.lower) && (!token.isQuoted || /^(?:as|to|called|named)$/.test(tokens[place - 1]?.lower ?? "")) ? [place] : []));
  return given.length === 1 ? given[0] : undefined;
} // prettier-ignore

/** "pre-authorised", "one-off": two words of the language, not a name. */
const isCompound = (word: string): boolean =>
  /^(?:pre|re|non|semi|multi|well|self|read|one|two|half|up|built|long|short|high|low|so|co|anti|ex|post|sub|last|first|old|all|on|off|in|out|over|under|e|sign|log|check|follow|back|set|roll|clean)-|-(?:ed|ing|up|off|in|out|only|wide|free|ready|based|like|ish|side|time|term|line|old|level|red)$|(?:ed|ing)$/.test(
    word,
  );

const isVersionLike = (token: Token): boolean => /^v?\d/i.test(token.value);

/** Nothing follows that the word before would only describe. */
function endsPhrase(tokens: readonly Token[], at: number): boolean {
  const next = tokens[at + 1];
  return tokens[at]?.comma === true || next === undefined || isStopWord(next.lower) || next.isQuoted || isTyped(next.value);
}

const joinsOrLeaves =
  /^(?:subscribe|unsubscribe|add|remove|take|put|invite|delete|kick|throw|join|enrol|enroll|assign|register|fuge|trage|nimm|ajoute|anade|quita|retire)$/;

/** "subscribe ana@example.org to tutors", "off the list cosmo": the place that something comes into or out of. */
function fillContainer(tokens: readonly Token[], named: readonly PlaybookVariable[], own: ReadonlySet<string>, known: Known, used: Set<number>, put: Put, given: Record<string, unknown>): void {
  const open = named.filter((variable) => !Object.hasOwn(given, variable.name));
  const [container] = open;
  const joins = tokens.slice(0, 4).some((token) => joinsOrLeaves.test(fold(token.lower)));
  if (container === undefined || open.length > 1 || !joins) return;
  for (const [at, token] of tokens.entries()) {
    const before = tokens[at - 1];
    if (used.has(at) || before === undefined || before.comma || !/^(?:to|into|from|off|of|zu|zur|aus|in|a|al|de|à)$/.test(before.lower) || !isFree(token, known)) continue;
    const word = fold(token.lower);
    if (!looksGiven(token) && (own.has(stem(word)) || isStopWord(word) || isEverydayWord(word) || known.vocabulary?.isVariableWord(word) === true || !endsPhrase(tokens, at))) continue;
    put(container, token.value, [at]);
    return;
  }
} // prettier-ignore
