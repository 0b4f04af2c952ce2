import type { Playbook, PlaybookVariable } from "../../mapping/playbook.ts";
import { isStopWord } from "../../mapping/stop-words.ts";
import { fold, nameParts, stem, wordsOf } from "../../mapping/text.ts";
import { verbAt } from "../../mapping/verb-words.ts";
import type { Put } from "./put-value.ts";
import { isAddress, isDuration, isNumber, isPath, isSize, isUrl, isVersion, type Token } from "./stated-values.ts";
import { measuredWith, unitOfName } from "./units.ts";
import type { Vocabulary } from "../vocabulary.ts";

interface Known {
  readonly vocabulary?: Vocabulary;
  readonly hosts?: readonly string[];
}

/** "the account of chen", "printer kyocera-3", "a network called guests", "250 watts": values that follow what they belong to. */
export function fillByNoun(tokens: readonly Token[], playbook: Playbook, known: Known, used: Set<number>, put: Put, given: Record<string, unknown>): void {
  const open = playbook.variables.filter((variable) => !Object.hasOwn(given, variable.name) && !variable.secret);
  for (const variable of open) fillUnit(tokens, variable, used, put);
  // "driver 550": the version of what it is called.
  for (const variable of open) {
    const [what, last] = nameParts(variable.name).slice(-2);
    const at = last !== "version" ? -1 : tokens.findIndex((token, place) => !used.has(place) && isNumber(token.value) && tokens[place - 1]?.lower === what);
    if (at > 0) put(variable, tokens[at]?.value, [at]);
  }
  const titles = new Set([...wordsOf(playbook.name), ...wordsOf(nameParts(playbook.id.split("/").at(-1) ?? "").join(" "))].filter((word) => !isStopWord(word.lower)).map((word) => stem(word.lower)));
  const named = open.filter(isNameVariable);
  fillFullName(tokens, open, used, put);
  // "give sam an account", "gib lena sudo": who gets it.
  const person = named.find((variable) => people.includes(nameParts(variable.name).findLast((part) => part !== "name") ?? ""));
  const receiver = person === undefined ? -1 : receiverOf(tokens, used);
  if (person !== undefined && receiver >= 0) put(person, tokens[receiver]?.value, [receiver]);
  for (const variable of named) {
    const nouns = nounsOf(variable, named.length === 1 && playbook.verb !== "deploy" && !isOfOwnKind(variable, titles) ? titles : new Set());
    const found = nameBehind(tokens, nouns, known, used);
    if (found !== undefined) put(variable, found.value, [found.at]);
  }
  fillMembers(tokens, open, known, used, put, given);
  // "permit 8841 for lars": for whom it is.
  const whom = open.find((variable) => forPersons.test(nameParts(variable.name).at(-1) ?? "") && !Object.hasOwn(given, variable.name));
  const behindFor = whom === undefined ? -1 : tokens.findIndex((token, place) => !used.has(place) && /^(?:for|für|fur|para|pour)$/.test(tokens[place - 1]?.lower ?? "") && /^\p{L}[\p{L}\d._-]+$/u.test(token.value) && isSomebody(token, known) && (token.comma || tokens[place + 1] === undefined || isStopWord(tokens[place + 1]?.lower ?? "")));
  if (whom !== undefined && behindFor > 0) put(whom, tokens[behindFor]?.value, [behindFor]);
  const [only] = named.filter((variable) => !Object.hasOwn(given, variable.name));
  if (only === undefined || playbook.verb === "deploy") return;
  const at = tokens.findIndex((token, place) => !used.has(place) && /^(?:called|named|namens|genannt|llamad[oa]|nomm[ée]e?)$/.test(tokens[place - 1]?.lower ?? "") && token.value !== "");
  if (at > 0) put(only, tokens[at]?.value, [at]);
} // prettier-ignore

/** "a calendar for ksmith, jdoe and mara" */
function fillMembers(tokens: readonly Token[], open: readonly PlaybookVariable[], known: Known, used: Set<number>, put: Put, given: Record<string, unknown>): void {
  const variable = open.find((one) => /(?:^|_)(?:members|users|people|recipients|writers|readers|attendees|participants)$/.test(one.name) && !Object.hasOwn(given, one.name));
  if (variable === undefined) return;
  const start = tokens.findIndex((token, at) => !used.has(at) && /^(?:for|with|to|für|fur|para|pour|mit|con|avec)$/.test(tokens[at - 1]?.lower ?? "") && isPlainName(token, known));
  const places: number[] = [];
  for (let at = start; start > 0 && at < tokens.length && !used.has(at); at += 1) {
    const token = tokens[at];
    if (token === undefined || (/^(?:and|und|y|et|&)$/.test(token.lower) && places.length > 0)) continue;
    const joins = at === start || tokens[at - 1]?.comma === true || /^(?:and|und|y|et|&)$/.test(tokens[at - 1]?.lower ?? "");
    const next = tokens[at + 1];
    if (!joins || !isPlainName(token, known) || !(token.comma || next === undefined || isStopWord(next.lower))) break;
    places.push(at);
  }
  if (places.length > 1) put(variable, places.map((at) => tokens[at]?.value ?? ""), places);
} // prettier-ignore

