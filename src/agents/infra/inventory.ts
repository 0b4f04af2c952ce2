import { lstat, readdir, realpath, rm, stat } from "node:fs/promises";
import { dirname, join, normalize, relative } from "node:path";
import { execa } from "execa";
import { z } from "zod";
import { digestOf, sha256 } from "../../canonical-json.ts";
import { AppError } from "../../errors.ts";
import { readYaml } from "../../mapping/playbook-file.ts";
import { cachedAnswer, type AnswerCache } from "../answer-cache.ts";
import { configEnvironment, effectiveConfig } from "./ansible-config.ts";
import { createAnsibleFacts, programMark } from "./ansible-facts.ts";
import { findProgram, quietAnsible, type Environment } from "./environment.ts";
import { copyWithoutVault } from "./inventory-without-vault.ts";
import { makePlanningConfig, withoutPlugins } from "./planning-config.ts";
import { readRegularFile } from "./regular-file.ts";
import { changing } from "./repo-reader.ts";
import { isInRepo, placeOf, secretSourcesOf } from "./secret-sources.ts";

/** What an inventory says of names and of ways to connect. No other variable is kept: some are secrets. */
export interface Inventory {
  /** SHA-256 of what `ansible-inventory --list` said. */
  readonly hash: string;
  /** In ansible's order. */
  readonly hosts: readonly string[];
  /** Hosts of each group and its children, in ansible's order; `all` and `ungrouped` included. */
  readonly groups: Readonly<Record<string, readonly string[]>>;
  readonly connections: Readonly<Record<string, HostConnection>>;
}

interface HostConnection {
  readonly connection: string | null;
  readonly address: string | null;
  /** The path of a key as it is written, where there is one. */
  readonly privateKey?: string;
}

export interface InventoryDeps {
  readonly environment: Environment;
  readonly cache: AnswerCache;
  /** Sources inside the repo that may be executable or use an inventory plugin; `chiffon.yml` names them. */
  readonly allowedSources?: readonly string[];
}

const fileLimit = 5_000;
const depthLimit = 20;
const byteLimit = 10 * 1024 * 1024;
const hostLimit = 50_000;
const aliasByteLimit = 1024 * 1024;
/** What ansible itself skips in an inventory folder. */
const ignored = /^\.|^(?:host_vars|group_vars|vars_plugins)$|~$|\.(?:orig|ini|cfg|retry|pyc|pyo|md|txt|rst|swp|bak)$/;
const variableFolders = ["group_vars", "host_vars"];

const groupSchema = z.looseObject({ hosts: z.array(z.string()).optional(), children: z.array(z.string()).optional() });
const metaSchema = z.looseObject({ hostvars: z.record(z.string(), z.record(z.string(), z.unknown())).optional() });

/**
 * Asks `ansible-inventory --list` once for each content of the sources and the variables beside them. No plugin and no script of the repo runs for it,
 * but the sources that the settings name.
 */
