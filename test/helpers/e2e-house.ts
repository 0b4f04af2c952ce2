import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, vi } from "vitest";
import type { CommandDocument } from "../../src/cli/document.ts";
import { copyEmptyDatabase } from "./empty-database.ts";
import { shareSettings } from "./worker-folder.ts";

const root = join(import.meta.dirname, "..", "..");
const command = join(root, "bin", "chiffon");
export const exampleRepo = join(root, "examples", "homelab");

export interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string;
  readonly limitMs?: number;
}

/** One `bin/chiffon` that was started and still runs, or has ended. */
export interface Started {
  readonly pid: number;
  readonly out: string;
  readonly err: string;
  readonly ended: Promise<Outcome>;
  type(text: string): void;
  endInput(): void;
  kill(signal: NodeJS.Signals): void;
  /** Waits until what it wrote (both streams) matches. */
  says(pattern: RegExp, limitMs?: number): Promise<RegExpMatchArray>;
}

export interface E2eHouse {
  /** Everything of this house lies below it. */
  readonly folder: string;
  readonly dataDir: string;
  readonly repo: string;
  readonly env: Readonly<Record<string, string>>;
  /** Runs `bin/chiffon` to its end, standard input closed unless given. */
  chiffon(args: readonly string[], options?: RunOptions): Promise<Outcome>;
  /** `ask TEXT … --json`, read. */
  ask(text: string, ...options: string[]): Promise<Outcome & { readonly document: CommandDocument }>;
  start(args: readonly string[], options?: RunOptions & { readonly keepInput?: boolean }): Started;
  /** A file of the repo. */
  write(path: string, text: string): void;
  read(path: string): string;
  audit(...query: string[]): Promise<readonly AuditRow[]>;
  runs(): Promise<readonly RunRow[]>;
}

export interface AuditRow {
  readonly number: number;
  readonly actor: string;
  readonly action: string;
  readonly resource: string;
  readonly result: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

export interface RunRow {
  readonly number: number;
  readonly id: string;
  readonly state: string;
  readonly text: string;
}

export interface E2eHouseOptions {
  readonly repo?: "homelab" | Readonly<Record<string, string>>;
  readonly settings?: string;
  /** The embedded database is not there yet. */
  readonly firstStart?: boolean;
  /** Playbooks are linted after runs: for tests that look at suggestions, since each takes seconds of a processor. */
  readonly lint?: boolean;
}

/** A data folder and a repo of its own. Processes that came of it are ended and its folder removed after the test file. */
export function createE2eHouse(options: E2eHouseOptions = {}): E2eHouse {
  // A step takes seconds, and many times that on a machine that also does something else.
  vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });
  const folder = mkdtempSync(join(tmpdir(), "chiffon-e2e-"));
  const dataDir = join(folder, "data");
  const repo = join(folder, options.repo === undefined || options.repo === "homelab" ? "homelab" : "repo");
  mkdirSync(dataDir, { mode: 0o700 });
  if (options.firstStart !== true) {
    copyEmptyDatabase(dataDir);
    shareSettings(join(dataDir, "agent"));
  }
  if (options.repo === undefined || options.repo === "homelab") {
    cpSync(exampleRepo, repo, { recursive: true });
    const all = join(repo, "inventory", "group_vars", "all.yml");
    // What is tested is the same with and without a Docker engine on this machine.
    writeFileSync(all, readFileSync(all, "utf8").replace("start_containers: true", "start_containers: false"));
  } else {
    mkdirSync(repo);
    for (const [path, text] of Object.entries(options.repo)) writeTo(join(repo, path), text);
  }
  commitAll(repo);
  // Processes with ansible imported take two seconds of a processor to start, which these few runs do not give back.
  const settings = /^ansible:/m.test(options.settings ?? "") ? options.settings : `ansible: { warm: false }\n${options.settings ?? ""}`;
  writeFileSync(join(dataDir, "chiffon.yml"), `${settings ?? ""}${options.lint === true ? "" : "lint_after_runs: false\n"}`);
  const env = {
    ...ownEnvironment(),
    CHIFFON_DATA_DIR: dataDir,
    CHIFFON_REPO: repo,
    CHIFFON_WEB_PORT: "0",
  };
  afterAll(async () => {
    await endProcessesOf(folder);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  });

  const start: E2eHouse["start"] = (args, how = {}) => startChiffon(args, { ...env, ...how.env }, how);
  const chiffon: E2eHouse["chiffon"] = async (args, how = {}) => start(args, how).ended;
  return {
    folder,
    dataDir,
    repo,
    env,
    chiffon,
    start,
    async ask(text, ...more) {
      const outcome = await chiffon(["ask", text, "--json", ...more]);
      return { ...outcome, document: documentOf(outcome) };
    },
    write: (path, text) => writeTo(join(repo, path), text),
    read: (path) => readFileSync(join(repo, path), "utf8"),
    async audit(...query) {
      const outcome = await chiffon(["audit", "query", "--limit", "200", "--json", ...query]);
      return JSON.parse(outcome.out) as AuditRow[]; // our own command's rows
    },
    async runs() {
      return JSON.parse((await chiffon(["runs", "--json"])).out) as RunRow[];
    },
  };
}

