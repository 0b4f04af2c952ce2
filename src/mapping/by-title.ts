import { isBelonging } from "./belongings.ts";
import { explainedShare, isNameBefore, quote, unexplained } from "./explained-words.ts";
import { acceptThreshold } from "./mapping.ts";
import type { CatalogProfile, PlaybookProfile, Title } from "./playbook-profile.ts";
import type { Verb } from "./playbook.ts";
import type { NamedResult, Scored } from "./ranked-playbooks.ts";
import type { Reading } from "./step-reading.ts";
import { saysAct, settingWords, verbFit } from "./verb-fit.ts";
import { stem } from "./text.ts";
import type { SpokenVerb } from "./verb-words.ts";

interface Hit {
  readonly entry: PlaybookProfile;
  /** Share of the title's nouns that the step says. */
  readonly covered: number;
  readonly explained: number;
  readonly isOwnVerb: boolean;
  readonly value: number;
}

/** "switch on exam mode", "set the quota of chen": the step says what a playbook is called, and asks for what it does. */
export function byTitle(reading: Reading, profile: CatalogProfile): NamedResult | undefined {
  if (reading.isComplaint || reading.stranger !== undefined) return undefined;
  const hits: Hit[] = [];
  for (const entry of profile.byId.values()) {
    if ((entry.playbook.verb === "deploy" && isService(entry)) || entry.subjectVariable !== undefined || isOfOther(reading, entry, profile))
      continue;
    const covered = Math.max(0, ...entry.titles.map((title) => coveredShare(title, reading, entry, profile)));
    if (covered < leastCovered || !canDo(reading, entry, covered)) continue;
    const explained = explainedShare(reading, entry, profile);
    const isOwnVerb = saysOwnVerb(reading, entry);
    hits.push({
      entry,
      covered,
      explained,
      isOwnVerb,
      value: covered + (isOwnVerb ? 0.4 : 0) + (isLiteral(reading, entry) ? 0.2 : 0) + 0.4 * explained,
    });
  }
  hits.sort((a, b) => b.value - a.value);
  const [best, second] = hits;
  const literal = byLiteralVerb(reading, profile);
  if (literal !== undefined && (best === undefined || best.entry === literal || best.covered < 0.9))
    return {
      decided: true,
      ranked: [{ profile: literal, confidence: 0.92 }],
      why: `matched the verb '${reading.verbStems.join(" ")}' of '${literal.playbook.name}'`,
    };
  if (best === undefined) return undefined;
  // "we need a database server": a service of that kind may be meant.
  if (isWeak(reading) && (hasServiceFor(reading, profile) || saysSoftware(reading))) return { decided: false, ranked: [], why: "" };
  // "add a user" says half of "Database user" and of "Linux user".
  const isHalf =
    best.covered < 0.9 && hits.some((hit) => hit !== best && hit.isOwnVerb === best.isOwnVerb && hit.explained >= best.explained - 0.05);
  const isClose = second !== undefined && (isHalf || best.value - second.value < leastLead);
  const sureOf = (hit: Hit): number => Math.min(0.97, 0.5 + 0.24 * hit.covered + (hit.isOwnVerb ? 0.15 : 0) + 0.13 * hit.explained);
  const sure =
    hasStrangeBeside(reading, best.entry, profile) || isHeadUnsaid(reading, best) ? Math.min(undecided, sureOf(best)) : sureOf(best);
  const ranked: Scored[] = hits.slice(0, 5).map((hit, at) => ({
    profile: hit.entry,
    confidence: at === 0 && !isClose ? sure : Math.min(isClose ? undecided : 0.6, sureOf(hit)),
  }));
  return {
    decided: !isClose && sure >= acceptThreshold,
    ranked,
    why: `matched the title '${best.entry.playbook.name}' with the words ${quote(reading, best.entry)}`,
  };
}

const isService = ({ playbook }: PlaybookProfile): boolean => playbook.kind === "role" || playbook.service !== null;

/** Of a playbook with no verb that we know, its whole title says what it does: "turn on the maintenance page". */
const canDo = (reading: Reading, entry: PlaybookProfile, covered: number): boolean =>
  (isWeak(reading) ? !actingVerbs.has(entry.playbook.verb) || saysOwnVerb(reading, entry) : verbFit(reading, entry) > 0) ||
  (entry.playbook.verb === "run" && covered > 0.95 && (reading.verb === "configure" || reading.verb === "start" || reading.verb === "run"));

// Nobody means these without saying so: "somewhere to put our files" restores none.
const actingVerbs = new Set<Verb>(["remove", "restore", "restart", "stop", "start", "rollback", "reboot", "clean", "rotate", "move"]);

/** The step is about a service that this playbook has nothing to do with. */
const isOfOther = (reading: Reading, entry: PlaybookProfile, profile: CatalogProfile, { object, words } = reading): boolean =>
  object !== undefined &&
  !isBelonging(reading, entry) &&
  !object.services.some((service) => profile.byService.get(service)?.includes(entry) === true) &&
  !words.slice(object.from, object.to).every((word) => entry.words.has(profile.stemOf(word)));

/** "put bakery.example into maintenance", "a new mailbox": the verb tells nothing. */
const isWeak = ({ verb, isWish, words, verbStems }: Reading): boolean =>
  verb === null || isWish || (verb === "deploy" && (verbStems.length === 0 || words.some((word) => word.lower === "put")));

/** "a database server", "a backup tool": something to have. */
const saysSoftware = ({ words, content }: Reading): boolean =>
  content.some(({ at }) =>
    /^(?:servers?|tools?|software|systems?|platform|solution|app|application|suite|manager|client)$/.test(words[at + 1]?.lower ?? ""),
  );

