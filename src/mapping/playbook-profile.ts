import { addToList } from "./add-to-list.ts";
import { greedyReason } from "./greedy-playbook.ts";
import { builtInLexicon } from "./lexicon.ts";
import type { Playbook, PlaybookCatalog, Verb } from "./playbook.ts";
import { partsOfName } from "./run-together.ts";
import { createServiceNames, serviceKeyOf, type ServiceNames } from "./service-names.ts";
import { isStopWord } from "./stop-words.ts";
import { fold, nameParts, stem, type Word, wordsOf } from "./text.ts";
import { joinVerbs, type SpokenVerb, verbAt, type VerbHit, verbsIn } from "./verb-words.ts";

/** What the mapper needs to know of a playbook, worked out once per catalog. */
export interface PlaybookProfile {
  readonly playbook: Playbook;
  /** Stems of its name, description, tags and variables. */
  readonly words: ReadonlySet<string>;
  readonly variableWords: ReadonlySet<string>;
  /** Stems of its name alone. */
  readonly nameWords: ReadonlySet<string>;
  /** Words of its name and its file, as they are written. */
  readonly calledBy: readonly string[];
  readonly calledPairs: readonly (readonly [string, string])[];
  /** Stems of names with a capital letter inside its description: "a release of Krita or Inkscape". */
  readonly products: ReadonlySet<string>;
  /** Stems of the verbs that its description begins with: "Drains nodes or resumes them". */
  readonly acts: ReadonlySet<string>;
  /** What it is called, by its name and by its file. */
  readonly titles: readonly Title[];
  /** What it is for, 1 when its name or service says so, less when only its description mentions it. */
  readonly concepts: ReadonlyMap<string, number>;
  /** Verbs it can answer. A deployment only deploys, whatever its description says about the service. */
  readonly does: ReadonlySet<Verb>;
  /** The variable that takes a service's name, in a playbook that works on any service. */
  readonly subjectVariable: string | undefined;
  /** A variable says which way it goes: what it is called after is added, removed, started or stopped by it. */
  readonly isSwitch: boolean;
}

/** Stems of a title; words like "machine" are neither. */
export interface Title {
  readonly nouns: readonly string[];
  readonly verbs: readonly string[];
}

export interface CatalogProfile {
  readonly catalog: PlaybookCatalog;
  readonly byId: ReadonlyMap<string, PlaybookProfile>;
  readonly byService: ReadonlyMap<string, readonly PlaybookProfile[]>;
  readonly byConcept: ReadonlyMap<string, readonly PlaybookProfile[]>;
  /** Playbooks that work on any service. */
  readonly general: readonly PlaybookProfile[];
  readonly names: ServiceNames;
  /** Rare words tell more. */
  rarity(word: string): number;
  rarityOfConcept(concept: string): number;
  /** A word that some playbook uses. */
  knows(word: string): boolean;
  /** Words of titles as they are written. */
  readonly titleWords: ReadonlySet<string>;
  /** Two words of a title that stand together, by both in one: "dbuser". */
  readonly titlePairs: ReadonlyMap<string, readonly [string, string]>;
  titleWordsFrom(beginning: string): Iterable<string>;
  stemOf(word: Word): string;
  /** What a single word speaks of. */
  conceptsOfWord(stem: string): ReadonlySet<string>;
  countOfVerb(verb: Verb): number;
  isName(word: string): boolean;
  /** Belongs to a service that a playbook of the catalog deploys. */
  isDeployed(playbook: Playbook): boolean;
}