/** Standard output must be one JSON document and nothing else. */
export function documentOf(outcome: Outcome): CommandDocument {
  try {
    return JSON.parse(outcome.out) as CommandDocument;
  } catch (error) {
    throw new Error(`not one JSON document (exit ${outcome.code}): ${outcome.out.slice(0, 500)}\n${outcome.err.slice(0, 2_000)}`, {
      cause: error,
    });
  }
}

/** Settings of the person who runs the tests must not decide what they show. */
function ownEnvironment(): Record<string, string> {
  const kept = Object.entries(process.env).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && !/^(CHIFFON|SLACK|DISCORD|OLLAMA|ANSIBLE|VITEST|NODE_|DATABASE_URL|NO_COLOR|FORCE_COLOR)/.test(entry[0]),
  );
  // Nor those of a developer's own .env: an empty one means "not set" and wins.
  const unset = {
    SLACK_BOT_TOKEN: "",
    SLACK_APP_TOKEN: "",
    DISCORD_TOKEN: "",
    DATABASE_URL: "",
    OLLAMA_HOST: "",
    CHIFFON_MODEL: "none",
    CHIFFON_CONFIG: "",
  };
  return { ...Object.fromEntries(kept), ...unset, NODE_ENV: "production" };
}

function startChiffon(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  how: RunOptions & { readonly keepInput?: boolean },
): Started {
  // A pipe is a conversation to `start`, and its end the end of it; without input it is started as a service manager would.
  const typing = how.keepInput === true || how.input !== undefined;
  const child = spawn(command, args, { env: { ...env }, cwd: tmpdir(), stdio: [typing ? "pipe" : "ignore", "pipe", "pipe"] });
  const streams = { out: "", err: "" };
  const listeners = new Set<() => void>();
  const heard =
    (name: "out" | "err") =>
    (chunk: string): void => {
      streams[name] += chunk;
      for (const listener of listeners) listener();
    };
  child.stdout?.setEncoding("utf8").on("data", heard("out"));
  child.stderr?.setEncoding("utf8").on("data", heard("err"));
  child.stdin?.on("error", () => undefined);
  if (how.input !== undefined) child.stdin?.write(how.input);
  if (how.keepInput !== true) child.stdin?.end();
  const limit = setTimeout(() => child.kill("SIGKILL"), how.limitMs ?? 280_000);
  const ended = new Promise<Outcome>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      clearTimeout(limit);
      // Whatever happens, a person is told in words.
      if (/\n\s+at .*\.ts:\d+/.test(streams.out + streams.err))
        reject(new Error(`it showed a stack trace:\n${streams.out}\n${streams.err}`));
      else resolve({ code, out: streams.out, err: streams.err });
      for (const listener of listeners) listener();
    });
  });
  return {
    pid: child.pid ?? 0,
    get out() {
      return streams.out;
    },
    get err() {
      return streams.err;
    },
    ended,
    type: (text) => void child.stdin?.write(text),
    endInput: () => void child.stdin?.end(),
    kill: (signal) => void child.kill(signal),
    says(pattern, limitMs = 150_000) {
      return new Promise((resolve, reject) => {
        const stop = (): void => {
          listeners.delete(look);
          clearTimeout(timer);
        };
        const look = (): void => {
          const found = pattern.exec(`${streams.out}\n${streams.err}`);
          if (found === null && child.exitCode === null && child.signalCode === null) return;
          stop();
          if (found !== null) resolve(found);
          else reject(new Error(`it ended without ${String(pattern)}:\n${streams.out}\n${streams.err}`));
        };
        const timer = setTimeout(() => {
          stop();
          reject(new Error(`nothing like ${String(pattern)} in ${limitMs} ms:\n${streams.out}\n${streams.err}`));
        }, limitMs);
        listeners.add(look);
        look();
      });
    },
  };
}

