import type { PlaybookProfile } from "./playbook-profile.ts";
import type { Reading } from "./step-reading.ts";
import { answeringVerbs, type SpokenVerb } from "./verb-words.ts";

/** 1 when the playbook does what is asked, 0 when it must not answer. */
export function verbFit(reading: Reading, entry: PlaybookProfile): number {
  const verb = reading.purposeVerb;
  const { playbook } = entry;
  // "block ads", "check how fast the line is": what a service is for, said as an order.
  if (verb !== null && verb !== "deploy" && playbook.verb === "deploy" && isForThat(reading, entry)) return verb === "other" ? 0.88 : 0.97;
  if (verb === "other") return reading.verbStems.length > 0 && reading.verbStems.every((stem) => saysAct(entry, stem)) ? 1 : 0;
  if (verb === null || reading.isWish) return playbook.verb === "remove" || playbook.verb === "restore" ? 0.9 : 1;
  if (entry.does.has(verb)) return 1;
  if (describing.has(verb) && playbook.verb === "deploy" && [...reading.concepts.keys()].some((concept) => entry.concepts.has(concept)))
    return 0.95;
  if (verb === "deploy") return ["configure", "add"].includes(playbook.verb) ? 0.97 : 0;
  if (answeringVerbs(verb).includes(playbook.verb)) return playbook.verb === "deploy" ? 0.9 : 0.98;
  return 0;
}

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
