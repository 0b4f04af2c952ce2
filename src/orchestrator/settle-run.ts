import { appendAudit } from "../audit/audit-log.ts";
import type { Sql } from "../db/database.ts";
import type { Queue } from "../queue/queue.ts";
import { isFinal, runStateOf, type StepState } from "../runs/run-states.ts";
import { approvedPlanOf, getRunSteps, moveRun, moveStep, queueAttempt } from "../runs/run-store.ts";

/**
 * After every step: queues the next one, skips what can no longer run, and ends the run when nothing is left. Call it in the transaction that
 * moved the step.
 */
export async function settleRun(sql: Sql, queue: Queue, runId: string): Promise<void> {
  const approved = await approvedPlanOf(sql, runId);
  if (approved === undefined) return;
  const steps = await getRunSteps(sql, runId);
  const states = new Map<number, StepState>(steps.map((step) => [step.order, step.state]));
  const broken = steps.find((step) => ["failed", "timeout", "cancelled", "skipped"].includes(step.state));

  if (broken !== undefined) {
    for (const step of approved.plan.steps) {
      if (states.get(step.order) !== "pending") continue;
      const cause = step.dependsOn.find((order) => isFinal(states.get(order) ?? "pending") && states.get(order) !== "succeeded");
      const reason =
        cause === undefined
          ? `not started: step ${broken.order} ${stateWord(broken.state)}`
          : `depends on step ${cause}, which ${stateWord(states.get(cause) ?? "failed")}`;
      const to = broken.state === "cancelled" && cause === undefined ? "cancelled" : "skipped";
      if (await moveStep(sql, { runId, order: step.order }, to, { reason })) states.set(step.order, to);
    }
  } else if (![...states.values()].some((state) => ["queued", "running", "outcome_unknown"].includes(state))) {
    const next = approved.plan.steps.find(
      (step) => states.get(step.order) === "pending" && step.dependsOn.every((order) => states.get(order) === "succeeded"),
    );
    if (next !== undefined) {
      await queueStep(sql, queue, runId, next.order);
      return;
    }
  }

  const end = runStateOf([...states.values()]);
  if (end === null) return;
  if (!(await moveRun(sql, runId, end))) return;
  if (end === "outcome_unknown") return;
  const entry = await appendAudit(sql, {
    actor: "orchestrator",
    action: approved.plan.purpose === "preview" ? "preview.finished" : "run.finished",
    resource: `run:${runId}`,
    result: end === "succeeded" ? "done" : "failed",
    facts: { state: end, digest: approved.digest, steps: [...states].map(([order, state]) => ({ order, state })) },
  });
  await sql.query("update run set audit_number = $2 where id = $1", [runId, entry.number]);
  await queue.wake(sql, "finish-run", { runId });
}

async function queueStep(sql: Sql, queue: Queue, runId: string, order: number): Promise<void> {
  await moveStep(sql, { runId, order }, "queued");
  const attempt = await queueAttempt(sql, { runId, order });
  await queue.wake(sql, "step-attempt", { attemptId: attempt.id });
}

function stateWord(state: StepState): string {
  switch (state) {
    case "timeout":
      return "ran into its time limit";
    case "cancelled":
      return "was cancelled";
    case "skipped":
      return "was skipped";
    default:
      return "failed";
  }
}
