import { lstat, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readYaml } from "../../../mapping/playbook-file.ts";
import { withoutRunningLookups } from "../lookups.ts";
import { isMapping } from "../playbook-values.ts";

const largestCopiedFile = 2 * 1024 * 1024;
const fileLimit = 20_000;
const notCopied = new Set([".git", "node_modules", ".ansible", ".cache", ".venv", "venv", "__pycache__"]);
/** In the order in which the first that is there counts. */
export const lintSettingsFiles = [
  ".ansible-lint",
  ".ansible-lint.yml",
  ".ansible-lint.yaml",
  ".config/ansible-lint.yml",
  ".config/ansible-lint.yaml",
];
/** What a repo may say of its findings. Not where rules written in Python lie, nor anything that writes. */
const keptSettings = new Set(
  `profile skip_list warn_list enable_list exclude_paths kinds loop_var_prefix max_block_depth max_tasks only_builtins_allow_collections
  only_builtins_allow_modules strict supported_ansible_also tags task_name_prefix var_naming_pattern`.split(/\s+/),
);
/** A file that is a module of the repo, by its path; with the module's name. */
export const ownModule = /(?:^|\/)(?:library|action_plugins)\/(?:[\w-]+\/)*(\w+)\.\w+$/;
const collectionModule = /ansible_collections\/(\w+)\/(\w+)\/plugins\/(?:modules|action)\/(\w+)\.\w+$/;

/**
 * Copies what lint reads. It checks the syntax with ansible itself, which would load plugins, run scripts and evaluate lookups of the repo, and its own
 * rules may be Python of the repo: none of that comes along, and modules that are left out are declared as known. Gives the paths of those modules.
 */
export async function copyForLint(from: string, to: string, secretFiles: ReadonlySet<string> = new Set()): Promise<readonly string[]> {
  const modules = new Set<string>();
  const modulePaths: string[] = [];
  let files = 0;
  await copy("");
  await writeConfig();
  return modulePaths;

  async function copy(folder: string): Promise<void> {
    await mkdir(join(to, folder), { recursive: true });
    for (const entry of await readdir(join(from, folder), { withFileTypes: true })) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (notCopied.has(entry.name) || secretFiles.has(path)) continue;
      if (entry.isDirectory()) await copy(path);
      // Links may lead anywhere; large files are no playbooks.
      if (!entry.isFile() || files >= fileLimit || (await lstat(join(from, path))).size > largestCopiedFile) continue;
      const own = ownModule.exec(path);
      if (own?.[1] !== undefined) modules.add(own[1]);
      const shared = collectionModule.exec(path);
      if (shared !== null) modules.add(shared.slice(1).join("."));
      if (own !== null || shared !== null) modulePaths.push(path);
      if (/\.(?:py|pyc|pyo|so)$/.test(path)) continue;
      files += 1;
      const content = await readFile(join(from, path));
      const isText = /\.(?:ya?ml|json|j2|cfg|ini)$/.test(path);
      // Without the right to be executed: a password or inventory script is then data.
      await writeFile(join(to, path), isText ? withoutRunningLookups(content.toString("utf8")) : content, { mode: 0o600 });
    }
  }

  async function writeConfig(): Promise<void> {
    let settings: Record<string, unknown> = {};
    for (const name of lintSettingsFiles.toReversed()) {
      const text = await readFile(join(to, name), "utf8").catch(() => null);
      await rm(join(to, name), { force: true, recursive: true });
      try {
        const value = text === null ? null : readYaml(text);
        if (isMapping(value)) settings = Object.fromEntries(Object.entries(value).filter(([key]) => keptSettings.has(key)));
      } catch {
        continue;
      }
    }
    // JSON is YAML too.
    await writeFile(join(to, ".ansible-lint"), JSON.stringify({ ...settings, mock_modules: [...modules] }), { mode: 0o600 });
  }
}
