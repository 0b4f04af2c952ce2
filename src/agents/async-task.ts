/** What an agent knows of a job that outlives the step which started it (collection chiffon.async_tasks). All texts are data. */
export interface AsyncTaskReport {
  readonly jobId: string;
  /** Who started it. */
  readonly attemptId: string;
  readonly host: string;
  readonly taskName: string;
  readonly status: AsyncTaskStatus;
  /** `host_crash_suspected`, `time_limit`, `signal`, `exit_code`. */
  readonly reason: string | null;
  readonly error: string | null;
  readonly rc: number | null;
  /** The end of what it wrote. */
  readonly lastLines: string | null;
  readonly timeoutSeconds: number;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly endedAt: string | null;
}

export type AsyncTaskStatus = "unknown" | "running" | "completed" | "failed" | "timeout";

/** Where an agent says how its jobs stand. The same thing may be said again, after a restart too. */
export interface AsyncTaskListener {
  told(report: AsyncTaskReport): Promise<void>;
}
