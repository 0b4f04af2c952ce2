import { join } from "node:path";
import { cleanEnvironment } from "../src/agents/infra/environment.ts";
import { home, wallClock } from "./bench-app.ts";
import { benchPlaybooks, inventoryFile, type BenchPlaybook } from "./bench-repo.ts";

import { aimFor, type Comparison, type Row } from "./comparison.ts";
import { openRunBench, ourRun, phasesNote } from "./our-run.ts";
import { firstEventIn, type RunPhases } from "./run-phases.ts";
import { timeProgram } from "./run-program.ts";
import { median, rounded, summaryOf } from "./statistics.ts";

/** One round: ours and a bare cold ansible-playbook of the same playbook, both with our callback plugin. Milliseconds. */
interface Round {
  readonly ours: Moments;
  readonly bare: Moments;
}

interface Moments {
  readonly whole: number;
  /** From the start of ansible's process to its first event. */
  readonly firstEvent: number;
  /** From the approval; for the bare one the same as `firstEvent`. */
  readonly approvalToFirstEvent: number;
}

export const warmRun: Comparison = {
  name: "warm-run",
  title: "our whole run, forked from the warm process, against bare ansible-playbook",
  runs: 15,
  async measure({ runs, quick, say }) {
    const { bench, repo, folder, close } = await openRunBench({ warm: true });
    try {
      const rows: Row[] = [];
      const notes: string[] = [];
      for (const playbook of quick ? [benchPlaybooks.one] : [benchPlaybooks.one, benchPlaybooks.hundred]) {
        say(playbook.case);
        const phases: RunPhases[] = [];
        const our = ourRun(bench, playbook, phases);
        const ours = async (): Promise<Moments> => {
          const whole = await our.run();
          const last = phases.at(-1);
          if (last?.warm !== true) throw new Error("the run was not forked from the warm process");
          const { firstEvent, approvalToFirstEvent } = last;
          return { whole, firstEvent, approvalToFirstEvent };
        };
        const rounds: Round[] = [];
        for (let round = 0; round <= runs; round += 1) {
          const bareFirst = round % 2 === 1;
          const early = bareFirst ? await bareRun(playbook, repo, folder, round) : null;
          const mine = await ours();
          rounds.push({ ours: mine, bare: early ?? (await bareRun(playbook, repo, folder, round)) });
        }
        // The first one warms both up.
        const counted = rounds.slice(1);
        rows.push(
          rowOf(`${playbook.case}, approval to end`, counted, "whole", playbook === benchPlaybooks.one ? 0.35 : null),
          rowOf(`${playbook.case}, start to first event`, counted, "firstEvent", playbook === benchPlaybooks.one ? 0.15 : null),
          rowOf(`${playbook.case}, approval to first event`, counted, "approvalToFirstEvent", null),
        );
        notes.push(phasesNote(playbook.case, phases));
      }
      return { rows, notes };
    } finally {
      await close();
    }
  },
};

async function bareRun(playbook: BenchPlaybook, repo: string, folder: string, round: number): Promise<Moments> {
  const events = join(folder, `bare-${playbook.path.replaceAll("/", "-")}-${round}.jsonl`);
  const env = {
    ...cleanEnvironment(process.env),
    ANSIBLE_CALLBACK_PLUGINS: join(home, "ansible", "callback_plugins"),
    ANSIBLE_CALLBACKS_ENABLED: "chiffon_events",
    CHIFFON_EVENTS_FILE: events,
  };
  const begun = wallClock();
  const { milliseconds, exitCode } = await timeProgram("ansible-playbook", ["-i", inventoryFile, playbook.path], { cwd: repo, env });
  if (exitCode !== 0) throw new Error(`ansible-playbook ${playbook.path} ended with ${exitCode}`);
  const firstEvent = firstEventIn(events) - begun;
  return { whole: milliseconds, firstEvent, approvalToFirstEvent: firstEvent };
}

function rowOf(name: string, rounds: readonly Round[], key: keyof Moments, limit: number | null): Row {
  const [mine, theirs] = [summaryOf(rounds.map(({ ours }) => ours[key])), summaryOf(rounds.map(({ bare }) => bare[key]))];
  const row = {
    case: name,
    unit: "ms" as const,
    ours: mine,
    other: { name: "ansible-playbook", summary: theirs },
    ratio: rounded(median(rounds.map(({ ours, bare }) => ours[key] / bare[key])), 3),
    bestRatio: rounded(mine.min / theirs.min, 3),
  };
  return { ...row, aim: limit === null ? null : aimFor("ratio", limit, row) };
}
