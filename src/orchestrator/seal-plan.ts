import { digestOf } from "../canonical-json.ts";
import { AppError, exitCodes, isAppError } from "../errors.ts";
import { whereItActs, type ActsOn } from "../agents/infra/act-on.ts";
import type { AnsibleFacts } from "../agents/infra/ansible-facts.ts";
import type { Inventory } from "../agents/infra/inventory.ts";
import { refuseInventoryKeys } from "../agents/infra/inventory-keys.ts";
import { changing } from "../agents/infra/repo-reader.ts";
import { resolveSecrets } from "../agents/infra/resolve-secrets.ts";
import { refuseMissing } from "../agents/infra/sealed-copy.ts";
import { secretName, secretSourcesOf } from "../agents/infra/secret-sources.ts";
import { expandHosts, type InventoryNames } from "../mapping/inventory-names.ts";
import type { Playbook, PlaybookCatalog } from "../mapping/playbook.ts";
import type { DraftStep, PlanStep, RiskClass, SealedPlan } from "../planner/plan.ts";
import type { PlanVersion } from "../planner/plan-store.ts";
import { emptyQuestion, type Question } from "../planner/question.ts";
import type { WorkingTree } from "../planner/snapshot.ts";
import type { SnapshotStore } from "../planner/snapshot-store.ts";
import { highestRisk, riskOf } from "../policy/risk.ts";
import { lockKeysOf } from "../runs/target-lock.ts";

export interface SealPlanDeps {
  readonly repo: string;
  readonly workingTree: { read(repo: string): Promise<WorkingTree> };
  readonly snapshots: SnapshotStore;
  readonly facts: AnsibleFacts;
  readonly inventorySources: () => Promise<readonly string[]>;
  readonly inventory: () => Promise<Inventory>;
  readonly outside: (tree: WorkingTree) => Promise<SealedPlan["outside"]>;
  readonly givenVariables: Readonly<Record<string, unknown>>;
  readonly timeLimitSeconds: number;
  /** Programs of the repo that may give passwords, by `chiffon.yml`. */
  readonly passwordScripts?: readonly string[] | undefined;
}

export type SealResult =
  | { readonly kind: "sealed"; readonly sealed: SealedPlan; readonly digest: string; readonly risk: RiskClass }
  | { readonly kind: "question"; readonly question: Question };

export interface SealPlan {
  seal(plan: {
    readonly version: Pick<PlanVersion, "planId" | "version" | "requestId">;
    readonly draft: readonly DraftStep[];
    readonly catalog: PlaybookCatalog;
    readonly purpose: "run" | "preview";
  }): Promise<SealResult>;
}

/** Freezes everything that decides what happens, and its digest. */
export function createSealPlan(deps: SealPlanDeps): SealPlan {
  return {
    async seal(plan) {
      // Everything is read more than once; what changed in between would be on the card and not in the copy, or the other way round.
      for (let again = false; ; again = true) {
        try {
          const before = await deps.workingTree.read(deps.repo);
          const result = await sealOnce(plan, before);
          if ((await deps.workingTree.read(deps.repo)).mark === before.mark) return result;
          if (again) throw changing("the repository");
        } catch (error) {
          if (again || !isAppError(error, "repo-changing")) throw error;
        }
      }
    },
  };

  async function sealOnce({ version, draft, catalog, purpose }: Parameters<SealPlan["seal"]>[0], tree: WorkingTree): Promise<SealResult> {
    const [sources, inventory, ansibleConfig, ansibleVersion, outside, places] = await Promise.all([
      deps.inventorySources(),
      deps.inventory(),
      deps.facts.changedConfig(deps.repo),
      deps.facts.version(),
      deps.outside(tree),
      deps.facts.places(deps.repo),
      deps.snapshots.keep(deps.repo, tree.files),
    ]);
    const repoId = digestOf(deps.repo).slice(0, 12);
    const steps: PlanStep[] = [];
    const nowhere: Question["unknownHosts"] = [];
    const unclear: Question["unclearPlaces"] = [];
    let importsPlaybooks = false;
    const sealedFiles = new Map(tree.files.map((file) => [file.path, file.hash]));
    const scopes: ActsOn[] = [];
    for (const one of draft) {
      const playbook = playbookOf(one, catalog);
      // A role runs through its driver playbook, by its tags.
      const { path, tags } = playbook.driver ?? { path: playbook.path, tags: [] };
      if (!tree.files.some((file) => file.path === path)) {
        throw new AppError("playbook-not-sealed", `${path} is git-ignored or gone, so it cannot be part of a plan`, {
          exitCode: exitCodes.notMapped,
        });
      }
      const limit = requestedHostsOf(one, inventory);
      const variables = { ...deps.givenVariables, ...one.variables };
      const question = {
        repo: deps.repo,
        playbookPath: path,
        inventory,
        variables,
        sealed: sealedFiles,
        inventorySources: sources,
        places,
      };
      const scope = await whereItActs(limit === null ? question : { ...question, limit });
      scopes.push(scope);
      importsPlaybooks ||= scope.importsPlaybooks;
      if (scope.hosts.length === 0 && scope.mayAlsoActOn.length === 0) {
        const own = (await whereItActs(question)).hosts;
        nowhere.push({
          step: one.order,
          word: limit === null ? playbook.hosts.join(", ") : one.requestedHosts.join(", "),
          nearest: own.slice(0, 5),
          ...(limit === null ? {} : { playbook: playbook.name }),
        });
        continue;
      }
      const unread = unreadPlace(one, playbook, scope.hosts, inventory);
      if (unread !== null) unclear.push({ step: one.order, word: unread, playbook: playbook.name, hosts: scope.hosts.length });
      const risk = riskOf(playbook, scope.tasks, scope.mayAlsoActOn.length > 0);
      const locks =
        purpose === "preview" || risk.risk === "read"
          ? []
          : lockKeysOf(
              repoId,
              scope.hosts.map((name) => ({ name, address: addressOf(name, inventory) })),
            );
      steps.push({
        order: one.order,
        workType: scope.startsJobs ? "async_task" : "run_playbook",
        name: playbook.name,
        playbook: playbook.id,
        playbookPath: path,
        contentHash: playbook.contentHash,
        variables: one.variables,
        inventory: [...sources],
        inventoryHash: inventory.hash,
        hosts: [...scope.hosts],
        limit: limitOf(limit !== null, scope),
        mayAlsoActOn: [...scope.mayAlsoActOn],
        runsInCheckMode: [...scope.runsInCheckMode],
        tags: [...tags],
        check: purpose === "preview",
        timeLimitSeconds: deps.timeLimitSeconds,
        dependsOn: one.dependsOn.filter((order) => draft.some((other) => other.order === order)),
        risk: risk.risk,
        riskReason: risk.reason,
        repeatSafe: playbook.repeatSafe,
        lockKeys: locks,
        service: playbook.service,
        groups: groupsOf(scope.hosts, inventory),
      });
    }
    // Only to tell now what a run would need and not find: the agent looks for itself.
    await resolveSecrets(ansibleConfig, { folder: deps.repo, passwordScripts: deps.passwordScripts });
    await refuseInventoryKeys({
      repo: deps.repo,
      inventory,
      inventorySources: sources,
      playbookPaths: steps.map((step) => step.playbookPath),
      hosts: [...new Set(steps.flatMap((step) => step.hosts))],
    });
    await refuseMissing({
      repo: deps.repo,
      sealed: new Set(sealedFiles.keys()),
      inventorySources: sources,
      playbookFolders: [...new Set(scopes.flatMap((scope) => scope.playbookFolders))],
      roleFolders: [...new Set(scopes.flatMap((scope) => scope.roleFolders))],
      plugins: places.plugins,
      notSealed: [...new Set(scopes.flatMap((scope) => scope.notSealed))],
    });
    if (nowhere.length + unclear.length > 0) {
      return { kind: "question", question: { ...emptyQuestion, unknownHosts: nowhere, unclearPlaces: unclear } };
    }
    const sealed: SealedPlan = {
      format: "chiffon-plan/1",
      planId: version.planId,
      version: version.version,
      requestId: version.requestId,
      purpose,
      steps,
      snapshot: { hash: tree.hash, files: [...tree.files] },
      importsPlaybooks,
      givenVariables: { ...deps.givenVariables },
      outside: [...outside],
      ansibleConfig: { ...ansibleConfig },
      ansibleVersion,
      secretSources: secretSourcesOf(ansibleConfig).map(secretName).toSorted(),
    };
    return { kind: "sealed", sealed, digest: digestOf(sealed), risk: highestRisk(steps.map((step) => step.risk)) };
  }
}

