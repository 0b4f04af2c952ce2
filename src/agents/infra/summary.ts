import { z } from "zod";
import { hostCountsSchema, type AttemptResult, type ExecutionSummary, type HostCounts } from "../work-source.ts";
import type { AnsibleEvent } from "./ansible-events.ts";
import type { SupervisorExit } from "./supervisor.ts";

/** P06. Retried by itself only where the plan says that repeating is safe. */
export const ansibleErrorCodes = {
  hostUnreachable: "ANSIBLE_HOST_UNREACHABLE",
  hostFailed: "ANSIBLE_HOST_FAILED",
  syntaxError: "ANSIBLE_SYNTAX_ERROR",
  playError: "ANSIBLE_PLAY_ERROR",
  unexpectedError: "ANSIBLE_UNEXPECTED_ERROR",
  cancelled: "ANSIBLE_CANCELLED",
  timeout: "ANSIBLE_TIMEOUT",
  unknownExit: "ANSIBLE_UNKNOWN_EXIT",
  noHosts: "ANSIBLE_NO_HOSTS",
  playbookNotFound: "PLAYBOOK_NOT_FOUND",
} as const;

const failedTaskLimit = 200;

export interface EventCollector {
  add(event: AnsibleEvent): void;
  /** Some task began, or all ended well without one; a play that stops before its first task (a missing file of variables) did not start. */
  readonly playStarted: boolean;
  readonly statsSeen: boolean;
  summary(exit: SupervisorExit): ExecutionSummary;
  /** Hosts whose current task has not answered: after a timeout or cancel something may still be going there. */
  unanswered(): readonly string[];
  /** `actsOnHosts`: a run in which no play matches a host has failed, whatever ansible says. */
  outcome(exit: SupervisorExit, syntaxWrong: boolean, actsOnHosts: boolean): Pick<AttemptResult, "outcome" | "errorCode">;
}

/** Gathers what a run says. The numbers are those of `playbook_on_stats`, as in ansible's own recap; results only name what failed. */
export function createEventCollector(): EventCollector {
  const failedTasks: ExecutionSummary["failedTasks"] = [];
  const keyErrors: string[] = [];
  let hosts: Record<string, HostCounts> | null = null;
  let playStarted = false;
  let matched = false;
  let failed = false;
  let unreachable = false;
  let playHosts: readonly string[] = [];
  let task: string | null = null;
  let answered = new Set<string>();

  return {
    get playStarted() {
      return playStarted;
    },
    get statsSeen() {
      return hosts !== null;
    },
    add(event) {
      switch (event.kind) {
        case "play_start":
          playHosts = event.hosts;
          matched ||= event.hosts.length > 0;
          task = null;
          break;
        case "task_start":
          playStarted = true;
          task = event.taskId;
          answered = new Set();
          break;
        case "result":
          if (event.taskId === task) answered.add(event.host);
          if ((event.status === "failed" || event.status === "unreachable") && !event.rescued && !event.ignored) {
            if (event.status === "failed") failed = true;
            else unreachable = true;
            const message = event.message ?? (event.status === "failed" ? "failed (details are hidden by no_log)" : "unreachable");
            if (failedTasks.length < failedTaskLimit) failedTasks.push({ host: event.host, task: event.task, message, path: event.path });
            const line = `${event.task}: ${errorLine(message)}`;
            if (keyErrors.length < 5 && !keyErrors.includes(line)) keyErrors.push(line);
          }
          break;
        case "stats":
          playStarted = true;
          hosts = z.record(z.string(), hostCountsSchema).parse(event.hosts);
          break;
        case "playbook_start":
        case "no_hosts":
        case "item":
        case "retry":
        case "unpredictable":
        case "warning":
          break;
      }
    },
    unanswered() {
      return task === null || hosts !== null ? [] : playHosts.filter((host) => !answered.has(host));
    },
    summary(exit) {
      const all = Object.values(hosts ?? {});
      const sum = (key: keyof HostCounts): number => all.reduce((total, counts) => total + counts[key], 0);
      return {
        status: statusOf(exit, hosts !== null),
        exitCode: exit.endedBy === "timeout" ? 124 : exit.exitCode,
        durationMs: exit.wallMs,
        changedCount: sum("changed"),
        okCount: sum("ok"),
        failedCount: sum("failures"),
        skippedCount: sum("skipped"),
        unreachableCount: sum("unreachable"),
        rescuedCount: sum("rescued"),
        ignoredCount: sum("ignored"),
        failedTasks,
        keyErrors,
        hostsSummary: hosts ?? {},
      };
    },
    outcome(exit, syntaxWrong, actsOnHosts) {
      const status = statusOf(exit, hosts !== null);
      if (status === "successful" && actsOnHosts && !matched) return { outcome: "failed", errorCode: ansibleErrorCodes.noHosts };
      if (status === "successful") return { outcome: "succeeded", errorCode: null };
      if (status === "timeout") return { outcome: "timeout", errorCode: ansibleErrorCodes.timeout };
      if (status === "cancelled") return { outcome: "cancelled", errorCode: ansibleErrorCodes.cancelled };
      return { outcome: "failed", errorCode: failureCode(exit, syntaxWrong) };
    },
  };

  function failureCode(exit: SupervisorExit, syntaxWrong: boolean): string {
    const counts = Object.values(hosts ?? {});
    if (failed || counts.some((count) => count.failures > 0)) return ansibleErrorCodes.hostFailed;
    if (unreachable || counts.some((count) => count.unreachable > 0)) return ansibleErrorCodes.hostUnreachable;
    if (exit.exitCode === 250) return ansibleErrorCodes.unexpectedError;
    if (!playStarted && exit.exitCode !== null && exit.exitCode !== 0)
      return syntaxWrong ? ansibleErrorCodes.syntaxError : ansibleErrorCodes.playError;
    return ansibleErrorCodes.unknownExit;
  }
}

/** Exit 0 without a recap means lost events, never success. */
function statusOf(exit: SupervisorExit, statsSeen: boolean): ExecutionSummary["status"] {
  if (exit.endedBy === "timeout") return "timeout";
  if (exit.endedBy !== "exit" && exit.endedBy !== "not-started") return "cancelled";
  if (exit.exitCode === 99) return "cancelled";
  return exit.exitCode === 0 && statsSeen ? "successful" : "failed";
}

/** What modules say of a command that failed; why it failed is in what the command itself wrote last. */
const saysNothing = /^(non-zero return code|MODULE FAILURE\b.*)$/;

function errorLine(message: string): string {
  const lines = message.split("\n").filter((line) => line.trim() !== "");
  const first = lines[0] ?? "";
  const last = lines.at(-1)?.trim() ?? "";
  const line = saysNothing.test(first) && lines.length > 1 ? `${first}: ${last}` : first;
  return line.length > 300 ? `${line.slice(0, 299)}…` : line;
}
