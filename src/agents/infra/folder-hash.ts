import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { digestOf } from "../../canonical-json.ts";
import { AppError } from "../../errors.ts";

const fileLimit = 20_000;
const statsAtOnce = 32;
/** Many more, and a process runs out of file descriptors. */
const opensAtOnce = 16;
const byteLimit = 256 * 1024 * 1024;
const depthLimit = 20;

export interface HashedFolder {
  /** Over paths, contents and what may be executed. */
  readonly hash: string;
  /** Relative paths, sorted. */
  readonly files: readonly string[];
}

/**
 * Hashes what ansible would find in a folder, links followed, without its parts named in `skipped`. A file that did not change (inode, size, times) is
 * not read again.
 */
export function createFolderHash(): (folder: string, skipped?: ReadonlySet<string>) => Promise<HashedFolder> {
  const known = new Map<string, { readonly mark: string; readonly hash: string }>();

  const slots = createSlots(opensAtOnce);

  return async (folder, skipped = new Set()) => {
    const found: [string, string, boolean][] = [];
    let bytes = 0;
    const look = async (own: string, depth: number): Promise<void> => {
      const file = join(folder, own);
      const info = await stat(file).catch(() => null);
      if (info?.isDirectory() === true && depth < depthLimit) return visit(own, depth + 1);
      if (info?.isFile() !== true) return;
      bytes += info.size;
      if (found.length >= fileLimit || bytes > byteLimit) throw tooLarge(folder);
      const mark = `${info.ino}:${info.size}:${info.mtimeMs}:${info.ctimeMs}`;
      let hash = known.get(file)?.mark === mark ? known.get(file)?.hash : undefined;
      if (hash === undefined) {
        hash = await slots.take(() => hashFile(file));
        // One written in the last moments may change again within the clock's grain.
        if (Date.now() - info.mtimeMs > 2_000) known.set(file, { mark, hash });
      }
      found.push([own, hash, (info.mode & 0o111) !== 0]);
    };
    const visit = async (path: string, depth: number): Promise<void> => {
      const names = (await readdir(join(folder, path)).catch((): string[] => [])).filter(
        (name) => name !== ".git" && name !== "__pycache__" && !name.endsWith(".pyc") && !(path === "" && skipped.has(name)),
      );
      for (let start = 0; start < names.length; start += statsAtOnce) {
        await Promise.all(names.slice(start, start + statsAtOnce).map((name) => look(path === "" ? name : `${path}/${name}`, depth)));
      }
    };
    await visit("", 0);
    const sorted = found.toSorted(([a], [b]) => (a < b ? -1 : 1));
    return { hash: digestOf(sorted), files: sorted.map(([path]) => path) };
  };
}

/** Lets so many calls go at once; the others wait for their turn. */
function createSlots(count: number): { take<T>(call: () => Promise<T>): Promise<T> } {
  let free = count;
  const waiting: (() => void)[] = [];
  return {
    async take(call) {
      if (free > 0) free -= 1;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      try {
        return await call();
      } finally {
        const next = waiting.shift();
        if (next === undefined) free += 1;
        else next();
      }
    },
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
