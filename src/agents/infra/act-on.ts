import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { TaskToJudge } from "../../policy/risk.ts";
import { connectionNamed, connectionOverrides, type ConnectionOverride } from "./connection-override.ts";
import { delegatesOf } from "./delegates.ts";
import { expandPattern } from "./host-pattern.ts";
import type { Inventory } from "./inventory.ts";
import { isOff, runningLookups } from "./lookups.ts";
import { inventoryFolders, relativeToRepo, rolesPathIn } from "./places-in-repo.ts";
import { createRepoReader } from "./repo-reader.ts";
import { asList, isMapping, isTemplate, nameOf, render, textOf, valueOf, type Mapping } from "./playbook-values.ts";
import { taskToJudge } from "./task-to-judge.ts";

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
  /** What it would use of the repo and the sealed copy lacks. */
  readonly notSealed: readonly string[];
  /** Folders of its playbooks and roles: ansible looks for files and plugins there. */
  readonly playbookFolders: readonly string[];
  readonly roleFolders: readonly string[];
}

interface Scope {
  readonly hosts: readonly string[];
  /** Where included files are looked for, nearest first. */
  readonly folders: readonly string[];
  /** Names without a namespace may mean modules of other collections. */
  readonly collections: boolean;
  /** Where the roles beside it lie, when it stands in a role. */
  readonly rolesBeside: string | null;
  readonly playbookFolder: string;
}

const controller = "localhost";
const controllerNames = new Set(["localhost", "127.0.0.1", "::1"]);
const taskLists = ["pre_tasks", "tasks", "post_tasks", "handlers"];
const roleParts = ["tasks", "handlers"];
const fileLimit = 2_000;
/** What `loadInventory` takes. */
const inventoryByteLimit = 10 * 1024 * 1024;
const moduleFolders = ["library", "action_plugins"];
const builtIn = /^ansible\.(?:builtin|legacy)$/;

