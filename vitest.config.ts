import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { LongestFirst } from "./test/helpers/longest-first.ts";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/helpers/make-empty-database.ts"],
    // Every test file has its own process: PGlite, ansible and signals do not share one well.
    pool: "forks",
    // Those that come first wait for processes, clocks and platforms half of their time: two for each core keep them busy.
    maxWorkers: Math.min(8, 2 * availableParallelism()),
    sequence: { sequencer: LongestFirst },
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
