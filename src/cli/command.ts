import type { GitTrail } from "../audit/git-trail.ts";
import type { Config } from "../config.ts";
import type { Database } from "../db/database.ts";
import type { ExitCode } from "../errors.ts";
import type { Logger } from "../logger.ts";
import type { InventoryNames } from "../mapping/inventory-names.ts";
import type { Mapping } from "../mapping/mapping.ts";
import type { Decomposition, RequestedStep } from "../planner/decomposition.ts";
import type { PlaybookCatalog } from "../mapping/playbook.ts";
import type { ModelFinder } from "../planner/model/find-model.ts";
import type { PlatformSetup } from "../platform-setup.ts";
import type { LintedPlaybook, LintOptions } from "../orchestrator/lint-repo.ts";
import type { AsyncTasks } from "../orchestrator/follow-async-tasks.ts";
import type { UseCases } from "../orchestrator/use-cases.ts";
import type { PlanVersion } from "../planner/plan-store.ts";
import type { RunView } from "../orchestrator/views.ts";

/** Where a command reads and writes: this process's own terminal, or a client's at the other end of the owner's socket. */
export interface CommandIo {
  out(text: string): void;
  err(text: string): void;
  /** One line of input, null at its end. */
  readLine(prompt: string): Promise<string | null>;
  readonly isTTY: boolean;
  readonly colour: boolean;
  readonly columns: number;
  readonly cwd: string;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** Standard input is a pipe or a file. */
  readonly hasInput?: boolean;
  /** Something was written on standard output already. */
  readonly wroteOut?: boolean;
}

/** What commands need of a running Chiffon; `app.ts` puts it together. */
export interface CommandApp {
  readonly config: Config;
  readonly database: Database;
  readonly logger: Logger;
  readonly useCases: UseCases;
  readonly trail: GitTrail;
  /** The language model that plans, if there is one. */
  readonly models: ModelFinder;
  /** Jobs that outlive the step which started them. */
  readonly asyncTasks: AsyncTasks;
  /** Claims and runs work in this process from now on. */
  startAgent(): Promise<void>;
  /** One request mapped without a plan: nothing is stored but the request. */
  map(text: string): Promise<MapResult>;
  catalog(options?: { readonly refresh?: boolean }): Promise<PlaybookCatalog>;
  inventoryNames(): Promise<InventoryNames>;
  lint(options?: LintOptions): Promise<readonly LintedPlaybook[]>;
  /** What the person of this request is told of how it was planned. */
  plannerNotes(requestId: string): Promise<readonly string[]>;
  renderPlan(version: PlanVersion, io: CommandIo): Promise<string>;
  renderResult(view: RunView, io: CommandIo): string;
  /** One line of how a run stands, to be written over the one before. */
  renderProgress(view: RunView, io: CommandIo): string;
  /** What is new since `before`, a line each, for where nothing can be written over. */
  renderChanges(before: RunView | undefined, after: RunView, io: CommandIo): readonly string[];
  /** How to set up the chat platform of this name; also without a data folder. */
  platformSetup: FindPlatformSetup;
}

export type FindPlatformSetup = (
  platform: string,
) => Promise<{ readonly setup: PlatformSetup; readonly environment: Readonly<Record<string, string | undefined>> } | undefined>;

export interface MapResult {
  readonly decomposition: Decomposition;
  readonly steps: readonly {
    readonly step: RequestedStep;
    readonly mapping: Mapping;
    readonly variables: Readonly<Record<string, unknown>>;
    readonly missing: readonly string[];
  }[];
}

export interface Command {
  readonly name: string;
  /** One line for `--help`. */
  readonly summary: string;
  /** The whole help text of the command. */
  readonly help: string;
  /** `app`: on the data folder's one state, through its owner if there is one. `alone`: touches no data folder. */
  readonly needs: "app" | "alone";
  /** With these arguments it touches no data folder either (files are given). */
  readonly aloneFor?: (args: readonly string[]) => boolean;
  run(args: readonly string[], io: CommandIo, app: CommandApp): Promise<ExitCode>;
}
