import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { BenchApp, FinishedRun } from "./bench-app.ts";

/** Where the time of one run went, in milliseconds from one mark to the next. Read afterwards from rows and files, so that it costs nothing meanwhile. */
export interface RunPhases {
  /** Decision: policy, stale check, signature, one transaction. */
  readonly decision: number;
  /** From the decision's answer to the claim's commit mark: wake-up, stale check, locks. Negative when the claim is quicker than the answer. */
  readonly wakeAndClaim: number;
  /** Checks of approval and digest, snapshot tree, settings, run folder, until `started` is stored. */
  readonly prepare: number;
  /** The supervisor gets the word and spawns. */
  readonly spawn: number;
  /** Ansible's own time, from its process to its end. */
  readonly ansible: number;
  /** From ansible's end to the run's end as everybody can see it. */
  readonly finish: number;
  /** Approval decision to the spawned process. */
  readonly toStart: number;
  /** From the word to the supervisor to ansible's first event. */
  readonly firstEvent: number;
  readonly approvalToFirstEvent: number;
  readonly warm: boolean;
}

const exitSchema = z.object({ at: z.string(), startedAt: z.string(), wallMs: z.number(), warm: z.boolean() });

/** When the first event of a spool was written, in milliseconds. */
export function firstEventIn(file: string): number {
  const [line = "{}"] = readFileSync(file, "utf8").split("\n", 1);
  return z.object({ at: z.number() }).parse(JSON.parse(line)).at;
}

export async function phasesOf(bench: BenchApp, run: FinishedRun): Promise<RunPhases | null> {
  const [row] = await bench.app.database.query<{ id: string; claimed: number; spawned: number }>(
    `select step_attempt.id, (extract(epoch from run.started_at) * 1000)::double precision as claimed,
       (extract(epoch from spawned_at) * 1000)::double precision as spawned
     from step_attempt join run on run.id = step_attempt.run_id where run_id = $1 order by step_attempt.number desc limit 1`,
    [run.runId],
  );
  if (row === undefined) return null;
  const folder = join(bench.dataDir, "agent", "runs", row.id);
  if (!existsSync(join(folder, "supervisor.json"))) return null;
  // Written by the supervisor at once after the spawn.
  const spawned = statSync(join(folder, "supervisor.json")).mtimeMs;
  const exit = exitSchema.parse(JSON.parse(readFileSync(join(folder, "exit.json"), "utf8")));
  const first = firstEventIn(join(folder, "events.jsonl"));
  return {
    decision: run.decidedAt - run.askedAt,
    wakeAndClaim: Number(row.claimed) - run.decidedAt,
    prepare: Number(row.spawned) - Number(row.claimed),
    spawn: spawned - Number(row.spawned),
    ansible: exit.wallMs,
    finish: run.endedAt - spawned - exit.wallMs,
    toStart: spawned - run.askedAt,
    firstEvent: first - Date.parse(exit.startedAt),
    approvalToFirstEvent: first - run.askedAt,
    warm: exit.warm,
  };
}
