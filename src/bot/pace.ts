/** Turns at a calm pace: a few at once, then one each interval. */
export interface Pace {
  /** Resolves when it is this key's next turn. Turns are given in the order they were asked for. */
  turn(key: string, everyMs: number): Promise<void>;
  /** Nobody waits any more. */
  stop(): void;
}

/** Short bursts are allowed by the platforms; a line and its card belong together. */
const burst = 3;

export function createPace(now: () => number = Date.now): Pace {
  /** When the last turn that was given lies, `burst` turns ahead of time at most. */
  const last = new Map<string, number>();
  const waiting = new Map<NodeJS.Timeout, () => void>();
  return {
    async turn(key, everyMs) {
      if (everyMs <= 0) return;
      const at = Math.max(now() - (burst - 1) * everyMs, (last.get(key) ?? 0) + everyMs);
      last.set(key, at);
      const wait = at - now();
      if (wait <= 0) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(() => {
          waiting.delete(timer);
          resolve();
        }, wait);
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
