import { existsSync, readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ExecutionEnvironment } from "../../ansible-settings.ts";
import { AppError } from "../../errors.ts";
import type { AnsibleStart, BackEnd } from "./back-end.ts";
import { findProgram, type Environment } from "./environment.ts";

const script = fileURLToPath(new URL("../../../ansible/run_by_runner.py", import.meta.url));
/**
 * The engine keeps no log: there nothing is masked, and in podman's journal it would outlive the run. Podman's `rm` gives a container no ten seconds
 * when it was told so at the start. An operator's own option comes later and counts.
 */
const ownOptions = { docker: ["--log-driver=none"], podman: ["--log-driver=none", "--stop-timeout=0"] } as const;
/** By them its client finds the engine (Docker without root, for one); none is handed into the container. */
const engineSettings = ["DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "XDG_RUNTIME_DIR"];
/** An engine's client may be ended between making a container and starting it: `kill` would leave that one. */
const endWords = ["rm", "--force"];
const pluginSetting = /^ANSIBLE_(?:COLLECTIONS_PATHS?|ROLES_PATH|LIBRARY|MODULE_UTILS|[A-Z]+_PLUGINS)$/;

/**
 * Starts by ansible-runner, on this machine or in a container (an execution environment). Its private data folder lies in the run folder, holds no
 * value of the plan and no secret, and goes with the run; the inventory is the sealed one.
 */
export function createRunnerBackEnd(
  container: ExecutionEnvironment | null,
  environment: Environment,
  ofThisProcess: Readonly<Record<string, string | undefined>>,
): BackEnd {
  return {
    check() {
      runnerPython(environment);
      if (container !== null) findEngine(container, environment);
    },
    async command(start) {
      const place = privateDataFolder(start.runFolder);
      await mkdir(place, { recursive: true, mode: 0o700 });
      const ident = start.attemptId.replaceAll(/[^A-Za-z0-9_-]/g, "_");
      const specification = {
        // In a container it is the image's own.
        executable: container === null ? start.program : "ansible-playbook",
        arguments: start.arguments,
        cwd: start.tree,
        privateDataFolder: place,
        ident,
        container:
          container === null
            ? null
            : { ...container, options: [...ownOptions[container.engine], ...container.options, ...mountOptions(start)] },
      };
      const file = join(place, "specification.json");
      await writeFile(file, JSON.stringify(specification), { mode: 0o600 });
      if (container !== null) await makeBeforeIt(start.runFolder);
      return {
        argv: [runnerPython(environment), script, file],
        env: container === null ? start.environment : { ...start.environment, ...engineEnvironment(ofThisProcess) },
        secretsPipe: join(place, "secrets.pipe"),
        endCommand: container === null ? null : [findEngine(container, environment), ...endWords, `ansible_runner_${ident}`],
      };
    },
    removeFolders: (runFolder) => [privateDataFolder(runFolder)],
  };
}

/** By this account: what root in the container would make, whose image or `--user=0` says so, this account could neither read nor remove. */
async function makeBeforeIt(runFolder: string): Promise<void> {
  await writeFile(join(runFolder, "events.jsonl"), "", { flag: "a", mode: 0o600 });
  await mkdir(join(runFolder, "tmp"), { recursive: true, mode: 0o700 });
}

export function engineEnvironment(source: Readonly<Record<string, string | undefined>>): Environment {
  return Object.fromEntries(engineSettings.flatMap((name) => (source[name] === undefined ? [] : [[name, source[name]]])));
}

function privateDataFolder(runFolder: string): string {
  return join(runFolder, "runner");
}

/** Everything under the path it has outside, so that plan, events and settings mean the same; the tree itself, read-only, by run_by_runner.py. */
function mountOptions(start: AnsibleStart): string[] {
  const mount = (path: string, more: string): string => {
    if (/[,"\n]/.test(path))
      throw new AppError(
        "path-not-mountable",
        `${path} cannot be shown to the execution environment: a comma, quote or line break is in its path`,
      );
    return `--mount=type=bind,source=${path},target=${path}${more}`;
  };
  const known = (paths: readonly string[]): string[] => [...new Set(paths)].filter((path) => isAbsolute(path) && existsSync(path));
  return [
    ...[start.runFolder, ...known(start.alsoWrites)].map((path) => mount(path, "")),
    ...known([...start.alsoReads, ...pluginFolders(start)]).map((path) => mount(path, ",readonly")),
  ];
}

function pluginFolders(start: AnsibleStart): string[] {
  const folders = Object.entries(start.environment).flatMap(([name, value]) => (pluginSetting.test(name) ? value.split(":") : []));
  return folders.filter((folder) => !folder.startsWith(start.tree));
}

/** The Python that ansible-runner was installed for: the first line of its program says so. */
function runnerPython(environment: Environment): string {
  const program = find("ansible-runner", environment, "chiffon.yml asks for the back end ansible-runner, which is not installed");
  const [, interpreter = "", first] = /^#!\s*(\S+)(?:[ \t]+(\S+))?/.exec(readFileSync(program, "latin1").slice(0, 1_000)) ?? [];
  const name = interpreter.endsWith("/env") ? (first ?? "") : interpreter;
  if (!/(?:^|\/)(?:python|pypy)[\d.]*$/.test(name)) {
    throw new AppError("program-missing", `${program} does not say which Python it was installed for`, {
      help: "Install ansible-runner by apt (python3-ansible-runner) or pipx.",
    });
  }
  return findProgram(name, environment);
}

function findEngine(container: ExecutionEnvironment, environment: Environment): string {
  const { engine, image } = container;
  return find(engine, environment, `chiffon.yml asks for the execution environment ${image} by ${engine}, which is not installed`);
}

function find(name: string, environment: Environment, message: string): string {
  try {
    return findProgram(name, environment);
  } catch (cause) {
    throw new AppError("program-missing", `${message} (not found in PATH)`, {
      help: `Install it (apt install ${name === "ansible-runner" ? "python3-ansible-runner" : name}), or change \`ansible:\` in chiffon.yml.`,
      cause,
    });
  }
}
