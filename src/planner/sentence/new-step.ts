import { builtInLexicon } from "../../mapping/lexicon.ts";
import { wordsOf } from "../../mapping/text.ts";
import { type SpokenVerb, spokenVerb, verbAt } from "../../mapping/verb-words.ts";
import { leadingVerb, objectWords, type Piece } from "./clauses.ts";
import { type Draft, verbStands, withoutVerb } from "./draft.ts";
import { isParameter } from "../values/parameter-words.ts";
import type { Vocabulary } from "../vocabulary.ts";

export function isNewStep(
  piece: Piece,
  facts: {
    text: string;
    verbHit: boolean;
    services: readonly string[];
    objects: readonly string[];
    current: Draft | undefined;
    vocabulary: Vocabulary;
    isVerbOnly: boolean;
    hasHosts: boolean;
  },
): boolean {
  const { current, services, objects, verbHit } = facts;
  if (current === undefined) return true;
  if (isVersioned(facts.text, current) || isOnePortMore(facts.text, current)) return true;
  if (saysSwitch(facts.text, facts.vocabulary)) return false;
  // "install authelia on web1 and set session_minutes to 45": a value of what is installed.
  const set =
    /^(?:please\s+|also\s+)*(?:set|setze?|stelle?|pon|mets)\s+(?:the\s+|its\s+|den\s+|die\s+)?([\p{L}_ -]{2,30}?)\s+(?:to|auf|a|en|à|=)\s+\S+\s*$/iu.exec(
      facts.text,
    )?.[1];
  const owner = current.services.at(-1);
  if (set !== undefined && owner !== undefined && services.length === 0 && set.split(/[\s_-]+/).every((word) => facts.vocabulary.takes(owner, word))) return false; // prettier-ignore
  // "…, before that back up"
  if (facts.isVerbOnly && piece.joint === "before") return true;
  // "restart snmpd, flash the plc, reboot"
  if (
    facts.isVerbOnly &&
    /^(?:comma|and)$/.test(piece.joint) &&
    /^(?:please\s+|then\s+)?reboot$/i.test(facts.text.trim()) &&
    current.hosts.length > 0
  )
    return true;
  if (facts.isVerbOnly)
    return piece.joint === "then" && !/^(?:report|logs?|list|update|backup|config|configuration|copy|test|run)$/i.test(facts.text.trim());
  // "dump the database and update web1": the machine right behind the verb is what it is done to.
  if (verbHit && facts.hasHosts && /^\p{L}+[^s\W]$/u.test(facts.text.trim()) && new RegExp(`^(?:please\\s+|also\\s+|then\\s+)*${facts.text.trim()}\\s+(?!(?:on|in|at|to|for|from|of)\\b)`, "i").test(piece.text)) return true; // prettier-ignore
  // "…, but save it first": an order, whatever its verb; left out it would be missed most of all.
  if (/^(?:please\s+)?\p{L}{3,}\s+(?:it|them|that|everything)\s+(?:first|beforehand|before)$/iu.test(facts.text.trim())) return true;
  // "Tür 7 entsperren und die Minibar einschalten": German orders whose verbs stand at the end.
  if (piece.joint === "and" && endsAsOrder(facts.text) && /\p{L}{3,}en$/u.test(current.text.trim())) return true;
  if (isWorkWithoutVerb(piece.text)) return true;
  if (/^(?:and|comma)$/.test(piece.joint) && /^\p{L}+[^e]ed$/u.test(facts.text.trim())) return false;
  // "cos_phi to 0.97 on rtu1 and q_limit to 300 on rtu2": each has a place of its own.
  if (
    piece.joint === "and" &&
    facts.hasHosts &&
    current.hosts.some((name) => !name.startsWith("!")) &&
    objects.length > 0 &&
    !verbHit &&
    piece.text.startsWith(facts.text.slice(0, 6)) &&
    /[\d_]|-\w/.test(facts.text) &&
    !startsAsParameter.test(facts.text) &&
    !isParameter(facts.text, facts.vocabulary)
  )
    return true;
  // "like Slack": what it should be like, not one more thing.
  if (/^(?:like|such as|similar to|kind of)\s+(?!to\b)/i.test(facts.text)) return false;
  if (!saysSwitch(facts.text, facts.vocabulary) && !facts.isVerbOnly && isOtherThing(piece, facts, current)) return true;
  // "build and test the code": two words of one wish.
  if (
    piece.joint === "and" &&
    !current.hasOwnVerb &&
    services.length + current.services.length === 0 &&
    current.hosts.length === 0 &&
    objectWords(current.text).length <= 1
  )
    return false;
  const isOther = services.some((service) => !current.services.includes(service));
  // "…, but before that the driver 12.4", "rlm on lic01 port 5054, flexlm on lic02 port 27005": an own piece of work with its own value.
  const isOwnWork =
    (followsInOrder(piece, facts) && !startsAsParameter.test(facts.text)) ||
    (isOther && facts.hasHosts && current.services.length > 0 && !startsAsParameter.test(facts.text));
  if (isMade(facts.text) && current.hasOwnVerb && piece.joint !== "start") return true;
  if (!isOwnWork && isParameter(facts.text, facts.vocabulary)) return false;
  if (isOneMore(piece, facts)) return true;
  // "check the disks, tell me what is above 80"
  if (/^(?:please\s+)?(?:tell|let|show|give) (?:me|us) (?:know )?(?:what|which|who|if|whether|how)\b/i.test(facts.text) && /^(?:check|show)$/.test(spokenVerb(wordsOf(current.text))?.verb ?? "")) return false; // prettier-ignore
  // "new licence /srv/m.lic, put it in": the order for what was named without one.
  if (
    !current.hasOwnVerb &&
    spokenVerb(wordsOf(current.text)) === undefined &&
    services.length === 0 &&
    /^(?:comma|and)$/.test(piece.joint) &&
    isOrderForIt.test(facts.text)
  )
    return false;
  // "lab02 is full of leftovers, i'd like it to look like new"
  if (
    !current.hasOwnVerb &&
    services.length === 0 &&
    /^(?:i'd like|i would like|i want|we want|we need|we'd like)\s+(?:it|them)\s+to\b/i.test(facts.text)
  )
    return false;
  // "run it on docker02", "call it Lab", "put them on web1": says more of the step that stands.
  if (
    !/^(?:please\s+|just\s+|then\s+)*(?:put|take|bring)\s+(?:it|them)\s+(?:back|out|in|into|off|down)\b/i.test(facts.text) &&
    /^(?:please\s+|just\s+)*(?:run|put|call|name|make|use|host|keep|give|place|have|let|it|they)\s+(?:it|them|that|this|should|must|needs?|gets?)\b/i.test(
      facts.text,
    ) &&
    services.length === 0
  )
    return false;
  // "but our own": says more of what is wished for.
  if (piece.joint === "but" && !verbHit && services.length === 0) return false;
  if (isOneWish(current, facts)) return false;
  if (verbHit) return !isNounUse(facts.text) || piece.joint === "then" || piece.joint === "semicolon";
  if (followsInOrder(piece, facts)) return true;
  if (
    services.length > 0 &&
    current.services.length > 0 &&
    !/^(?:for|with|behind|von|für|para|pour|avec|con|mit|using|via|of|from|to|into)\b/i.test(facts.text)
  )
    return services.some((service) => !current.services.includes(service)) && !isExplanation(facts.text);
  if (piece.joint === "then" || piece.joint === "semicolon") return objects.length > 0;
  if (services.length > 0 && current.services.length === 0)
    return /^(?:the|a|an)?\s*/i.test(facts.text) && verbStands(current) && objectWords(current.text).length > 0 && piece.joint === "and";
  return (
    piece.joint === "and" &&
    /^(?:a|an|ein|eine|einen|un|una|une)\s/i.test(facts.text) &&
    /^\s*\S+(?:\s+\S+)?\s+(?:a|an|ein|eine|einen|un|una|une)\s/i.test(current.text) &&
    verbStands(current)
  );
}

