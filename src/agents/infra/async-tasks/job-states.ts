import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { AsyncTaskReport } from "../../async-task.ts";

const resultSchema = z.looseObject({ rc: z.number().int().nullish(), stdout: z.string().nullish(), stderr: z.string().nullish() });
/** As the collection writes it. */
const stateSchema = z.looseObject({
  job_id: z.string().regex(/^[A-Za-z0-9_-]{1,120}$/),
  host: z.string(),
  task_name: z.string(),
  status: z.enum(["unknown", "running", "completed", "failed", "timeout"]),
  start_time: z.iso.datetime(),
  finish_time: z.iso.datetime().nullable(),
  timeout: z.number(),
  error: z.string().nullable(),
  reason: z.string().nullish(),
  result: resultSchema.nullable(),
  connection: z.string().nullish(),
  become: z.boolean().nullish(),
  /** The attempt that started it. */
  run_id: z.string().nullish(),
});
export type JobState = z.infer<typeof stateSchema>;

const byteLimit = 16 * 1024 * 1024;
const lastLineCount = 15;
const lastLineLength = 2_000;

export interface JobStates {
  /** All states that can be read, oldest first. A file is read again only when it changed. */
  read(): Promise<readonly JobState[]>;
}

export function createJobStates(folder: string): JobStates {
  let known = new Map<string, { readonly mark: string; readonly state: JobState | null }>();
  return {
    async read() {
      const names = (await readdir(folder).catch(() => [])).filter((name) => /^[A-Za-z0-9_-]{1,120}\.json$/.test(name));
      const found = new Map<string, { readonly mark: string; readonly state: JobState | null }>();
      for (const name of names) {
        const info = await stat(join(folder, name)).catch(() => null);
        if (info === null || !info.isFile() || info.size > byteLimit) continue;
        const mark = `${info.ino}:${info.size}:${info.mtimeMs}`;
        const earlier = known.get(name);
        found.set(name, earlier?.mark === mark ? earlier : { mark, state: await readState(join(folder, name), name.slice(0, -5)) });
      }
      known = found;
      return [...found.values()]
        .flatMap(({ state }) => (state === null ? [] : [state]))
        .toSorted((a, b) => (`${a.start_time} ${a.job_id}` < `${b.start_time} ${b.job_id}` ? -1 : 1));
    },
  };
}

/** Null: no state, or one that its own tools call corrupt. */
async function readState(file: string, jobId: string): Promise<JobState | null> {
  try {
    const parsed = stateSchema.safeParse(JSON.parse(await readFile(file, "utf8")));
    return parsed.success && parsed.data.job_id === jobId ? parsed.data : null;
  } catch {
    return null;
  }
}

export function hasEnded(state: JobState): boolean {
  return state.status !== "running" && state.status !== "unknown";
}

/** Asked for on this machine, without ansible. */
export function isHere(state: JobState): boolean {
  return state.connection === "local" && state.become !== true;
}

export function reportOf(state: JobState, attemptId: string): AsyncTaskReport {
  return {
    jobId: state.job_id,
    attemptId,
    host: state.host,
    taskName: state.task_name,
    status: state.status,
    reason: state.reason ?? null,
    error: state.error,
    rc: state.result?.rc ?? null,
    lastLines: lastLines(state),
    timeoutSeconds: Math.round(state.timeout),
    startedAt: state.start_time,
    endedAt: state.finish_time,
  };
}

/** Of a job that failed, what it wrote as errors, if it wrote any. */
function lastLines({ status, result }: JobState): string | null {
  const errors = result?.stderr ?? "";
  const text = status !== "completed" && errors.trim() !== "" ? errors : (result?.stdout ?? "");
  const lines = text.trimEnd().split("\n").slice(-lastLineCount).join("\n").slice(-lastLineLength);
  return lines.trim() === "" ? null : lines;
}
