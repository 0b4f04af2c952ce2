import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { EventEmitter } from "node:events";
import { Readable, Writable } from "node:stream";
import { afterAll, inject, onTestFinished } from "vitest";
import { createApp, type App } from "../../src/app.ts";
import type { Executor } from "../../src/agents/executor.ts";
import type { AttemptReference, AttemptResult, WorkItem, WorkSource } from "../../src/agents/work-source.ts";
import { runCommandLine } from "../../src/cli/command-line.ts";
import type { TerminalProcess } from "../../src/cli/process-io.ts";
import type { Config, Environment, Settings } from "../../src/config.ts";
import { openHouse } from "../../src/front-doors.ts";
import type { Database, Row } from "../../src/db/database.ts";
import { openEmptyDatabase } from "./empty-database.ts";
import { silentLogger, type Logger } from "../../src/logger.ts";
import type { CancelOutcome } from "../../src/orchestrator/cancel-run.ts";
import type { DecisionOutcome } from "../../src/orchestrator/decide-approval.ts";
import type { RequestOutcome } from "../../src/orchestrator/use-cases.ts";
import type { RunView } from "../../src/orchestrator/views.ts";
import { watchOver } from "../../src/orchestrator/watch-over.ts";
import { openConversation } from "../../src/planner/conversation-store.ts";
import { InMemoryPlatform } from "./in-memory-platform.ts";
import { ScriptedExecutor } from "./scripted-executor.ts";
import { emptyMigrated, shiftClock } from "./databases.ts";
import { workerFolder } from "./worker-folder.ts";

export interface TestAppOptions {
  /** An open, migrated database; a PGlite in memory when absent. */
  readonly database?: Database;
  /** More files of the repo, or others in place of `smallRepo`. */
  readonly files?: Readonly<Record<string, string>>;
  /** `ansible`: the real one. */
  readonly executor?: Executor | "ansible";
  readonly settings?: Partial<Settings>;
  /** Where language models are; none when absent. */
  readonly models?: Config["models"];
  readonly logger?: Logger;
  /** Programs before those of the test: `programs()` has no ansible-lint. */
  readonly programs?: string;
}

/** A whole app on a temporary data folder and a small repo. Stopped by itself at the end of the test. */
export interface TestApp {
  readonly app: App;
  readonly database: Database;
  readonly repo: string;
  readonly dataDir: string;
  readonly platform: InMemoryPlatform;
  readonly executor: ScriptedExecutor;
  write(path: string, text: string): void;
  ask(text: string, person?: string): Promise<RequestOutcome>;
  /** Asks, and gives the plan version that waits for its approval. */
  plan(text: string): Promise<string>;
  approve(planVersionId: string, person?: string, typed?: string): Promise<DecisionOutcome>;
  /** Asks and approves; the run waits for its agent. */
  run(text: string): Promise<string>;
  cancel(runId: string, person?: string): Promise<CancelOutcome>;
  view(runId: string): Promise<RunView>;
  /** The work source, and an agent's part by hand. */
  source(): Promise<WorkSource>;
  claim(agentId?: string): Promise<WorkItem>;
  finish(attempt: AttemptReference, result: AttemptResult): Promise<void>;
  watch(): ReturnType<typeof watchOver>;
  shift(seconds: number): Promise<void>;
  audit(action: string): Promise<readonly AuditRow[]>;
  startBot(): Promise<void>;
  /** Another app on the same database, data folder and platform; the first one is stopped. */
  restart(): Promise<TestApp>;
  stop(): Promise<void>;
}

