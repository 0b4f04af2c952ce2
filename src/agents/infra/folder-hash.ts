import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { digestOf } from "../../canonical-json.ts";
import { AppError } from "../../errors.ts";

const fileLimit = 5_000;
const byteLimit = 256 * 1024 * 1024;
const depthLimit = 20;

export interface HashedFolder {
  /** Over paths, contents and what may be executed. */
  readonly hash: string;
  /** Relative paths, sorted. */
  readonly files: readonly string[];
}

/** Hashes what ansible would find in a folder, links followed. A file that did not change (inode, size, times) is not read again. */
export function createFolderHash(): (folder: string) => Promise<HashedFolder> {
  const known = new Map<string, { readonly mark: string; readonly hash: string }>();

  return async (folder) => {
    const found: [string, string, boolean][] = [];
    let bytes = 0;
    const visit = async (path: string, depth: number): Promise<void> => {
      const names = await readdir(join(folder, path)).catch(() => []);
      for (const name of names) {
        if (name === ".git" || name === "__pycache__" || name.endsWith(".pyc")) continue;
        const own = path === "" ? name : `${path}/${name}`;
        const info = await stat(join(folder, own)).catch(() => null);
        if (info === null) continue;
        if (info.isDirectory() && depth < depthLimit) await visit(own, depth + 1);
        if (!info.isFile()) continue;
        bytes += info.size;
        if (found.length >= fileLimit || bytes > byteLimit) throw tooLarge(folder);
        const mark = `${info.ino}:${info.size}:${info.mtimeMs}:${info.ctimeMs}`;
        const file = join(folder, own);
        let hash = known.get(file)?.mark === mark ? known.get(file)?.hash : undefined;
        if (hash === undefined) {
          hash = await hashFile(file);
          // One written in the last moments may change again within the clock's grain.
          if (Date.now() - info.mtimeMs > 2_000) known.set(file, { mark, hash });
        }
        found.push([own, hash, (info.mode & 0o111) !== 0]);
      }
    };
    await visit("", 0);
    const sorted = found.toSorted(([a], [b]) => (a < b ? -1 : 1));
    return { hash: digestOf(sorted), files: sorted.map(([path]) => path) };
  };
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const part of createReadStream(path)) hash.update(part as Buffer);
  return hash.digest("hex");
}

function tooLarge(folder: string): AppError {
  return new AppError("outside-too-large", `${folder} is used by ansible and is too large to be compared before each run`, {
    help: "Point ansible.cfg to a folder that holds only what your playbooks use.",
  });
}
