import { isStopWord } from "../../mapping/stop-words.ts";
import { fold, nameParts, stem, wordsOf } from "../../mapping/text.ts";
import type { PlannedStep } from "./modification-change.ts";

/** What only this step is called, as stems: a word that two steps have names neither. */
export function namesOfSteps(steps: readonly PlannedStep[]): ReadonlyMap<number, ReadonlySet<string>> {
  const own = new Map(steps.map((step) => [step.draft.order, stemsOf(step)]));
  return new Map(
    [...own].map(([order, stems]) => {
      const others = new Set([...own].flatMap(([other, words]) => (other === order ? [] : [...words])));
      return [order, new Set([...stems].filter((word) => !others.has(word)))];
    }),
  );
}

function stemsOf({ draft, playbook }: PlannedStep): ReadonlySet<string> {
  const words = wordsOf(`${draft.intent} ${draft.name} ${playbook?.name ?? ""}`).map((word) => word.lower);
  const all = [...words, ...nameParts(playbook?.service ?? ""), ...(playbook === undefined ? [] : [playbook.verb ?? ""])];
  return new Set(all.filter((word) => word.length > 2 && !isStopWord(word)).map((word) => stem(word)));
}

const ordinals = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"];
const noun = "(?:steps?|ones?|parts?|things?|playbooks?|schritte?n?|pasos?|etapes?)";

/** The steps that some words name, by number or by what only they are called. */
export function stepsNamed(text: string, steps: readonly PlannedStep[], except: ReadonlySet<string> = new Set()): readonly number[] {
  const said = fold(text);
  const named = new Set<number>();
  for (const list of said.matchAll(/\b(?:steps?|schritte?|pasos?|etapes?|number|nr\.?)\s*#?(\d{1,2}(?:\s*(?:,|and|&|und|y|et)\s*#?\d{1,2})*)\b/gu))
    for (const number of list[1]?.match(/\d+/gu) ?? []) named.add(Number(number));
  for (const match of said.matchAll(new RegExp(`\\b(\\w+)\\s+${noun}\\b`, "gu"))) {
    const at = ordinals.indexOf(match[1] ?? "");
    if (at >= 0) named.add(at + 1);
    else if (match[1] === "last") named.add(steps.length);
  }
  const stems = new Set(wordsOf(text).flatMap((word) => (except.has(word.lower) ? [] : [stem(word.lower)])));
  for (const [order, names] of namesOfSteps(steps)) if ([...names].some((name) => stems.has(name))) named.add(order);
  return [...named].toSorted((a, b) => a - b);
} // prettier-ignore
