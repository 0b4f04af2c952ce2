import { createHash } from "node:crypto";
import type { Stats } from "node:fs";
import { lstat, readFile, realpath, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { digestOf } from "../canonical-json.ts";
import { AppError, exitCodes } from "../errors.ts";
import { createFileList } from "./file-list.ts";
import type { SealedFile } from "./plan.ts";

/** The working tree as it is: tracked and untracked, not git-ignored, no `.git`, no links leaving the repo. */
export interface WorkingTree {
  /** SHA-256 over the list of files. */
  readonly hash: string;
  readonly files: readonly SealedFile[];
  /** Another one whenever a file was written, also when it was put back since: inodes, sizes and times. */
  readonly mark: string;
}

export interface SnapshotLimits {
  readonly files: number;
  readonly bytes: number;
}
const defaultLimits: SnapshotLimits = { files: 20_000, bytes: 512 * 1024 * 1024 };
const readsAtOnce = 16;
const mostLinks = 3;

/** Reads and hashes a repo. Files that did not change since the last call (inode, size, times) are not read again. */
export function createWorkingTreeReader(limits: SnapshotLimits = defaultLimits): { read(repo: string): Promise<WorkingTree> } {
  const listFiles = createFileList();
  const known = new Map<string, { readonly mark: string; readonly hash: string }>();

  async function seal(root: string, path: string, info: Stats): Promise<SealedFile> {
    const mark = markOf(info);
    const file = join(root, path);
    let hash = known.get(file)?.mark === mark ? known.get(file)?.hash : undefined;
    if (hash === undefined) {
      const content = await readFile(file);
      if (content.length !== info.size) throw changing(path);
      hash = createHash("sha256").update(content).digest("hex");
      // A file written in the last moments may change again within the clock's grain.
      if (Date.now() - info.mtimeMs > 2_000) known.set(file, { mark, hash });
    }
    return { path, hash, size: info.size, executable: (info.mode & 0o111) !== 0 };
  }

  return {
    async read(repo) {
      const root = await realpath(repo);
      const paths = await listFiles(root, "");
      const listed = new Set(paths);
      const files: SealedFile[] = [];
      const marks: [string, string][] = [];
      let bytes = 0;
      let count = 0;
      const visit = async (path: string, links: number): Promise<void> => {
        const entry = await resolveEntry(root, path);
        if (entry === undefined) return;
        const { info: found, target } = entry;
        if (found.isDirectory()) {
          if (links > mostLinks) throw tooMuch(repo, `links are nested too deep at ${path}`);
          // A link to a folder inside the repo: the files that count there, under the link's name. Else another repository inside this one.
          const inside =
            target === null
              ? await listFiles(root, path)
              : [...listed].filter((one) => one.startsWith(`${target}/`)).map((one) => `${path}${one.slice(target.length)}`);
          for (const one of inside) await visit(one, links + (target === null ? 0 : 1));
          return;
        }
        // A link to a file that git ignores would bring in just that.
        if (!found.isFile() || (target !== null && !listed.has(target))) return;
        bytes += found.size;
        if (bytes > limits.bytes) throw tooMuch(repo, `it holds more than ${Math.round(limits.bytes / 1024 / 1024)} MB`);
        count += 1; // before the wait: sixteen are read at once
        if (count > limits.files) throw tooMuch(repo, `it holds more than ${limits.files} files`);
        marks.push([path, markOf(found)]);
        files.push(await seal(root, path, found));
      };
      for (let start = 0; start < paths.length; start += readsAtOnce) {
        await Promise.all(paths.slice(start, start + readsAtOnce).map((path) => visit(path, 0)));
      }
      const sorted = files.toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
      return { hash: digestOf(sorted), files: sorted, mark: digestOf(marks.toSorted(([a], [b]) => (a < b ? -1 : 1))) };
    },
  };
}

function markOf(info: Stats): string {
  return `${info.ino}:${info.size}:${info.mtimeMs}:${info.ctimeMs}`;
}

/** What the entry is, links followed, and where a link leads in the repo; undefined when it is gone, leads out of the repo or nowhere. */
async function resolveEntry(root: string, path: string): Promise<{ readonly info: Stats; readonly target: string | null } | undefined> {
  const file = join(root, path);
  const own = await lstat(file).catch(() => undefined);
  if (own === undefined) return undefined; // deleted but still in git's index
  if (!own.isSymbolicLink()) return { info: own, target: null };
  const target = await realpath(file).catch(() => undefined);
  if (target === undefined || !isInside(root, target)) return undefined;
  return { info: await stat(file), target: relative(root, target) };
}

function isInside(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== "" && !way.startsWith("..") && !way.split("/").includes(".git");
}

/** Paths that differ, in words a person understands. */
export function changesBetween(sealed: readonly SealedFile[], now: readonly SealedFile[]): string[] {
  const before = new Map(sealed.map((file) => [file.path, file]));
  const after = new Map(now.map((file) => [file.path, file]));
  const changed = [...after.values()].flatMap((file) => {
    const old = before.get(file.path);
    if (old === undefined) return [`${file.path} is new`];
    return old.hash !== file.hash || old.executable !== file.executable ? [`${file.path} was changed`] : [];
  });
  const gone = [...before.keys()].filter((path) => !after.has(path)).map((path) => `${path} was removed`);
  return [...changed, ...gone];
}

function changing(path: string): AppError {
  return new AppError("repo-changing", `${path} was changed while it was read`, { exitCode: exitCodes.notApproved, help: "Ask again." });
}

function tooMuch(repo: string, why: string): AppError {
  return new AppError("repo-too-large", `${repo} cannot be sealed: ${why}`, {
    help: "Add what is no part of the playbooks to .gitignore.",
  });
}
