/** Real time plus what a test added to it. Three seconds and fifteen minutes are measured on it. */
export interface FakeClock {
  now(): number;
  /** Moves the platform's time ahead; nothing sleeps. */
  advance(milliseconds: number): void;
}

const discordEpoch = 1_420_070_400_000n;

export function createClock(): FakeClock {
  let ahead = 0;
  return {
    now: () => Date.now() + ahead,
    advance(milliseconds) {
      ahead += milliseconds;
    },
  };
}

/** Ids as the platform makes them: discord.js reads the time of creation out of them. */
export function createSnowflakes(clock: FakeClock): () => string {
  let count = 0n;
  return () => {
    count += 1n;
    return (((BigInt(clock.now()) - discordEpoch) << 22n) | (count & 0x3fffffn)).toString();
  };
}
