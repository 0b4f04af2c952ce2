import { chmodSync, writeFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { join } from "node:path";
import { createPlaybookExecutor } from "../src/agents/infra/playbook-executor.ts";
import { silentLogger } from "../src/logger.ts";
import { startPostgres } from "../test/helpers/postgres-server.ts";
import { benchEnvironment, openBenchApp, planOf, temporaryFolder } from "./bench-app.ts";
import { benchPlaybooks, makeRunRepo } from "./bench-repo.ts";
import { aimFor, type Comparison, type Row } from "./comparison.ts";
import { rounded, summaryOf } from "./statistics.ts";
import { spoolOf, type SpoolKind } from "./spool-file.ts";

/** 20,000 a second. */
const aimMicroseconds = 50;

/**
 * A program in ansible's place puts a whole spool file there at once; the agent reads it and the database stores it, with page and reporter
 * listening. Counted from the first stored row to the last.
 */
export const eventStore: Comparison = {
  name: "event-store",
  title: "events of a run stored in the database, an event: spool file, agent, work source, rows; the aim is 20,000 a second",
  runs: 5,
  async measure({ runs, quick, say }) {
    const count = quick ? 5_000 : 50_000;
    const rows: Row[] = [];
    const notes: string[] = [];
    for (const database of ["PGlite", "PostgreSQL"] as const) {
      say(database);
      const server = database === "PostgreSQL" ? await startPostgres() : null;
      try {
        for (const kind of ["results", "items"] as const) {
          const name = `${kind}, ${database}`;
          const { perEvent, processorTime, loopDelay } = await measureOn(kind, count, runs, server?.url);
          const ours = summaryOf(perEvent);
          const row = { case: name, unit: "µs" as const, ours, other: null, ratio: null, bestRatio: null };
          rows.push({ ...row, aim: aimFor("median", aimMicroseconds, row) });
          rows.push({ ...row, case: `${name}: time of the processor`, ours: summaryOf(processorTime), aim: null });
          notes.push(
            `${name}: ${Math.round(1e6 / ours.median)} stored a second; the longest the process did nothing else: ${loopDelay} ms`,
          );
        }
      } finally {
        await server?.stop();
      }
    }
    return { rows, notes: [`${count} events a round`, ...notes] };
  },
};

async function measureOn(
  kind: SpoolKind,
  count: number,
  runs: number,
  databaseUrl: string | undefined,
): Promise<{ readonly perEvent: readonly number[]; readonly processorTime: readonly number[]; readonly loopDelay: number }> {
  const folder = temporaryFolder();
  const delay = monitorEventLoopDelay({ resolution: 1 });
  try {
    const spool = join(folder.path, "spool.jsonl");
    writeFileSync(spool, spoolOf(kind, count));
    const program = join(folder.path, "puts-the-spool-there");
    writeFileSync(program, `#!/bin/sh\ncp "${spool}" "$CHIFFON_EVENTS_FILE"\n`);
    chmodSync(program, 0o755);
    const repo = join(folder.path, "repo");
    makeRunRepo(repo);
    const dataDir = join(folder.path, "data");
    const executor = createPlaybookExecutor({
      folder: join(dataDir, "agent"),
      environment: benchEnvironment(),
      logger: silentLogger(),
      ansiblePlaybook: program,
    });
    const bench = await openBenchApp(repo, dataDir, { executor, ...(databaseUrl === undefined ? {} : { databaseUrl }) });
    try {
      const perEvent: number[] = [];
      const processorTime: number[] = [];
      for (let round = 0; round <= runs; round += 1) {
        const planned = await planOf(bench, benchPlaybooks.one.request);
        if (round === 1) delay.enable();
        const before = process.cpuUsage();
        const { runId, state } = await bench.approveAndWait(planned);
        const { user, system } = process.cpuUsage(before);
        const [row] = await bench.app.database.query<{ stored: number; seconds: number }>(
          `select count(*) as stored, extract(epoch from max(at) - min(at))::double precision as seconds
           from run_event where run_id = $1 and kind = 'ansible'`,
          [runId],
        );
        if (state !== "succeeded" || Number(row?.stored) !== count)
          throw new Error(`${state}: ${row?.stored} of ${count} events are stored`);
        if (round > 0) {
          perEvent.push((Number(row?.seconds) * 1e6) / count);
          processorTime.push((user + system) / count);
        }
        await bench.settled(runId);
      }
      return { perEvent, processorTime, loopDelay: rounded(delay.max / 1e6) };
    } finally {
      await bench.stop();
    }
  } finally {
    delay.disable();
    folder.remove();
  }
}
