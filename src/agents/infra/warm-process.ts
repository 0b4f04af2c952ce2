import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { connect, Socket } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { AppError, messageOf } from "../../errors.ts";
import type { Environment } from "./environment.ts";
import { pythonOf } from "./installed-python.ts";
import type { WarmState } from "./warm-state.ts";

const script = fileURLToPath(new URL("../../../ansible/warm/warm_parent.py", import.meta.url));
const restartDelaysMs = [1_000, 10_000, 60_000, 600_000];
/** A Unix socket's path has at most 107 bytes. */
const socketPathLength = 107;
const markRoom = 160;
const heard = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("ready"), memoryBytes: z.number(), version: z.string() }),
  z.object({ kind: z.literal("unfit"), why: z.string() }),
]);

/** A process that has a program of Python's imported and forks it. Off the correctness path: whatever is wrong with it, a fresh process does the work. */
export interface WarmProcess {
  state(): WarmState;
  /** Where it listens; null: it is not ready. */
  socket(): string | null;
  /** A new connection, null when there is none within moments. */
  connect(): Promise<Socket | null>;
  onReady(callback: () => void): void;
  /** Some time after now, so that what begins first is not disturbed. Idempotent. */
  start(afterMs: number): void;
  /** A run with this environment did not fit what was imported: it starts anew with it, once for each. Null: with the one it has. */
  misfit(environment: Environment | null, why: string): void;
  close(): void;
}

export interface WarmProcessDeps {
  /** Under which its files lie in `folder`. */
  readonly name: string;
  readonly program: string;
  readonly environment: Environment;
  /** Private to this account. */
  readonly folder: string;
}

/** How a fork begins that finds other files on the disk than those that were imported. */
export const whyOutdated = "changed since it was loaded";

/** What of a run's environment is evaluated while ansible is imported; nothing that belongs to one run or says where secrets lie. */
const notConfiguration =
  /^(?:CHIFFON_\w+|ANSIBLE_(?:LOCAL_TEMP|SSH_CONTROL_PATH_DIR|CACHE_PLUGIN_CONNECTION|VAULT_\w+|\w+_PASSWORD_FILE))$/;

