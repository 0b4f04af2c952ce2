import { existsSync, mkdirSync, readdirSync, realpathSync, rmSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { digestOf } from "../../canonical-json.ts";
import { AppError, exitCodes, isAppError, messageOf } from "../../errors.ts";
import type { AnsibleSettings } from "../../ansible-settings.ts";
import type { Logger } from "../../logger.ts";
import type { PreviewCredentials } from "../../preview-credentials.ts";
import { checkApproval } from "../../runs/approval.ts";
import type { Executor, StartOutcome } from "../executor.ts";
import type { WorkItem, WorkSource } from "../work-source.ts";
import { answerPrompts } from "./answer-prompts.ts";
import { createCallbackSettings } from "./callback-settings.ts";
import { chooseBackEnd } from "./choose-back-end.ts";
import { cleanEnvironment, findProgram, findPython, type Environment } from "./environment.ts";
import { followAttempt } from "./executing-attempt.ts";
import { callbacksFor, controlPathFolder, factCacheFor, limitArguments, modeArguments } from "./playbook-arguments.ts";
import { readPromptAnswers } from "./prompt-answers.ts";
import { playbookNotFound, refusal } from "./refusals.ts";
import { resolvePreviewSecrets } from "./preview-secrets.ts";
import { resolveSecrets } from "./resolve-secrets.ts";
import { forgetOldAttempts, listRuns, makeRunFolder, markReported, removeLeftovers, writeRunNote, type RunNote } from "./run-folder.ts";
import { runEnvironment } from "./run-environment.ts";
import { filesIn } from "./secret-sources.ts";
import { createSnapshotTrees, type FetchFile } from "./snapshot-tree.ts";
import { createSupervisorPool, type SupervisorExit } from "./supervisor.ts";
import { writeVariablesFile } from "./variables-file.ts";
import type { WarmPrograms } from "./warm-programs.ts";

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
  /** What previews use in place of the repo's own secrets. */
  readonly previewCredentials?: PreviewCredentials | undefined;
  /** A file with what playbooks ask at the keyboard. */
  readonly promptAnswers?: string | undefined;
  /** What starts ansible, when it is not `ansible-playbook` itself. */
  readonly ansible?: AnsibleSettings | undefined;
  /** Processes that have ansible imported; its owner starts and closes them. */
  readonly warm?: WarmPrograms | undefined;
}