export interface AuditRow {
  readonly actor: string;
  readonly resource: string;
  readonly result: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

const playbook = (name: string, hosts: string, head = ""): string =>
  `${head}- name: ${name}\n  hosts: ${hosts}\n  gather_facts: false\n  tasks:\n    - name: write\n      ansible.builtin.copy:\n        content: hello\n        dest: /tmp/chiffon-test-never-written\n`;

export const smallRepo: Readonly<Record<string, string>> = {
  "README.md": "# A small repo\n",
  "inventory.yml":
    "all:\n  children:\n    web:\n      hosts:\n        web1: { ansible_host: 192.0.2.1 }\n        web2: { ansible_host: 192.0.2.2 }\n    storage:\n      hosts:\n        nas: { ansible_host: 192.0.2.3 }\n        backupbox: { ansible_host: 192.0.2.3 }\n",
  "group_vars/all.yml": "greeting: hello\n",
  "deploy-gitea.yml": playbook("Deploy Gitea", "web1"),
  "backup-gitea.yml": playbook("Back up Gitea", "web1", "# chiffon:repeat=safe\n"),
  "remove-gitea.yml": playbook("Remove Gitea", "web1"),
  "deploy-plex.yml": playbook("Deploy Plex", "nas"),
  "deploy-grafana.yml": playbook("Deploy Grafana", "backupbox"),
  "deploy-traefik.yml": playbook("Deploy Traefik", "web2"),
  "check-disk.yml":
    "- name: Check disk\n  hosts: web\n  gather_facts: false\n  tasks:\n    - name: look\n      ansible.builtin.command: df\n      changed_when: false\n",
  "deploy-homepage.yml": "- name: Deploy Homepage\n  hosts: web2\n  gather_facts: false\n  roles:\n    - homepage\n",
  "roles/homepage/tasks/main.yml":
    "- name: say\n  ansible.builtin.debug:\n    msg: hello\n- name: write\n  ansible.builtin.command: touch /tmp/chiffon-test-never-written\n",
};

const root = join(realpathSync(workerFolder()), "app");
rmSync(root, { recursive: true, force: true });
mkdirSync(root);
const repo = join(root, "repo");
/** What ansible said of this repo, kept from test to test and from file to file: it takes a second to ask. */
const answersFile = join(workerFolder(), "answers.json");
const firstAnswers = join(inject("emptyDatabase"), "answers.json");
const answers = new Map(JSON.parse(readFileSync(existsSync(answersFile) ? answersFile : firstAnswers, "utf8")) as [string, Row][]);
let embedded: Promise<Database> | undefined;
let folders = 0;
afterAll(async () => {
  await (await embedded)?.close();
  rmSync(root, { recursive: true, force: true });
  writeFileSync(answersFile, JSON.stringify([...answers]));
});

export async function createTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  const { database, dataDir } = await prepare(options);
  return openTestApp(options, database, dataDir, new InMemoryPlatform());
}

async function prepare(options: TestAppOptions): Promise<{ readonly database: Database; readonly dataDir: string }> {
  const database = options.database ?? (await emptyPglite());
  const dataDir = join(root, `data-${(folders += 1)}`);
  mkdirSync(dataDir, { mode: 0o700 });
  rmSync(repo, { recursive: true, force: true });
  for (const [path, text] of Object.entries({ ...smallRepo, ...options.files })) write(path, text);
  const statement = "insert into cached_answer (key, value) values ($1, $2::jsonb) on conflict do nothing";
  for (const [key, row] of answers) await database.query(statement, [key, JSON.stringify(row)]);
  return { database, dataDir };
}

export interface TestCommands {
  readonly database: Database;
  readonly dataDir: string;
  readonly repo: string;
  readonly executor: ScriptedExecutor;
  write(path: string, text: string): void;
  /** The command of DESIGN.md in this process; `input` is what somebody types. */
  run(args: readonly string[], more?: { readonly input?: string; readonly env?: Environment }): CommandRun;
}

export interface CommandRun {
  readonly ended: Promise<{ readonly code: number; readonly out: string; readonly err: string }>;
  interrupt(): void;
  said(): string;
}

/** The command line on a database in memory, with a scripted executor. */
export async function createTestCommands(options: TestAppOptions = {}): Promise<TestCommands> {
  const { database, dataDir } = await prepare(options);
  const executor = new ScriptedExecutor();
  const env: Environment = {
    PATH: programs(),
    CHIFFON_REPO: repo,
    CHIFFON_DATA_DIR: dataDir,
    CHIFFON_WEB_PORT: "0",
    CHIFFON_LOG_LEVEL: "silent",
    CHIFFON_MODEL: "none", // a developer's own Ollama must not decide what tests show
    CHIFFON_EMBEDDER_FOLDER: "",
    CHIFFON_EMBEDDER_MODEL: "",
    SLACK_BOT_TOKEN: "",
    DISCORD_TOKEN: "",
  };
  onTestFinished(async () => {
    for (const row of await database.query("select key, value from cached_answer")) answers.set(row["key"], row["value"]);
  });
  return {
    database, dataDir, repo, executor, write,
    run(args, more = {}) {
      const process = new FakeProcess({ ...env, ...more.env }, more.input ?? "");
      const code = runCommandLine(args, { process: process.asProcess(), openHouse: (house) => openHouse({ ...house, database, executor }), platformSetup: async () => undefined });
      return {
        ended: code.then((ended) => ({ code: ended, out: process.out.text, err: process.err.text })),
        interrupt: () => void process.emit("SIGINT"),
        said: () => process.err.text,
      };
    },
  }; // prettier-ignore
}

/** What commands use of a process, without a terminal. */
class FakeProcess extends EventEmitter {
  readonly out = textSink();
  readonly err = textSink();
  readonly #stdin: Readable;
  readonly #env: Environment;

  constructor(env: Environment, input: string) {
    super();
    this.#env = env;
    this.#stdin = Object.assign(Readable.from(input === "" ? [] : [input]), { unref: () => undefined, fd: -1 });
  }

