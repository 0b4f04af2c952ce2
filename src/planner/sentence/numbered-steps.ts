import { wordsOf } from "../../mapping/text.ts";
import { spokenVerb } from "../../mapping/verb-words.ts";
import { objectWords } from "./clauses.ts";
import type { RequestedStep } from "../decomposition.ts";
import { type Draft, withoutVerb } from "./draft.ts";
import { statedValues } from "../values/stated-values.ts";

export function numberedSteps(drafts: readonly Draft[]): (RequestedStep & { context?: string })[] {
  return drafts.map((draft, at) => {
    const spoken = spokenVerb(wordsOf(draft.text))?.verb ?? null;
    const isHostOnly = draft.services.length === 0 && draft.hosts.length > 0 && objectWords(draft.text).length === 0;
    // "restart docker01": a whole host is rebooted, not restarted.
    const verb = spoken === "restart" && isHostOnly ? "reboot" : spoken;
    const intent =
      verb === "reboot" && isHostOnly
        ? `reboot ${withoutVerb(draft.text)}`.trim()
        : draft.text
            .replace(/^[\s,;:-]+|[\s,;:-]+$/g, "")
            .replace(/\s+(?:first|beforehand|afterwards|at the end|in the end|zuerst|vorher|primero|d'abord)$/i, "");
    return {
      order: at + 1,
      name: intent.length > 80 ? `${intent.slice(0, 77)}...` : intent,
      intent,
      verb: verb === "other" ? null : verb,
      confidence: draft.services.length > 0 ? 0.95 : verb === null ? 0.65 : 0.85,
      parameters: statedValues(intent),
      hosts: draft.hosts,
      unknownHosts: [...new Set(draft.unknownHosts)],
      dependsOn: at === 0 ? [] : [at],
      ...(draft.context === undefined ? {} : { context: draft.context }),
    };
  });
}