export async function loadInventory(repo: string, sources: readonly string[], deps: InventoryDeps): Promise<Inventory> {
  const root = await realpath(repo);
  const allowed = new Set((deps.allowedSources ?? []).map((source) => normalize(source).replace(/\/$/, "")));
  const contentNow = async (): Promise<[string, string][]> => {
    const content: [string, string][] = [];
    for (const source of sources) await look(root, source, allowed, content);
    return content;
  };
  const content = await contentNow();
  const changed = await createAnsibleFacts(deps).changedConfig(root);
  const config = await effectiveConfig(root, deps.environment);
  const settings = Object.entries(deps.environment).filter(([name]) => name.startsWith("ANSIBLE_"));
  const mark = programMark("ansible-inventory", deps.environment);
  const secrets = await secretMarks(root, changed);
  const key = digestOf(["inventory/4", mark, root, sources, content, changed, config.text, settings, secrets]);
  return cachedAnswer(deps.cache, `inventory:${key}`, async () => {
    const planning = await makePlanningConfig(root, changed, deps.environment);
    try {
      const environment = {
        // Without the list of enabled plugins a file that looks like a script or a plugin's configuration would be run; so it is data or an error.
        ...(allowed.size === 0
          ? { ...planning.environment, ANSIBLE_INVENTORY_ENABLED: "yaml,ini,toml" }
          : { ...deps.environment, ...configEnvironment(config), ...(await withoutPlugins(planning)) }),
        ...quietAnsible,
        ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED: "1",
        ANSIBLE_NOCOLOR: "1",
      };
      const ask = (places: readonly string[]) =>
        execa(findProgram("ansible-inventory", deps.environment), ["--list", ...places.flatMap((place) => ["-i", place])], {
          cwd: allowed.size === 0 ? planning.folder : root,
          env: environment,
          extendEnv: false,
          stdin: "ignore",
          timeout: 60_000,
          maxBuffer: 64 * 1024 * 1024,
          reject: false,
        });
      let said = await ask(sources.map((source) => join(root, source)));
      if (said.exitCode !== 0 && allowed.size === 0 && /vault|decrypt/i.test(said.stderr)) {
        const paths = content.map(([path]) => path);
        const copy = await copyWithoutVault(root, sources, paths, byteLimit, join(planning.folder, "inventory"));
        if (copy !== null) {
          await planning.withoutPasswords();
          said = await ask(copy);
        }
      }
      if (said.exitCode !== 0) {
        const why = said.stderr.replace(/^\[WARNING\].*$/gm, "").trim().slice(-1_000); // prettier-ignore
        throw new AppError("inventory-failed", `the inventory cannot be read: ${why}`, {
          help:
            planning.withheld.length === 0
              ? `Run \`ansible-inventory --list\` in the repository and mend what it says.`
              : `The password script ${planning.withheld.join(", ")} lies in the repo, and planning runs no program of the repo: put it outside.`,
        });
      }
      // What was not read as it was hashed must not be kept under that hash.
      if (digestOf(await contentNow()) !== digestOf(content)) throw changing("the inventory");
      return inventoryOf(said.stdout);
    } finally {
      await rm(planning.folder, { recursive: true, force: true });
    }
  });
}

/** Another answer once a password file is there that was not: by inode and time, never by what it holds. */
async function secretMarks(root: string, changed: Readonly<Record<string, unknown>>): Promise<string[]> {
  const marks: string[] = [];
  for (const source of secretSourcesOf(changed)) {
    const info = isInRepo(source) ? await stat(placeOf(source, root)).catch(() => null) : null;
    marks.push(info === null ? "" : `${info.ino}:${info.mode}:${info.mtimeMs}`);
  }
  return marks;
}

export function inventoryOf(listOutput: string): Inventory {
  const parsed = z.record(z.string(), z.unknown()).parse(JSON.parse(listOutput));
  const { hostvars = {} } = metaSchema.parse(parsed["_meta"] ?? {});
  const raw = new Map<string, z.infer<typeof groupSchema>>();
  for (const [name, value] of Object.entries(parsed)) if (name !== "_meta") raw.set(name, groupSchema.parse(value));
  const groups: Record<string, string[]> = {};
  for (const name of namesInOrder(raw)) groups[name] = hostsOf(name, raw);
  groups["ungrouped"] ??= [];
  const hosts = groups["all"] ?? [];
  if (hosts.length > hostLimit)
    throw new AppError("inventory-too-large", `the inventory has ${hosts.length} hosts, more than ${hostLimit}`);
  const connections = Object.fromEntries(hosts.map((host) => [host, connectionOf(hostvars[host] ?? {})]));
  return { hash: sha256(listOutput), hosts, groups, connections };
}

/** `all`, `ungrouped`, then parents before children, as they were written. */
function namesInOrder(raw: ReadonlyMap<string, z.infer<typeof groupSchema>>): string[] {
  const names = ["all", "ungrouped"];
  for (const name of names) for (const child of raw.get(name)?.children ?? []) if (!names.includes(child)) names.push(child);
  return [...names, ...[...raw.keys()].filter((name) => !names.includes(name))];
}

/** Own hosts first, then those of the children, level by level: the order that `group[0]` counts in. */
function hostsOf(group: string, raw: ReadonlyMap<string, z.infer<typeof groupSchema>>): string[] {
  const hosts = new Set<string>();
  const seen = new Set([group]);
  let level = [group];
  while (level.length > 0) {
    const next: string[] = [];
    for (const name of level) {
      for (const host of raw.get(name)?.hosts ?? []) hosts.add(host);
      for (const child of raw.get(name)?.children ?? []) {
        if (seen.has(child)) continue;
        seen.add(child);
        next.push(child);
      }
    }
    level = next;
  }
  return [...hosts];
}

