import { existsSync, readdirSync, statSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { AppError } from "../errors.ts";
import { gitEnvironment } from "../git-environment.ts";

interface KnownList {
  readonly paths: string[];
  /** Folders and files whose change could change the list. */
  readonly watched: readonly string[];
  readonly marks: string;
  readonly at: number;
}

/** Rules for ignoring may also lie where nobody looks here (core.excludesFile): no answer is used for longer. */
const usedForMs = 5_000;
const mostFolders = 400;
/** Longer than the clock's grain, within which a second change would not show. */
const grainMs = 2_000;

/**
 * Lists the paths, relative to `root`, of what lies in `folder`. Git's answer is used again while nothing changed that it was made of: a plan is
 * compared with the repo at its approval and once more moments later, when it starts.
 */
export function createFileList(): (root: string, folder: string) => Promise<string[]> {
  const known = new Map<string, KnownList>();
  return async (root, folder) => {
    const place = join(root, folder);
    const before = known.get(place);
    const at = Date.now();
    if (before !== undefined && Math.abs(at - before.at) < usedForMs && marksOf(before.watched, Infinity) === before.marks)
      return before.paths;
    known.delete(place);
    const listing = listAnew(root, folder);
    // While git looks: what is as old as this did not change since it began.
    const watched = isInGit(place) ? watchedBy(place) : null;
    const marks = watched === null ? null : marksOf(watched, at - grainMs);
    const paths = await listing;
    if (watched !== null && marks !== null) known.set(place, { paths, watched, marks, at });
    return paths;
  };
}

async function listAnew(root: string, folder: string): Promise<string[]> {
  const place = join(root, folder);
  // Nothing to ask git for: it would be a process more at every look.
  if (!isInGit(place)) return (await walk(root, folder)).toSorted();
  // A repo of another account (a container's) is only read: its own settings must not start programs.
  const safe = ["-c", "safe.directory=*", "-c", "core.fsmonitor=false"];
  const listed = await execa(
    "git",
    [...safe, "-C", place, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"],
    {
      reject: false,
      stripFinalNewline: false,
      maxBuffer: 64 * 1024 * 1024,
      env: gitEnvironment(),
      extendEnv: false,
    },
  );
  if (listed.exitCode === 0) {
    const paths = listed.stdout.split("\0").filter((path) => path !== "");
    // A repository inside this one stands with a slash at its end.
    if (paths.length > 0) return paths.map((path) => join(folder, path).replace(/\/$/, ""));
  } else if (existsSync(join(place, ".git"))) {
    // Without git's word, files that it ignores (secrets, often) would be sealed too.
    throw new AppError(
      "repo-unreadable",
      `git cannot list the files of ${place}: ${String(listed.stderr || listed.shortMessage)
        .trim()
        .slice(-300)}`,
      {
        help: "Is git installed? Run `git status` there and mend what it says.",
      },
    );
  }
  return (await walk(root, folder)).toSorted(); // no git repository, or one that ignores this whole folder
}

function isInGit(place: string): boolean {
  for (let at = place; ; at = dirname(at)) {
    if (existsSync(join(at, ".git"))) return true;
    if (at === dirname(at)) return false;
  }
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

/** All folders below `place`, git's index, and the files that say what is ignored. Null: too many, or git keeps them elsewhere. */
function watchedBy(place: string): string[] | null {
  const watched: string[] = [];
  for (let at = place; ; at = dirname(at)) {
    watched.push(join(at, ".gitignore"));
    const git = join(at, ".git");
    if (!existsSync(git)) continue;
    if (!statSync(git).isDirectory()) return null;
    watched.push(...["index", "config", "config.worktree", "info/exclude", "HEAD"].map((name) => join(git, name)));
    break;
  }
  const settings = process.env["XDG_CONFIG_HOME"] ?? join(homedir(), ".config");
  watched.push("/etc/gitconfig", join(homedir(), ".gitconfig"), join(settings, "git", "config"), join(settings, "git", "ignore"));
  const folders = [place];
  for (let count = 0, folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    count += 1;
    if (count > mostFolders) return null;
    watched.push(folder);
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (entry.isDirectory() && entry.name !== ".git") folders.push(join(folder, entry.name));
      else if (entry.name === ".gitignore") watched.push(join(folder, entry.name));
    }
  }
  return watched;
}

/** Null: something of it changed after `youngest`. */
function marksOf(watched: readonly string[], youngest: number): string | null {
  const marks: string[] = [];
  for (const path of watched) {
    const info = statSync(path, { throwIfNoEntry: false });
    if (info !== undefined && info.ctimeMs > youngest) return null;
    marks.push(info === undefined ? "-" : `${info.ino}:${info.size}:${info.mtimeMs}:${info.ctimeMs}`);
  }
  return marks.join(" ");
}