function writeTo(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** A repo as people have one: with a history. */
function commitAll(repo: string): void {
  const git = (...args: string[]): void =>
    void execFileSync("git", ["-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false", ...args], {
      cwd: repo,
      stdio: "ignore",
    });
  git("init", "--quiet");
  git("add", "--all");
  git("commit", "--quiet", "--no-verify", "--allow-empty", "--message", "start");
}

/** Every file below a folder with its hash. */
export function hashesOf(folder: string): Record<string, string> {
  if (!existsSync(folder)) return {};
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const pairs = files.map((entry) => {
    const file = join(entry.parentPath, entry.name);
    return [relative(folder, file), createHash("sha256").update(readFileSync(file)).digest("hex")] as const;
  });
  return Object.fromEntries(pairs.toSorted(([one], [other]) => (one < other ? -1 : 1)));
}

export function changedBetween(before: Readonly<Record<string, string>>, after: Readonly<Record<string, string>>): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((file) => before[file] !== after[file]).toSorted();
}

/** Processes whose command line or environment holds this text. */
export function processesWith(text: string): { readonly pid: number; readonly commandLine: string }[] {
  return readdirSync("/proc").flatMap((name) => {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) return [];
    try {
      const commandLine = readFileSync(`/proc/${name}/cmdline`, "utf8");
      if (commandLine === "") return []; // a zombie has no command line
      if (!commandLine.includes(text) && !readFileSync(`/proc/${name}/environ`, "utf8").includes(text)) return [];
      return [{ pid, commandLine: commandLine.replaceAll("\0", " ") }];
    } catch {
      return []; // gone, or another account's
    }
  });
}

/** Our temporary folder's name is in no other process than those that came of this house. */
async function endProcessesOf(folder: string): Promise<void> {
  for (let round = 0; round < 20; round += 1) {
    const left = processesWith(folder);
    if (left.length === 0) return;
    for (const { pid } of left) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // ended meanwhile
      }
    }
    await sleep(50);
  }
}

/** Until the look gives something other than undefined, false or null. */
export async function eventually<T>(
  look: () => T | Promise<T>,
  limitMs = 150_000,
  what: string | (() => string) = "it",
): Promise<NonNullable<T>> {
  const until = Date.now() + limitMs;
  for (;;) {
    const began = performance.now();
    const found = await look();
    if (found !== undefined && found !== null && found !== false) return found;
    if (Date.now() > until) throw new Error(`${typeof what === "string" ? what : what()} did not come true in ${limitMs} ms`);
    // A command or a page: looking must not take the processor from what is waited for.
    await sleep(Math.min(1_000, Math.max(50, 3 * (performance.now() - began))));
  }
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return typeof address === "object" && address !== null ? address.port : 0;
}