/**
 * Always what the card shows, so that hosts found by a template or a group made while it runs are never wider. Without a limit only where the
 * hosts of a play cannot be told beforehand, which the card says, or where a play means the controller, which ansible does not take in a limit.
 */
function limitOf(asked: boolean, scope: ActsOn): string[] | null {
  const open = scope.playsUnknown || scope.playHosts.length === 0 || scope.playHosts.includes("localhost");
  return asked || !open ? [...scope.playHosts] : null;
}

/**
 * The words name a host or group, nothing was understood as a place, and the playbook would act elsewhere too: a wider host set than was said is
 * never assumed. Null where that is not so.
 */
function unreadPlace(step: DraftStep, playbook: Playbook, hosts: readonly string[], inventory: Inventory): string | null {
  if (step.requestedHosts.length > 0) return null;
  const own = new Set(wordsIn(`${playbook.name} ${playbook.service ?? ""} ${playbook.path}`));
  for (const word of wordsIn(step.intent)) {
    if (word === "all" || word === "ungrouped" || own.has(word)) continue;
    const meant = inventory.groups[word] ?? (inventory.hosts.includes(word) ? [word] : undefined);
    if (meant === undefined || hosts.every((host) => meant.includes(host))) continue;
    return word;
  }
  return null;
}

function wordsIn(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}_-]+/gu) ?? [];
}

function playbookOf(step: DraftStep, catalog: PlaybookCatalog): Playbook {
  const playbook = catalog.playbooks.find((one) => one.id === step.mapping.playbook);
  if (playbook === undefined) {
    throw new AppError("playbook-gone", `step ${step.order} has no playbook in the catalog any more`, {
      exitCode: exitCodes.notMapped,
      help: "Ask again.",
    });
  }
  return playbook;
}

/** A host on the controller itself has no address that tells it from another. */
function addressOf(host: string, inventory: Inventory): string | null {
  const connection = inventory.connections[host];
  return connection === undefined || connection.connection === "local" ? null : connection.address;
}

/** Those groups that any of the hosts is in, with these hosts only. */
function groupsOf(hosts: readonly string[], inventory: Inventory): Record<string, string[]> {
  const acting = new Set(hosts);
  const groups = Object.entries(inventory.groups).map(([group, members]) => [group, members.filter((host) => acting.has(host))] as const);
  return Object.fromEntries(groups.filter(([, members]) => members.length > 0));
}

/** Hosts that a step asks for, for the limit of its playbook; null when it names none. */
function requestedHostsOf(step: Pick<DraftStep, "requestedHosts">, inventory: InventoryNames): string[] | null {
  if (step.requestedHosts.length === 0) return null;
  const onlyExcluded = step.requestedHosts.every((name) => name.startsWith("!"));
  return expandHosts(onlyExcluded ? ["all", ...step.requestedHosts] : step.requestedHosts, inventory);
}
