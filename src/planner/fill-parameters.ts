import { subjectVariableOf } from "../mapping/playbook-profile.ts";
import type { Playbook, PlaybookVariable } from "../mapping/playbook.ts";
import { isStopWord } from "../mapping/stop-words.ts";
import { nameParts, stem, wordsOf } from "../mapping/text.ts";
import { spokenVerb } from "../mapping/verb-words.ts";
import type { RequestedStep } from "./decomposition.ts";
import { isAddress, isDomain, isDuration, isNumber, isPath, isSize, isUrl, isVersion, tokensOf, type Token } from "./stated-values.ts";
import type { Vocabulary } from "./vocabulary.ts";

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
export function fillParameters(step: Pick<RequestedStep, "intent">, playbook: Playbook, options: FillOptions = {}): FilledParameters {
  const tokens = tokensOf(step.intent);
  const variables: Record<string, unknown> = {};
  const refused: { name: string; reason: string }[] = [];
  const used = new Set<number>();
  const candidates = playbook.variables.map((variable) => ({ variable, keys: keysOf(variable, playbook) }));

  for (const token of tokens) {
    const name = /^-{0,2}(ansible_\w+)/.exec(token.lower)?.[1] ?? /["'{,\s](ansible_\w+)["']?\s*[:=]/.exec(token.text)?.[1];
    if (name !== undefined) refused.push({ name, reason: "variables of Ansible itself cannot be set from a request" });
  }
  const put = (variable: PlaybookVariable, value: unknown, places: readonly number[]): boolean => {
    if (Object.hasOwn(variables, variable.name)) return false;
    const outcome = dataOf(variable, value);
    if ("reason" in outcome) {
      if (!refused.some((entry) => entry.name === variable.name)) refused.push({ name: variable.name, reason: outcome.reason });
      for (const place of places) used.add(place);
      return true;
    }
    variables[variable.name] = outcome.value;
    for (const place of places) used.add(place);
    return true;
  };

  for (const { variable } of candidates)
    if (options.given !== undefined && Object.hasOwn(options.given, variable.name)) put(variable, options.given[variable.name], []);

  // 1. A key and its value: "port 3000", "music directory /tank/music", "title: Casa Lab", "kuma_interval=30". Longest keys first.
  const spans = candidates
    .flatMap(({ variable, keys }) => keys.flatMap((key) => placesOf(tokens, key).map((place) => ({ variable, key, ...place }))))
    .sort((a, b) => b.key.length - a.key.length || a.variable.name.length - b.variable.name.length);
  for (const span of spans) {
    if (Object.hasOwn(variables, span.variable.name) || rangeUsed(used, span.from, span.to)) continue;
    const value = valueAfter(tokens, span.to, span.variable, used, options) ?? valueBefore(tokens, span.from, span.variable, used);
    if (value !== undefined) put(span.variable, value.value, [...range(span.from, span.to), ...value.places]);
  }
  fillSubject(tokens, playbook, options, put, variables);
  fillByShape(
    tokens,
    candidates.map((entry) => entry.variable),
    used,
    put,
    variables,
    step.intent,
  );
  fillSwitches(step.intent, tokens, candidates, used, put, variables);
  const missing = playbook.variables.filter((variable) => variable.required && !Object.hasOwn(variables, variable.name));
  return { variables, missing, refused };
}

type Put = (variable: PlaybookVariable, value: unknown, places: readonly number[]) => boolean;

const synonyms: Record<string, readonly string[]> = {
  directory: ["folder", "path", "dir", "location", "verzeichnis", "ordner", "directorio", "carpeta", "dossier", "repertoire"], folder: ["directory", "path", "dir", "ordner", "carpeta", "dossier"], path: ["folder", "directory"], dir: ["directory", "folder", "path"],
  hostname: ["domain", "subdomain", "host", "fqdn", "hostname", "url"], domain: ["hostname", "zone", "domains"], version: ["release", "tag"], username: ["user", "login"], user: ["username", "account", "login", "benutzer", "usuario", "utilisateur"],
  timezone: ["tz"], title: ["titel", "titulo", "titre"], port: ["puerto", "ports"], email: ["mail", "e-mail"], address: ["ip", "adresse"], password: ["passwort", "contrasena"], name: ["named", "called"], data: ["storage"], root: ["folder"],
  interval: ["every"], days: ["day"], subnet: ["network", "range"], workers: ["worker"], threshold: ["above", "over"], schedule: ["cron"], snapshot: ["version"], reason: ["because"],
}; // prettier-ignore

/** Ways to say a variable: its whole name, and its name without the service's words. */
function keysOf(variable: PlaybookVariable, playbook: Playbook): string[][] {
  const parts = nameParts(variable.name);
  const prefix = [nameParts(playbook.service ?? ""), nameParts(playbook.id.split("/").at(-1) ?? ""), nameParts(playbook.name)].map(
    (words) => commonStart(parts, words),
  );
  const shortest = parts.slice(Math.max(...prefix, commonPrefix(playbook)));
  const own = shortest.length === 0 ? parts.slice(-1) : shortest;
  const keys = [[variable.name.toLowerCase()], parts, own];
  if (own.length > 2) keys.push(own.slice(1));
  if (own.length > 1 && ["image", "container", "app", "web", "http"].includes(own[0] ?? "")) keys.push(own.slice(1));
  return [...new Map(keys.filter((key) => key.length > 0).map((key) => [key.join(" "), key])).values()];
}

function commonPrefix(playbook: Playbook): number {
  const all = playbook.variables.map((variable) => nameParts(variable.name));
  if (all.length < 3) return 0;
  let length = 0;
  const first = all[0] ?? [];
  while (length < first.length - 1 && all.every((parts) => parts.length > length + 1 && parts[length] === first[length])) length += 1;
  return length;
}

const commonStart = (parts: readonly string[], words: readonly string[]): number => {
  let count = 0;
  while (count < words.length && count < parts.length - 1 && parts[count] === words[count]) count += 1;
  return count === words.length ? count : 0;
};

function placesOf(tokens: readonly Token[], key: readonly string[]): { from: number; to: number }[] {
  const places: { from: number; to: number }[] = [];
  for (let from = 0; from + key.length <= tokens.length; from += 1) {
    if (key.every((part, offset) => sameWord(tokens[from + offset], part, key.length))) places.push({ from, to: from + key.length });
  }
  return places;
}

function sameWord(token: Token | undefined, part: string, length: number): boolean {
  if (token === undefined || token.isQuoted) return false;
  const word = token.lower.replace(/^-+/, "");
  if (word === part || stem(word) === stem(part)) return true;
  const folded = wordsOf(word)[0]?.lower ?? word;
  return (
    folded === part ||
    ((synonyms[part] ?? []).includes(folded) &&
      (length > 1 || !["user", "name", "interval", "threshold", "snapshot", "reason", "root"].includes(part) || part === "user"))
  );
}

const between = new Set([
  "to",
  "is",
  "of",
  "as",
  "at",
  "be",
  "=",
  ":",
  "should",
  "in",
  "on",
  "zu",
  "auf",
  "ist",
  "a",
  "en",
  "al",
  "sur",
  "the",
  "named",
  "called",
  "it",
  "them",
  "von",
  "für",
  "number",
  "nummer",
]);

function valueAfter(
  tokens: readonly Token[],
  start: number,
  variable: PlaybookVariable,
  used: ReadonlySet<number>,
  options: FillOptions,
): { value: unknown; places: number[] } | undefined {
  const assigned = tokens[start - 1]?.assigns === true || tokens[start - 1]?.arrow === true;
  let at = start;
  while (
    !assigned &&
    at < tokens.length &&
    at < start + 4 &&
    between.has(tokens[at]?.lower ?? "") &&
    tokens[at]?.isQuoted !== true &&
    !used.has(at)
  )
    at += 1;
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
  if (!token.isQuoted && isFreeText(variable) && !assigned && at === start && !isTyped(token.value) && isWordForHost(token, options))
    return undefined;
  const isMoved = tokens.slice(start, at).some((word) => word.lower === "to");
  // "add portals to config": where they go, not what they are.
  if (isMoved && !assigned && !token.isQuoted && !isTyped(token.value) && !setsSomething(tokens)) return undefined;
  if (variable.type === "list" || (token.comma && isListName(variable))) {
    const list = listFrom(tokens, at, used);
    return list.places.length > 1 || assigned || token.isQuoted ? list : undefined;
  }
  if (!token.isQuoted && isFreeText(variable) && /(?:title|name|titel)$/.test(variable.name) && /^\p{Lu}/u.test(token.value)) {
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

function valueBefore(
  tokens: readonly Token[],
  keyStart: number,
  variable: PlaybookVariable,
  used: ReadonlySet<number>,
): { value: unknown; places: number[] } | undefined {
  let at = keyStart - 1;
  while (at >= 0 && ["as", "the", "its", "for", "als", "como", "comme"].includes(tokens[at]?.lower ?? "")) at -= 1;
  const token = tokens[at];
  if (token === undefined || used.has(at) || token.comma) return undefined;
  const isNear = keyStart - 1 === at;
  if (!(isPath(token.value) || isUrl(token.value) || isNumber(token.value) || token.isQuoted) || !fits(token, variable, false))
    return undefined;
  if (isNear && isNumber(token.value) && !/(?:days|hours|minutes|seconds|workers|keep|monitors|count|copies)$/.test(variable.name))
    return undefined;
  return { value: token.value, places: [at] };
}

function listFrom(tokens: readonly Token[], start: number, used: ReadonlySet<number>): { value: unknown; places: number[] } {
  const values: string[] = [];
  const places: number[] = [];
  for (let at = start; at < tokens.length && !used.has(at); at += 1) {
    const token = tokens[at];
    if (token === undefined) break;
    if (["and", "und", "y", "et", "&"].includes(token.lower) && values.length > 0) {
      places.push(at);
      continue;
    }
    const joins = at === start || tokens[at - 1]?.comma === true || ["and", "und", "y", "et", "&"].includes(tokens[at - 1]?.lower ?? "");
    if (!joins || isStopWord(token.lower)) break;
    values.push(token.value);
    places.push(at);
  }
  return { value: values, places };
}

const setsSomething = (tokens: readonly Token[]): boolean => {
  const verb = spokenVerb(wordsOf(tokens.map((token) => token.value).join(" ")))?.verb;
  return verb === undefined || verb === "configure" || verb === "rotate";
};
const isNumberVariable = (variable: PlaybookVariable): boolean =>
  variable.type === "int" || variable.type === "float" || /(?:^|_)ports?(?:_\w)?$/.test(variable.name);
const isFreeText = (variable: PlaybookVariable): boolean => variable.type === "str" || variable.type === "raw" || variable.type === "list";
const isListName = (variable: PlaybookVariable): boolean =>
  /(?:s|list|groups|packages|users)$/.test(variable.name) && (variable.type === "raw" || variable.type === "list");
const isTyped = (value: string): boolean =>
  isNumber(value) ||
  isVersion(value) ||
  isPath(value) ||
  isUrl(value) ||
  isAddress(value) ||
  isDomain(value) ||
  isDuration(value) ||
  isSize(value);

function isWordForHost(token: Token, options: FillOptions): boolean {
  return (
    isStopWord(token.lower) ||
    options.hosts?.some((host) => host.toLowerCase() === token.lower) === true ||
    options.vocabulary?.isVariableWord(token.lower) === true
  );
}

/** Could this token be a value of that variable? Only what its name and type leave no doubt about. */
function fits(token: Token | undefined, variable: PlaybookVariable, assigned: boolean): boolean {
  if (token === undefined || token.value === "") return false;
  const { value } = token;
  if (variable.choices?.some((choice) => String(choice).toLowerCase() === token.lower)) return true;
  const last = nameParts(variable.name).at(-1) ?? "";
  if (isNumberVariable(variable)) return isNumber(value);
  if (variable.type === "bool") return /^(?:true|false|yes|no|on|off|enabled|disabled|an|aus)$/i.test(value);
  if (variable.type === "path" || /^(?:directory|path|dir|folder|root)$/.test(last)) return isPath(value);
  if (/^(?:version|tag|release)$/.test(last)) return isVersion(value) || isNumber(value) || assigned;
  if (/^(?:url|uri|endpoint)$/.test(last)) return isUrl(value) || isDomain(value);
  if (/^(?:hostname|domain|fqdn|zone)$/.test(last))
    return isDomain(value) || ((assigned || variable.type !== "int") && /^[a-z][a-z0-9-]*$/i.test(value) && !isStopWord(token.lower));
  if (/^(?:ttl|timeout|interval|period|delay|minutes|seconds|days|threshold|limit|max|min|count|size|memory|keep)$/.test(last))
    return isNumber(value) || isDuration(value) || isSize(value) || assigned;
  if (/^(?:enabled|externally|force|verify)$/.test(last)) return /^(?:true|false|yes|no|on|off)$/i.test(value);
  if (token.isQuoted || assigned) return true;
  return !isStopWord(token.lower) && !value.startsWith("-") && value.length > 1;
}

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
  const named = options.vocabulary?.servicesIn(wordsOf(text))[0]?.name;
  if (named !== undefined) {
    delete variables[variable.name];
    put(variable, named, []);
  }
}

/** Values whose shape alone tells where they belong: versions, domains, addresses, paths, states. */
function fillByShape(
  tokens: readonly Token[],
  variables: readonly PlaybookVariable[],
  used: Set<number>,
  put: Put,
  given: Record<string, unknown>,
  text: string,
): void {
  const open = (pattern: RegExp): PlaybookVariable[] =>
    variables.filter((variable) => pattern.test(variable.name) && !Object.hasOwn(given, variable.name));
  const verb = spokenVerb(wordsOf(text))?.verb;
  const recordName = open(/(?:^|_)record_name$|^dns_(?:record_)?name$/)[0];
  tokens.forEach((token, at) => {
    if (used.has(at)) return;
    const before = tokens[at - 1]?.lower ?? "";
    if (/^(?:A|AAAA|CNAME|TXT|MX|SRV|NS|PTR|CAA)$/.test(token.value) && (tokens[at + 1]?.lower === "record" || before === "type"))
      single(open(/(?:^|_)record_type$/), token.value, at);
    else if (/^(?:tcp|udp)$/i.test(token.value)) single(open(/(?:^|_)proto(?:col)?$/), token.lower, at);
    else if (isAddress(token.value))
      single(
        /^(?:from|von|desde)$/.test(before) || /\/\d+$/.test(token.value)
          ? open(/(?:^|_)(?:source|subnet|network)$/)
          : open(/(?:^|_)(?:record_value|record_address|address|ip)$/),
        token.value,
        at,
      );
    else if (isDomain(token.value)) {
      if (recordName !== undefined && !Object.hasOwn(given, recordName.name)) put(recordName, token.value, [at]);
      else if (recordName !== undefined && (before === "to" || tokens[at - 1]?.arrow === true))
        single(open(/(?:^|_)record_value$/), token.value, at);
      else single(preferred(open(/(?:^|_)(?:domain|hostname|fqdn)$/)), token.value, at);
    } else if (isVersion(token.value) && !isNumber(token.value)) single(preferred(open(/(?:^|_)(?:version|tag)$/)), token.value, at);
    else if (/^\d+\.\d+$/.test(token.value)) single(preferred(open(/(?:^|_)version$/)), token.value, at);
    else if (
      /^\d{1,5}(?:\/(?:tcp|udp))?$/i.test(token.value) &&
      (/^(?:open|close|block|allow|port|tcp|udp|offne|öffne|abre|ouvre|schliesse|schließe|cierra|ferme|unblock|deny)$/.test(before) ||
        /\//.test(token.value))
    ) {
      const [port, protocol] = token.value.split("/");
      single(preferred(open(/(?:^|_)port$/)), port ?? "", at);
      if (protocol !== undefined) single(open(/(?:^|_)proto(?:col)?$/), protocol.toLowerCase(), at);
    } else if (isUrl(token.value)) single(open(/(?:^|_)(?:url|uri)$/), token.value, at);
    else if (isPath(token.value)) {
      const paths = variables.filter(
        (variable) =>
          (variable.type === "path" || /(?:directory|folder|path|paths|dir|root|books|library)$/.test(variable.name)) &&
          !Object.hasOwn(given, variable.name),
      );
      const near = new Set(
        tokens
          .slice(Math.max(0, at - 4), at)
          .concat(tokens.slice(at + 1, at + 4))
          .map((word) => stem(word.lower)),
      );
      const ranked = paths
        .map((variable) => ({
          variable,
          hits: nameParts(variable.name).filter((part) => near.has(stem(part)) && !/^(?:directory|folder|path)$/.test(part)).length,
        }))
        .sort((a, b) => b.hits - a.hits);
      if (ranked[0] !== undefined && (ranked[0].hits > (ranked[1]?.hits ?? 0) || ranked.length === 1))
        put(ranked[0].variable, token.value, [at]);
    } else if (
      /^(?:user|account|benutzer|usuario|utilisateur|colleague|username|login)$/.test(before) ||
      (/^(?:for|of|named|called|von|fur|de|para|pour)$/.test(before) &&
        /^(?:user|account|login|colleague|benutzer)$/.test(tokens[at - 2]?.lower ?? ""))
    ) {
      if (!isStopWord(token.lower) && /^[a-z_][a-z0-9._-]*$/i.test(token.value))
        single(open(/^user_?name$|(?:^|_)user_name$/), token.value, at);
    }
  });
  const state = open(/(?:^|_)state$/)[0];
  if (state !== undefined) {
    if (
      state.name.startsWith("firewall") ||
      variables.some((variable) => /firewall|port/.test(variable.name) && variable.name.endsWith("port"))
    ) {
      if (/\b(?:open|allow|offne|öffne|abre|ouvre|permit|unblock)\b/i.test(text)) put(state, "open", []);
      else if (/\b(?:close|block|deny|schliess\w*|schließ\w*|sperre|cierra|ferme|bloquea)\b/i.test(text)) put(state, "closed", []);
    } else if (verb === "remove") put(state, "absent", []);
    else if (/\b(?:disable|deactivate|lock|suspend|deaktivier\w*|sperre|desactiva|desactive)\b/i.test(text)) put(state, "disabled", []);
  }

  function single(list: readonly PlaybookVariable[], value: string, at: number): void {
    const [only] = list;
    if (only !== undefined) put(only, value, [at]);
  }
}

const preferred = (list: readonly PlaybookVariable[]): PlaybookVariable[] =>
  list.toSorted((a, b) => nameParts(a.name).length - nameParts(b.name).length);

/** "with volumes", "enable sign-ups", "without SSH": switches. */
function fillSwitches(
  text: string,
  tokens: readonly Token[],
  candidates: readonly { readonly variable: PlaybookVariable; readonly keys: readonly (readonly string[])[] }[],
  used: ReadonlySet<number>,
  put: Put,
  given: Record<string, unknown>,
): void {
  for (const { variable, keys } of candidates) {
    if (
      /(?:key|name|port|path|directory|folder|url|version|token|users?|zone|domain|password|groups?|address|interval|value|type|tags?|server|timezone|level|schedule|limit|size|title|hosts?)$/.test(
        variable.name,
      )
    )
      continue;
    if (
      !Object.hasOwn(given, variable.name) &&
      variable.type === "bool" &&
      (keys.at(-1) ?? []).length === 1 &&
      /\bforce\b/i.test(text) &&
      keys.at(-1)?.[0] === "force"
    )
      put(variable, true, []);
    if (Object.hasOwn(given, variable.name) || !(variable.type === "bool" || (variable.type === "raw" && variable.default === undefined)))
      continue;
    const own = (keys.at(-1) ?? []).map(stem);
    for (const [at, token] of tokens.entries()) {
      const on = /^(?:with|including|include|incl|inclusive|enable|enabled|activate|allow|mit|con|avec|force|also)$/.test(token.lower);
      const off = /^(?:without|keep|spare|not|disable|disabled|no|ohne|sin|sans|excluding|forbid)$/.test(token.lower);
      if (!on && !off) continue;
      const next = tokens
        .slice(at + 1, at + 4)
        .filter((word) => !isStopWord(word.lower) || word.lower === "up")
        .map((word) => stem(word.lower.replaceAll("-", "")));
      const core = own.filter((part) => !["allow", "enabl", "enable", "enabled", "discover"].includes(part));
      if (core.length === 0 || !core.every((part) => next.includes(part)) || used.has(at + 1)) continue;
      const follows = tokens[at + 1 + core.length];
      if (variable.type === "raw" && follows !== undefined && (isTyped(follows.value) || follows.isQuoted)) continue;
      put(variable, on, []);
    }
  }
  const external = candidates.find(({ variable }) => variable.name.endsWith("available_externally"))?.variable;
  const serial = candidates.find(({ variable }) => /(?:^|_)serial$/.test(variable.name))?.variable;
  if (
    serial !== undefined &&
    /\bone (?:by one|at a time|after (?:the other|another))\b|\bnacheinander\b|\buno por uno\b|\bl'un apr[eè]s l'autre\b/i.test(text)
  )
    put(serial, 1, []);
  if (
    external !== undefined &&
    /\b(?:don't|do not|not|never|without)\b[^.]{0,20}\b(?:expos\w+|reachable|available|externally|outside|internet|public\w*)\b|\b(?:only internal\w*|internal only|lan only|only in the lan)\b/i.test(
      text,
    )
  )
    put(external, false, []);
  else if (
    external !== undefined &&
    /\bexpose\b[^.]{0,25}\b(?:outside|internet|public|world|externally)\b|\b(?:externally|from (?:the )?outside|from the internet|publicly|public internet|to the internet)\b/i.test(
      text,
    ) &&
    !/\bnot\b[^.]{0,20}\b(?:externally|outside|internet|publicly)\b/i.test(text)
  )
    put(external, true, []);
}

const shellSigns = /[`]|\$\(|\$\{|&&|\|\||[|<>](?!\d)|;/;

/** A value as data of the variable's type, or why it is refused. */
function dataOf(variable: PlaybookVariable, value: unknown): { readonly value: unknown } | { readonly reason: string } {
  if (variable.name.startsWith("ansible_")) return { reason: "variables of Ansible itself cannot be set from a request" };
  if (variable.secret) return { reason: "secrets are not taken from a request: put it into the vault or the inventory" };
  if (Array.isArray(value)) {
    const parts = value.map((part) => dataOf({ ...variable, type: "str" }, part));
    const bad = parts.find((part) => "reason" in part);
    return bad ?? { value: parts.map((part) => ("value" in part ? part.value : "")) };
  }
  if (typeof value !== "string") return { value };
  const reason = unsafe(value);
  if (reason !== undefined) return { reason };
  if (variable.choices !== undefined && variable.choices.length > 0) {
    const choice = variable.choices.find((entry) => String(entry).toLowerCase() === value.toLowerCase());
    return choice === undefined ? { reason: `'${value}' is none of ${variable.choices.map(String).join(", ")}` } : { value: choice };
  }
  if (isNumberVariable(variable)) {
    if (!isNumber(value)) return { reason: `'${value}' is not a number` };
    const number = Number(value);
    return /(?:^|_)port(?:_\w)?$/.test(variable.name) && (number < 1 || number > 65_535 || !Number.isInteger(number))
      ? { reason: `${value} is not a port` }
      : { value: number };
  }
  if (variable.type === "bool")
    return /^(?:true|yes|on|enabled|an)$/i.test(value)
      ? { value: true }
      : /^(?:false|no|off|disabled|aus)$/i.test(value)
        ? { value: false }
        : { reason: `'${value}' is neither yes nor no` };
  if (variable.type === "raw" && /^\d{1,15}$/.test(value) && !/version|tag|name|title/.test(variable.name)) return { value: Number(value) };
  return { value };
}

/** Values that could become more than data somewhere on their way (safety 15). */
function unsafe(value: string): string | undefined {
  if (value.length > 10_000) return "the value is too long";
  if (/[\n\r\0]/.test(value)) return "the value has a line break or a NUL";
  if (/\{\{|\{%|\{#/.test(value)) return "templates are not taken from a request";
  if (value.startsWith("-")) return "the value begins with a dash and could be read as an option";
  if (/^!!?\w/.test(value)) return "YAML tags are not taken from a request";
  if (shellSigns.test(value)) return "the value has shell syntax in it";
  return undefined;
}

const range = (from: number, to: number): number[] => Array.from({ length: Math.max(0, to - from) }, (_, offset) => from + offset);
const rangeUsed = (used: ReadonlySet<number>, from: number, to: number): boolean => range(from, to).some((place) => used.has(place));