  asProcess(): TerminalProcess {
    const process = {
      stdin: this.#stdin,
      stdout: this.out,
      stderr: this.err,
      env: this.#env,
      cwd: () => root,
      on: this.on.bind(this),
      off: this.off.bind(this),
    };
    return process as unknown as TerminalProcess;
  }
}

function textSink(): Writable & { text: string } {
  const sink = Object.assign(new Writable({ write: (chunk, _encoding, done) => ((sink.text += String(chunk)), done()) }), { text: "" });
  return sink;
}

async function openTestApp(options: TestAppOptions, database: Database, dataDir: string, platform: InMemoryPlatform): Promise<TestApp> {
  const executor = options.executor instanceof ScriptedExecutor ? options.executor : new ScriptedExecutor();
  const config: Config = {
    repo, repoIsExample: false, dataDir, webHost: "127.0.0.1", webPort: 0, snapshotKey: undefined, logLevel: "silent", databaseUrl: undefined,
    ...(options.models === undefined ? {} : { models: options.models }),
    settings: { executable_inventories: [], step_time_limit_seconds: 60, plan_expires_minutes: 60, runs_at_once: 2, ...options.settings },
  }; // prettier-ignore
  const app = await createApp({
    config,
    database,
    logger: options.logger ?? silentLogger(),
    environment: { ...process.env, PATH: options.programs === undefined ? programs() : `${options.programs}${delimiter}${programs()}` },
    ...(options.executor === "ansible" ? {} : { executor: options.executor ?? executor }),
  });
  let open = true;
  const stop = async (): Promise<void> => {
    if (!open) return;
    open = false;
    await app.stop();
    for (const row of await database.query("select key, value from cached_answer")) answers.set(row["key"], row["value"]);
  };
  onTestFinished(stop);
  const conversation = await openConversation(database, "test", "thread");
  const test: TestApp = {
    app, database, repo, dataDir, platform, executor, write, stop,
    ask: (text, person = "local") => app.useCases.submitRequest({ conversationId: conversation, person, text }),
    async plan(text) {
      const outcome = await test.ask(text);
      if (outcome.kind !== "plan") throw new Error(`no plan: ${JSON.stringify(outcome)}`);
      return outcome.planVersionId;
    },
    approve: (planVersionId, person = "local", typed) =>
      app.useCases.decide({ planVersionId, person, decision: "approved", ...(typed === undefined ? {} : { typed }) }),
    async run(text) {
      const outcome = await test.approve(await test.plan(text), "local", "destructive");
      if (outcome.kind !== "approved") throw new Error(`not approved: ${JSON.stringify(outcome)}`);
      return outcome.runId;
    },
    cancel: (runId, person = "local") => app.useCases.cancelRun(runId, person),
    async view(runId) {
      const view = await app.useCases.run(runId);
      if (view === undefined) throw new Error("no such run");
      return view;
    },
    source: () => app.workSource(),
    async claim(agentId = "agent-1") {
      const item = await (await app.workSource()).claim(agentId);
      if (item === null) throw new Error("there is nothing to claim");
      return item;
    },
    finish: async (attempt, result) => (await app.workSource()).finish(attempt, result),
    watch: () => watchOver(database),
    shift: (seconds) => shiftClock(database, seconds),
    audit: (action) =>
      database.query<AuditRow & Row>("select actor, resource, result, facts from audit_entry where action = $1 order by number", [action]),
    async startBot() {
      await app.startBot([platform]);
    },
    async restart() {
      await stop();
      return openTestApp(options, database, dataDir, platform);
    },
  }; // prettier-ignore
  return test;
}

function write(path: string, text: string): void {
  const file = join(repo, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  if (text.startsWith("#!")) chmodSync(file, 0o755);
}

async function emptyPglite(): Promise<Database> {
  embedded ??= openEmptyDatabase();
  const database = await embedded;
  await emptyMigrated(database);
  return { ...database, close: async () => undefined };
}

/** The programs that a run needs, without ansible-lint: it takes seconds for every run and is not the point here. */
function programs(): string {
  const folder = join(root, "bin");
  try {
    mkdirSync(folder);
  } catch {
    return folder;
  }
  for (const name of ["ansible", "ansible-playbook", "ansible-config", "ansible-inventory", "git", "sh", "python3"]) {
    for (const place of (process.env["PATH"] ?? "").split(delimiter)) {
      try {
        accessSync(join(place, name), constants.X_OK);
        symlinkSync(join(place, name), join(folder, name));
        break;
      } catch {
        continue;
      }
    }
  }
  return folder;
}

/** Waits for what happens by itself; the message says what did not. */
export async function eventually<T>(what: string, look: () => T | Promise<T>, milliseconds = 15_000): Promise<NonNullable<T>> {
  const end = Date.now() + milliseconds;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== null && found !== false) return found;
    if (Date.now() > end) throw new Error(`it did not happen in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
