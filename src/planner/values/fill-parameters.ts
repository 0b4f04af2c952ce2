import { subjectVariableOf } from "../../mapping/playbook-profile.ts";
import type { Playbook, PlaybookVariable } from "../../mapping/playbook.ts";
import { isGeneralWord } from "../../mapping/service-of-name.ts";
import { isStopWord } from "../../mapping/stop-words.ts";
import { wordsOf } from "../../mapping/text.ts";
import { verbAt } from "../../mapping/verb-words.ts";
import type { RequestedStep } from "../decomposition.ts";
import { isEverydayWord } from "../sentence/everyday-words.ts";
import { fillByNoun } from "./fill-by-noun.ts";
import { fillByShape } from "./fill-by-shape.ts";
import { fillForwarding, fillFromTo } from "./fill-from-to.ts";
import { fillNames } from "./fill-names.ts";
import { fillObjects } from "./fill-objects.ts";
import { fillActions } from "./fill-actions.ts";
import { fillStates } from "./fill-states.ts";
import { fillPairs } from "./fill-pairs.ts";
import { fillSwitches } from "./fill-switches.ts";
import { fillStances } from "./fill-stances.ts";
import { fillAside, fillTexts, withoutTexts } from "./fill-texts.ts";
import { fillTimes } from "./fill-times.ts";
import { createPut, type Put } from "./put-value.ts";
import { withOpaqueShell } from "../sentence/shell-syntax.ts";
import { range, rangeUsed, type Token, tokensOf } from "./stated-values.ts";
import { valueAfter, valueBefore, valueBeforeUnit } from "./value-at-key.ts";
import { keysOf, placesOf } from "./variable-keys.ts";
import type { Vocabulary } from "../vocabulary.ts";

export interface FilledParameters {
  /** By the playbook's own names; data, never templates. */
  readonly variables: Readonly<Record<string, unknown>>;
  /** Required and not stated: asked for in one form. Secret ones are not asked for in chat. */
  readonly missing: readonly PlaybookVariable[];
  /** Stated, and not taken; each with a reason for the person. */
  readonly refused: readonly { readonly name: string; readonly reason: string }[];
}

export interface FillOptions {
  readonly vocabulary?: Vocabulary;
  /** Names that people have; such a word is no value. */
  readonly hosts?: readonly string[];
  /** What a person gave by the variable's own name (a form, `--set`): it wins over the text. */
  readonly given?: Readonly<Record<string, unknown>>;
}