/** "maintenance page on, redis maxmemory 12gb, certificate for it": begins with what another playbook is called after. */
function isOtherThing(piece: Piece, { text, services, vocabulary, hasHosts }: { readonly text: string; readonly services: readonly string[]; readonly vocabulary: Vocabulary; readonly hasHosts: boolean }, current: Draft): boolean {
  if (!/^(?:comma|and|semicolon|start)$/.test(piece.joint)) return false;
  const words = wordsOf(text);
  const thing = vocabulary.thingAt(words);
  const own = vocabulary.servicesIn(words)[0];
  const owner = current.services.at(-1);
  // "redis maxmemory 12gb" after "storefront workers 24": each sets a value of its own.
  const key = own?.from === 0 ? words[own.to] : undefined;
  if (own !== undefined && key !== undefined && services.length > 0 && owner !== undefined && !current.services.includes(own.name))
    if (vocabulary.takes(own.name, key.lower) && !vocabulary.takes(owner, words[0]?.lower ?? "")) return true;
  const playbooks = thing?.playbooks ?? (own?.from === 0 ? new Set([own.name]) : undefined);
  const before = vocabulary.thingAt(wordsOf(withoutVerb(current.text))) ?? vocabulary.thingAt(wordsOf(current.text));
  // "dns & certificate": nothing but two names.
  const isPair = before?.to === wordsOf(current.text).length;
  const isBare = words.length < 2 && !hasHosts && current.hosts.length === 0 && !isPair;
  if (playbooks === undefined || isBare || startsAsParameter.test(text)) return false;
  const isWhole = current.hasOwnVerb && /\s(?:on|off|an|aus|v?\d+(?:\.\d+)+)(?=$|\s)|\bfor (?:it|them|that)\b/i.test(text);
  // "his login matthias, his vpn client matthias-x1"
  const isNamed = thing !== undefined && thing.length > 1 && /[-_\d.]/.test(words[thing.to]?.text ?? "") && objectWords(current.text).length > 0;
  // "restart snmpd, flash plc 2.0.7": all of another playbook's title.
  const isFullTitle = thing !== undefined && thing.length > 1 && current.hasOwnVerb;
  if (before === undefined && (thing === undefined || current.services.length === 0) && !isWhole && !isNamed && !isFullTitle) return false;
  if (before !== undefined && [...before.playbooks].some((id) => playbooks.has(id))) return false;
  // What the step that stands takes as a value of its own is no other thing.
  const first = words[0]?.lower ?? "";
  const owners = [...(owner === undefined ? [] : [owner]), ...(before?.playbooks ?? [])];
  return !owners.some((name) => vocabulary.takes(name, first));
} // prettier-ignore

