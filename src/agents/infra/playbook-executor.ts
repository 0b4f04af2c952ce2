import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { digestOf, sha256 } from "../../canonical-json.ts";
import { AppError, exitCodes, isAppError, messageOf } from "../../errors.ts";
import type { Logger } from "../../logger.ts";
import type { PlanStep, SealedPlan } from "../../planner/plan.ts";
import { checkApproval } from "../../runs/approval.ts";
import type { ExecutingAttempt, Executor, StartOutcome } from "../executor.ts";
import type { AttemptResult, StopReason, WorkItem, WorkSource } from "../work-source.ts";
import { createCallbackSettings } from "./callback-settings.ts";
import { cleanEnvironment, findProgram, findPython, type Environment } from "./environment.ts";
import { createPreviewCollector } from "./preview.ts";
import { resolveSecrets } from "./resolve-secrets.ts";
import {
  forgetOldAttempts,
  listRuns,
  makeRunFolder,
  markReported,
  outputTail,
  rotateRuns,
  writeRunNote,
  type RunNote,
} from "./run-folder.ts";
import { createSnapshotTrees, type FetchFile } from "./snapshot-tree.ts";
import { openSpool } from "./spool.ts";
import { ansibleErrorCodes, createEventCollector } from "./summary.ts";
import { createSupervisorPool, stopSupervisor, supervisorStatus, watchFolder, type SupervisorExit } from "./supervisor.ts";
import { writeVariablesFile } from "./variables-file.ts";

export interface PlaybookExecutorDeps {
  /** Where the agent keeps runs, snapshots and its caches. */
  readonly folder: string;
  /** The environment of this process; children get a clean part of it. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly logger: Logger;
  /** Another program in place of `ansible-playbook`, for tests of what ansible cannot be made to do. */
  readonly ansiblePlaybook?: string;
  readonly keptRunsPerPlaybook?: number;
  /** Inventories that are programs or use plugins may be read, because the settings name them. */
  readonly executableInventories?: boolean;
  /** Where password files and keys lie that plans name by a path in the repo: on the repo's own machine the repo. */
  readonly secretsFolder?: string | undefined;
  /** Programs of the repo that may give passwords. */
  readonly passwordScripts?: readonly string[] | undefined;
}

const eventsPerBatch = 500;
const pollMilliseconds = 1_000;
const calmMilliseconds = 100;
const limitLength = 2_000;
/** A Unix socket's path has at most 107 bytes, and ansible adds a name of some thirty. */
const controlPathLength = 60;
const keptSnapshots = 10;

