import { setImmediate as breathe } from "node:timers/promises";

/** What is written in order, after those who made it went on. */
export interface WriteBehind {
  add(write: () => Promise<void>): void;
  /** Until all is written; throws when something was not, once. */
  settled(): Promise<void>;
}

interface WriteBehindDeps {
  /** What is left is not written. */
  readonly signal?: AbortSignal | undefined;
  readonly onFailure?: ((error: unknown) => void) | undefined;
}

export function createWriteBehind({ signal, onFailure }: WriteBehindDeps): WriteBehind {
  const waiting: (() => Promise<void>)[] = [];
  let writing: Promise<void> | undefined;
  let failure: { readonly error: unknown } | undefined;

  async function writeAll(): Promise<void> {
    try {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        // PGlite never lets go of the event loop by itself.
        await breathe();
        if (signal?.aborted === true) waiting.length = 0;
        else await next();
      }
    } catch (error) {
      // Without a database the rest would fail too.
      waiting.length = 0;
      failure = { error };
      onFailure?.(error);
    } finally {
      writing = undefined;
    }
  }

  return {
    add(write) {
      waiting.push(write);
      writing ??= writeAll();
    },
    async settled() {
      while (writing !== undefined) await writing;
      const failed = failure;
      failure = undefined;
      if (failed !== undefined) throw failed.error;
    },
  };
}
