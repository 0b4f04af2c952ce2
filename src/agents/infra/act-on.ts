import type { TaskToJudge } from "../../policy/risk.ts";
import type { Context } from "./acting/context.ts";
import { createFindings } from "./acting/findings.ts";
import { readLookupsBeside } from "./acting/lookups-beside.ts";
import { modulesIn } from "./acting/own-modules.ts";
import { readPlays } from "./acting/plays.ts";
import { readVariablesBeside } from "./acting/variable-files.ts";
import type { Inventory } from "./inventory.ts";
import { inventoryFolders, relativeToRepo, rolesPathIn } from "./places-in-repo.ts";
import { createRepoReader } from "./repo-reader.ts";

export interface ActOnQuestion {
  readonly repo: string;
  readonly playbookPath: string;
  readonly inventory: Inventory;
  /** As for `--limit`. */
  readonly limit?: string | readonly string[];
  /** The step's variables with those Chiffon gives; they win over all others, so templates of them are known. */
  readonly variables?: Readonly<Record<string, unknown>>;
  /** Content hashes of what is sealed, by path: nothing else is read. */
  readonly sealed?: ReadonlyMap<string, string>;
  /** Files and folders of the inventory; variables may lie beside them. */
  readonly inventorySources?: readonly string[];
  /** Where ansible looks for roles and modules, absolute, in its order. */
  readonly places?: { readonly roles: readonly string[]; readonly modules: readonly string[] };
}

export interface ActsOn {
  /** Hosts of its plays under the limit, and hosts reached by delegation; sorted. `localhost` is the controller. */
  readonly hosts: readonly string[];
  /** Only those of `hosts` that its plays name: what `--limit` may list. */
  readonly playHosts: readonly string[];
  /** Some play's own hosts cannot be told beforehand: a limit could keep it from them. */
  readonly playsUnknown: boolean;
  /** What cannot be told beforehand, in words. */
  readonly mayAlsoActOn: readonly string[];
  /** What really runs in check mode: tasks with `check_mode: false`, and lookups that run a program or call a URL. */
  readonly runsInCheckMode: readonly string[];
  /** Every task that was found, for the risk; blocks and includes by what they hold. */
  readonly tasks: readonly TaskToJudge[];
  readonly importsPlaybooks: boolean;
  /** It starts jobs that outlive it, by the role async_task_start. */
  readonly startsJobs: boolean;
  /** What it would use of the repo and the sealed copy lacks. */
  readonly notSealed: readonly string[];
  /** Folders of its playbooks and roles: ansible looks for files and plugins there. */
  readonly playbookFolders: readonly string[];
  readonly roleFolders: readonly string[];
}

/** Reads the playbook and all it includes, without running anything, and tells where it would act. */
export async function whereItActs(question: ActOnQuestion): Promise<ActsOn> {
  const { repo, inventory } = question;
  const variables = question.variables ?? {};
  const sources = question.inventorySources ?? [];
  const findings = createFindings(inventory, variables);
  const reader = createRepoReader(repo, question.sealed, (path, why) => {
    findings.makesHosts = true;
    findings.unknown.add(`${path} (${why})`);
  });
  const context: Context = {
    inventory,
    limit: question.limit,
    variables,
    reader,
    findings,
    seen: new Set(),
    configuredRoles: await relativeToRepo(repo, question.places?.roles ?? rolesPathIn((await reader.text("ansible.cfg")) ?? "")),
    playbookFolders: new Set(),
    roleFolders: new Set(),
    ownModules: new Set(),
  };
  for (const folder of await relativeToRepo(repo, question.places?.modules ?? [])) await modulesIn(context, folder);

  await readPlays(context, question.playbookPath);
  const besideInventory = await inventoryFolders(repo, sources);
  for (const folder of context.playbookFolders) if (!besideInventory.has(folder)) await readVariablesBeside(context, folder);
  await readLookupsBeside(context, sources, besideInventory);
  return {
    hosts: [...new Set([...findings.playHosts, ...findings.reached])].toSorted(),
    playHosts: [...findings.playHosts].toSorted(),
    playsUnknown: findings.playsUnknown,
    mayAlsoActOn: [...findings.unknown].toSorted(),
    runsInCheckMode: [...findings.runsInCheckMode].toSorted(),
    tasks: findings.tasks.map((task) => withOwnModule(task, context.ownModules)),
    importsPlaybooks: findings.importsPlaybooks,
    startsJobs: findings.startsJobs,
    notSealed: [...reader.notSealed].toSorted(),
    playbookFolders: [...context.playbookFolders],
    roleFolders: [...context.roleFolders],
  };
}

function withOwnModule(task: TaskToJudge, own: ReadonlySet<string>): TaskToJudge {
  return own.has(task.module.replace(/^ansible\.legacy\./, "")) ? { ...task, module: `${task.module} (a module of its own)` } : task;
}
