import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { messageOf } from "../../../errors.ts";
import { findLint } from "../analyzer/lint-tool.ts";
import { limitedProgram, type ProgramSaid } from "../analyzer/limited-program.ts";
import { findProgram, type Environment } from "../environment.ts";
import type { Scaffold } from "./scaffold.ts";
import { yamlText } from "./yaml-text.ts";

export interface ScaffoldProof {
  readonly name: "syntax check" | "ansible-lint, profile production" | "check mode";
  readonly passed: boolean;
  /** What the program said against it, its end; what is to be known where it passed. */
  readonly said: string;
}

const timeLimitMs = 120_000;
const checkedWith = "On this machine, with connection local and without root (ansible_become is false); nothing was changed.";

/** Whether what is made works, before anybody is offered it: in a folder of its own, away from the repo's code and secrets. All scaffolds share their places. */
export async function proveScaffolds(
  environment: Environment,
  scaffolds: readonly Scaffold[],
  signal?: AbortSignal,
): Promise<readonly ScaffoldProof[]> {
  const programs = { ansible: findProgram("ansible-playbook", environment), lint: findLint(environment) };
  const folder = await mkdtemp(join(tmpdir(), "chiffon-scaffold-"));
  const [first] = scaffolds;
  try {
    const repo = join(folder, "repo");
    for (const { files } of scaffolds) for (const { path, text } of files) await put(join(repo, path), text);
    await put(join(repo, "inventory.yml"), inventoryText(scaffolds));
    // What the user's own settings change is not what is proven.
    await put(join(repo, "ansible.cfg"), `[defaults]\nroles_path = ${first?.rolesFolder ?? "roles"}\nretry_files_enabled = False\n`);
    await put(join(repo, ".ansible-lint"), "{}\n");
    await put(join(repo, "site.yml"), siteText(scaffolds));
    const playbooks = scaffolds.map(({ playbookPath }) => playbookPath);
    const env = {
      ...withoutSettings(environment),
      ANSIBLE_CONFIG: join(repo, "ansible.cfg"),
      ANSIBLE_LOCAL_TEMP: join(folder, "tmp"),
      ANSIBLE_NOCOLOR: "1",
      XDG_CACHE_HOME: join(folder, "cache"),
    };
    const run = async (name: ScaffoldProof["name"], program: string, args: readonly string[], note = ""): Promise<ScaffoldProof> => {
      const call = { args, cwd: repo, env, timeLimitMs, signal };
      const { exitCode, stdout, stderr } = await limitedProgram(program, call).catch(overLimit);
      const said = `${stdout}\n${stderr}`.trim().replaceAll(`${repo}/`, "");
      return exitCode === 0 ? { name, passed: true, said: note } : { name, passed: false, said: said.slice(-2_000) };
    };
    const inventory = ["-i", "inventory.yml"];
    const lint = ["--offline", "-q", "--nocolor", "--profile", "production", "--strict", "--project-dir", repo, "-c", ".ansible-lint"];
    return await Promise.all([
      run("syntax check", programs.ansible, ["--syntax-check", ...inventory, "--", ...playbooks]),
      run("ansible-lint, profile production", programs.lint, [...lint, "--", ...playbooks]),
      run("check mode", programs.ansible, ["--check", ...inventory, "--", "site.yml"], checkedWith),
    ]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }

  async function put(path: string, text: string): Promise<void> {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text, { mode: 0o600 });
  }
}

/** Each name that a play takes is a group with this machine in it. */
function inventoryText(scaffolds: readonly Scaffold[]): string {
  const names = scaffolds
    .flatMap(({ hosts }) => hosts.split(/[,:]/))
    .filter((name) => name !== "" && name !== "all" && name !== "localhost");
  const host = { "chiffon-check": { ansible_connection: "local", ansible_become: false, ansible_python_interpreter: "auto_silent" } };
  const groups = Object.fromEntries([...new Set(names)].map((name) => [name, { hosts: { "chiffon-check": {} } }]));
  return yamlText({ all: { hosts: host, children: groups } });
}

/** Each as it is, and the first once more with an image: otherwise half of its tasks, which are the same in all, would be left out. */
function siteText(scaffolds: readonly Scaffold[]): string {
  return yamlText([
    ...scaffolds.map(({ playbookPath }) => ({ "ansible.builtin.import_playbook": playbookPath })),
    ...scaffolds.slice(0, 1).map(({ playbookPath, role }) => ({
      "ansible.builtin.import_playbook": playbookPath,
      vars: { [`${role}_image`]: "registry.example/image:1.0" },
    })),
  ]);
}

/** Not thrown: the other programs are still at work in the folder. */
function overLimit(error: unknown): ProgramSaid {
  return { exitCode: undefined, stdout: "", stderr: messageOf(error) };
}

function withoutSettings(environment: Environment): Environment {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith("ANSIBLE_")));
}