export function profileCatalog(catalog: PlaybookCatalog): CatalogProfile {
  const profiles = catalog.playbooks.map(profileOf);
  const byService = new Map<string, PlaybookProfile[]>();
  const counts = new Map<string, number>();
  for (const profile of profiles) {
    const service = serviceKeyOf(profile.playbook);
    if (service !== null) addToList(byService, service, profile);
    for (const word of profile.words) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const byConcept = new Map<string, PlaybookProfile[]>();
  const verbCounts = new Map<Verb, number>();
  for (const profile of profiles) {
    verbCounts.set(profile.playbook.verb, (verbCounts.get(profile.playbook.verb) ?? 0) + 1);
    for (const concept of profile.concepts.keys()) addToList(byConcept, concept, profile);
  }
  const names = createServiceNames(catalog.playbooks);
  const titleWords = new Set(profiles.flatMap((profile) => profile.calledBy));
  const titlePairs = new Map(profiles.flatMap((profile) => profile.calledPairs.map((pair) => [pair.join(""), pair] as const)));
  const byBeginning = new Map<string, string[]>();
  for (const word of titleWords) for (const length of [1, 3]) addToList(byBeginning, word.slice(0, length), word);
  const conceptsOfWords = new Map<string, ReadonlySet<string>>();
  return {
    catalog,
    byId: new Map(profiles.map((profile) => [profile.playbook.id, profile])),
    byService,
    byConcept,
    general: profiles.filter((profile) => profile.subjectVariable !== undefined),
    names,
    rarity: (word) => Math.log(1 + (profiles.length + 1) / ((counts.get(word) ?? 0) + 0.5)),
    rarityOfConcept: (concept) => Math.log(1 + (profiles.length + 1) / ((byConcept.get(concept)?.length ?? 0) + 0.5)),
    knows: (word) => counts.has(word),
    titleWords,
    titlePairs,
    titleWordsFrom: (beginning) => byBeginning.get(beginning) ?? [],
    stemOf: (word) => stem(word.lower),
    conceptsOfWord: (word) => {
      const known = conceptsOfWords.get(word) ?? new Set(builtInLexicon().conceptsIn(wordsOf(word)).keys());
      conceptsOfWords.set(word, known);
      return known;
    },
    countOfVerb: (verb) => verbCounts.get(verb) ?? 0,
    isName: (word) => names.services.has(word),
    isDeployed: (playbook) => {
      const service = serviceKeyOf(playbook);
      return service !== null && (byService.get(service) ?? []).some((entry) => entry.playbook.verb === "deploy");
    },
  };
}

const made = new WeakMap<Playbook, PlaybookProfile>();

/** Once for a playbook, as long as it is the same in the next catalog. */
export function profileOf(playbook: Playbook): PlaybookProfile {
  const profile = made.get(playbook) ?? makeProfile(playbook);
  made.set(playbook, profile);
  return profile;
}

function makeProfile(playbook: Playbook): PlaybookProfile {
  const title = `${playbook.name} ${nameParts(playbook.id).join(" ")} ${partsOfName(playbook.id).join(" ")} ${nameParts(playbook.service ?? "").join(" ")}`;
  const isGreedy = greedyReason(playbook) !== undefined;
  const description = isGreedy ? "" : playbook.description;
  const text = `${title} ${description} ${playbook.tags.join(" ")} ${playbook.playNames.join(" ")}`;
  const variableWords = new Set(playbook.variables.flatMap((variable) => nameParts(variable.name).map(stem)));
  const words = new Set(
    [...wordsOf(text).flatMap((word) => [word.lower, ...nameParts(word.lower)]), ...playbook.tags.flatMap(nameParts)]
      .filter((word) => !isStopWord(word))
      .map(stem),
  );
  for (const word of variableWords) words.add(word);
  for (const name of builtInLexicon().otherNames(playbook.service ?? "")) for (const part of nameParts(name)) words.add(stem(part));
  const concepts = conceptsOf({ ...playbook, description, tags: isGreedy ? [] : playbook.tags }, title);
  const nameWords = new Set(
    wordsOf(`${playbook.name} ${nameParts(playbook.id).join(" ")} ${partsOfName(playbook.id).join(" ")}`).map((word) => stem(word.lower)),
  );
  const file = playbook.id.split("/").at(-1) ?? "";
  const called = [...new Set([playbook.name, nameParts(file).join(" "), partsOfName(file).join(" ")])];
  const titles = called.map(titleOf);
  const does = verbsOf(playbook);
  return {
    playbook,
    nameWords,
    calledPairs: called.flatMap((text) => pairsOf(wordsOf(text).map((word) => word.lower))),
    calledBy: [...new Set(called.flatMap((text) => wordsOf(text).map((word) => word.lower)))],
    acts: playbook.verb === "deploy" ? new Set() : actsOf(description),
    products: new Set([...description.matchAll(/(?<=[\p{L}\p{N},] )\p{Lu}\p{Ll}{2,}\b/gu)].map(([word]) => stem(fold(word)))),
    titles,
    words,
    variableWords,
    concepts,
    does,
    subjectVariable: subjectVariableOf(playbook),
    isSwitch: takesSwitch(playbook) && [...does].every((verb) => managing.has(verb) || verb === "start" || verb === "stop"),
  };
}

const pairsOf = (words: readonly string[]): (readonly [string, string])[] => words.slice(1).map((word, at) => [words[at] ?? "", word]);

const actingVerbs = new Set<SpokenVerb>(["restart", "stop", "start", "remove", "reboot", "restore"]);

function titleOf(text: string): Title {
  const words = wordsOf(joinVerbs(text));
  const hits = verbsIn(words);
  // "restart service": no name of a thing, as "backup server" is.
  const first = verbAt(words, 0);
  if (first !== undefined && actingVerbs.has(first.verb)) hits.push(first);
  const ofVerbs = new Set(hits.flatMap((hit) => words.slice(hit.from, hit.to)));
  const stemsOf = (some: readonly Word[]): string[] => [...new Set(some.filter((word) => !isStopWord(word.lower)).map((word) => stem(word.lower)))];
  const nouns = stemsOf(words.filter((word) => !ofVerbs.has(word)));
  // "Deploy application": there is no other noun.
  const last = words.filter((word) => /^(?:apps?|applications?|sites?|projects?|releases?)$/.test(word.lower)).map((word) => stem(word.lower));
  return { nouns: nouns.length > 0 ? nouns : last, verbs: stemsOf([...ofVerbs]) };
} // prettier-ignore

const centrality = { name: 1, description: 0.85, aside: 0.5, foreign: 0.3 };
const operations = new Set(
  "user-accounts provisioning system-updates reboot-hosts restore-backup disk-cleanup docker-cleanup application-rollback".split(" "),
);

/** "Prepares a machine: packages, users, …": what stands behind a colon or in a later sentence is not the main thing. */
function conceptsOf(playbook: Playbook, title: string): Map<string, number> {
  const concepts = new Map<string, number>();
  // A service that is deployed does no operation, whatever its description says of users, updates or new machines.
  const isService = playbook.verb === "deploy" && playbook.service !== null;
  const add = (text: string, full: number): void => {
    for (const [concept, said] of builtInLexicon().conceptsIn(wordsOf(text))) {
      const weight =
        isService && (operations.has(concept) || builtInLexicon().operations.has(concept)) ? Math.min(full, centrality.foreign) : full;
      concepts.set(concept, Math.max(concepts.get(concept) ?? 0, weight * (said.strength >= 0.8 ? 1 : 0.6)));
    }
  };
  const main = playbook.description.split(/[:.;]\s|, with\b|\bwithout\b/, 1)[0] ?? "";
  add(`${title} ${playbook.playNames.join(" ")}`, centrality.name);
  add(`${main} ${playbook.tags.join(" ")}`, centrality.description);
  add(`${playbook.description} ${playbook.taskNames.slice(0, 10).join(" ")}`, centrality.aside);
  const names = playbook.verb === "deploy" ? [playbook.service ?? "", playbook.name.replaceAll(/\([^)]*\)/g, "").trim()] : [];
  for (const name of names) for (const concept of builtInLexicon().conceptsOfService(name)) concepts.set(concept, 1);
  return concepts;
}

