import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { SealedPlan } from "../../planner/plan.ts";
import { isAppError } from "../../errors.ts";
import { limitedProgram } from "./analyzer/limited-program.ts";
import type { Environment } from "./environment.ts";
import type { RunNote } from "./run-folder.ts";
import { writeVariablesFile } from "./variables-file.ts";
import type { WarmPrograms } from "./warm-programs.ts";

export interface SyntaxCheckPlaces {
  readonly variablesFolder: string;
  readonly environment: Environment;
  readonly warm: WarmPrograms | undefined;
}

const timeLimitMs = 60_000;

/** Whether a playbook that began no play has wrong syntax: ansible's exit code does not tell it from a play that cannot start. */
export async function syntaxFails(note: RunNote, plan: SealedPlan | null, places: SyntaxCheckPlaces): Promise<boolean> {
  const [program, ...options] = note.syntaxCheck.argv;
  const step = plan?.steps.find((candidate) => candidate.order === note.stepOrder);
  const variablesFile = join(places.variablesFolder, `${note.attemptId}.syntax.yml`);
  if (program === undefined || !existsSync(note.syntaxCheck.cwd)) return false;
  try {
    if (step !== undefined) {
      await writeVariablesFile(variablesFile, { ...plan?.givenVariables, ...step.variables });
      options.push("-e", `@${variablesFile}`);
    }
    const config = join(note.syntaxCheck.cwd, "ansible.cfg");
    const env = { ...places.environment, ...(existsSync(config) ? { ANSIBLE_CONFIG: config } : {}), ...note.syntaxCheck.env };
    const { warm } = places;
    const check = await limitedProgram(program, { args: options, cwd: note.syntaxCheck.cwd, env, timeLimitMs, warm });
    return check.exitCode !== 0;
  } catch (error) {
    // It took too long: what cannot be read in that time is not well written.
    if (isAppError(error) && error.code === "lint-timeout") return true;
    throw error;
  } finally {
    await rm(variablesFile, { force: true });
  }
}