/** Runs playbooks of approved plans from their sealed snapshot, each under a supervisor process of its own. */
export function createPlaybookExecutor(deps: PlaybookExecutorDeps): Executor {
  mkdirSync(deps.folder, { recursive: true, mode: 0o700 });
  // ansible and its plugin resolve links; paths in events must fit.
  const folder = realpathSync(deps.folder);
  const clean = cleanEnvironment(deps.environment);
  const trees = createSnapshotTrees(join(folder, "snapshots"), join(folder, "trees"));
  const callbacks = createCallbackSettings(join(folder, "settings"));
  const backEnd = chooseBackEnd(deps.ansible, clean, deps.environment);
  const warm = deps.ansible?.back_end === "ansible-runner" ? undefined : deps.warm;
  const supervisors = createSupervisorPool(findPython(clean), clean, warm?.ansible ?? null);
  const { logger } = deps;
  /** With which environment attempts were started that have not ended. */
  const environments = new Map<string, Environment>();
  const variables = join(folder, "variables");
  const following = {
    folder,
    trees,
    syntaxCheck: { variablesFolder: variables, environment: clean, warm },
    keptRunsPerPlaybook: deps.keptRunsPerPlaybook ?? 10,
    ended(attemptId: string, { whyCold }: SupervisorExit) {
      const environment = environments.get(attemptId);
      environments.delete(attemptId);
      if (whyCold === null || environment === undefined) return;
      logger.info({ attemptId, reason: whyCold }, "ansible was started afresh, not from the warm process");
      warm?.ansible.misfit(environment, whyCold);
    },
  };

  return {
    workTypes: ["run_playbook", "deploy_service", "async_task"],
    close() {
      supervisors.close();
    },
    async start(item, source) {
      try {
        return await start(item, source);
      } catch (error) {
        logger.warn({ attemptId: item.attemptId, error: messageOf(error) }, "attempt refused");
        if (!isAppError(error)) return { kind: "refused", result: refusal("prepare-failed", messageOf(error)) };
        return {
          kind: "refused",
          result: refusal(error.code, error.help === undefined ? error.message : `${error.message}\n${error.help}`),
        };
      }
    },
    async recover() {
      await forgetOldAttempts(folder);
      const found = listRuns(folder).filter((run) => !run.reported);
      const living = new Set(found.flatMap((run) => run.note.removeFiles));
      if (existsSync(variables)) {
        // A file that belongs to no attempt any more was left by a crash.
        for (const name of readdirSync(variables)) if (!living.has(join(variables, name))) rmSync(join(variables, name), { force: true });
      }
      return found.map((run) => followAttempt(following, run.folder, run.note, null));
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

    backEnd.check();
    const places = { folder: deps.secretsFolder, passwordScripts: deps.passwordScripts };
    const weaker = plan.purpose === "preview" ? deps.previewCredentials : undefined;
    const secrets =
      weaker === undefined
        ? await resolveSecrets(plan.ansibleConfig, places)
        : await resolvePreviewSecrets(plan.ansibleConfig, places, weaker);
    const fetch: FetchFile = (snapshotHash, contentHash) => source.file(snapshotHash, contentHash);
    const base = await trees.prepare(plan.snapshot, fetch);
    const given = { ...plan.givenVariables, ...step.variables };
    const answered = await answerPrompts(base, step.playbookPath, given, await readPromptAnswers(deps.promptAnswers));
    const configIn = (tree: string): Environment => {
      const own = plan.snapshot.files.some((file) => file.path === "ansible.cfg");
      return own ? { ANSIBLE_CONFIG: join(tree, "ansible.cfg") } : {};
    };
    const callbacksIn = await callbacks.merged(base, { ...clean, ...configIn(base) });
    const program = findProgram(deps.ansiblePlaybook ?? "ansible-playbook", clean);

    const runFolder = makeRunFolder(folder, item.attemptId);
    const variablesFile = join(variables, `${item.attemptId}.yml`);
    const controlPathDir = controlPathFolder(runFolder, item.attemptId);
    await mkdir(variables, { recursive: true, mode: 0o700 });
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
      removeFolders: [join(runFolder, "tmp"), join(runFolder, "facts"), controlPathDir, ...backEnd.removeFolders(runFolder)],
      syntaxCheck: {
        argv: [program, "--syntax-check", ...inventory, playbook],
        cwd: tree,
        env: { ...secrets, ...collectionsOf(callbacksFor(callbacksIn, base, tree)) },
      },
    };
    writeRunNote(runFolder, note);
    // It spawns nothing before it gets the word.
    const supervisor = await supervisors.take(runFolder);
    try {
      await trees.forAttempt(item.attemptId, plan.snapshot, fetch);
      await writeVariablesFile(variablesFile, { ...given, ...answered });
      const limit = await limitArguments(runFolder, step);
      await source.started(item, supervisor.process);
      const attempt = followAttempt(following, runFolder, note, plan);
      await refuseWritten(item.attemptId);
      const asyncFolder = join(folder, "async");
      const started = await backEnd.command({
        attemptId: item.attemptId,
        program,
        arguments: [...inventory, ...limit, ...modeArguments(plan, step), "-e", `@${variablesFile}`, playbook],
        environment: runEnvironment({
          clean,
          settings: [configIn(tree), callbacksFor(callbacksIn, base, tree), factCacheFor(plan, runFolder), secrets],
          runFolder,
          controlPathDir,
          variablesFile,
          asyncFolder,
          secretVariables: Object.keys(answered),
          executableInventories: deps.executableInventories === true,
        }),
        tree,
        runFolder,
        alsoReads: [variablesFile, ...filesIn(secrets)],
        alsoWrites: [controlPathDir, asyncFolder],
      });
      environments.set(item.attemptId, callbacksFor(started.env, tree, base));
      await supervisor.go({
        runId: item.attemptId,
        ...started,
        cwd: tree,
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
}

function collectionsOf({ ANSIBLE_COLLECTIONS_PATH }: Environment): Environment {
  return ANSIBLE_COLLECTIONS_PATH === undefined ? {} : { ANSIBLE_COLLECTIONS_PATH };
}
