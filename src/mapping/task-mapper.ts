import { isBelonging } from "./belongings.ts";
import { withoutBoldness } from "./bold-guesses.ts";
import { byMeaning, type Evidence } from "./by-meaning.ts";
import { byName } from "./by-name.ts";
import { byPath } from "./by-path.ts";
import { byTitle, saysWholeTitle } from "./by-title.ts";
import { createCatalogProfiles } from "./catalog-profiles.ts";
import type { Embedder } from "./embedder.ts";
import { quote } from "./explained-words.ts";
import type { LearnedMappings } from "./learned-mappings.ts";
import { acceptedMapping, mappingOf } from "./mapping-result.ts";
import { acceptThreshold, type Mapping } from "./mapping.ts";
import type { PlaybookIndex } from "./playbook-index.ts";
import type { CatalogProfile, PlaybookProfile } from "./playbook-profile.ts";
import type { PlaybookCatalog } from "./playbook.ts";
import type { NamedResult, Scored } from "./ranked-playbooks.ts";
import { type Reading, readStep, type StepToMap } from "./step-reading.ts";
import { alsoMeant, asked } from "./underspecified.ts";
import { havingVerbs, settingVerbs } from "./verb-fit.ts";
import type { SpokenVerb } from "./verb-words.ts";

/** Finds the playbook that a step means, or says that none does. */
export interface TaskMapper {
  map(step: StepToMap, catalog: PlaybookCatalog, options?: { readonly person?: string }): Promise<Mapping>;
}

export interface TaskMapperDeps {
  readonly index: PlaybookIndex;
  readonly embedder: Embedder;
  readonly learned?: LearnedMappings;
  /** Called with what the best guess by meaning rests on, so that the calibration can be measured (training/calibrate.ts). */
  readonly observe?: (evidence: Evidence) => void;
  /** Parts that are left out, to measure what each brings. */
  readonly without?: ReadonlySet<"exact" | "semantic" | "verbs" | "calibration">;
}

export function createTaskMapper({ index, embedder, learned, observe, without = new Set() }: TaskMapperDeps): TaskMapper {
  const profileOf = createCatalogProfiles();
  return {
    async map(step, catalog) {
      const profile = await profileOf(catalog);
      const taught = await learned?.find(step.intent);
      const wanted = taught === undefined ? undefined : profile.byId.get(taught.playbook);
      if (taught !== undefined && wanted?.playbook.contentHash === taught.playbookHash) {
        const day = taught.taughtAt.toISOString().slice(0, 10);
        return acceptedMapping([{ profile: wanted, confidence: 0.97 }], "learned", `learned from ${taught.taughtBy} on ${day}`);
      }
      const pathed = without.has("exact") ? undefined : byPath(step.intent, profile);
      if (pathed !== undefined) return acceptedMapping([{ profile: pathed, confidence: 0.99 }], "exact", "named by its path");
      const reading = readStep(step, profile);
      const decide = (result: NamedResult, path: "exact" | "semantic"): Mapping =>
        mappingOf(without.has("verbs") ? result : withoutBoldness(result, reading, profile), profile, path);
      const named = without.has("exact") ? undefined : byName(reading, profile, without.has("verbs"));
      const titled = without.has("exact") ? undefined : byTitle(reading, profile);
      if (named?.decided === true && named.ranked.length > 0 && !isSettledBy(titled, named, reading)) return decide(named, "exact");
      const isTitled = titled?.decided === true && isFree(named, titled);
      if (isTitled && !isWeakTitle(reading)) return decide(titled, "exact");
      const semantic = without.has("semantic")
        ? []
        : await byMeaning(reading, profile, {
            index,
            embedder,
            observe,
            anyVerb: without.has("verbs"),
            uncalibrated: without.has("calibration"),
          });
      if (isTitled && isBorneOut(titled, semantic, reading, profile)) return decide(titled, "exact");
      const merged = withTitles(merge(named, semantic, reading), titled);
      const [best] = merged.ranked;
      const equals = best === undefined || without.has("verbs") ? [] : alsoMeant(reading, best.profile, profile);
      return decide({ ...merged, ranked: asked(merged.ranked, equals) }, "semantic");
    },
  };
}

/** "export /data": one playbook has that verb, and what it is called leaves no doubt. */
const isSettledBy = (titled: NamedResult | undefined, named: NamedResult, reading: Reading): boolean =>
  titled?.decided === true &&
  (named.ranked[0]?.confidence ?? 1) < acceptThreshold &&
  ((titled.ranked[0]?.profile === named.ranked[0]?.profile &&
    ((reading.hasHosts && reading.content.length === 0 && named.ranked.length === 1) || reading.content.length > 0)) ||
    isLiteralOf(titled.ranked[0]?.profile, named, reading));

