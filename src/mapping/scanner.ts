import path from "node:path";
import { digestOf } from "../canonical-json.ts";
import { AppError, exitCodes } from "../errors.ts";
import type { Playbook, RejectedPlaybook } from "./playbook.ts";
import { readPlaybook, type PlaybookFile, type RoleUse } from "./playbook-file.ts";
import { stemOf, titleOf, verbOf, verbOfName } from "./playbook-naming.ts";
import { gatherVariables } from "./playbook-variables.ts";
import { listRepoFiles } from "./repo-files.ts";
import { readRoles, withDependencies, type RepoRoles } from "./role-facts.ts";
import { createScanCache, isYaml, mayBePlaybook, ScannedFiles, type ScanCache } from "./scanned-files.ts";
import { serviceOfName } from "./service-of-name.ts";

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
  const scanned = new ScannedFiles(repo, files, {
    rejected: [...rejected].filter((entry) => entry.path === "." || isYaml(entry.path)),
    sizeLimit: options.fileSizeLimit ?? 1_000_000,
    cache,
  });
  const result = await scan(scanned);
  if (!scanned.isUnfinished) lastScans.set(cache, { listed, result });
  return result;
}

/** Where no file's time or size changed, the same playbooks are given again, and all that was worked out of them stays valid. */
const lastScans = new WeakMap<ScanCache, { readonly listed: string; readonly result: ScanResult }>();

/** What playbooks are described from. */
interface Found {
  readonly files: ScannedFiles;
  readonly playbooks: ReadonlyMap<string, PlaybookFile>;
  readonly roles: RepoRoles;
  readonly inventoryVariables: ReadonlySet<string>;
  readonly services: readonly string[];
}

async function scan(files: ScannedFiles): Promise<ScanResult> {
  const playbooks = new Map<string, PlaybookFile>();
  await Promise.all(
    files.names.filter(mayBePlaybook).map(async (name) => {
      const file = await files.read(name);
      if (file === undefined) return;
      file.reading ??= readPlaybook(file.text);
      if (file.reading.kind === "rejected") files.rejected.push({ path: name, reason: file.reading.reason });
      if (file.reading.kind === "playbook") playbooks.set(name, file.reading.file);
    }),
  );
  const found: Found = {
    files,
    playbooks,
    roles: await readRoles(files),
    inventoryVariables: await inventoryVariablesOf(files),
    services: knownServices(playbooks),
  };
  return {
    playbooks: [...[...playbooks.keys()].sort().map((name) => describe(name, found)), ...drivenRoles(found)],
    rejected: files.rejected.sort((a, b) => (a.path < b.path ? -1 : 1)),
  };
}

async function inventoryVariablesOf(files: ScannedFiles): Promise<Set<string>> {
  const variables = new Set<string>();
  const inventories = files.names.filter(
    (name) =>
      /(?:^|\/)(?:(?:group_vars|host_vars|inventor(?:y|ies))\/|(?:inventory|hosts)[^/]*\.ya?ml$)/.test(name) &&
      (isYaml(name) || !/\.\w+$/.test(name)),
  );
  await Promise.all(
    inventories.map(async (name) => {
      const text = (await files.read(name))?.text ?? "";
      const keys = /(?:group_vars|host_vars)\//.test(name) ? /^([a-zA-Z_]\w*)\s*:/gm : /(?:^\s*|\s)([a-z_]\w*)\s*[:=]/gm;
      for (const match of text.matchAll(keys)) variables.add(match[1] ?? "");
    }),
  );
  return variables;
}

function knownServices(found: ReadonlyMap<string, PlaybookFile>): string[] {
  const fromSettings = [...found.values()].flatMap((file) => file.settings["service"] ?? []);
  const deployed = [...found.keys()].filter((name) => verbOfName(name) === "deploy").map((name) => serviceOfName(stemOf(name), []) ?? "");
  return [...new Set([...fromSettings, ...deployed].filter((name) => name !== ""))];
}

/** Roles of plays and imports, with the roles those depend on. */
function rolesOf(
  name: string,
  found: ReadonlyMap<string, PlaybookFile>,
  seen = new Set<string>(),
): { files: PlaybookFile[]; names: string[]; roles: RoleUse[] } {
  const file = found.get(name);
  if (file === undefined || seen.has(name) || seen.size > 50) return { files: [], names: [], roles: [] };
  seen.add(name);
  const below = file.imports.map((target) => rolesOf(path.posix.normalize(path.posix.join(path.posix.dirname(name), target)), found, seen));
  return {
    files: [file, ...below.flatMap((part) => part.files)],
    names: [name, ...below.flatMap((part) => part.names)],
    roles: [...file.plays.flatMap((play) => play.roles), ...below.flatMap((part) => part.roles)],
  };
}

function describe(name: string, found: Found): Playbook {
  const own = found.playbooks.get(name);
  const { files, names, roles } = rolesOf(name, found.playbooks);
  const plays = files.flatMap((file) => file.plays);
  const settings = own?.settings ?? {};
  const direct = [...new Set(roles.map((role) => role.name))];
  const facts = withDependencies(found.roles, direct);
  const directFacts = facts.filter((role) => direct.includes(role.name));
  const playNames = plays.map((play) => play.name).filter((text) => text !== "");
  // A role that is told what to do by its caller, or that other roles use, has no variables for people.
  const told = new Set(roles.filter((role) => Object.keys(role.vars).length > 0).map((role) => role.name));
  const open = directFacts.filter((role) => !told.has(role.name));
  const about = open.map((role) => role.description).filter((text) => text !== "");
  const description =
    settings["description"] ??
    [...new Set([own?.comment ?? "", ...playNames, ...(direct.length <= 4 ? about : [])])].filter((text) => text !== "").join(". ");
  const texts = names.map((file) => found.files.textOf(file));
  const service = settings["service"] ?? serviceOfName(stemOf(name), found.services);
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
      inventoryVariables: found.inventoryVariables,
    }),
    tags: [...new Set(plays.flatMap((play) => play.tags))],
    hosts: plays.flatMap((play) => play.hosts),
    playNames,
    taskNames: [...plays.flatMap((play) => play.taskNames), ...directFacts.flatMap((role) => role.taskNames)].slice(0, 60),
    contentHash: digestOf([...names.map((file) => `${file}:${found.files.hashOf(file)}`), ...facts.flatMap((role) => role.hashes)]),
    repeatSafe: settings["repeat"] === "safe",
  };
}

/** Roles chosen by tags or conditions in one playbook for everything, where no playbook of their own runs them. */
function drivenRoles({ files, playbooks, roles, inventoryVariables }: Found): Playbook[] {
  const drivers = [...playbooks].filter(([, file]) => file.plays.some((play) => play.roles.filter((role) => role.selected).length >= 3));
  const ownUse = new Set(
    [...playbooks]
      .filter(([name]) => !drivers.some(([driver]) => driver === name))
      .flatMap(([, file]) => file.plays.flatMap((play) => play.roles.map((role) => role.name))),
  );
  const result = new Map<string, Playbook>();
  for (const [driver, file] of drivers)
    for (const play of file.plays)
      for (const use of play.roles) {
        const role = roles.get(use.name);
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
          contentHash: digestOf([`${driver}:${files.hashOf(driver)}`, ...role.hashes]),
          repeatSafe: file.settings["repeat"] === "safe",
          driver: { path: driver, tags: [...use.tags] },
        });
      }
  return [...result.values()];
}
