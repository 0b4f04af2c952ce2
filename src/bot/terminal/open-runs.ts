import type { Card, ProgressCard } from "../cards.ts";

const final: ReadonlySet<string> = new Set(["succeeded", "failed", "cancelled", "outcome_unknown"]);
/** How long after a run's last state its result may still come: its playbooks are linted and its audit entry is written first. */
const resultGraceMs = 120_000;
/** How long after an approval its run may still appear. */
const startGraceMs = 15_000;

/** Which runs this terminal shows and which are still expected, so that a pipe knows when the work has come to rest. */
export interface OpenRuns {
  see(card: Card): void;
  /** A decision was sent that starts a run. */
  expect(): void;
  expectNothing(): void;
  /** Runs that go on, in the order they appeared. */
  running(): readonly ProgressCard[];
  /** Resolves when nothing runs and no run is expected. */
  atRest(): Promise<void>;
}

export function createOpenRuns(): OpenRuns {
  const runs = new Map<string, ProgressCard>();
  let expectedUntil = 0;
  const waiting = new Set<() => void>();
  const wake = (): void => {
    for (const resolve of waiting) resolve();
  };

  function forgetFinal(runId: string): void {
    if (final.has(runs.get(runId)?.state ?? "")) runs.delete(runId);
    wake();
  }

  return {
    see(card) {
      if (card.kind === "progress") {
        expectedUntil = 0;
        runs.set(card.runId, card);
        if (final.has(card.state)) setTimeout(() => forgetFinal(card.runId), resultGraceMs).unref();
      } else if (card.kind === "result") {
        expectedUntil = 0;
        runs.delete(card.runId);
      } else if (card.kind === "plan") {
        if (!["approved", "awaiting_approval"].includes(card.state)) expectedUntil = 0;
        for (const run of runs.values())
          if (card.preview?.runNumber === run.runNumber && final.has(card.preview.state)) runs.delete(run.runId);
      } else if (card.kind === "question" || (card.kind === "notice" && card.tone !== "info")) {
        expectedUntil = 0;
      }
      wake();
    },
    expect() {
      expectedUntil = performance.now() + startGraceMs;
    },
    expectNothing() {
      expectedUntil = 0;
      wake();
    },
    running: () => [...runs.values()].filter((run) => !final.has(run.state)),
    async atRest() {
      for (;;) {
        const left = expectedUntil - performance.now();
        if (runs.size === 0 && left <= 0) return;
        await new Promise<void>((resolve) => {
          // Without a run nothing but the time can end the wait.
          const timer = setTimeout(done, runs.size === 0 ? left : 60_000);
          function done(): void {
            clearTimeout(timer);
            waiting.delete(done);
            resolve();
          }
          waiting.add(done);
        });
      }
    },
  };
}
