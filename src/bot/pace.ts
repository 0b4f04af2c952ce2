/** Turns at a calm pace: a few at once, then one each interval. */
export interface Pace {
  /** Takes this key's next turn, in the order they were asked for, and gives the milliseconds until it. */
  take(key: string, everyMs: number): number;
  wait(milliseconds: number): Promise<void>;
  /** Nobody waits any more. */
  stop(): void;
}

/** Short bursts are allowed by the platforms; a line and its card belong together. */
const burst = 3;
/** From here on those are forgotten that had their last turn long ago. */
const mostKeys = 1_000;

/** By a clock that nobody can set back: after such a step everybody would wait for as long as it was. */
export function createPace(now: () => number = () => performance.now()): Pace {
  /** When the last turn that was given lies, `burst` turns ahead of time at most. */
  const last = new Map<string, number>();
  const waiting = new Map<NodeJS.Timeout, () => void>();
  return {
    take(key, everyMs) {
      if (everyMs <= 0) return 0;
      const at = Math.max(now() - (burst - 1) * everyMs, (last.get(key) ?? -Infinity) + everyMs);
      if (last.size >= mostKeys) for (const [old, until] of last) if (until < now() - burst * everyMs) last.delete(old);
      last.set(key, at);
      return Math.max(at - now(), 0);
    },
    async wait(milliseconds) {
      if (milliseconds <= 0) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(() => {
          waiting.delete(timer);
          resolve();
        }, milliseconds);
        waiting.set(timer, resolve);
      });
    },
    stop() {
      for (const [timer, resolve] of waiting) {
        clearTimeout(timer);
        resolve();
      }
      waiting.clear();
    },
  };
}