function verbsOf(playbook: Playbook): Set<Verb> {
  const found = new Set<Verb>([playbook.verb]);
  if (playbook.verb === "deploy") return found;
  const add = (verb: SpokenVerb): void => {
    if (verb !== "other" && verb !== "deploy") found.add(verb);
  };
  for (const text of [joinVerbs(playbook.name), partsOfName(playbook.id.split("/").at(-1) ?? "").join(" ")])
    for (const hit of verbsIn(wordsOf(text))) add(hit.verb);
  // "Creates, changes or removes accounts": the verbs it begins with. "Loads an earlier dump" backs nothing up.
  const words = wordsOf(firstSentence(joinVerbs(playbook.description)));
  for (const hit of firstVerbs(words)) add(hit.verb);
  // "Drains nodes or resumes them": one or the other, as a variable says.
  for (const hit of alternatives(words)) add(hit.verb);
  // A state is present or absent: what it adds it takes away again.
  if ([...found].every((verb) => managing.has(verb))) {
    if (takesState(playbook)) for (const verb of managing) found.add(verb);
  }
  // "Check the backups", "Restore from a backup": what it works on is no order that it answers.
  const title = wordsOf(joinVerbs(playbook.name));
  const leading = verbAt(title, 0)?.verb;
  if (leading === playbook.verb && leading !== "backup" && !firstVerbs(words).some((hit) => hit.verb === "backup") && verbsIn(title).some((hit) => hit.verb === "backup" && isThing(title, hit.from))) found.delete("backup"); // prettier-ignore
  if (/\b(?:purge|clear|empty|flush|prune)/i.test(`${playbook.name} ${playbook.id}`)) found.add("clean");
  // "show" and "check" both only look.
  if (found.has("show")) found.add("check");
  if (found.has("check") && found.size === 1) found.add("show");
  return found;
}

