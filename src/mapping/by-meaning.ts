import { hasStrangeBeside } from "./by-title.ts";
import { type CalibrationEvidence, calibrated, type Embedder } from "./embedder.ts";
import { clarityOf, evidenceAmong, type Hit, hitOf } from "./meaning-evidence.ts";
import type { PlaybookIndex } from "./playbook-index.ts";
import type { CatalogProfile, PlaybookProfile } from "./playbook-profile.ts";
import type { Scored } from "./ranked-playbooks.ts";
import type { Reading } from "./step-reading.ts";
import type { SpokenVerb } from "./verb-words.ts";

export interface Evidence extends CalibrationEvidence {
  readonly intent: string;
  readonly playbook: string;
}

export interface MeaningDeps {
  readonly index: PlaybookIndex;
  readonly embedder: Embedder;
  readonly observe?: ((evidence: Evidence) => void) | undefined;
  /** Left out to measure what they bring. */
  readonly anyVerb: boolean;
  readonly uncalibrated: boolean;
}

const nearest = 40;
/** A purpose that more playbooks share than this tells nothing between them. */
const mostOfPurpose = 60;

/** What reads like the step, by its vector, its words and what the playbook is for. */
export async function byMeaning(
  reading: Reading,
  profile: CatalogProfile,
  { index, embedder, observe, anyVerb, uncalibrated }: MeaningDeps,
): Promise<Scored[]> {
  if (reading.content.length === 0 && reading.mentions.length === 0 && reading.concepts.size === 0) return [];
  await index.ready(profile.catalog);
  const [vector] = await embedder.embed([reading.query]);
  if (vector === undefined) return [];
  const similarities = new Map((await index.search(vector, nearest)).map((hit) => [hit.playbook, hit.similarity]));
  // Of nothing the minimum is infinite, which would make everything certain.
  const furthest = similarities.size === 0 ? 0 : Math.max(0, Math.min(...similarities.values()));
  const hits: Hit[] = [];
  for (const entry of candidatesOf(reading, profile, similarities.keys()))
    hits.push(hitOf(reading, entry, profile, similarities.get(entry.playbook.id) ?? furthest, anyVerb));
  const possible = hits.filter((hit) => hit.fit > 0).sort((a, b) => b.value - a.value);
  const [top] = possible;
  const evidenceOf = evidenceAmong(possible);
  if (top !== undefined) observe?.({ intent: reading.query, playbook: top.profile.playbook.id, ...evidenceOf(top) });
  return hits
    .map((hit) => {
      const sure = uncalibrated ? Math.max(0, hit.similarity) : calibrated(embedder.calibration, evidenceOf(hit));
      // Nothing but a likeness of letters is no ground.
      // An act on what is there, and words beside its verb that it does not know: "would rebooting it interrupt the lecture?"
      const isStrangeAct = hit.explained < 0.25 && hit.profile.playbook.verb !== "deploy" && reading.content.length > 1;
      const isOtherThing = reading.verb === "remove" && hasStrangeBeside(reading, hit.profile, profile);
      const limit = hit.explained === 0 && hit.strength === 0 ? 0.3 : isStrangeAct || isOtherThing ? undecided : 1;
      const byVerbAlone = isOnlyOneWithVerb(reading, hit.profile, profile) && hit.explained > 0.4 ? 0.7 + 0.25 * hit.explained : 0;
      const byProduct = hit.fit > 0 && namesProductOf(reading, hit.profile, profile) ? 0.88 : 0;
      const isVague = hit.strength < 0.5 && hit.verb === 0 && reading.content.length <= 2 && hit.explained < 1;
      const confidence =
        isVague && byProduct === 0
          ? Math.min(undecided, sure)
          : Math.max(byProduct, byVerbAlone, isAllItIsFor(hit, reading, profile) ? 0.87 : 0, Math.min(limit, sure)) *
            (hit.fit > 0 ? Math.max(hit.fit, leastOfFit) : 0.3);
      return { profile: hit.profile, confidence: confidence > undecided && hasEqual(hit, possible) ? undecided : confidence };
    })
    .sort((a, b) => b.confidence - a.confidence);
}