/** "Etherpad on web1 and also a certificate for pad.example.org": something else to have, behind what has a name. */
function isOneMore(piece: Piece, { text, services, current }: { readonly text: string; readonly services: readonly string[]; readonly current: Draft | undefined }): boolean {
  const thing = /^(?:please\s+|also\s+|additionally\s+|bitte\s+|auch\s+)*(?:an?|ein|eine|einen|una?|une)\s+(.+)$/i.exec(text)?.[1];
  if (piece.joint !== "and" || thing === undefined || services.length > 0 || current === undefined || current.services.length === 0) return false;
  return [...builtInLexicon().conceptsIn(wordsOf(thing)).values()].some((said) => said.strength >= 0.85);
} // prettier-ignore

/** "…, then a report", "after a backup": what stands behind a word of order is work of its own; "before we know of them" is not. */
const followsInOrder = (
  piece: Piece,
  {
    text,
    objects,
    services,
    verbHit,
  }: { readonly text: string; readonly objects: readonly string[]; readonly services: readonly string[]; readonly verbHit: boolean },
): boolean =>
  objects.length > 0 &&
  (piece.joint === "then" ||
    (/^(?:before|after)$/.test(piece.joint) && (verbHit || services.length > 0 || spokenVerb(wordsOf(text)) !== undefined)));

const isOrderForIt =
  /^(?:please\s+|can you\s+|could you\s+)*(?:\p{L}+)\s+(?:it|them|this|that)(?:\s+(?:in|up|out|on|back|live|there|please|now|running|so|away))*\s*$/iu;

const startsAsParameter = /^(?:with|without|using|use|on|at|port|version|mit|con|avec|the (?:port|version|hostname|title))\b/i;

