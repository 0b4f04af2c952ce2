import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { digestOf } from "../../src/canonical-json.ts";
import type { AnsibleSettings } from "../../src/ansible-settings.ts";
import { Agent } from "../../src/agents/agent.ts";
import { createPlaybookExecutor } from "../../src/agents/infra/playbook-executor.ts";
import { cleanEnvironment } from "../../src/agents/infra/environment.ts";
import { createWarmPrograms, type WarmPrograms } from "../../src/agents/infra/warm-programs.ts";
import { exitSchema } from "../../src/agents/infra/supervisor.ts";
import { silentLogger } from "../../src/logger.ts";
import type { AttemptResult, WorkItem } from "../../src/agents/work-source.ts";
import type { PlanStep, SealedFile, SealedPlan } from "../../src/planner/plan.ts";
import type { PreviewCredentials } from "../../src/preview-credentials.ts";
import { shareSettings } from "./worker-folder.ts";
import { InMemoryWorkSource, type AttemptRecord } from "./in-memory-work-source.ts";

export const localInventory =
  "all:\n  hosts:\n    web1:\n    web2:\n  vars:\n    ansible_connection: local\n    ansible_python_interpreter: /usr/bin/python3\n";

export type RepoFiles = Readonly<Record<string, string>>;

/** One agent with real ansible on a temporary folder, and plans sealed from files given as text. */
export class AgentBench {
  readonly folder = mkdtempSync(join(tmpdir(), "chiffon-agent-"));
  readonly source = new InMemoryWorkSource();
  readonly #agents: Agent[] = [];
  warm: WarmPrograms | undefined;

  async agent(
    options: {
      readonly ansiblePlaybook?: string;
      readonly capacity?: number;
      readonly keptRunsPerPlaybook?: number;
      readonly secretsFolder?: string;
      readonly passwordScripts?: readonly string[];
      readonly previewCredentials?: PreviewCredentials;
      readonly ansible?: AnsibleSettings | undefined;
      /** Runs are forked from a process that has ansible imported; waited for until it is there. */
      readonly warm?: boolean;
      readonly promptAnswers?: string;
      /** Added to this process's. */
      readonly environment?: Readonly<Record<string, string>>;
    } = {},
  ): Promise<Agent> {
    const { capacity, environment, warm = false, ...executor } = options;
    const folder = join(this.folder, "agent");
    shareSettings(folder);
    if (warm)
      this.warm = createWarmPrograms({
        environment: cleanEnvironment({ ...process.env, ...environment }),
        agentFolder: folder,
        lintIsRare: true,
      });
    const agent = new Agent({
      id: "agent-1",
      source: this.source,
      executors: [
        createPlaybookExecutor({
          folder,
          environment: { ...process.env, ...environment },
          logger: silentLogger(),
          warm: this.warm,
          ...executor,
        }),
      ],
      logger: silentLogger(),
      renewMilliseconds: 500,
      ...(capacity === undefined ? {} : { capacity }),
    });
    this.#agents.push(agent);
    await agent.start();
    if (this.warm !== undefined) await warmed(this.warm);
    return agent;
  }

  /** Seals `files`, approves the plan and gives it to the agent. */
  submit(files: RepoFiles, step: Partial<PlanStep> = {}, plan: Partial<SealedPlan> = {}): AttemptRecord {
    return this.source.add(this.item(this.plan(files, step, plan)));
  }

  async run(
    files: RepoFiles,
    step: Partial<PlanStep> = {},
    plan: Partial<SealedPlan> = {},
  ): Promise<AttemptRecord & { result: AttemptResult }> {
    const record = this.submit(files, step, plan);
    return Object.assign(record, { result: await this.source.finished(record.item.attemptId) });
  }

  item(plan: SealedPlan): WorkItem {
    return {
      attemptId: `attempt-${randomBytes(6).toString("hex")}`,
      fencing: 1,
      runId: "run-1",
      stepOrder: 1,
      plan,
      approval: this.source.approve(plan),
    };
  }

