import { execa } from "execa";
import { AppError } from "../../../errors.ts";
import type { Environment } from "../environment.ts";
import type { WarmPrograms } from "../warm-programs.ts";

export interface ProgramCall {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Environment;
  readonly timeLimitMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Processes that may have the program imported. What is asked may then be done twice: looks only. */
  readonly warm?: WarmPrograms | undefined;
}

export interface ProgramSaid {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number | undefined;
}

/** A program in a process group of its own: what it starts ends with it, at its limit at the latest. Throws `lint-timeout`. */
export async function limitedProgram(program: string, call: ProgramCall): Promise<ProgramSaid> {
  call.signal?.throwIfAborted();
  const said = await fromWarm(program, call);
  if (said !== null) return said;
  const child = execa(program, call.args, {
    cwd: call.cwd,
    env: { ...call.env },
    extendEnv: false,
    stdin: "ignore",
    reject: false,
    detached: true,
    maxBuffer: 64 * 1024 * 1024,
  });
  let overLimit = false;
  const end = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    } catch {
      // It ended in this moment.
    }
  };
  const timer = setTimeout(() => {
    overLimit = true;
    end();
  }, call.timeLimitMs);
  call.signal?.addEventListener("abort", end, { once: true });
  try {
    const said = await child;
    call.signal?.throwIfAborted();
    if (overLimit) throw tookTooLong(program, call);
    return { stdout: said.stdout, stderr: said.stderr, exitCode: said.exitCode };
  } finally {
    clearTimeout(timer);
    call.signal?.removeEventListener("abort", end);
  }
}

async function fromWarm(program: string, { args, cwd, env, timeLimitMs, signal, warm }: ProgramCall): Promise<ProgramSaid | null> {
  if (warm === undefined) return null;
  const limit = AbortSignal.timeout(timeLimitMs);
  const said = await warm.run(program, { args, cwd, env, signal: signal === undefined ? limit : AbortSignal.any([limit, signal]) });
  signal?.throwIfAborted();
  if (said === null && limit.aborted) throw tookTooLong(program, { timeLimitMs });
  // As execa does.
  const trimmed = (text: string): string => text.replace(/\r?\n$/, "");
  return said === null ? null : { ...said, stdout: trimmed(said.stdout), stderr: trimmed(said.stderr) };
}

function tookTooLong(program: string, { timeLimitMs }: Pick<ProgramCall, "timeLimitMs">): AppError {
  const name = program.split("/").at(-1) ?? program;
  return new AppError("lint-timeout", `${name} took longer than ${Math.round(timeLimitMs / 1000)} s`);
}
