import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { createJobStates, isHere } from "../agents/infra/async-tasks/job-states.ts";
import { JobWatch } from "../agents/infra/async-tasks/job-watch.ts";
import { createJobsElsewhere, type StartedBy } from "../agents/infra/async-tasks/jobs-elsewhere.ts";
import { createLocalJobs, type JobOutput } from "../agents/infra/async-tasks/local-jobs.ts";
import type { Environment } from "../agents/infra/environment.ts";
import { appendAudit } from "../audit/audit-log.ts";
import { first, type Database } from "../db/database.ts";
import { isUuid } from "../db/uuid.ts";
import { AppError, exitCodes } from "../errors.ts";
import type { Logger } from "../logger.ts";
import type { SnapshotStore } from "../planner/snapshot-store.ts";
import { findAsyncTask, forgetAsyncTasks, listAsyncTasks, type AsyncTask } from "../runs/async-task-store.ts";
import { approvedPlanOf } from "../runs/run-store.ts";
import { createAsyncTaskListener } from "./async-tasks.ts";

export interface AsyncTasksDeps {
  readonly database: Database;
  readonly logger: Logger;
  readonly agentFolder: string;
  /** The clean one, of children. */
  readonly environment: Environment;
  readonly snapshots: SnapshotStore;
  readonly publicKey: string;
  readonly secretsFolder: string;
  readonly passwordScripts: readonly string[] | undefined;
  readonly executableInventories: boolean;
}

/** Jobs that outlive the step which started them: followed beside the agent of this process, and looked at by people. */
export interface AsyncTasks {
  /** Follows them until each has ended. */
  start(): void;
  stop(): Promise<void>;
  list(limit: number): Promise<readonly AsyncTask[]>;
  find(jobId: string): Promise<AsyncTask | undefined>;
  /** What it wrote so far, also while it runs. Throws `job-unknown`. */
  output(jobId: string, lines: number | "all"): Promise<JobOutput>;
  /** Forgets those that ended so many days ago, never one that runs. */
  cleanup(days: number, person: string): Promise<readonly string[]>;
}

export function createAsyncTasks(deps: AsyncTasksDeps): AsyncTasks {
  const { database, logger, agentFolder, environment } = deps;
  const folder = join(agentFolder, "async");
  const states = createJobStates(folder);
  const here = createLocalJobs({ folder, environment });
  const elsewhere = createJobsElsewhere({
    agentFolder,
    stateFolder: folder,
    environment,
    startedBy: (attemptId) => startedBy(database, attemptId),
    publicKey: () => Promise.resolve(deps.publicKey),
    fetch: (_snapshotHash, contentHash) => deps.snapshots.read(contentHash),
    secretsFolder: deps.secretsFolder,
    passwordScripts: deps.passwordScripts,
    executableInventories: deps.executableInventories,
  });
  const watch = new JobWatch({
    folder,
    states,
    lookHere: () => here.look(),
    askElsewhere: (jobs) => elsewhere.ask(jobs),
    listener: createAsyncTaskListener({ database, logger }),
    logger,
  });
  return {
    start: () => watch.start(),
    stop: () => watch.stop(),
    async list(limit) {
      await watch.look();
      return listAsyncTasks(database, limit);
    },
    async find(jobId) {
      await watch.look();
      return findAsyncTask(database, jobId);
    },
    async output(jobId, lines) {
      const state = (await states.read()).find((one) => one.job_id === jobId);
      if (state === undefined) throw unknownJob(jobId);
      return isHere(state) ? here.output(jobId, lines) : elsewhere.output(state, lines);
    },
    async cleanup(days, person) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const { removed } = await here.cleanup(days);
      if (removed.length > 0) {
        await database.transaction(async (sql) => {
          await forgetAsyncTasks(sql, removed);
          const facts = { days, jobs: removed.slice(0, 100), count: removed.length };
          await appendAudit(sql, { actor: person, action: "async.cleaned_up", resource: "async", result: "done", facts });
        });
      }
      return removed;
    },
  };
}

function unknownJob(jobId: string): AppError {
  return new AppError("job-unknown", `there is no job ${JSON.stringify(jobId.slice(0, 120))}`, {
    exitCode: exitCodes.usage,
    help: "`chiffon async list` shows them.",
  });
}

async function startedBy(database: Database, attemptId: string): Promise<StartedBy | null> {
  if (!isUuid(attemptId)) return null;
  const row = await first<{ run_id: string; step_order: number }>(database, "select run_id, step_order from step_attempt where id = $1", [
    attemptId,
  ]);
  const approved = row === undefined ? undefined : await approvedPlanOf(database, row.run_id);
  const step = approved?.plan.steps.find((one) => one.order === Number(row?.step_order));
  return approved === undefined || step === undefined ? null : { plan: approved.plan, step, approval: approved.approval };
}
