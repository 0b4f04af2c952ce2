import type { AnsibleSettings } from "../../ansible-settings.ts";
import { createRunnerBackEnd } from "./back-end-runner.ts";
import type { BackEnd } from "./back-end.ts";
import type { Environment } from "./environment.ts";

/** The one that `ansible:` in chiffon.yml asks for; by default `ansible-playbook` itself. */
export function chooseBackEnd(
  settings: AnsibleSettings | undefined,
  environment: Environment,
  ofThisProcess: Readonly<Record<string, string | undefined>>,
): BackEnd {
  if (settings?.back_end !== "ansible-runner") return direct;
  return createRunnerBackEnd(settings.execution_environment ?? null, environment, ofThisProcess);
}

const direct: BackEnd = {
  check: () => undefined,
  command: ({ program, arguments: args, environment }) =>
    Promise.resolve({ argv: [program, ...args], env: environment, secretsPipe: null, endCommand: null }),
  removeFolders: () => [],
};
