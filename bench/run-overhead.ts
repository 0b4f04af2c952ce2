import { cleanEnvironment } from "../src/agents/infra/environment.ts";
import { benchPlaybooks, inventoryFile } from "./bench-repo.ts";
import type { Comparison, Row } from "./comparison.ts";
import { interleaved } from "./interleave.ts";
import { openRunBench, ourRun, phasesNote } from "./our-run.ts";
import type { RunPhases } from "./run-phases.ts";
import { timeProgram } from "./run-program.ts";

export const runOverhead: Comparison = {
  name: "run-overhead",
  title: "our whole run (approval decision to run finished) against bare ansible-playbook",
  runs: 15,
  async measure({ runs, quick, say }) {
    const { bench, repo, close } = await openRunBench();
    try {
      const env = cleanEnvironment(process.env);
      const rows: Row[] = [];
      const notes: string[] = [];
      const { one, hundred, thousandItems } = benchPlaybooks;
      for (const playbook of quick ? [one] : [one, hundred, thousandItems]) {
        say(playbook.case);
        const phases: RunPhases[] = [];
        const bare = {
          name: "ansible-playbook",
          async run() {
            const { milliseconds, exitCode } = await timeProgram("ansible-playbook", ["-i", inventoryFile, playbook.path], {
              cwd: repo,
              env,
            });
            if (exitCode !== 0) throw new Error(`ansible-playbook ${playbook.path} ended with ${exitCode}`);
            return milliseconds;
          },
        };
        rows.push(await interleaved(playbook, ourRun(bench, playbook, phases), bare, runs));
        notes.push(phasesNote(playbook.case, phases));
      }
      return { rows, notes };
    } finally {
      await close();
    }
  },
};
