import type {
  AttemptReference,
  AttemptResult,
  NumberedEvent,
  StartedProcess,
  StopReason,
  WorkItem,
  WorkSource,
} from "../agents/work-source.ts";
import { appendAudit } from "../audit/audit-log.ts";
import { first, type Database, type Sql } from "../db/database.ts";
import { AppError, exitCodes, isAppError, messageOf } from "../errors.ts";
import type { Logger } from "../logger.ts";
import type { SnapshotStore } from "../planner/snapshot-store.ts";
import type { Queue } from "../queue/queue.ts";
import { appendRunEvents } from "../runs/run-event.ts";
import { stepStateOf } from "../runs/run-states.ts";
import { approvedPlanOf, lockRun, moveRun, moveStep, queueAttempt } from "../runs/run-store.ts";
import { freeLocks, lockName, takeLocks, type LockHolder } from "../runs/target-lock.ts";
import { beginAgain } from "./begin-again.ts";
import { settleRun } from "./settle-run.ts";
import type { StaleCheck } from "./stale-check.ts";

export interface LocalWorkSourceDeps {
  readonly database: Database;
  readonly queue: Queue;
  readonly snapshots: SnapshotStore;
  readonly publicKey: string;
  readonly staleCheck: StaleCheck;
  readonly logger: Logger;
}

const leaseSeconds = 15;
/** P05: after 1, 5 and 15 minutes, four attempts in all. */
export const retryAfterMinutes = [1, 5, 15];
const retryableCodes = new Set(["ANSIBLE_HOST_UNREACHABLE", "ANSIBLE_HOST_FAILED", "ANSIBLE_TIMEOUT"]);
const stopChannel = "chiffon_stop";

/** The maker of the port for an agent in the orchestrator's own process. */
export async function createLocalWorkSource(deps: LocalWorkSourceDeps): Promise<WorkSource & { stop(): Promise<void> }> {
  const { database, queue } = deps;
  const wakes = new Set<() => void>();
  const wakeAll = (): void => {
    for (const wake of wakes) wake();
  };
  await queue.work("step-attempt", async () => wakeAll());
  const unlisten = await database.listen(stopChannel, wakeAll);

  return {
    publicKey: async () => deps.publicKey,
    claim: (agentId) => claim(deps, agentId),
    renew: (attempt) => renew(database, attempt),
    started: (attempt, process) => started(database, attempt, process),
    events: (attempt, events) => storeEvents(database, attempt, events),
    finish: (attempt, result) => finish(deps, attempt, result),
    file: (_snapshotHash, contentHash) => deps.snapshots.read(contentHash),
    onWake(wake) {
      wakes.add(wake);
      return () => wakes.delete(wake);
    },
    async now() {
      const row = await first<{ now: Date }>(database, "select chiffon.now() as now");
      return row?.now ?? new Date();
    },
    stop: unlisten,
  };
}

/** Asks the agent of an attempt to end it; it looks at once. */
export async function askToStop(sql: Sql, runId: string, reason: StopReason): Promise<number> {
  // Who was asked before counts too: as long as it has not ended, something may still be at work.
  const asked = await sql.query(
    "update step_attempt set stop_reason = coalesce(stop_reason, $2) where run_id = $1 and state in ('running', 'outcome_unknown') returning id",
    [runId, reason],
  );
  await sql.query("select pg_notify($1, $2)", [stopChannel, runId]);
  return asked.length;
}

interface AttemptRow extends Record<string, unknown> {
  readonly id: string;
  readonly fencing: number;
  readonly run_id: string;
  readonly step_order: number;
  readonly number: number;
  readonly state: string;
  readonly stop_reason: StopReason | null;
  readonly spawned_at: Date | null;
  readonly finished_at: Date | null;
  readonly last_event: number;
}

async function claim(deps: LocalWorkSourceDeps, agentId: string): Promise<WorkItem | null> {
  const ready = await deps.database.query<{ id: string; run_id: string; fresh: boolean }>(
    `select step_attempt.id, step_attempt.run_id, run.started_at is null as fresh from step_attempt join run on run.id = step_attempt.run_id
       left join target_lock_queue waiting on waiting.attempt_id = step_attempt.id
     where step_attempt.state = 'queued' and run_after <= chiffon.now()
     -- Those that wait for locks come last: fifty of them for one host must not keep all others from their start.
     order by exists (select 1 from target_lock where target_lock.key = any (waiting.keys)), priority, step_attempt.created_at limit 50`,
  );
  for (const attempt of ready) {
    try {
      // The last look at the repo before the first process of a run; from then on the snapshot alone counts.
      if (attempt.fresh && (await refuseIfStale(deps, attempt.run_id))) continue;
      const item = await deps.database.transaction((sql) => claimOne(sql, attempt.id, agentId));
      if (item !== null) return item;
    } catch (error) {
      // One run that cannot be started must not stop the others, nor wait in silence.
      deps.logger.warn({ error: messageOf(error), runId: attempt.run_id }, "attempt cannot be started now");
      if (error instanceof AppError) await sayWhyItWaits(deps.database, attempt.run_id, `cannot be started: ${error.message}`);
    }
  }
  return null;
}

