import { mkdirSync, watch, type FSWatcher } from "node:fs";
import { messageOf } from "../../../errors.ts";
import type { Logger } from "../../../logger.ts";
import type { AsyncTaskListener } from "../../async-task.ts";
import { hasEnded, isHere, reportOf, type JobState, type JobStates } from "./job-states.ts";

export interface JobWatchDeps {
  /** Of the state files. */
  readonly folder: string;
  readonly states: JobStates;
  /** Looks at the open jobs of this machine and writes down how they stand. */
  readonly lookHere: () => Promise<void>;
  /** The same for jobs on other machines or of other accounts; it costs a start of ansible. */
  readonly askElsewhere: (states: readonly JobState[]) => Promise<void>;
  readonly listener: AsyncTaskListener;
  readonly logger: Logger;
  /** How often to look at jobs of this machine at first, and at most; 1 and 10 s. Elsewhere it is 15 s and 2 minutes. */
  readonly everyMs?: number;
}

const mostMs = 10_000;
const elsewhereFactor = 15;
const mostElsewhereMs = 120_000;
const idleMs = 30_000;
/** A host that does not answer for so long after the limit of its job is told of as lost. */
const lostMs = 5 * 60_000;
const toldDays = 30;

/**
 * Follows the jobs that runs of this agent have started, until each has ended, and says so. All it knows is in the state files, so it goes on
 * after a restart where it was.
 */
export class JobWatch {
  readonly #deps: JobWatchDeps;
  readonly #stopping = new AbortController();
  /** What was told last, by job. */
  readonly #told = new Map<string, string>();
  #loop: Promise<void> = Promise.resolve();
  #watcher: FSWatcher | null = null;
  #wake: () => void = () => undefined;
  /** Something was written since the last look. */
  #woken = false;
  #nextHere = 0;
  #nextElsewhere = 0;

  constructor(deps: JobWatchDeps) {
    this.#deps = deps;
  }

  start(): void {
    mkdirSync(this.#deps.folder, { recursive: true, mode: 0o700 });
    try {
      this.#watcher = watch(this.#deps.folder, { persistent: false }, (_event, name) => {
        if (name?.endsWith(".json") !== true) return;
        this.#woken = true;
        this.#wake();
      });
      this.#watcher.on("error", () => undefined);
    } catch {
      // No inotify watches left: the timer remains.
    }
    this.#loop = this.#run();
  }

  /** One look at the open jobs of this machine, for whoever asks now. */
  async look(): Promise<void> {
    const open = (await this.#deps.states.read()).some((state) => !hasEnded(state) && attemptOf(state) !== null && isHere(state));
    if (open) await this.#deps.lookHere();
    await this.#tell(await this.#deps.states.read());
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#watcher?.close();
    this.#wake();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      let wait = idleMs;
      this.#woken = false;
      try {
        wait = await this.#round();
      } catch (error) {
        this.#deps.logger.warn({ error: messageOf(error) }, "jobs could not be looked at, tried again soon");
      }
      if (!signal.aborted) await this.#rest(wait);
    }
  }

  /** How long to rest afterwards. */
  async #round(): Promise<number> {
    const { states, lookHere, askElsewhere } = this.#deps;
    let known = await states.read();
    await this.#tell(known);
    const open = known.filter((state) => !hasEnded(state) && attemptOf(state) !== null);
    const here = open.filter(isHere);
    const elsewhere = open.filter((state) => !isHere(state));
    if (here.length > 0 && Date.now() >= this.#nextHere) {
      await lookHere();
      this.#nextHere = Date.now() + restFor(here, this.#every, mostMs);
      known = await states.read();
      await this.#tell(known);
    }
    if (elsewhere.length > 0 && Date.now() >= this.#nextElsewhere) {
      await askElsewhere(elsewhere);
      this.#nextElsewhere = Date.now() + restFor(elsewhere, this.#every * elsewhereFactor, mostElsewhereMs);
      await this.#tell(await states.read());
    }
    return Math.min(
      idleMs,
      here.length > 0 ? Math.max(50, this.#nextHere - Date.now()) : idleMs,
      elsewhere.length > 0 ? Math.max(50, this.#nextElsewhere - Date.now()) : idleMs,
    );
  }

  async #tell(known: readonly JobState[]): Promise<void> {
    const since = Date.now() - toldDays * 86_400_000;
    for (const state of known) {
      const attemptId = attemptOf(state);
      const silent = isSilent(state);
      const status = silent ? "silent" : state.status;
      if (attemptId === null || this.#told.get(state.job_id) === status) continue;
      if (hasEnded(state) && Date.parse(state.finish_time ?? state.start_time) < since) continue;
      await this.#deps.listener.told({
        ...reportOf(state, attemptId),
        ...(silent ? { status: "unknown", reason: "host_unreachable" } : {}),
      });
      this.#told.set(state.job_id, status);
    }
  }

  get #every(): number {
    return this.#deps.everyMs ?? 1_000;
  }

  async #rest(milliseconds: number): Promise<void> {
    if (this.#woken) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** Still open long after its limit, though its host was asked again and again: nobody there answers. */
function isSilent(state: JobState): boolean {
  return !hasEnded(state) && !isHere(state) && Date.now() > Date.parse(state.start_time) + state.timeout * 1_000 + lostMs;
}

function attemptOf(state: JobState): string | null {
  return state.run_id ?? null;
}

/** A job of an hour is not looked at as often as one of a minute: a twentieth of the youngest one's age; and at the limit of any of them. */
function restFor(states: readonly JobState[], least: number, most: number): number {
  const now = Date.now();
  const youngest = Math.min(...states.map((state) => now - Date.parse(state.start_time)));
  const limits = states.map((state) => Date.parse(state.start_time) + state.timeout * 1_000 + 100 - now).filter((left) => left > 0);
  return Math.max(least, Math.min(most, youngest / 20, ...limits));
}
