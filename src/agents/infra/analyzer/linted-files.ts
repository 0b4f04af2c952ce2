import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { digestOf, sha256 } from "../../../canonical-json.ts";
import { readYaml } from "../../../mapping/playbook-file.ts";
import { asList, isMapping, isTemplate, valueOf, type Mapping } from "../playbook-values.ts";

/** The files that lint reads for a playbook: the playbook and what it includes. */
export interface LintedFiles {
  /** Paths in the repo, sorted. */
  readonly paths: readonly string[];
  /** SHA-256 over their paths and contents. */
  readonly hash: string;
  /** Some include's name is a template: there may be more. */
  readonly open: boolean;
}

/** What a file of tasks or plays points at. */
interface Read {
  readonly mark: string;
  readonly hash: string;
  readonly playbooks: readonly string[];
  readonly tasks: readonly string[];
  readonly roles: readonly string[];
  readonly open: boolean;
}

const largestFile = 2 * 1024 * 1024;
const fileLimit = 5_000;
const roleParts = ["tasks", "handlers", "vars", "defaults", "meta"];

/** Reads files once and then looks only at their times and sizes: a look at an unchanged repo takes milliseconds. */
export function createLintedFiles(): {
  of(repo: string, playbooks: readonly string[], rolePaths: readonly string[]): ReadonlyMap<string, LintedFiles>;
} {
  const known = new Map<string, Read>();
  return {
    of(repo, playbooks, rolePaths) {
      const places = [...new Set(["roles", ...rolePaths.map((path) => relative(repo, path))])].filter((path) => !path.startsWith(".."));
      const looked = new Map<string, Read | null>();
      const roles = new Map<string, readonly string[]>();
      return new Map(playbooks.map((path) => [path, filesOf(repo, path, places, looked, roles)]));
    },
  };

  function filesOf(
    repo: string,
    playbook: string,
    places: readonly string[],
    looked: Map<string, Read | null>,
    roles: Map<string, readonly string[]>,
  ): LintedFiles {
    const found = new Map<string, string>();
    const seenRoles = new Set<string>();
    let isOpen = false;
    visit(normalize(playbook));
    const paths = [...found.keys()].toSorted();
    return { paths, hash: digestOf(paths.map((path) => [path, found.get(path)])), open: isOpen };

    function visit(path: string): void {
      if (found.has(path) || found.size > fileLimit || path.startsWith("..")) return;
      const read = look(repo, path, looked);
      if (read === null) return;
      found.set(path, read.hash);
      isOpen ||= read.open;
      const folder = dirname(path);
      for (const name of read.playbooks) visit(normalize(join(folder, name)));
      // Of a role's handlers too: included names start at its tasks.
      for (const name of read.tasks)
        for (const base of [folder, folder.replace(/(^|\/)handlers$/, "$1tasks")]) visit(normalize(join(base, name)));
      for (const name of read.roles) role(name, folder);
    }

    function role(name: string, folder: string): void {
      for (const place of [...places, join(folder, "roles"), dirname(dirname(folder)), "."]) {
        const base = normalize(join(place, name));
        if (base.startsWith("..") || seenRoles.has(base)) continue;
        const own = roles.get(base) ?? roleParts.flatMap((part) => yamlBelow(repo, join(base, part), 0));
        roles.set(base, own);
        if (own.length === 0) continue;
        seenRoles.add(base);
        for (const path of own) visit(path);
        return;
      }
    }
  }

  function look(repo: string, path: string, looked: Map<string, Read | null>): Read | null {
    const before = looked.get(path);
    if (before !== undefined) return before;
    const read = readFile(join(repo, path));
    looked.set(path, read);
    return read;
  }

  function readFile(file: string): Read | null {
    try {
      const info = statSync(file);
      if (!info.isFile() || info.size > largestFile) return null;
      const mark = `${info.size}:${info.mtimeMs}:${info.ino}`;
      const before = known.get(file);
      if (before?.mark === mark) return before;
      const text = readFileSync(file, "utf8");
      const read = { mark, hash: sha256(text), ...referencesIn(text) };
      known.set(file, read);
      return read;
    } catch {
      return null;
    }
  }
}

function yamlBelow(repo: string, folder: string, depth: number): string[] {
  try {
    return readdirSync(join(repo, folder), { withFileTypes: true }).flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return depth < 8 ? yamlBelow(repo, path, depth + 1) : [];
      return /\.ya?ml$/.test(entry.name) ? [path] : [];
    });
  } catch {
    return [];
  }
}

function referencesIn(text: string): Pick<Read, "playbooks" | "tasks" | "roles" | "open"> {
  const found = { playbooks: [] as string[], tasks: [] as string[], roles: [] as string[], open: false };
  let content: unknown;
  try {
    content = readYaml(text);
  } catch {
    return found;
  }
  if (isMapping(content)) for (const role of asList(content["dependencies"])) addRole(role); // a role's meta/main.yml
  for (const entry of asList(content)) if (isMapping(entry)) block(entry);
  return found;

  function block(entry: Mapping): void {
    add(found.playbooks, valueOf(entry, "import_playbook"));
    for (const name of ["include_tasks", "import_tasks", "include"]) {
      const value = valueOf(entry, name);
      add(found.tasks, isMapping(value) ? value["file"] : value);
    }
    for (const name of ["include_role", "import_role"]) {
      const value = valueOf(entry, name);
      if (isMapping(value)) addRole(value);
    }
    for (const role of asList(entry["roles"])) addRole(role);
    for (const list of ["pre_tasks", "tasks", "post_tasks", "handlers", "block", "rescue", "always"])
      for (const task of asList(entry[list])) if (isMapping(task)) block(task);
  }

  function addRole(role: unknown): void {
    add(found.roles, isMapping(role) ? (role["role"] ?? role["name"]) : role);
  }

  function add(list: string[], value: unknown): void {
    if (typeof value !== "string") return;
    if (isTemplate(value)) found.open = true;
    else list.push(value.split(/\s+(?=\w+=)/)[0] ?? value);
  }
}