function connectionOf(variables: Readonly<Record<string, unknown>>): HostConnection {
  const privateKey = text(variables["ansible_ssh_private_key_file"] ?? variables["ansible_private_key_file"]);
  const own = { connection: text(variables["ansible_connection"]), address: text(variables["ansible_host"]) };
  return privateKey === null ? own : { ...own, privateKey };
}

function text(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

/** Refuses what is not plain data inside the repo, and gathers everything that decides the answer. */
async function look(root: string, source: string, named: ReadonlySet<string>, content: [string, string][], depth = 0): Promise<void> {
  if (depth > depthLimit) throw refused("inventory-refused", `the inventory ${source} is nested too deep`);
  const path = join(root, source);
  const found = await realpath(path).catch(() => null);
  if (found === null) throw refused("inventory-missing", `the inventory ${source} does not exist`);
  if (relative(root, found).startsWith("..")) throw refused("inventory-refused", `the inventory ${source} lies outside the repository`);
  const info = await lstat(found);
  if (info.isDirectory()) {
    for (const name of (await readdir(found)).toSorted())
      if (!ignored.test(name)) await look(root, relative(root, join(found, name)), named, content, depth + 1);
    for (const folder of variableFolders) await gather(root, join(found, folder), content);
    return;
  }
  const data = await read(found, source, content);
  content.push([source, sha256(data)]);
  if (!isNamed(source, named) && ((info.mode & 0o111) !== 0 || data.startsWith("#!"))) {
    throw refused("inventory-refused", `the inventory ${source} is executable: it would be run, not read`, howToAllow(source));
  }
  if (!isNamed(source, named) && usesPlugin(data))
    throw refused("inventory-refused", `the inventory ${source} uses an inventory plugin`, howToAllow(source));
  for (const folder of variableFolders) await gather(root, join(dirname(found), folder), content);
}

/** It, or a folder that it is in. */
function isNamed(source: string, named: ReadonlySet<string>): boolean {
  for (let path = normalize(source); path !== "." && path !== "/"; path = dirname(path)) if (named.has(path)) return true;
  return named.has(".");
}

const howToAllow = (source: string): string =>
  `If it may run, write this into chiffon.yml in the data folder, and start again: executable_inventories: [${source}]`;

function usesPlugin(data: string): boolean {
  if (!/^["']?plugin["']?\s*:/m.test(data)) return false;
  if (data.length > aliasByteLimit) return true;
  try {
    const value = readYaml(data);
    return typeof value === "object" && value !== null && "plugin" in value;
  } catch {
    return true;
  }
}

async function gather(root: string, folder: string, content: [string, string][]): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => [])) {
    if (entry.isDirectory()) continue;
    const path = join(entry.parentPath, entry.name);
    content.push([relative(root, path), sha256(await read(path, relative(root, path), content))]);
  }
}

async function read(path: string, name: string, content: readonly unknown[]): Promise<string> {
  const info = await stat(path).catch(() => null);
  if ((info?.size ?? 0) > byteLimit || content.length > fileLimit)
    throw refused("inventory-too-large", `the inventory is too large (${name})`);
  const data = (await readRegularFile(path, byteLimit, name))?.toString("utf8") ?? "";
  refuseBomb(data, name);
  return data;
}

/** A few lines of aliases of aliases become gigabytes once they are written out, as `ansible-inventory --list` does. */
function refuseBomb(data: string, name: string): void {
  const aliases = data.match(/(?:^|[\s[{,:-])\*[\w-]/gm)?.length ?? 0;
  if (aliases < 10 || !/(?:^|[\s[{,:-])&[\w-]/m.test(data)) return;
  if (data.length > aliasByteLimit) throw refused("inventory-too-large", `${name} is too large for its number of aliases (${aliases})`);
  try {
    readYaml(data);
  } catch (error) {
    if (error instanceof ReferenceError) throw refused("inventory-refused", `${name} holds too many aliases of aliases`);
  }
}

function refused(
  code: string,
  message: string,
  help = "Executable and plugin inventories are used only when `chiffon.yml` names them.",
): AppError {
  return new AppError(code, message, { help });
}
