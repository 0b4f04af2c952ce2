import { stripVTControlCharacters } from "node:util";
import { execa } from "execa";
import { chooseBackEnd } from "../agents/infra/choose-back-end.ts";
import { cleanEnvironment } from "../agents/infra/environment.ts";
import type { Settings } from "../config.ts";

/** What `ansible:` in chiffon.yml asks for, and whether it is there. Throws `program-missing`, as every run would. */
export async function backEndCheck({ ansible }: Settings): Promise<{ text: string; help: string | null }> {
  const environment = cleanEnvironment(process.env);
  chooseBackEnd(ansible, environment).check();
  if (ansible?.back_end !== "ansible-runner") return { text: "ansible-playbook", help: null };
  const version = async (name: string): Promise<string> => {
    const said = await execa(name, ["--version"], { timeout: 30_000, stdin: "ignore", env: environment, extendEnv: false });
    return stripVTControlCharacters(said.stdout).split("\n")[0] ?? "";
  };
  const container = ansible.execution_environment;
  const runner = `ansible-runner ${await version("ansible-runner")}`;
  if (container === undefined) return { text: runner, help: null };
  return {
    text: `${runner}, in ${container.image} by ${await version(container.engine)}`,
    help: "Plans are made with the ansible of this machine: keep its version and collections close to the image's.",
  };
}
