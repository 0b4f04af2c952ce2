import { isStopWord } from "../../mapping/stop-words.ts";
import { wordsOf } from "../../mapping/text.ts";
import { type SpokenVerb, spokenVerb, verbAt } from "../../mapping/verb-words.ts";
import { type Joint, leadingVerb, type Piece } from "./clauses.ts";
import { type Draft, withoutVerb } from "./draft.ts";
import type { HostReader } from "../hosts/hosts-in-text.ts";
import { stripOrderWords } from "./rewording.ts";
import type { Vocabulary } from "../vocabulary.ts";

// What a piece of a sentence is, by its words alone: a wait, a wish to spare something, a version, the end of a list.

/** "Nuke 15.1": a name with a version, however much it looks like an order. */
export const isProduct = (text: string): boolean => /^\p{Lu}[\w+-]*\s+v?\d+(?:\.\d+)+(?=$|\s+(?:on|for|auf)\b)/u.test(text);

/** Not "don't wait", "never mind", "no thanks". */
export const forbidsAct = (text: string): boolean =>
  wordsOf(text).some((_, at, words) => (verbAt(words, at)?.verb ?? "other") !== "other") &&
  /\b(?:not|never|don't|dont|without|nicht|kein\w*|no|ne|pas|must|avoid)\b/i.test(text) &&
  !/\b(?:wait|worry|hesitate|mind|forget|ask|bother|hurry|panic|need|want|like|tell|touch)\b/i.test(text);

export const undoing = new Set<SpokenVerb>(["remove", "stop", "clean", "restore", "rollback"]);
export const saysMore =
  /\b(?:instead|rather|better|nicer|would|should|could|will|shall|can|is|are|was|were|be|stays?|remains?|us|me|lieber|stattdessen|besser|w(?:ä|ae?)re|soll|mejor|en su lugar|plut[oô]t)\b|à la place/iu;
export const pointsBack =
  /^(?:(?:you|we)(?:'re| are)? (?:do(?:ing)?|start|begin)(?: (?:that|this|it|so))?|doing (?:that|this|so|it)|that|this)(?:,? (?:please|pls|plz|though|ok))?$/i;

export const staysAsItIs =
  /^(?:(?:must|should|shall|has to|have to|can|may|will|is to|are to|soll\w*|muss|m(?:ü|ue?)ssen|debe\w*|doit|doivent)\s+)?(?:keeps?|stays?|remains?|bleib\w*|se quedan?|quedarse|reste\w*)\b(?!\s+(?:the\s+|its\s+|all\s+)?(?!on\b|off\b|up\b|down\b|as\b|it\b|out\b|there\b|so\b|alone\b|untouched\b)\p{L}+\s+(?:for|until|at|to|in)\b)/iu;

export const endOfWork = /^(?:done|finished|up|running|completed?|ready|ok|okay|healthy|there|successful|through|fertig|over)$/;

export const restOfHosts = /(?<!\bafter )\b(?:the )?(?<!\bafter the )(?:rest|others?|remaining(?: ones)?|everything else)(?: of)?\b/i;

/** "a backup of gitea": says what is to be done by a noun. */
export const namesWork = (verb: SpokenVerb | undefined): boolean =>
  verb !== undefined && verb !== "deploy" && verb !== "run" && verb !== "other";

/** "update all servers but the databases": hosts behind a "but" are left out, they are no new order. */
export function butToExcept(sentence: string, reader: HostReader): string {
  return sentence.replace(/(?:,\s*)?\b(?:but|pero|mais|aber)\s+(?:just\s+)?(?:not\s+|no\s+|pas\s+|nicht\s+|skip(?:ping)?\s+|spar(?:e|ing)\s+|leave out\s+|leaving out\s+)?(?=([^,;]+))/giu, (all, tail: string, at: number) => {
    if (leadingVerb(tail) !== undefined || !/\p{L}/u.test(sentence.slice(0, at))) return all;
    const said = tail.split(/\s+(?:and then|then|und dann)\s+/i, 1)[0] ?? tail;
    const hosts = reader.read(/^(?:on|in|at|auf|en|sur)\s/i.test(said) ? said : `on ${said}`, { allowUnknown: false, fromIsValue: false });
    return hosts.hosts.length > 0 && hosts.isOnlyHosts ? " except " : all;
  });
} // prettier-ignore

/** "back up the data, then gitlab 17.6": nobody backs up a version. */
export const isVersionAfter = (joint: Joint, text: string, current: Draft | undefined, vocabulary: Vocabulary): boolean => {
  const words = wordsOf(text);
  const verb = current === undefined ? undefined : spokenVerb(wordsOf(current.text))?.verb;
  const to = vocabulary.servicesIn(words)[0]?.to ?? vocabulary.thingAt(words)?.to;
  if (to === undefined || verb === undefined || /^(?:deploy|update|rollback)$/.test(verb)) return false;
  return /^(?:on|off)$/.test(words.at(-1)?.lower ?? "") || (/^(?:then|comma)$/.test(joint) && /^v?\d+(?:\.\d+)*$/.test(words[to]?.lower ?? ""));
}; // prettier-ignore

/** "wait until the queue is empty", "wait 5 minutes": nobody here can see to that; that it is back is what every step waits for. */
export const isWait = (text: string): boolean =>
  /^(?:please\s+|then\s+)*(?:wait|warte|attends|attendez|espera)\b/i.test(text) &&
  !/^(?:please\s+|then\s+)*(?:wait|warte|attends|attendez|espera)\s+(?:for (?:it|them|that)|until (?:it|they|that|everything|all)(?:'s|'re|\s+(?:is|are|has|have))*\s+(?:all\s+)?(?:back|up|done|finished|ready|online|healthy|running|come back))\b/i.test(
    text,
  );

export function sparesOther(text: string, current: Draft, vocabulary: Vocabulary): boolean {
  const kept = /^(?:(?:but|and|please|just)\s+)*(?:keep|keeping|leave|leaving|spare|sparing|behalte|lass|conserva|deja|garde|laisse)\s+(\S.*)$/i.exec(text)?.[1];
  if (kept === undefined || !undoing.has(spokenVerb(wordsOf(current.text))?.verb ?? "other")) return false;
  const thing = vocabulary.thingAt(wordsOf(kept));
  const owners = [...current.services, ...(vocabulary.thingAt(wordsOf(withoutVerb(current.text)))?.playbooks ?? [])];
  return thing !== undefined && ![...thing.playbooks].some((id) => owners.includes(id)) && !owners.some((name) => wordsOf(kept).some((word) => vocabulary.takes(name, word.lower)));
} // prettier-ignore

/** "restart gpsd, ptp4l and chronyd": the last of a list of bare names, of which each is a step once the playbook is known. */
export function isListEnd(pieces: readonly Piece[], at: number, rest: string, current: Draft | undefined): boolean {
  const before = pieces[at - 1];
  const isBare = (text: string): boolean => /^[\w@./-]+$/.test(text) && leadingVerb(text) === undefined;
  return pieces[at]?.joint === "and" && before?.joint === "comma" && isBare(before.text) && isBare(rest) && current?.text.endsWith(`, ${before.text}`) === true;
} // prettier-ignore

/** "and if it works show its logs": no more than an order. */
export const withoutEmptyCondition = (piece: Piece): Piece => {
  const text = stripOrderWords(piece.text);
  return /^(?:if|when|once)\b/i.test(piece.text) && text !== piece.text
    ? { text, joint: piece.joint === "start" ? "start" : "then" }
    : piece;
};

export const saysVariables = (text: string, vocabulary: Vocabulary): boolean => {
  const words = wordsOf(text).filter((word) => !isStopWord(word.lower) && !/^(?:don't|dont|never)$/.test(word.lower));
  return words.length > 0 && words.length <= 4 && words.every((word) => vocabulary.isVariableWord(word.lower));
};
