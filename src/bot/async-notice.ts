import type { AsyncTask } from "../runs/async-task-store.ts";
import { durationWords } from "../time-words.ts";
import type { NoticeCard } from "./cards.ts";

/** A job that outlived its step has ended: said in the conversations of the plan that started it. */
export function asyncNotice(task: AsyncTask, person: string): NoticeCard {
  const { jobId, taskName, host, startedAt, endedAt } = task;
  if (endedAt === null) return silentNotice(task, person);
  const took = durationWords((Date.parse(endedAt ?? startedAt) - Date.parse(startedAt)) / 1_000);
  const lines = task.lastLines === null ? "" : `\nThe last lines of what it wrote:\n${task.lastLines}`;
  return {
    kind: "notice",
    tone: task.status === "completed" ? "info" : "error",
    text: `The job ${jobId} (${taskName}) on ${host} ${endOf(task)}. It took ${took}.${lines}`,
    help: `\`chiffon async logs ${jobId}\` prints all it wrote.`,
    tell: [person],
  };
}

function silentNotice({ jobId, taskName, host, timeoutSeconds }: AsyncTask, person: string): NoticeCard {
  return {
    kind: "notice",
    tone: "error",
    text: `The job ${jobId} (${taskName}) should have ended by now, its limit was ${durationWords(timeoutSeconds)}; but ${host} does not answer, so nobody knows how it went.`,
    help: "Please look at the host. You are told as soon as it answers again.",
    tell: [person],
  };
}

function endOf({ status, reason, rc, error, timeoutSeconds }: AsyncTask): string {
  if (status === "completed") return "is done";
  if (status === "timeout") return `ran into its time limit of ${durationWords(timeoutSeconds)} and was ended`;
  if (reason === "host_crash_suspected")
    return "is gone and left no result: the host may have crashed or restarted, or somebody ended the job";
  if (rc !== null && rc < 0) return `failed: signal ${-rc} ended it`;
  return `failed${rc === null ? "" : ` with exit code ${rc}`}${error === null ? "" : `: ${error}`}`;
}
