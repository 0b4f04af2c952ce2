import { stat } from "node:fs/promises";
import { dirname, join, normalize } from "node:path";
import { AppError } from "../../errors.ts";
import type { Inventory } from "./inventory.ts";
import { inventoryFolders } from "./places-in-repo.ts";

export interface KeyQuestion {
  readonly repo: string;
  readonly inventory: Inventory;
  readonly inventorySources: readonly string[];
  readonly playbookPaths: readonly string[];
  readonly hosts: readonly string[];
}

/**
 * Refuses private keys that the inventory names by a path in the repo: ssh would look for them in the sealed copy, where no key is, or refuse one that
 * all may read. Throws `key-in-the-repo`.
 */
export async function refuseInventoryKeys(question: KeyQuestion): Promise<void> {
  const folders = await inventoryFolders(question.repo, question.inventorySources);
  for (const host of question.hosts) {
    const key = question.inventory.connections[host]?.privateKey;
    if (key === undefined) continue;
    for (const place of placesOf(
      key,
      [...folders],
      question.playbookPaths.map((path) => dirname(path)),
    )) {
      if (place.startsWith("..") || (await stat(join(question.repo, place)).catch(() => null))?.isFile() !== true) continue;
      throw new AppError(
        "key-in-the-repo",
        `the inventory names the private key ${key} for ${host}, which lies in the repo, and no key is ever sealed with a plan`,
        {
          help: `Write its absolute path, or name it in ansible.cfg (private_key_file = ${place}), where it may stay in the repo, git-ignored.`,
        },
      );
    }
  }
}

/** Where in the repo it could be; none for a place outside. */
function placesOf(key: string, inventoryDirs: readonly string[], playbookDirs: readonly string[]): string[] {
  const template = /^\{\{\s*(inventory_dir|playbook_dir)\s*\}\}\/(.*)$/s.exec(key);
  if (template === null) return /^[/~$]|\{\{/.test(key) ? [] : [normalize(key)];
  const folders = template[1] === "inventory_dir" ? inventoryDirs : playbookDirs;
  return folders.map((folder) => join(folder, template[2] ?? ""));
}