/** Runs playbooks of approved plans from their sealed snapshot, each under a supervisor process of its own. */
export function createPlaybookExecutor(deps: PlaybookExecutorDeps): Executor {
  mkdirSync(deps.folder, { recursive: true, mode: 0o700 });
  // ansible and its plugin resolve links; paths in events must fit.
  const folder = realpathSync(deps.folder);
  const clean = cleanEnvironment(deps.environment);
  const trees = createSnapshotTrees(join(folder, "snapshots"), join(folder, "trees"));
  const callbacks = createCallbackSettings(join(folder, "settings"));
  const supervisors = createSupervisorPool(findPython(clean), clean);
  const { logger } = deps;

  return {
    workTypes: ["run_playbook", "deploy_service"],
    close() {
      supervisors.close();
    },
    async start(item, source) {
      try {
        return await start(item, source);
      } catch (error) {
        logger.warn({ attemptId: item.attemptId, error: messageOf(error) }, "attempt refused");
        return { kind: "refused", result: refusal(isAppError(error) ? error.code : "prepare-failed", messageOf(error)) };
      }
    },
    async recover() {
      await forgetOldAttempts(folder);
      const found = listRuns(folder).filter((run) => !run.reported);
      const living = new Set(found.flatMap((run) => run.note.removeFiles));
      const variables = join(folder, "variables");
      if (existsSync(variables)) {
        // A file that belongs to no attempt any more was left by a crash.
        for (const name of readdirSync(variables)) if (!living.has(join(variables, name))) rmSync(join(variables, name), { force: true });
      }
      return found.map((run) => attemptOf(run.folder, run.note, null));
    },
  };

  async function start(item: WorkItem, source: WorkSource): Promise<StartOutcome> {
    const { plan } = item;
    checkApproval(item.approval, digestOf(plan), await source.publicKey(), await source.now());
    const step = plan.steps.find((candidate) => candidate.order === item.stepOrder);
    if (step === undefined)
      return { kind: "refused", result: refusal("step-not-in-plan", `the approved plan has no step ${item.stepOrder}`) };
    if (!plan.snapshot.files.some((file) => file.path === step.playbookPath)) return { kind: "refused", result: playbookNotFound(step) };
    if (step.limit?.length === 0)
      return { kind: "refused", result: refusal("no-hosts", `step ${step.order} is limited to no host at all`) };

    const secrets = await resolveSecrets(plan.ansibleConfig, { folder: deps.secretsFolder, passwordScripts: deps.passwordScripts });
    const fetch: FetchFile = (snapshotHash, contentHash) => source.file(snapshotHash, contentHash);
    const base = await trees.prepare(plan.snapshot, fetch);
    const configIn = (tree: string): Environment => {
      const own = plan.snapshot.files.some((file) => file.path === "ansible.cfg");
      return own ? { ANSIBLE_CONFIG: join(tree, "ansible.cfg") } : {};
    };
    const callbacksIn = await callbacks.merged(base, { ...clean, ...configIn(base) });
    const program = findProgram(deps.ansiblePlaybook ?? "ansible-playbook", clean);

    const runFolder = makeRunFolder(folder, item.attemptId);
    const variablesFile = join(folder, "variables", `${item.attemptId}.yml`);
    const controlPathDir = controlPathFolder(runFolder, item.attemptId);
    await mkdir(join(folder, "variables"), { recursive: true, mode: 0o700 });
    await mkdir(controlPathDir, { recursive: true, mode: 0o700 });
    const tree = join(folder, "trees", item.attemptId);
    const inventory = step.inventory.flatMap((path) => ["-i", join(tree, path)]);
    const playbook = join(tree, step.playbookPath);
    const note: RunNote = {
      attemptId: item.attemptId,
      fencing: item.fencing,
      runId: item.runId,
      stepOrder: step.order,
      playbook: step.playbookPath,
      preview: plan.purpose === "preview" || step.check,
      snapshotHash: plan.snapshot.hash,
      actsOnHosts: step.hosts.length > 0,
      removeFiles: [variablesFile],
      removeFolders: [join(runFolder, "tmp"), join(runFolder, "facts"), controlPathDir],
      syntaxCheck: { argv: [program, "--syntax-check", ...inventory, playbook], cwd: tree, env: { ...secrets } },
    };
    writeRunNote(runFolder, note);
    // It spawns nothing before it gets the word.
    const supervisor = supervisors.take(runFolder);
    try {
      await trees.forAttempt(item.attemptId, plan.snapshot, fetch);
      await writeVariablesFile(variablesFile, { ...plan.givenVariables, ...step.variables });
      const limit = await limitArguments(runFolder, step);
      await source.started(item, supervisor.process);
      const attempt = attemptOf(runFolder, note, plan);
      await refuseWritten(item.attemptId);
      await supervisor.go({
        runId: item.attemptId,
        argv: [program, ...inventory, ...limit, ...modeArguments(plan, step), "-e", `@${variablesFile}`, playbook],
        cwd: tree,
        env: {
          ...clean,
          ...configIn(tree),
          ...callbacksFor(callbacksIn, base, tree),
          ...factCacheFor(plan, runFolder),
          ...secrets,
          // What it would write there is not masked.
          ANSIBLE_LOG_PATH: "/dev/null",
          ANSIBLE_LOCAL_TEMP: join(runFolder, "tmp"),
          ANSIBLE_SSH_CONTROL_PATH_DIR: controlPathDir,
          // As when the plan was made: a file that looks like a script is data or an error, never run.
          ...(deps.executableInventories === true ? {} : { ANSIBLE_INVENTORY_ENABLED: "yaml,ini,toml" }),
          ANSIBLE_NOCOLOR: "1",
          ANSIBLE_FORCE_COLOR: "0",
          ANSIBLE_RETRY_FILES_ENABLED: "0",
          CHIFFON_EVENTS_FILE: join(runFolder, "events.jsonl"),
          CHIFFON_VARIABLES_FILE: variablesFile,
          CHIFFON_ASYNC_STATE_DIR: join(folder, "async"),
        },
        timeLimitSeconds: step.timeLimitSeconds,
        controlPathDir,
        removeFiles: note.removeFiles,
        removeFolders: note.removeFolders,
      });
      return { kind: "started", attempt };
    } catch (error) {
      supervisor.abandon();
      await removeLeftovers(note);
      await trees.release(item.attemptId);
      markReported(runFolder);
      throw error;
    }
  }

  function attemptOf(runFolder: string, note: RunNote, plan: SealedPlan | null): ExecutingAttempt {
    const collector = createEventCollector();
    const preview = note.preview ? createPreviewCollector() : null;
    // Watched from now on, so that no end is missed before the first look.
    const watcher = watchFolder(runFolder);
    return {
      reference: { attemptId: note.attemptId, fencing: note.fencing },
      async *events(signal) {
        const spool = openSpool(join(runFolder, "events.jsonl"));
        try {
          while (!signal.aborted) {
            // Looked at first: what it wrote before its end is then surely read.
            const running = supervisorStatus(runFolder).kind === "running";
            const batch = spool.read(eventsPerBatch);
            for (const { event } of batch) {
              collector.add(event);
              preview?.add(event);
            }
            if (batch.length > 0) yield batch;
            else if (!running) return;
            else await watcher.changed(pollMilliseconds, signal);
            // Each batch is a transaction: one for every event would take the processor from the play.
            if (batch.length < eventsPerBatch) await watcher.calm(calmMilliseconds, signal);
          }
        } finally {
          spool.close();
        }
      },
      stop(reason: StopReason) {
        stopSupervisor(runFolder, reason);
        return Promise.resolve();
      },
      async result() {
        watcher.close();
        const status = supervisorStatus(runFolder);
        if (status.kind === "ended") return resultOf(runFolder, note, plan, status.exit);
        await endMarked(note.attemptId);
        await removeLeftovers(note);
        if (!existsSync(join(runFolder, "command.json")))
          return refusal("not-started", "the agent ended before the playbook began; nothing was run");
        return unknown(`its supervisor is gone and left no result; what it did so far is in the events. ${stillRunning()}`);
      },
      async reported() {
        watcher.close();
        markReported(runFolder);
        await trees.release(note.attemptId);
        await rotateRuns(folder, deps.keptRunsPerPlaybook ?? 10);
        const open = listRuns(folder).filter((run) => !run.reported);
        await trees.prune(keptSnapshots, new Set(open.map((run) => run.note.snapshotHash)), new Set(open.map((run) => run.note.attemptId)));
      },
    };

    function stillRunning(): string {
      const hosts = collector.unanswered();
      return hosts.length === 0
        ? ""
        : `A command may still be going on ${hosts.slice(0, 20).join(", ")}${hosts.length > 20 ? ` and ${hosts.length - 20} more` : ""}.`;
    }

    async function resultOf(runFolder: string, note: RunNote, plan: SealedPlan | null, exit: SupervisorExit): Promise<AttemptResult> {
      if (exit.endedBy === "not-started" && exit.exitCode === null) {
        return existsSync(join(runFolder, "stop"))
          ? { ...refusal(ansibleErrorCodes.cancelled, "cancelled before it began"), outcome: "cancelled" }
          : refusal("not-started", "the agent ended before the playbook began; nothing was run");
      }
      const summary = collector.summary(exit);
      const noPlay = !collector.playStarted && exit.endedBy === "exit" && exit.exitCode !== null && exit.exitCode !== 0;
      const syntaxWrong = noPlay && (await syntaxFails(note, plan));
      let { outcome, errorCode } = collector.outcome(exit, syntaxWrong, note.actsOnHosts);
      if (errorCode === ansibleErrorCodes.noHosts) {
        summary.status = "failed";
        summary.keyErrors.unshift("No play matched any host, though the plan was to act on some: nothing was done.");
      }
      let errorText = outcome === "succeeded" ? null : outputTail(runFolder);
      if (summary.keyErrors.length === 0 && errorText !== null && outcome === "failed") {
        const line = /^(?:ERROR!|\[ERROR\]:?) .*$/m.exec(errorText)?.[0];
        if (line !== undefined) summary.keyErrors.push(line.slice(0, 300));
      }
      if (exit.endedBy === "timeout" || exit.endedBy === "cancelled") errorText = `${stillRunning()}\n${errorText ?? ""}`.trim();
      // Permissions stop nobody who may change them, as root and the owner may: such writing is found afterwards.
      const written = await trees.differences(note.attemptId);
      const stopped =
        outcome === "failed" &&
        summary.failedTasks.some(({ message }) => message.includes(note.syntaxCheck.cwd) && /writ|denied|read-only/i.test(message));
      if (written.length > 0 || stopped) {
        const text = `The playbook writes into its own folder, which is a sealed, read-only copy of the repository${written.length > 0 ? ` (${written.slice(0, 10).join("; ")})` : ""}. Let it write elsewhere; nothing written there reaches your repository.`;
        summary.keyErrors.unshift(text);
        summary.keyErrors.splice(5);
        errorText = `${text}\n${errorText ?? ""}`.trim();
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
        preview: preview?.report() ?? null,
      };
    }
  }

  async function refuseWritten(attemptId: string): Promise<void> {
    const written = await trees.differences(attemptId);
    if (written.length === 0) return;
    throw new AppError(
      "snapshot-differs",
      `something wrote into the sealed copy before the playbook began: ${written.slice(0, 10).join("; ")}`,
      {
        exitCode: exitCodes.notApproved,
      },
    );
  }

  async function syntaxFails(note: RunNote, plan: SealedPlan | null): Promise<boolean> {
    const [program, ...options] = note.syntaxCheck.argv;
    const step = plan?.steps.find((candidate) => candidate.order === note.stepOrder);
    const variablesFile = join(folder, "variables", `${note.attemptId}.syntax.yml`);
    if (program === undefined || !existsSync(note.syntaxCheck.cwd)) return false;
    try {
      if (step !== undefined) {
        await writeVariablesFile(variablesFile, { ...plan?.givenVariables, ...step.variables });
        options.push("-e", `@${variablesFile}`);
      }
      const config = join(note.syntaxCheck.cwd, "ansible.cfg");
      const env = { ...clean, ...(existsSync(config) ? { ANSIBLE_CONFIG: config } : {}), ...note.syntaxCheck.env };
      const check = await execa(program, options, {
        cwd: note.syntaxCheck.cwd,
        env,
        extendEnv: false,
        stdin: "ignore",
        stdout: "ignore",
        stderr: "ignore",
        timeout: 60_000,
        reject: false,
      });
      return check.exitCode !== 0;
    } finally {
      await rm(variablesFile, { force: true });
    }
  }
}

