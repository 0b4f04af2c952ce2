import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { AsyncTaskReport } from "../../src/agents/async-task.ts";
import { createJobStates, type JobState } from "../../src/agents/infra/async-tasks/job-states.ts";
import { JobWatch } from "../../src/agents/infra/async-tasks/job-watch.ts";
import { silentLogger } from "../../src/logger.ts";
import { until } from "../helpers/agent-bench.ts";

let folder: string;
const watches: JobWatch[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "chiffon-jobs-"));
});
afterEach(async () => {
  for (const watch of watches.splice(0)) await watch.stop();
  rmSync(folder, { recursive: true });
});

const state = (jobId: string, changes: Partial<JobState> = {}): JobState => ({
  job_id: jobId, host: "nas", task_name: "scrub", status: "running", start_time: new Date().toISOString(), finish_time: null, timeout: 60, error: null,
  result: null, connection: "local", become: false, run_id: "attempt-1", ...changes,
}); // prettier-ignore
const write = (one: JobState): void => writeFileSync(join(folder, `${one.job_id}.json`), JSON.stringify(one));
const ended = { status: "completed", finish_time: new Date().toISOString(), result: { rc: 0, stdout: "a\nlast\n", stderr: "" } } as const;

interface Watched {
  readonly told: AsyncTaskReport[];
  readonly here: number[];
  readonly elsewhere: string[][];
  refuse: boolean;
}

function start(lookHere: () => void = () => undefined): Watched {
  const seen: Watched = { told: [], here: [], elsewhere: [], refuse: false };
  const watch = new JobWatch({
    folder,
    states: createJobStates(folder),
    async lookHere() {
      seen.here.push(1);
      lookHere();
    },
    async askElsewhere(states) {
      seen.elsewhere.push(states.map((one) => one.job_id));
    },
    listener: {
      async told(report) {
        if (seen.refuse) throw new Error("the database is away");
        seen.told.push(report);
      },
    },
    logger: silentLogger(),
    everyMs: 20,
  });
  watches.push(watch);
  watch.start();
  return seen;
}
const words = (seen: Watched): string[] => seen.told.map((report) => `${report.jobId} ${report.status}`);

test("tells of each job once as it starts and once as it ends, also to the next process; those of nobody's run are left alone", async () => {
  write(state("old_1_00000000", { ...ended, finish_time: "2020-01-01T00:00:00Z" }));
  write(state("own_1_00000000", { run_id: null }));
  const seen = start(() => write(state("new_1_00000000", ended)));
  write(state("new_1_00000000"));
  await until(() => words(seen).includes("new_1_00000000 completed"));
  expect(words(seen)).toEqual(["new_1_00000000 running", "new_1_00000000 completed"]);
  expect(seen.told[1]).toMatchObject({ attemptId: "attempt-1", rc: 0, lastLines: "a\nlast", host: "nas", taskName: "scrub" });
  const looked = seen.here.length;
  const next = start();
  await until(() => next.told.length > 0);
  expect(words(next)).toEqual(["new_1_00000000 completed"]);
  expect([next.here, seen.here.length - looked]).toEqual([[], 0]); // nothing is open
});

test("what could not be told is told later; broken files hold up nothing", async () => {
  for (const [name, text] of [["half_1_00000000.json", '{"job_id": "ha'], ["list_1_00000000.json", "[]"], ["other_1_00000000.json", JSON.stringify(state("x"))], [".lock", ""]] as const)
    writeFileSync(join(folder, name), text); // prettier-ignore
  const seen = start();
  seen.refuse = true;
  write(state("job_1_00000000", ended));
  await new Promise((resolve) => setTimeout(resolve, 60));
  seen.refuse = false;
  write(state("more_1_00000000", ended)); // something happens: the next look
  await until(() => seen.told.length === 2);
  expect(words(seen).toSorted()).toEqual(["job_1_00000000 completed", "more_1_00000000 completed"]);
});

test("jobs of other machines and accounts are asked for by ansible; one that is silent long after its limit is told of", async () => {
  write(state("far_1_00000000", { connection: "ssh" }));
  write(state("root_1_00000000", { become: true }));
  write(state("gone_1_00000000", { connection: "ssh", start_time: new Date(Date.now() - 3_600_000).toISOString() }));
  const seen = start();
  await until(() => seen.elsewhere.length > 0 && seen.told.length === 3);
  expect(seen.elsewhere[0]?.toSorted()).toEqual(["far_1_00000000", "gone_1_00000000", "root_1_00000000"]);
  expect(seen.here).toEqual([]);
  expect(seen.told.find((report) => report.jobId.startsWith("gone"))).toMatchObject({
    status: "unknown",
    reason: "host_unreachable",
    endedAt: null,
  });
  // It answers again.
  write(state("gone_1_00000000", { ...ended, connection: "ssh" }));
  await until(() => words(seen).includes("gone_1_00000000 completed"));
});
