import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createApp, type App } from "../src/app.ts";
import { planCard } from "../src/bot/make-cards.ts";
import type { Card } from "../src/bot/cards.ts";
import { warmFolder } from "../src/agents/infra/warm-programs.ts";
import { readWarmState } from "../src/agents/infra/warm-state.ts";
import type { Executor } from "../src/agents/executor.ts";
import { readConfig } from "../src/config.ts";
import { silentLogger } from "../src/logger.ts";
import { openConversation } from "../src/planner/conversation-store.ts";
import { createWebPlatform } from "../src/web/web-platform.ts";

/** Where Chiffon itself lies. */
export const home = join(import.meta.dirname, "..");

/** A running Chiffon as `chiffon start` makes it: database on disk, web chat, reporter, agent; warmed up. */
export interface BenchApp {
  readonly app: App;
  readonly dataDir: string;
  /** Request to plan card. */
  plan(text: string): Promise<{ readonly card: Card; readonly planVersionId: string | null; readonly milliseconds: number }>;
  /** Approval decision to the end of the run as everybody can see it. The plan was made before. */
  approveAndWait(planVersionId: string): Promise<FinishedRun>;
  /** Suggestions and git commit: what comes after the end must not lie in the next measurement. */
  settled(runId: string): Promise<void>;
  stop(): Promise<void>;
}

export interface FinishedRun {
  readonly runId: string;
  readonly state: string;
  /** Of the wall clock, in milliseconds. */
  readonly askedAt: number;
  readonly decidedAt: number;
  readonly endedAt: number;
}

const finalStates = new Set(["succeeded", "failed", "cancelled", "outcome_unknown"]);
const longestRunMs = 600_000;

export interface BenchAppOptions {
  /** A PostgreSQL in place of the embedded database. */
  readonly databaseUrl?: string;
  /** Does the work in place of ansible. */
  readonly executor?: Executor;
  /** False: nothing is linted after a run; lint takes longer than a small run. */
  readonly lint?: boolean;
  /** Runs are forked from a process that has ansible imported; waited for until it is there. */
  readonly warm?: boolean;
}

export async function openBenchApp(repo: string, dataDir: string, options: BenchAppOptions = {}): Promise<BenchApp> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const { databaseUrl, executor, lint = true, warm = false } = options;
  const environment = lint ? benchEnvironment() : withoutLint(benchEnvironment(), dataDir);
  const settings = {
    ...environment,
    CHIFFON_REPO: repo,
    CHIFFON_DATA_DIR: dataDir,
    CHIFFON_WEB_PORT: "0",
    ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
  };
  // The first start makes the database and keeps some 200 MB of memory from it; most of the time Chiffon runs on a folder that is there.
  if (!existsSync(join(dataDir, "db"))) execFileSync(join(home, "bin", "chiffon"), ["runs"], { cwd: repo, env: settings, stdio: "ignore" });
  const known = readConfig(settings, repo);
  const config = { ...known, settings: { ...known.settings, ansible: { back_end: "ansible-playbook" as const, warm } } };
  const logger = silentLogger();
  const app = await createApp({ config, logger, environment, ...(executor === undefined ? {} : { executor }) });
  try {
    await app.startAgent({ stays: warm });
    await app.startBot([createWebPlatform({ database: app.database, logger })]);
    await app.warmUp();
    if (warm) await warmProcesses(join(dataDir, "agent"));
  } catch (error) {
    await app.stop();
    throw error;
  }
  const conversationId = await openConversation(app.database, "web", "bench");

  return {
    app,
    dataDir,
    async plan(text) {
      const begun = performance.now();
      const outcome = await app.useCases.submitRequest({ conversationId, person: "local", text });
      const id = outcome.kind === "plan" || outcome.kind === "question" ? outcome.planVersionId : null;
      const version = id === null ? undefined : await app.useCases.plan(id);
      const card: Card =
        version === undefined
          ? { kind: "notice", tone: "info", text: outcome.kind, help: null }
          : planCard(version, await app.planFacts(version.id));
      return { card, planVersionId: outcome.kind === "plan" ? id : null, milliseconds: performance.now() - begun };
    },
    async approveAndWait(planVersionId) {
      const askedAt = wallClock();
      const ended = watchForEnd(app);
      try {
        const decision = await app.useCases.decide({ planVersionId, person: "local", decision: "approved" });
        const decidedAt = wallClock();
        if (decision.kind !== "approved") throw new Error(`not approved: ${JSON.stringify(decision)}`);
        const { state, at } = await ended.of(decision.runId);
        return { runId: decision.runId, state, askedAt, decidedAt, endedAt: at };
      } finally {
        ended.stop();
      }
    },
    async settled(runId) {
      const until = Date.now() + longestRunMs;
      while (Date.now() < until) {
        const found = await app.database.query(
          "select 1 from run where id = $1 and audit_commit is not null and exists (select 1 from run_event where run_id = run.id and kind = 'report')",
          [runId],
        );
        if (found.length > 0) return;
        await pause(50);
      }
      throw new Error("the run was not settled in time");
    },
    stop: () => app.stop(),
  };
}

