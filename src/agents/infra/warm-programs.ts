import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { sha256 } from "../../canonical-json.ts";
import { findProgram, type Environment } from "./environment.ts";
import { askProgram, type ProgramAnswer, type ProgramOrder } from "./warm-program.ts";
import { createWarmProcess, whyOutdated, type WarmProcess } from "./warm-process.ts";

const lintAfterMs = 500;
/** Beside it the names of sockets must fit into 107 bytes. */
const folderLength = 80;

/** The warm processes of one agent: ansible, and ansible-lint where it is installed. */
export interface WarmPrograms {
  readonly ansible: WarmProcess;
  /** Starts both some time after now. Without it everything starts cold. */
  start(afterMs?: number): void;
  /** A program of theirs with its output; null: a fresh process has to do it, and nothing was run. */
  run(program: string, order: ProgramOrder): Promise<ProgramAnswer | null>;
  close(): void;
}

/** Throws `program-missing` where there is no ansible-playbook. */
export function createWarmPrograms(deps: {
  readonly environment: Environment;
  readonly agentFolder: string;
  /** Ansible-lint is imported with the first lint, not with ansible: nothing is linted after a run. */
  readonly lintIsRare?: boolean;
}): WarmPrograms {
  const { environment } = deps;
  const folder = warmFolder(deps.agentFolder);
  const ansible = createWarmProcess({
    name: "ansible",
    program: findProgram("ansible-playbook", environment),
    // As every run has it; what is imported depends on it.
    environment: { ...environment, ANSIBLE_LOG_PATH: "/dev/null", ANSIBLE_NOCOLOR: "1", ANSIBLE_FORCE_COLOR: "0" },
    folder,
  });
  let lint: WarmProcess | null = null;
  try {
    lint = createWarmProcess({ name: "lint", program: findProgram("ansible-lint", environment), environment, folder });
  } catch {
    // Not installed.
  }
  let isLintWanted = deps.lintIsRare !== true;
  let isAnsibleReady = false;
  // One after the other: both take a second of a processor.
  ansible.onReady(() => {
    isAnsibleReady = true;
    if (isLintWanted) lint?.start(lintAfterMs);
  });
  return {
    ansible,
    start(afterMs = 1_000) {
      ansible.start(afterMs);
    },
    async run(program, order) {
      const process = basename(program) === "ansible-lint" ? lint : ansible;
      if (process === lint && !isLintWanted) {
        isLintWanted = true;
        if (isAnsibleReady) lint?.start(0);
        return null;
      }
      const connection = (await process?.connect()) ?? null;
      const said = connection === null ? null : await askProgram(connection, program, order, ansible.socket());
      if (said === null || !("why" in said)) return said;
      if (said.why.startsWith(whyOutdated)) process?.misfit(null, said.why);
      return null;
    },
    close() {
      lint?.close();
      ansible.close();
    },
  };
}

/** In the agent's folder, unless its path is too long. */
export function warmFolder(agentFolder: string): string {
  const own = join(agentFolder, "warm");
  return own.length <= folderLength ? own : join(tmpdir(), `chiffon-warm-${sha256(agentFolder).slice(0, 16)}`);
}
