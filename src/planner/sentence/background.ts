import { wordsOf } from "../../mapping/text.ts";
import { type Draft, verbStands } from "./draft.ts";
import { isWorkWithoutVerb } from "./new-step.ts";
import type { Vocabulary } from "../vocabulary.ts";

/** "The disk of the wiki is full. Restart it.": what only describes is background of the work that follows, or the wish itself. */
export function joinBackground(drafts: readonly Draft[], vocabulary: Vocabulary): Draft[] {
  const joined: Draft[] = [];
  for (const draft of drafts) {
    const before = joined.at(-1);
    const isBackground =
      before !== undefined &&
      !before.hasOwnVerb &&
      !verbStands(before) &&
      vocabulary.thingAt(wordsOf(before.text)) === undefined &&
      !(!draft.hasOwnVerb && vocabulary.thingAt(wordsOf(draft.text)) !== undefined) &&
      !isWorkWithoutVerb(before.text) &&
      !/\d\.\d/.test(before.text) &&
      !/\s(?:on|off|up|down|an|aus|ein)$/i.test(before.text.trim()) &&
      before.services.length === 0 &&
      before.hosts.length === 0 &&
      before.isPronoun !== true &&
      before.sentence <= draft.sentence &&
      before.joint !== "colon" &&
      !/^(?:then|before|after)$/.test(draft.joint) &&
      !/^(?:a|an|the|some|something|one|my|our)?\s*\S+$/i.test(before.text);
    // "I deleted my folder /home/x, get it back": what happened is told first, what to do comes after.
    if (
      before !== undefined &&
      isTold(before.text) &&
      !before.isItem &&
      !draft.isItem &&
      draft.hasOwnVerb &&
      !isTold(draft.text) &&
      before.services.length === 0
    ) {
      joined.splice(-1, 1, { ...draft, text: `${draft.text}, ${before.text}`, hosts: draft.hosts.length > 0 ? draft.hosts : before.hosts });
      continue;
    }
    if (!isBackground || before === undefined || before.isItem || draft.isItem) {
      joined.push(draft);
      continue;
    }
    if (draft.services.length > 0 && draft.hasOwnVerb) joined.splice(-1, 1, draft);
    else joined.splice(-1, 1, { ...draft, text: `${before.text}, ${draft.text}`, hasOwnVerb: draft.hasOwnVerb, joint: before.joint });
  }
  return joined;
}

/** Something that a person did or that happened, told in the past: no order, whatever its verb. */
const isTold = (text: string): boolean =>
  /^(?:i|we|he|she|they|someone|somebody|(?:my|our|a|the) \p{L}+)\s+(?:have |has |had |just |accidentally |already |also |mistakenly |by mistake )*(?:\p{L}{2,}(?:[^e]ed|[^e]d)|lost|overwrote|broke|left|quit|forgot|bought|made|wrote|threw|sent|put)\b(?!\s+to\b)/iu.test(
    text.trim(),
  ) && !/^(?:i|we|he|she|they|(?:my|our|a|the) \p{L}+)\s+(?:would|could|should|need|needed|wanted|liked)\b/iu.test(text.trim());
