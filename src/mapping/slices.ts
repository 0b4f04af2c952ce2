import { setImmediate as breathe } from "node:timers/promises";

/** Chat, page and leases go on during long work on one thread: `if (slices.isOver()) await slices.next()`, often. */
export interface Slices {
  isOver(): boolean;
  next(): Promise<void>;
}

const longestMs = 4;
/** Asking the clock each time would cost more than the work. */
const asksPerLook = 16;

export function startSlices(): Slices {
  let ends = performance.now() + longestMs;
  let asked = 0;
  return {
    isOver() {
      asked = (asked + 1) % asksPerLook;
      return asked === 0 && performance.now() > ends;
    },
    async next() {
      await breathe();
      ends = performance.now() + longestMs;
    },
  };
}
