import { AppError, exitCodes } from "../errors.ts";
import { findRunByNumber, listRuns } from "../runs/run-store.ts";
import { readRunEvents } from "../runs/run-event.ts";
import { localOwner } from "../policy/policy.ts";
import { momentWords } from "../time-words.ts";
import { visibleLine } from "../visible-text.ts";
import type { Command, CommandApp } from "./command.ts";
import { runDocument } from "./document.ts";
import { numberOf, parseArguments, textOf, usageError } from "./parse-arguments.ts";
import { oneLine, table } from "./table.ts";

export const runs: Command = {
  name: "runs",
  summary: "what ran, how it stands; `runs 12` shows one, `runs 12 --events` all of it",
  needs: "app",
  help: `chiffon runs [NUMBER] [--limit N] [--events] [--json]

Without a number: the last runs, newest first. With one: its steps, hosts, errors and suggestions; --events lists everything that happened.
--settle=succeeded or --settle=failed: you looked at the hosts of a run whose outcome is unknown, and say how it went; its locks are freed.`,
  async run(args, io, app) {
    const { values, words } = parseArguments(args, {
      json: { type: "boolean" },
      limit: { type: "string" },
      events: { type: "boolean" },
      settle: { type: "string" },
    });
    const json = values["json"] === true;
    const [number] = words;
    if (number === undefined) {
      const rows = await listRuns(app.database, numberOf(values["limit"], "limit", 20));
      if (json) io.out(`${JSON.stringify(rows)}\n`);
      else if (rows.length === 0) io.out("Nothing ran yet.\n");
      else
        io.out(
          table(
            ["run", "state", "started", "request"],
            rows.map((row) => [
              String(row.number),
              row.purpose === "preview" ? `${row.state} (preview)` : row.state,
              row.startedAt === null ? "-" : momentWords(row.startedAt, { now: new Date() }),
              oneLine(row.text, 80),
            ]),
          ),
        );
      return exitCodes.ok;
    }
    const run = /^\d{1,15}$/.test(number) ? await findRunByNumber(app.database, Number(number)) : undefined;
    const settle = textOf(values["settle"]);
    if (run !== undefined && settle !== undefined) await settleRun(app, run.id, settle);
    const view = run === undefined ? undefined : await app.useCases.run(run.id);
    if (view === undefined)
      throw new AppError("run-unknown", `there is no run ${oneLine(number, 40)}`, {
        exitCode: exitCodes.usage,
        help: "`chiffon runs` lists them.",
      });
    if (json) io.out(`${JSON.stringify(runDocument(view))}\n`);
    else
      io.out(
        ["succeeded", "failed", "cancelled", "outcome_unknown"].includes(view.run.state)
          ? app.renderResult(view, io)
          : `${app.renderProgress(view, io)}\n`,
      );
    if (values["events"] === true && !json) {
      for (let after = 0; ;) {
        const events = await readRunEvents(app.database, view.run.id, after);
        for (const event of events)
          io.out(`${String(event.number).padStart(6)}  ${event.kind.padEnd(8)} ${visibleLine(JSON.stringify(event.data))}\n`);
        if (events.length === 0) break;
        after = Number(events.at(-1)?.number);
      }
    }
    return exitCodes.ok;
  },
};

async function settleRun(app: CommandApp, runId: string, settle: string): Promise<void> {
  if (settle !== "succeeded" && settle !== "failed") throw usageError("--settle takes succeeded or failed");
  const outcome = await app.useCases.settleUnknown(runId, localOwner, settle);
  if (outcome.kind === "refused") throw new AppError("settle-refused", outcome.message, { exitCode: exitCodes.notApproved });
}
