import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { inject } from "vitest";

/**
 * A folder of this worker's, whose path is the same for all test files that it runs one after the other, and which is there until the last: for what
 * ansible says of a path and its content, each a third of a second.
 */
export function workerFolder(): string {
  const folder = join(inject("emptyDatabase"), `worker-${process.env["VITEST_POOL_ID"] ?? "0"}`);
  mkdirSync(folder, { recursive: true });
  return folder;
}
