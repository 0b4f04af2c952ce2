import type { Playbook, PlaybookVariable } from "../../mapping/playbook.ts";
import { isStopWord } from "../../mapping/stop-words.ts";
import { fold, nameParts, stem, wordsOf } from "../../mapping/text.ts";
import { verbAt } from "../../mapping/verb-words.ts";
import type { Put } from "./put-value.ts";
import type { Token } from "./stated-values.ts";

/** "drain cn03", "end exam mode", "take her off the list": which of its actions is meant. */
export function fillActions(tokens: readonly Token[], playbook: Playbook, put: Put): void {
  fillAction(tokens, playbook, put);
  fillModes(tokens, playbook, put);
  fillAway(tokens, playbook, put);
  fillLevel(tokens, playbook, put);
}

/** "a full backup", "incremental backup of job homes" */
function fillLevel(tokens: readonly Token[], playbook: Playbook, put: Put): void {
  const variable = playbook.variables.find((one) => /(?:^|_)(?:level|type|mode|kind)$/.test(one.name) && ["str", "raw"].includes(one.type) && /backup|dump|snapshot|sync|scan/.test(`${one.name} ${playbook.verb}`));
  const level = tokens.find((token) => /^(?:full|incremental|differential|quick|deep)$/.test(token.lower));
  if (variable !== undefined && level !== undefined && (variable.choices === undefined || variable.choices.includes(level.lower))) put(variable, level.lower, []);
} // prettier-ignore

/** "drain cn03" for `node_action` of a playbook that "drains nodes or resumes them". */
function fillAction(tokens: readonly Token[], playbook: Playbook, put: Put): void {
  const variable = playbook.variables.find((one) => /(?:^|_)(?:action|operation|command|op)$/.test(one.name));
  if (variable === undefined) return;
  const choices = (variable.choices ?? []).map(String);
  const told = new Set(wordsOf(`${playbook.description} ${playbook.name}`).map((word) => stem(word.lower)));
  // `release_action`: what it is done to is no action.
  const subject = new Set(nameParts(variable.name).map(stem));
  for (const [at, token] of tokens.slice(0, 5).entries()) {
    if (!isVerbLike(token, tokens)) return;
    const next = tokens[at + 1]?.lower ?? "";
    // "roll back to 5.2" is a rollback, "back up orders" a backup.
    const joined = /^(?:back|up|down|off|out|on)$/.test(next) ? `${token.lower}${next}` : token.lower;
    if (choices.length > 0) {
      const choice = choices.find((one) => sameAct(one, token.lower) || sameAct(one, joined));
      if (choice === undefined) continue;
      put(variable, choice, []);
      return;
    }
    const stemmed = stem(fold(token.lower));
    if (subject.has(stemmed) || lightVerbs.has(token.lower) || (isStopWord(token.lower) && joined === token.lower)) continue;
    if (joined !== token.lower && acts.has(joined)) put(variable, joined, []);
    else if (acts.has(stemmed) || acts.has(bare(token.lower))) put(variable, acts.has(stemmed) ? stemmed : bare(token.lower), []);
    else if (told.has(stem(token.lower)) && verbAt(wordsOf(token.value), 0) !== undefined) put(variable, token.lower, []);
    else continue;
    return;
  }
} // prettier-ignore

const sameAct = (choice: string, said: string): boolean =>
  stem(fold(choice)) === stem(said) || stem(fold(choice)).replace(/e?d$/, "") === said;

/** Verbs that say that something is done, not what. */
const lightVerbs = new Set("bring take put get give make do run have let set use go start-up please".split(" "));
/** What values of such a variable are usually called. */
const acts = new Set(
  "start stop restart reload enable disable drain undrain resume suspend cordon uncordon evacuate create delete remove add dump restore vacuum purge flush backup rollback deploy lock unlock pause unpause promote demote archive mount unmount attach detach approve revoke renew rotate reset sync export import freeze unfreeze clear rebuild reindex analyze snapshot upgrade migrate open close block unblock grant quarantine release wipe check verify test".split(
    " ",
  ),
);

/** "drainen", "resetten": German verbs of English words. */
const bare = (word: string): string => word.replace(/(?:e?n|iere?n?)$/, "");