const isPlainName = (token: Token, known: Known): boolean => /^\p{L}[\p{L}\d._-]+$/u.test(token.value) && isSomebody(token, known);

const forPersons =
  /^(?:technician|operator|user|member|employee|person|recipient|driver|doctor|nurse|teacher|student|pupil|patient|guest|owner|holder|assignee|engineer|pilot|colleague|tenant|customer|client)$/;
const isSomebody = (token: Token, { vocabulary, hosts = [] }: Known): boolean =>
  !isStopWord(token.lower) &&
  vocabulary?.isKnownWord(token.lower) !== true &&
  verbAt(wordsOf(token.value), 0) === undefined &&
  !hosts.some((host) => host.toLowerCase() === token.lower) &&
  vocabulary?.servicesIn(wordsOf(token.value))[0] === undefined;

/** "for our guest Dr. Amara Diallo": a person's two names are no login. */
function fillFullName(tokens: readonly Token[], open: readonly PlaybookVariable[], used: Set<number>, put: Put): void {
  const variable = open.find((one) => /(?:^|_)(?:full_?name|display_?name|real_?name|gecos|person)$/.test(one.name));
  const at = variable === undefined ? -1 : tokens.findIndex((token, place) => place > 0 && isProper(token) && !token.comma && isProper(tokens[place + 1]) && ![place, place + 1].some((one) => used.has(one)) && !/^(?:dr|prof|mr|mrs|ms)$/i.test(token.value));
  if (variable !== undefined && at > 0) put(variable, `${tokens[at]?.value ?? ""} ${tokens[at + 1]?.value ?? ""}`, [at, at + 1]);
} // prettier-ignore

const isProper = (token: Token | undefined): boolean =>
  token !== undefined && !token.isQuoted && /^\p{Lu}\p{Ll}+(?:-\p{Lu}\p{Ll}+)?$/u.test(token.value);

function receiverOf(tokens: readonly Token[], used: ReadonlySet<number>): number {
  const verb = tokens.findIndex((token) => /^(?:give|giv|gives|grant|gib|gebt|dale|da|donne|donnez)$/.test(token.lower));
  let at = verb + 1;
  while (/^(?:user|our|my|the|new|colleague|benutzer|usuario|a|à)$/.test(tokens[at]?.lower ?? "")) at += 1;
  const token = tokens[at];
  const what = tokens.slice(at + 1, at + 4).some((one) => /^(?:account|acc?ess?|access|sudo|login|rights?|permissions?|admin|membership|roles?|rank|zugang|zugriff|rechte|acceso|acc[eè]s|\d+\S*)$/.test(one.lower));
  const isName = token !== undefined && /^\p{L}[\p{L}\d._-]+$/u.test(token.value) && !isStopWord(token.lower) && !/^(?:everyone|everybody|people|them|someone|access|sudo)$/.test(token.lower);
  return verb >= 0 && verb <= 2 && isName && what && !used.has(at) ? at : -1;
} // prettier-ignore

/** "250 watts", "the last 100 lines", "12.5°C": the unit is the variable's own word. */
function fillUnit(tokens: readonly Token[], variable: PlaybookVariable, used: Set<number>, put: Put): void {
  const unit = unitOfName(nameParts(variable.name));
  const found = unit === undefined ? [] : measuredWith(tokens, unit).filter(({ places }) => !places.some((place) => used.has(place)));
  const [first] = found;
  if (first !== undefined) put(variable, first.value, first.places);
}

const nameEnds =
  "nick nickname handle player technician operator employee satellite sensor camera turbine meter profile login printer topic list name username user app application site website account member env environment ssid printer room group project repo repository db database bucket queue topic channel unit student class tenant customer client branch pool volume dataset team stack owner vhost recipient person partition mailbox realm label".split(
    " ",
  );
const isNameVariable = (variable: PlaybookVariable): boolean =>
  ["str", "raw"].includes(variable.type) &&
  nameEnds.includes(nameParts(variable.name).at(-1) ?? "") &&
  !/(?:^|_)(?:host|node|machine|server|host_?name|domain_?name|file_?name|workgroup)(?:_name)?$/.test(variable.name);

/** `member_team`: what follows "member" is no team. */
const isOfOwnKind = (variable: PlaybookVariable, titles: ReadonlySet<string>): boolean => {
  const last = nameParts(variable.name).at(-1) ?? "";
  return (
    /^(?:team|group|owner|env|environment|project|branch|topic|channel|pool|label|realm|room|class|site|tenant)$/.test(last) &&
    !titles.has(stem(last))
  );
};