/** Reads the playbook and all it includes, without running anything, and tells where it would act. */
export async function whereItActs(question: ActOnQuestion): Promise<ActsOn> {
  const { repo, inventory, limit } = question;
  const variables = question.variables ?? {};
  const playHosts = new Set<string>();
  const reached = new Set<string>();
  const unknown = new Set<string>();
  /** Hosts that were read off a default or the play's own variables, which a file of variables may overrule. */
  const assumed = new Set<string>();
  const runsInCheckMode = new Set<string>();
  const found: TaskToJudge[] = [];
  const ownModules = new Set<string>();
  const playbookFolders = new Set<string>();
  const roleFolders = new Set<string>();
  const idle: { readonly play: Mapping; readonly path: string }[] = [];
  /** Names of groups and hosts that plays act on and the inventory does not know. */
  const foreign = new Set<string>();
  let importsPlaybooks = false;
  let playsUnknown = false;
  /** Groups or hosts are made while it runs, or something that could make them was not read. */
  let makesHosts = false;
  const seen = new Set<string>();
  const reader = createRepoReader(repo, question.sealed, (path, why) => {
    makesHosts = true;
    unknown.add(`${path} (${why})`);
  });
  const configuredRoles = await relativeToRepo(repo, question.places?.roles ?? rolesPathIn((await reader.text("ansible.cfg")) ?? ""));
  for (const folder of await relativeToRepo(repo, question.places?.modules ?? [])) await modulesIn(folder);

  await playbook(question.playbookPath);
  // A play that fits no host starts nothing, unless a host is put there while it runs.
  for (const { play, path } of idle) if (makesHosts) await playWithoutHosts(play, path);
  for (const name of makesHosts ? foreign : []) {
    unknown.add(`hosts: ${name} (made while it runs)`);
    playsUnknown = true;
  }
  const besideInventory = await inventoryFolders(repo, question.inventorySources ?? []);
  for (const folder of playbookFolders) if (!besideInventory.has(folder)) await variablesBeside(folder);
  await lookupsInFiles(besideInventory);
  if (playsUnknown || playHosts.has(controller)) for (const one of assumed) unknown.add(one);
  return {
    hosts: [...new Set([...playHosts, ...reached])].toSorted(),
    playHosts: [...playHosts].toSorted(),
    playsUnknown,
    mayAlsoActOn: [...unknown].toSorted(),
    runsInCheckMode: [...runsInCheckMode].toSorted(),
    tasks: found.map((task) =>
      ownModules.has(task.module.replace(/^ansible\.legacy\./, "")) ? { ...task, module: `${task.module} (a module of its own)` } : task,
    ),
    importsPlaybooks,
    notSealed: [...reader.notSealed].toSorted(),
    playbookFolders: [...playbookFolders],
    roleFolders: [...roleFolders],
  };

  async function playbook(path: string): Promise<void> {
    if (seen.has(`playbook:${path}`) || seen.size > fileLimit) return;
    seen.add(`playbook:${path}`);
    const folder = dirname(path);
    if (!playbookFolders.has(folder)) for (const own of moduleFolders) await modulesIn(join(folder, own));
    playbookFolders.add(folder);
    const content = await reader.yaml(path);
    if (isEncrypted(content, path)) playsUnknown = true;
    if (!Array.isArray(content)) return;
    for (const play of content.filter(isMapping)) {
      const imported = valueOf(play, "import_playbook");
      if (typeof imported === "string") {
        importsPlaybooks = true;
        overrides(play["vars"], inventory.hosts);
        const known = isTemplate(imported) ? render(imported, variables) : imported;
        if (known === null || !(await reader.exists(join(folder, known)))) {
          unknown.add(`playbook ${imported}${known === null ? "" : " (not in the repository)"}`);
          playsUnknown = true;
          makesHosts = true;
        } else await playbook(join(folder, known));
        continue;
      }
      await onePlay(play, path);
    }
  }

  async function onePlay(play: Mapping, path: string): Promise<void> {
    const hosts = hostsOf(play);
    for (const host of hosts) playHosts.add(host);
    if (hosts.length === 0 && !isTemplate(JSON.stringify(play["hosts"] ?? ""))) {
      idle.push({ play, path });
      return;
    }
    await playTasks(play, path, hosts);
  }

  async function playTasks(play: Mapping, path: string, hosts: readonly string[]): Promise<void> {
    const folder = dirname(path);
    connectionOf(play, hosts);
    overrides(play["vars"], hosts);
    lookups(play["vars"], `play ${nameOf(play, path)}`);
    if (isOff(play["check_mode"])) runsInCheckMode.add(`play ${nameOf(play, path)}`);
    const scope: Scope = { hosts, folders: [folder], collections: othersIn(play), rolesBeside: null, playbookFolder: folder };
    await variableFiles(asList(play["vars_files"]).flat(), scope, `play ${nameOf(play, path)}`);
    for (const list of taskLists) await tasks(play[list], scope);
    for (const role of asList(play["roles"])) await roleUse(role, scope);
    for (const pattern of patternsOf(play)) {
      for (const name of isTemplate(pattern) ? [] : foreignNames(pattern)) foreign.add(name);
    }
  }

  function patternsOf(play: Mapping): string[] {
    return asList(play["hosts"]).filter((one) => typeof one === "string");
  }

  function hostsOf(play: Mapping): string[] {
    const found: string[] = [];
    for (const pattern of patternsOf(play)) {
      const sure = render(pattern, variables);
      const text = sure ?? render(pattern, { ...(isMapping(play["vars"]) ? play["vars"] : {}), ...variables }, "limited");
      if (text === null) {
        unknown.add(`hosts: ${pattern}`);
        playsUnknown = true;
      } else found.push(text);
      if (text !== null && sure === null) assumed.add(`hosts: ${pattern}`);
    }
    if (found.length === 0) return [];
    return expandPattern(inventory, found, limit);
  }

  async function playWithoutHosts(play: Mapping, path: string): Promise<void> {
    const patterns = patternsOf(play);
    if (patterns.length > 0 && expandPattern(inventory, patterns).length === 0) {
      unknown.add(`hosts: ${patterns.join(", ")} (made while it runs)`);
      playsUnknown = true;
    }
    await playTasks(play, path, []);
  }

  function foreignNames(pattern: string): string[] {
    return pattern
      .split(/[,:]/)
      .map((one) => one.trim().replace(/^&/, ""))
      .filter((one) => one !== "" && !/[!~*?[\]]/.test(one) && !controllerNames.has(one))
      .filter((one) => !Object.hasOwn(inventory.groups, one) && !inventory.hosts.includes(one));
  }

  /** `connection: local` acts on the controller, except on hosts that have a connection of their own, which wins. */
  function connectionOf(block: Mapping, hosts: readonly string[]): void {
    const connection = block["connection"];
    if (connection === undefined) return;
    const own = hosts.length > 0 && hosts.every((host) => (inventory.connections[host]?.connection ?? null) !== null);
    const named = own ? null : connectionNamed(connection);
    if (named?.kind === "controller") reached.add(controller);
    else if (named !== null) unknown.add(named.text);
  }

  /** Variables of plays, tasks and roles win over those of the inventory. */
  function overrides(values: unknown, hosts: readonly string[]): void {
    for (const one of connectionOverrides(values)) override(one, hosts);
  }

  function override(one: ConnectionOverride, hosts: readonly string[]): void {
    if (one.kind === "unknown") unknown.add(one.text);
    else if (hosts.length === 0 || hosts.some((host) => inventory.connections[host]?.connection !== "local")) reached.add(controller);
  }

  async function tasks(list: unknown, scope: Scope): Promise<void> {
    if (!Array.isArray(list)) return;
    for (const task of list.filter(isMapping)) {
      const where = `task ${nameOf(task, scope.folders[0] ?? "")}`;
      place(task, scope, where);
      const isBlock = "block" in task;
      const inner = othersIn(task) ? { ...scope, collections: true } : scope;
      if (!isBlock) found.push(taskToJudge(task, inner.collections));
      for (const part of ["block", "rescue", "always"]) await tasks(task[part], inner);
      lookups(isBlock ? task["vars"] : task, where);
      if (valueOf(task, "local_action") !== undefined) reached.add(controller);
      hostsMade(task, scope.hosts);
      overrides(assigned(valueOf(task, "set_fact")), scope.hosts);
      await includedVariables(valueOf(task, "include_vars"), scope, where);
      for (const key of ["include_tasks", "import_tasks", "include", "include_role", "import_role"]) {
        const use = valueOf(task, key);
        if (isMapping(use) && isMapping(use["apply"])) place(use["apply"], scope, where);
        if (!key.endsWith("_role")) await includedTasks(use, inner);
        else if (isMapping(use)) await roleUse(use, inner);
        else if (typeof use === "string") await roleUse(/\bname=(\S+)/.exec(use)?.[1] ?? use, inner);
      }
      const playbookImport = valueOf(task, "import_playbook");
      if (typeof playbookImport === "string") unknown.add(`playbook ${playbookImport}`);
    }
  }

  /** Keywords of a task, block, role or `apply` that say where and how it is carried out. */
  function place(block: Mapping, scope: Scope, where: string): void {
    connectionOf(block, scope.hosts);
    delegation(block);
    overrides(block["vars"], scope.hosts);
    const check = block["check_mode"];
    if (isOff(check) || (typeof check === "string" && isTemplate(check))) runsInCheckMode.add(where);
  }

  function delegation(task: Mapping): void {
    const to = task["delegate_to"];
    if (to === undefined || to === null) return;
    const loop = task["loop"] ?? task["with_items"] ?? task["with_inventory_hostnames"];
    for (const host of delegatesOf(textOf(to), loop, inventory, variables)) {
      if (host.kind === "own") continue;
      if (host.kind === "unknown") unknown.add(`delegated to ${host.text}`);
      else if (controllerNames.has(host.name) && !inventory.hosts.includes(host.name)) reached.add(controller);
      else if (inventory.hosts.includes(host.name)) reached.add(host.name);
      else unknown.add(`delegated to ${host.name} (not in the inventory)`);
    }
  }

  function hostsMade(task: Mapping, hosts: readonly string[]): void {
    if (valueOf(task, "group_by") !== undefined) makesHosts = true;
    const use = valueOf(task, "add_host");
    if (use === undefined) return;
    makesHosts = true;
    const given = assigned(use);
    const written = textOf(given["name"] ?? given["hostname"] ?? given["host"] ?? "");
    const text = render(written, variables) ?? written;
    // A host that is known can be given another address.
    if (inventory.hosts.includes(text)) overrides(given, hosts);
    else unknown.add(`added host ${text}`);
  }

  async function includedVariables(use: unknown, scope: Scope, where: string): Promise<void> {
    if (use === undefined) return;
    const given = typeof use === "string" && !/^\s*\w+=/.test(use) ? { file: use.trim() } : assigned(use);
    const folder = given["dir"];
    if (typeof folder === "string" && !isTemplate(folder)) {
      for (const base of [...scope.folders, ...scope.folders.map((one) => join(one, "vars"))])
        for (const name of await reader.names(join(base, folder))) if (/\.(?:ya?ml|json)$/.test(name)) await variableFile(join(base, folder, name), scope, where); // prettier-ignore
    }
    await variableFiles([given["file"] ?? given["_raw_params"]], scope, where);
  }

  async function variableFiles(files: readonly unknown[], scope: Scope, where: string): Promise<void> {
    for (const file of files) {
      if (typeof file !== "string") continue;
      const text = render(file, variables);
      if (text?.startsWith("/") === true || text?.startsWith("~") === true) {
        unknown.add(`where variables of ${text} lead (outside the repository)`);
        continue;
      }
      const folders = [
        ...scope.folders.map((one) => join(one, "vars")),
        ...scope.folders,
        ...scope.folders.map((one) => join(dirname(one), "vars")),
      ];
      for (const folder of new Set(folders)) {
        const fitting =
          text === null ? await candidates(folder, file) : (await reader.exists(join(folder, text))) ? [join(folder, text)] : [];
        for (const path of fitting) await variableFile(path, scope, where);
        if (fitting.length > 0) break;
      }
    }
  }

  /** A vaulted file cannot be read; who may write one may write anything. */
  async function variableFile(path: string, scope: Scope, where: string): Promise<void> {
    const text = await reader.text(path);
    if (text === null || text.startsWith("$ANSIBLE_VAULT")) return;
    const values = await reader.yaml(path);
    overrides(values, scope.hosts);
    lookups(values, where);
  }

  async function includedTasks(use: unknown, scope: Scope): Promise<void> {
    const file = isMapping(use) ? use["file"] : typeof use === "string" ? use.replace(/\s+\w+=.*$/s, "").trim() : undefined;
    if (typeof file !== "string") return;
    const text = render(file, variables);
    for (const folder of scope.folders) {
      const found = text === null ? await candidates(folder, file) : (await reader.exists(join(folder, text))) ? [join(folder, text)] : [];
      for (const path of found) await taskFile(path, scope);
      if (found.length > 0) return;
    }
    unknown.add(`tasks of ${file}${isTemplate(file) ? "" : " (not in the repository)"}`);
    makesHosts = true;
  }

  /** Which file a template names is decided while it runs; all that fit are looked at. */
  async function candidates(folder: string, template: string): Promise<string[]> {
    const within = join(folder, dirname(template));
    if (isTemplate(dirname(template))) return [];
    const pattern = new RegExp(`^${basename(template).split(/\{\{.*?\}\}/).map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")).join(".*")}$`); // prettier-ignore
    return (await reader.names(within)).filter((name) => pattern.test(name) && /\.ya?ml$/.test(name)).map((name) => join(within, name));
  }

  async function taskFile(path: string, scope: Scope): Promise<void> {
    // The same file under other hosts can reach other hosts.
    const key = `${path}\0${scope.hosts.join(",")}`;
    if (seen.has(key) || seen.size > fileLimit) return;
    seen.add(key);
    const content = await reader.yaml(path);
    if (isEncrypted(content, path)) return;
    await tasks(content, { ...scope, folders: [dirname(path), ...scope.folders] });
  }

  /** Planning has no password for tasks: what they do is told by nobody. */
  function isEncrypted(content: unknown, path: string): boolean {
    if (typeof content !== "string" || !content.startsWith("$ANSIBLE_VAULT")) return false;
    unknown.add(`${path} (encrypted)`);
    makesHosts = true;
    return true;
  }

  async function roleUse(use: unknown, scope: Scope): Promise<void> {
    const name = isMapping(use) ? (use["role"] ?? use["name"]) : use;
    if (typeof name !== "string") return;
    if (isMapping(use)) {
      place(use, scope, `role ${name}`);
      overrides(use, scope.hosts);
      lookups(use, `role ${name}`);
    }
    const text = render(name, variables);
    const folder = text === null ? null : await roleFolder(text, scope);
    if (text === null || folder === null) {
      unknown.add(text === null ? `role ${name}` : `role ${text} (not in the repository)`);
      makesHosts = true;
      return;
    }
    const from = (part: string): string =>
      isMapping(use) && typeof use[`${part}_from`] === "string" ? String(use[`${part}_from`]) : "main";
    const key = `role:${folder}\0${from("tasks")}\0${from("handlers")}\0${from("vars")}\0${from("defaults")}\0${scope.hosts.join(",")}`;
    if (seen.has(key)) return;
    seen.add(key);
    if (!roleFolders.has(folder)) for (const own of moduleFolders) await modulesIn(join(folder, own));
    roleFolders.add(folder);
    const meta = await readFirst(join(folder, "meta"), "main");
    const inRole: Scope = {
      ...scope,
      folders: [join(folder, "tasks"), folder, ...scope.folders],
      collections: scope.collections || (isMapping(meta) && othersIn(meta)),
      rolesBeside: dirname(folder),
    };
    for (const part of roleParts) await firstOf(join(folder, part), "main", inRole);
    if (from("handlers") !== "main") await firstOf(join(folder, "handlers"), from("handlers").replace(/\.ya?ml$/, ""), inRole);
    const tasksFrom = from("tasks");
    if (isTemplate(tasksFrom)) for (const path of await candidates(join(folder, "tasks"), tasksFrom)) await taskFile(path, inRole);
    else if (tasksFrom !== "main") await firstOf(join(folder, "tasks"), tasksFrom.replace(/\.ya?ml$/, ""), inRole);
    for (const part of ["defaults", "vars"]) {
      for (const file of new Set(["main", from(part).replace(/\.ya?ml$/, "")])) {
        const values = isTemplate(file) ? null : await readFirst(join(folder, part), file);
        overrides(values, scope.hosts);
        lookups(values, `role ${text}`);
      }
    }
    if (isMapping(meta)) for (const dependency of asList(meta["dependencies"])) await roleUse(dependency, inRole);
  }

  async function firstOf(folder: string, name: string, scope: Scope): Promise<void> {
    for (const file of [`${name}.yml`, `${name}.yaml`, name]) {
      if (await reader.exists(join(folder, file))) return taskFile(join(folder, file), { ...scope, folders: [folder, ...scope.folders] });
    }
  }

  async function readFirst(folder: string, name: string): Promise<unknown> {
    for (const file of [`${name}.yml`, `${name}.yaml`]) {
      if (!(await reader.exists(join(folder, file)))) continue;
      const isVaulted = (await reader.text(join(folder, file)))?.startsWith("$ANSIBLE_VAULT") === true;
      return isVaulted ? null : reader.yaml(join(folder, file));
    }
    return null;
  }

  /** As ansible looks: beside the playbook, on the roles_path, beside the role that names it. Null: not in the repo. */
  async function roleFolder(name: string, scope: Scope): Promise<string | null> {
    const beside = scope.rolesBeside === null ? [] : [scope.rolesBeside];
    for (const path of [join(scope.playbookFolder, "roles"), ...configuredRoles, ...beside, scope.playbookFolder, "roles"]) {
      if (path.startsWith("/")) {
        if ((await stat(join(path, name)).catch(() => null)) !== null) return null;
      } else if (await reader.exists(join(path, name))) return join(path, name);
    }
    return null;
  }

  function lookups(value: unknown, where: string): void {
    if (value === null || value === undefined) return;
    lookupsIn(typeof value === "string" ? value : JSON.stringify(value), where);
  }

  function lookupsIn(text: string, where: string): void {
    for (const name of runningLookups(text)) {
      runsInCheckMode.add(`${where}: ${name === "unknown" ? "a lookup that cannot be told" : `${name} lookup`}`);
      found.push({ module: `a ${name === "unknown" ? "" : `${name} `}lookup`, arguments: {}, neverChanges: false });
    }
  }

  /** Variables beside a playbook win over those of the inventory, and `ansible-inventory` does not see them. */
  async function variablesBeside(folder: string): Promise<void> {
    for (const kind of ["group_vars", "host_vars"]) {
      for (const path of await reader.filesBelow(join(folder, kind))) {
        if (!/\.(?:ya?ml|json)$|\/[^./]+$/.test(path)) continue;
        const name = (path.slice(join(folder, kind).length + 1).split("/")[0] ?? "").replace(/\.(?:ya?ml|json)$/, "");
        const meant = new Set(kind === "host_vars" ? [name] : (inventory.groups[name] ?? []));
        const hosts = [...playHosts].filter((host) => meant.has(host));
        const text = hosts.length === 0 ? null : await reader.text(path);
        if (text === null || text.startsWith("$ANSIBLE_VAULT")) continue;
        overrides(await reader.yaml(path), hosts);
      }
    }
  }

  /** Where a value is used cannot be told; that it may be is enough. */
  async function lookupsInFiles(besideInventory: ReadonlySet<string>): Promise<void> {
    const folders = [
      ...new Set([...besideInventory, ...playbookFolders].flatMap((folder) => [join(folder, "group_vars"), join(folder, "host_vars")])),
      ...[...playbookFolders].map((folder) => join(folder, "templates")),
      ...[...roleFolders].map((folder) => join(folder, "templates")),
    ];
    for (const source of question.inventorySources ?? []) {
      const within = await reader.filesBelow(source);
      for (const path of within.length > 0 ? within : [source]) lookupsIn((await reader.text(path, inventoryByteLimit)) ?? "", path);
    }
    for (const folder of folders) for (const path of await reader.filesBelow(folder)) lookupsIn((await reader.text(path)) ?? "", path);
  }

  /** What lies there stands in the place of ansible's own module of that name. */
  async function modulesIn(folder: string): Promise<void> {
    const files = folder.startsWith("/") ? await readdir(folder).catch(() => []) : await reader.filesBelow(folder);
    for (const path of files) ownModules.add(basename(path).replace(/\.\w+$/, ""));
  }
}

/** Arguments of a module, also in the old form `a=b c=d`. */
function assigned(use: unknown): Mapping {
  if (isMapping(use)) return use;
  if (typeof use !== "string") return {};
  return Object.fromEntries(
    [...use.matchAll(/(?:^|\s)(\w+)=("[^"]*"|'[^']*'|\S*)/g)].map((one) => [one[1] ?? "", (one[2] ?? "").replace(/^["']|["']$/g, "")]),
  );
}

/** Names collections other than ansible's own. */
function othersIn(block: Mapping): boolean {
  return asList(block["collections"]).some((name) => typeof name !== "string" || !builtIn.test(name));
}
