import { AppError, exitCodes } from "../errors.ts";
import { localOwner } from "../policy/policy.ts";
import type { AsyncTask } from "../runs/async-task-store.ts";
import { durationWords } from "../time-words.ts";
import { visibleText } from "../visible-text.ts";
import type { Command, CommandApp, CommandIo } from "./command.ts";
import { numberOf, parseArguments, usageError } from "./parse-arguments.ts";
import { oneLine, table } from "./table.ts";

export const asyncTasks: Command = {
  name: "async",
  summary: "jobs that outlive their playbook: list, show, logs, cleanup",
  needs: "app",
  help: `chiffon async list [--limit N] [--json]        jobs that runs have started, newest first
chiffon async show JOB_ID [--json]             how one stands, and the end of what it wrote
chiffon async logs JOB_ID [--last N] [--json]  what it wrote so far, also while it runs; all of it, or the last N lines
chiffon async cleanup [--days N]               forgets jobs that ended N days ago or earlier (7), and removes what they left on this machine

A job is what a playbook starts with the role chiffon.async_tasks.async_task_start.`,
  async run(args, io, app) {
    const [what = "list", ...rest] = args;
    const { values, words } = parseArguments(rest, {
      json: { type: "boolean" },
      limit: { type: "string" },
      last: { type: "string" },
      days: { type: "string" },
    });
    const json = values["json"] === true;
    switch (what) {
      case "list":
        list(await app.asyncTasks.list(numberOf(values["limit"], "limit", 20)), io, json);
        return exitCodes.ok;
      case "show":
        await show(app, jobIdOf(words), io, json);
        return exitCodes.ok;
      case "logs": {
        const last = values["last"] === undefined ? "all" : numberOf(values["last"], "last", 20, 1_000_000);
        const output = await app.asyncTasks.output(jobIdOf(words), last);
        if (json) io.out(`${JSON.stringify(output)}\n`);
        else {
          io.out(withEnd(visibleText(output.stdout)));
          io.err(withEnd(visibleText(output.stderr)));
        }
        return exitCodes.ok;
      }
      case "cleanup": {
        const removed = await app.asyncTasks.cleanup(daysOf(values["days"]), localOwner);
        if (json) io.out(`${JSON.stringify({ removed })}\n`);
        else io.out(removed.length === 0 ? "Nothing to remove.\n" : `Removed: ${removed.join(", ")}\n`);
        return exitCodes.ok;
      }
      default:
        throw usageError(`async knows list, show, logs and cleanup, not "${oneLine(what, 40)}"`);
    }
  },
};

function list(jobs: readonly AsyncTask[], io: CommandIo, json: boolean): void {
  if (json) io.out(`${JSON.stringify(jobs)}\n`);
  else if (jobs.length === 0) io.out("No run has started a job yet.\n");
  else
    io.out(
      table(
        ["job", "status", "host", "run", "started", "task"],
        jobs.map((job) => [job.jobId, job.status, oneLine(job.host, 40), String(job.runNumber), job.startedAt, oneLine(job.taskName, 50)]),
      ),
    );
}

async function show(app: CommandApp, jobId: string, io: CommandIo, json: boolean): Promise<void> {
  const job = await app.asyncTasks.find(jobId);
  if (job === undefined)
    throw new AppError("job-unknown", `there is no job ${oneLine(jobId, 120)}`, {
      exitCode: exitCodes.usage,
      help: "`chiffon async list` shows them.",
    });
  if (json) {
    io.out(`${JSON.stringify(job)}\n`);
    return;
  }
  const lines = [
    `${job.jobId}  ${job.status}${job.reason === null ? "" : ` (${job.reason})`}`,
    `  ${oneLine(job.taskName, 200)} on ${oneLine(job.host, 80)}, started by run ${job.runNumber}, step ${job.stepOrder}`,
    `  started ${job.startedAt}, ${job.endedAt === null ? `limit ${durationWords(job.timeoutSeconds)}` : `ended ${job.endedAt}`}${job.rc === null ? "" : `, rc ${job.rc}`}`,
    ...(job.error === null ? [] : [`  ${oneLine(job.error, 500)}`]),
  ];
  io.out(`${lines.join("\n")}\n`);
  if (job.lastLines !== null) io.out(`\n${withEnd(visibleText(job.lastLines))}`);
}

/** 0: all that ended. */
function daysOf(value: string | boolean | undefined): number {
  return value === "0" ? 0 : numberOf(value, "days", 7);
}

function jobIdOf(words: readonly string[]): string {
  const [jobId] = words;
  if (jobId === undefined || words.length > 1) throw usageError("name one job id; `chiffon async list` shows them");
  if (!/^[A-Za-z0-9_-]{1,120}$/.test(jobId)) throw usageError("a job id has only letters, digits, _ and -");
  return jobId;
}

function withEnd(text: string): string {
  return text === "" || text.endsWith("\n") ? text : `${text}\n`;
}
