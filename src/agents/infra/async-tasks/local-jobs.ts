import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { z } from "zod";
import { AppError } from "../../../errors.ts";
import { findPython, type Environment } from "../environment.ts";

const script = fileURLToPath(new URL("../../../../ansible/async_jobs.py", import.meta.url));
const outputSchema = z.object({ stdout: z.string(), stderr: z.string(), stdout_bytes: z.number(), stderr_bytes: z.number() });
const cleanedSchema = z.object({ removed: z.array(z.string()), kept: z.number() });
const lookedSchema = z.object({ looked: z.array(z.object({ job_id: z.string(), status: z.string() })) });

export interface JobOutput {
  readonly stdout: string;
  readonly stderr: string;
}

/** Jobs on this machine, under this account: asked for by a small Python program with the collection's own code. */
export interface LocalJobs {
  /** Looks at all open ones and writes down how they stand. */
  look(): Promise<void>;
  /** What it wrote so far, also while it runs: the last lines or all of it (at most 1 MB of each). */
  output(jobId: string, lines: number | "all"): Promise<JobOutput>;
  cleanup(days: number): Promise<{ readonly removed: readonly string[]; readonly kept: number }>;
}

export function createLocalJobs(deps: { readonly folder: string; readonly environment: Environment }): LocalJobs {
  async function call<T>(schema: z.ZodType<T>, command: string, ...args: string[]): Promise<T> {
    const said = await execa(findPython(deps.environment), ["-I", "-S", script, command, deps.folder, ...args], {
      env: { ...deps.environment },
      extendEnv: false,
      stdin: "ignore",
      reject: false,
      timeout: 60_000,
      maxBuffer: 64 * 1024 * 1024,
    });
    const answer: unknown = said.exitCode === 0 ? JSON.parse(said.stdout) : { error: said.stderr.slice(-500) || said.shortMessage };
    const parsed = schema.safeParse(answer);
    if (parsed.success) return parsed.data;
    const wrong = z.object({ error: z.string() }).safeParse(answer);
    throw new AppError("async-job", wrong.success ? wrong.data.error : `no answer about jobs in ${deps.folder}`);
  }
  return {
    async look() {
      await call(lookedSchema, "look");
    },
    output: (jobId, lines) => call(outputSchema, "output", jobId, String(lines)),
    cleanup: (days) => call(cleanedSchema, "cleanup", String(days)),
  };
}
