import { mkdir, rm, stat } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import writeFileAtomic from "write-file-atomic";
import { AppError } from "../errors.ts";
import { gitEnvironment } from "../git-environment.ts";
import type { Logger } from "../logger.ts";

/** One commit a finished run, `.audit/tasks/<run id>.json`, in a repository of its own below the data folder. Each commit anchors the audit log. */
export interface GitTrail {
  /** Idempotent: a run already committed gets its commit back. */
  commit(record: TrailRecord): Promise<string>;
  anchors(): Promise<readonly TrailAnchor[]>;
}

export interface TrailRecord {
  readonly runId: string;
  readonly runNumber: number;
  readonly subject: string;
  readonly entry: number;
  readonly hash: string;
  readonly document: unknown;
}

export interface TrailAnchor {
  readonly commit: string;
  readonly runId: string;
  readonly entry: number;
  readonly hash: string;
}

const staleLockMs = 60_000;

export function createGitTrail(options: { readonly folder: string; readonly logger: Logger }): GitTrail {
  const { folder } = options;
  let turn: Promise<unknown> = Promise.resolve();
  let ready = false;

  const git = async (...args: string[]): Promise<string> => {
    // No configuration of the user's (hooks, signing) may stop or change an audit commit.
    const result = await execa("git", ["-C", folder, "-c", "core.hooksPath=/dev/null", "-c", "commit.gpgsign=false", ...args], {
      env: { ...gitEnvironment(), GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: "/dev/null" },
      extendEnv: false,
      reject: false,
      timeout: 30_000,
    });
    if (result.failed) throw new AppError("git-trail-failed", `git ${args[0]} failed in ${folder}: ${String(result.stderr).slice(-500)}`);
    return result.stdout;
  };
  const open = async (): Promise<void> => {
    if (ready) return;
    if (!existsSync(join(folder, ".git"))) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await git("init", "--quiet", "--initial-branch=main");
    }
    await removeStaleLock(join(folder, ".git", "index.lock"));
    ready = true;
  };
  const find = async (runId: string): Promise<string | undefined> => {
    // By its file, not by words of the message: those are a person's.
    const found = await git("log", "--all", "--format=%H", "-1", "--", join(".audit", "tasks", `${runId}.json`)).catch(() => "");
    return found === "" ? undefined : found;
  };

  return {
    async commit(record) {
      const work = turn.then(async () => {
        await open();
        const file = join(".audit", "tasks", `${record.runId}.json`);
        if (existsSync(join(folder, file))) {
          const before = await find(record.runId);
          if (before !== undefined) return before;
        }
        await mkdir(join(folder, ".audit", "tasks"), { recursive: true });
        await writeFileAtomic(join(folder, file), `${JSON.stringify(record.document, null, 2)}\n`, { fsync: false });
        await git("add", "--", file);
        const trailers = [`Chiffon-Run: ${record.runId}`, `Audit-Entry: ${record.entry}`, `Audit-Hash: ${record.hash}`].join("\n");
        await git(
          "-c", "user.name=Chiffon", "-c", "user.email=chiffon@localhost",
          "commit", "--quiet", "--allow-empty", "-m", oneLine(record.subject), "-m", trailers, "--", file,
        ); // prettier-ignore
        return git("rev-parse", "HEAD");
      });
      turn = work.catch(() => undefined);
      return work;
    },
    async anchors() {
      if (!existsSync(join(folder, ".git"))) return [];
      const log = await git(
        "log",
        "--all",
        "--format=%H%x00%(trailers:key=Chiffon-Run,valueonly)%x00%(trailers:key=Audit-Entry,valueonly)%x00%(trailers:key=Audit-Hash,valueonly)%x01",
      ).catch(() => "");
      return log.split("\u0001").flatMap((line) => {
        const [commit = "", runId = "", entry = "", hash = ""] = line.split("\0").map((part) => part.trim());
        return commit === "" || entry === "" ? [] : [{ commit, runId, entry: Number(entry), hash }];
      });
    },
  };
}

/** One that a power cut left: nobody else writes in this folder, and a commit of ours takes moments. */
async function removeStaleLock(file: string): Promise<void> {
  const info = await stat(file).catch(() => undefined);
  if (info !== undefined && Date.now() - info.mtimeMs > staleLockMs) await rm(file, { force: true });
}

function oneLine(text: string): string {
  return text.replaceAll(/[\p{C}\s]+/gu, " ").trim().slice(0, 200); // prettier-ignore
}