const undecided = 0.7;
// How well the verb fits is part of the evidence already.
const leastOfFit = 0.95;

/** Another one is for the same and explains the same words and the verb: a cosine alone does not choose between two. */
const hasEqual = (hit: Hit, possible: readonly Hit[]): boolean =>
  hit.strength > 0 &&
  possible.some(
    (other) =>
      other !== hit &&
      clarityOf(other) >= clarityOf(hit) - 0.05 &&
      other.explained >= hit.explained - 0.05 &&
      other.words >= hit.words - 0.2 &&
      other.verb >= hit.verb,
  );

/**
 * "visitors should see a notice while we rebuild the page": all purposes that are spoken of are this playbook's, one of them nobody else's, and no word
 * is another's. Of such wishes 40 of 43 were right that the evidence alone left open (training/data/worlds and development sets).
 */
const isAllItIsFor = (hit: Hit, reading: Reading, profile: CatalogProfile): boolean =>
  hit.fit > 0 &&
  hit.purpose > 0.9 &&
  hit.strength >= 0.8 &&
  hit.claimed === 0 &&
  (reading.isWish || reading.purposeVerb === null || reading.purposeVerb === "deploy") &&
  reading.stranger === undefined &&
  [...reading.concepts].some(
    ([concept, said]) =>
      said.strength >= 0.8 &&
      profile.byConcept.get(concept)?.length === 1 &&
      hit.profile.concepts.has(concept) &&
      !isSaidByOthers(said.stems, hit.profile, profile),
  );

/** "jo can't get through the door": a word that other playbooks have, too. */
const isSaidByOthers = (stems: ReadonlySet<string>, own: PlaybookProfile, profile: CatalogProfile): boolean =>
  [...profile.byId.values()].some((other) => other !== own && [...stems].some((one) => other.words.has(one)));

/** "Krita 5 on the tablets": a product that the description of exactly one playbook names, and nothing else beside it. */
const namesProductOf = (reading: Reading, entry: PlaybookProfile, profile: CatalogProfile): boolean =>
  (reading.purposeVerb === null || reading.purposeVerb === "deploy") &&
  reading.mentions.length === 0 &&
  reading.content.length > 0 &&
  reading.content.length < 3 &&
  entry.playbook.verb === "deploy" &&
  entry.products.size > 0 &&
  reading.content.some((word) => entry.products.has(word.stem)) &&
  reading.content.every((word) => entry.words.has(word.stem)) &&
  [...profile.byId.values()].every(
    (other) => other === entry || reading.content.every((word) => !entry.products.has(word.stem) || !other.words.has(word.stem)),
  );

/** The nearest by vector, and all that are for what the step is about. */
function* candidatesOf(reading: Reading, profile: CatalogProfile, near: Iterable<string>): Generator<PlaybookProfile> {
  const seen = new Set<PlaybookProfile>();
  for (const id of near) {
    const entry = profile.byId.get(id);
    if (entry !== undefined) seen.add(entry);
  }
  for (const concept of reading.concepts.keys()) {
    const entries = profile.byConcept.get(concept) ?? [];
    if (entries.length <= mostOfPurpose) for (const entry of entries) seen.add(entry);
  }
  yield* seen;
}

const isOnlyOneWithVerb = (reading: Reading, entry: PlaybookProfile, profile: CatalogProfile): boolean =>
  distinctVerbs.has(reading.verb) &&
  entry.playbook.verb === reading.verb &&
  entry.subjectVariable === undefined &&
  profile.countOfVerb(entry.playbook.verb) === 1;

const distinctVerbs = new Set<SpokenVerb | null>(["reboot", "clean", "renew", "rotate", "restore"]);
