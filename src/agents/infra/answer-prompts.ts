import { dirname, join, normalize } from "node:path";
import { AppError, exitCodes } from "../../errors.ts";
import { readPlaybook, type Prompt } from "../../mapping/playbook-file.ts";
import type { PromptAnswers } from "./prompt-answers.ts";
import { readRegularFile } from "./regular-file.ts";

const byteLimit = 1024 * 1024;

/**
 * What the plays of the playbook, and of those it imports, ask at the keyboard (`vars_prompt`) and the plan does not say, out of the operator's answers. Throws
 * `prompt-unanswered` when something is left: without a terminal ansible goes on with the word "None". What cannot be read beforehand, the callback plugin stops.
 */
export async function answerPrompts(
  folder: string,
  playbookPath: string,
  given: Readonly<Record<string, unknown>>,
  answers: PromptAnswers,
): Promise<PromptAnswers> {
  const asked = (await promptsOf(folder, playbookPath, new Set())).filter(({ name }) => !Object.hasOwn(given, name));
  const open = asked.filter(({ name, default: value }) => (value === undefined || value === null) && !Object.hasOwn(answers, name));
  if (open.length === 0)
    return Object.fromEntries(asked.flatMap(({ name }) => (answers[name] === undefined ? [] : [[name, answers[name]] as const])));
  const names = [...new Set(open.map(({ name }) => name))].join(", ");
  throw new AppError(
    "prompt-unanswered",
    `${playbookPath} asks at the keyboard for ${names} (vars_prompt), and nobody sits there during a run`,
    {
      exitCode: exitCodes.notMapped,
      help: "Say the value in the request, give the prompt a `default:`, or, for a secret, put it into the file that `prompt_answers` in chiffon.yml names.",
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
