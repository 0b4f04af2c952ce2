import { readFile } from "node:fs/promises";
import path from "node:path";
import { digestOf, sha256 } from "../canonical-json.ts";
import { AppError, exitCodes, messageOf } from "../errors.ts";
import { verbs, type Playbook, type RejectedPlaybook, type Verb } from "./playbook.ts";
import { listOf, readPlaybook, readYaml, recordOf, type PlaybookFile, type PlaybookReading, type RoleUse } from "./playbook-file.ts";
import { gatherVariables } from "./playbook-variables.ts";
import { listRepoFiles, type RepoFile } from "./repo-files.ts";
import { serviceOfName } from "./service-of-name.ts";
import { nameParts, wordsOf } from "./text.ts";
import { verbOfPlaybookText } from "./verb-words.ts";

export interface ScanOptions {
  readonly fileLimit?: number;
  readonly fileSizeLimit?: number;
  /** Kept between scans of one repo, so that only changed files are read again. */
  readonly cache?: ScanCache;
}

export interface ScanResult {
  readonly playbooks: readonly Playbook[];
  readonly rejected: readonly RejectedPlaybook[];
}

/** What was read of a file, valid while its time and size stay. */
export type ScanCache = Map<string, { readonly stamp: string; readonly file: ReadFile }>;

export function createScanCache(): ScanCache {
  return new Map();
}

interface ReadFile {
  readonly text: string;
  readonly hash: string;
  reading?: PlaybookReading;
  data?: unknown;
}

interface RoleFacts {
  readonly name: string;
  readonly folder: string;
  readonly description: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly defaults: Readonly<Record<string, unknown>>;
  readonly taskNames: readonly string[];
  readonly taskTexts: readonly string[];
  readonly dependencies: readonly string[];
  readonly hashes: readonly string[];
}

/** Finds the playbooks of a repo with all that is known about them. Never fails because of one file: it is listed with its reason. */
export async function scanRepo(repo: string, options: ScanOptions = {}): Promise<ScanResult> {
  const { files, rejected } = await listRepoFiles(repo, options.fileLimit ?? 20_000).catch((error: unknown) => {
    throw new AppError("repo-missing", `the infra repo cannot be read: ${repo}`, {
      cause: error,
      help: "Set CHIFFON_REPO to the folder with your playbooks.",
      exitCode: exitCodes.environment,
    });
  });
  const cache = options.cache ?? createScanCache();
  const listed = JSON.stringify([repo, options.fileSizeLimit, files, rejected]);
  const before = lastScans.get(cache);
  if (before?.listed === listed) return before.result;
  const scan = new RepoScan(
    repo,
    files,
    [...rejected].filter((entry) => entry.path === "." || isYaml(entry.path)),
    { ...options, cache },
  );
  const result = await scan.run();
  if (!scan.isUnfinished) lastScans.set(cache, { listed, result });
  return result;
}

/** Where no file's time or size changed, the same playbooks are given again, and all that was worked out of them stays valid. */
const lastScans = new WeakMap<ScanCache, { readonly listed: string; readonly result: ScanResult }>();

const isYaml = (name: string): boolean => /\.ya?ml$/i.test(name);
// Folders whose YAML is never a playbook, wherever they stand.
const neverPlaybooks = new Set([
  "tasks",
  "handlers",
  "vars",
  "defaults",
  "meta",
  "templates",
  "files",
  "group_vars",
  "host_vars",
  "roles",
  "tests",
  "test",
  "filter_plugins",
  "library",
]);
const mayBePlaybook = (name: string): boolean => {
  const parts = name.split("/");
  const file = parts.pop() ?? "";
  return (
    isYaml(file) &&
    !parts.some((part) => neverPlaybooks.has(part)) &&
    !/^(?:docker-)?compose|^requirements\.ya?ml$|^galaxy\.ya?ml$|^\./i.test(file)
  );
};

class RepoScan {
  readonly #repo: string;
  readonly #files: ReadonlyMap<string, RepoFile>;
  readonly #rejected: RejectedPlaybook[];
  readonly #sizeLimit: number;
  readonly #cache: ScanCache;
  readonly #roleFolders = new Map<string, string>();
  readonly #roleFiles = new Map<string, string[]>();
  readonly #roles = new Map<string, RoleFacts>();
  /** A file could not be read: a right that is given does not change its time. */
  isUnfinished = false;

  constructor(repo: string, files: readonly RepoFile[], rejected: RejectedPlaybook[], options: ScanOptions) {
    this.#repo = repo;
    this.#files = new Map(files.map((file) => [file.path, file]));
    this.#rejected = rejected;
    this.#sizeLimit = options.fileSizeLimit ?? 1_000_000;
    this.#cache = options.cache ?? createScanCache();
  }

