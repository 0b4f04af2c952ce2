import { monitorEventLoopDelay } from "node:perf_hooks";
import { pause, planOf } from "./bench-app.ts";
import { benchPlaybooks } from "./bench-repo.ts";
import { aimFor, type Comparison, type Row } from "./comparison.ts";
import { openRunBench } from "./our-run.ts";
import { rounded } from "./statistics.ts";

const resolutionMs = 1;
const betweenRequestsMs = 150;

export const eventLoop: Comparison = {
  name: "event-loop",
  title: "event-loop delay of the process; DESIGN.md: the database gets a worker thread if the p99 is over 50 ms",
  runs: 3,
  async measure({ runs, quick, say }) {
    const { bench, close } = await openRunBench();
    try {
      const playbook = quick ? benchPlaybooks.one : benchPlaybooks.thousandItems;
      const run = async (): Promise<void> => {
        const { runId } = await bench.approveAndWait(planned);
        last = runId;
      };
      let planned = await planOf(bench, playbook.request);
      let last = "";
      await run();
      await bench.settled(last);
      const rows: Row[] = [];
      const notes: string[] = [];
      const requests = Object.values(benchPlaybooks).map((one) => one.request);

      say("idle");
      rows.push(await delayDuring("nothing to do", () => pause(quick ? 500 : 5_000)));

      say(`while ${playbook.case} runs`);
      rows.push(
        await delayDuring(`during a run (${playbook.case})`, async (resume, halt) => {
          for (let round = 0; round < runs; round += 1) {
            halt();
            planned = await planOf(bench, playbook.request);
            resume();
            await run();
            halt();
            await bench.settled(last);
          }
        }),
      );

      say("with requests coming in");
      let answered = 0;
      rows.push(
        await delayDuring(`the same, a request every ${betweenRequestsMs} ms`, async (resume, halt) => {
          for (let round = 0; round < runs; round += 1) {
            halt();
            planned = await planOf(bench, playbook.request);
            resume();
            const running = { open: true };
            const asking = (async (): Promise<void> => {
              while (running.open) {
                await bench.plan(requests[answered % requests.length] ?? "");
                answered += 1;
                await pause(betweenRequestsMs);
              }
            })();
            await run();
            running.open = false;
            await asking;
            halt();
            await bench.settled(last);
          }
        }),
      );
      notes.push(`${answered} requests were answered meanwhile; the column p95 holds the p99 here`);
      return { rows, notes };
    } finally {
      await close();
    }
  },
};

/** `median` and `p95` of the row are the 50th and 99th percentile of the delay beyond the timer's own interval. */
async function delayDuring(name: string, work: (resume: () => void, halt: () => void) => Promise<void>): Promise<Row> {
  const histogram = monitorEventLoopDelay({ resolution: resolutionMs });
  histogram.enable();
  await work(
    () => histogram.enable(),
    () => histogram.disable(),
  );
  histogram.disable();
  const delay = (nanoseconds: number): number => rounded(Math.max(0, nanoseconds / 1e6 - resolutionMs), 2);
  const ours = {
    runs: histogram.count,
    median: delay(histogram.percentile(50)),
    p95: delay(histogram.percentile(99)),
    min: delay(histogram.min),
    max: delay(histogram.max),
  };
  const row = { case: name, unit: "ms" as const, ours, other: null, ratio: null, bestRatio: null };
  return { ...row, aim: aimFor("p95", 50, row) };
}
