import type { Playbook, PlaybookVariable } from "../mapping/playbook.ts";
import { isStopWord } from "../mapping/stop-words.ts";
import { nameParts, stem, wordsOf } from "../mapping/text.ts";
import { verbAt } from "../mapping/verb-words.ts";
import type { Put } from "./put-value.ts";
import { isNumber, type Token } from "./stated-values.ts";
import type { Vocabulary } from "./vocabulary.ts";

/** "queue basement", "list tutors", "drain cn03", "end exam mode": what one object is called, and which of its actions is meant. */
export function fillObjects(
  tokens: readonly Token[],
  playbook: Playbook,
  hosts: readonly string[],
  vocabulary: Vocabulary | undefined,
  used: Set<number>,
  put: Put,
): void {
  const object = playbook.variables.find((variable) => isObjectName(variable));
  if (object !== undefined) {
    const nouns = nounsOf(object, playbook);
    const at = tokens.findIndex((token, place) => !used.has(place) && nouns.has(stem(tokens[place - 1]?.lower ?? "")) && tokens[place - 1]?.comma !== true && isName(tokens, place, token, hosts, vocabulary));
    const token = tokens[at];
    if (token !== undefined) put(object, token.value, [at]);
  }
  fillAction(tokens, playbook, put);
  fillModes(tokens, playbook, put);
} // prettier-ignore

/** `printer_name`, `list_name`, `partition_name`: not a host's, a service's or a person's full name. */
const isObjectName = (variable: PlaybookVariable): boolean => {
  const parts = nameParts(variable.name);
  return parts.length === 2 && parts[1] === "name" && !/^(?:host|node|machine|server|service|unit|full|display|db|database|domain|file|record|cluster|user|account|login)$/.test(parts[0] ?? ""); // prettier-ignore
};

/** What the playbook calls its object: the variable's own word, and the last noun of its title ("Print queue", "Create mailing list"). */
function nounsOf(variable: PlaybookVariable, playbook: Playbook): ReadonlySet<string> {
  const title = wordsOf(playbook.name).filter((word) => !isStopWord(word.lower));
  const last = title.at(-1);
  const nouns = [nameParts(variable.name)[0] ?? ""];
  if (last !== undefined && title.length > 1 && verbAt(title, title.length - 1) === undefined) nouns.push(last.lower);
  return new Set(nouns.map(stem));
}

function isName(tokens: readonly Token[], at: number, token: Token, hosts: readonly string[], vocabulary: Vocabulary | undefined): boolean {
  if (isStopWord(token.lower) || hosts.includes(token.value) || verbAt(wordsOf(token.value), 0) !== undefined || isNumber(token.value))
    return false;
  if (token.isQuoted || /[\d_@-]/.test(token.value)) return /^[\p{L}\d][\p{L}\d ._@-]*$/u.test(token.value);
  if (!/^\p{L}+$/u.test(token.value) || vocabulary?.isKnownWord(token.lower) === true) return false;
  const next = tokens[at + 1];
  return next === undefined || token.comma || isStopWord(next.lower) || /\d/.test(next.value);
}

/** "drain cn03" for `node_action` of a playbook that "drains nodes or resumes them". */
function fillAction(tokens: readonly Token[], playbook: Playbook, put: Put): void {
  const variable = playbook.variables.find((one) => /(?:^|_)(?:action|operation|command)$/.test(one.name));
  if (variable === undefined) return;
  const told = new Set(wordsOf(`${playbook.description} ${playbook.name}`).map((word) => stem(word.lower)));
  const offered = (variable.choices ?? []).map((choice) => String(choice).toLowerCase());
  const token = tokens
    .slice(0, 4)
    .find((one) =>
      offered.length > 0 ? offered.includes(one.lower) : told.has(stem(one.lower)) && !isStopWord(one.lower) && isVerbLike(one, tokens),
    );
  if (token !== undefined) put(variable, token.lower, []);
}

/** Stands where an order begins. */
const isVerbLike = (token: Token, tokens: readonly Token[]): boolean =>
  tokens
    .slice(0, tokens.indexOf(token))
    .every((before) => isStopWord(before.lower) || /^(?:please|now|then|just|bitte)$/.test(before.lower));

const on = /^(?:start|enter|begin|enable|activate|switch|turn|put|go|beginne?|starte|aktiviere|activa|active)$/;
const off = /^(?:end|stop|leave|exit|finish|disable|deactivate|quit|beende|deaktiviere|desactiva|termina|arrete|désactive|desactive)$/;

/** "end exam mode": a switch named after the playbook's own subject. */
function fillModes(tokens: readonly Token[], playbook: Playbook, put: Put): void {
  const variable = playbook.variables.find((one) => /^[a-z]+_enabled$/.test(one.name) && /^(?:bool|raw)$/.test(one.type));
  const subject = stem(nameParts(variable?.name ?? "")[0] ?? "");
  if (variable === undefined || playbook.verb === "deploy" || !tokens.some((token) => stem(token.lower) === subject)) return;
  const first = tokens.find((token) => on.test(token.lower) || off.test(token.lower));
  if (first === undefined) return;
  const isOff = off.test(first.lower) || tokens.some((token) => token.lower === "off" || token.lower === "aus");
  put(variable, !isOff, []);
}
