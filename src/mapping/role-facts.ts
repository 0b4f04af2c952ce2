import { listOf, recordOf } from "./playbook-file.ts";
import type { ScannedFiles } from "./scanned-files.ts";

export interface RoleFacts {
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

/** The roles of a repo by name. */
export type RepoRoles = ReadonlyMap<string, RoleFacts>;

export async function readRoles(files: ScannedFiles): Promise<RepoRoles> {
  const folders = new Map<string, string>();
  const filesOf = new Map<string, string[]>();
  for (const name of files.names) {
    const match = /^((?:.*\/)?roles\/([^/]+))\/(?:tasks|defaults|meta|vars|handlers|templates|files|library|filter_plugins|README)/i.exec(
      name,
    );
    const folder = match?.[1];
    const role = match?.[2];
    if (folder === undefined || role === undefined) continue;
    if (!folders.has(role)) folders.set(role, folder);
    filesOf.set(folder, [...(filesOf.get(folder) ?? []), name]);
  }
  const roles = await Promise.all([...folders].map(([name, folder]) => readRole(name, folder, filesOf.get(folder) ?? [], files)));
  return new Map(roles.map((role) => [role.name, role]));
}

/** These roles with all that they depend on or include by name. */
export function withDependencies(roles: RepoRoles, names: readonly string[]): RoleFacts[] {
  const found = new Map<string, RoleFacts>();
  const open = [...names];
  for (let name = open.shift(); name !== undefined; name = open.shift()) {
    const role = roles.get(name);
    if (role === undefined || found.has(name)) continue;
    found.set(name, role);
    open.push(...role.dependencies);
    for (const text of role.taskTexts)
      for (const match of text.matchAll(/(?:include|import)_role:\s*\n\s+name:\s*["']?([\w.-]+)/g))
        if (match[1] !== undefined) open.push(match[1]);
  }
  return [...found.values()];
}

async function readRole(name: string, folder: string, own: readonly string[], files: ScannedFiles): Promise<RoleFacts> {
  const [specs, defaults, meta] = await Promise.all([
    files.data(folder, "meta/argument_specs.yml", "meta/argument_specs.yaml"),
    files.data(folder, "defaults/main.yml", "defaults/main.yaml"),
    files.data(folder, "meta/main.yml", "meta/main.yaml"),
  ]);
  const spec = recordOf(recordOf(recordOf(specs ?? recordOf(meta))["argument_specs"])["main"]);
  const hashes: string[] = [];
  const taskTexts: string[] = [];
  for (const file of own.toSorted()) {
    const read = await files.read(file);
    if (read === undefined) continue;
    hashes.push(`${file}:${read.hash}`);
    if (file.startsWith(`${folder}/tasks/`)) taskTexts.push(read.text);
  }
  const readme = own.find((file) => /\/readme\.md$/i.test(file));
  const short = spec["short_description"] ?? recordOf(recordOf(meta)["galaxy_info"])["description"];
  return {
    name,
    folder,
    description:
      typeof short === "string" && !/^your role description$/i.test(short)
        ? short
        : firstParagraph(readme === undefined ? "" : ((await files.read(readme))?.text ?? "")),
    options: recordOf(spec["options"]),
    defaults: recordOf(defaults),
    taskNames: taskTexts.flatMap((text) => [...text.matchAll(/^\s*-\s+name:\s*["']?(.+?)["']?\s*$/gm)].map((match) => match[1] ?? "")),
    taskTexts,
    dependencies: listOf(recordOf(meta)["dependencies"]).flatMap((entry) => {
      const role = typeof entry === "string" ? entry : (recordOf(entry)["role"] ?? recordOf(entry)["name"]);
      return typeof role === "string" ? [role] : [];
    }),
    hashes,
  };
}

function firstParagraph(readme: string): string {
  const paragraph = readme.split(/\n\s*\n/).find((part) => /^\s*[A-Za-z]/.test(part) && !/^\s*(?:#|=|-{3})/.test(part)) ?? "";
  return paragraph.replaceAll(/\s+/g, " ").trim().slice(0, 300);
}
