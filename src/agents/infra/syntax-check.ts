import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import type { SealedPlan } from "../../planner/plan.ts";
import type { Environment } from "./environment.ts";
import type { RunNote } from "./run-folder.ts";
import { writeVariablesFile } from "./variables-file.ts";

export interface SyntaxCheckPlaces {
  readonly variablesFolder: string;
  readonly environment: Environment;
}

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
    const check = await execa(program, options, {
      cwd: note.syntaxCheck.cwd,
      env,
      extendEnv: false,
      stdin: "ignore",
      stdout: "ignore",
      stderr: "ignore",
      timeout: 60_000,
      reject: false,
    });
    return check.exitCode !== 0;
  } finally {
    await rm(variablesFile, { force: true });
  }
}
