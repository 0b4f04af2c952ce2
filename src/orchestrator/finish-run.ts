import { appendAudit } from "../audit/audit-log.ts";
import type { GitTrail } from "../audit/git-trail.ts";
import { first, type Database } from "../db/database.ts";
import { messageOf } from "../errors.ts";
import type { Logger } from "../logger.ts";
import type { Queue } from "../queue/queue.ts";
import { appendRunEvents } from "../runs/run-event.ts";
import { lockRun } from "../runs/run-store.ts";
import { noteSecondRun } from "./second-run.ts";
import { runView } from "./views.ts";

export interface FinishRunDeps {
  readonly database: Database;
  readonly queue: Queue;
  readonly trail: GitTrail;
  /** Lints playbooks as they are now; findings are stored with their content. */
  readonly lint: (paths: readonly string[]) => Promise<unknown>;
  /** Paths of all catalog playbooks. */
  readonly playbookPaths: () => Promise<readonly string[]>;
  readonly logger: Logger;
}

export interface FinishRun {
  start(): Promise<void>;
  /** Suggestions, git commit, and the event that lets the result be shown. Idempotent. */
  finish(runId: string): Promise<void>;
}

/** After the end of a run. Nothing here can change how it went, and nothing here may block the next one. */
export function createFinishRun(deps: FinishRunDeps): FinishRun {
  const { database, logger } = deps;

  async function analyzeSteps(runId: string): Promise<void> {
    const view = await runView(database, runId);
    const sealed = view?.version.sealed;
    if (view === undefined || sealed === undefined || sealed === null || view.run.purpose === "preview") return;
    const ran = view.steps.filter((step) => step.state !== "skipped" && step.state !== "cancelled");
    try {
      await noteSecondRun(deps, view);
    } catch (error) {
      logger.warn({ error: messageOf(error), runId }, "what a second run showed is not known; the run is not affected");
    }
    const paths = [...new Set(ran.map((step) => step.playbookPath))];
    try {
      if (paths.length > 0) await deps.lint(paths);
    } catch (error) {
      logger.warn({ error: messageOf(error), paths }, "lint failed; the run is not affected");
    }
  }

  async function commit(runId: string): Promise<void> {
    const view = await runView(database, runId);
    if (view === undefined || view.run.auditNumber === null || view.run.auditCommit !== null) return;
    const entry = await first<{ hash: string }>(database, "select hash from audit_entry where number = $1", [view.run.auditNumber]);
    if (entry === undefined) return;
    const { run, version } = view;
    const hash = await deps.trail.commit({
      runId,
      runNumber: run.number,
      subject: `run ${run.number} ${run.state}: ${version.requestText}`,
      entry: run.auditNumber ?? 0,
      hash: entry.hash,
      document: {
        run: {
          id: run.id,
          number: run.number,
          purpose: run.purpose,
          state: run.state,
          startedAt: run.startedAt,
          finishedAt: run.finishedAt,
        },
        request: { id: version.requestId, text: version.requestText, person: version.requestPerson },
        plan: { id: version.planId, version: version.version, digest: version.digest, sealed: version.sealed },
        approvedBy: view.approvedBy,
        cancelledBy: view.cancelledBy,
        steps: view.steps.map(({ live: _live, ...step }) => step),
        audit: { entry: run.auditNumber, hash: entry.hash },
      },
    });
    await database.transaction(async (sql) => {
      const fresh = await sql.query("update run set audit_commit = $2 where id = $1 and audit_commit is null returning id", [runId, hash]);
      if (fresh.length === 0) return;
      await appendAudit(sql, {
        actor: "orchestrator",
        action: "run.committed",
        resource: `run:${runId}`,
        result: "done",
        facts: { commit: hash, entry: run.auditNumber },
      });
    });
  }

  async function finish(runId: string): Promise<void> {
    const done = await first(database, "select 1 as one from run_event where run_id = $1 and kind = 'report'", [runId]);
    try {
      if (done === undefined) await analyzeSteps(runId);
      await commit(runId);
    } catch (error) {
      logger.warn({ error: messageOf(error), runId }, "suggestions or git trail are not complete; they are caught up at the next start");
    }
    if (done !== undefined) return;
    await database.transaction(async (sql) => {
      await lockRun(sql, runId); // told twice in the same moment
      const meanwhile = await first(sql, "select 1 as one from run_event where run_id = $1 and kind = 'report'", [runId]);
      if (meanwhile === undefined) await appendRunEvents(sql, runId, [{ kind: "report", data: {} }]);
    });
  }

  return {
    async start() {
      await deps.queue.work("finish-run", async (data) => {
        if (data["runId"] !== undefined) await finish(data["runId"]);
      });
      // What a crash or a broken git left behind.
      const behind = await database.query<{ id: string }>(
        `select id from run where state in ('succeeded', 'failed', 'cancelled') and
           (audit_commit is null or not exists (select 1 from run_event where run_event.run_id = run.id and kind = 'report')) order by number limit 100`,
      );
      for (const { id } of behind) await database.transaction((sql) => deps.queue.wake(sql, "finish-run", { runId: id }));
    },
    finish,
  };
}
