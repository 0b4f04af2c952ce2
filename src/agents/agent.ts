import { setImmediate as breathe } from "node:timers/promises";
import { isAppError, messageOf, type AppError } from "../errors.ts";
import type { Logger } from "../logger.ts";
import type { ExecutingAttempt, Executor } from "./executor.ts";
import type { AttemptReference, AttemptResult, NumberedEvent, WorkItem, WorkSource } from "./work-source.ts";

export interface AgentDeps {
  readonly id: string;
  readonly source: WorkSource;
  readonly executors: readonly Executor[];
  readonly logger: Logger;
  /** Attempts at once; 2. */
  readonly capacity?: number;
  /** How often to look for work without being woken; 5 s. */
  readonly pollMilliseconds?: number;
  /** How often to renew the lease of 15 s; 5 s. */
  readonly renewMilliseconds?: number;
}

const firstWait = 100;
const longestWait = 5_000;

/**
 * Claims attempts, lets an executor do them, renews their leases and hands on events and results. What an executor started goes on
 * when the agent stops, dies or loses its source; the next agent on the same folder takes it up again.
 */
export class Agent {
  readonly #deps: AgentDeps;
  readonly #stopping = new AbortController();
  readonly #carried = new Set<Promise<void>>();
  readonly #checks = new Set<() => void>();
  #loop: Promise<void> = Promise.resolve();
  #unsubscribe: () => void = () => undefined;
  #woken = false;
  #wake: () => void = () => undefined;

  constructor(deps: AgentDeps) {
    this.#deps = deps;
  }

