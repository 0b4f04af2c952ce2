import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { z } from "zod";
import { digestOf } from "../../../canonical-json.ts";
import { AppError } from "../../../errors.ts";
import type { PlanStep, SealedPlan } from "../../../planner/plan.ts";
import { checkApproval, type SignedApproval } from "../../../runs/approval.ts";
import { createCallbackSettings } from "../callback-settings.ts";
import { findProgram, type Environment } from "../environment.ts";
import { resolveSecrets } from "../resolve-secrets.ts";
import { createSnapshotTrees, type FetchFile } from "../snapshot-tree.ts";
import type { JobState } from "./job-states.ts";
import type { JobOutput } from "./local-jobs.ts";

export interface StartedBy {
  readonly plan: SealedPlan;
  readonly step: PlanStep;
  readonly approval: SignedApproval;
}

export interface JobsElsewhereDeps {
  readonly agentFolder: string;
  readonly stateFolder: string;
  readonly environment: Environment;
  /** The approved plan of the attempt that started a job. */
  readonly startedBy: (attemptId: string) => Promise<StartedBy | null>;
  readonly publicKey: () => Promise<string>;
  readonly fetch: FetchFile;
  readonly secretsFolder: string;
  readonly passwordScripts?: readonly string[] | undefined;
  readonly executableInventories: boolean;
}

/** Jobs on other machines or under other accounts. */
export interface JobsElsewhere {
  ask(states: readonly JobState[]): Promise<void>;
  output(state: JobState, lines: number | "all"): Promise<JobOutput>;
}

const playbook = fileURLToPath(new URL("../../../../ansible/async_check.yml", import.meta.url));
const limitMs = 120_000;
const outputSchema = z.object({ stdout: z.string(), stderr: z.string() });

/**
 * Asks by ansible, with the inventory and settings that were approved when the job was started: from the same sealed files, never from the repo
 * as it is now, where nobody has approved anything.
 */
export function createJobsElsewhere(deps: JobsElsewhereDeps): JobsElsewhere {
  const folder = join(deps.agentFolder, "async-asks");
  const trees = createSnapshotTrees(join(folder, "snapshots"), join(folder, "trees"));
  const settings = createCallbackSettings(join(deps.agentFolder, "settings"));

  async function run(attemptId: string, variables: Readonly<Record<string, unknown>>): Promise<void> {
    const by = await deps.startedBy(attemptId);
    if (by === null) throw new AppError("attempt-unknown", `nobody knows the attempt ${attemptId} that started the job`);
    const { plan, step, approval } = by;
    // The approval was for what runs since then; only its time is over.
    checkApproval(approval, digestOf(plan), await deps.publicKey(), new Date(approval.approval.decidedAt));
    const tree = await trees.prepare(plan.snapshot, deps.fetch);
    const own = plan.snapshot.files.some((file) => file.path === "ansible.cfg");
    const environment = { ...deps.environment, ...(own ? { ANSIBLE_CONFIG: join(tree, "ansible.cfg") } : {}) };
    const merged = await settings.merged(tree, environment);
    const secrets = await resolveSecrets(plan.ansibleConfig, { folder: deps.secretsFolder, passwordScripts: deps.passwordScripts });
    const place = await mkdtemp(join(folder, "ask-"));
    try {
      const file = join(place, "variables.json");
      await writeFile(file, JSON.stringify(variables), { mode: 0o600 });
      await execa(
        findProgram("ansible-playbook", deps.environment),
        [...step.inventory.flatMap((path) => ["-i", join(tree, path)]), "-e", `@${file}`, playbook],
        {
          cwd: tree,
          env: {
            ...environment,
            ...merged,
            ...secrets,
            ANSIBLE_CALLBACKS_ENABLED: "",
            ANSIBLE_LOG_PATH: "/dev/null",
            ANSIBLE_LOCAL_TEMP: join(place, "tmp"),
            ANSIBLE_RETRY_FILES_ENABLED: "0",
            ...(deps.executableInventories ? {} : { ANSIBLE_INVENTORY_ENABLED: "yaml,ini,toml" }),
            CHIFFON_ASYNC_STATE_DIR: deps.stateFolder,
          },
          extendEnv: false,
          stdin: "ignore",
          stdout: "ignore",
          stderr: "ignore",
          reject: false,
          timeout: limitMs,
        },
      );
    } finally {
      await rm(place, { recursive: true, force: true });
    }
  }

  return {
    async ask(states) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const attempts = Map.groupBy(states, (state) => state.run_id ?? "");
      const problems: unknown[] = [];
      // One that cannot be asked for must not keep the others from it.
      for (const [attemptId, jobs] of attempts)
        await run(attemptId, { job_ids: jobs.map((job) => job.job_id) }).catch((error: unknown) => problems.push(error));
      await trees.prune(2, new Set(), new Set());
      if (problems.length > 0) throw problems[0];
    },
    async output(state, lines) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const place = await mkdtemp(join(folder, "output-"));
      try {
        const file = join(place, "output.json");
        await run(state.run_id ?? "", { job_ids: [state.job_id], job_lines: String(lines), job_output_file: file });
        const text = await readFile(file, "utf8").catch(() => null);
        if (text === null) throw new AppError("host-unreachable", `${state.host} did not answer`);
        return outputSchema.parse(JSON.parse(text));
      } finally {
        await rm(place, { recursive: true, force: true });
      }
    },
  };
}
