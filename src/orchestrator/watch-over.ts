import { appendAudit } from "../audit/audit-log.ts";
import type { Database, Sql } from "../db/database.ts";
import { messageOf } from "../errors.ts";
import type { Logger } from "../logger.ts";
import { movePlanVersion } from "../planner/plan-store.ts";
import { moveRun, moveStep } from "../runs/run-store.ts";
import { freeLocks } from "../runs/target-lock.ts";
import { giveToNext } from "./begin-again.ts";

/** What happens because time passes: plans expire, leases are lost. Runs every few seconds on every orchestrator; each act is a compare-and-set. */
export async function watchOver(database: Database): Promise<Watched> {
  const expired = await expirePlans(database);
  const reminded = await remind(database);
  await forgetEvents(database);
  return { expired, reminded, lost: await loseLeases(database) };
}

export interface Watched {
  /** Plan versions that nobody decided on or answered in time. */
  readonly expired: readonly string[];
  /** Plan versions of whose time half is over; each once. */
  readonly reminded: readonly string[];
  /** Runs of which nobody knows how they went. */
  readonly lost: readonly string[];
}

const everyMs = 3_000;

export function startWatch(
  deps: {
    readonly database: Database;
    readonly logger: Logger;
    readonly onExpired: (planVersionId: string) => void;
    readonly onReminder: (planVersionId: string) => void;
  },
  signal: AbortSignal,
): void {
  let busy = false;
  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    watchOver(deps.database)
      .then(({ expired, reminded }) => {
        for (const id of expired) deps.onExpired(id);
        for (const id of reminded) deps.onReminder(id);
      })
      .catch((error: unknown) => deps.logger.warn({ error: messageOf(error) }, "watch failed, tried again soon"))
      .finally(() => {
        busy = false;
      });
  }, everyMs);
  signal.addEventListener("abort", () => clearInterval(timer), { once: true });
}

/** A question waits for this long. */
const answerHours = 24;
/** Platforms repeat an event for hours, not for days. */
const eventDays = 7;

/** Half of the time is over; the mark is the compare-and-set, so that one process reminds, once. */
async function remind(database: Database): Promise<string[]> {
  const due = await database.query<{ id: string }>(
    `update plan_version set reminded_at = chiffon.now() where state = 'awaiting_approval' and purpose = 'run' and reminded_at is null
       and expires_at > chiffon.now() and chiffon.now() >= asked_at + (expires_at - asked_at) / 2 returning id`,
  );
  return due.map((row) => row.id);
}

async function forgetEvents(database: Database): Promise<void> {
  await database.query("delete from inbound_event where received_at < chiffon.now() - make_interval(days => $1)", [eventDays]);
}

async function expirePlans(database: Database): Promise<string[]> {
  const due = await database.query<{ id: string; state: string }>(
    `select id, state from plan_version where state = 'awaiting_approval' and expires_at <= chiffon.now()
       or state = 'needs_input' and asked_at <= chiffon.now() - make_interval(hours => $1) limit 100`,
    [answerHours],
  );
  const expired: string[] = [];
  for (const { id, state } of due) {
    await database.transaction(async (sql) => {
      // It may have been answered since it was read: then it waits for its approval, with time of its own.
      const still = await sql.query("select id from plan_version where id = $1 and state = $2 for update", [id, state]);
      if (still.length === 0) return;
      if (!(await movePlanVersion(sql, id, "expired", state === "needs_input" ? "nobody answered in time" : "nobody decided in time")))
        return;
      await appendAudit(sql, { actor: "orchestrator", action: "plan.expired", resource: `plan_version:${id}`, result: "done" });
      expired.push(id);
    });
  }
  return expired;
}

/** Lease lost: nobody knows how it went. Target locks stay; the same attempt may still report. */
async function loseLeases(database: Database): Promise<string[]> {
  const due = await database.query<{ id: string }>(
    "select id from step_attempt where state = 'running' and lease_until < chiffon.now() limit 100",
  );
  const lost: string[] = [];
  for (const { id } of due) {
    await database.transaction(async (sql) => {
      await sql.query(
        "select run.id from run join step_attempt on step_attempt.run_id = run.id where step_attempt.id = $1 for update of run",
        [id],
      );
      if (await handOver(sql, id)) return;
      const [row] = await sql.query<LostAttempt>(
        "update step_attempt set state = 'outcome_unknown' where id = $1 and state = 'running' and lease_until < chiffon.now() returning run_id, step_order, agent_id",
        [id],
      );
      if (row === undefined) return;
      const reason = "the agent has not been heard of since; it may still be at work";
      await moveStep(sql, { runId: row.run_id, order: Number(row.step_order) }, "outcome_unknown", { reason });
      await moveRun(sql, row.run_id, "outcome_unknown", reason);
      await appendAudit(sql, {
        actor: "orchestrator",
        action: "step.lease_lost",
        resource: `run:${row.run_id}`,
        result: "failed",
        facts: { step: row.step_order, agent: row.agent_id },
      });
      lost.push(row.run_id);
    });
  }
  return lost;
}

interface LostAttempt extends Record<string, unknown> {
  readonly run_id: string;
  readonly step_order: number;
  readonly agent_id: string;
}

/** Other agents that may be tried while nothing was spawned. */
const mostHandOvers = 3;

/**
 * The agent went away between its claim and its word that it spawns: nothing runs, so the step is given to the next one that asks. The old
 * attempt's fencing number rises, so that its agent, should it come back, is refused before it spawns.
 */
async function handOver(sql: Sql, id: string): Promise<boolean> {
  const [row] = await sql.query<LostAttempt>(
    `update step_attempt set state = 'refused', error_code = 'agent-lost', finished_at = chiffon.now(),
       fencing = nextval(pg_get_serial_sequence('chiffon.step_attempt', 'fencing'))
     where id = $1 and state = 'running' and lease_until < chiffon.now() and spawned_at is null and stop_reason is null and (select count(*) from step_attempt other
       where other.run_id = step_attempt.run_id and other.step_order = step_attempt.step_order and other.error_code = 'agent-lost') < $2
     returning run_id, step_order, agent_id`,
    [id, mostHandOvers],
  );
  if (row === undefined) return false;
  await freeLocks(sql, id);
  await giveToNext(sql, row, "the agent went away before it started anything; the step waits for the next one");
  return true;
}
