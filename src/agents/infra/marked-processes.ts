import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { z } from "zod";
import { readJson } from "./supervisor.ts";

const rounds = 10;
const roundMilliseconds = 30;

/**
 * Ends what a vanished supervisor left behind: without it there is no time limit and no recap. The environment of a process tells whose it is;
 * declared async tasks (`CHIFFON_ASYNC_TASK`) outlive their run. The supervisor has the same rule in `end_marked`.
 */
export async function endMarkedProcesses(attemptId: string): Promise<void> {
  const mark = `CHIFFON_RUN_ID=${attemptId}`;
  for (let round = 0; round < rounds; round += 1) {
    let found = false;
    for (const name of readdirSync("/proc")) {
      if (!/^\d+$/.test(name)) continue;
      try {
        const entries = readFileSync(`/proc/${name}/environ`, "utf8").split("\0");
        if (!entries.includes(mark) || entries.some((entry) => entry.startsWith("CHIFFON_ASYNC_TASK="))) continue;
        process.kill(Number(name), "SIGKILL");
        found = true;
      } catch {
        // It ended, or is another user's.
      }
    }
    if (!found) return;
    await new Promise((resolve) => setTimeout(resolve, roundMilliseconds));
  }
}

const endCommandSchema = z.object({ endCommand: z.array(z.string()).nullable() });

/** Whether it runs where no signal of ours reaches it, as a container's engine runs it. */
export function runsElsewhere(runFolder: string): boolean {
  return endCommandOf(runFolder).length > 0;
}

/** Ends that by the command that the back end left for it. */
export async function endElsewhere(runFolder: string): Promise<void> {
  const [program, ...options] = endCommandOf(runFolder);
  if (program !== undefined) await execa(program, options, { stdio: "ignore", timeout: 10_000, reject: false });
}

function endCommandOf(runFolder: string): readonly string[] {
  return endCommandSchema.safeParse(readJson(join(runFolder, "command.json"))).data?.endCommand ?? [];
}
