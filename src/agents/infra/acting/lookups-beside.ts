import { join } from "node:path";
import type { Context } from "./context.ts";

/** What `loadInventory` takes. */
const inventoryByteLimit = 10 * 1024 * 1024;

/** Lookups in inventories, variables and templates: where such a value is used cannot be told; that it may be is enough. */
export async function readLookupsBeside(context: Context, sources: readonly string[], besideInventory: ReadonlySet<string>): Promise<void> {
  const { reader, findings, playbookFolders, roleFolders } = context;
  const folders = [
    ...new Set([...besideInventory, ...playbookFolders].flatMap((folder) => [join(folder, "group_vars"), join(folder, "host_vars")])),
    ...[...playbookFolders].map((folder) => join(folder, "templates")),
    ...[...roleFolders].map((folder) => join(folder, "templates")),
  ];
  for (const source of sources) {
    const within = await reader.filesBelow(source);
    for (const path of within.length > 0 ? within : [source]) findings.lookups(await reader.text(path, inventoryByteLimit), path);
  }
  for (const folder of folders) for (const path of await reader.filesBelow(folder)) findings.lookups(await reader.text(path), path);
}
