import { realpath } from "node:fs/promises";
import { relative } from "node:path";
import { digestOf } from "../../canonical-json.ts";
import type { WorkingTree } from "../../planner/snapshot.ts";
import type { AnsibleFacts } from "./ansible-facts.ts";
import { isInRepo, isPrompt, placeOf, secretSourcesOf } from "./secret-sources.ts";

export interface SecretFreeTreeDeps {
  readonly workingTree: { read(repo: string): Promise<WorkingTree> };
  readonly facts: Pick<AnsibleFacts, "changedConfig">;
  readonly homeFolder: string;
}

/** The working tree without the password files and keys that ansible's settings name: also where git does not ignore them they are never sealed. */
export function createSecretFreeTree(deps: SecretFreeTreeDeps): { read(repo: string): Promise<WorkingTree> } {
  return {
    async read(repo) {
      const [tree, config] = await Promise.all([deps.workingTree.read(repo), deps.facts.changedConfig(repo)]);
      const secret = await secretFilesIn(repo, config, deps.homeFolder);
      const files = tree.files.filter((file) => !secret.has(file.path));
      return files.length === tree.files.length ? tree : { ...tree, files, hash: digestOf(files) };
    },
  };
}

/** Paths in the repo of files that hold secrets, by their names there and, for links, by where they lead. */
export async function secretFilesIn(
  repo: string,
  config: Readonly<Record<string, unknown>>,
  homeFolder: string,
): Promise<ReadonlySet<string>> {
  const root = await realpath(repo);
  const found = new Set<string>();
  for (const source of secretSourcesOf(config)) {
    if (isPrompt(source)) continue;
    const named = isInRepo(source) ? placeOf(source, root) : source.path.replace(/^~(?=\/)/, homeFolder);
    for (const place of [named, await realpath(named).catch(() => named)]) {
      const path = relative(root, place);
      if (path !== "" && !path.startsWith("..") && !path.startsWith("/")) found.add(path);
    }
  }
  return found;
}
