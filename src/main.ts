import { enableCompileCache } from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";

// Before anything else is imported, so that it counts for everything. Not in Node's own place below the temporary folder, which any account of the
// machine could make first, and fill with code.
enableCompileCache(
  process.env["NODE_COMPILE_CACHE"] ?? join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "chiffon", "compiled"),
);
const { runCommandLine } = await import("./cli/command-line.ts");
process.exitCode = await runCommandLine(process.argv.slice(2), {
  process,
  // Only who opens a house pays for it: `--help` and the clients of a running one do not load the database.
  openHouse: async (options) => (await import("./front-doors.ts")).openHouse(options),
  platformSetup: async (platform) => (await import("./front-doors.ts")).findPlatformSetup(platform, process.env),
});
