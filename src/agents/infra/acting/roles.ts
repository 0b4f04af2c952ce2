import { stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { asList, isMapping, isTemplate, render } from "../playbook-values.ts";
import { othersIn, type Context, type Scope } from "./context.ts";
import { filesNamed, isVaulted } from "./named-files.ts";
import { modulesBeside } from "./own-modules.ts";
import { readOwnRole } from "./own-roles.ts";

export type ReadTaskFile = (path: string, scope: Scope) => Promise<void>;

const roleParts = ["tasks", "handlers"];

/** A role as a play, a task or another role uses it, with all it depends on. */
export async function readRole(context: Context, use: unknown, scope: Scope, readTaskFile: ReadTaskFile): Promise<void> {
  const { findings, reader, seen, roleFolders, variables } = context;
  const name = isMapping(use) ? (use["role"] ?? use["name"]) : use;
  if (typeof name !== "string") return;
  if (isMapping(use)) {
    findings.place(use, scope.hosts, `role ${name}`);
    findings.overrides(use, scope.hosts);
    findings.lookups(use, `role ${name}`);
  }
  const text = render(name, variables);
  if (await readOwnRole(context, text, isMapping(use) ? { ...use, ...asVariables(use["vars"]) } : {}, scope)) return;
  const folder = text === null ? null : await roleFolder(context, text, scope);
  if (text === null || folder === null) {
    findings.unknown.add(text === null ? `role ${name}` : `role ${text} (not in the repository)`);
    findings.makesHosts = true;
    return;
  }
  const from = (part: string): string => (isMapping(use) && typeof use[`${part}_from`] === "string" ? String(use[`${part}_from`]) : "main");
  const key = `role:${folder}\0${from("tasks")}\0${from("handlers")}\0${from("vars")}\0${from("defaults")}\0${scope.hosts.join(",")}`;
  if (seen.has(key)) return;
  seen.add(key);
  if (!roleFolders.has(folder)) await modulesBeside(context, folder);
  roleFolders.add(folder);
  const meta = await readFirst(join(folder, "meta"), "main");
  const inRole: Scope = {
    ...scope,
    folders: [join(folder, "tasks"), folder, ...scope.folders],
    collections: scope.collections || (isMapping(meta) && othersIn(meta)),
    rolesBeside: dirname(folder),
  };
  for (const part of roleParts) await firstOf(join(folder, part), "main", inRole);
  if (from("handlers") !== "main") await firstOf(join(folder, "handlers"), withoutEnding(from("handlers")), inRole);
  const tasksFrom = from("tasks");
  if (isTemplate(tasksFrom)) {
    for (const path of await filesNamed(reader, join(folder, "tasks"), tasksFrom, null)) await readTaskFile(path, inRole);
  } else if (tasksFrom !== "main") await firstOf(join(folder, "tasks"), withoutEnding(tasksFrom), inRole);
  for (const part of ["defaults", "vars"]) {
    for (const file of new Set(["main", withoutEnding(from(part))])) {
      const values = isTemplate(file) ? null : await readFirst(join(folder, part), file);
      findings.overrides(values, scope.hosts);
      findings.lookups(values, `role ${text}`);
    }
  }
  for (const dependency of dependenciesOf(meta)) await readRole(context, dependency, inRole, readTaskFile);

  async function firstOf(within: string, file: string, inside: Scope): Promise<void> {
    for (const path of [`${file}.yml`, `${file}.yaml`, file].map((one) => join(within, one)))
      if (await reader.exists(path)) return readTaskFile(path, { ...inside, folders: [within, ...inside.folders] });
  }

  async function readFirst(within: string, file: string): Promise<unknown> {
    for (const path of [`${file}.yml`, `${file}.yaml`].map((one) => join(within, one))) {
      if (!(await reader.exists(path))) continue;
      const content = await reader.text(path);
      return content !== null && isVaulted(content) ? null : reader.yaml(path);
    }
    return null;
  }
}

/** As ansible looks: beside the playbook, on the roles_path, beside the role that names it. Null: not in the repo. */
async function roleFolder({ configuredRoles, reader }: Context, name: string, scope: Scope): Promise<string | null> {
  const beside = scope.rolesBeside === null ? [] : [scope.rolesBeside];
  for (const path of [join(scope.playbookFolder, "roles"), ...configuredRoles, ...beside, scope.playbookFolder, "roles"]) {
    if (path.startsWith("/")) {
      if ((await stat(join(path, name)).catch(() => null)) !== null) return null;
    } else if (await reader.exists(join(path, name))) return join(path, name);
  }
  return null;
}

function dependenciesOf(meta: unknown): unknown[] {
  return isMapping(meta) ? asList(meta["dependencies"]) : [];
}

function asVariables(value: unknown): Readonly<Record<string, unknown>> {
  return isMapping(value) ? value : {};
}

function withoutEnding(file: string): string {
  return file.replace(/\.ya?ml$/, "");
}
