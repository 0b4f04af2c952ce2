import { spawn, type ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, realpathSync } from "node:fs";
import { connect, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { findProgram, type Environment } from "./environment.ts";

const script = fileURLToPath(new URL("../../../ansible/warm/warm_parent.py", import.meta.url));
const startDelayMs = 1_000;
const restartDelaysMs = [1_000, 10_000, 60_000, 600_000];
const handshakeMs = 400;
/** A Unix socket's path has at most 107 bytes. */
const socketPathLength = 100;
const markRoom = 160;
const heard = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("ready"), memoryBytes: z.number(), version: z.string() }),
  z.object({ kind: z.literal("unfit"), why: z.string() }),
]);
const forkedSchema = z.object({ pid: z.number().int(), processStartTime: z.string() });

export type WarmState =
  | { readonly kind: "ready"; readonly pid: number; readonly memoryBytes: number; readonly version: string }
  | { readonly kind: "starting" }
  /** It will be tried again, or not at all; runs start cold meanwhile. */
  | { readonly kind: "away"; readonly why: string };

/** A process that has ansible imported and forks supervisors. Off the correctness path: whatever is wrong with it, a fresh process does the work. */
export interface WarmProcess {
  state(): WarmState;
  /** A supervisor that waits for its orders on `input`; null when there is none within moments. */
  fork(): Promise<ForkedSupervisor | null>;
  onReady(callback: () => void): void;
  /** A run with this environment did not fit what was imported: it starts anew with it, once for each. */
  misfit(environment: Environment, why: string): void;
  close(): void;
}

export interface ForkedSupervisor {
  readonly pid: number;
  readonly processStartTime: string;
  readonly input: Socket;
}

export interface WarmProcessDeps {
  /** `ansible-playbook`. */
  readonly program: string;
  readonly environment: Environment;
  /** Private to this account. */
  readonly folder: string;
}

/** What of a run's environment is evaluated while ansible is imported; nothing that belongs to one run or says where secrets lie. */
const notConfiguration =
  /^(?:CHIFFON_\w+|ANSIBLE_(?:LOCAL_TEMP|SSH_CONTROL_PATH_DIR|CACHE_PLUGIN_CONNECTION|VAULT_\w+|\w+_PASSWORD_FILE))$/;

export function createWarmProcess({ program, environment, folder }: WarmProcessDeps): WarmProcess {
  const place = socketFolder(folder);
  const listeners: (() => void)[] = [];
  const tried = new Set<string>();
  let configuration: Environment = {};
  let child: ChildProcess | null = null;
  let state: WarmState = { kind: "away", why: "not started yet" };
  let failures = 0;
  let closed = false;
  let timer: NodeJS.Timeout | null = null;
  later(startDelayMs);

  return {
    state: () => state,
    onReady(callback) {
      listeners.push(callback);
    },
    fork: () => (state.kind === "ready" ? forkFrom(join(place, "warm.sock")) : Promise.resolve(null)),
    misfit(wanted, why) {
      const next = Object.fromEntries(Object.entries(wanted).filter(([name]) => !notConfiguration.test(name)));
      const mark = createHash("sha256")
        .update(JSON.stringify([next, why]))
        .digest("hex");
      if (closed || tried.has(mark)) return;
      tried.add(mark);
      configuration = next;
      stop(`it starts anew: ${why}`);
      later(restartDelaysMs[0] ?? 0);
    },
    close() {
      closed = true;
      if (timer !== null) clearTimeout(timer);
      stop("closed");
    },
  };

  function later(milliseconds: number): void {
    if (timer !== null) clearTimeout(timer);
    if (!closed) timer = setTimeout(start, milliseconds).unref();
  }

  function stop(why: string): void {
    state = { kind: "away", why };
    const old = child;
    child = null;
    old?.stdin?.destroy();
  }

  function start(): void {
    timer = null;
    const python = pythonOf(program, environment);
    if (python === null) {
      state = { kind: "away", why: `${program} is no program of Python's that starts ansible` };
      return;
    }
    state = { kind: "starting" };
    mkdirSync(place, { recursive: true, mode: 0o700 });
    const env = {
      ...environment,
      ...configuration,
      ANSIBLE_LOG_PATH: "/dev/null",
      ANSIBLE_NOCOLOR: "1",
      ANSIBLE_FORCE_COLOR: "0",
      // It would be started while ansible is imported, and its name may come from the repo.
      ANSIBLE_NOCOWS: "1",
      ANSIBLE_LOCAL_TEMP: join(place, "tmp"),
      // Room for the mark of a run, which a fork writes over it.
      CHIFFON_RUN_ID: "-".repeat(markRoom),
    };
    const [interpreter = "", ...options] = python;
    const started = spawn(interpreter, [...options, script, program, place], {
      cwd: "/",
      env,
      detached: true,
      stdio: ["pipe", "pipe", "ignore"],
    });
    child = started;
    started.unref();
    for (const end of [started.stdin, started.stdout]) if (end instanceof Socket) end.unref();
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
        state = { ...said.data, pid: started.pid };
        for (const callback of listeners) callback();
      } else {
        // It would say the same again, until something changes on this machine.
        failures = restartDelaysMs.length;
        state = { kind: "away", why: said.success && said.data.kind === "unfit" ? said.data.why : "it did not understand itself" };
      }
    });
    const gone = (): void => {
      if (child !== started) return;
      child = null;
      if (state.kind !== "away") state = { kind: "away", why: "it ended" };
      const delay = restartDelaysMs[failures];
      failures += 1;
      if (delay !== undefined) later(delay);
    };
    started.on("error", gone);
    started.on("exit", gone);
  }
}

/** One connection is one supervisor: what is written to it is what a fresh one gets by its standard input. */
async function forkFrom(path: string): Promise<ForkedSupervisor | null> {
  const input = connect({ path });
  input.unref();
  input.on("error", () => undefined);
  const line = await new Promise<string | null>((resolve) => {
    const timer = setTimeout(() => resolve(null), handshakeMs);
    let text = "";
    input.setEncoding("utf8");
    input.on("data", (data: string) => {
      text += data;
      if (text.includes("\n")) resolve(text);
    });
    for (const end of ["error", "close"]) input.once(end, () => resolve(null));
    input.once("close", () => clearTimeout(timer));
  });
  const said = forkedSchema.safeParse(line === null ? null : parsed(line));
  if (said.success) return { ...said.data, input };
  input.destroy();
  return null;
}

/** The Python that a program was installed for, with its options, when all it does is to start ansible-playbook. */
function pythonOf(program: string, environment: Environment): readonly string[] | null {
  try {
    const text = readFileSync(program, "latin1").slice(0, 4_000);
    const [, interpreter = "", rest = ""] = /^#!\s*(\S+)[ \t]*(.*)/.exec(text) ?? [];
    const words = rest.split(/\s+/).filter((word) => word !== "");
    const [name = "", ...options] = interpreter.endsWith("/env") ? words : [interpreter, ...words];
    if (!/(?:^|\/)python[\d.]*$/.test(name) || !/^from ansible\.cli\.playbook import main$/m.test(text)) return null;
    return [findProgram(name, environment), ...options];
  } catch {
    return null;
  }
}

function socketFolder(folder: string): string {
  const own = join(folder, "warm");
  if (join(own, "warm.sock").length <= socketPathLength) return own;
  return join(realpathSync(tmpdir()), `chiffon-warm-${createHash("sha256").update(folder).digest("hex").slice(0, 16)}`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
