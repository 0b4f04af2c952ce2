import { execa } from "execa";
import { AppError } from "../../../errors.ts";
import type { Environment } from "../environment.ts";

export interface ProgramCall {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Environment;
  readonly timeLimitMs: number;
  readonly signal?: AbortSignal | undefined;
}

export interface ProgramSaid {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number | undefined;
}

/** A program in a process group of its own: what it starts ends with it, at its limit at the latest. Throws `lint-timeout`. */
export async function limitedProgram(program: string, call: ProgramCall): Promise<ProgramSaid> {
  call.signal?.throwIfAborted();
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
    if (overLimit) {
      const name = program.split("/").at(-1) ?? program;
      throw new AppError("lint-timeout", `${name} took longer than ${Math.round(call.timeLimitMs / 1000)} s`);
    }
    return { stdout: said.stdout, stderr: said.stderr, exitCode: said.exitCode };
  } finally {
    clearTimeout(timer);
    call.signal?.removeEventListener("abort", end);
  }
}
