import { builtInLexicon } from "./lexicon.ts";
import type { CatalogProfile, PlaybookProfile } from "./playbook-profile.ts";
import type { NamedResult } from "./ranked-playbooks.ts";
import type { Reading } from "./step-reading.ts";
import { isStopWord } from "./stop-words.ts";
import { nameParts, stem, wordsOf } from "./text.ts";
import { verbAt, type SpokenVerb } from "./verb-words.ts";

/** What speaks against the best guess however well the words fit: it is offered, not taken. */
export function withoutBoldness(result: NamedResult, reading: Reading, profile: CatalogProfile): NamedResult {
  const [best] = result.ranked;
  if (best === undefined || best.confidence <= undecided) return result;
  const why = boldness(reading, best.profile, profile);
  if (why === undefined) return result;
  const ranked = result.ranked.map((entry) => ({ ...entry, confidence: Math.min(entry.confidence, entry === best ? undecided : undecided - 0.1) }));
  return { ...result, ranked, why: `${result.why}; ${why}` };
} // prettier-ignore

const undecided = 0.7;

function boldness(reading: Reading, entry: PlaybookProfile, profile: CatalogProfile): string | undefined {
  if (isOfAll(reading, entry)) return "it works on one thing, and all of them were named";
  if (isOfOld(reading, entry)) return "it is for something new, and nothing new was named";
  if (isOnlyTopic(reading, entry)) return "what it is about was named only as a subject";
  if (isStrangeOrder(reading, entry, profile)) return "nothing in the catalog does that";
  if (isTold(reading, entry)) return "it reads like a report, not like an order";
  if (isPartOfIt(reading, entry)) return "what it works on was named only as the place of something else";
  if (isDependent(reading)) return "it depends on something";
  if (isOneOf(reading)) return "two services were named, one or the other";
  if (isOtherObject(reading, entry)) return "the verb is its own, but the words are about something else";
  if (isAnothersWord(reading, entry, profile)) return "another one is called by the very word that was said";
  if (isSpared(reading, entry)) return "something was to be spared, and it cannot be told so";
  return undefined;
}

/** "a dump of orders" for "Back up a service", where there is "Dump a database" too: both do what such verbs ask for. */
function isAnothersWord({ verb, verbStems }: Reading, entry: PlaybookProfile, profile: CatalogProfile): boolean {
  if (verb === null || verb === "other" || !caring.has(verb) || !entry.does.has(verb)) return false;
  const isCalled = ({ playbook }: PlaybookProfile): boolean =>
    wordsOf(`${nameParts(playbook.id).join(" ")} ${playbook.name}`).some(({ lower }) => verbStems.includes(stem(lower)));
  return !isCalled(entry) && [...profile.byId.values()].some((other) => other.does.has(verb) && isCalled(other));
}

const caring = new Set<SpokenVerb>(["backup", "restore", "check", "clean", "move", "rotate", "renew"]);

const quantifiers =
  /^(?:all|every|each|everything|any|entire|both|alle[nrs]?|jede[nrs]?|samtliche|saemtliche|todos?|todas?|cada|tous|toutes?|tout|chaque)$/;

/** "drop all databases", "format every disk", for a playbook that does it to one that it asks for. */
function isOfAll({ verb, words }: Reading, entry: PlaybookProfile): boolean {
  if (verb === null || !undoing.has(verb)) return false;
  const nouns = nounsOf(entry);
  return words.some(({ lower }, at) => {
    if (!quantifiers.test(lower)) return false;
    if (/^(?:everything|alles|todo|tout)$/.test(lower) && at > 0) return takesOne(entry);
    const noun = words.slice(at + 1, at + 4).find((word) => nouns.has(stem(word.lower)));
    return noun !== undefined && (takesOne(entry) || asksFor(entry, noun.lower));
  });
}

const nounsOf = (entry: PlaybookProfile): ReadonlySet<string> => new Set(entry.titles.flatMap((title) => title.nouns));

