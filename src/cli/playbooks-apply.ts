import { AppError, exitCodes, type ExitCode } from "../errors.ts";
import { localOwner } from "../policy/policy.ts";
import { visibleLine } from "../visible-text.ts";
import type { CommandApp, CommandIo } from "./command.ts";
import { usageError } from "./parse-arguments.ts";

export async function applySuggestions(io: CommandIo, app: CommandApp, ids: readonly string[], json: boolean): Promise<ExitCode> {
  if (ids.length === 0) throw usageError("playbooks apply needs the id of a suggestion; `playbooks lint` shows them in brackets");
  if (!json) io.err("Mending it in a checkout of its own, then a second lint and a syntax check …\n");
  const outcome = await app.useCases.applySuggestions(ids, localOwner);
  if (outcome.kind === "refused") {
    const help = outcome.help === null ? {} : { help: outcome.help };
    throw new AppError("apply-refused", outcome.message, { exitCode: exitCodes.notApproved, ...help });
  }
  if (json) io.out(`${JSON.stringify(outcome)}\n`);
  else {
    io.out(outcome.diff.split("\n").map(visibleLine).join("\n"));
    for (const line of [...outcome.proof, ...outcome.notes]) io.out(`${visibleLine(line)}\n`);
    io.out(`On the branch ${outcome.branch}, commit ${outcome.commit.slice(0, 10)}. To take it over: git merge ${outcome.branch}\n`);
  }
  return exitCodes.ok;
}

export async function dismissSuggestion(io: CommandIo, app: CommandApp, ids: readonly string[], json: boolean): Promise<ExitCode> {
  const [id, ...more] = ids;
  if (id === undefined || more.length > 0)
    throw usageError("playbooks dismiss needs the id of one suggestion; `playbooks lint` shows them in brackets");
  const outcome = await app.useCases.dismissSuggestion(id, localOwner);
  if (outcome.kind === "refused") throw new AppError("dismiss-refused", outcome.message, { exitCode: exitCodes.notApproved });
  io.out(
    json
      ? `${JSON.stringify({ dismissed: id })}\n`
      : "Dismissed. It stays away from this playbook while file, rule and task are the same.\n",
  );
  return exitCodes.ok;
}
