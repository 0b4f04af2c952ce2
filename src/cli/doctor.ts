import { exitCodes } from "../errors.ts";
import type { Command } from "./command.ts";
import { parseArguments } from "./parse-arguments.ts";

export const doctor: Command = {
  name: "doctor",
  summary: "looks at every part and says how to mend it",
  needs: "app",
  help: `chiffon doctor [--json]

Exit code 0 when every part works, 5 otherwise.`,
  async run(args, io, app) {
    const { values } = parseArguments(args, { json: { type: "boolean" } });
    // Loaded here: every other command would pay for it too.
    const { lookAtEverything } = await import("./doctor-checks.ts");
    const checks = await lookAtEverything(app);
    if (values["json"] === true) io.out(`${JSON.stringify(checks)}\n`);
    else
      for (const check of checks)
        io.out(
          `${check.ok ? "ok  " : "BAD "} ${check.part.padEnd(13)} ${check.text}\n${check.help === null ? "" : `     ${" ".repeat(13)} ${check.help}\n`}`,
        );
    return checks.every((check) => check.ok) ? exitCodes.ok : exitCodes.environment;
  },
};
