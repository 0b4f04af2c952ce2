import { stripVTControlCharacters } from "node:util";
import { execa } from "execa";
import { chooseBackEnd } from "../agents/infra/choose-back-end.ts";
import { cleanEnvironment } from "../agents/infra/environment.ts";
import { warmFolder } from "../agents/infra/warm-programs.ts";
import { readWarmState } from "../agents/infra/warm-state.ts";
import type { Settings } from "../config.ts";

/** What `ansible:` in chiffon.yml asks for, and whether it is there. Throws `program-missing`, as every run would. */
export async function backEndCheck({ ansible }: Settings, agentFolder: string): Promise<{ text: string; help: string | null }> {
  const environment = cleanEnvironment(process.env);
  chooseBackEnd(ansible, environment, process.env).check();
  if (ansible?.back_end !== "ansible-runner") return { text: `ansible-playbook, ${warmText(ansible, agentFolder)}`, help: null };
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

/** Whether runs are forked from a process that has ansible imported, and why not. */
function warmText(ansible: Settings["ansible"], agentFolder: string): string {
  if (ansible?.warm === false) return "each run started afresh (`ansible: { warm: false }`)";
  const known = (["ansible", "lint"] as const).map((name) => ({ name, state: readWarmState(warmFolder(agentFolder), name) }));
  if (known.every(({ state }) => state === null)) return "no warm process (`chiffon start` keeps one)";
  return known
    .map(({ name, state }) => {
      if (state?.kind === "ready") return `warm ${name} in use (${Math.round(state.memoryBytes / 1e6)} MB)`;
      return `warm ${name} not in use: ${state === null ? "it was not started" : state.kind === "away" ? state.why : "it is starting"}`;
    })
    .join(", ");
}
