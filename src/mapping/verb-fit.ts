import { builtInLexicon } from "./lexicon.ts";
import type { PlaybookProfile } from "./playbook-profile.ts";
import type { Reading } from "./step-reading.ts";
import { stem } from "./text.ts";
import { answeringVerbs, type SpokenVerb } from "./verb-words.ts";

/** 1 when the playbook does what is asked, 0 when it must not answer. */
export function verbFit(reading: Reading, entry: PlaybookProfile): number {
  const verb = reading.purposeVerb;
  const { playbook } = entry;
  if (isOpposite(reading, entry) || isBackupTurnedRound(reading, entry)) return 0;
  // "block ads", "check how fast the line is": what a service is for, said as an order.
  if (verb !== null && verb !== "deploy" && playbook.verb === "deploy" && isForThat(reading, entry)) return verb === "other" ? 0.88 : 0.97;
  if (verb !== null && verb !== "deploy" && playbook.verb !== "deploy" && isThatAct(reading, entry)) return 1;
  if (verb === "run" && isWholeTitle(reading, entry)) return 1;
  if (verb !== null && entry.isSwitch && switched.has(verb) && isNounSaid(reading, entry)) return 1;
  // "restart the modem" for "Reboot modem": of a thing, not of a machine.
  if (verb === "restart" && entry.does.has("reboot") && isNounSaid(reading, entry)) return 1;
  if (verb === "other") return reading.verbStems.length > 0 && reading.verbStems.every((stem) => saysAct(entry, stem)) ? 1 : 0;
  if (verb === null || reading.isWish) return playbook.verb === "remove" || playbook.verb === "restore" ? 0.9 : 1;
  if (entry.does.has(verb)) return 1;
  if (describing.has(verb) && playbook.verb === "deploy" && [...reading.concepts.keys()].some((concept) => entry.concepts.has(concept)))
    return 0.95;
  // "put petra on call": nothing is set up.
  if (verb === "deploy" && playbook.verb === "run" && reading.verbStems.includes("put")) return 0.97;
  if (verb === "deploy") return ["configure", "add"].includes(playbook.verb) ? 0.97 : 0;
  if (isWithoutVerb(reading, entry)) return 0.9;
  if (answeringVerbs(verb).includes(playbook.verb)) return playbook.verb === "deploy" ? 0.9 : 0.98;
  return 0;
}

const shutting = "lock block disable deactivate suspend freeze ban".split(" ");
const opening = "unlock unblock enable activate reactivate unsuspend unfreeze unban".split(" ");
const pairs = "open close, mount unmount, allow deny, mute unmute, raise lower, increase decrease, grant revoke, subscribe unsubscribe, encrypt decrypt, promote demote, join leave, cordon uncordon, attach detach"
  .split(", ")
  .map((pair) => pair.split(" ")); // prettier-ignore
/** Verb -> those that do the contrary. */
const opposites = new Map<string, readonly string[]>(
  [
    ...shutting.map((verb) => [verb, opening] as const),
    ...opening.map((verb) => [verb, shutting] as const),
    ...pairs.flatMap(([one = "", other = ""]) => [[one, [other]] as const, [other, [one]] as const]),
  ].map(([verb, others]) => [stem(verb), others.map(stem)]),
);

/** "unlock" for "Lock account", "disable" for "Unlock account", which have no variable that could turn it round. */
const isOpposite = ({ verbStems }: Reading, { nameWords, acts, isSwitch, does, variableWords }: PlaybookProfile): boolean =>
  verbStems.some((said) => {
    const others = opposites.get(said) ?? [];
    return (
      others.some((other) => nameWords.has(other)) && !nameWords.has(said) && !acts.has(said) && !isSwitch && does.size < 4 && !["state", "stat", "action", "mode"].some((word) => variableWords.has(word))
    );
  }); // prettier-ignore

/** "back up the databases" for "Restore backup", and the other way round, unless its description begins with both. */
const isBackupTurnedRound = ({ purposeVerb, verbStems }: Reading, { playbook, acts }: PlaybookProfile): boolean =>
  ((purposeVerb === "backup" && playbook.verb === "restore") || (purposeVerb === "restore" && playbook.verb === "backup")) &&
  // "Brings data back" backs nothing up.
  !verbStems.some((said) => said !== "back" && acts.has(said));

/** "empty the queue" for "purge queue", "mute the alerts" for "silence": the very act, in other words. */
const isThatAct = ({ verbStems, concepts }: Reading, entry: PlaybookProfile): boolean =>
  verbStems.length > 0 &&
  [...concepts].some(
    ([concept, { strength, stems }]) =>
      strength >= 0.8 && stems.size > 1 && (entry.concepts.get(concept) ?? 0) >= 0.85 && builtInLexicon().operations.has(concept) && verbStems.every((said) => stems.has(said)),
  ); // prettier-ignore

/** "run the health check", "trigger the stock sync" */
const isWholeTitle = ({ content }: Reading, { titles }: PlaybookProfile): boolean => {
  const said = new Set(content.map((word) => word.stem));
  return titles.some(({ nouns, verbs }) => nouns.length + verbs.length > 0 && [...nouns, ...verbs].every((one) => said.has(one)));
};

const switched = new Set<SpokenVerb>(["add", "create", "configure", "remove", "start", "stop", "run"]);

const isNounSaid = ({ content, hostStems }: Reading, { titles }: PlaybookProfile): boolean =>
  content.some((word) => titles.some(({ nouns }) => nouns.includes(word.stem) && !hostStems.includes(word.stem)));

/** "set the price of the minibar" for "Minibar prices", "show disk usage" for `disk`: nothing says what it does but the thing that it is called after. */
function isWithoutVerb({ purposeVerb, verbStems, content }: Reading, { playbook, does, titles, variableWords }: PlaybookProfile): boolean {
  if (playbook.verb !== "run" || does.size > 1 || purposeVerb === null) return false;
  const said = new Set(content.map((word) => word.stem));
  // "set the speed of line 5": nothing was said but what it can be told.
  const isTold = content.length > 1 && content.every((word) => variableWords.has(word.stem));
  const isCalled = titles.some(({ nouns, verbs }) => verbs.length === 0 && nouns.length > 0 && nouns.every((noun) => said.has(noun)));
  if (!isTold && !isCalled) return false;
  if (purposeVerb === "show" || purposeVerb === "check") return isCalled && playbook.variables.length < 2;
  return neutral.has(purposeVerb) && playbook.variables.length > 0 && verbStems.every((one) => settingWords.has(one));
}

const neutral = new Set<SpokenVerb>(["configure", "add", "create"]);
/** To set something, whatever it is. */
export const settingWords: ReadonlySet<string> = new Set(
  "set change adjust modify edit configure control write manage add create new".split(" ").map(stem),
);

/** Its name or the beginning of its description has this verb. */
export const saysAct = (entry: PlaybookProfile, stem: string): boolean => entry.nameWords.has(stem) || entry.acts.has(stem);

const describing = new Set<SpokenVerb>(["check", "add", "configure", "create"]);

/** The verb is part of the words that say a purpose, and the playbook is for it. */
function isForThat({ verbStems, concepts }: Reading, entry: PlaybookProfile): boolean {
  if (verbStems.length === 0) return false;
  return [...concepts].some(([concept, said]) => entry.concepts.has(concept) && said.stems.size > 1 && verbStems.every((stem) => said.stems.has(stem)));
} // prettier-ignore

export const havingVerbs = new Set<SpokenVerb | null>([null, "deploy", "run"]);
export const settingVerbs = new Set<SpokenVerb | null>(["configure", "add", "create", "rotate"]);
