import { calibrated, type Embedder } from "./embedder.ts";
import { explainedShare, purposeShare } from "./explained-words.ts";
import type { PlaybookIndex } from "./playbook-index.ts";
import type { CatalogProfile } from "./playbook-profile.ts";
import type { Scored } from "./ranked-playbooks.ts";
import type { Reading } from "./step-reading.ts";
import { verbFit } from "./verb-fit.ts";
import type { SpokenVerb } from "./verb-words.ts";

export interface Evidence {
  readonly intent: string;
  readonly playbook: string;
  readonly similarity: number;
  readonly margin: number;
  readonly explained: number;
}

export interface MeaningDeps {
  readonly index: PlaybookIndex;
  readonly embedder: Embedder;
  readonly observe?: ((evidence: Evidence) => void) | undefined;
  /** Left out to measure what they bring. */
  readonly anyVerb: boolean;
  readonly uncalibrated: boolean;
}

/** What reads like the step, by its vector, its words and what the playbook is for. */
export async function byMeaning(
  reading: Reading,
  profile: CatalogProfile,
  { index, embedder, observe, anyVerb, uncalibrated }: MeaningDeps,
): Promise<Scored[]> {
  if (reading.content.length === 0 && reading.mentions.length === 0 && reading.concepts.size === 0) return [];
  await index.update(profile.catalog);
  const [vector] = await embedder.embed([reading.query]);
  if (vector === undefined) return [];
  const hits = await index.search(vector, 40);
  const scored = hits.flatMap((hit) => {
    const found = profile.byId.get(hit.playbook);
    return found === undefined
      ? []
      : [
          {
            profile: found,
            similarity: hit.similarity,
            explained: explainedShare(reading, found, profile),
            purpose: purposeShare(reading, found, profile),
            fit: anyVerb ? 1 : verbFit(reading, found),
          },
        ];
  });
  const value = (hit: (typeof scored)[number]): number => hit.similarity + 0.25 * hit.explained + 0.4 * hit.purpose;
  const possible = scored.filter((hit) => hit.fit > 0).sort((a, b) => value(b) - value(a));
  const [top, next] = possible;
  if (top !== undefined)
    observe?.({
      intent: reading.query,
      playbook: top.profile.playbook.id,
      similarity: top.similarity,
      margin: value(top) - (next === undefined ? 0 : value(next)),
      explained: top.explained,
    });
  return scored
    .map((hit) => {
      const rival = possible.find((other) => other !== hit);
      const margin = value(hit) - (rival === undefined ? 0 : value(rival));
      const sure = uncalibrated
        ? Math.max(0, hit.similarity)
        : calibrated(embedder.calibration, {
            similarity: hit.similarity,
            margin: Math.max(-0.6, Math.min(0.6, margin)),
            explained: hit.explained,
          });
      // Nothing but a likeness of letters is no ground.
      const limit = hit.explained === 0 ? 0.3 : 1;
      const isOnlyOne =
        distinctVerbs.has(reading.verb) &&
        hit.profile.playbook.verb === reading.verb &&
        hit.profile.subjectVariable === undefined &&
        profile.countOfVerb(hit.profile.playbook.verb) === 1;
      const byVerbAlone = isOnlyOne && hit.explained > 0.4 ? 0.7 + 0.25 * hit.explained : 0;
      return { profile: hit.profile, confidence: Math.max(byVerbAlone, Math.min(limit, sure)) * (hit.fit > 0 ? hit.fit : 0.3) };
    })
    .sort((a, b) => b.confidence - a.confidence);
}

const distinctVerbs = new Set<SpokenVerb | null>(["reboot", "clean", "renew", "rotate", "restore"]);
