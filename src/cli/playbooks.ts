import { exitCodes } from "../errors.ts";
import type { Command } from "./command.ts";
import { parseArguments, usageError } from "./parse-arguments.ts";
import { lintPlaybooks } from "./playbooks-lint.ts";
import { listPlaybooks } from "./playbooks-list.ts";
import { oneLine } from "./table.ts";

export const playbooks: Command = {
  name: "playbooks",
  summary: "list, refresh or lint the playbooks of the repo",
  needs: "app",
  help: `chiffon playbooks list [--json]             what Chiffon can map to, and what it cannot use and why
chiffon playbooks refresh                   read the repo again now
chiffon playbooks lint [PATH …] [--json]    ansible-lint's findings with reasons, of all playbooks or of these; what did not change is not linted again
                      [--fail-on LEVEL]     exit code 1 where there is a finding of this level or graver: error, warning or info`,
  async run(args, io, app) {
    const [what = "list", ...rest] = args;
    const { values, words } = parseArguments(rest, {
      json: { type: "boolean" },
      ...(what === "lint" ? { "fail-on": { type: "string" } } : {}),
    });
    const json = values["json"] === true;
    switch (what) {
      case "list":
      case "refresh":
        await listPlaybooks(io, app, { json, refresh: what === "refresh" });
        return exitCodes.ok;
      case "lint":
        return lintPlaybooks(io, app, { json, names: words, failOn: values["fail-on"] });
      default:
        throw usageError(`playbooks knows list, refresh and lint, not "${oneLine(what, 40)}"`);
    }
  },
};
