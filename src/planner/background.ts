import type { Draft } from "./draft.ts";
import { isWorkWithoutVerb } from "./new-step.ts";

/** "The disk of the wiki is full. Restart it.": what only describes is background of the work that follows, or the wish itself. */
export function joinBackground(drafts: readonly Draft[]): Draft[] {
  const joined: Draft[] = [];
  for (const draft of drafts) {
    const before = joined.at(-1);
    const isBackground =
      before !== undefined &&
      !before.hasOwnVerb &&
      !isWorkWithoutVerb(before.text) &&
      !/\d\.\d/.test(before.text) &&
      before.services.length === 0 &&
      before.hosts.length === 0 &&
      before.joint !== "colon" &&
      !/^(?:then|before|after)$/.test(draft.joint) &&
      !/^(?:a|an|the|some|something|one|my|our)?\s*\S+$/i.test(before.text);
    if (!isBackground || before === undefined || before.isItem || draft.isItem) {
      joined.push(draft);
      continue;
    }
    if (draft.services.length > 0 && draft.hasOwnVerb) joined.splice(-1, 1, draft);
    else joined.splice(-1, 1, { ...draft, text: `${before.text}, ${draft.text}`, hasOwnVerb: draft.hasOwnVerb, joint: before.joint });
  }
  return joined;
}
