import type { AttemptResult, StopReason, WorkItem, WorkSource } from "../../src/agents/work-source.ts";
import type { ExecutingAttempt, Executor, StartOutcome } from "../../src/agents/executor.ts";

/** In place of ansible where ansible is not the point: every attempt ends as `script` says. */
export class ScriptedExecutor implements Executor {
  readonly workTypes = ["run_playbook", "async_task"];
  readonly started: WorkItem[] = [];
  script: (item: WorkItem, stop: Promise<StopReason>) => AttemptResult | Promise<AttemptResult> = () => succeeded();

  async start(item: WorkItem, source: WorkSource): Promise<StartOutcome> {
    await source.started(item, { pid: process.pid, processStartTime: "0", bootId: "boot" });
    this.started.push(item);
    let stop: (reason: StopReason) => void = () => undefined;
    const stopped = new Promise<StopReason>((resolve) => {
      stop = resolve;
    });
    const result = Promise.resolve(this.script(item, stopped));
    const attempt: ExecutingAttempt = {
      reference: { attemptId: item.attemptId, fencing: item.fencing },
      async *events(signal) {
        const aborted = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
        yield [
          { number: 1, event: { at: 0, kind: "task_start", taskId: "1", task: "say hello", action: "debug", path: null, handler: false } },
        ];
        await Promise.race([result, aborted]);
      },
      async stop(reason) {
        stop(reason);
      },
      result: () => result,
      reported: () => Promise.resolve(),
    };
    return { kind: "started", attempt };
  }

  recover(): Promise<readonly ExecutingAttempt[]> {
    return Promise.resolve([]);
  }

  close(): void {
    // nothing is kept ready
  }
}

export function succeeded(changes: Partial<AttemptResult> = {}): AttemptResult {
  return {
    outcome: "succeeded",
    errorCode: null,
    summary: {
      status: "successful", exitCode: 0, durationMs: 5, changedCount: 1, okCount: 2, failedCount: 0, skippedCount: 0, unreachableCount: 0, rescuedCount: 0,
      ignoredCount: 0, failedTasks: [], keyErrors: [], hostsSummary: {},
    }, // prettier-ignore
    errorText: null,
    resources: null,
    preview: null,
    ...changes,
  };
}

export function failed(errorCode = "ANSIBLE_HOST_FAILED", outcome: AttemptResult["outcome"] = "failed"): AttemptResult {
  return { outcome, errorCode, summary: null, errorText: "it broke", resources: null, preview: null };
}
