import type { Inventory } from "../inventory.ts";
import { asList, isMapping, type Mapping } from "../playbook-values.ts";
import type { RepoReader } from "../repo-reader.ts";
import type { Findings } from "./findings.ts";

/** What every part of the reading shares. */
export interface Context {
  readonly inventory: Inventory;
  readonly limit: string | readonly string[] | undefined;
  readonly variables: Mapping;
  readonly reader: RepoReader;
  readonly findings: Findings;
  /** What was read already. */
  readonly seen: Set<string>;
  /** Where ansible looks for roles: relative to the repo where they lie in it. */
  readonly configuredRoles: readonly string[];
  readonly playbookFolders: Set<string>;
  readonly roleFolders: Set<string>;
  /** Modules of the repo, which stand in the place of ansible's own of that name. */
  readonly ownModules: Set<string>;
}

/** Where a task stands. */
export interface Scope {
  readonly hosts: readonly string[];
  /** Where included files are looked for, nearest first. */
  readonly folders: readonly string[];
  /** Names without a namespace may mean modules of other collections. */
  readonly collections: boolean;
  /** Where the roles beside it lie, when it stands in a role. */
  readonly rolesBeside: string | null;
  readonly playbookFolder: string;
}

export const fileLimit = 2_000;
const builtIn = /^ansible\.(?:builtin|legacy)$/;

/** Names collections other than ansible's own. */
export function othersIn(block: Mapping): boolean {
  return asList(block["collections"]).some((name) => typeof name !== "string" || !builtIn.test(name));
}

/** Arguments of a module, also in the old form `a=b c=d`. */
export function assigned(use: unknown): Mapping {
  if (isMapping(use)) return use;
  if (typeof use !== "string") return {};
  return Object.fromEntries(
    [...use.matchAll(/(?:^|\s)(\w+)=("[^"]*"|'[^']*'|\S*)/g)].map((one) => [one[1] ?? "", (one[2] ?? "").replace(/^["']|["']$/g, "")]),
  );
}
