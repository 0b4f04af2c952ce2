import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { digestOf, sha256 } from "../../canonical-json.ts";
import type { SealedFile, SealedPlan } from "../../planner/plan.ts";
import type { Environment } from "./environment.ts";

const collectionName = /(?<![\w.])([a-z_][a-z0-9_]*)\.([a-z_][a-z0-9_]*)\.[a-z_][a-z0-9_]*(?=\s*:|\s*$|["'}\s])/gm;
const yaml = /\.ya?ml$/;
const readAtMost = 200_000;

/** Names and content hashes of the collections that a repo's YAML uses and does not hold itself. */
export function createOutsideLookup(
  environment: Environment,
): (repo: string, files: readonly SealedFile[]) => Promise<SealedPlan["outside"]> {
  const named = new Map<string, readonly string[]>();
  const places = collectionPlaces(environment);

  return async (repo, files) => {
    const used = new Set<string>();
    for (const file of files) {
      if (!yaml.test(file.path) || file.size > readAtMost) continue;
      let names = named.get(file.hash);
      if (names === undefined) {
        const text = await readFile(join(repo, file.path), "utf8").catch(() => "");
        names = [...new Set([...text.matchAll(collectionName)].map((match) => `${match[1]}.${match[2]}`))];
        named.set(file.hash, names);
      }
      for (const name of names) used.add(name);
    }
    const found: SealedPlan["outside"] = [];
    for (const name of [...used].sort()) {
      if (name === "ansible.builtin" || name === "ansible.legacy") continue;
      const path = name.replace(".", "/");
      if (files.some((file) => file.path.startsWith(`collections/ansible_collections/${path}/`))) continue;
      const hash = await hashCollection(places.map((place) => join(place, "ansible_collections", path)));
      if (hash !== null) found.push({ kind: "collection", name, hash });
    }
    return found;
  };
}

function collectionPlaces(environment: Environment): string[] {
  const own = (environment["ANSIBLE_COLLECTIONS_PATH"] ?? environment["ANSIBLE_COLLECTIONS_PATHS"] ?? "")
    .split(":")
    .filter((place) => place !== "");
  const home = environment["HOME"] ?? "/root";
  return [...own, join(home, ".ansible", "collections"), "/usr/share/ansible/collections", "/usr/lib/python3/dist-packages"];
}

/** A collection from Galaxy brings a list of its files' checksums; of any other the files themselves are hashed. */
async function hashCollection(folders: readonly string[]): Promise<string | null> {
  const folder = folders.find((one) => existsSync(one));
  if (folder === undefined) return null;
  const list = await readFile(join(folder, "FILES.json")).catch(() => null);
  if (list !== null) return sha256(list);
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const parts: [string, string][] = [];
  for (const entry of entries.filter((one) => one.isFile() && !one.name.endsWith(".pyc"))) {
    const path = join(entry.parentPath, entry.name);
    parts.push([path.slice(folder.length), sha256(await readFile(path))]);
  }
  return digestOf(parts.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