/** Behind an article or "from", or in the plural. */
const isThing = (words: readonly Word[], at: number): boolean =>
  /^(?:a|an|the|from|of|its|our|all|old|der|die|das|ein\w*|el|la|los|las|una?|le|les|une?|du|des)$/.test(words[at - 1]?.lower ?? "") || /^backups$/.test(words[at]?.lower ?? ""); // prettier-ignore

const managing = new Set<Verb>(["add", "create", "configure", "remove", "run"]);

const takesState = (playbook: Playbook): boolean =>
  subjectVariableOf(playbook) === undefined &&
  playbook.variables.some(({ name }) => /^(?:state|ensure|absent|present)$/.test(nameParts(name).at(-1) ?? ""));

/** `action`, `lock_state`, or a switch of the thing's own name: `maintenance` in `maintenance.yml`. What it does the variable says. */
function takesSwitch(playbook: Playbook): boolean {
  if (playbook.kind === "role" || playbook.verb === "deploy" || subjectVariableOf(playbook) !== undefined) return false;
  const called = new Set([playbook.name, playbook.id.split("/").at(-1) ?? ""].flatMap((text) => partsOfName(text).map(stem)));
  return playbook.variables.some(({ name, type }) => {
    const parts = nameParts(name);
    const last = parts.at(-1) ?? "";
    return (
      /^(?:action|command|operation|membership|onoff|power|switch)$/.test(last) ||
      (parts.length === 1 &&
        called.has(stem(last)) &&
        (type === "bool" || type === "raw") &&
        /\b(?:on|off|mode|page|freeze|lock|maintenance|maint|silence|mute|flags?)\b/i.test(
          `${playbook.name} ${playbook.description} ${name}`,
        ))
    );
  });
}

/** Verbs right behind an "or". */
const alternatives = (words: readonly Word[]): VerbHit[] =>
  words.flatMap((word, at) => {
    const hit = /^(?:or|oder|ou)$/.test(word.lower) ? verbAt(words, at + 1) : undefined;
    return hit === undefined ? [] : [hit];
  });

function actsOf(description: string): Set<string> {
  const words = wordsOf(firstSentence(joinVerbs(description)));
  return new Set([...firstVerbs(words), ...alternatives(words)].flatMap((hit) => words.slice(hit.from, hit.to).map((word) => stem(word.lower))));
} // prettier-ignore

/** "Creates, changes or removes accounts": the verbs that a text begins with. */
function firstVerbs(words: readonly Word[]): VerbHit[] {
  const found: VerbHit[] = [];
  for (let at = 0, hit = verbAt(words, 0); at < words.length; hit = verbAt(words, at)) {
    if (hit === undefined && !/^(?:and|or|und|oder|y|et|ou)$/.test(words[at]?.lower ?? "")) break;
    if (hit !== undefined) found.push(hit);
    at = hit === undefined ? at + 1 : hit.to;
  }
  return found;
}

// "Back up …, without changing anything": what follows a comma or a "which" rarely says what the playbook is for.
const firstSentence = (text: string): string => text.split(/\.\s|\bwithout\b|\bwhich\b|\bthat\b|\bafter\b|\bbefore\b/, 1)[0] ?? "";

/** `service_name`, `backup_service`, `app`: in a playbook that is not one service's own. */
export function subjectVariableOf(playbook: Playbook): string | undefined {
  if (playbook.verb === "deploy" || playbook.kind === "role") return undefined;
  const fits = playbook.variables.filter((variable) => {
    const parts = nameParts(variable.name);
    const last = parts.at(-1) === "name" ? parts.at(-2) : parts.at(-1);
    return (
      parts.length <= 3 &&
      ["service", "app", "application", "container", "unit", "stack"].includes(last ?? "") &&
      ["str", "raw"].includes(variable.type)
    );
  });
  return (fits.find((variable) => variable.required) ?? fits[0])?.name;
}
