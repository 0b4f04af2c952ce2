import { changeForm } from "../planner/change/change-form.ts";
import type { ModelTiers } from "../planner/model/model-tiers.ts";
import type { ModificationContext, Reading } from "../planner/change/modification-change.ts";
import { offeredPlaybooks, type OfferedPlaybooksDeps } from "../planner/model/offered-playbooks.ts";
import { isPlainReply } from "../planner/change/reply-words.ts";
import { mayChange } from "../planner/change/change-coverage.ts";
import type { Known } from "./draft-steps.ts";

export interface ReadChange {
  readonly reading: Reading;
  /** Absent: the rules read it. */
  readonly readBy?: { readonly readBy: string; readonly model: string };
  readonly notes: readonly string[];
}

export interface ReplyToRead {
  readonly text: string;
  readonly person: string;
  readonly requestId: string;
  readonly context: ModificationContext;
}

/** A reply that the rules did not understand, read by a language model. `none`: it did not either, or there is none. */
export type ReadChangeByModel = (reply: ReplyToRead, known: Known) => Promise<ReadChange>;

export function createReadChange(deps: OfferedPlaybooksDeps & { readonly tiers: ModelTiers }): ReadChangeByModel {
  return async ({ text, person, requestId, context }, known) => {
    const none: ReadChange = { reading: { kind: "none" }, notes: [] };
    // Nothing that a model makes of it could have its ground in such words: people talk in threads about other things, too.
    if (!isPlainReply(text) || !mayChange(text, context)) return none;
    const answer = await deps.tiers.ask<Reading>({
      requestId,
      person,
      isComplex: false,
      isReply: true,
      async form(contextTokens) {
        const byRules = await known.decomposer.decompose(text, { person });
        return changeForm({ text, context, playbooks: await offeredPlaybooks(deps, text, byRules, known.catalog) }, contextTokens);
      },
    });
    if (answer.kind === "none") return { ...none, notes: answer.notes };
    return { reading: answer.value, readBy: { readBy: answer.tier, model: answer.model }, notes: answer.notes };
  };
}
