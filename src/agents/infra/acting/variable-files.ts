import { dirname, join } from "node:path";
import { isTemplate, render } from "../playbook-values.ts";
import { assigned, type Context, type Scope } from "./context.ts";
import { filesNamed, isVaulted } from "./named-files.ts";

/** `include_vars` in its forms. */
export async function readIncludedVariables(context: Context, use: unknown, scope: Scope, where: string): Promise<void> {
  if (use === undefined) return;
  const given = typeof use === "string" && !/^\s*\w+=/.test(use) ? { file: use.trim() } : assigned(use);
  const folder = given["dir"];
  if (typeof folder === "string" && !isTemplate(folder)) {
    for (const base of [...scope.folders, ...scope.folders.map((one) => join(one, "vars"))]) {
      for (const name of await context.reader.names(join(base, folder)))
        if (/\.(?:ya?ml|json)$/.test(name)) await readVariableFile(context, join(base, folder, name), scope, where);
    }
  }
  await readVariableFiles(context, [given["file"] ?? given["_raw_params"]], scope, where);
}

/** As `vars_files` and `include_vars` name them. */
export async function readVariableFiles(context: Context, files: readonly unknown[], scope: Scope, where: string): Promise<void> {
  for (const file of files) {
    if (typeof file !== "string") continue;
    const text = render(file, context.variables);
    if (text?.startsWith("/") === true || text?.startsWith("~") === true) {
      context.findings.unknown.add(`where variables of ${text} lead (outside the repository)`);
      continue;
    }
    const folders = [
      ...scope.folders.map((one) => join(one, "vars")),
      ...scope.folders,
      ...scope.folders.map((one) => join(dirname(one), "vars")),
    ];
    for (const folder of new Set(folders)) {
      const fitting = await filesNamed(context.reader, folder, file, text);
      for (const path of fitting) await readVariableFile(context, path, scope, where);
      if (fitting.length > 0) break;
    }
  }
}

/** A vaulted file cannot be read; who may write one may write anything. */
async function readVariableFile(context: Context, path: string, scope: Scope, where: string): Promise<void> {
  const text = await context.reader.text(path);
  if (text === null || isVaulted(text)) return;
  const values = await context.reader.yaml(path);
  context.findings.overrides(values, scope.hosts);
  context.findings.lookups(values, where);
}

/** Variables beside a playbook win over those of the inventory, and `ansible-inventory` does not see them. */
export async function readVariablesBeside(context: Context, folder: string): Promise<void> {
  const { reader, inventory, findings } = context;
  for (const kind of ["group_vars", "host_vars"]) {
    for (const path of await reader.filesBelow(join(folder, kind))) {
      if (!/\.(?:ya?ml|json)$|\/[^./]+$/.test(path)) continue;
      const name = (path.slice(join(folder, kind).length + 1).split("/")[0] ?? "").replace(/\.(?:ya?ml|json)$/, "");
      const meant = new Set(kind === "host_vars" ? [name] : (inventory.groups[name] ?? []));
      const hosts = [...findings.playHosts].filter((host) => meant.has(host));
      const text = hosts.length === 0 ? null : await reader.text(path);
      if (text === null || isVaulted(text)) continue;
      findings.overrides(await reader.yaml(path), hosts);
    }
  }
}