/** Gives the values that a step states to the playbook's own variables. What fits no variable is left alone, nothing is invented. */
export function fillParameters(
  step: Pick<RequestedStep, "intent"> & Partial<Pick<RequestedStep, "hosts">>,
  playbook: Playbook,
  options: FillOptions = {},
): FilledParameters {
  const text = withOpaqueShell(spelledOut(step.intent));
  const tokens = tokensOf(text);
  const variables: Record<string, unknown> = {};
  const refused: { name: string; reason: string }[] = [];
  // "run playbooks/add-user.yml": what names the playbook is no value.
  const isOwnPath = ({ value }: Token): boolean => value === playbook.path || (value.includes("/") && value === playbook.id);
  const used = new Set(tokens.flatMap((token, at) => (isOwnPath(token) ? [at] : [])));
  // "its server is mon1": a host where the step does not act may be a value.
  const places =
    step.hosts === undefined || step.hosts.length === 0 ? options.hosts : options.hosts?.filter((host) => step.hosts?.includes(host));
  const known: FillOptions = places === undefined ? options : { ...options, hosts: places };
  const candidates = playbook.variables.map((variable) => ({ variable, keys: keysOf(variable, playbook) }));

  for (const token of tokens) {
    const name = /^-{0,2}(ansible_\w+)/.exec(token.lower)?.[1] ?? /["'{,\s](ansible_\w+)["']?\s*[:=]/.exec(token.text)?.[1];
    if (name !== undefined) refused.push({ name, reason: "variables of Ansible itself cannot be set from a request" });
  }
  const take = createPut(variables, refused, used);
  // "switch off the street lights": a word of its title is no street.
  const title = wordsOf(playbook.name).map((word) => word.lower);
  const isOwnNoun = (value: unknown, [place = 0, ...more]: readonly number[]): boolean =>
    typeof value === "string" && more.length < 2 && title.some((word, at) => at > 0 && word === value && title[at - 1] === tokens[Math.max(place, ...more) - 1]?.lower); // prettier-ignore
  const unsure = new Set<string>();
  // What could be meant both ways is asked about, whatever else seems to say it.
  const put: Put = (variable, value, places) =>
    unsure.has(variable.name) ||
    (isNoName(variable, value, places, tokens) || isOwnNoun(value, places) ? false : take(variable, value, places));

  for (const { variable } of candidates)
    if (options.given !== undefined && Object.hasOwn(options.given, variable.name)) put(variable, options.given[variable.name], []);
  fillStates(tokens, playbook, put);
  fillPairs(tokens, playbook.variables, used, put, variables);
  fillForwarding(tokens, playbook.variables, used, put, variables);
  fillFromTo(tokens, playbook.variables, used, put, variables);
  for (const name of fillStances(withoutTexts(text, playbook), playbook, put)) {
    if (Object.hasOwn(variables, name)) continue;
    unsure.add(name);
    refused.push({ name, reason: "the request can be read as yes and as no" });
  }

  for (const { variable, keys } of candidates) {
    for (const key of keys) {
      for (const place of key.length > 1 ? placesOf(tokens, key.slice(0, -1)) : []) {
        const value = valueBeforeUnit(tokens, place.to, key.at(-1) ?? "", used);
        if (value !== undefined) put(variable, value.value, [...range(place.from, place.to), ...value.places]);
      }
    }
  }
  // A key and its value: "port 3000", "music directory /tank/music", "title: Casa Lab", "kuma_interval=30". Longest keys first.
  const spans = candidates
    .flatMap(({ variable, keys }) => keys.flatMap((key) => placesOf(tokens, key).map((place) => ({ variable, key, ...place }))))
    .sort((a, b) => b.key.length - a.key.length || a.variable.name.length - b.variable.name.length);
  for (const span of spans) {
    // "share a folder": no noun stands before an article, so it is the order and not a key.
    if (span.from === 0 && span.to === 1 && /^(?:an?|all|my|our|some|ein|eine|un|una|une)$/.test(tokens[1]?.lower ?? "")) continue;
    // A reason is a whole phrase: fillTexts.
    if (span.variable.name.endsWith("_reason") || Object.hasOwn(variables, span.variable.name) || rangeUsed(used, span.from, span.to))
      continue;
    const value = valueAfter(tokens, span.to, span.variable, used, known) ?? valueBefore(tokens, span.from, span.variable, used);
    if (value !== undefined) put(span.variable, value.value, [...range(span.from, span.to), ...value.places]);
  }
  const all = candidates.map((entry) => entry.variable);
  fillTexts(tokens, all, used, put, variables);
  fillTimes(tokens, all, used, put, variables);
  fillSubject(tokens, playbook, options, put, variables);
  fillByNoun(tokens, playbook, options, used, put, variables);
  fillByShape(tokens, all, used, put, variables, text);
  fillNames(tokens, all, step.hosts ?? [], { ...options, description: playbook.description, title: playbook.name, isDeployed: playbook.verb === "deploy" }, used, put); // prettier-ignore
  fillObjects(tokens, playbook, known, used, put, variables);
  fillAside(tokens, all, used, put, variables);
  fillActions(tokens, playbook, put);
  fillSwitches(text, tokens, candidates, used, put, variables);
  for (const name of rivalsIn(tokens, playbook.variables, variables, options.given)) {
    delete variables[name];
    refused.push({ name, reason: "two values were named, and it takes one" });
  }
  const missing = playbook.variables.filter((variable) => variable.required && !Object.hasOwn(variables, variable.name));
  return { variables, missing, refused };
}

/** "5.2 on till1 and 5.3 on till2", "ports 8000 and 8001": of two values none is taken for a variable that takes one. */
function rivalsIn(
  tokens: readonly Token[],
  all: readonly PlaybookVariable[],
  values: Readonly<Record<string, unknown>>,
  given: Readonly<Record<string, unknown>> = {},
): string[] {
  const taken = new Set(Object.values(values).map(String));
  return all.flatMap(({ name, type }) => {
    const value = values[name];
    if (type === "list" || Object.hasOwn(given, name) || !/(?:^|_)(?:port|version|release)$/.test(name) || !["string", "number"].includes(typeof value)) return [];
    const isRival = tokens.some((token, at) => {
      const [joint, other] = [tokens[at + 1], tokens[at + 2]];
      if (token.value !== String(value) || joint === undefined || other === undefined) return false;
      return /^(?:and|or|und|oder|y|o|et|ou|&)$/.test(joint.lower) && /^v?\d+(?:\.\d+)*$/.test(other.value) && !taken.has(other.value) && !other.isQuoted && isAlone(tokens, at + 2);
    });
    return isRival ? [name] : [];
  });
} // prettier-ignore

/** A number that counts nothing and is no key's value. */
const isAlone = (tokens: readonly Token[], at: number): boolean => {
  const next = tokens[at + 1];
  return next === undefined || tokens[at]?.comma === true || isStopWord(next.lower);
};

/** "publish the site tomorrow", "reset the password of everybody": words of time and number that are nobody's name. */
const isNoName = ({ name }: PlaybookVariable, value: unknown, places: readonly number[], tokens: readonly Token[]): boolean =>
  (typeof value === "string" && /(?:full|display|real)_?name$/.test(name) && /^\S+$/.test(value) && /^\p{Ll}/u.test(value) && !places.some((at) => tokens[at]?.isQuoted === true || tokens[at - 1]?.assigns === true)) ||
  typeof value === "string" &&
  places.length > 0 &&
  /^(?:today|tomorrow|yesterday|tonight|now|soon|later|again|please|there|here|everybody|everyone|nobody|noone|someone|somebody|anyone|anybody|everything|nothing|something|somewhere|anywhere|everywhere|maybe|all|it|them|mondays?|tuesdays?|wednesdays?|thursdays?|fridays?|saturdays?|sundays?)$/i.test(value) &&
  !/(?:^|_)(?:since|until|from|to|at|on|date|time|start|end|begin|when|schedule|snapshot|archive|day|tag|label|message|text|reason|title|note|comment|source|members?|users?|groups?|targets?|scope|hosts?|limit)$/.test(name) &&
  !places.some((at) => tokens[at]?.isQuoted === true || tokens[at - 1]?.assigns === true); // prettier-ignore

/** "w/o sign-up", "w/ stats", "0 3 * * *": words that are written short, and five that are one value. */
const spelledOut = (text: string): string =>
  text
    .replaceAll(/(?<=^|\s)w\/o(?=\s)/gi, "without")
    .replaceAll(/(?<=^|\s)w\/(?=\s)/gi, "with")
    .replaceAll(/(?<=^|[\s(])(?=(?:[\d,/-]+\s+)*\*)((?:[\d*](?:[\d*,/-]*[\d*])?\s+){4}[\d*](?:[\d*,/-]*[\d*])?)(?=$|[\s),.;])/g, '"$1"');

/** The service a general playbook works on. */
function fillSubject(
  tokens: readonly Token[],
  playbook: Playbook,
  options: FillOptions,
  put: Put,
  variables: Record<string, unknown>,
): void {
  const subject = subjectVariableOf(playbook);
  const variable = playbook.variables.find((entry) => entry.name === subject);
  if (variable === undefined) return;
  const text = tokens.map((token) => token.value).join(" ");
  const words = wordsOf(text);
  // "all services except jellyfin" is not about jellyfin.
  const named = options.vocabulary?.servicesIn(words).find((service) => !/^(?:except|excluding|besides|not|but|ohne|ausser|salvo|menos|sauf|without)$/.test(words[service.from - 1]?.lower ?? ""))?.name; // prettier-ignore
  // "restart scanner-gateway": all of the word, not the service it begins with.
  const joined = named === undefined ? undefined : tokens.find((token) => new RegExp(`^${escaped(named)}[-.@][a-z]|[a-z]-${escaped(named)}$`, "i").test(token.value) && options.vocabulary?.servicesIn(wordsOf(token.value))[0]?.name === named); // prettier-ignore
  const said = joined?.value ?? named ?? saidSubject(text) ?? unknownSubject(tokens, options);
  if (said !== undefined) {
    delete variables[variable.name];
    put(variable, said, []);
  }
}

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** "restart slurmctld", "reload php8.2-fpm": right behind the verb, and no word of the catalog or the language. */
function unknownSubject(tokens: readonly Token[], options: FillOptions): string | undefined {
  const at = tokens.findIndex((token) => /^(?:restart|reload|stop|start|bounce|kick|restarte|reinicia|redemarre|redémarre|stoppe|starte|neustarten)$/.test(token.lower));
  const token = tokens[at + 1];
  if (at < 0 || at > 3 || token === undefined || tokens[at]?.comma === true || !/^[a-z][\w.@-]{2,}$/i.test(token.value)) return undefined;
  const word = token.lower;
  const isWord = isStopWord(word) || isEverydayWord(word) || isGeneralWord(word) || options.vocabulary?.isVariableWord(word) === true || options.hosts?.some((host) => host.toLowerCase() === word) === true;
  return isWord || verbAt(wordsOf(word), 0) !== undefined ? undefined : token.value;
} // prettier-ignore

/** "the shop app", "service billing": a name that only the person knows. */
function saidSubject(text: string): string | undefined {
  const before = /\b(?:the|our|my)\s+([a-z][\w-]{2,})\s+(?:app|application|service|container|unit|stack)\b/i.exec(text)?.[1];
  const after = /\b(?:app|application|service|container|unit)\s+(?:called\s+|named\s+)?([a-z][\w-]{2,})\b/i.exec(text)?.[1];
  const said = before ?? after;
  return said === undefined || isStopWord(said.toLowerCase()) || verbAt(wordsOf(said), 0) !== undefined || isGeneralWord(said.toLowerCase()) ? undefined : said;
} // prettier-ignore