  async start(): Promise<void> {
    this.#unsubscribe = this.#deps.source.onWake(() => {
      this.#rouse();
      for (const check of this.#checks) check();
    });
    for (const executor of this.#deps.executors) {
      for (const attempt of await executor.recover()) {
        this.#deps.logger.info({ attemptId: attempt.reference.attemptId }, "attempt taken up again");
        this.#carry(attempt);
      }
    }
    this.#loop = this.#claimLoop();
  }

  /** Stops claiming and following. Running playbooks go on under their supervisors. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#unsubscribe();
    this.#rouse();
    await this.#loop;
    await Promise.all(this.#carried);
    for (const executor of this.#deps.executors) executor.close();
  }

  get running(): number {
    return this.#carried.size;
  }

  async #claimLoop(): Promise<void> {
    const { signal } = this.#stopping;
    const { source, logger, id, capacity = 2, pollMilliseconds = 5_000 } = this.#deps;
    while (!signal.aborted) {
      this.#woken = false;
      try {
        while (this.#carried.size < capacity && !signal.aborted) {
          const item = await source.claim(id);
          if (item === null) break;
          this.#track(this.#begin(item));
        }
      } catch (error) {
        logger.warn({ error: messageOf(error) }, "claim failed");
      }
      if (!this.#woken && !signal.aborted) await this.#rest(pollMilliseconds);
    }
  }

  async #begin(item: WorkItem): Promise<void> {
    const { executors, source, logger } = this.#deps;
    const workType = item.plan.steps.find((step) => step.order === item.stepOrder)?.workType ?? "";
    const executor = executors.find((candidate) => candidate.workTypes.includes(workType));
    if (executor === undefined) {
      return this.#finish(item, failure("UNKNOWN_WORK_TYPE", `Unknown work type: ${workType}`));
    }
    const lease = this.#keepLease(item, null);
    let outcome;
    try {
      outcome = await executor.start(item, source);
    } finally {
      lease.end();
    }
    if (outcome.kind === "refused") return this.#finish(item, outcome.result);
    logger.info({ attemptId: item.attemptId, runId: item.runId }, "attempt started");
    return this.#follow(outcome.attempt);
  }

  #carry(attempt: ExecutingAttempt): void {
    this.#track(this.#follow(attempt));
  }

  #track(work: Promise<void>): void {
    const tracked = work
      .catch((error: unknown) => {
        this.#deps.logger.error({ error: messageOf(error) }, "attempt could not be followed");
      })
      .finally(() => {
        this.#carried.delete(tracked);
        this.#rouse();
      });
    this.#carried.add(tracked);
  }

  async #follow(attempt: ExecutingAttempt): Promise<void> {
    const { signal } = this.#stopping;
    const { reference } = attempt;
    const lease = this.#keepLease(reference, (reason) => attempt.stop(reason));
    try {
      let stored = await this.#insist(() => this.#deps.source.events(reference, []));
      for await (const batch of attempt.events(signal)) {
        const fresh: NumberedEvent[] = batch.filter(({ number }) => number > (stored ?? 0));
        if (fresh.length > 0) stored = (await this.#insist(() => this.#deps.source.events(reference, fresh))) ?? stored;
        if (signal.aborted) return;
        await breathe(); // reading a file and the embedded database both hold this thread
      }
      if (signal.aborted) return;
      const result = await attempt.result();
      const { logger } = this.#deps;
      logger.info({ attemptId: reference.attemptId, outcome: result.outcome, errorCode: result.errorCode }, "attempt ended");
      await this.#finish(reference, result);
      if (!signal.aborted) await attempt.reported();
    } finally {
      lease.end();
    }
  }

  async #finish(reference: AttemptReference, result: AttemptResult): Promise<void> {
    await this.#insist(async () => {
      await this.#deps.source.finish(reference, result);
    });
  }

  /**
   * Renews every few seconds and whenever it is woken, and passes on a wish to stop, once. Without `stop` there is nothing to end yet, and the
   * claim has just begun the lease: the first renewal can wait.
   */
  #keepLease(reference: AttemptReference, stop: ((reason: "cancelled" | "timeout") => Promise<void> | undefined) | null): { end(): void } {
    const { source, logger, renewMilliseconds = 5_000 } = this.#deps;
    let ended = false;
    let asked = false;
    let busy = false;
    const renew = async (): Promise<void> => {
      if (busy || ended) return;
      busy = true;
      try {
        const lease = await source.renew(reference);
        if (stop !== null && lease.stop !== null && !asked && !ended) {
          const stopping = stop(lease.stop);
          asked = stopping !== undefined;
          await stopping;
        }
      } catch (error) {
        // Nobody waits for it any more; what it started ends by itself.
        if (isRefused(error)) return end();
        // A lost source never ends a play: the lease is asked for again, the events wait in the spool.
        logger.warn({ attemptId: reference.attemptId, error: messageOf(error) }, "lease not renewed");
      } finally {
        busy = false;
      }
    };
    const end = (): void => {
      ended = true;
      clearInterval(timer);
      this.#checks.delete(check);
    };
    const check = (): void => void renew();
    const timer = setInterval(check, renewMilliseconds);
    this.#checks.add(check);
    if (stop !== null) check();
    return { end };
  }

  /** Tries until the source answers or the agent stops. Fenced or unknown to it: nobody waits for this any more, and asking again never helps. */
  async #insist<T>(call: () => Promise<T>): Promise<T | null> {
    const { logger } = this.#deps;
    for (let wait = firstWait; !this.#stopping.signal.aborted; wait = Math.min(wait * 2, longestWait)) {
      try {
        return await call();
      } catch (error) {
        if (isRefused(error)) {
          logger.warn({ code: error.code, error: messageOf(error) }, "report refused");
          return null;
        }
        logger.warn({ error: messageOf(error) }, "source does not answer");
      }
      await this.#pause(wait);
    }
    return null;
  }

  async #rest(milliseconds: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async #pause(milliseconds: number): Promise<void> {
    const { signal } = this.#stopping;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(done, milliseconds);
      signal.addEventListener("abort", done, { once: true });
      function done(): void {
        clearTimeout(timer);
        signal.removeEventListener("abort", done);
        resolve();
      }
    });
  }

  #rouse(): void {
    this.#woken = true;
    this.#wake();
  }
}

/** A person has decided meanwhile, or the source was put back to an older state and knows nothing of the attempt. */
function isRefused(error: unknown): error is AppError {
  return isAppError(error, "attempt-fenced") || isAppError(error, "attempt-unknown");
}

function failure(errorCode: string, message: string): AttemptResult {
  return { outcome: "failed", errorCode, summary: null, errorText: message, resources: null, preview: null };
}
