import { exitCodes } from "../errors.ts";
import type { Command } from "./command.ts";
import { parseArguments, usageError } from "./parse-arguments.ts";
import { applySuggestions, dismissSuggestion } from "./playbooks-apply.ts";
import { lintPlaybooks } from "./playbooks-lint.ts";
import { listPlaybooks } from "./playbooks-list.ts";
import { showTrend } from "./playbooks-trend.ts";
import { oneLine } from "./table.ts";

export const playbooks: Command = {
  name: "playbooks",
  summary: "list, refresh, lint and mend the playbooks of the repo",
  needs: "app",
  help: `chiffon playbooks list [--json]             what Chiffon can map to, and what it cannot use and why
chiffon playbooks refresh                   read the repo again now
chiffon playbooks lint [PATH …] [--json]    ansible-lint's findings with reasons, of all playbooks or of these; what did not change is not linted again
                      [--fail-on LEVEL]     exit code 1 where there is a finding of this level or graver: error, warning or info
chiffon playbooks apply ID … [--json]       mend findings of one playbook on a branch chiffon/…, proven by lint and syntax check; your checkout stays as it is
chiffon playbooks dismiss ID                a finding that is not wanted: it stays away from this playbook
chiffon playbooks trend PATH [--json]       how many findings each content of a playbook had`,
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
      case "apply":
        return applySuggestions(io, app, words, json);
      case "dismiss":
        return dismissSuggestion(io, app, words, json);
      case "trend":
        return showTrend(io, app, words, json);
      default:
        throw usageError(`playbooks knows list, refresh, lint, apply, dismiss and trend, not "${oneLine(what, 40)}"`);
    }
  },
};
