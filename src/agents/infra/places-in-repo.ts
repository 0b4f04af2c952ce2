import { realpath, stat } from "node:fs/promises";
import { dirname, join, normalize } from "node:path";

/** Folders in which an inventory's sources lie: variables may lie beside them. */
export async function inventoryFolders(repo: string, sources: readonly string[]): Promise<Set<string>> {
  const folders = new Set<string>();
  for (const source of sources) {
    const info = await stat(join(repo, source)).catch(() => null);
    folders.add(info?.isDirectory() === true ? normalize(source) : dirname(source));
  }
  return folders;
}

/** Relative where they lie in the repo, else absolute. */
export async function relativeToRepo(repo: string, folders: readonly string[]): Promise<string[]> {
  const root = await realpath(repo);
  return folders.map((folder) =>
    folder === root ? "." : folder.startsWith(`${root}/`) ? folder.slice(root.length + 1) : normalize(folder),
  );
}

/** Without word from ansible itself: what the text of ansible.cfg says. */
export function rolesPathIn(config: string): string[] {
  const paths = /^\s{0,8}roles_path\s{0,8}=(.{0,4000})$/m.exec(config)?.[1]?.split(":") ?? [];
  return paths.map((path) => path.trim()).filter((path) => path !== "" && !path.startsWith("~"));
}
