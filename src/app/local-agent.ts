import { randomUUID } from "node:crypto";
import { mkdirSync, realpathSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { Agent } from "../agents/agent.ts";
import { registerAgent } from "../agents/agent-registry.ts";
import type { Executor } from "../agents/executor.ts";
import { createPlaybookExecutor } from "../agents/infra/playbook-executor.ts";
import { createWarmPrograms, type WarmPrograms } from "../agents/infra/warm-programs.ts";
import type { WorkSource } from "../agents/work-source.ts";
import type { Config, Environment } from "../config.ts";
import type { Database } from "../db/database.ts";
import type { Logger } from "../logger.ts";
import { readOrMakeSecret } from "../secret-file.ts";

export interface LocalAgentDeps {
  readonly config: Config;
  readonly environment: Environment;
  readonly database: Database;
  readonly logger: Logger;
  readonly source: WorkSource;
  /** Where it keeps its identity, runs and copies. */
  readonly folder: string;
  readonly promptAnswers: string | undefined;
  readonly warm: WarmPrograms | undefined;
  /** Does the work; ansible when absent. */
  readonly executor: Executor | undefined;
  /** Told what is to be stopped as soon as it runs, so that a start that fails half-way leaves nothing. */
  readonly onStarted: (stop: () => Promise<void>) => void;
}

/** The agent of this process: it claims work, and is registered like any other. */
export async function startLocalAgent(deps: LocalAgentDeps): Promise<Agent> {
  const { config, environment, database, logger, source, folder } = deps;
  const { settings } = config;
  const executor =
    deps.executor ??
    createPlaybookExecutor({
      folder,
      environment,
      logger,
      executableInventories: settings.executable_inventories.length > 0,
      secretsFolder: realpathSync(config.repo),
      passwordScripts: settings.password_scripts,
      previewCredentials: settings.preview_credentials,
      promptAnswers: deps.promptAnswers,
      ansible: settings.ansible,
      warm: deps.warm,
    });
  const id = agentId(folder);
  const started = new Agent({ id, source, executors: [executor], logger, capacity: settings.runs_at_once });
  deps.onStarted(() => started.stop());
  await started.start();
  deps.onStarted(await registerAgent({ database, logger }, { id, name: hostname(), capacity: settings.runs_at_once }));
  return started;
}

/** None where ansible is not installed: a run says so. */
export function warmPrograms(...[deps]: Parameters<typeof createWarmPrograms>): WarmPrograms | undefined {
  try {
    return createWarmPrograms(deps);
  } catch {
    return undefined;
  }
}

/** Survives restarts. */
function agentId(folder: string): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return readOrMakeSecret(join(folder, "id"), () => `${hostname()}-${randomUUID().slice(0, 8)}`).trim();
}
