import { readFileSync } from "node:fs";
import { AppError } from "../../errors.ts";
import { findProgram, type Environment } from "./environment.ts";

const knownScript = /^from (?:ansible\.cli\.playbook import main|ansiblelint\.__main__ import _run_cli_entrypoint)$/m;

/** The Python that a program was installed for, with its options. Throws `program-not-python` for one that does more than to start ansible-playbook or ansible-lint. */
export function pythonOf(program: string, environment: Environment): readonly [string, ...string[]] {
  const text = readFileSync(program, "latin1").slice(0, 4_000);
  const [, interpreter = "", rest = ""] = /^#!\s*(\S+)[ \t]*(.*)/.exec(text) ?? [];
  const words = rest.split(/\s+/).filter((word) => word !== "");
  const [name = "", ...options] = interpreter.endsWith("/env") ? words : [interpreter, ...words];
  if (!/(?:^|\/)python[\d.]*$/.test(name) || !knownScript.test(text))
    throw new AppError("program-not-python", `${program} is not the script that ansible installs`);
  return [findProgram(name, environment), ...options];
}