async function sayWhyItWaits(database: Database, runId: string, reason: string): Promise<void> {
  await database.transaction(async (sql) => {
    await lockRun(sql, runId);
    const known = await first<{ waiting_reason: string | null }>(
      sql,
      "select waiting_reason from run where id = $1 and state = 'waiting'",
      [runId],
    );
    if (known?.waiting_reason === reason) return;
    if (known === undefined) await moveRun(sql, runId, "waiting", reason);
    else {
      await sql.query("update run set waiting_reason = $2 where id = $1", [runId, reason]);
      await appendRunEvents(sql, runId, [{ kind: "run", data: { state: "waiting", reason } }]);
    }
  });
}

async function claimOne(sql: Sql, attemptId: string, agentId: string): Promise<WorkItem | null> {
  await lockRunOf(sql, attemptId);
  const attempt = await first<AttemptRow>(sql, "select * from step_attempt where id = $1 and state = 'queued' for update skip locked", [
    attemptId,
  ]);
  if (attempt === undefined) return null;
  const runId = attempt.run_id;
  const order = Number(attempt.step_order);
  const approved = await approvedPlanOf(sql, runId);
  const step = approved?.plan.steps.find((one) => one.order === order);
  if (approved === undefined || step === undefined) throw new AppError("run-without-approval", `run ${runId} has no approved plan`);

  const locks = await takeLocks(sql, { id: attempt.id, fencing: Number(attempt.fencing) }, step.lockKeys);
  if (locks.kind === "waiting") {
    const reason = waitingReason(locks.holders);
    const known = await first<{ waiting_reason: string | null }>(
      sql,
      "select waiting_reason from run where id = $1 and state = 'waiting'",
      [runId],
    );
    if (known?.waiting_reason !== reason) {
      if (known === undefined) await moveRun(sql, runId, "waiting", reason);
      else {
        await sql.query("update run set waiting_reason = $2 where id = $1", [runId, reason]);
        await appendRunEvents(sql, runId, [{ kind: "run", data: { state: "waiting", reason } }]);
      }
    }
    return null;
  }
  await sql.query(
    `update step_attempt set state = 'running', agent_id = $2, lease_until = chiffon.now() + make_interval(secs => $3) where id = $1`,
    [attempt.id, agentId, leaseSeconds],
  );
  await moveRun(sql, runId, "running");
  await moveStep(sql, { runId, order }, "running");
  await appendAudit(sql, {
    actor: `agent:${agentId}`,
    action: "step.started",
    resource: `run:${runId}`,
    result: "accepted",
    facts: { step: order, attempt: attempt.number, playbook: step.playbookPath, hosts: step.hosts, digest: approved.digest },
  });
  return {
    attemptId: attempt.id,
    fencing: Number(attempt.fencing),
    runId,
    stepOrder: order,
    plan: approved.plan,
    approval: approved.approval,
  };
}

async function refuseIfStale(deps: LocalWorkSourceDeps, runId: string): Promise<boolean> {
  const approved = await approvedPlanOf(deps.database, runId);
  if (approved === undefined) return false;
  const changes = await deps.staleCheck.changes(approved.plan);
  if (changes.length === 0) return false;
  const reason = `the repo changed after the approval: ${changes.slice(0, 3).join(", ")}${changes.length > 3 ? ` and ${changes.length - 3} more` : ""}`;
  await deps.database.transaction(async (sql) => {
    await lockRun(sql, runId);
    const waiting = await sql.query<{ id: string; step_order: number }>(
      "update step_attempt set state = 'refused', error_code = 'stale', finished_at = chiffon.now() where run_id = $1 and state = 'queued' returning id, step_order",
      [runId],
    );
    if (waiting.length === 0) return;
    for (const attempt of waiting) await freeLocks(sql, attempt.id);
    const steps = await sql.query<{ step_order: number }>(
      "select step_order from run_step where run_id = $1 and state in ('pending', 'queued')",
      [runId],
    );
    for (const step of steps) await moveStep(sql, { runId, order: Number(step.step_order) }, "cancelled", { reason });
    await appendAudit(sql, {
      actor: "orchestrator",
      action: "run.stale",
      resource: `run:${runId}`,
      result: "refused",
      facts: { changes: changes.slice(0, 50) },
    });
    await settleRun(sql, deps.queue, runId);
  });
  return true;
}