/** `mailbox_address`: one of them at a time. */
const asksFor = ({ playbook }: PlaybookProfile, noun: string): boolean =>
  playbook.variables.some(
    ({ name, type }) =>
      type !== "list" && type !== "bool" && nameParts(name).some((part) => stem(part) === stem(noun) && !part.endsWith("s")),
  );

const undoing = new Set<SpokenVerb>(["remove", "restore", "stop", "rotate", "rollback", "clean", "other"]);

const takesOne = ({ playbook }: PlaybookProfile): boolean =>
  playbook.variables.some(
    (variable) =>
      !variable.secret &&
      variable.type !== "list" &&
      /^(?:name|login|user|username|account|database|db|app|application|service|device|disk|volume|file|project|bucket|queue|share|repo|repository|site|vhost|domain|topic|table|index|member|key|vm|pool|dataset)$/.test(
        nameParts(variable.name).at(-1) ?? "",
      ),
  );

/** "format the disk of web1" for a playbook that formats new, empty disks. */
function isOfOld({ verbStems, words }: Reading, { playbook }: PlaybookProfile): boolean {
  if (!verbStems.some((said) => wiping.has(said))) return false;
  const isForNew = /\b(?:new|empty|blank|fresh|unused|spare|additional)\b/i.test(`${playbook.name} ${playbook.description}`);
  return isForNew && !words.some(({ lower }) => fresh.test(lower) || lower.startsWith("/dev/"));
}

const wiping = new Set("format wipe erase partition overwrite shred zero".split(" ").map(stem));
const fresh =
  /^(?:new|empty|blank|fresh|unused|spare|additional|extra|added|second|third|another|neue[nrs]?|leere[nrs]?|nuev[oa]s?|vaci[oa]s?|nouve(?:au|lle)x?s?|vides?)$/;

/** "drop an email to the baker about the database" */
function isOnlyTopic({ words, mentions }: Reading, entry: PlaybookProfile): boolean {
  if (mentions.length > 0) return false;
  const about = words.findIndex(({ lower }) => /^(?:about|regarding|concerning|re|uber|bezuglich|sobre|concernant)$/.test(lower));
  if (about < 2) return false;
  const nouns = nounsOf(entry);
  const places = words.flatMap((word, at) => (nouns.has(stem(word.lower)) ? [at] : []));
  return places.length > 0 && places.every((at) => at > about);
}

/** "burn the recipe to a disc", "calibrate the oven": an order whose verb nobody knows. */
function isStrangeOrder({ words, verb, concepts, mentions, isComplaint }: Reading, entry: PlaybookProfile, profile: CatalogProfile): boolean {
  if (verb !== null || isComplaint) return false;
  const at = words.findIndex(({ lower }) => !/^(?:please|pls|just|now|then|also|quickly|kindly|and|can|could|would|you|u)$/.test(lower));
  const [word, next] = [words[at], words[at + 1]];
  if (word === undefined || next === undefined || !/^(?:the|my|our|your|his|her|their|its|this|these|those|all|some|every|a|an|me|us)$/.test(next.lower)) return false;
  const isKnown = isStopWord(word.lower) || profile.knows(stem(word.lower)) || [...concepts].some(([concept, said]) => entry.concepts.has(concept) && said.stems.has(stem(word.lower)));
  const isName = mentions.some((mention) => at >= mention.from && at < mention.to) || builtInLexicon().servicesIn([word]).length > 0;
  return !isKnown && !isName && verbAt(words, at) === undefined && /^\p{L}{4,}$/u.test(word.lower) && !/^(?:argh|oops|yeah|gosh|ouch|whoa|yikes|okay)$/.test(word.lower) && !/(?:s|ing|ly)$/.test(word.lower);
} // prettier-ignore

