import { spawn } from "node:child_process";
import { existsSync, readFileSync, watch, writeFileSync, type FSWatcher } from "node:fs";
import { Socket } from "node:net";
import type { Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { z } from "zod";
import { AppError } from "../../errors.ts";
import type { StartedProcess } from "../work-source.ts";
import type { Environment } from "./environment.ts";
import type { WarmProcess } from "./warm-process.ts";

/** What the supervisor process is to do; it reads this when it gets the word. */
export interface SupervisorCommand {
  readonly runId: string;
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Environment;
  readonly timeLimitSeconds: number;
  readonly controlPathDir: string;
  readonly removeFiles: readonly string[];
  readonly removeFolders: readonly string[];
  /** A pipe with a name, for a back end that hands on no file descriptors. */
  readonly secretsPipe: string | null;
  /** Ends, after a time limit or cancel, what no signal reaches. */
  readonly endCommand: readonly string[] | null;
}

export const exitSchema = z.object({
  exitCode: z.number().int().nullable(),
  signal: z.string().nullable(),
  endedBy: z.string(),
  at: z.string(),
  startedAt: z.string(),
  cpuSeconds: z.number(),
  peakMemoryBytes: z.number(),
  wallMs: z.number(),
  /** Ansible was forked from a process that had it imported. */
  warm: z.boolean().default(false),
  /** Why a supervisor that could have forked started a fresh process. */
  whyCold: z.string().nullable().default(null),
});
export type SupervisorExit = z.infer<typeof exitSchema>;

const aliveSchema = z.object({
  pid: z.number().int(),
  processStartTime: z.string(),
  bootId: z.string(),
  childPid: z.number().int().nullable(),
});

export type SupervisorStatus =
  | { readonly kind: "running"; readonly process: StartedProcess }
  | { readonly kind: "ended"; readonly exit: SupervisorExit }
  /** It is gone and left no word: the machine went down, or someone killed it. */
  | { readonly kind: "vanished"; readonly childPid: number | null };

const script = fileURLToPath(new URL("../../../ansible/supervisor.py", import.meta.url));

export interface WaitingSupervisor {
  readonly process: StartedProcess;
  /** Lets it spawn what `command` says. */
  go(command: SupervisorCommand): Promise<void>;
  /** It ends without having spawned anything. */
  abandon(): void;
}

export interface SupervisorPool {
  /** A supervisor for this folder; it waits for `go`, so that `started` can be stored before anything is spawned. */
  take(runFolder: string): Promise<WaitingSupervisor>;
  close(): void;
}

const refillMilliseconds = 1_000;
const exitFile = "exit.json";

/**
 * Keeps one supervisor waiting, detached, so that a run need not wait for Python to start; a fork of the warm process where there is one. One that
 * waits ends with the agent.
 */
export function createSupervisorPool(python: string, environment: Environment, warm: WarmProcess | null): SupervisorPool {
  let waiting: StartedSupervisor | null = null;
  let closed = false;
  let timer: NodeJS.Timeout | null = null;
  refill();
  warm?.onReady(() => void refillWarm());
  return {
    async take(runFolder) {
      const ready = takeWaiting() ?? (await forked()) ?? start(python, environment);
      // Not now: the playbook that begins needs the processor more.
      timer ??= setTimeout(refill, refillMilliseconds).unref();
      const { process: started, input } = ready;
      // Before it gets the word, so that no later agent takes a living supervisor for a vanished one; it adds its child itself.
      writeFileAtomic.sync(join(runFolder, "supervisor.json"), JSON.stringify({ ...started, childPid: null }), {
        mode: 0o600,
        fsync: false,
      });
      input.write(`folder ${runFolder}\n`);
      return {
        process: started,
        async go(command) {
          await writeFileAtomic(join(runFolder, "command.json"), JSON.stringify(command), { mode: 0o600, fsync: false });
          input.end("go\n");
        },
        abandon() {
          input.end();
        },
      };
    },
    close() {
      closed = true;
      if (timer !== null) clearTimeout(timer);
      waiting?.input.end();
      waiting = null;
    },
  };

  function takeWaiting(): StartedSupervisor | null {
    const ready = waiting;
    waiting = null;
    return ready !== null && isAlive(ready.process) ? ready : null;
  }

  function refill(): void {
    timer = null;
    if (warm?.state().kind === "ready") void refillWarm();
    else if (!closed && waiting === null) waiting = start(python, environment);
  }

  /** In place of a fresh one that waits, and of one forked before the warm process started anew. */
  async function refillWarm(): Promise<void> {
    const next = await forked();
    if (next === null) return;
    if (!closed) waiting?.input.end();
    else next.input.end();
    if (!closed) waiting = next;
  }

  async function forked(): Promise<StartedSupervisor | null> {
    return warm === null ? null : forkedBy(warm);
  }
}

interface StartedSupervisor {
  readonly process: StartedProcess;
  readonly input: Writable;
}

function start(python: string, environment: Environment): StartedSupervisor {
  const child = spawn(python, ["-I", "-S", script], {
    cwd: "/",
    env: { ...environment },
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  const input = child.stdin;
  input.on("error", () => undefined);
  child.on("error", () => undefined);
  child.unref();
  // Neither must keep the agent's process alive.
  if (input instanceof Socket) input.unref();
  const { pid } = child;
  if (pid === undefined) throw new AppError("supervisor-not-started", `${python} could not be started`, { help: "Install Python 3." });
  return { process: { pid, processStartTime: processStartTime(pid) ?? "", bootId: bootId() }, input };
}

const forkedSchema = z.object({ pid: z.number().int(), processStartTime: z.string() });
const handshakeMs = 400;

/** What is written to the connection is what a fresh one gets by its standard input. Null when none answers within moments. */
async function forkedBy(warm: WarmProcess): Promise<StartedSupervisor | null> {
  const input = await warm.connect();
  if (input === null) return null;
  const hello = await new Promise<string | null>((resolve) => {
    const timer = setTimeout(() => resolve(null), handshakeMs);
    let text = "";
    input.setEncoding("utf8");
    input.on("data", (data: string) => {
      text += data;
      if (text.includes("\n")) resolve(text);
    });
    input.once("close", () => {
      clearTimeout(timer);
      resolve(null);
    });
    input.write("supervisor\n");
  });
  const said = forkedSchema.safeParse(hello === null ? null : parsedJson(hello));
  if (said.success) return { process: { ...said.data, bootId: bootId() }, input };
  input.destroy();
  return null;
}

function isAlive(started: StartedProcess): boolean {
  return processStartTime(started.pid) === started.processStartTime;
}

export function supervisorStatus(runFolder: string): SupervisorStatus {
  const exit = readExit(runFolder);
  if (exit !== null) return { kind: "ended", exit };
  const alive = aliveSchema.safeParse(readJson(join(runFolder, "supervisor.json")));
  if (!alive.success) return { kind: "vanished", childPid: null };
  const { pid, childPid } = alive.data;
  if (alive.data.bootId === bootId() && processStartTime(pid) === alive.data.processStartTime)
    return { kind: "running", process: alive.data };
  // It may have ended between the two looks.
  const late = readExit(runFolder);
  return late === null ? { kind: "vanished", childPid } : { kind: "ended", exit: late };
}

/** Asks it to end what it owns; the file is for a supervisor that misses the signal. */
export function stopSupervisor(runFolder: string, reason: string): void {
  writeFileSync(join(runFolder, "stop"), reason);
  const status = supervisorStatus(runFolder);
  if (status.kind !== "running") return;
  try {
    process.kill(status.process.pid, "SIGTERM");
  } catch {
    // It ended in this moment.
  }
}

export interface FolderWatch {
  /** Resolves when something in the folder changed, at the latest after `milliseconds`. */
  changed(milliseconds: number, signal: AbortSignal): Promise<void>;
  /** Lets news gather for so long, unless the supervisor has ended. */
  calm(milliseconds: number, signal: AbortSignal): Promise<void>;
  close(): void;
}

/** inotify tells of every event at once; the limit is for file systems that do not. */
export function watchFolder(folder: string): FolderWatch {
  let pending = false;
  let ended = false;
  let wake: (() => void) | null = null;
  let wakeAtEnd: (() => void) | null = null;
  let watcher: FSWatcher | null = null;
  try {
    watcher = watch(folder, { persistent: false }, (_event, name) => {
      pending = true;
      ended ||= name === exitFile;
      wake?.();
      if (ended) wakeAtEnd?.();
    });
    watcher.on("error", () => undefined);
  } catch {
    // No inotify watches left: the poll remains.
  }
  return {
    async changed(milliseconds, signal) {
      if (!pending) {
        await wait(watcher === null ? Math.min(milliseconds, 100) : milliseconds, signal, (done) => {
          wake = done;
        });
      }
      pending = false;
    },
    async calm(milliseconds, signal) {
      if (ended) return;
      await wait(milliseconds, signal, (done) => {
        wakeAtEnd = done;
      });
    },
    close() {
      watcher?.close();
    },
  };
}

/** Until `done` is called that `keep` is given, the time is over or the signal comes; then `keep` is given null. */
async function wait(milliseconds: number, signal: AbortSignal, keep: (done: (() => void) | null) => void): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener("abort", done, { once: true });
    keep(done);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      keep(null);
      resolve();
    }
  });
}

function bootId(): string {
  return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
}

/** Field 22 of /proc/PID/stat: with it a reused pid is told apart. A zombie counts as gone. */
function processStartTime(pid: number): string | null {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\)\s/s, "")
      .split(" ");
    return fields[0] === "Z" || fields[0] === "X" ? null : (fields[19] ?? null);
  } catch {
    return null;
  }
}

function readExit(runFolder: string): SupervisorExit | null {
  const parsed = exitSchema.safeParse(readJson(join(runFolder, exitFile)));
  return parsed.success ? parsed.data : null;
}

export function readJson(path: string): unknown {
  try {
    return existsSync(path) ? parsedJson(readFileSync(path, "utf8")) : null;
  } catch {
    return null;
  }
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
