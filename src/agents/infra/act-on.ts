import { lstat, readFile, readdir, stat } from "node:fs/promises";
import { basename, dirname, join, normalize } from "node:path";
import { readYaml } from "../../mapping/playbook-file.ts";
import type { TaskToJudge } from "../../policy/risk.ts";
import { expandPattern } from "./host-pattern.ts";
import type { Inventory } from "./inventory.ts";

export interface ActOnQuestion {
  readonly repo: string;
  readonly playbookPath: string;
  readonly inventory: Inventory;
  /** As for `--limit`. */
  readonly limit?: string | readonly string[];
  /** The step's variables with those Chiffon gives; they win over all others, so templates of them are known. */
  readonly variables?: Readonly<Record<string, unknown>>;
}

export interface ActsOn {
  /** Hosts of its plays under the limit, and hosts reached by delegation; sorted. `localhost` is the controller. */
  readonly hosts: readonly string[];
  /** Only those of `hosts` that its plays name: what `--limit` may list. */
  readonly playHosts: readonly string[];
  /** What cannot be told beforehand, in words. */
  readonly mayAlsoActOn: readonly string[];
  /** What really runs in check mode: tasks with `check_mode: false`, and lookups that run a program or call a URL. */
  readonly runsInCheckMode: readonly string[];
  /** Every task that was found, for the risk; blocks and includes by what they hold. */
  readonly tasks: readonly TaskToJudge[];
  readonly importsPlaybooks: boolean;
}

type Mapping = Readonly<Record<string, unknown>>;
interface Scope {
  readonly hosts: readonly string[];
  /** Where included files are looked for, nearest first. */
  readonly folders: readonly string[];
}

const controller = "localhost";
const controllerNames = new Set(["localhost", "127.0.0.1", "::1"]);
const taskLists = ["pre_tasks", "tasks", "post_tasks", "handlers"];
const roleParts = ["tasks", "handlers"];
const fileLimit = 2_000;

