import { execFile } from "node:child_process";
import { lstat, readdir, realpath } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import type { RejectedPlaybook } from "./playbook.ts";

/** A regular file of the repo; links that stay inside are followed. */
export interface RepoFile {
  /** Relative, with `/`. */
  readonly path: string;
  readonly size: number;
  readonly modified: number;
}

export interface RepoFiles {
  readonly files: readonly RepoFile[];
  readonly rejected: readonly RejectedPlaybook[];
}

const skippedFolders = new Set([
  ".git", ".github", ".gitlab", ".svn", ".hg", "node_modules", ".venv", "venv", "__pycache__", "molecule", ".ansible", "collections", ".cache", ".vscode", ".idea",
]); // prettier-ignore

/** All files that Ansible could use: not git-ignored where there is git, else a plain walk. Bounded in number. */
export async function listRepoFiles(repo: string, fileLimit: number): Promise<RepoFiles> {
  const root = await realpath(repo);
  const names = (await gitFiles(root, fileLimit)) ?? (await walk(root, fileLimit));
  const wanted = names.filter((name) => !name.split("/").some((part) => skippedFolders.has(part)));
  const rejected: RejectedPlaybook[] = [];
  if (wanted.length > fileLimit) rejected.push({ path: ".", reason: `more than ${fileLimit} files: the rest is not looked at` });
  const found = await Promise.all(wanted.slice(0, fileLimit).map((name) => describe(root, name)));
  const files: RepoFile[] = [];
  for (const entry of found) {
    if (entry === undefined) continue;
    if ("reason" in entry) rejected.push(entry);
    else files.push(entry);
  }
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  return { files, rejected };
}

async function describe(root: string, name: string): Promise<RepoFile | RejectedPlaybook | undefined> {
  const full = path.join(root, name);
  try {
    const facts = await lstat(full);
    if (facts.isFile()) return { path: name, size: facts.size, modified: facts.mtimeMs };
    if (!facts.isSymbolicLink()) return undefined;
    const target = await realpath(full);
    if (target !== root && !target.startsWith(root + path.sep)) return { path: name, reason: "it is a link that leaves the repo" };
    const real = await lstat(target);
    return real.isFile() ? { path: name, size: real.size, modified: real.mtimeMs } : undefined;
  } catch {
    return undefined; // gone meanwhile, or a dangling link
  }
}

async function gitFiles(root: string, fileLimit: number): Promise<string[] | undefined> {
  try {
    await lstat(path.join(root, ".git"));
  } catch {
    // A folder inside a larger repository counts too, but only git can tell; a plain walk is right when it cannot.
    if (!(await insideGit(root))) return undefined;
  }
  try {
    const run = promisify(execFile);
    const maxBuffer = Math.max(1_000_000, fileLimit * 400);
    const { stdout } = await run(
      "git",
      ["-c", "core.quotepath=off", "-c", "core.fsmonitor=false", "ls-files", "-co", "--exclude-standard", "-z"],
      {
        cwd: root,
        maxBuffer,
        timeout: 10_000,
      },
    );
    return [...new Set(stdout.split("\0").filter((name) => name !== ""))];
  } catch {
    return undefined;
  }
}

async function insideGit(root: string): Promise<boolean> {
  for (let folder = path.dirname(root); folder !== path.dirname(folder); folder = path.dirname(folder)) {
    try {
      await lstat(path.join(folder, ".git"));
      return true;
    } catch {
      // look one higher
    }
  }
  return false;
}

async function walk(root: string, fileLimit: number): Promise<string[]> {
  const names: string[] = [];
  const folders = [""];
  for (let folder = folders.shift(); folder !== undefined && names.length <= fileLimit; folder = folders.shift()) {
    const entries = await readdir(path.join(root, folder), { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      const name = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) {
        if (!skippedFolders.has(entry.name)) folders.push(name);
      } else if (entry.isFile() || entry.isSymbolicLink()) names.push(name);
    }
  }
  return names;
}