export function createWarmProcess({ name, program, environment, folder }: WarmProcessDeps): WarmProcess {
  const listeners: (() => void)[] = [];
  const tried = new Set<string>();
  let configuration: Environment = {};
  let child: ChildProcess | null = null;
  let socket = "";
  let state: WarmState = { kind: "away", why: "it was not started yet" };
  let failures = 0;
  let wanted = false;
  let timer: NodeJS.Timeout | null = null;

  return {
    state: () => state,
    socket: () => (state.kind === "ready" ? socket : null),
    onReady(callback) {
      listeners.push(callback);
    },
    async connect() {
      if (state.kind !== "ready") return null;
      const connection = await connected(socket);
      if (connection === null) again("it does not answer");
      return connection;
    },
    start(afterMs) {
      if (wanted) return;
      wanted = true;
      later(afterMs);
    },
    misfit(run, why) {
      const next = run === null ? configuration : Object.fromEntries(Object.entries(run).filter(([key]) => !notConfiguration.test(key)));
      const mark = JSON.stringify([next, why]);
      // What changed on the disk is loaded anew each time; settings that did not help once are left to fresh processes.
      if (!wanted || (tried.has(mark) && !why.startsWith(whyOutdated))) return;
      tried.add(mark);
      configuration = next;
      end();
      change({ kind: "away", why: `it starts anew: ${why}` });
      later(restartDelaysMs[0] ?? 0);
    },
    close() {
      wanted = false;
      if (timer !== null) clearTimeout(timer);
      end();
      rmSync(stateFile(), { force: true });
    },
  };

  function stateFile(): string {
    return join(folder, `${name}.json`);
  }

  function change(next: WarmState): void {
    state = next;
    try {
      if (existsSync(folder)) writeFileSync(stateFile(), JSON.stringify({ ...next, agentPid: process.pid }), { mode: 0o600 });
    } catch {
      // Only `doctor` reads it.
    }
  }

  function later(milliseconds: number): void {
    if (timer !== null) clearTimeout(timer);
    timer = setTimeout(begin, milliseconds).unref();
  }

  /** What it forked is not touched by its end. */
  function end(): void {
    const old = child;
    child = null;
    old?.kill("SIGKILL");
    old?.stdin?.destroy();
    removeLeftovers();
  }

  function again(why: string): void {
    end();
    change({ kind: "away", why });
    const delay = restartDelaysMs[failures];
    failures += 1;
    if (wanted && delay !== undefined) later(delay);
  }

  function removeLeftovers(): void {
    for (const entry of existsSync(folder) ? readdirSync(folder) : [])
      if (entry.startsWith(`${name}-`)) rmSync(join(folder, entry), { recursive: true, force: true });
  }

  function begin(): void {
    timer = null;
    try {
      launch();
    } catch (error) {
      change({ kind: "away", why: messageOf(error) });
    }
  }

  function launch(): void {
    const [interpreter, ...options] = pythonOf(program, environment);
    ownFolder(folder);
    removeLeftovers();
    const run = `${name}-${randomBytes(4).toString("hex")}`;
    socket = join(folder, `${run}.sock`);
    if (Buffer.byteLength(socket) > socketPathLength) throw new AppError("path-too-long", `${socket} is too long for a socket`);
    const place = join(folder, run);
    mkdirSync(place, { mode: 0o700 });
    change({ kind: "starting" });
    const env = {
      ...environment,
      ...configuration,
      // It would be started while ansible is imported, and its name may come from the repo.
      ANSIBLE_NOCOWS: "1",
      ANSIBLE_LOCAL_TEMP: join(place, "tmp"),
      // Room for the mark of a run, which a fork writes over it.
      CHIFFON_RUN_ID: "-".repeat(markRoom),
    };
    const started = spawn(interpreter, [...options, script, program, place, socket], {
      cwd: "/",
      env,
      detached: true,
      stdio: ["pipe", "pipe", "ignore"],
    });
    child = started;
    started.unref();
    for (const pipe of [started.stdin, started.stdout]) if (pipe instanceof Socket) pipe.unref();
    started.stdin.on("error", () => undefined);
    let text = "";
    started.stdout.setEncoding("utf8");
    started.stdout.on("data", (data: string) => {
      text += data;
      const line = /^(.*)\n/.exec(text)?.[1];
      if (line === undefined || child !== started || state.kind !== "starting") return;
      const said = heard.safeParse(parsed(line));
      if (said.success && said.data.kind === "ready" && started.pid !== undefined) {
        failures = 0;
        change({ ...said.data, pid: started.pid });
        for (const callback of listeners) callback();
      } else {
        // It would say the same again, until something changes on this machine.
        failures = restartDelaysMs.length;
        again(said.success && said.data.kind === "unfit" ? said.data.why : "it did not understand itself");
      }
    });
    const gone = (): void => {
      if (child === started) again("it ended");
    };
    started.on("error", gone);
    started.on("exit", gone);
  }
}

const connectMs = 300;

async function connected(path: string): Promise<Socket | null> {
  const connection = connect({ path });
  connection.unref();
  connection.on("error", () => undefined);
  return new Promise((resolve) => {
    const timer = setTimeout(fail, connectMs);
    connection.once("connect", () => {
      clearTimeout(timer);
      resolve(connection);
    });
    connection.once("error", fail);
    function fail(): void {
      clearTimeout(timer);
      connection.destroy();
      resolve(null);
    }
  });
}

/** Whoever may write into it could answer in its place. */
function ownFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const info = lstatSync(folder);
  if (!info.isDirectory() || info.uid !== process.getuid?.()) throw new AppError("folder-not-ours", `${folder} belongs to another account`);
  if ((info.mode & 0o077) !== 0) chmodSync(folder, 0o700);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