/** Reads the playbook and all it includes, without running anything, and tells where it would act. */
export async function whereItActs(question: ActOnQuestion): Promise<ActsOn> {
  const { repo, inventory, limit } = question;
  const variables = question.variables ?? {};
  const playHosts = new Set<string>();
  const reached = new Set<string>();
  const unknown = new Set<string>();
  const runsInCheckMode = new Set<string>();
  const found: TaskToJudge[] = [];
  let importsPlaybooks = false;
  const seen = new Set<string>();
  const rolePaths = await rolePathsOf(repo, dirname(question.playbookPath));

  await playbook(question.playbookPath);
  return {
    hosts: [...new Set([...playHosts, ...reached])].toSorted(),
    playHosts: [...playHosts].toSorted(),
    mayAlsoActOn: [...unknown].toSorted(),
    runsInCheckMode: [...runsInCheckMode].toSorted(),
    tasks: found,
    importsPlaybooks,
  };

  async function playbook(path: string): Promise<void> {
    const content = await read(path);
    if (!Array.isArray(content)) return;
    for (const play of content.filter(isMapping)) {
      const imported = valueOf(play, "import_playbook");
      if (typeof imported === "string") {
        importsPlaybooks = true;
        if (isTemplate(imported)) unknown.add(`playbook ${imported}`);
        else if (!(await exists(join(dirname(path), imported)))) unknown.add(`playbook ${imported} (not in the repository)`);
        else await playbook(join(dirname(path), imported));
        continue;
      }
      await onePlay(play, path);
    }
  }

  async function onePlay(play: Mapping, path: string): Promise<void> {
    const hosts = hostsOf(play);
    for (const host of hosts) playHosts.add(host);
    if (hosts.length === 0) {
      // A play that fits no host starts nothing, unless its hosts are not known yet.
      if (!isTemplate(JSON.stringify(play["hosts"] ?? ""))) return;
    }
    connectionOf(play, hosts);
    lookups(play["vars"], `play ${nameOf(play, path)}`);
    const folder = dirname(path);
    const scope: Scope = { hosts, folders: [folder] };
    for (const list of taskLists) await tasks(play[list], scope);
    for (const role of asList(play["roles"])) await roleUse(role, scope);
  }

  function hostsOf(play: Mapping): string[] {
    const named = asList(play["hosts"]).filter((one) => typeof one === "string");
    const found: string[] = [];
    for (const pattern of named) {
      const text = render(pattern, { ...(isMapping(play["vars"]) ? play["vars"] : {}), ...variables }, "limited");
      if (text === null) unknown.add(`hosts: ${pattern}`);
      else found.push(text);
    }
    if (found.length === 0) return [];
    return expandPattern(inventory, found, limit);
  }

  /** `connection: local` acts on the controller, except on hosts that have a connection of their own, which wins. */
  function connectionOf(block: Mapping, hosts: readonly string[]): void {
    const connection = block["connection"];
    if (connection === undefined) return;
    if (typeof connection === "string" && isTemplate(connection)) unknown.add(`connection: ${connection}`);
    if (connection === "local" || connection === "ansible.builtin.local") {
      if (hosts.some((host) => (inventory.connections[host]?.connection ?? null) === null)) reached.add(controller);
    }
  }

  async function tasks(list: unknown, scope: Scope): Promise<void> {
    if (!Array.isArray(list)) return;
    for (const task of list.filter(isMapping)) {
      connectionOf(task, scope.hosts);
      delegation(task);
      if (task["check_mode"] === false || task["check_mode"] === "no") runsInCheckMode.add(`task ${nameOf(task, scope.folders[0] ?? "")}`);
      if (!("block" in task)) found.push(taskToJudge(task));
      for (const part of ["block", "rescue", "always"]) await tasks(task[part], scope);
      if (!("block" in task)) lookups(task, `task ${nameOf(task, scope.folders[0] ?? "")}`);
      const local = valueOf(task, "local_action");
      if (local !== undefined) reached.add(controller);
      addedHost(task);
      for (const key of ["include_tasks", "import_tasks", "include"]) await includedTasks(valueOf(task, key), scope);
      for (const key of ["include_role", "import_role"]) {
        const use = valueOf(task, key);
        if (isMapping(use)) await roleUse(use, scope);
        else if (typeof use === "string") await roleUse(/\bname=(\S+)/.exec(use)?.[1] ?? use, scope);
      }
      const playbookImport = valueOf(task, "import_playbook");
      if (typeof playbookImport === "string") unknown.add(`playbook ${playbookImport}`);
    }
  }

  function delegation(task: Mapping): void {
    const to = task["delegate_to"];
    if (to === undefined || to === null) return;
    const text = textOf(to);
    const loop = task["loop"] ?? task["with_items"] ?? task["with_inventory_hostnames"];
    for (const host of delegates(text, loop)) {
      if (host.kind === "own") continue;
      if (host.kind === "unknown") unknown.add(`delegated to ${host.text}`);
      else if (controllerNames.has(host.name) && !inventory.hosts.includes(host.name)) reached.add(controller);
      else if (inventory.hosts.includes(host.name)) reached.add(host.name);
      else unknown.add(`delegated to ${host.name} (not in the inventory)`);
    }
  }

  function delegates(text: string, loop: unknown): Delegate[] {
    if (!isTemplate(text)) return [{ kind: "host", name: text.trim() }];
    const inner = /^\s*\{\{\s*(.*?)\s*\}\}\s*$/s.exec(text)?.[1] ?? "";
    if (inner === "inventory_hostname" || inner === "inventory_hostname_short") return [{ kind: "own" }];
    if (inner === "item") {
      const items = loopItems(loop);
      if (items !== null) return items.flatMap((item) => delegates(item, undefined));
      return [{ kind: "unknown", text }];
    }
    const one = groupIndex(inner);
    if (one !== null) {
      const host = inventory.groups[one.group]?.at(one.index);
      return host === undefined ? [{ kind: "unknown", text }] : [{ kind: "host", name: host }];
    }
    const rendered = render(text, variables);
    return rendered === null ? [{ kind: "unknown", text }] : [{ kind: "host", name: rendered }];
  }

  function loopItems(loop: unknown): string[] | null {
    if (Array.isArray(loop)) return loop.every((item) => typeof item === "string") ? loop : null;
    if (typeof loop !== "string") return null;
    const inner = /^\s*\{\{\s*(.*?)\s*\}\}\s*$/s.exec(loop)?.[1] ?? loop;
    const group = /^groups(?:\[\s*['"]([\w-]+)['"]\s*\]|\.(\w+))$/.exec(inner);
    if (group !== null) return [...(inventory.groups[group[1] ?? group[2] ?? ""] ?? [])];
    const given = variables[inner];
    return Array.isArray(given) && given.every((item) => typeof item === "string") ? given : null;
  }

  function addedHost(task: Mapping): void {
    const use = valueOf(task, "add_host");
    if (use === undefined) return;
    const name = isMapping(use) ? (use["name"] ?? use["hostname"] ?? use["host"]) : /\b(?:name|hostname|host)=(\S+)/.exec(textOf(use))?.[1];
    const written = textOf(name ?? "");
    const text = render(written, variables) ?? written;
    if (inventory.hosts.includes(text)) return;
    unknown.add(`added host ${text}`);
  }

  async function includedTasks(use: unknown, scope: Scope): Promise<void> {
    const file = isMapping(use) ? use["file"] : typeof use === "string" ? use.replace(/\s+\w+=.*$/s, "").trim() : undefined;
    if (typeof file !== "string") return;
    const text = render(file, variables);
    for (const folder of scope.folders) {
      const found = text === null ? await candidates(folder, file) : (await exists(join(folder, text))) ? [join(folder, text)] : [];
      for (const path of found) await taskFile(path, scope);
      if (found.length > 0) return;
    }
    unknown.add(`tasks of ${file}${isTemplate(file) ? "" : " (not in the repository)"}`);
  }

  /** Which file a template names is decided while it runs; all that fit are looked at. */
  async function candidates(folder: string, template: string): Promise<string[]> {
    const within = join(folder, dirname(template));
    if (isTemplate(dirname(template))) return [];
    const pattern = new RegExp(`^${basename(template).split(/\{\{.*?\}\}/).map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")).join(".*")}$`); // prettier-ignore
    const names = await readdir(join(repo, within)).catch(() => []);
    return names.filter((name) => pattern.test(name) && /\.ya?ml$/.test(name)).map((name) => join(within, name));
  }

  async function taskFile(path: string, scope: Scope): Promise<void> {
    // The same file under other hosts can reach other hosts.
    const key = `${path}\0${scope.hosts.join(",")}`;
    if (seen.has(key) || seen.size > fileLimit) return;
    seen.add(key);
    await tasks(await read(path), { ...scope, folders: [dirname(path), ...scope.folders] });
  }

  async function roleUse(use: unknown, scope: Scope): Promise<void> {
    const name = isMapping(use) ? (use["role"] ?? use["name"]) : use;
    if (typeof name !== "string") return;
    if (isMapping(use)) {
      connectionOf(use, scope.hosts);
      delegation(use);
    }
    const text = render(name, variables);
    if (text === null) {
      unknown.add(`role ${name}`);
      return;
    }
    const folder = await roleFolder(text);
    if (folder === null) {
      unknown.add(`role ${text} (not in the repository)`);
      return;
    }
    const key = `role:${folder}\0${scope.hosts.join(",")}`;
    if (seen.has(key)) return;
    seen.add(key);
    const from = isMapping(use) && typeof use["tasks_from"] === "string" ? use["tasks_from"] : null;
    const inRole: Scope = { hosts: scope.hosts, folders: [join(folder, "tasks"), folder, ...scope.folders] };
    for (const part of roleParts) await firstOf(join(folder, part), "main", inRole);
    if (from !== null && isTemplate(from)) for (const path of await candidates(join(folder, "tasks"), from)) await taskFile(path, inRole);
    else if (from !== null) await firstOf(join(folder, "tasks"), from.replace(/\.ya?ml$/, ""), inRole);
    for (const part of ["defaults", "vars"]) lookups(await readFirst(join(folder, part), "main"), `role ${text}`);
    const meta = await readFirst(join(folder, "meta"), "main");
    if (isMapping(meta)) for (const dependency of asList(meta["dependencies"])) await roleUse(dependency, scope);
  }

  async function firstOf(folder: string, name: string, scope: Scope): Promise<void> {
    for (const file of [`${name}.yml`, `${name}.yaml`, name]) {
      if (await exists(join(folder, file))) return taskFile(join(folder, file), { ...scope, folders: [folder, ...scope.folders] });
    }
  }

  async function readFirst(folder: string, name: string): Promise<unknown> {
    for (const file of [`${name}.yml`, `${name}.yaml`]) if (await exists(join(folder, file))) return read(join(folder, file));
    return null;
  }

  async function roleFolder(name: string): Promise<string | null> {
    for (const path of rolePaths) if (await exists(join(path, name))) return join(path, name);
    return null;
  }

  /** `lookup('pipe', …)` and `lookup('url', …)` run wherever the value is used, in check mode too. */
  function lookups(value: unknown, where: string): void {
    if (value === null || value === undefined) return;
    const found = /\b(?:lookup|query|q)\(\s*['"](?:ansible\.builtin\.)?(pipe|url)['"]/.exec(JSON.stringify(value).replaceAll('\\"', '"'));
    if (found !== null) runsInCheckMode.add(`${where}: ${found[1]} lookup`);
  }

  async function read(path: string): Promise<unknown> {
    if (!isInside(path)) {
      unknown.add(`${path} (outside the repository)`);
      return null;
    }
    try {
      const info = await lstat(join(repo, path));
      // A pipe or device would never end; a link may lead out of the repository.
      if (!info.isFile() && !info.isSymbolicLink()) throw new Error("not a file");
      if (!(await stat(join(repo, path))).isFile()) throw new Error("not a file");
      return readYaml(await readFile(join(repo, path), "utf8"));
    } catch {
      unknown.add(`${path} (cannot be read)`);
      return null;
    }
  }

  async function exists(path: string): Promise<boolean> {
    return isInside(path) && (await stat(join(repo, path)).catch(() => null)) !== null;
  }
}

/** What is no module in a task: ansible-core's own keywords. */
const keywords = new Set(
  `action any_errors_fatal args async become become_exe become_flags become_method become_user changed_when check_mode collections connection debugger
  delay delegate_facts delegate_to diff environment failed_when ignore_errors ignore_unreachable listen local_action loop loop_control module_defaults name
  no_log notify poll port register remote_user retries run_once tags throttle timeout until vars when`.split(/\s+/),
);

function taskToJudge(task: Mapping): TaskToJudge {
  const named = Object.keys(task).find((key) => !keywords.has(key) && !key.startsWith("with_"));
  const classic = task["action"] ?? task["local_action"];
  const module =
    named ??
    (typeof classic === "string"
      ? (classic.split(/\s/)[0] ?? "")
      : isMapping(classic)
        ? textOf(classic["module"] ?? "unknown")
        : "unknown");
  const value = named === undefined ? classic : task[named];
  const args = isMapping(value) ? value : typeof value === "string" ? { _raw_params: value } : {};
  return { module, arguments: { ...(isMapping(task["args"]) ? task["args"] : {}), ...args }, neverChanges: task["changed_when"] === false };
}

type Delegate =
  | { readonly kind: "host"; readonly name: string }
  | { readonly kind: "own" }
  | { readonly kind: "unknown"; readonly text: string };

/** `groups['db'][0]`, `groups.db[0]`, `groups['db'] | first`. */
function groupIndex(expression: string): { readonly group: string; readonly index: number } | null {
  const found = /^groups(?:\[\s*['"]([\w-]+)['"]\s*\]|\.(\w+))\s*(?:\[\s*(-?\d+)\s*\]|\.(\d+)|\|\s*(first|last))$/.exec(expression);
  if (found === null) return null;
  const index = found[5] === "last" ? -1 : Number(found[3] ?? found[4] ?? 0);
  return { group: found[1] ?? found[2] ?? "", index };
}

/** Only what is certain: `{{ name }}` and `{{ name | default('text') }}` of known variables. Null: not known beforehand. */
function render(text: string, variables: Mapping, defaults: "limited" | "unknown" = "unknown"): string | null {
  if (!isTemplate(text)) return text;
  if (text.includes("{%")) return null;
  let known = true;
  const result = text.replace(/\{\{\s*(.*?)\s*\}\}/gs, (_whole, expression: string) => {
    const found = /^([A-Za-z_]\w*)(?:\s*\|\s*default\(\s*(['"])(.*?)\2\s*(?:,\s*(?:true|True)\s*)?\))?$/.exec(expression);
    const value = found?.[1] === undefined ? undefined : variables[found[1]];
    if (typeof value === "string" && !isTemplate(value)) return value;
    if (typeof value === "number") return String(value);
    if (Array.isArray(value) && value.every((one) => typeof one === "string")) return value.join(",");
    // A default counts only where the run is limited to what was found: elsewhere group_vars or a file may set the name.
    if (value === undefined && found?.[3] !== undefined && defaults === "limited") return found[3];
    known = false;
    return "";
  });
  return known ? result : null;
}

/** Roles are looked for beside the playbook, in the repo's `roles`, and where ansible.cfg says. */
async function rolePathsOf(repo: string, playbookFolder: string): Promise<string[]> {
  const config = await readFile(join(repo, "ansible.cfg"), "utf8").catch(() => "");
  const configured = /^\s*roles_path\s*=\s*(.+)$/m.exec(config)?.[1]?.split(":") ?? [];
  const paths = [join(playbookFolder, "roles"), "roles", playbookFolder, ...configured.map((path) => path.trim())];
  return [...new Set(paths.filter((path) => !path.startsWith("/") && !path.startsWith("~")).map((path) => normalize(path)))];
}

function isInside(path: string): boolean {
  const normal = normalize(path);
  return !normal.startsWith("..") && !normal.startsWith("/");
}

function valueOf(task: Mapping, name: string): unknown {
  return task[name] ?? task[`ansible.builtin.${name}`] ?? task[`ansible.legacy.${name}`];
}

function nameOf(block: Mapping, fallback: string): string {
  return typeof block["name"] === "string" ? block["name"] : fallback;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function isMapping(value: unknown): value is Mapping {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value.flat() : value === undefined || value === null ? [] : [value];
}

function isTemplate(text: string): boolean {
  return text.includes("{{") || text.includes("{%");
}
