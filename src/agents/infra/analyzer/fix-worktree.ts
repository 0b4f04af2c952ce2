import { mkdir, readdir, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { z } from "zod";
import { AppError, exitCodes } from "../../../errors.ts";
import { gitEnvironment } from "../../../git-environment.ts";
import type { RepoFiles } from "./fixers/fixer.ts";
import type { ScaffoldFile } from "../template-generator/scaffold-facts.ts";
import { writeFiles } from "../template-generator/write-scaffold.ts";
import { ownModule } from "./lint-copy.ts";

/** A checkout of the repo's last commit beside the user's own, whose files, index and HEAD are never touched. */
export interface FixWorktree {
  /** The repo in it. */
  readonly repo: string;
  /** What is in git of it. */
  files(): Promise<RepoFiles>;
  write(path: string, text: string): Promise<void>;
  /** New files, never through a link. */
  add(files: readonly ScaffoldFile[]): Promise<void>;
  /** Does something with the files as they were, and then brings back what was written. */
  asCommitted<T>(work: () => Promise<T>): Promise<T>;
  /** What was written, as git shows it. */
  diff(): Promise<string>;
  /** On a new branch, which exists only from then on. Gives the commit. */
  commit(branch: string, message: string): Promise<string>;
  close(): Promise<void>;
}

export interface FixWorktrees {
  /** Throws `no-git`, `no-commit`, `not-committed` (a file is not as in the last commit). */
  open(repo: string, id: string, asCommitted: readonly string[]): Promise<FixWorktree>;
  /** The last commit of a branch; undefined where there is none. */
  branch(repo: string, branch: string): Promise<{ readonly commit: string; readonly message: string; readonly diff: string } | undefined>;
  /** Takes away what a process left that died in the middle. */
  clean(): Promise<void>;
}

const noteSchema = z.object({ repo: z.string() });
const largestText = 1024 * 1024;

/** `folder` belongs to one process at a time (it is in the data folder). */
export function createFixWorktrees({ folder }: { readonly folder: string }): FixWorktrees {
  let cleaned: Promise<void> | undefined;
  const clean = (): Promise<void> => (cleaned ??= removeLeftovers(folder));

  return {
    clean,
    async branch(repo, branch) {
      const said = await git(repo, ["log", "-1", "--format=%H%n%B", `refs/heads/${branch}`, "--"]).catch(() => "");
      const [commit = "", ...message] = said.split("\n");
      if (commit === "") return undefined;
      const diff = await git(repo, ["show", "--format=", "--no-ext-diff", "--no-textconv", "--no-color", "--relative", commit, "--"]);
      return { commit, message: message.join("\n"), diff };
    },
    async open(repo, id, asCommitted) {
      await clean();
      const prefix = await prefixOf(repo);
      const head = (await git(repo, ["rev-parse", "--verify", "--quiet", "HEAD^{commit}"]).catch(() => "")).trim();
      if (head === "") throw refused("no-commit", "the repo has no commit yet, so there is nothing to branch from", "Commit it first.");
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const place = join(folder, id);
      // Before the checkout: what a crash leaves is found by it.
      await writeFile(join(folder, `${id}.json`), JSON.stringify({ repo }), { mode: 0o600 });
      const close = (): Promise<void> => remove(folder, id, repo);
      try {
        await git(repo, ["worktree", "add", "--quiet", "--detach", place, head]);
        const worktree = worktreeAt(join(await realpath(place), prefix), repo, close);
        for (const path of asCommitted) await refuseUncommitted(repo, worktree.repo, path);
        return worktree;
      } catch (error) {
        await close();
        throw error;
      }
    },
  };
}

function worktreeAt(root: string, repo: string, close: () => Promise<void>): FixWorktree {
  const written = new Map<string, string>();
  return {
    repo: root,
    async files() {
      const names = (await git(root, ["ls-files", "-z"])).split("\0").filter((name) => name !== "");
      const texts = new Map<string, string>();
      for (const name of names.filter((one) => /\.ya?ml$/.test(one)).slice(0, 5_000)) {
        const content = await readFile(join(root, name)).catch(() => null);
        if (content !== null && content.length <= largestText) texts.set(name, content.toString("utf8"));
      }
      return { texts, ownModules: new Set(names.flatMap((name) => ownModule.exec(name)?.[1] ?? [])) };
    },
    async write(path, text) {
      const file = join(root, path);
      // A link of the repo may lead out of it.
      if ((await realpath(file).catch(() => "")) !== file)
        throw refused("file-refused", `${path} is reached by a link`, "Mend it by hand.");
      await writeFile(file, text);
      written.set(path, text);
    },
    async add(files) {
      await writeFiles(root, files);
      for (const { path, text } of files) written.set(path, text);
    },
    async asCommitted(work) {
      await git(root, ["checkout", "--quiet", "HEAD", "--", ...written.keys()]);
      try {
        return await work();
      } finally {
        for (const [path, text] of written) await writeFile(join(root, path), text);
      }
    },
    diff: () => git(root, ["diff", "--no-ext-diff", "--no-textconv", "--no-color", "--relative", "HEAD", "--", ...written.keys()]),
    async commit(branch, message) {
      await git(root, ["add", "--", ...written.keys()]);
      await git(root, ["-c", "user.name=Chiffon", "-c", "user.email=chiffon@localhost", "commit", "--quiet", "-F", "-"], message);
      const commit = (await git(root, ["rev-parse", "HEAD"])).trim();
      await git(repo, ["branch", "--no-track", branch, commit]);
      return commit;
    },
    close,
  };
}

async function prefixOf(repo: string): Promise<string> {
  try {
    return (await git(repo, ["rev-parse", "--show-prefix"])).trim();
  } catch (cause) {
    throw new AppError("no-git", `${repo} is not in a git repository, so there is no branch to put a fix on`, {
      cause,
      exitCode: exitCodes.notApproved,
      help: "Run `git init` there and commit what is in it.",
    });
  }
}

/** A fix is made of the last commit; what is only in the user's files would be lost in it, or committed without being asked. */
async function refuseUncommitted(repo: string, root: string, path: string): Promise<void> {
  const [own, committed] = await Promise.all([readFile(join(repo, path)).catch(() => null), readFile(join(root, path)).catch(() => null)]);
  if (committed === null) throw refused("not-committed", `${path} is not in git`, `Commit it first: git add ${path} && git commit`);
  if (own === null || !own.equals(committed))
    throw refused(
      "not-committed",
      `${path} has changes that are not committed, and a fix is made of the last commit`,
      "Commit them first.",
    );
}

function refused(code: string, message: string, help: string): AppError {
  return new AppError(code, message, { help, exitCode: exitCodes.notApproved });
}

async function removeLeftovers(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const id = /^(.+)\.json$/.exec(name)?.[1];
    if (id === undefined) continue;
    const note = noteSchema.safeParse(JSON.parse(await readFile(join(folder, name), "utf8").catch(() => "null")));
    await remove(folder, id, note.success ? note.data.repo : undefined);
  }
}