async function warmProcesses(agentFolder: string): Promise<void> {
  const isReady = (name: string): boolean => readWarmState(warmFolder(agentFolder), name)?.kind === "ready";
  for (let waited = 0; !isReady("ansible") || !isReady("lint"); waited += 50) {
    if (waited > 60_000) throw new Error("there is no warm process");
    await pause(50);
  }
  await pause(500);
}

/** Makes a plan for each request, so that only its approval remains. */
export async function planOf(bench: BenchApp, text: string): Promise<string> {
  const { planVersionId, card } = await bench.plan(text);
  if (planVersionId === null) throw new Error(`"${text}" did not become a plan: ${JSON.stringify(card)}`);
  return planVersionId;
}

/** The end of a run as its row tells it, looked at whenever there is news of that run. */
function watchForEnd(app: App): { of(runId: string): Promise<{ state: string; at: number }>; stop(): void } {
  let wake: () => void = () => undefined;
  let news = true;
  const stop = app.useCases.onRun(() => {
    news = true;
    wake();
  });
  return {
    stop,
    async of(runId) {
      const until = Date.now() + longestRunMs;
      while (Date.now() < until) {
        news = false;
        const [row] = await app.database.query<{ state: string }>("select state from run where id = $1", [runId]);
        if (row !== undefined && finalStates.has(row.state)) return { state: row.state, at: wallClock() };
        if (!news)
          await new Promise<void>((resolve) => {
            wake = resolve;
            setTimeout(resolve, 10_000).unref();
          });
      }
      throw new Error("the run did not end in time");
    },
  };
}

/** A folder of its own below the system's temporary one; sealed trees in it are read-only. */
export function temporaryFolder(): { readonly path: string; remove(): void } {
  const path = realpathSync(mkdtempSync(join(tmpdir(), "chiffon-bench-")));
  return {
    path,
    remove() {
      execFileSync("chmod", ["-R", "u+w", path]);
      rmSync(path, { recursive: true, force: true });
    },
  };
}

/** Ours without settings of the person who measures: they would decide what is measured. */
export function benchEnvironment(): Record<string, string> {
  const kept = Object.entries(process.env).filter(([name]) => !/^(CHIFFON_|ANSIBLE_|PYTHON|DATABASE_URL$|NODE_)/.test(name));
  return Object.fromEntries(kept.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])));
}

function withoutLint(environment: Record<string, string>, folder: string): Record<string, string> {
  const programs = join(folder, "no-lint");
  mkdirSync(programs);
  writeFileSync(join(programs, "ansible-lint"), "#!/bin/sh\nexit 127\n", { mode: 0o755 });
  return { ...environment, PATH: `${programs}:${environment["PATH"] ?? ""}` };
}

/** With parts of a millisecond, comparable with the times of files and rows. */
export function wallClock(): number {
  return performance.timeOrigin + performance.now();
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}