/** Stands where an order begins. */
const isVerbLike = (token: Token, tokens: readonly Token[]): boolean =>
  tokens
    .slice(0, tokens.indexOf(token))
    .every(
      (before) =>
        !before.comma &&
        (isStopWord(before.lower) || lightVerbs.has(before.lower) || /^(?:please|now|then|just|bitte|again)$/.test(before.lower)),
    );

const on =
  /^(?:start|enter|begin|enable|activate|switch|turn|put|go|show|bring|open|beginne?|starte|schalte?|aktiviere|zeige?|activa|pon|active|mets|passer?|zet)$/;
const off =
  /^(?:end|stop|leave|exit|finish|disable|deactivate|quit|hide|remove|lift|close|beende|deaktiviere|desactiva|quita|termina|arrete|désactive|desactive|enleve)$/;
const onWord = /^(?:on|up|an|ein|aan|enabled|active|aktiv)$/;
const offWord = /^(?:off|down|aus|uit|disabled|away|inactive|inaktiv)$/;

/** "end exam mode", "maintenance page off", "take the banner down": a switch named after the playbook's own subject. */
function fillModes(tokens: readonly Token[], playbook: Playbook, put: Put): void {
  const variable = playbook.variables.find((one) => /^[a-z]+_enabled$/.test(one.name) && /^(?:bool|raw)$/.test(one.type));
  const subject = stem(nameParts(variable?.name ?? "")[0] ?? "");
  if (variable === undefined || playbook.verb === "deploy") return;
  const named = tokens.some((token) => stem(token.lower) === subject) || isAbout(subject, playbook);
  if (!named) return;
  const first = tokens.slice(0, 4).find((token) => on.test(token.lower) || off.test(token.lower) || /^(?:take|bring|get|pull)$/.test(token.lower));
  const words = tokens.filter((token) => !token.isQuoted).map((token) => token.lower);
  // "on web1" is a place.
  const isOn = words.some((word, at) => onWord.test(word) && (word !== "on" || isLast(tokens, at) || /^(?:turn|switch)$/.test(words[at - 1] ?? "")));
  const isOff = words.some((word) => offWord.test(word)) || (first !== undefined && off.test(first.lower));
  if (!isOff && !isOn && (first === undefined || !on.test(first.lower))) return;
  put(variable, !isOff, []);
} // prettier-ignore

const isLast = (tokens: readonly Token[], at: number): boolean =>
  tokens[at]?.comma === true ||
  tokens.slice(at + 1).every((token) => isStopWord(token.lower) || /^(?:for|with|at|until)$/.test(tokens[at + 1]?.lower ?? ""));

/** A title of the subject alone: whatever the playbook is asked for is about it. */
const isAbout = (subject: string, playbook: Playbook): boolean => stem(nameParts(playbook.id.split("/").at(-1) ?? "")[0] ?? "") === subject;

/** "take x off the list", "throw the phone out of the vpn", "tomasz must go": what was there shall not be there any more. */
function fillAway(tokens: readonly Token[], playbook: Playbook, put: Put): void {
  const variable = playbook.variables.find((one) => /(?:^|_)state$/.test(one.name) && (one.choices === undefined || one.choices.includes("absent")));
  if (variable === undefined || isOfPorts(variable, playbook)) return;
  const text = fold(tokens.map((token) => (token.isQuoted ? "" : `${token.lower}${token.comma ? "," : ""}`)).join(" "));
  if (gone.test(text)) put(variable, "absent", []);
} // prettier-ignore

const isOfPorts = (variable: PlaybookVariable, playbook: Playbook): boolean =>
  variable.name.startsWith("firewall") || playbook.variables.some((one) => one.name.endsWith("port"));

const gone =
  /\b(?:take|throw|kick|get|chuck|pull|cut|strike|cross|sign|drop)s?\b[^,;]{0,60}?\s(?:off(?! and on)|out of|out)\b|\b(?:must|should|has to|have to|needs to|can) go\b(?! (?:to|into|on|in|live|up)\b)|\bno longer (?:needs?|wants?|uses?|belongs?)\b|\b(?:aus|von) der (?:liste|gruppe)\b[^,;]{0,20}\b(?:nehmen|streichen|raus)\b|\bget rid of\b|\btakes?\b[^,;]{0,60}?\saway\b|^(?:please )?(?:cancel|revoke|withdraw)\b/;
