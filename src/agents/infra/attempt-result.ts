import { existsSync } from "node:fs";
import { join } from "node:path";
import type { SealedPlan } from "../../planner/plan.ts";
import type { AttemptResult, ExecutionSummary, PreviewReport } from "../work-source.ts";
import { runsElsewhere } from "./marked-processes.ts";
import { outcomeUnknown, refusal } from "./refusals.ts";
import { outputTail, type RunNote } from "./run-folder.ts";
import { ansibleErrorCodes, type EventCollector } from "./summary.ts";
import type { SupervisorExit } from "./supervisor.ts";
import { syntaxFails, type SyntaxCheckPlaces } from "./syntax-check.ts";

/** The exit code of a container engine that failed itself; ansible has none like it. */
const engineFailed = 125;

export interface EndedAttempt {
  readonly runFolder: string;
  readonly note: RunNote;
  readonly plan: SealedPlan | null;
  readonly exit: SupervisorExit;
  readonly collector: EventCollector;
  readonly preview: PreviewReport | null;
  /** What was written into the sealed copy. Permissions stop nobody who may change them, as root and the owner may. */
  readonly written: readonly string[];
  readonly syntaxCheck: SyntaxCheckPlaces;
}

/** What an attempt that ended under its supervisor comes to: ansible's own word, and what had to be found out beside it. */
export async function resultOf(attempt: EndedAttempt): Promise<AttemptResult> {
  const { runFolder, note, exit, collector } = attempt;
  if (exit.endedBy === "not-started" && exit.exitCode === null) {
    return existsSync(join(runFolder, "stop"))
      ? { ...refusal(ansibleErrorCodes.cancelled, "cancelled before it began"), outcome: "cancelled" }
      : refusal("not-started", "the agent ended before the playbook began; nothing was run");
  }
  if (exit.endedBy === "exit" && exit.exitCode === engineFailed && collector.playStarted && runsElsewhere(runFolder)) {
    const why = "the container engine failed or ended while the playbook ran, and how the playbook went on was not seen";
    return outcomeUnknown(`${why}; what it did so far is in the events. ${stillRunning(collector)}\n${outputTail(runFolder)}`);
  }
  const summary = collector.summary(exit);
  const noPlay = !collector.playStarted && exit.endedBy === "exit" && exit.exitCode !== null && exit.exitCode !== 0;
  const syntaxWrong = noPlay && (await syntaxFails(note, attempt.plan, attempt.syntaxCheck));
  let { outcome, errorCode } = collector.outcome(exit, syntaxWrong, note.actsOnHosts);
  if (errorCode === ansibleErrorCodes.noHosts) {
    summary.status = "failed";
    summary.keyErrors.unshift("No play matched any host, though the plan was to act on some: nothing was done.");
  }
  let errorText = outcome === "succeeded" ? null : outputTail(runFolder);
  if (summary.keyErrors.length === 0 && errorText !== null && outcome === "failed") {
    // Ansible's own word, or that of a container's engine.
    const line = /^(?:ERROR!|\[ERROR\]:?|docker:|Error:) .*$/m.exec(errorText)?.[0];
    if (line !== undefined) summary.keyErrors.push(line.slice(0, 300));
  }
  if (exit.endedBy === "timeout" || exit.endedBy === "cancelled") errorText = `${stillRunning(collector)}\n${errorText ?? ""}`.trim();
  const complaint = writingComplaint(attempt, outcome === "failed" ? summary : null);
  if (complaint !== null) {
    summary.keyErrors.unshift(complaint);
    summary.keyErrors.splice(5);
    errorText = `${complaint}\n${errorText ?? ""}`.trim();
    if (outcome === "succeeded") {
      outcome = "failed";
      errorCode = "SNAPSHOT_WRITTEN";
      summary.status = "failed";
    }
  }
  return {
    outcome,
    errorCode,
    summary,
    errorText,
    resources: { cpuSeconds: exit.cpuSeconds, peakMemoryBytes: exit.peakMemoryBytes, wallMs: exit.wallMs },
    preview: attempt.preview,
  };
}

/** Names hosts on which a remote command may still be going; empty when there is none. */
export function stillRunning(collector: EventCollector): string {
  const hosts = collector.unanswered();
  return hosts.length === 0
    ? ""
    : `A command may still be going on ${hosts.slice(0, 20).join(", ")}${hosts.length > 20 ? ` and ${hosts.length - 20} more` : ""}.`;
}

function writingComplaint({ note, written }: EndedAttempt, failed: ExecutionSummary | null): string | null {
  const stopped = failed?.failedTasks.some(
    ({ message }) => message.includes(note.syntaxCheck.cwd) && /writ|denied|read-only/i.test(message),
  );
  if (written.length === 0 && stopped !== true) return null;
  return `The playbook writes into its own folder, which is a sealed, read-only copy of the repository${written.length > 0 ? ` (${written.slice(0, 10).join("; ")})` : ""}. Let it write elsewhere; nothing written there reaches your repository.`;
}
