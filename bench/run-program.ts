import { spawn } from "node:child_process";
import { once } from "node:events";

export interface ProgramRun {
  readonly milliseconds: number;
  readonly exitCode: number | null;
}

/** From the spawn to the end of one program; what it says goes nowhere. */
export async function timeProgram(
  program: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): Promise<ProgramRun> {
  const begun = performance.now();
  const child = spawn(program, args, { cwd: options.cwd, env: { ...options.env }, stdio: "ignore" });
  const [exitCode] = (await once(child, "exit")) as [number | null];
  return { milliseconds: performance.now() - begun, exitCode };
}
