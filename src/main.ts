import { enableCompileCache } from "node:module";

// Before anything else is imported, so that it counts for everything.
enableCompileCache();
const { runCommandLine } = await import("./cli/command-line.ts");
const { openHouse } = await import("./front-doors.ts");
process.exitCode = await runCommandLine(process.argv.slice(2), { process, openHouse });
