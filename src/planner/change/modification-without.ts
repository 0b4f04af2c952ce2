import type { ModificationContext, Reading } from "./modification-change.ts";
import { stepsMeant } from "./modification-reference.ts";

const leaving =
  /^(?:without|skip|leave\s+(?:out|off)|omit|minus|except(?:\s+for)?|forget(?:\s+about)?|not|no|no\s+need\s+(?:to|for)|(?:(?:i|we|you)\s+)?(?:don'?t|do\s+not)(?:\s+(?:need|want)(?:\s+to)?)?|never|spare|ohne|nicht|kein(?:e|en)?|sin|sans)\s+(.+)$/isu;
/** Verbs that also remove services: they leave out a step only when they name it as one. */
const leavingStep = /^(?:drop|remove|delete|cut|take\s+out|strike|scrap|cancel)\s+(.+)$/isu;
const trailing = /^(?:leave|take|keep)\s+(.+?)\s+(?:out|off|away)$/isu;

/** "without the backup", "skip step 2", "don't restart": steps that go. Hosts that are left out are a matter of place. */
export function readOmission(text: string, context: ModificationContext): Reading {
  const kept = onlyThose(text, context);
  if (kept !== undefined) return kept;
  const strict = leavingStep.exec(text)?.[1];
  if (strict !== undefined && !/\bsteps?\b|\b(?:from|off) the plan\b/i.test(strict)) return { kind: "none" };
  const rest = (strict ?? leaving.exec(text)?.[1] ?? trailing.exec(text)?.[1])
    ?.replace(/\s+(?:from|off|in)\s+the\s+plan$/i, "")
    .replace(/\s+(?:at all|this time|for now|anymore|any more|part)$/i, "")
    .trim();
  if (rest === undefined || rest === "") return { kind: "none" };
  const meant = stepsMeant(rest, context);
  if (meant.length === 0) {
    return /^(?:the\s+)?(?:steps?\s*#?\d|\w+\s+step\b)/i.test(rest)
      ? { kind: "refused", message: `the plan has ${count(context.steps.length)}, and none of them is "${rest}"`, help: null }
      : { kind: "none" };
  }
  const several = meant.length > 1 && !/\d.*\d|\b(?:all|both|every)\b|s$/i.test(rest);
  if (several)
    return {
      kind: "refused",
      message: `"${rest}" could be step ${meant.join(" or ")}`,
      help: `Say the number, for example "skip step ${meant[0] ?? 1}".`,
    };
  if (meant.length === context.steps.length)
    return { kind: "refused", message: "nothing would be left of the plan", help: 'Say "cancel" to withdraw it.' };
  return { kind: "changes", changes: [{ kind: "without", steps: meant }] };
}

/** "only step 1", "just the backup": the others go. */
function onlyThose(text: string, context: ModificationContext): Reading | undefined {
  const said =
    /^(?:(?:do|run)\s+)?(?:only|just|nur|solo|seulement)\s+(.+)$/is.exec(text)?.[1] ?? /^(?:(?:do|run)\s+)?(.+?)\s+only$/is.exec(text)?.[1];
  const meant = said === undefined ? [] : stepsMeant(said, context);
  const gone = context.steps.map((step) => step.draft.order).filter((order) => !meant.includes(order));
  return meant.length === 0 || gone.length === 0 ? undefined : { kind: "changes", changes: [{ kind: "without", steps: gone }] };
}

const count = (steps: number): string => (steps === 1 ? "one step" : `${steps} steps`);