/** The user's own callback folders may lie in the copy. */
function callbacksFor(settings: Environment, base: string, tree: string): Environment {
  return Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, value.replaceAll(base, tree)]));
}

const fileCaches = /(?:^|\.)(?:jsonfile|yaml|pickle)$/;

/** Facts that are kept below the repo would be written into the sealed copy, which is read-only; each run has a folder of its own for them. */
function factCacheFor(plan: SealedPlan, runFolder: string): Environment {
  const plugin = plan.ansibleConfig["CACHE_PLUGIN"];
  const place = plan.ansibleConfig["CACHE_PLUGIN_CONNECTION"];
  if (typeof plugin !== "string" || !fileCaches.test(plugin)) return {};
  const isElsewhere = typeof place === "string" && /^[/~$]/.test(place);
  return isElsewhere ? {} : { ANSIBLE_CACHE_PLUGIN_CONNECTION: join(runFolder, "facts") };
}

function modeArguments(plan: SealedPlan, step: PlanStep): string[] {
  const tags = step.tags.length === 0 ? [] : [`--tags=${step.tags.join(",")}`];
  return plan.purpose === "preview" || step.check ? [...tags, "--check", "--diff"] : tags;
}

async function limitArguments(runFolder: string, step: PlanStep): Promise<string[]> {
  if (step.limit === null) return [];
  const text = step.limit.join(",");
  if (text.length <= limitLength) return [`--limit=${text}`];
  const file = join(runFolder, "limit.txt");
  await writeFile(file, `${step.limit.join("\n")}\n`, { mode: 0o600 });
  return [`--limit=@${file}`];
}

