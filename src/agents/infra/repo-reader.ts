import { createHash } from "node:crypto";
import { readdir, stat } from "node:fs/promises";
import { dirname, join, normalize } from "node:path";
import { AppError, exitCodes } from "../../errors.ts";
import { readYaml } from "../../mapping/playbook-file.ts";
import { readRegularFile } from "./regular-file.ts";

/** Reads files of a repo as they were sealed. Paths are relative to the repo. */
export interface RepoReader {
  /** Null when it cannot be read as YAML; `unreadable` was told why. */
  yaml(path: string): Promise<unknown>;
  text(path: string, byteLimit?: number): Promise<string | null>;
  exists(path: string): Promise<boolean>;
  /** Names in a folder; none when there is no such folder. */
  names(folder: string): Promise<readonly string[]>;
  /** Visible files in a folder and below it, not too many. */
  filesBelow(folder: string): Promise<readonly string[]>;
  /** What was asked for, is there, and is no part of the sealed copy. */
  readonly notSealed: ReadonlySet<string>;
}

/** A larger file of YAML takes seconds to read; what it says cannot be told beforehand. */
const byteLimit = 1024 * 1024;
const depthLimit = 8;
const fileLimit = 2_000;

/** With `sealed`, content hashes by path: a file that is another now stops the plan (`repo-changing`). */
export function createRepoReader(
  repo: string,
  sealed: ReadonlyMap<string, string> | undefined,
  unreadable: (path: string, why: string) => void,
): RepoReader {
  const notSealed = new Set<string>();
  const folders = new Set([""]);
  for (const path of sealed?.keys() ?? []) for (let folder = dirname(path); folder !== "." && !folders.has(folder); folder = dirname(folder)) folders.add(folder); // prettier-ignore

  async function read(path: string, limit = byteLimit): Promise<string | null> {
    const content = await readRegularFile(join(repo, path), limit, path);
    if (content === null) return null;
    if (sealed !== undefined) {
      const hash = sealed.get(normalize(path));
      if (hash === undefined) notSealed.add(normalize(path));
      else if (createHash("sha256").update(content).digest("hex") !== hash) throw changing(path);
    }
    return content.toString("utf8");
  }

  const namesIn = async (folder: string): Promise<string[]> =>
    isInside(folder) ? (await readdir(join(repo, folder)).catch((): string[] => [])).toSorted((a, b) => (a < b ? -1 : 1)) : [];

  async function filesBelow(folder: string, depth: number): Promise<string[]> {
    const files: string[] = [];
    for (const name of depth > depthLimit ? [] : await namesIn(folder)) {
      const path = join(folder, name);
      const info = await stat(join(repo, path)).catch(() => null);
      if (info?.isDirectory() === true) files.push(...(await filesBelow(path, depth + 1)));
      else if (info?.isFile() === true && !name.startsWith(".") && !name.endsWith("~") && files.length < fileLimit) files.push(path);
    }
    return files;
  }

  return {
    notSealed,
    names: namesIn,
    filesBelow: (folder) => filesBelow(folder, 0),
    async yaml(path) {
      if (!isInside(path)) {
        unreadable(path, "outside the repository");
        return null;
      }
      try {
        const text = await read(path);
        if (text === null) throw new Error("gone");
        return readYaml(text);
      } catch (error) {
        if (error instanceof AppError && error.code === "repo-changing") throw error;
        unreadable(path, "cannot be read");
        return null;
      }
    },
    async text(path, limit) {
      if (!isInside(path)) return null;
      try {
        return await read(path, limit);
      } catch (error) {
        if (error instanceof AppError && error.code === "repo-changing") throw error;
        unreadable(path, "cannot be read");
        return null;
      }
    },
    async exists(path) {
      if (!isInside(path) || (await stat(join(repo, path)).catch(() => null)) === null) return false;
      const normal = normalize(path).replace(/\/$/, "");
      if (sealed !== undefined && !sealed.has(normal) && !folders.has(normal)) notSealed.add(normal);
      return true;
    },
  };
}

function isInside(path: string): boolean {
  const normal = normalize(path);
  return !normal.startsWith("..") && !normal.startsWith("/");
}

export function changing(path: string): AppError {
  return new AppError("repo-changing", `${path} was changed while the plan was made`, {
    exitCode: exitCodes.notApproved,
    help: "Ask again.",
  });
}
