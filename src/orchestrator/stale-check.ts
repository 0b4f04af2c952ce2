import type { AnsibleFacts } from "../agents/infra/ansible-facts.ts";
import { digestOf } from "../canonical-json.ts";
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
  /** Code from outside the repo that ansible would use now. */
  readonly outside: (tree: WorkingTree) => Promise<SealedPlan["outside"]>;
  /** Ansible and its settings as they are now. */
  readonly facts: Pick<AnsibleFacts, "changedConfig" | "version">;
}

export function createStaleCheck(deps: StaleCheckDeps): StaleCheck {
  return {
    async changes(plan) {
      const reading = deps.workingTree.read(deps.repo);
      const [now, outside, config, version] = await Promise.all([
        reading,
        reading.then(deps.outside),
        deps.facts.changedConfig(deps.repo),
        deps.facts.version(),
      ]);
      const elsewhere = [
        ...outsideChanges(plan.outside, outside),
        ...settingChanges(plan.ansibleConfig, config),
        ...(plan.ansibleVersion === version ? [] : [`ansible was ${plan.ansibleVersion} and is ${version}`]),
      ];
      if (now.hash === plan.snapshot.hash) return elsewhere;
      const used = usedBy(plan, new Set(await deps.playbookPaths()));
      return [...changesBetween(plan.snapshot.files.filter(used), now.files.filter(used)), ...elsewhere];
    },
  };
}

/** Another version of what was sealed, or none any more, or one that ansible would now take first. */
function outsideChanges(sealed: SealedPlan["outside"], now: SealedPlan["outside"]): string[] {
  const same = (one: SealedPlan["outside"][number]) => (other: typeof one) => one.kind === other.kind && one.name === other.name;
  const changed = sealed.flatMap((old) => {
    const there = now.find(same(old));
    if (there === undefined) return [`${outsideNames[old.kind]} ${old.name} is gone`];
    return there.hash === old.hash ? [] : [`${outsideNames[old.kind]} ${old.name} was changed`];
  });
  // A collection that is used anew shows in the file that uses it.
  const fresh = now.filter((one) => one.kind !== "collection" && !sealed.some(same(one)));
  return [...changed, ...fresh.map((one) => `${outsideNames[one.kind]} ${one.name} is new`)];
}

const outsideNames = { role: "role", collection: "collection", config: "ansible's configuration", plugins: "plugin folder" } as const;

function settingChanges(sealed: Readonly<Record<string, unknown>>, now: Readonly<Record<string, unknown>>): string[] {
  const names = [...new Set([...Object.keys(sealed), ...Object.keys(now)])].toSorted();
  return names
    .filter((name) => digestOf([sealed[name] ?? null]) !== digestOf([now[name] ?? null]))
    .map((name) => `ansible's setting ${name} was changed`);
}
