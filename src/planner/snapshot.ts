import { createHash } from "node:crypto";
import type { Stats } from "node:fs";
import { lstat, readdir, readFile, realpath, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { execa } from "execa";
import { digestOf } from "../canonical-json.ts";
import { AppError } from "../errors.ts";
import type { SealedFile } from "./plan.ts";

/** The working tree as it is: tracked and untracked, not git-ignored, no `.git`, no links leaving the repo. */
export interface WorkingTree {
  /** SHA-256 over the list of files. */
  readonly hash: string;
  readonly files: readonly SealedFile[];
}

export interface SnapshotLimits {
  readonly files: number;
  readonly bytes: number;
}
const defaultLimits: SnapshotLimits = { files: 20_000, bytes: 512 * 1024 * 1024 };
const readsAtOnce = 16;

/** Reads and hashes a repo. Files that did not change since the last call (inode, size, times) are not read again. */
export function createWorkingTreeReader(limits: SnapshotLimits = defaultLimits): { read(repo: string): Promise<WorkingTree> } {
  const known = new Map<string, { readonly mark: string; readonly hash: string }>();

  async function seal(root: string, path: string, info: Stats): Promise<SealedFile> {
    const mark = `${info.ino}:${info.size}:${info.mtimeMs}:${info.ctimeMs}`;
    const file = join(root, path);
    let hash = known.get(file)?.mark === mark ? known.get(file)?.hash : undefined;
    if (hash === undefined) {
      hash = createHash("sha256").update(await readFile(file)).digest("hex"); // prettier-ignore
      // A file written in the last moments may change again within the clock's grain.
      if (Date.now() - info.mtimeMs > 2_000) known.set(file, { mark, hash });
    }
    return { path, hash, size: info.size, executable: (info.mode & 0o111) !== 0 };
  }

  return {
    async read(repo) {
      const root = await realpath(repo);
      const paths = await listFiles(root);
      const files: SealedFile[] = [];
      let bytes = 0;
      const visit = async (path: string, depth: number): Promise<void> => {
        const found = await resolveEntry(root, path);
        if (found === undefined) return;
        if (found.isDirectory()) {
          // A link to a folder inside the repo: its files, under the link's name.
          if (depth > 3) throw tooMuch(repo, `links are nested too deep at ${path}`);
          for (const name of await readdir(join(root, path))) await visit(`${path}/${name}`, depth + 1);
          return;
        }
        if (!found.isFile()) return;
        bytes += found.size;
        if (bytes > limits.bytes) throw tooMuch(repo, `it holds more than ${Math.round(limits.bytes / 1024 / 1024)} MB`);
        if (files.length >= limits.files) throw tooMuch(repo, `it holds more than ${limits.files} files`);
        files.push(await seal(root, path, found));
      };
      for (let start = 0; start < paths.length; start += readsAtOnce) {
        await Promise.all(paths.slice(start, start + readsAtOnce).map((path) => visit(path, 0)));
      }
      const sorted = files.toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
      return { hash: digestOf(sorted), files: sorted };
    },
  };
}

/** What the entry is, links followed; undefined when it is gone or its link leaves the repo or is broken. */
async function resolveEntry(root: string, path: string): Promise<Stats | undefined> {
  const file = join(root, path);
  const own = await lstat(file).catch(() => undefined);
  if (own === undefined) return undefined; // deleted but still in git's index
  if (!own.isSymbolicLink()) return own;
  const target = await realpath(file).catch(() => undefined);
  if (target === undefined || !isInside(root, target)) return undefined;
  return stat(file);
}

function isInside(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== "" && !way.startsWith("..") && !way.split("/").includes(".git");
}

async function listFiles(root: string): Promise<string[]> {
  const listed = await execa("git", ["-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"], {
    reject: false,
    stripFinalNewline: false,
    maxBuffer: 64 * 1024 * 1024,
  });
  if (listed.exitCode === 0) {
    const paths = listed.stdout.split("\0").filter((path) => path !== "");
    if (paths.length > 0) return paths;
  }
  return walk(root, ""); // no git repository, or one that ignores this whole folder
}

async function walk(root: string, folder: string): Promise<string[]> {
  const paths: string[] = [];
  for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
    if (entry.name === ".git") continue;
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) paths.push(...(await walk(root, path)));
    else paths.push(path);
  }
  return paths;
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

function tooMuch(repo: string, why: string): AppError {
  return new AppError("repo-too-large", `${repo} cannot be sealed: ${why}`, {
    help: "Add what is no part of the playbooks to .gitignore.",
  });
}
