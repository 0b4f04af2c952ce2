import { planOf } from "./bench-app.ts";
import { benchPlaybooks } from "./bench-repo.ts";
import { aimFor, type Comparison } from "./comparison.ts";
import { openRunBench, phasesNote } from "./our-run.ts";
import { phasesOf, type RunPhases } from "./run-phases.ts";
import { summaryOf } from "./statistics.ts";

export const approvalToStart: Comparison = {
  name: "approval-to-start",
  title: "approval decision to the spawned ansible-playbook process",
  runs: 30,
  async measure({ runs }) {
    const { bench, close } = await openRunBench();
    try {
      const phases: RunPhases[] = [];
      for (let round = 0; round <= runs; round += 1) {
        const run = await bench.approveAndWait(await planOf(bench, benchPlaybooks.one.request));
        await bench.settled(run.runId);
        const found = await phasesOf(bench, run);
        if (found !== null) phases.push(found);
      }
      const ours = summaryOf(phases.slice(1).map((one) => one.toStart));
      const row = { case: "decision to spawned process", unit: "ms" as const, ours, other: null, ratio: null, bestRatio: null };
      return { rows: [{ ...row, aim: aimFor("p95", 150, row) }], notes: [phasesNote("median phases", phases)] };
    } finally {
      await close();
    }
  },
};
