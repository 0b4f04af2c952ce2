import { allEntries, queryAudit } from "../audit/audit-log.ts";
import { verifyAudit } from "../audit/verify.ts";
import { exitCodes } from "../errors.ts";
import type { Command } from "./command.ts";
import { numberOf, parseArguments, textOf, usageError } from "./parse-arguments.ts";
import { oneLine, table } from "./table.ts";

export const audit: Command = {
  name: "audit",
  summary: "query, verify or export the audit log",
  needs: "app",
  help: `chiffon audit query [--kind K] [--actor A] [--result R] [--text T] [--days N] [--limit N] [--before NUMBER] [--json]
chiffon audit verify [--json]     names the first bad entry; exit 1 if there is one
chiffon audit export              all entries, one JSON line each

Kinds: request, plan, run, step, preview, suggestion … (the start of an action's name); results: accepted, done, refused, failed.`,
  async run(args, io, app) {
    const [what, ...rest] = args;
    switch (what) {
      case "query": {
        const { values } = parseArguments(rest, {
          kind: { type: "string" }, actor: { type: "string" }, result: { type: "string" }, text: { type: "string" },
          days: { type: "string" }, limit: { type: "string" }, before: { type: "string" }, json: { type: "boolean" },
        }); // prettier-ignore
        const optional = {
          kind: textOf(values["kind"]),
          actor: textOf(values["actor"]),
          result: textOf(values["result"]),
          text: textOf(values["text"]),
        };
        const entries = await queryAudit(app.database, {
          ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)),
          ...(values["days"] === undefined ? {} : { sinceDays: numberOf(values["days"], "days", 1) }),
          ...(values["before"] === undefined ? {} : { before: numberOf(values["before"], "before", 1, Number.MAX_SAFE_INTEGER) }),
          limit: numberOf(values["limit"], "limit", 30),
        });
        if (values["json"] === true) io.out(`${JSON.stringify(entries)}\n`);
        else
          io.out(
            table(
              ["entry", "at", "actor", "action", "result", "facts"],
              entries.map((entry) => [
                String(entry.number),
                entry.at,
                entry.actor,
                entry.action,
                entry.result,
                oneLine(JSON.stringify(entry.facts), 100),
              ]),
            ),
          );
        return exitCodes.ok;
      }
      case "verify": {
        const { values } = parseArguments(rest, { json: { type: "boolean" } });
        const result = await verifyAudit(app.database, app.trail);
        if (values["json"] === true) io.out(`${JSON.stringify(result)}\n`);
        else if (result.ok) {
          const after = result.entries - result.anchoredUpTo;
          io.out(`The audit log is whole: ${result.entries} entries, ${result.commits} commits of the git trail fit.\n`);
          if (after > 0) io.out(`Proven up to the last anchor, entry ${result.anchoredUpTo}; the ${after} after it are only chained.\n`);
        } else io.out(`The audit log is broken at entry ${result.badEntry}: ${result.reason}.\n`);
        return result.ok ? exitCodes.ok : exitCodes.failed;
      }
      case "export": {
        parseArguments(rest, {});
        for await (const entry of allEntries(app.database)) io.out(`${JSON.stringify(entry)}\n`);
        return exitCodes.ok;
      }
      default:
        throw usageError(
          what === undefined
            ? "audit needs one of: query, verify, export"
            : `audit knows query, verify and export, not "${oneLine(what, 40)}"`,
        );
    }
  },
};
