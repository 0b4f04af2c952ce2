import { isStopWord } from "../../mapping/stop-words.ts";
import { stem, wordsOf, type Word } from "../../mapping/text.ts";
import { spokenVerb, verbAt } from "../../mapping/verb-words.ts";
import type { ModificationContext, PlannedStep } from "./modification-change.ts";

type Planned = Pick<ModificationContext, "steps" | "vocabulary">;

/** Which steps of the plan some words mean ("step 2", "the backup", "gitea"); empty when any of the words fits none. */
export function stepsMeant(text: string, { steps, vocabulary }: Planned): readonly number[] {
  const byNumber = numberedSteps(text, steps);
  if (byNumber !== undefined) return byNumber;
  const words = wordsOf(text);
  return steps.filter((step) => explains(step, words, vocabulary)).map((step) => step.draft.order);
}

/** Its number as shown, whatever the orders are. */
function numberedSteps(text: string, steps: readonly PlannedStep[]): readonly number[] | undefined {
  const said = text
    .trim()
    .toLowerCase()
    .replace(/^(?:the|den|die|das|el|la|le)\s+/, "");
  const listed = /^(?:steps?|schritte?|pasos?|etapes?|number|no\.?|nr\.?|#)\s*#?(\d{1,2}(?:\s*(?:,|and|&|und|y|et)\s*#?\d{1,2})*)$/.exec(
    said,
  )?.[1];
  const numbers = listed === undefined ? ordinalOf(said, steps.length) : (listed.match(/\d+/g) ?? []).map(Number);
  if (numbers === undefined) return undefined;
  return numbers.every((number) => steps.some((step) => step.draft.order === number)) ? numbers : [];
}

function ordinalOf(said: string, count: number): number[] | undefined {
  const word = /^(\w+?)(?:\s+(?:step|one|part|thing|schritt))?$/.exec(said)?.[1] ?? "";
  const at = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"].indexOf(word);
  if (at >= 0) return [at + 1];
  const digits = /^(\d{1,2})(?:st|nd|rd|th)$/.exec(word)?.[1];
  if (digits !== undefined) return [Number(digits)];
  return word === "last" && count > 0 ? [count] : undefined;
}

function explains(step: PlannedStep, words: readonly Word[], vocabulary: Planned["vocabulary"]): boolean {
  const { draft, playbook } = step;
  const own = wordsOf(draft.intent);
  const verbs = new Set([spokenVerb(own)?.verb, playbook?.verb].filter((verb) => verb !== undefined));
  const services = new Set(vocabulary.servicesIn(own).map((service) => service.name));
  if (playbook?.service !== null && playbook?.service !== undefined) services.add(playbook.service);
  const stems = new Set([...own, ...wordsOf(`${draft.name} ${playbook?.name ?? ""}`)].map((word) => stem(word.lower)));
  const mentions = vocabulary.servicesIn(words);
  let meant = 0;
  for (let at = 0; at < words.length; at += 1) {
    const lower = words[at]?.lower ?? "";
    const mention = mentions.find((one) => one.from <= at && at < one.to);
    if (mention !== undefined) {
      if (!services.has(mention.name)) return false;
      meant += 1;
      at = mention.to - 1;
      continue;
    }
    const hit = verbAt(words, at);
    if (hit !== undefined && verbs.has(hit.verb)) {
      meant += 1;
      at = hit.to - 1;
      continue;
    }
    if (stems.has(stem(lower)) && !isStopWord(lower)) meant += 1;
    else if (!isStopWord(lower) && !/^(?:steps?|parts?|schritte?)$/.test(lower)) return false;
  }
  return meant > 0;
}

/** "step 2: …", "for step 2, …", "… in step 2": the change holds for that step only. */
export function stepPrefix(text: string, planned: Planned): { readonly rest: string; readonly steps: readonly number[] | undefined } {
  const before =
    /^(?:for|in|on)?\s*((?:the\s+)?steps?\s*#?\d{1,2}(?:\s*(?:,|and|&)\s*\d{1,2})*|the\s+\w+\s+step)\s*(?:[:,-]\s*|\s+)(?=\S)/i.exec(text);
  if (before?.[1] !== undefined) return { rest: text.slice(before[0].length), steps: stepsMeant(before[1], planned) };
  const after = /\s+(?:(?:for|in|of)\s+)?((?:the\s+)?steps?\s*#?\d{1,2}|the\s+\w+\s+step)$/i.exec(text);
  if (after?.[1] !== undefined) return { rest: text.slice(0, after.index), steps: stepsMeant(after[1], planned) };
  return { rest: text, steps: undefined };
}
