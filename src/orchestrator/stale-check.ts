import { changesBetween, type WorkingTree } from "../planner/snapshot.ts";
import type { SealedPlan } from "../planner/plan.ts";
import { usedBy } from "../planner/used-files.ts";

/** Compares what a plan uses with the repo as it is now. */
export interface StaleCheck {
  /** One line a change; empty: nothing that the plan uses is different. */
  changes(plan: SealedPlan): Promise<readonly string[]>;
}

export interface StaleCheckDeps {
  readonly repo: string;
  readonly workingTree: { read(repo: string): Promise<WorkingTree> };
  /** Paths of all catalog playbooks: those that the plan does not run cannot change what it does. */
  readonly playbookPaths: () => Promise<readonly string[]>;
  /** Collections from outside the repo that it uses now. */
  readonly outside: (tree: WorkingTree) => Promise<SealedPlan["outside"]>;
}

export function createStaleCheck(deps: StaleCheckDeps): StaleCheck {
  return {
    async changes(plan) {
      const now = await deps.workingTree.read(deps.repo);
      const elsewhere = outsideChanges(plan.outside, await deps.outside(now));
      if (now.hash === plan.snapshot.hash) return elsewhere;
      const used = usedBy(plan, new Set(await deps.playbookPaths()));
      return [...changesBetween(plan.snapshot.files.filter(used), now.files.filter(used)), ...elsewhere];
    },
  };
}

/** Another version of a collection that was sealed, or none any more; one that is used anew shows in the file that uses it. */
function outsideChanges(sealed: SealedPlan["outside"], now: SealedPlan["outside"]): string[] {
  return sealed.flatMap((old) => {
    const there = now.find((one) => one.kind === old.kind && one.name === old.name);
    if (there === undefined) return [`${old.kind} ${old.name} is gone`];
    return there.hash === old.hash ? [] : [`${old.kind} ${old.name} was changed`];
  });
}
