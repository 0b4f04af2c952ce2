import { mkdir, realpath, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { readRegularFile } from "./regular-file.ts";

/**
 * Copies what an inventory is read from, except encrypted files, for when their password is not at hand: names of hosts and groups do not need it.
 * Gives the sources in the copy; null when there was nothing to leave out.
 */
export async function copyWithoutVault(
  root: string,
  sources: readonly string[],
  paths: readonly string[],
  byteLimit: number,
  to: string,
): Promise<string[] | null> {
  // A source that is a link has its variables beside the place where it leads.
  const real = async (source: string): Promise<string> => relative(root, await realpath(join(root, source)));
  let left = 0;
  for (const path of new Set(paths)) {
    const content = await readRegularFile(join(root, path), byteLimit, path);
    if (content === null) continue;
    if (content.subarray(0, 14).toString("latin1") === "$ANSIBLE_VAULT") {
      left += 1;
      continue;
    }
    const place = join(to, sources.includes(path) ? await real(path) : path);
    await mkdir(dirname(place), { recursive: true });
    await writeFile(place, content, { mode: 0o600 });
  }
  return left === 0 ? null : Promise.all(sources.map(async (source) => join(to, await real(source))));
}
