import { lstat, readdir, realpath, stat } from "node:fs/promises";
import { dirname, join, normalize } from "node:path";
import { AppError } from "../../errors.ts";

export interface CopyQuestion {
  readonly repo: string;
  /** Paths of all sealed files. */
  readonly sealed: ReadonlySet<string>;
  readonly inventorySources: readonly string[];
  readonly playbookFolders: readonly string[];
  readonly roleFolders: readonly string[];
  /** Plugin folders that ansible looks through, absolute. */
  readonly plugins: readonly string[];
  /** What reading the playbooks already missed. */
  readonly notSealed: readonly string[];
}

const entryLimit = 20_000;
const depthLimit = 12;
const shown = 5;
const never = /^(?:\.DS_Store|\.git\w*|__pycache__)$|~$|\.(?:swp|swo|pyc|pyo|retry|orig|bak)$/;
const roleParts = ["tasks", "handlers", "vars", "defaults", "meta", "templates", "files"];
const pluginParts =
  `library module_utils action_plugins become_plugins cache_plugins callback_plugins connection_plugins filter_plugins inventory_plugins
  lookup_plugins strategy_plugins test_plugins vars_plugins`.split(/\s+/);

/**
 * Refuses what ansible uses in the repo and the sealed copy would lack: planning would see it, and the run would silently do without. Throws
 * `not-in-the-copy`.
 */
export async function refuseMissing(question: CopyQuestion): Promise<void> {
  const { sealed } = question;
  const root = await realpath(question.repo);
  const missing = new Set(question.notSealed);
  const folders = new Set<string>();
  let entries = 0;

  await entry("ansible.cfg", 0, () => true);
  for (const source of question.inventorySources) {
    const isFolder = (await stat(join(root, source)).catch(() => null))?.isDirectory() === true;
    if (isFolder) await below(source, 0, (name) => !/^\.|\.(?:cfg|md|txt|rst|ini~)$/.test(name));
    else await entry(source, 0, () => true);
    folders.add(isFolder ? normalize(source) : dirname(source));
  }
  for (const folder of question.playbookFolders) folders.add(folder);
  for (const folder of folders) for (const kind of ["group_vars", "host_vars"]) await below(join(folder, kind), 0, isVariableFile);
  for (const folder of [...question.playbookFolders, ...question.roleFolders])
    for (const part of pluginParts) await below(join(folder, part), 0);
  for (const folder of question.roleFolders) for (const part of roleParts) await below(join(folder, part), 0);
  for (const folder of question.plugins) if (folder.startsWith(`${root}/`)) await below(folder.slice(root.length + 1), 0);
  if (missing.size === 0) return;
  const words: string[] = [];
  for (const path of [...missing].toSorted().slice(0, shown)) words.push(`${path} ${await whyNot(path)}`);
  if (missing.size > shown) words.push(`${missing.size - shown} more`);
  throw new AppError(
    "not-in-the-copy",
    `a plan runs from a sealed copy of the repo, which would lack what your playbooks use: ${words.join("; ")}`,
    {
      help: "Take it out of .gitignore (secrets encrypted with ansible-vault; the password file itself may stay ignored), put the file itself in the place of the link, or name a place outside the repo by its absolute path.",
      facts: { missing: [...missing] },
    },
  );

  async function below(folder: string, depth: number, wanted: (name: string) => boolean = () => true): Promise<void> {
    if (depth > depthLimit) return;
    const info = await stat(join(root, folder)).catch(() => null);
    if (info === null || !info.isDirectory()) return;
    for (const name of await readdir(join(root, folder)).catch(() => [])) {
      if (!never.test(name)) await entry(join(folder, name), depth, wanted);
    }
  }

  async function entry(path: string, depth: number, wanted: (name: string) => boolean): Promise<void> {
    entries += 1;
    if (sealed.has(path) || entries > entryLimit) return;
    const info = await lstat(join(root, path)).catch(() => null);
    if (info === null) return;
    const leads = info.isSymbolicLink() ? await stat(join(root, path)).catch(() => null) : info;
    if (leads?.isDirectory() === true && !(info.isSymbolicLink() && (await leavesRepo(path)))) return below(path, depth + 1, wanted);
    if (leads?.isDirectory() === true || wanted(path.slice(path.lastIndexOf("/") + 1))) missing.add(path);
  }

  async function leavesRepo(path: string): Promise<boolean> {
    const target = await realpath(join(root, path)).catch(() => null);
    return target === null || !target.startsWith(`${root}/`);
  }

  async function whyNot(path: string): Promise<string> {
    const info = await lstat(join(root, path)).catch(() => null);
    if (info === null) return "is gone";
    if (info.isSymbolicLink() && (await leavesRepo(path))) return "is a link that leads out of the repo";
    if (!info.isFile() && !info.isDirectory() && !info.isSymbolicLink()) return "is no regular file";
    return "is git-ignored";
  }
}

/** As ansible's own reader of variables takes them. */
function isVariableFile(name: string): boolean {
  return !name.startsWith(".") && (!name.includes(".") || /\.(?:ya?ml|json)$/.test(name));
}
