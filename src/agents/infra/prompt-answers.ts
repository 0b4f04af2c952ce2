import { stat } from "node:fs/promises";
import { z } from "zod";
import { AppError, messageOf } from "../../errors.ts";
import { readYaml } from "../../mapping/playbook-file.ts";
import { readRegularFile } from "./regular-file.ts";

const byteLimit = 256 * 1024;
const answersSchema = z.record(
  z.string().regex(/^[A-Za-z_]\w*$/, "the name of a variable"),
  z.union([z.string(), z.number(), z.boolean()]),
);
export type PromptAnswers = Readonly<Record<string, string | number | boolean>>;

/**
 * What `prompt_answers` in chiffon.yml has for playbooks that ask at the keyboard (`vars_prompt`): names and values, secrets often. The values are read when
 * a run starts, given to it alone, and kept nowhere. Throws `prompt-answers-wrong`.
 */
export async function readPromptAnswers(file: string | undefined): Promise<PromptAnswers> {
  if (file === undefined) return {};
  const wrong = (why: string, help: string): AppError =>
    new AppError("prompt-answers-wrong", `${file} (prompt_answers in chiffon.yml) ${why}`, { help });
  const content = await readRegularFile(file, byteLimit).catch(() => null);
  if (content === null) throw wrong("cannot be read", "Put a file of YAML there, `name: value` one a line, or remove the setting.");
  if (((await stat(file)).mode & 0o077) !== 0) throw wrong("can be read by others", `chmod 600 ${file}`);
  const parsed = answersSchema.safeParse(yamlOf(content.toString("utf8")) ?? {});
  // Neither a value nor the line it stands on: it may be a secret.
  if (!parsed.success) throw wrong("is not what it should be", "Only `name: value` lines, with text, numbers, true or false.");
  return parsed.data;
}

function yamlOf(text: string): unknown {
  try {
    return readYaml(text);
  } catch (error) {
    return messageOf(error);
  }
}
