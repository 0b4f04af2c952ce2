import { AppError, exitCodes } from "../errors.ts";
import type { PullProgress } from "../planner/model/ollama-server.ts";
import { restText } from "../planner/model/find-model.ts";
import type { Command } from "./command.ts";
import { externalModelStatus, externalModelText } from "./external-model-status.ts";
import { parseArguments } from "./parse-arguments.ts";

export const models: Command = {
  name: "models",
  summary: "which language model plans; `models pull` gets one",
  needs: "app",
  help: `chiffon models [--json]
chiffon models pull [NAME]

Without a model the rules plan. \`pull\` lets the Ollama at OLLAMA_HOST download NAME (default: CHIFFON_MODEL, else llama3.2), and shows how far it is.
A model that failed three times in a row is left alone for a while, five minutes at most: said here, with the reason. docs/models.md`,
  async run(args, io, app) {
    const { values, words } = parseArguments(args, { json: { type: "boolean" } });
    const { models: finder } = app;
    if (words[0] === "pull") {
      if (finder.server === undefined)
        throw new AppError("models-off", "CHIFFON_MODEL=none: no model is used", { exitCode: exitCodes.usage, help: "Remove it first." });
      const name = words[1] ?? finder.suggested;
      let shown = "";
      await finder.server.pull(
        name,
        (progress) => {
          const line = progressText(name, progress);
          // On a terminal one line is written over; elsewhere each tenth is a line.
          if (line === shown) return;
          shown = line;
          io.err(io.isTTY ? `\r${line.padEnd(Math.min(io.columns, 79))}` : `${line}\n`);
        },
        io.signal,
      );
      io.err(io.isTTY ? "\n" : "");
      const status = await finder.status({ again: true });
      io.out(status.kind === "ready" ? `${name} is there; ${status.model} plans from now on.\n` : `${name} is there.\n`);
      return exitCodes.ok;
    }
    if (words.length > 0) throw new AppError("usage", `models does not know ${words[0] ?? ""}`, { exitCode: exitCodes.usage });
    const status = await finder.status({ again: true });
    const external = await externalModelStatus(app);
    if (values["json"] === true) {
      io.out(`${JSON.stringify({ ...status, external })}\n`);
      return exitCodes.ok;
    }
    if (external !== null) io.out(`External: ${externalModelText(external)}.\n`);
    if (status.kind === "ready")
      io.out(
        status.resting === null
          ? `${status.model} on ${status.host} plans.\n`
          : `${status.model} on ${status.host}: ${restText(status.resting)}.\n`,
      );
    else if (status.kind === "missing")
      io.out(`Ollama at ${status.host} does not have ${status.model}; \`chiffon models pull\` gets it. The rules plan.\n`);
    else if (status.kind === "no_server") io.out(`No Ollama answers at ${status.host}. The rules plan.\n`);
    else io.out("No model is used (CHIFFON_MODEL=none). The rules plan.\n");
    return exitCodes.ok;
  },
};

function progressText(name: string, { status, completed, total }: PullProgress): string {
  if (completed === null || total === null || total === 0) return `${name}: ${status.slice(0, 40)}`;
  const tenths = Math.floor((completed / total) * 10) * 10;
  return `${name}: ${tenths} % of ${(total / 1e9).toFixed(1)} GB`;
}