function waitingReason(holders: readonly LockHolder[]): string {
  const hosts = [...new Set(holders.map((holder) => lockName(holder.key)))];
  const runs = [...new Set(holders.map((holder) => holder.runNumber))];
  return `waits for run ${runs.join(", ")} on ${hosts.slice(0, 5).join(", ")}${hosts.length > 5 ? ` and ${hosts.length - 5} more` : ""}`;
}

/** See `lockRun`. */
async function lockRunOf(sql: Sql, attemptId: string): Promise<void> {
  await sql.query("select run.id from run join step_attempt on step_attempt.run_id = run.id where step_attempt.id = $1 for update of run", [
    attemptId,
  ]);
}

/** The attempt's row, locked, or the refusal of an older fencing number. An attempt given up for lost may come back with its own number. */
async function lockAttempt(sql: Sql, reference: AttemptReference): Promise<AttemptRow> {
  await lockRunOf(sql, reference.attemptId);
  const row = await first<AttemptRow>(sql, "select * from step_attempt where id = $1 for update", [reference.attemptId]);
  if (row === undefined) throw new AppError("attempt-unknown", `there is no attempt ${reference.attemptId}`);
  if (Number(row.fencing) !== reference.fencing) {
    throw new AppError("attempt-fenced", "somebody else has decided about this attempt meanwhile", { exitCode: exitCodes.outcomeUnknown });
  }
  return row;
}

function renew(database: Database, reference: AttemptReference): Promise<{ held: boolean; stop: StopReason | null }> {
  return database.transaction(async (sql) => {
    const row = await lockAttempt(sql, reference);
    if (row.state !== "running" && row.state !== "outcome_unknown") return { held: false, stop: null };
    await sql.query("update step_attempt set state = 'running', lease_until = chiffon.now() + make_interval(secs => $2) where id = $1", [
      row.id,
      leaseSeconds,
    ]);
    if (row.state === "outcome_unknown") await backFromUnknown(sql, row);
    return { held: true, stop: row.stop_reason };
  });
}

async function backFromUnknown(sql: Sql, row: AttemptRow): Promise<void> {
  await moveStep(sql, { runId: row.run_id, order: Number(row.step_order) }, "running", { reason: "the agent is back" });
  await moveRun(sql, row.run_id, "running", "the agent is back");
}

function started(database: Database, reference: AttemptReference, process: StartedProcess): Promise<void> {
  return database.transaction(async (sql) => {
    const row = await lockAttempt(sql, reference);
    if (row.stop_reason !== null) throw new AppError("attempt-stopped", "it was cancelled before anything was started");
    if (row.state !== "running" || row.spawned_at !== null) throw new AppError("attempt-started-before", "this attempt was started before");
    await sql.query("update step_attempt set spawned_at = chiffon.now(), process = $2::jsonb where id = $1", [
      row.id,
      JSON.stringify(process),
    ]);
    await appendRunEvents(sql, row.run_id, [
      { kind: "step", attemptId: row.id, data: { order: Number(row.step_order), state: "running", spawned: true } },
    ]);
  });
}

function storeEvents(database: Database, reference: AttemptReference, events: readonly NumberedEvent[]): Promise<number> {
  return database.transaction(async (sql) => {
    const row = await lockAttempt(sql, reference);
    const last = Number(row.last_event);
    if (row.finished_at !== null) return last; // its end was told already, with all events before it
    const fresh = events.filter((one) => one.number > last);
    const next = fresh[0]?.number;
    if (next === undefined) return last;
    if (next !== last + 1) throw new AppError("events-with-gap", `event ${last + 1} was expected, ${next} came`);
    await appendRunEvents(
      sql,
      row.run_id,
      fresh.map((one) => ({ kind: "ansible", attemptId: row.id, data: { step: Number(row.step_order), ...one.event } })),
    );
    const stored = next + fresh.length - 1;
    await sql.query("update step_attempt set last_event = $2 where id = $1", [row.id, stored]);
    return stored;
  });
}

async function finish(deps: LocalWorkSourceDeps, reference: AttemptReference, told: AttemptResult): Promise<void> {
  try {
    await finishInside(deps, reference, told);
  } catch (error) {
    if (isAppError(error, "attempt-fenced")) await keepAsEvidence(deps.database, reference, told);
    throw error;
  }
}