  plan(files: RepoFiles, step: Partial<PlanStep> = {}, plan: Partial<SealedPlan> = {}): SealedPlan {
    const sealed: SealedFile[] = Object.entries({ "inventory.yml": localInventory, ...files })
      .map(([path, text]) => {
        const content = Buffer.from(text);
        return { path, hash: this.source.addFile(content), size: content.length, executable: false };
      })
      .toSorted((a, b) => (a.path < b.path ? -1 : 1));
    const onlyStep: PlanStep = {
      order: 1, workType: "run_playbook", name: "test", playbook: "site.yml", playbookPath: "site.yml", variables: {}, inventory: ["inventory.yml"],
      inventoryHash: "", hosts: [], lockKeys: [], contentHash: "", limit: null, runsInCheckMode: [], mayAlsoActOn: [], tags: [], check: false, timeLimitSeconds: 60, dependsOn: [], risk: "change",
      riskReason: "", repeatSafe: false, ...step,
    }; // prettier-ignore
    return {
      format: "chiffon-plan/1", planId: "plan-1", version: 1, requestId: "request-1", purpose: "run", steps: [onlyStep],
      snapshot: { hash: digestOf(sealed), files: sealed }, givenVariables: {}, outside: [], ansibleConfig: {}, ansibleVersion: "", secretSources: [], importsPlaybooks: false, ...plan,
    }; // prettier-ignore
  }

  runFolder(attemptId: string): string {
    return join(this.folder, "agent", "runs", attemptId);
  }

  stdout(attemptId: string): string {
    return readFileSync(join(this.runFolder(attemptId), "stdout.log"), "utf8");
  }

  /** Whether ansible was forked from the warm process, and why not. */
  howStarted(attemptId: string): { readonly warm: boolean; readonly whyCold: string | null } {
    return exitSchema.parse(JSON.parse(readFileSync(join(this.runFolder(attemptId), "exit.json"), "utf8")));
  }

  async close(): Promise<void> {
    for (const agent of this.#agents) await agent.stop();
    this.warm?.close();
    for (const record of this.source.attempts.values()) endProcesses(record.item.attemptId);
    // Snapshots are read-only trees.
    execFileSync("chmod", ["-R", "u+w", this.folder]);
    // A warm process that is ended while it checks itself has a child that writes for some moments more.
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}

/** Resolves when runs can be forked and the pool had a moment to ask for one, or when it is known that they cannot. */
export async function warmed(warm: WarmPrograms): Promise<void> {
  let started = false;
  warm.start(0);
  await until(() => {
    const { kind } = warm.ansible.state();
    started ||= kind === "starting";
    return kind === "ready" || (started && kind === "away");
  }, 60_000);
  await new Promise((resolve) => setTimeout(resolve, 200));
}

/** Pids of living processes that carry this attempt in their environment. */
export function processesOf(attemptId: string): number[] {
  return readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const own = readFileSync(`/proc/${name}/environ`, "utf8").split("\0").includes(`CHIFFON_RUN_ID=${attemptId}`);
      return own && !/\) [ZX] /.test(readFileSync(`/proc/${name}/stat`, "utf8")) ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
}

/** The numbers of ansible's own PLAY RECAP, by host. */
export function recapOf(stdout: string): Record<string, Record<string, number>> {
  const recap = stdout.slice(stdout.lastIndexOf("PLAY RECAP"));
  const hosts: Record<string, Record<string, number>> = {};
  for (const line of recap.split("\n").slice(1)) {
    const [, host, counts] = /^(\S+)\s+:\s+(ok=.*)$/.exec(line) ?? [];
    if (host === undefined || counts === undefined) continue;
    const numbers = Object.fromEntries(
      [...counts.matchAll(/(\w+)=(\d+)/g)].map(([, name, count]) => [name === "failed" ? "failures" : name, Number(count)]),
    );
    hosts[host] = numbers;
  }
  return hosts;
}

export function writeFiles(folder: string, files: RepoFiles): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

export async function until(condition: () => boolean, milliseconds = 20_000): Promise<void> {
  const end = Date.now() + milliseconds;
  while (!condition()) {
    if (Date.now() > end) throw new Error("it did not happen in time");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export function endProcesses(attemptId: string): void {
  for (const pid of processesOf(attemptId)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It ended.
    }
  }
}
