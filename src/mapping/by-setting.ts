import { ownWordShare, quote, variableShare } from "./explained-words.ts";
import { acceptThreshold } from "./mapping.ts";
import type { CatalogProfile, PlaybookProfile } from "./playbook-profile.ts";
import { clamp, type Detailed, type NamedResult } from "./ranked-playbooks.ts";
import type { ServiceMention } from "./service-names.ts";
import type { Reading } from "./step-reading.ts";
import { stem } from "./text.ts";

/** "set the port of X", "add Y to X", "update X's Y": the playbook of X whose words and variables explain the Y. */
export function bySetting(reading: Reading, profile: CatalogProfile, mention: ServiceMention, detailed: Detailed): NamedResult | undefined {
  const fitting = detailed.filter(({ entry }) => ["configure", "add", "create", "deploy"].includes(entry.playbook.verb));
  if (fitting.length === 0) return undefined;
  if (reading.content.length === 0) {
    if (reading.verb === "update") return undefined;
    const configuring = fitting.filter(({ entry }) => entry.playbook.verb !== "deploy");
    const [only] = configuring.length > 0 ? configuring : fitting;
    if (only === undefined) return undefined;
    const sure =
      mention !== reading.object && configuring.length === 0
        ? 0.6
        : configuring.length === 1 && reading.verb !== "create"
          ? 0.95
          : configuring.length === 0 &&
              fitting.length === 1 &&
              reading.verb !== "rotate" &&
              !reading.verbStems.some((stem) => switching.has(stem))
            ? 0.86
            : 0.6;
    return {
      decided: false,
      ranked: [{ profile: only.entry, confidence: sure * mention.quality }],
      why: `matched the name '${mention.name}' and the verb ${reading.verb ?? ""}`,
    };
  }
  const scored = fitting
    .map(({ entry }) => {
      const variable = variableShare(reading, entry);
      const words = ownWordShare(reading, entry, profile);
      const setting = entry.playbook.verb === "deploy" ? 0 : 0.12;
      return {
        profile: entry,
        value: Math.max(variable, words) + setting,
        hasGround: Math.max(variable, entry.playbook.verb === "deploy" ? 0 : words),
      };
    })
    .sort((a, b) => b.value - a.value);
  const [best, second] = scored;
  if (best === undefined || best.hasGround < 0.3)
    return reading.verb === "update"
      ? undefined
      : {
          decided: false,
          ranked: scored.map((entry) => ({ profile: entry.profile, confidence: 0.45 })),
          why: `'${mention.name}' is known, but nothing of it is about the rest of the words`,
        };
  if (reading.verb === "update" && best.profile.playbook.verb === "deploy") return undefined;
  if (reading.verb === "rotate" && best.profile.playbook.verb === "deploy")
    return {
      decided: false,
      ranked: scored.map((entry) => ({ profile: entry.profile, confidence: 0.4 })),
      why: "a deployment does not reset anything",
    };
  const isClose = (second !== undefined && best.value - second.value < 0.15) || isForOther(reading, best.profile, profile);
  const sure = clamp((0.8 + 0.18 * Math.min(1, best.hasGround + 0.2)) * mention.quality - (isClose ? 0.15 : 0));
  return {
    decided: sure >= acceptThreshold,
    ranked: scored.map((entry, at) => ({ profile: entry.profile, confidence: at === 0 ? sure : Math.min(sure - 0.1, 0.7) * 0.7 })),
    why: `matched the name '${mention.name}' and the words ${quote(reading, best.profile)}`,
  };
}

/** "turn kavita off", "open the dome": not what setting a service up does. */
const switching = new Set("turn switch open close shut lock unlock enable disable toggle block allow".split(" ").map(stem));

/** "too many connections to postgres": what is wanted is what another service is for. */
const isForOther = ({ concepts }: Reading, best: PlaybookProfile, profile: CatalogProfile): boolean =>
  [...concepts].some(
    ([concept, said]) =>
      said.strength >= 0.8 &&
      !best.concepts.has(concept) &&
      (profile.byConcept.get(concept) ?? []).some((entry) => entry.playbook.service !== best.playbook.service && (entry.concepts.get(concept) ?? 0) >= 1),
  ); // prettier-ignore