/** "wipe sn-1" where one playbook of several that remove something wipes. */
const isLiteralOf = (entry: PlaybookProfile | undefined, named: NamedResult, { mentions, verbStems, isBare }: Reading): boolean => {
  const has = ({ nameWords }: PlaybookProfile): boolean => verbStems.length > 0 && verbStems.every((one) => nameWords.has(one));
  return entry !== undefined && mentions.length === 0 && !isBare && has(entry) && named.ranked.every(({ profile }) => profile === entry || !has(profile));
}; // prettier-ignore

/** "make the line of Mrs Hill faster", "start room 3": a noun of a title without a verb that tells what to do with it. */
const isWeakTitle = ({ verb, purposeVerb, content }: Reading): boolean =>
  (verb === null || purposeVerb === null || weakVerbs.has(verb)) && content.length > 0;

const weakVerbs = new Set<SpokenVerb>(["deploy", "configure", "start", "run", "add", "create", "show", "check"]);

/** All that is known together speaks for what the title says, too. */
function isBorneOut(titled: NamedResult, semantic: readonly Scored[], reading: Reading, profile: CatalogProfile): boolean {
  const [best] = titled.ranked;
  if (semantic.length === 0 || best === undefined || saysWholeTitle(reading, best.profile, profile)) return true;
  const own = semantic.find((entry) => entry.profile === best.profile)?.confidence ?? 0;
  // "create a user" says two thirds of "Create database user", and as much of what another one is for.
  if (semantic.some((entry) => entry.profile !== best.profile && entry.confidence > own - leastLead)) return false;
  return own >= (reading.purposeVerb === null ? leastForTitle.alone : leastForTitle.ordered);
}

const leastLead = 0.15;
const leastForTitle = { alone: 0.5, ordered: 0.4 };

/** Nothing else was named more surely, and a service that was named is not left out of account. */
const isFree = (named: NamedResult | undefined, titled: NamedResult): boolean =>
  named === undefined || named.ranked.every((entry) => entry.confidence < 0.8 || entry.profile === titled.ranked[0]?.profile);

/** What a title says half of is worth being offered. */
function withTitles(merged: NamedResult, titled: NamedResult | undefined): NamedResult {
  const best = merged.ranked[0]?.confidence ?? 0;
  if (titled === undefined || best >= mostOfTitle) return merged;
  const ranked = new Map(merged.ranked.map((entry) => [entry.profile, entry]));
  for (const { profile, confidence } of titled.ranked) {
    const before = ranked.get(profile)?.confidence ?? 0;
    ranked.set(profile, { profile, confidence: Math.max(before, Math.min(mostOfTitle, confidence - 0.2)) });
  }
  return { ...merged, ranked: [...ranked.values()].sort((a, b) => b.confidence - a.confidence) };
}

const mostOfTitle = 0.6;

/** Named candidates keep their place before what only sounds alike, and what is named but absent is never replaced by something similar. */
function merge(named: NamedResult | undefined, semantic: readonly Scored[], reading: Reading): NamedResult {
  const ranked = new Map<string, Scored>();
  for (const entry of named?.ranked ?? []) ranked.set(entry.profile.playbook.id, entry);
  const isStrange = reading.stranger !== undefined;
  for (const entry of semantic) {
    const before = ranked.get(entry.profile.playbook.id);
    const isOperation = reading.verb !== null && !havingVerbs.has(reading.verb) && !settingVerbs.has(reading.verb);
    const limit = named !== undefined ? (isOperation && named.ranked.length > 0 ? 0.29 : 0.6) : isStrange ? 0.5 : 1;
    const confidence = isBelonging(reading, entry.profile) ? entry.confidence : Math.min(entry.confidence, limit);
    if (before === undefined) ranked.set(entry.profile.playbook.id, { profile: entry.profile, confidence });
  }
  const list = [...ranked.values()].sort((a, b) => b.confidence - a.confidence);
  const best = list[0];
  const why =
    named?.why ??
    (isStrange
      ? `there is no playbook for '${reading.stranger ?? ""}'`
      : best === undefined
        ? "nothing in the catalog is like it"
        : `nearest in meaning: ${quote(reading, best.profile)}`);
  return { decided: named?.decided ?? false, ranked: list, why };
}
