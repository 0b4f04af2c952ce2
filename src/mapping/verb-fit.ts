import type { PlaybookProfile } from "./playbook-profile.ts";
import type { Reading } from "./step-reading.ts";
import { answeringVerbs, type SpokenVerb } from "./verb-words.ts";

/** 1 when the playbook does what is asked, 0 when it must not answer. */
export function verbFit(reading: Reading, entry: PlaybookProfile): number {
  const { verb } = reading;
  if (verb === "other") return 0;
  if (verb === null || reading.isWish) return entry.playbook.verb === "remove" || entry.playbook.verb === "restore" ? 0.9 : 1;
  if (entry.does.has(verb)) return 1;
  // "block ads", "check how fast the line is": what a service is for, said as an order.
  if (verb === "check" || verb === "add" || verb === "configure" || verb === "create") {
    if (entry.playbook.verb === "deploy" && [...reading.concepts.keys()].some((concept) => entry.concepts.has(concept))) return 0.95;
  }
  if (verb === "deploy") return ["configure", "add"].includes(entry.playbook.verb) ? 0.97 : 0;
  if (answeringVerbs(verb).includes(entry.playbook.verb)) return entry.playbook.verb === "deploy" ? 0.9 : 0.98;
  return 0;
}

export const havingVerbs = new Set<SpokenVerb | null>([null, "deploy", "run"]);
export const settingVerbs = new Set<SpokenVerb | null>(["configure", "add", "create", "rotate"]);
