import { AppError, exitCodes, type ExitCode } from "../errors.ts";
import type { SetupLine } from "../platform-setup.ts";
import { visibleLine } from "../visible-text.ts";
import type { Command } from "./command.ts";

const marks: Readonly<Record<SetupLine["state"], string>> = { ok: "ok      ", missing: "missing ", wrong: "WRONG   ", unsure: "?       " };

export const setup: Command = {
  name: "setup",
  summary: "connects Slack or Discord, or fetches an embedder; says whether it is done",
  needs: "alone",
  help: `chiffon setup slack|discord|embedder [--check]

Says what to click to connect Chiffon to Slack or Discord, and which values go into .env; then asks the platform with the tokens that are set and
says what is missing. With --check only the latter. It needs no repo and no data folder.
\`embedder\` downloads a model that finds playbooks by meaning (all-MiniLM-L6-v2, 24 MB, once) into the data folder's \`models\`.
Exit code 0: everything is set up. 5: something is missing or wrong.`,
  async run(args, io, app): Promise<ExitCode> {
    const [platform, ...more] = args.filter((arg) => arg !== "--check");
    const found = platform === undefined || more.length > 0 ? undefined : await app.platformSetup(platform);
    if (found === undefined) {
      throw new AppError("usage", "name one: chiffon setup slack, discord or embedder", { exitCode: exitCodes.usage });
    }
    if (!args.includes("--check")) {
      io.out(`${found.setup.text()}\n\n`);
      await found.setup.install?.(found.environment, { say: (text) => io.err(`${visibleLine(text)}\n`), signal: io.signal });
    }
    const { lines } = await found.setup.check(found.environment);
    for (const line of lines) {
      io.out(`${marks[line.state]}${visibleLine(line.text)}\n`);
      if (line.help !== undefined) io.out(`        -> ${visibleLine(line.help)}\n`);
    }
    return lines.every((line) => line.state === "ok" || line.state === "unsure") ? exitCodes.ok : exitCodes.environment;
  },
};