const hasServiceFor = ({ concepts }: Reading, profile: CatalogProfile): boolean =>
  [...concepts].some(
    ([concept, said]) =>
      said.strength >= 0.8 &&
      (profile.byConcept.get(concept) ?? []).some((entry) => entry.playbook.verb === "deploy" && (entry.concepts.get(concept) ?? 0) >= 1),
  );

const leastCovered = 0.45;
const leastLead = 0.12;
const undecided = 0.7;

export function coveredShare({ nouns, verbs }: Title, reading: Reading, entry: PlaybookProfile, profile: CatalogProfile): number {
  const said = new Set([...reading.content.map((word) => word.stem), ...reading.verbStems, ...reading.hostStems]);
  for (const word of reading.words) if (word.lower.startsWith("app")) said.add(profile.stemOf(word));
  for (const mention of reading.mentions) for (const word of reading.words.slice(mention.from, mention.to)) said.add(profile.stemOf(word));
  // "import": a verb said literally is as good as a noun.
  const wanted = nouns.length > 0 && verbs.length > 0 && verbs.every((verb) => said.has(verb)) ? [...nouns, ...verbs] : nouns;
  let all = 0;
  let covered = 0;
  for (const word of wanted) {
    const weight = profile.rarity(word);
    all += weight;
    if (said.has(word)) covered += weight;
    else if ([...reading.concepts.keys()].some((concept) => entry.concepts.has(concept) && profile.conceptsOfWord(word).has(concept)))
      covered += 0.9 * weight;
  }
  return all === 0 ? 0 : covered / all;
}

/** "run the storage report": all words of a title, beside each other. */
export const saysWholeTitle = ({ words }: Reading, entry: PlaybookProfile, profile: CatalogProfile): boolean =>
  entry.titles.some(({ nouns, verbs }) => {
    const wanted = [...nouns, ...verbs];
    const places = wanted.map((one) => words.findIndex((word) => profile.stemOf(word) === one));
    return wanted.length > 1 && !places.includes(-1) && Math.max(...places) - Math.min(...places) <= wanted.length;
  });

/** "drop table users": an unknown word right before the noun makes it another thing. */
export const hasStrangeBeside = (reading: Reading, entry: PlaybookProfile, profile: CatalogProfile): boolean =>
  unexplained(reading, [entry], profile).some(({ stem, at }) => {
    if (isNameBefore(reading, { stem, at }, entry, profile)) return false;
    const next = reading.words[at + 1];
    return next !== undefined && entry.titles.some((title) => title.nouns.includes(profile.stemOf(next)));
  });

/** "drop the orders database" for "Database users", "open the gate" for "Gate log": what is done is done to what a title ends with. */
const isHeadUnsaid = (reading: Reading, { entry, covered, isOwnVerb }: Hit): boolean =>
  reading.verb !== null &&
  (undoingVerbs.has(reading.verb)
    ? covered < 0.9
    : reading.verb === "configure"
      ? !isLiteral(reading, entry) && !reading.verbStems.every((one) => settingWords.has(one))
      : !isOwnVerb) &&
  headOf(reading, entry) === 0;

const undoingVerbs = new Set<SpokenVerb>(["remove", "stop", "clean", "restore", "rollback", "rotate"]);

/** 1 when the last noun of one of its titles was said. */
export const headOf = ({ words, concepts }: Reading, { titles, concepts: own }: PlaybookProfile): number =>
  titles.some(({ nouns }) => words.some((word) => stem(word.lower) === nouns.at(-1))) || [...concepts].some(([concept, said]) => said.strength >= 0.8 && (own.get(concept) ?? 0) >= 0.85) ? 1 : 0; // prettier-ignore

/** "lock" of "Lock a login", while "Open a login" is of the same class of verbs. */
const isLiteral = ({ purposeVerb, verbStems }: Reading, entry: PlaybookProfile): boolean =>
  purposeVerb !== null && verbStems.length > 0 && verbStems.every((said) => entry.nameWords.has(said));

function saysOwnVerb(reading: Reading, entry: PlaybookProfile): boolean {
  const { purposeVerb: verb, verbStems } = reading;
  if (verbStems.length > 0 && verbStems.every((said) => saysAct(entry, said))) return true;
  return verb !== null && verb !== "other" && !reading.isWish && entry.does.has(verb);
}

/** "subscribe mona@example.org to choir": a verb that only one playbook has, and beside it nothing but names, values and its own words. */
function byLiteralVerb(reading: Reading, profile: CatalogProfile): PlaybookProfile | undefined {
  if (reading.verb === null || !literalVerbs.has(reading.verb) || reading.verb !== reading.purposeVerb || reading.object !== undefined) return undefined;
  const [only, ...others] = [...profile.byId.values()].filter((entry) => reading.verbStems.length > 0 && reading.verbStems.every((said) => saysAct(entry, said)));
  if (only === undefined || others.length > 0 || only.playbook.kind === "role") return undefined;
  const isSilent = reading.content.length === 0 && !reading.hasHosts && reading.words.length === reading.verbStems.length;
  const isOther = ({ stem }: { readonly stem: string }): boolean => !only.words.has(stem) && profile.knows(stem);
  const isOfOtherKind = [...reading.concepts].some(([concept, said]) => said.strength >= 0.8 && !only.concepts.has(concept));
  const strange = reading.content.filter(({ stem }) => !only.words.has(stem));
  return isSilent || reading.content.some(isOther) || isOfOtherKind || strange.length > 2 ? undefined : only;
} // prettier-ignore

const literalVerbs = new Set<SpokenVerb>(["other", "restore"]);
