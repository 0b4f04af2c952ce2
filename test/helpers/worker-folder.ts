import { existsSync, mkdirSync, symlinkSync } from "node:fs";
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

/** An agent keeps what ansible says of callback settings in a folder of its own, by everything it depends on: test files of a worker share that. */
export function shareSettings(agentFolder: string): void {
  const shared = join(workerFolder(), "settings");
  mkdirSync(shared, { recursive: true });
  mkdirSync(agentFolder, { recursive: true, mode: 0o700 });
  if (!existsSync(join(agentFolder, "settings"))) symlinkSync(shared, join(agentFolder, "settings"));
}
