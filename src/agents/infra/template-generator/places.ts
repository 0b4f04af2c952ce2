import { lstat } from "node:fs/promises";
import { join } from "node:path";
import type { AnsibleFacts } from "../ansible-facts.ts";
import { relativeToRepo } from "../places-in-repo.ts";
import type { ScaffoldPlaces } from "./scaffold.ts";

/** Where this repo keeps its playbooks, and where ansible would find a new role. */
export async function scaffoldPlaces(
  repo: string,
  playbookPaths: readonly string[],
  facts: Pick<AnsibleFacts, "places">,
): Promise<ScaffoldPlaces> {
  const playbooks = (await isFolder(join(repo, "playbooks"))) || playbookPaths.length === 0 ? "playbooks" : commonFolder(playbookPaths);
  const { roles } = await facts.places(repo);
  const inRepo = (await relativeToRepo(repo, roles)).find((folder) => !folder.startsWith("/") && !folder.startsWith(".."));
  // Beside the playbook ansible finds roles without being told.
  return { playbooks, roles: inRepo ?? (playbooks === "" ? "roles" : `${playbooks}/roles`) };
}

/** Where most of them are, the first one of equals. */
function commonFolder(paths: readonly string[]): string {
  const folders = [...Map.groupBy(paths, (path) => path.split("/").slice(0, -1).join("/"))];
  return folders.toSorted((a, b) => b[1].length - a[1].length)[0]?.[0] ?? "";
}

async function isFolder(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => null))?.isDirectory() === true;
}