const auxiliaries = "(?:has|have|had|was|were|is|are|got|'ve|'d)";
const wished = /^(?:need|want|like|wish|love|would|could|should|have|use|prefer)/;
const told: readonly RegExp[] = [
  // "studioa has been rebooted", "was updated already"
  new RegExp(
    `(?<!\\b(?:to|should|must|want|wants|need|needs) )\\b${auxiliaries}\\s+(?:(?:already|just|now|again|then|recently|all)\\s+)*been\\s+(?:\\p{L}+ed|taken|shut|put|set|built|sent)\\b`,
    "iu",
  ),
  // "yesterday I rebooted it", "we restarted already"
  /^(?:(?:yesterday|today|earlier|recently|this morning|last (?:night|week|month|time)|so|and|but|because|since)[\s,]+)*(?:i|we|he|she|they|someone|somebody)(?:'ve|'d| have| had| has)?\s+(?:(?:already|just|also|even|accidentally|once|then)\s+)*(\p{L}+ed)\b/iu,
  // "next week we will reboot it"
  /(?:^|\b(?:week|month|year|day|time|tomorrow|tonight|soon|later|monday|tuesday|wednesday|thursday|friday|saturday|sunday)[\s,]+)(?:i|we|they|he|she|somebody|someone)(?:'ll| will| am going to| are going to|'re going to|'m going to| plan to| intend to| am planning to| are planning to)\s+(\p{L}+)\b/iu,
  // "rebooting did not help"
  /^\p{L}+ing\b(?:\s+(?!and\b|then\b|or\b)[\p{L}\d._-]+){0,4}\s+(?:did|does|didn't|doesn't|was|is|isn't|wasn't|has|had|helped|failed|broke|takes|took|makes|made|would|won't|will|can|could|causes|caused)\b/iu,
  // "needs no reboot", "a reboot is not needed"
  /\b(?:needs?|requires?|wants?|braucht|brauchen|necesita)\s+(?:no|not? any|keinen?|ning[uú]n)\s+\p{L}+/iu,
];

/** What has happened, what will happen, what was tried: nobody orders it. */
function isTold({ words, verb, verbStems }: Reading, entry: PlaybookProfile): boolean {
  // "I deleted my folder" may well ask to get it back.
  if (verb !== null && verb !== "other" && !entry.does.has(verb)) return false;
  const text = words.map((word) => word.text).join(" ");
  const isPast = told.some((pattern) => {
    const found = pattern.exec(text);
    // "something has to shrink them"
    if (found !== null && /^\p{L}+ing\b/iu.test(found[0]) && verbAt(words, 0) === undefined) return false;
    return found !== null && !wished.test(found[1]?.toLowerCase() ?? "");
  });
  if (isPast) return true;
  // "icecast stopped": the verb stands behind its subject, in the past.
  const [first] = words;
  const last = words.at(-1);
  return (
    words.length <= 4 && words.length > 1 && first !== undefined && last !== undefined && /^(?:stopped|crashed|failed|died|restarted|rebooted|disappeared|expired|broke|froze|halted|vanished)$/.test(last.lower) &&
    verbStems.includes(stem(last.lower)) && verbAt(words, 0) === undefined && !words.some((word) => /^(?:get|be|want|wants|need|needs|have|needed)$/.test(word.lower))
  );
} // prettier-ignore

/** "delete the mail in the mailbox of eve" for a playbook that deletes mailboxes. */
function isPartOfIt({ verb, words, content }: Reading, entry: PlaybookProfile): boolean {
  if (verb === null || !(undoing.has(verb) || verb === "configure") || verb === "other" || verb === "restore") return false;
  const nouns = nounsOf(entry);
  const [object] = content;
  if (object === undefined || entry.words.has(object.stem) || entry.variableWords.has(object.stem)) return false;
  const places = words.flatMap((word, at) => (nouns.has(stem(word.lower)) ? [at] : []));
  return (
    places.length > 0 &&
    places.every((at) => at > object.at && words.slice(object.at + 1, at).some(({ lower }, place) => /^(?:in|of|inside|within|im|del|du|dans)$/.test(lower) && words[object.at + place]?.lower !== "out"))
  );
} // prettier-ignore

/** "stop it if nobody listens": somebody has to look first. */
const isDependent = ({ verb, words }: Reading): boolean =>
  verb !== null &&
  acting.has(verb) &&
  words.some(({ lower }, at) => at > 1 && /^(?:if|unless|falls|sofern|wenn|provided)$/.test(lower) && !/^(?:possible|needed|necessary|required|you|it's|that's|ok|okay|applicable|available|moglich|notig|posible|hace|besoin)$/.test(words[at + 1]?.lower ?? "")); // prettier-ignore

const acting = new Set<SpokenVerb>(["remove", "stop", "start", "restart", "reboot", "restore", "rollback", "rotate", "clean", "configure", "move", "update", "renew"]); // prettier-ignore

/** "moodle or jitsi" */
const isOneOf = ({ words, mentions }: Reading): boolean =>
  mentions.some((mention, at) => {
    const next = mentions[at + 1];
    return next !== undefined && /^(?:or|oder|o|ou|of|vs|versus)$/.test(words[mention.to]?.lower ?? "") && words[mention.to]?.lower !== "of" && next.from === mention.to + 1;
  }); // prettier-ignore

/** "restore my faith", "mute the studio microphone", "allow it for teachers": only the verb is the playbook's own. */
function isOtherObject({ verb, verbStems, words, content, mentions }: Reading, entry: PlaybookProfile): boolean {
  if (verb === null || mentions.length > 0) return false;
  const knows = (said: string): boolean => entry.words.has(said) || entry.variableWords.has(said);
  const isOwn = (verb === "restore" || verb === "other") && verbStems.some((said) => entry.nameWords.has(said) || entry.acts.has(said));
  const strange = content.filter((word) => !knows(word.stem) && !/^(?:lot|whole|rest|same|lott|bunch)$/.test(word.stem) && determiners.test(words[word.at - 1]?.lower ?? ""));
  if (isOwn && strange.length > 0 && !content.some((word) => nounsOf(entry).has(word.stem))) return true;
  const [, object] = words;
  const nouns = nounsOf(entry);
  const places = words.flatMap((word, at) => (nouns.has(stem(word.lower)) ? [at] : []));
  return object !== undefined && /^(?:it|them|that|this|those|these)$/.test(object.lower) && places.length > 0 && places.every((at) => words.slice(2, at).some(({ lower }) => /^(?:for|to|fur|para|pour)$/.test(lower)));
} // prettier-ignore

const determiners =
  /^(?:the|a|an|my|our|your|his|her|their|its|this|that|some|der|die|das|den|dem|mein\w*|unser\w*|el|la|los|las|mi|nuestr\w+|le|les|mon|ma|mes|notre|nos)$/;

const exception =
  /^(?:except|excepting|excluding|besides|barring|ausser|ausgenommen|salvo|excepto|menos|sauf|hormis|keep|keeping|spare|sparing|preserve|preserving|retain|behalte|behalten|conserva|garde|garder)$/;

/** "purge the recordings except those of Nightline", "remove it but keep the recipes": what no variable of it can say. */
function isSpared({ verb, words }: Reading, entry: PlaybookProfile): boolean {
  if (verb === null || !undoing.has(verb) || verb === "other") return false;
  const at = words.findIndex(({ lower }, place) => place > 0 && exception.test(lower));
  if (at < 0) return false;
  const spared = words.slice(at + 1).filter(({ lower }) => !isStopWord(lower));
  const takes = entry.playbook.variables.some(({ name }) => nameParts(name).some((part) => /^(?:except|exclude|excludes|excluded|skip|ignore|spare)$/.test(part)));
  const isSaid = spared.some(({ lower }) => entry.playbook.variables.some(({ name }) => nameParts(name).some((part) => stem(part) === stem(lower) || (part === "data" && /^(?:daten|datos|donnees)$/.test(lower)))));
  return spared.length > 0 && !isSaid && !takes;
} // prettier-ignore
