import { enableCompileCache } from "node:module";

// Before anything else is imported, so that it counts for everything.
enableCompileCache();
const { runCommandLine } = await import("./cli/command-line.ts");
process.exitCode = await runCommandLine(process.argv.slice(2), {
  process,
  // Only who opens a house pays for it: `--help` and the clients of a running one do not load the database.
  openHouse: async (options) => (await import("./front-doors.ts")).openHouse(options),
  platformSetup: async (platform) => (await import("./front-doors.ts")).findPlatformSetup(platform, process.env),
});
