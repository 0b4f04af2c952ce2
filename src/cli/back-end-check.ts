import { userInfo } from "node:os";
import { stripVTControlCharacters } from "node:util";
import { execa } from "execa";
import { engineEnvironment } from "../agents/infra/back-end-runner.ts";
import { chooseBackEnd } from "../agents/infra/choose-back-end.ts";
import { cleanEnvironment, type Environment } from "../agents/infra/environment.ts";
import { warmFolder } from "../agents/infra/warm-programs.ts";
import { readWarmState } from "../agents/infra/warm-state.ts";
import type { ExecutionEnvironment } from "../ansible-settings.ts";
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
  const { text, help } = await imageCheck(container, { ...environment, ...engineEnvironment(process.env) });
  return { text: `${runner}, in ${container.image} by ${await version(container.engine)}${text}`, help };
}

/** Whether the engine answers, has the image, and what is in it; asked as a run asks, but without fetching anything. */
async function imageCheck(container: ExecutionEnvironment, environment: Environment): Promise<{ text: string; help: string }> {
  const { engine, image, options } = container;
  const ask = (words: readonly string[]): Promise<{ failed: boolean; stdout: string; stderr: string }> =>
    execa(engine, words, { timeout: 30_000, stdin: "ignore", env: environment, extendEnv: false, reject: false });
  const known = await ask(["image", "inspect", "--format", "{{.Id}}", image]);
  if (known.failed) {
    return {
      text: `: ${lastLine(known.stderr)}`,
      help: `Start ${engine}, let this account use it (for docker: the group docker), and fetch the image (\`${engine} pull ${image}\`); a run fetches it otherwise, within its time limit.`,
    };
  }
  // ansible-runner has docker run as this account; in podman without root this account is root.
  const user = engine === "docker" ? [`--user=${userInfo().uid}`] : [];
  const script = "id -un >/dev/null 2>&1 || echo nameless; ansible-playbook --version";
  const inside = await ask(["run", "--rm", "--log-driver=none", ...user, ...options, image, "sh", "-c", script]);
  const version = /^ansible-playbook \[core (\S+)\]/m.exec(inside.stdout)?.[1];
  // Looked at first: without a home ansible does not even tell its version.
  if (/^nameless$/m.test(inside.stdout)) {
    return {
      text: `: the image has no user ${userInfo().uid}`,
      help: `ssh and ansible refuse to work for a user without a name. Add one to the image (\`RUN useradd --uid ${userInfo().uid} --create-home runner\`), or take one made by ansible-builder, which adds it at the start.`,
    };
  }
  if (version === undefined) {
    return { text: `: ansible-playbook does not start in it: ${lastLine(inside.stderr)}`, help: "Take an image with ansible-core in it." };
  }
  const text = ` (ansible-core ${version})`;
  return { text, help: "Plans are made with the ansible of this machine: keep its version and collections close to the image's." };
}

function lastLine(text: string): string {
  return stripVTControlCharacters(text).trim().split("\n").at(-1)?.slice(0, 300) ?? "";
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
