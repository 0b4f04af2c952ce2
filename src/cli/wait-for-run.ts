import { first } from "../db/database.ts";
import { AppError } from "../errors.ts";
import type { RunView } from "../orchestrator/views.ts";
import type { CommandApp } from "./command.ts";

/** Suggestions and the git commit come after the end of a run; no longer than this is waited for them. */
const reportMs = 75_000;
const lookEveryMs = 1_000;

/** Until the run has ended and its report is there. `onChange` sees every state on the way. */
export async function waitForRun(app: CommandApp, runId: string, onChange: (view: RunView) => void): Promise<RunView> {
  let endedAt: number | undefined;
  let wake: () => void = () => undefined;
  const stop = app.useCases.onRun((id) => {
    if (id === runId) wake();
  });
  try {
    for (;;) {
      const news = new Promise<void>((resolve) => {
        wake = resolve;
      });
      const view = await app.useCases.run(runId);
      if (view === undefined) throw new AppError("run-unknown", `there is no run ${runId}`);
      onChange(view);
      if (view.run.state === "outcome_unknown") return view;
      if (["succeeded", "failed", "cancelled"].includes(view.run.state)) {
        endedAt ??= Date.now();
        const reported = await first(app.database, "select 1 as one from run_event where run_id = $1 and kind = 'report'", [runId]);
        if (reported !== undefined) return (await app.useCases.run(runId)) ?? view;
        if (Date.now() - endedAt > reportMs) return view;
      }
      await Promise.race([news, new Promise((resolve) => setTimeout(resolve, lookEveryMs))]); // a missed piece of news costs a second, not the answer
    }
  } finally {
    stop();
  }
}
