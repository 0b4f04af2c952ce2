import { existsSync } from "node:fs";
import { join } from "node:path";
import type { SealedPlan } from "../../planner/plan.ts";
import type { ExecutingAttempt } from "../executor.ts";
import type { AttemptResult, StopReason } from "../work-source.ts";
import { resultOf, stillRunning } from "./attempt-result.ts";
import { withRepoPaths } from "./diff-headers.ts";
import { endElsewhere, endMarkedProcesses } from "./marked-processes.ts";
import { createPreviewCollector } from "./preview.ts";
import { outcomeUnknown, refusal } from "./refusals.ts";
import { keepResult, listRuns, markReported, removeLeftovers, rotateRuns, type RunNote } from "./run-folder.ts";
import type { SnapshotTrees } from "./snapshot-tree.ts";
import { openSpool } from "./spool.ts";
import { createEventCollector } from "./summary.ts";
import { stopSupervisor, supervisorStatus, watchFolder, type SupervisorExit } from "./supervisor.ts";
import type { SyntaxCheckPlaces } from "./syntax-check.ts";

const eventsPerBatch = 500;
const pollMilliseconds = 1_000;
const calmMilliseconds = 100;
const keptSnapshots = 10;

export interface ExecutingAttemptDeps {
  /** Where the agent keeps its runs. */
  readonly folder: string;
  readonly trees: SnapshotTrees;
  readonly syntaxCheck: SyntaxCheckPlaces;
  readonly keptRunsPerPlaybook: number;
  /** What its supervisor left at the end. */
  readonly ended?: (attemptId: string, exit: SupervisorExit) => void;
}

/** An attempt as its run folder tells it, whoever started it: this process, or an earlier one (`plan` is then not known). */
export function followAttempt(deps: ExecutingAttemptDeps, runFolder: string, note: RunNote, plan: SealedPlan | null): ExecutingAttempt {
  const { folder, trees } = deps;
  const collector = createEventCollector();
  const preview = note.preview ? createPreviewCollector() : null;
  // Watched from now on, so that no end is missed before the first look.
  const watcher = watchFolder(runFolder);
  return {
    reference: { attemptId: note.attemptId, fencing: note.fencing },
    async *events(signal) {
      const spool = openSpool(join(runFolder, "events.jsonl"));
      try {
        while (!signal.aborted) {
          // Looked at first: what it wrote before its end is then surely read.
          const running = supervisorStatus(runFolder).kind === "running";
          const batch = spool.read(eventsPerBatch);
          for (const { event } of batch) {
            collector.add(event);
            preview?.add(event);
          }
          if (batch.length > 0) yield batch;
          else if (!running) return;
          else await watcher.changed(pollMilliseconds, signal);
          // Each batch is a transaction: one for every event would take the processor from the play.
          if (!spool.full) await watcher.calm(calmMilliseconds, signal);
        }
      } finally {
        spool.close();
      }
    },
    stop(reason: StopReason) {
      stopSupervisor(runFolder, reason);
      return Promise.resolve();
    },
    async result() {
      watcher.close();
      const result = await resultNow();
      keepResult(runFolder, result);
      return result;
    },
    async reported() {
      watcher.close();
      markReported(runFolder);
      await trees.release(note.attemptId);
      await rotateRuns(folder, deps.keptRunsPerPlaybook);
      const open = listRuns(folder).filter((run) => !run.reported);
      await trees.prune(keptSnapshots, new Set(open.map((run) => run.note.snapshotHash)), new Set(open.map((run) => run.note.attemptId)));
    },
  };

  async function resultNow(): Promise<AttemptResult> {
    const status = supervisorStatus(runFolder);
    if (status.kind === "ended") {
      deps.ended?.(note.attemptId, status.exit);
      // A supervisor that never got the word knows of nothing to remove.
      if (status.exit.endedBy === "not-started") await removeLeftovers(note);
      const written = await trees.differences(note.attemptId);
      const { syntaxCheck } = deps;
      const report = preview === null ? null : withRepoPaths(preview.report(), trees.ofAttempt(note.attemptId), plan?.snapshot.files ?? []);
      return resultOf({ runFolder, note, plan, exit: status.exit, collector, preview: report, written, syntaxCheck });
    }
    await endElsewhere(runFolder);
    await endMarkedProcesses(note.attemptId);
    await removeLeftovers(note);
    if (!existsSync(join(runFolder, "command.json")))
      return refusal("not-started", "the agent ended before the playbook began; nothing was run");
    return outcomeUnknown(`its supervisor is gone and left no result; what it did so far is in the events. ${stillRunning(collector)}`);
  }
}