function controlPathFolder(runFolder: string, attemptId: string): string {
  const own = join(runFolder, "cp");
  return own.length <= controlPathLength ? own : join(tmpdir(), `chiffon-${sha256(attemptId + runFolder).slice(0, 12)}`);
}

async function removeLeftovers(note: RunNote): Promise<void> {
  for (const path of note.removeFiles) await rm(path, { force: true });
  for (const path of note.removeFolders) await rm(path, { recursive: true, force: true });
}

/** Ends what a vanished supervisor left behind: without it there is no time limit and no recap. */
async function endMarked(attemptId: string): Promise<void> {
  const mark = `CHIFFON_RUN_ID=${attemptId}`;
  for (let round = 0; round < 10; round += 1) {
    let found = false;
    for (const name of readdirSync("/proc")) {
      if (!/^\d+$/.test(name)) continue;
      try {
        const entries = readFileSync(`/proc/${name}/environ`, "utf8").split("\0");
        if (!entries.includes(mark) || entries.some((entry) => entry.startsWith("CHIFFON_ASYNC_TASK="))) continue;
        process.kill(Number(name), "SIGKILL");
        found = true;
      } catch {
        // It ended, or is another user's.
      }
    }
    if (!found) return;
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

function refusal(code: string, message: string): AttemptResult {
  return { outcome: "refused", errorCode: code, summary: null, errorText: message, resources: null, preview: null };
}

function unknown(message: string): AttemptResult {
  return { outcome: "outcome_unknown", errorCode: null, summary: null, errorText: message.trim(), resources: null, preview: null };
}

function playbookNotFound(step: PlanStep): AttemptResult {
  const message = `${step.playbookPath} is not in the sealed snapshot`;
  return {
    outcome: "failed",
    errorCode: ansibleErrorCodes.playbookNotFound,
    summary: {
      status: "failed", exitCode: 2, durationMs: 0, changedCount: 0, okCount: 0, failedCount: 0, skippedCount: 0, unreachableCount: 0,
      rescuedCount: 0, ignoredCount: 0, failedTasks: [], keyErrors: [message], hostsSummary: {},
    }, // prettier-ignore
    errorText: message,
    resources: null,
    preview: null,
  };
}
