import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Context } from "./context.ts";

const moduleFolders = ["library", "action_plugins"];

/** Modules beside a playbook or in a role. */
export async function modulesBeside(context: Context, folder: string): Promise<void> {
  for (const own of moduleFolders) await modulesIn(context, join(folder, own));
}

/** What lies there stands in the place of ansible's own module of that name. */
export async function modulesIn(context: Context, folder: string): Promise<void> {
  const files = folder.startsWith("/") ? await readdir(folder).catch(() => []) : await context.reader.filesBelow(folder);
  for (const path of files) context.ownModules.add(basename(path).replace(/\.\w+$/, ""));
}
