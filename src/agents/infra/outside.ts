import { readdir, readFile, realpath } from "node:fs/promises";
import { join } from "node:path";
import { sha256 } from "../../canonical-json.ts";
import { AppError } from "../../errors.ts";
import type { SealedFile, SealedPlan } from "../../planner/plan.ts";
import type { AnsibleFacts, CodePlaces } from "./ansible-facts.ts";
import { createFolderHash } from "./folder-hash.ts";

type Outside = SealedPlan["outside"];
/** Of a collection; ansible takes nothing from there, and it is most of the files. */
const notLoaded = new Set(["tests", "docs", "changelogs", ".github"]);
const yaml = /\.ya?ml$/;
const readAtMost = 200_000;
const roleParts = new Set(["tasks", "handlers", "defaults", "vars", "meta", "templates", "files", "library"]);
const word = /[A-Za-z_][\w.-]*/g;

/**
 * Names and content hashes of all code that ansible would take from outside the repo: collections and roles that its YAML names, whole plugin folders
 * (a file there can stand in the place of any module), and the configuration, where it is not the repo's own.
 */
export function createOutsideLookup(facts: AnsibleFacts): (repo: string, files: readonly SealedFile[]) => Promise<Outside> {
  const hashFolder = createFolderHash();
  const words = new Map<string, ReadonlySet<string>>();

  return async (repo, files) => {
    const root = await realpath(repo);
    const places = await facts.places(repo);
    const outer = (folders: readonly string[]): string[] => folders.filter((folder) => folder !== root && !folder.startsWith(`${root}/`));
    const collections = await installedCollections(outer(places.collections));
    const roles = await installedRoles(outer(places.roles));
    const used = new Set<string>();
    if (collections.size + roles.size > 0)
      for (const file of files) if (yaml.test(file.path) && file.size <= readAtMost) await take(join(root, file.path), file.hash);
    await refuseUnsealed();
    return [...(await usedCollections()), ...(await usedRoles()), ...(await pluginFolders(outer(places.plugins))), ...configOf(places)];

    async function take(path: string, hash: string): Promise<void> {
      let own = words.get(hash);
      if (own === undefined) {
        own = wordsOf(await readFile(path, "utf8").catch(() => ""));
        if (words.size > 20_000) words.clear();
        words.set(hash, own);
      }
      for (const one of own) used.add(one);
    }

    /** Collections that were installed into the repo and are git-ignored: planning finds them, the sealed copy lacks them. */
    async function refuseUnsealed(): Promise<void> {
      const inner = [...new Set([...places.collections, join(root, "collections")])].filter((place) => place.startsWith(`${root}/`));
      for (const [name, folder] of await installedCollections(inner)) {
        const path = `${folder.slice(root.length + 1)}/`;
        if (files.some((file) => file.path.startsWith(path))) continue;
        if (used.size === 0) for (const file of files) if (yaml.test(file.path) && file.size <= readAtMost) await take(join(root, file.path), file.hash); // prettier-ignore
        if (!used.has(name)) continue;
        throw new AppError(
          "not-in-the-copy",
          `the collection ${name} lies in ${path}, which is git-ignored, so the sealed copy of the repo would lack it`,
          {
            help: "Take it out of .gitignore, or install it outside the repo (ansible-galaxy collection install without -p).",
          },
        );
      }
    }

    async function usedCollections(): Promise<Outside> {
      const found: Outside = [];
      for (const [name, folder] of [...collections].toSorted(byName)) {
        if (used.has(name)) found.push({ kind: "collection", name, hash: (await hashFolder(folder, notLoaded)).hash });
      }
      return found;
    }

    /** Roles that a role from outside depends on count too. */
    async function usedRoles(): Promise<Outside> {
      const found = new Map<string, string>();
      for (let fresh = true; fresh;) {
        fresh = false;
        for (const [name, folder] of roles) {
          if (found.has(name) || !used.has(name)) continue;
          const { hash, files: own } = await hashFolder(folder);
          found.set(name, hash);
          fresh = true;
          for (const path of own.filter((path) => yaml.test(path))) await take(join(folder, path), `${folder}\0${hash}\0${path}`);
        }
      }
      return [...found].toSorted(byName).map(([name, hash]) => ({ kind: "role", name, hash }));
    }
  };

  async function pluginFolders(folders: readonly string[]): Promise<Outside> {
    const found: Outside = [];
    for (const folder of folders.toSorted()) {
      const { hash, files } = await hashFolder(folder);
      if (files.length > 0) found.push({ kind: "plugins", name: folder, hash });
    }
    return found;
  }
}

function configOf({ config }: CodePlaces): Outside {
  return config.file === null || config.inRepo ? [] : [{ kind: "config", name: config.file, hash: sha256(config.text) }];
}

/** `community.general` by its folder; the first place that has it is the one ansible takes. */
async function installedCollections(places: readonly string[]): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const place of places) {
    const root = join(place, "ansible_collections");
    for (const namespace of await namesIn(root)) {
      for (const name of await namesIn(join(root, namespace))) {
        const full = `${namespace}.${name}`;
        if (!found.has(full) && !namespace.includes(".")) found.set(full, join(root, namespace, name));
      }
    }
  }
  return found;
}

async function installedRoles(places: readonly string[]): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const place of places) {
    for (const name of await namesIn(place)) {
      if (found.has(name)) continue;
      const parts = await namesIn(join(place, name));
      if (parts.some((part) => roleParts.has(part))) found.set(name, join(place, name));
    }
  }
  return found;
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}

/** Every word, and of `acme.tools.widget` also the collection `acme.tools`. */
function wordsOf(text: string): Set<string> {
  const found = new Set<string>();
  for (const [one] of text.matchAll(word)) {
    found.add(one);
    const parts = one.split(".");
    if (parts.length > 2) found.add(`${parts[0]}.${parts[1]}`);
  }
  return found;
}

function byName([a]: readonly [string, string], [b]: readonly [string, string]): number {
  return a < b ? -1 : 1;
}
