import { builtInLexicon } from "./lexicon.ts";
import type { CatalogProfile, PlaybookProfile } from "./playbook-profile.ts";
import type { NamedResult } from "./ranked-playbooks.ts";
import type { Reading } from "./step-reading.ts";
import { isStopWord } from "./stop-words.ts";
import { nameParts, stem } from "./text.ts";
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
  if (isStrangeOrder(reading, profile)) return "nothing in the catalog does that";
  return undefined;
}

const quantifiers =
  /^(?:all|every|each|everything|any|entire|both|alle[nrs]?|jede[nrs]?|samtliche|saemtliche|todos?|todas?|cada|tous|toutes?|tout|chaque)$/;

/** "drop all databases", "format every disk", for a playbook that does it to one that it asks for. */
function isOfAll({ verb, words }: Reading, entry: PlaybookProfile): boolean {
  if (verb === null || !undoing.has(verb) || !takesOne(entry)) return false;
  const nouns = new Set(entry.titles.flatMap((title) => title.nouns));
  return words.some(({ lower }, at) => {
    if (!quantifiers.test(lower)) return false;
    if (/^(?:everything|alles|todo|tout)$/.test(lower) && at > 0) return true;
    return words.slice(at + 1, at + 4).some((word) => nouns.has(stem(word.lower)));
  });
}

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
  const nouns = new Set(entry.titles.flatMap((title) => title.nouns));
  const places = words.flatMap((word, at) => (nouns.has(stem(word.lower)) ? [at] : []));
  return places.length > 0 && places.every((at) => at > about);
}

/** "burn the recipe to a disc", "calibrate the oven": an order whose verb nobody knows. */
function isStrangeOrder({ words, verb, concepts, mentions, isComplaint }: Reading, profile: CatalogProfile): boolean {
  if (verb !== null || isComplaint) return false;
  const at = words.findIndex(({ lower }) => !/^(?:please|pls|just|now|then|also|quickly|kindly|and|can|could|would|you|u)$/.test(lower));
  const [word, next] = [words[at], words[at + 1]];
  if (word === undefined || next === undefined || !/^(?:the|my|our|your|his|her|their|its|this|these|those|all|some|every|a|an|me|us)$/.test(next.lower)) return false;
  const isKnown = isStopWord(word.lower) || profile.knows(stem(word.lower)) || [...concepts.values()].some((said) => said.stems.has(stem(word.lower)));
  const isName = mentions.some((mention) => at >= mention.from && at < mention.to) || builtInLexicon().servicesIn([word]).length > 0;
  return !isKnown && !isName && verbAt(words, at) === undefined && /^\p{L}{4,}$/u.test(word.lower) && !/^(?:argh|oops|yeah|gosh|ouch|whoa|yikes|okay)$/.test(word.lower) && !/(?:s|ing|ly)$/.test(word.lower);
} // prettier-ignore