function nounsOf(variable: PlaybookVariable, titles: ReadonlySet<string>): ReadonlySet<string> {
  const parts = nameParts(variable.name);
  const last = parts.at(-1) ?? "";
  const own = last === "name" ? parts.slice(-2, -1) : [last];
  // `technician_login`: "technician lars"
  if (/^(?:login|username|user|account|nick|nickname|handle)$/.test(last) && parts.length > 1) own.push(parts.at(-2) ?? "");
  const nouns = new Set<string>([...own.flatMap((part) => [part, ...(alike[part] ?? [])]).map(stem), ...titles]);
  return nouns;
}

const people = [
  "user",
  "account",
  "login",
  "benutzer",
  "benutzerkonto",
  "konto",
  "usuario",
  "cuenta",
  "utilisateur",
  "compte",
  "colleague",
  "kennung",
  "person",
  "employee",
  "member",
];
const alike: Readonly<Record<string, readonly string[]>> = {
  user: people, username: people, login: people, account: people, member: people, owner: [...people, "propietario", "eigentumer", "besitzer", "proprietaire"], student: ["pupil", "schuler", "alumno", "eleve"], app: ["application", "anwendung", "aplicacion"],
  application: ["app"], site: ["website", "page", "seite", "sitio"], db: ["database", "datenbank"], database: ["db", "datenbank"], env: ["environment", "umgebung", "entorno"],
  environment: ["env", "umgebung"], ssid: ["network", "wifi", "wlan", "red", "reseau"], printer: ["drucker", "impresora", "imprimante"], repo: ["repository"], repository: ["repo"],
  queue: ["warteschlange", "cola"], list: ["liste", "lista", "verteiler"],
  group: ["gruppe", "grupo", "groupe"], room: ["raum", "sala", "salle"], unit: ["service", "dienst", "servicio"], team: ["equipo", "equipe"], project: ["projekt", "proyecto", "projet"],
}; // prettier-ignore

/** The first word behind one of the nouns that can only be a name that somebody gave. */
function nameBehind(tokens: readonly Token[], nouns: ReadonlySet<string>, { vocabulary, hosts = [] }: Known, used: ReadonlySet<number>): { value: string; at: number } | undefined {
  for (const [place, token] of tokens.entries()) {
    if (token.isQuoted || token.comma || !nouns.has(stem(fold(token.lower)))) continue;
    // "mmaier's account"
    const owner = tokens[place - 1];
    if (owner !== undefined && !used.has(place - 1) && people.includes(fold(token.lower)) && /^[a-z][\w.-]+'s$/i.test(owner.value) && isName({ ...owner, value: owner.value.slice(0, -2) }, true)) return { value: owner.value.slice(0, -2), at: place - 1 };
    let at = place + 1;
    let isMarked = false;
    while (at < tokens.length && at <= place + 5 && fillers.has(fold(tokens[at]?.lower ?? ""))) {
      isMarked ||= /^(?:called|named|namens|for|of|von|fur|de|para|pour)$/.test(fold(tokens[at]?.lower ?? ""));
      at += 1;
    }
    const value = tokens[at];
    if (value === undefined || used.has(at) || !isName(value, isMarked)) continue;
    return { value: value.value, at };
  }
  return undefined;

  function isName(token: Token, isMarked: boolean): boolean {
    const word = fold(token.lower);
    if (token.isQuoted) return true;
    if (isNumber(token.value) || isVersion(token.value) || isPath(token.value) || isUrl(token.value) || isSize(token.value) || isDuration(token.value) || isAddress(token.value) || (token.assigns && !/[\d_-]/.test(token.value))) return false;
    if (!/^[\p{L}\d][\p{L}\d._@-]*$/u.test(token.value) || isStopWord(word) || hosts.some((host) => host.toLowerCase() === word)) return false;
    if (/[^e]ed$/.test(word) && !/[\d_.-]/.test(word)) return false;
    if (nouns.has(stem(word)) || fillers.has(word) || neverNames.has(word)) return false;
    if (/[\d_.@-]/.test(token.value)) return true;
    if (vocabulary?.isVariableWord(word) === true) return false;
    const isStore = storeNouns.test(fold(tokens[tokens.indexOf(token) - 1]?.lower ?? "")) && vocabulary?.servicesIn(wordsOf(token.value))[0] !== undefined;
    return (isMarked || isStore || vocabulary?.isKnownWord(word) !== true) && verbAt(wordsOf(word), 0) === undefined;
  }
} // prettier-ignore

/** What is often called after the service that it belongs to: "the database odoo". */
const storeNouns = /^(?:databases?|db|dbs|schemas?|buckets?|queues?|datenbank(?:en)?|units?)$/;

const fillers = new Set(
  "for of the a an our new my called named namens genannt von fur der die das den neuen neuer de la el le du des para pour old former teacher pupil student colleague member employee intern guest trainee user client customer profesor profesora alumno mister mr mrs ms dr llamado llamada nomme nommee ssid with name".split(
    " ",
  ),
);
const neverNames = new Set(
  "on in at to from by until till bis hasta and or with without access state name names group groups password key keys everywhere today now please first again down broken only also there here admin sudo root server servers machine machines away off out".split(
    " ",
  ),
);
