import { AppError, exitCodes } from "../errors.ts";
import { greedyReason } from "../mapping/greedy-playbook.ts";
import { visibleLine } from "../visible-text.ts";
import type { Command } from "./command.ts";
import { parseArguments, usageError } from "./parse-arguments.ts";
import { oneLine, table } from "./table.ts";

export const playbooks: Command = {
  name: "playbooks",
  summary: "list, refresh or lint the playbooks of the repo",
  needs: "app",
  help: `chiffon playbooks list [--json]          what Chiffon can map to, and what it cannot use and why
chiffon playbooks refresh                read the repo again now
chiffon playbooks lint PATH [--json]     ansible-lint's findings for one playbook, with reasons`,
  async run(args, io, app) {
    const [what = "list", ...rest] = args;
    const { values, words } = parseArguments(rest, { json: { type: "boolean" } });
    const json = values["json"] === true;
    switch (what) {
      case "list":
      case "refresh": {
        const catalog = await app.catalog({ refresh: what === "refresh" });
        if (json) io.out(`${JSON.stringify({ playbooks: catalog.playbooks, rejected: catalog.rejected })}\n`);
        else {
          io.out(
            table(
              ["playbook", "service", "does", "hosts", "description"],
              catalog.playbooks.map((one) => [
                one.path,
                one.service ?? "-",
                one.verb,
                oneLine(one.hosts.join(", "), 30),
                oneLine(one.description, 70),
              ]),
            ),
          );
          for (const one of catalog.rejected) io.out(`not used: ${visibleLine(one.path)}: ${oneLine(one.reason, 200)}\n`);
          if (catalog.playbooks.length === 0)
            io.out(`There is no playbook in ${app.config.repo}. Point CHIFFON_REPO at your Ansible repo.\n`);
        }
        return exitCodes.ok;
      }
      case "lint": {
        const [path] = words;
        if (path === undefined) throw usageError("playbooks lint needs the path of a playbook");
        const playbook = (await app.catalog()).playbooks.find((one) => one.path === path || one.id === path);
        if (playbook === undefined)
          throw new AppError("playbook-unknown", `there is no playbook ${oneLine(path, 80)}`, {
            exitCode: exitCodes.notMapped,
            help: "`chiffon playbooks list` shows what is there.",
          });
        const greedy = greedyReason(playbook);
        if (greedy !== undefined && !json)
          io.out(
            `${visibleLine(playbook.path)}: would be taken for almost everything: ${oneLine(greedy, 200)}\n    Describe in one sentence what it does; until then only its name counts.\n`,
          );
        const result = await app.lint(playbook.driver?.path ?? playbook.path);
        if (json) io.out(`${JSON.stringify(greedy === undefined ? result : { ...result, greedy })}\n`);
        else if (result.total === 0) io.out("No findings.\n");
        else {
          for (const one of result.suggestions)
            io.out(
              `${visibleLine(one.path)}:${one.line ?? "?"}  ${one.severity}  ${visibleLine(one.rule)}  ${oneLine(one.message, 120)}\n    ${one.reasoning}\n`,
            );
          if (result.total > result.suggestions.length) io.out(`… ${result.total} findings in all\n`);
        }
        return exitCodes.ok;
      }
      default:
        throw usageError(`playbooks knows list, refresh and lint, not "${oneLine(what, 40)}"`);
    }
  },
};
