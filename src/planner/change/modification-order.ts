import type { ModificationContext, Reading } from "./modification-change.ts";
import { stepsMeant } from "./modification-reference.ts";

/** "back up first", "restart last", "the backup before step 1", "the other way round": the same steps in another order. */
export function readOrderChange(text: string, context: ModificationContext): Reading {
  const orders = context.steps.map((step) => step.draft.order);
  if (orders.length < 2) return { kind: "none" };
  if (
    /^(?:(?:swap|switch|flip)(?: them| the (?:two )?steps| the order)?|(?:in )?(?:the )?(?:other way (?:round|around)|opposite order|reverse(?:d)? order)|reverse(?: them| it| the (?:order|steps))?|andersherum)$/i.test(
      text,
    )
  )
    return changed(orders, orders.toReversed());

  const one = (words: string): number | undefined => {
    const meant = stepsMeant(words.replace(/^(?:do|run|make|put|move|start with|begin with)\s+/i, ""), context);
    return meant.length === 1 ? meant[0] : undefined;
  };
  const pair = /^(.+?)\s+(before|after|vor|nach)\s+(.+)$/is.exec(text);
  if (pair?.[1] !== undefined && pair[3] !== undefined) {
    const [moved, fixed] = [one(pair[1]), one(pair[3])];
    if (moved === undefined || fixed === undefined || moved === fixed) return { kind: "none" };
    const rest = orders.filter((order) => order !== moved);
    const at = rest.indexOf(fixed) + (/after|nach/i.test(pair[2] ?? "") ? 1 : 0);
    return changed(orders, rest.toSpliced(at, 0, moved));
  }
  const first =
    /^(?:first(?: of all)?|to begin with|start(?:ing)? with|begin(?:ning)? with|zuerst|primero|d'abord)[\s,:]+(.+)$/is.exec(text)?.[1] ??
    /^(.+?)[\s,]+(?:first|at the beginning|to the (?:top|front|start)|zuerst|primero|d'abord)$/is.exec(text)?.[1];
  const last =
    /^(?:finally|last(?:ly)?|at the end|zuletzt)[\s,:]+(.+)$/is.exec(text)?.[1] ??
    /^(.+?)[\s,]+(?:last|at the (?:very )?end|to the (?:bottom|end)|zuletzt)$/is.exec(text)?.[1];
  const moved = first === undefined ? (last === undefined ? undefined : one(last)) : one(first);
  if (moved === undefined) return { kind: "none" };
  const rest = orders.filter((order) => order !== moved);
  return changed(orders, first === undefined ? [...rest, moved] : [moved, ...rest]);
}

function changed(before: readonly number[], after: readonly number[]): Reading {
  return before.join() === after.join()
    ? { kind: "refused", message: "the steps are in that order already", help: null }
    : { kind: "changes", changes: [{ kind: "order", steps: after }] };
}
