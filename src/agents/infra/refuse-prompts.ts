import { dirname, join, normalize } from "node:path";
import { AppError, exitCodes } from "../../errors.ts";
import { readPlaybook, type Prompt } from "../../mapping/playbook-file.ts";
import { readRegularFile } from "./regular-file.ts";

const byteLimit = 1024 * 1024;

/**
 * Throws `prompt-unanswered` when a play of the playbook, or of one it imports, asks at the keyboard (`vars_prompt`) for what the plan does not give: without
 * a terminal ansible goes on with the word "None". What cannot be read beforehand, the callback plugin stops.
 */
export async function refusePrompts(folder: string, playbookPath: string, given: Readonly<Record<string, unknown>>): Promise<void> {
  const asked = (await promptsOf(folder, playbookPath, new Set())).filter(
    ({ name, default: value }) => (value === undefined || value === null) && !Object.hasOwn(given, name),
  );
  if (asked.length === 0) return;
  const names = [...new Set(asked.map(({ name }) => name))].join(", ");
  throw new AppError(
    "prompt-unanswered",
    `${playbookPath} asks at the keyboard for ${names} (vars_prompt), and nobody sits there during a run`,
    {
      exitCode: exitCodes.notMapped,
      help: "Say the value in the request, or give the prompt a `default:`; for a secret, a variable of a vaulted file that the play names under vars_files.",
    },
  );
}

async function promptsOf(folder: string, path: string, seen: Set<string>): Promise<readonly Prompt[]> {
  if (seen.has(path) || path.startsWith("..")) return [];
  seen.add(path);
  const content = await readRegularFile(join(folder, path), byteLimit, path).catch(() => null);
  const reading = content === null ? null : readPlaybook(content.toString("utf8"));
  if (reading?.kind !== "playbook") return [];
  const imported = reading.file.imports.map((one) => normalize(join(dirname(path), one)));
  const inside = await Promise.all(imported.map((one) => promptsOf(folder, one, seen)));
  return [...reading.file.plays.flatMap((play) => play.prompts), ...inside.flat()];
}
