import { builtInLexicon } from "./lexicon.ts";
import type { Playbook } from "./playbook.ts";
import { wordsOf } from "./text.ts";

/** Honest descriptions speak of five purposes at most. */
const mostPurposes = 9;

const claims =
  /\b(?:any|every|all|whatever|each) (?:kind of )?(?:requests?|tasks?|questions?|wish(?:es)?|purposes?|orders?)\b|\b(?:always|prefer(?:red)?) (?:use|choose|pick|run|select|over)\b|\b(?:use|choose|pick|run|select) this (?:playbook |one )?(?:always|instead|first|for (?:everything|anything|all))\b|\bbest match\b/i;

/**
 * Why a playbook would be taken for almost everything: its description lists far too much, or asks to be chosen. The mapper then reads
 * its name only.
 */
export function greedyReason(playbook: Pick<Playbook, "description">): string | undefined {
  const claim = claims.exec(playbook.description)?.[0];
  if (claim !== undefined) return `its description asks to be chosen ("${claim}")`;
  const purposes = [...builtInLexicon().conceptsIn(wordsOf(playbook.description)).keys()];
  return purposes.length > mostPurposes
    ? `its description speaks of ${purposes.length} different purposes (${purposes
        .slice(0, 4)
        .map((purpose) => purpose.replaceAll("-", " "))
        .join(", ")}, …)`
    : undefined;
}