async function remove(folder: string, id: string, repo: string | undefined): Promise<void> {
  const place = join(folder, id);
  // Only its own entry, not `prune`: a worktree of the user's on a disk that is not there now must stay known. Twice by force: one that was being made is locked.
  if (repo !== undefined) await git(repo, ["worktree", "remove", "--force", "--force", place]).catch(() => undefined);
  await rm(place, { recursive: true, force: true });
  await rm(join(folder, `${id}.json`), { force: true });
}

/** No hook and no program of a configuration runs, and nothing is refreshed in the user's index. */
async function git(folder: string, args: readonly string[], input?: string): Promise<string> {
  const safe = ["-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "commit.gpgsign=false", "-c", "gc.auto=0"];
  const result = await execa("git", ["-C", folder, "--no-optional-locks", ...safe, ...args], {
    env: gitEnvironment(),
    extendEnv: false,
    reject: false,
    timeout: 60_000,
    stripFinalNewline: false,
    ...(input === undefined ? { stdin: "ignore" as const } : { input }),
  });
  if (result.failed)
    throw new AppError("git-failed", `git ${args[0] ?? ""} failed in ${folder}: ${String(result.stderr).trim().slice(-500)}`, {
      help: "Run that command there by hand and correct what it says.",
    });
  return result.stdout;
}