/** Somebody has decided already; what the agent says too late changes nothing, but is not forgotten. */
async function keepAsEvidence(database: Database, reference: AttemptReference, told: AttemptResult): Promise<void> {
  await database.transaction(async (sql) => {
    const row = await first<AttemptRow>(sql, "select * from step_attempt where id = $1", [reference.attemptId]);
    await appendAudit(sql, {
      actor: `agent:${String(row?.["agent_id"])}`,
      action: "step.finished",
      resource: `run:${row?.run_id ?? ""}`,
      result: "refused",
      facts: { code: "attempt-fenced", step: row?.step_order ?? null, outcome: told.outcome, errorCode: told.errorCode },
    });
  });
}

function finishInside(deps: LocalWorkSourceDeps, reference: AttemptReference, told: AttemptResult): Promise<void> {
  return deps.database.transaction(async (sql) => {
    const row = await lockAttempt(sql, reference);
    if (row.state !== "running" && row.state !== "outcome_unknown") return; // told twice
    // Refused because it was cancelled before anything was spawned: then that is its end.
    const result: AttemptResult = told.outcome === "refused" && row.stop_reason !== null ? { ...told, outcome: row.stop_reason } : told;
    const step = { runId: row.run_id, order: Number(row.step_order) };
    if (row.state === "outcome_unknown" && result.outcome === "outcome_unknown") return;
    if (row.state === "outcome_unknown") await backFromUnknown(sql, row);
    await sql.query(
      `update step_attempt set state = $2, error_code = $3, finished_at = case when $2 = 'outcome_unknown' then null else chiffon.now() end where id = $1`,
      [row.id, result.outcome, result.errorCode],
    );
    await appendAudit(sql, {
      actor: `agent:${String(row["agent_id"])}`,
      action: "step.finished",
      resource: `run:${row.run_id}`,
      result: result.outcome === "succeeded" ? "done" : result.outcome === "refused" ? "refused" : "failed",
      facts: {
        step: step.order,
        attempt: row.number,
        outcome: result.outcome,
        errorCode: result.errorCode,
        changed: result.summary?.changedCount ?? null,
      },
    });
    if (result.outcome === "outcome_unknown") {
      // Locks stay: nobody knows whether something still acts on these hosts.
      await moveStep(sql, step, "outcome_unknown", { reason: "the process is gone and left no result", result });
      await moveRun(sql, row.run_id, "outcome_unknown", "please look at the hosts: the process is gone and left no result");
      return;
    }
    await freeLocks(sql, row.id);
    await deps.queue.wake(sql, "step-attempt", { freedBy: row.id });
    if (result.outcome === "refused" && result.errorCode === "not-started") {
      const again = await beginAgain(sql, { ...row, agent_id: String(row["agent_id"]) });
      if (again !== null) {
        await deps.queue.wake(sql, "step-attempt", again);
        return;
      }
    }
    if (await retry(sql, deps, row, result)) return;
    await moveStep(sql, step, stepStateOf(result.outcome), { result, reason: result.errorCode });
    await settleRun(sql, deps.queue, row.run_id);
  });
}

/** P05: only what is retryable, declared repeatable by the playbook and approved by this same run. */
async function retry(sql: Sql, deps: LocalWorkSourceDeps, row: AttemptRow, result: AttemptResult): Promise<boolean> {
  // Attempts that never spawned anything do not count.
  const tries = await first<{ count: number }>(
    sql,
    "select count(*) as count from step_attempt where run_id = $1 and step_order = $2 and coalesce(error_code, '') not in ('agent-lost', 'not-started')",
    [row.run_id, row.step_order],
  );
  const tried = Number(tries?.count ?? 1);
  const minutes = retryAfterMinutes[tried - 1];
  if (minutes === undefined || result.errorCode === null || !retryableCodes.has(result.errorCode) || row.stop_reason !== null) return false;
  const approved = await approvedPlanOf(sql, row.run_id);
  const step = approved?.plan.steps.find((one) => one.order === Number(row.step_order));
  if (step === undefined || !step.repeatSafe || approved?.plan.purpose === "preview") return false;
  const attempt = await queueAttempt(sql, { runId: row.run_id, order: step.order }, minutes * 60);
  const reason = `${result.errorCode}: attempt ${tried + 1} of ${retryAfterMinutes.length + 1} starts in ${minutes} min`;
  await sql.query("update run_step set reason = $3 where run_id = $1 and step_order = $2", [row.run_id, step.order, reason]);
  await appendRunEvents(sql, row.run_id, [{ kind: "step", data: { order: step.order, state: "running", reason } }]);
  await deps.queue.wake(sql, "step-attempt", { attemptId: attempt.id }, { startAfterSeconds: minutes * 60 });
  return true;
}
