import { dirname } from "node:path";
import { isMapping, isTemplate, nameOf, render, textOf, valueOf, type Mapping } from "../playbook-values.ts";
import { taskToJudge } from "../task-to-judge.ts";
import { assigned, fileLimit, othersIn, type Context, type Scope } from "./context.ts";
import { controller } from "./findings.ts";
import { filesNamed, notedAsEncrypted } from "./named-files.ts";
import { readOwnRole } from "./own-roles.ts";
import { readRole } from "./roles.ts";
import { readIncludedVariables } from "./variable-files.ts";

const includes = ["include_tasks", "import_tasks", "include", "include_role", "import_role"];

/** Tasks and blocks, and the files and roles that they include. */
export async function readTasks(context: Context, list: unknown, scope: Scope): Promise<void> {
  const { findings } = context;
  if (!Array.isArray(list)) return;
  for (const task of list.filter(isMapping)) {
    const where = `task ${nameOf(task, scope.folders[0] ?? "")}`;
    findings.place(task, scope.hosts, where);
    const isBlock = "block" in task;
    const inner = othersIn(task) ? { ...scope, collections: true } : scope;
    if (!isBlock) findings.tasks.push(taskToJudge(task, inner.collections));
    for (const part of ["block", "rescue", "always"]) await readTasks(context, task[part], inner);
    findings.lookups(isBlock ? task["vars"] : task, where);
    if (valueOf(task, "local_action") !== undefined) findings.reached.add(controller);
    hostsMade(context, task, scope.hosts);
    findings.overrides(assigned(valueOf(task, "set_fact")), scope.hosts);
    await readIncludedVariables(context, valueOf(task, "include_vars"), scope, where);
    for (const key of includes) {
      const use = valueOf(task, key);
      if (isMapping(use) && isMapping(use["apply"])) findings.place(use["apply"], scope.hosts, where);
      if (!key.endsWith("_role")) await includedTasks(context, use, inner);
      else if (isMapping(use) && (await readOwnRole(context, use["name"], task["vars"], inner))) continue;
      else if (isMapping(use)) await readRoleUse(context, use, inner);
      else if (typeof use === "string") await readRoleUse(context, /\bname=(\S+)/.exec(use)?.[1] ?? use, inner);
    }
    const playbookImport = valueOf(task, "import_playbook");
    if (typeof playbookImport === "string") findings.unknown.add(`playbook ${playbookImport}`);
  }
}

export function readRoleUse(context: Context, use: unknown, scope: Scope): Promise<void> {
  return readRole(context, use, scope, (path, inner) => readTaskFile(context, path, inner));
}

async function includedTasks(context: Context, use: unknown, scope: Scope): Promise<void> {
  const { findings } = context;
  const file = isMapping(use) ? use["file"] : typeof use === "string" ? use.replace(/\s+\w+=.*$/s, "").trim() : undefined;
  if (typeof file !== "string") return;
  const text = render(file, context.variables);
  for (const folder of scope.folders) {
    const found = await filesNamed(context.reader, folder, file, text);
    for (const path of found) await readTaskFile(context, path, scope);
    if (found.length > 0) return;
  }
  findings.unknown.add(`tasks of ${file}${isTemplate(file) ? "" : " (not in the repository)"}`);
  findings.makesHosts = true;
}

async function readTaskFile(context: Context, path: string, scope: Scope): Promise<void> {
  const { seen, reader, findings } = context;
  // The same file under other hosts can reach other hosts.
  const key = `${path}\0${scope.hosts.join(",")}`;
  if (seen.has(key) || seen.size > fileLimit) return;
  seen.add(key);
  const content = await reader.yaml(path);
  if (notedAsEncrypted(findings, content, path)) return;
  await readTasks(context, content, { ...scope, folders: [dirname(path), ...scope.folders] });
}

function hostsMade({ findings, inventory, variables }: Context, task: Mapping, hosts: readonly string[]): void {
  if (valueOf(task, "group_by") !== undefined) findings.makesHosts = true;
  const use = valueOf(task, "add_host");
  if (use === undefined) return;
  findings.makesHosts = true;
  const given = assigned(use);
  const written = textOf(given["name"] ?? given["hostname"] ?? given["host"] ?? "");
  const text = render(written, variables) ?? written;
  // A host that is known can be given another address.
  if (inventory.hosts.includes(text)) findings.overrides(given, hosts);
  else findings.unknown.add(`added host ${text}`);
}
