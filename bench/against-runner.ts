import { cpSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cleanEnvironment, findProgram } from "../src/agents/infra/environment.ts";
import { benchPlaybooks } from "./bench-repo.ts";
import { NotPossible, type Comparison, type Row } from "./comparison.ts";
import { interleaved } from "./interleave.ts";
import { openRunBench, ourRun, phasesNote } from "./our-run.ts";
import type { RunPhases } from "./run-phases.ts";
import { timeProgram } from "./run-program.ts";

const ratioAim = 0.65;

export const againstRunner: Comparison = {
  name: "against-runner",
  title: "our whole run against ansible-runner run",
  runs: 10,
  async measure({ runs, quick, say }) {
    const env = cleanEnvironment(process.env);
    try {
      findProgram("ansible-runner", env);
    } catch {
      throw new NotPossible("ansible-runner is not installed (Debian: apt-get install python3-ansible-runner)");
    }
    const rows: Row[] = [];
    const notes: string[] = [];
    for (const warm of [true, false]) await measureWay(warm);
    return { rows, notes };

    async function measureWay(warm: boolean): Promise<void> {
      const { bench, repo, folder, close } = await openRunBench({ warm });
      try {
        // Its own layout: the same files as project, the same inventory, artifacts removed after every run.
        const place = join(folder, "runner");
        mkdirSync(join(place, "env"), { recursive: true });
        cpSync(repo, join(place, "project"), { recursive: true, preserveTimestamps: true });
        cpSync(join(repo, "inventory"), join(place, "inventory"), { recursive: true });
        const { one, hundred, thousandItems } = benchPlaybooks;
        for (const playbook of quick ? [one] : [one, hundred, thousandItems]) {
          const named = `${playbook.case}, ${warm ? "from the warm process" : "started afresh"}`;
          say(named);
          const phases: RunPhases[] = [];
          const runner = {
            name: "ansible-runner",
            async run() {
              const { milliseconds, exitCode } = await timeProgram("ansible-runner", ["run", place, "-p", playbook.path, "--quiet"], {
                cwd: place,
                env,
              });
              if (exitCode !== 0) throw new Error(`ansible-runner ${playbook.path} ended with ${exitCode}`);
              rmSync(join(place, "artifacts"), { recursive: true, force: true });
              return milliseconds;
            },
          };
          rows.push(await interleaved({ case: named, ...(warm ? { ratioAim } : {}) }, ourRun(bench, playbook, phases), runner, runs));
          notes.push(phasesNote(named, phases));
        }
      } finally {
        await close();
      }
    }
  },
};