/** "Blender 4.2 and Nuke 15.1": one more thing with a version of its own. */
const isVersioned = (text: string, current: Draft): boolean =>
  /^\p{Lu}[\w+-]*\s+v?\d+(?:\.\d+)+\s*$/u.test(text.trim()) && /\p{Lu}[\w+-]*\s+v?\d+(?:\.\d+)+/u.test(current.text);

/** "open 443 from everywhere and 22 only from 10.0.0.0/8" */
const isOnePortMore = (text: string, current: Draft): boolean =>
  /^\d{1,5}(?:\/(?:tcp|udp))?\s+(?:only|just|from|to|on|for)\b/i.test(text.trim()) &&
  /\b(?:open|close|allow|block|permit|deny|unblock)\s+(?:port\s+)?\d/i.test(current.text);

/** "make a share of it", "run an incremental backup" */
const isMade = (text: string): boolean =>
  /^(?:please\s+)?(?:make|build|do|run|start|send|get|give)\s+(?:me\s+|us\s+)?(?:an?|another)\s+\p{L}+/iu.test(text.trim());

/** "and verify it", "force it": a switch of the playbook that is there, not an act that some playbook is for. */
function saysSwitch(text: string, vocabulary: Vocabulary): boolean {
  const word = /^(\p{L}+)\s+(?:it|them|everything)$/u.exec(text.trim())?.[1];
  if (word === undefined || !vocabulary.isVariableWord(word.toLowerCase())) return false;
  const verb = verbAt(wordsOf(word), 0)?.verb;
  return verb === undefined || verb === "other" || verb === "check";
}

/** "udp port 51820 opened", "dns vpn.example.net to 198.51.100.7": work that is said without an order. */
export const isWorkWithoutVerb = (text: string): boolean =>
  /^(?:(?:udp|tcp)\s+)?ports?\s+\d+\S*\s+(?:open(?:ed)?|closed?|blocked|allowed)\b/i.test(text) ||
  /^\p{Ll}+\s+[/~]\S+\s+(?:as|over|via|to|for)\s/u.test(text) ||
  /^(?:a |an )?(?:dns|a record|cname|dns (?:record|entry))\s+(?:for\s+)?\S+\.\S+\s*(?:to|at|=>|->|pointing|on)\s*\S/i.test(text);

/** "I'd like to watch the printer and start jobs from my couch": one wish in two halves, as long as nothing is named. */
function isOneWish(current: Draft, { text, services, objects }: { readonly text: string; readonly services: readonly string[]; readonly objects: readonly string[] }): boolean {
  if (!current.isWish || services.length + current.services.length > 0 || objects.length === 0) return false;
  const verb = leadingVerb(text)?.verb;
  return verb !== undefined && harmless.has(verb);
} // prettier-ignore

const harmless = new Set<SpokenVerb>(["show", "check", "start", "run", "add", "create", "configure", "other"]);

const isExplanation = (text: string): boolean =>
  /^(?:which|that|because|since|so|where|who|as|like|similar|not|weil|damit|porque|parce)\b/i.test(text);

function endsAsOrder(text: string): boolean {
  const words = wordsOf(text);
  const last = words.at(-1);
  return /^(?:der|die|das|den|dem|alle|auch|dort)\s/i.test(text) && last?.lower.endsWith("en") === true && verbAt(words, words.length - 1) !== undefined;
} // prettier-ignore

/** "logs", "updates": a verb's word without anything to act on, or one that a noun follows as in "update notifications". */
const isNounUse = (text: string): boolean =>
  /^(?:the|a|an|its|their)\s/i.test(text) ||
  (/^(?:logs?|reports?|updates?|backups?|copies|tests?|views?|displays?|prints?|lists?|shows?|scans?|patches|snapshots?|archives?|monitors?|configs?|exports?|imports?|limits?)(?:\s+(?:and|for|of|in)\b|$)/i.test(
    text.trim(),
  ) &&
    !/^(?:backup|update|monitor|patch|archive|export|import|list|show|scan|print|limit|snapshot)\s+(?:of|for|in)?\s*\S/i.test(text.trim()));
