import type { Change, PlannedStep } from "./modification-change.ts";
import type { DraftStep } from "../plan.ts";

/** A step of the new version. */
export interface ChangedStep {
  readonly draft: DraftStep;
  /** Its order in the version that was changed; null: it is new. */
  readonly from: number | null;
  /** Where it acts was said anew. */
  readonly placed: boolean;
  /** Words that stand where a host would stand and that the inventory does not know. */
  readonly unknownHosts: readonly string[];
}

/** A new step as it was mapped, with the unknown hosts of its words. */
export interface AddedStep {
  readonly draft: DraftStep;
  readonly unknownHosts: readonly string[];
}

export type Applied =
  | { readonly kind: "steps"; readonly steps: readonly ChangedStep[] }
  | { readonly kind: "refused"; readonly message: string };

/** The steps of the next version. `added` gives the mapped steps of each change that brings some, in the order of the changes. */
export function applyChanges(
  planned: readonly PlannedStep[],
  changes: readonly Change[],
  added: readonly (readonly AddedStep[])[],
): Applied {
  let steps: ChangedStep[] = planned.map(({ draft }) => ({ draft, from: draft.order, placed: false, unknownHosts: [] }));
  const hostsOf = new Map(planned.map(({ draft, hosts }) => [draft.order, hosts]));
  const waiting = [...added];
  let isReordered = false;
  for (const change of changes) {
    switch (change.kind) {
      case "hosts": {
        const next = steps.map((step) =>
          step.from !== null && change.steps.includes(step.from) ? place(step, change, hostsOf.get(step.from) ?? []) : step,
        );
        const problem = next.find((step) => typeof step === "string");
        if (typeof problem === "string") return { kind: "refused", message: problem };
        steps = next.filter((step) => typeof step !== "string");
        break;
      }
      case "value":
        steps = steps.map((step) =>
          step.from === change.step
            ? { ...step, draft: { ...step.draft, variables: { ...step.draft.variables, [change.variable]: change.value } } }
            : step,
        );
        break;
      case "without":
        steps = steps.filter((step) => step.from === null || !change.steps.includes(step.from));
        isReordered = true;
        break;
      case "order": {
        const place = (step: ChangedStep): number => (step.from === null ? Number.MAX_SAFE_INTEGER : change.steps.indexOf(step.from));
        steps = steps.toSorted((a, b) => place(a) - place(b));
        isReordered = true;
        break;
      }
      case "add": {
        const more = fresh(waiting.shift() ?? []);
        steps = change.place === "first" ? [...more, ...steps] : [...steps, ...more];
        isReordered = true;
        break;
      }
      case "exchange": {
        const more = fresh(waiting.shift() ?? []);
        const { replaced } = change;
        const isGone = (step: ChangedStep): boolean => replaced === "all" || (step.from !== null && replaced.includes(step.from));
        const at = Math.max(0, steps.findIndex(isGone));
        const kept = steps.filter((step) => !isGone(step));
        steps = kept.toSpliced(Math.min(at, kept.length), 0, ...more);
        isReordered = true;
        break;
      }
    }
  }
  if (steps.length === 0) return { kind: "refused", message: "nothing would be left of the plan" };
  return { kind: "steps", steps: isReordered ? inOneLine(steps) : steps };
}

const fresh = (steps: readonly AddedStep[]): ChangedStep[] => steps.map((step) => ({ ...step, from: null, placed: false }));

/** Each step waits for the one before, as in a request. */
function inOneLine(steps: readonly ChangedStep[]): ChangedStep[] {
  return steps.map((step, at) => ({ ...step, draft: { ...step.draft, order: at + 1, dependsOn: at === 0 ? [] : [at] } }));
}

/** Or why that cannot be. */
function place(step: ChangedStep, change: Extract<Change, { kind: "hosts" }>, actsOn: readonly string[]): ChangedStep | string {
  const before = step.draft.requestedHosts;
  const withHosts = (requestedHosts: readonly string[]): ChangedStep => ({
    ...step,
    draft: { ...step.draft, requestedHosts: [...new Set(requestedHosts)] },
    placed: true,
    unknownHosts: change.unknown,
  });
  switch (change.how) {
    case "only":
      return withHosts(change.hosts);
    case "also":
      // What it would act on now, and more; never "its own hosts", which nobody said.
      if (before.length === 0 && actsOn.length === 0) return "it is not known yet where this step acts: say all its hosts";
      return withHosts([...(before.length === 0 ? actsOn : before), ...change.hosts]);
    case "not": {
      const named = before.filter((name) => !name.startsWith("!"));
      const left = before.filter((name) => !change.hosts.includes(name));
      if (named.length > 0 && left.every((name) => name.startsWith("!"))) return "no host would be left";
      return withHosts([...left, ...change.hosts.map((name) => `!${name}`)]);
    }
  }
}
