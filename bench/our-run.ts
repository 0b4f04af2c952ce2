import { join } from "node:path";
import { openBenchApp, planOf, temporaryFolder, type BenchApp, type BenchAppOptions } from "./bench-app.ts";
import { makeRunRepo, type BenchPlaybook } from "./bench-repo.ts";
import type { Side } from "./interleave.ts";
import { phasesOf, type RunPhases } from "./run-phases.ts";
import { median, rounded } from "./statistics.ts";

/** The repo that both sides run, and a Chiffon on it. */
export interface RunBench {
  readonly repo: string;
  readonly folder: string;
  readonly bench: BenchApp;
  readonly close: () => Promise<void>;
}

export async function openRunBench(options: Pick<BenchAppOptions, "warm" | "lint"> = {}): Promise<RunBench> {
  const folder = temporaryFolder();
  try {
    const repo = join(folder.path, "repo");
    makeRunRepo(repo);
    const bench = await openBenchApp(repo, join(folder.path, "data"), options);
    return {
      repo,
      folder: folder.path,
      bench,
      async close() {
        await bench.stop();
        folder.remove();
      },
    };
  } catch (error) {
    folder.remove();
    throw error;
  }
}

/** Our whole run: approval decision to run finished, plan made before, suggestions and commit waited for afterwards. */
export function ourRun(bench: BenchApp, playbook: BenchPlaybook, phases: RunPhases[]): Side {
  return {
    name: "chiffon",
    async run() {
      const run = await bench.approveAndWait(await planOf(bench, playbook.request));
      await bench.settled(run.runId);
      if (run.state !== "succeeded") throw new Error(`the run of ${playbook.path} ended as ${run.state}`);
      const found = await phasesOf(bench, run);
      if (found !== null) phases.push(found);
      return run.endedAt - run.askedAt;
    },
  };
}

/** Medians of the phases in one line; the first run, which warms up, is left out. */
export function phasesNote(name: string, phases: readonly RunPhases[]): string {
  const counted = phases.slice(1);
  const part = (label: string, key: Exclude<keyof RunPhases, "warm">): string =>
    `${label} ${rounded(median(counted.map((one) => one[key])))}`;
  return `${name}, ms: ${[
    part("decision", "decision"),
    part("wake-up and claim", "wakeAndClaim"),
    part("checks and tree", "prepare"),
    part("spawn", "spawn"),
    part("ansible", "ansible"),
    part("noticing the end and finish", "finish"),
  ].join(" · ")}`;
}