  async run(): Promise<ScanResult> {
    this.#indexRoles();
    const found = new Map<string, PlaybookFile>();
    const names = [...this.#files.keys()];
    await Promise.all(
      names.filter(mayBePlaybook).map(async (name) => {
        const file = await this.#read(name);
        if (file === undefined) return;
        file.reading ??= readPlaybook(file.text);
        if (file.reading.kind === "rejected") this.#rejected.push({ path: name, reason: file.reading.reason });
        if (file.reading.kind === "playbook") found.set(name, file.reading.file);
      }),
    );
    await Promise.all([...this.#roleFolders.keys()].map((role) => this.#loadRole(role)));
    const inventoryVariables = await this.#inventoryVariables(names);
    const known = this.#knownServices(found);
    const playbooks: Playbook[] = [];
    for (const name of [...found.keys()].sort()) playbooks.push(this.#describe(name, found, inventoryVariables, known));
    playbooks.push(...this.#drivenRoles(found, inventoryVariables));
    this.#rejected.sort((a, b) => (a.path < b.path ? -1 : 1));
    return { playbooks, rejected: this.#rejected };
  }

  #indexRoles(): void {
    for (const name of this.#files.keys()) {
      const match = /^((?:.*\/)?roles\/([^/]+))\/(?:tasks|defaults|meta|vars|handlers|templates|files|library|filter_plugins|README)/i.exec(
        name,
      );
      const folder = match?.[1];
      const role = match?.[2];
      if (folder === undefined || role === undefined) continue;
      if (!this.#roleFolders.has(role)) this.#roleFolders.set(role, folder);
      this.#roleFiles.set(folder, [...(this.#roleFiles.get(folder) ?? []), name]);
    }
  }

  async #read(name: string): Promise<ReadFile | undefined> {
    const facts = this.#files.get(name);
    if (facts === undefined) return undefined;
    if (facts.size > this.#sizeLimit) {
      if (mayBePlaybook(name)) this.#rejected.push({ path: name, reason: `larger than ${this.#sizeLimit} bytes: not read` });
      return { text: "", hash: `${facts.size}-${facts.modified}` };
    }
    const stamp = `${facts.modified}:${facts.size}`;
    const kept = this.#cache.get(name);
    if (kept?.stamp === stamp) return kept.file;
    try {
      const bytes = await readFile(path.join(this.#repo, name));
      const file: ReadFile = { text: bytes.includes(0) ? "" : bytes.toString("utf8"), hash: sha256(bytes) };
      this.#cache.set(name, { stamp, file });
      return file;
    } catch (error) {
      this.isUnfinished = true;
      if (mayBePlaybook(name)) this.#rejected.push({ path: name, reason: `cannot be read: ${messageOf(error)}` });
      return undefined;
    }
  }

  /** A YAML file as data, or undefined when it is missing or broken; a broken one is listed. */
  async #data(folder: string, ...names: string[]): Promise<unknown> {
    for (const name of names) {
      const file = await this.#read(`${folder}/${name}`);
      if (file === undefined) continue;
      try {
        return (file.data ??= readYaml(file.text) ?? {});
      } catch (error) {
        this.#rejected.push({ path: `${folder}/${name}`, reason: `not readable as YAML: ${messageOf(error).split("\n", 1)[0] ?? ""}` });
      }
    }
    return undefined;
  }

  async #loadRole(name: string): Promise<void> {
    const folder = this.#roleFolders.get(name) ?? "";
    const own = this.#roleFiles.get(folder) ?? [];
    const [specs, defaults, meta] = await Promise.all([
      this.#data(folder, "meta/argument_specs.yml", "meta/argument_specs.yaml"),
      this.#data(folder, "defaults/main.yml", "defaults/main.yaml"),
      this.#data(folder, "meta/main.yml", "meta/main.yaml"),
    ]);
    const spec = recordOf(recordOf(recordOf(specs ?? recordOf(meta))["argument_specs"])["main"]);
    const hashes: string[] = [];
    const taskTexts: string[] = [];
    for (const file of own.toSorted()) {
      const read = await this.#read(file);
      if (read === undefined) continue;
      hashes.push(`${file}:${read.hash}`);
      if (file.startsWith(`${folder}/tasks/`)) taskTexts.push(read.text);
    }
    const readme = own.find((file) => /\/readme\.md$/i.test(file));
    const short = spec["short_description"] ?? recordOf(recordOf(meta)["galaxy_info"])["description"];
    this.#roles.set(name, {
      name,
      folder,
      description:
        typeof short === "string" && !/^your role description$/i.test(short)
          ? short
          : firstParagraph(readme === undefined ? "" : ((await this.#read(readme))?.text ?? "")),
      options: recordOf(spec["options"]),
      defaults: recordOf(defaults),
      taskNames: taskTexts.flatMap((text) => [...text.matchAll(/^\s*-\s+name:\s*["']?(.+?)["']?\s*$/gm)].map((match) => match[1] ?? "")),
      taskTexts,
      dependencies: listOf(recordOf(meta)["dependencies"]).flatMap((entry) => {
        const role = typeof entry === "string" ? entry : (recordOf(entry)["role"] ?? recordOf(entry)["name"]);
        return typeof role === "string" ? [role] : [];
      }),
      hashes,
    });
  }

  async #inventoryVariables(names: readonly string[]): Promise<Set<string>> {
    const variables = new Set<string>();
    const inventories = names.filter(
      (name) =>
        /(?:^|\/)(?:(?:group_vars|host_vars|inventor(?:y|ies))\/|(?:inventory|hosts)[^/]*\.ya?ml$)/.test(name) &&
        (isYaml(name) || !/\.\w+$/.test(name)),
    );
    await Promise.all(
      inventories.map(async (name) => {
        const text = (await this.#read(name))?.text ?? "";
        const keys = /(?:group_vars|host_vars)\//.test(name) ? /^([a-zA-Z_]\w*)\s*:/gm : /(?:^\s*|\s)([a-z_]\w*)\s*[:=]/gm;
        for (const match of text.matchAll(keys)) variables.add(match[1] ?? "");
      }),
    );
    return variables;
  }

  #knownServices(found: ReadonlyMap<string, PlaybookFile>): string[] {
    const fromSettings = [...found.values()].flatMap((file) => file.settings["service"] ?? []);
    const deployed = [...found.keys()].filter((name) => verbOfName(name) === "deploy").map((name) => serviceOfName(stemOf(name), []) ?? "");
    return [...new Set([...fromSettings, ...deployed].filter((name) => name !== ""))];
  }

  /** Roles of plays and imports, with the roles those depend on. */
  #rolesOf(
    name: string,
    found: ReadonlyMap<string, PlaybookFile>,
    seen = new Set<string>(),
  ): { files: PlaybookFile[]; names: string[]; roles: RoleUse[] } {
    const file = found.get(name);
    if (file === undefined || seen.has(name) || seen.size > 50) return { files: [], names: [], roles: [] };
    seen.add(name);
    const below = file.imports.map((target) =>
      this.#rolesOf(path.posix.normalize(path.posix.join(path.posix.dirname(name), target)), found, seen),
    );
    return {
      files: [file, ...below.flatMap((part) => part.files)],
      names: [name, ...below.flatMap((part) => part.names)],
      roles: [...file.plays.flatMap((play) => play.roles), ...below.flatMap((part) => part.roles)],
    };
  }

  #roleFacts(names: readonly string[]): RoleFacts[] {
    const facts = new Map<string, RoleFacts>();
    const open = [...names];
    for (let name = open.shift(); name !== undefined; name = open.shift()) {
      const role = this.#roles.get(name);
      if (role === undefined || facts.has(name)) continue;
      facts.set(name, role);
      open.push(...role.dependencies);
      for (const text of role.taskTexts)
        for (const match of text.matchAll(/(?:include|import)_role:\s*\n\s+name:\s*["']?([\w.-]+)/g))
          if (match[1] !== undefined) open.push(match[1]);
    }
    return [...facts.values()];
  }

  #describe(
    name: string,
    found: ReadonlyMap<string, PlaybookFile>,
    inventoryVariables: ReadonlySet<string>,
    known: readonly string[],
  ): Playbook {
    const own = found.get(name);
    const { files, names, roles } = this.#rolesOf(name, found);
    const plays = files.flatMap((file) => file.plays);
    const settings = own?.settings ?? {};
    const direct = [...new Set(roles.map((role) => role.name))];
    const facts = this.#roleFacts(direct);
    const directFacts = facts.filter((role) => direct.includes(role.name));
    const playNames = plays.map((play) => play.name).filter((text) => text !== "");
    // A role that is told what to do by its caller, or that other roles use, has no variables for people.
    const told = new Set(roles.filter((role) => Object.keys(role.vars).length > 0).map((role) => role.name));
    const open = directFacts.filter((role) => !told.has(role.name));
    const about = open.map((role) => role.description).filter((text) => text !== "");
    const description =
      settings["description"] ??
      [...new Set([own?.comment ?? "", ...playNames, ...(direct.length <= 4 ? about : [])])].filter((text) => text !== "").join(". ");
    const texts = names.map((file) => this.#cache.get(file)?.file.text ?? "");
    const service = settings["service"] ?? serviceOfName(stemOf(name), known);
    return {
      id: name.replace(/\.ya?ml$/i, ""),
      path: name,
      kind: "playbook",
      name: playNames[0] ?? titleOf(stemOf(name)),
      service: service === undefined || service === "" ? null : service,
      verb: verbOf(settings["verb"], name, playNames, description, direct),
      description,
      variables: gatherVariables({
        plays,
        options: open.map((role) => role.options),
        roleDefaults: open.map((role) => role.defaults),
        texts: [...texts, ...directFacts.flatMap((role) => role.taskTexts)],
        inventoryVariables,
      }),
      tags: [...new Set(plays.flatMap((play) => play.tags))],
      hosts: plays.flatMap((play) => play.hosts),
      playNames,
      taskNames: [...plays.flatMap((play) => play.taskNames), ...directFacts.flatMap((role) => role.taskNames)].slice(0, 60),
      contentHash: digestOf([
        ...names.map((file) => `${file}:${this.#cache.get(file)?.file.hash ?? ""}`),
        ...facts.flatMap((role) => role.hashes),
      ]),
      repeatSafe: settings["repeat"] === "safe",
    };
  }

  /** Roles chosen by tags or conditions in one playbook for everything, where no playbook of their own runs them. */
  #drivenRoles(found: ReadonlyMap<string, PlaybookFile>, inventoryVariables: ReadonlySet<string>): Playbook[] {
    const drivers = [...found].filter(([, file]) => file.plays.some((play) => play.roles.filter((role) => role.selected).length >= 3));
    const ownUse = new Set(
      [...found]
        .filter(([name]) => !drivers.some(([driver]) => driver === name))
        .flatMap(([, file]) => file.plays.flatMap((play) => play.roles.map((role) => role.name))),
    );
    const result = new Map<string, Playbook>();
    for (const [driver, file] of drivers)
      for (const play of file.plays)
        for (const use of play.roles) {
          const role = this.#roles.get(use.name);
          if (role === undefined || !use.selected || ownUse.has(use.name) || result.has(use.name)) continue;
          result.set(use.name, {
            id: role.folder,
            path: driver,
            kind: "role",
            name: titleOf(use.name),
            service: serviceOfName(use.name, []) ?? use.name,
            verb: "deploy",
            description: role.description,
            variables: gatherVariables({
              plays: [],
              options: [role.options],
              roleDefaults: [role.defaults],
              texts: role.taskTexts,
              inventoryVariables,
            }),
            tags: [...use.tags],
            hosts: [...play.hosts],
            playNames: [],
            taskNames: role.taskNames.slice(0, 60),
            contentHash: digestOf([`${driver}:${this.#cache.get(driver)?.file.hash ?? ""}`, ...role.hashes]),
            repeatSafe: file.settings["repeat"] === "safe",
            driver: { path: driver, tags: [...use.tags] },
          });
        }
    return [...result.values()];
  }
}

const stemOf = (name: string): string => {
  const parts = name.replace(/\.ya?ml$/i, "").split("/");
  const last = parts.at(-1) ?? "";
  return /^(?:main|site|playbook|index|all)$/i.test(last) && parts.length > 1 ? (parts.at(-2) ?? last) : last;
};
const titleOf = (name: string): string =>
  nameParts(name)
    .map((part, index) => (index === 0 ? part.charAt(0).toUpperCase() + part.slice(1) : part))
    .join(" ");
const verbOfName = (name: string): Verb | undefined => verbOfPlaybookText(wordsOf(nameParts(stemOf(name)).join(" ")));

function verbOf(
  setting: string | undefined,
  name: string,
  playNames: readonly string[],
  description: string,
  roles: readonly string[],
): Verb {
  const stated = verbs.find((verb) => verb === setting);
  if (stated !== undefined) return stated;
  const folder = path.posix.dirname(name).split("/").at(-1) ?? "";
  const texts = [
    nameParts(stemOf(name)).join(" "),
    /^(?:playbooks?|ansible|\.)$/.test(folder) ? "" : nameParts(folder).join(" "),
    ...playNames,
    description,
  ];
  for (const text of texts) {
    const verb = verbOfPlaybookText(wordsOf(text));
    if (verb !== undefined) return verb;
  }
  const own = nameParts(stemOf(name)).join("");
  return roles.some((role) => nameParts(role).join("") === own) ? "deploy" : "run";
}

function firstParagraph(readme: string): string {
  const paragraph = readme.split(/\n\s*\n/).find((part) => /^\s*[A-Za-z]/.test(part) && !/^\s*(?:#|=|-{3})/.test(part)) ?? "";
  return paragraph.replaceAll(/\s+/g, " ").trim().slice(0, 300);
}
