import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Agent } from "../../src/agents/agent.ts";
import { createCallbackSettings } from "../../src/agents/infra/callback-settings.ts";
import { cleanEnvironment } from "../../src/agents/infra/environment.ts";
import { createPlaybookExecutor } from "../../src/agents/infra/playbook-executor.ts";
import type { AttemptResult, WorkItem } from "../../src/agents/work-source.ts";
import { silentLogger } from "../../src/logger.ts";
import { AgentBench, endProcesses, processesOf, until } from "../helpers/agent-bench.ts";
import { momentsToKill, type MomentToKill, type Told } from "../helpers/moments-to-kill.ts";
import { waysFor, type WayToStart } from "../helpers/ways-to-start.ts";
import { InMemoryWorkSource, type AttemptRecord } from "../helpers/in-memory-work-source.ts";

// The agent is killed at every turn of a run. Each task leaves a line, so that one sees what was done, and how often.
const begins = momentsToKill.indexOf("after the spawn, before the first event");
const told = momentsToKill.indexOf("when the result is told");

let bench: AgentBench;
beforeAll(async () => {
  bench = new AgentBench();
  // Asking ansible for its settings takes half a second, and each of these agents would.
  await createCallbackSettings(join(bench.folder, "settings")).merged(bench.folder, cleanEnvironment(process.env));
});
afterAll(() => bench.close());

interface House {
  readonly way: WayToStart;
  readonly folder: string;
  readonly log: string;
  readonly item: WorkItem;
}

function houseFor(way: WayToStart, index: number, secondTask = 0.5): House {
  const folder = join(bench.folder, `house-${way}-${index}`);
  mkdirSync(join(folder, "agent"), { recursive: true });
  cpSync(join(bench.folder, "settings"), join(folder, "agent", "settings"), { recursive: true });
  const log = join(folder, "done.log");
  const tasks = [1, 2, 3].map(
    (number) =>
      `    - name: Task ${number}\n      ansible.builtin.raw: echo ${number} >> ${log}; sleep ${number === 2 ? secondTask : 0.5}\n`,
  );
  const plan = bench.plan({ "site.yml": `- hosts: web1\n  gather_facts: false\n  tasks:\n${tasks.join("")}` });
  return { way, folder, log, item: bench.item(plan) };
}

/** Resolves when the agent is dead; what the other side had been told by then. */
async function runUntilKilled({ way, folder, item }: House, moment: MomentToKill): Promise<Told[]> {
  const journal = join(folder, "journal.jsonl");
  const files = Object.fromEntries([...bench.source.files].map(([hash, content]) => [hash, Buffer.from(content).toString("base64")]));
  const input = { folder: join(folder, "agent"), item, publicKey: await bench.source.publicKey(), files, journal, moment, way };
  writeFileSync(join(folder, "input.json"), JSON.stringify(input));
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL("../helpers/agent-to-kill.ts", import.meta.url)), join(folder, "input.json")],
    {
      stdio: ["ignore", "ignore", "inherit"],
    },
  );
  const signal = await new Promise((resolve) => child.once("exit", (_code, by) => resolve(by)));
  expect(signal).toBe("SIGKILL");
  if (!existsSync(journal)) return [];
  return readFileSync(journal, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Told);
}

/** The next agent on the same folder, with a source that knows what was told before. */
async function nextAgent(
  { folder, item }: House,
  before: readonly Told[],
): Promise<{ agent: Agent; record: AttemptRecord; source: InMemoryWorkSource }> {
  const source = new InMemoryWorkSource();
  const record = source.adopt(item);
  record.started = before.flatMap(({ started }) => started ?? []);
  record.events = before.flatMap(({ events }) => events ?? []);
  const executor = createPlaybookExecutor({ folder: join(folder, "agent"), environment: process.env, logger: silentLogger() });
  const agent = new Agent({ id: "agent-1", source, executors: [executor], logger: silentLogger() });
  await agent.start();
  return { agent, record, source };
}

const linesOf = (log: string): string[] => (existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : []);

const ways = waysFor(false);
test.concurrent.for(ways.flatMap((way) => momentsToKill.map((moment, index) => ({ way, moment, index }))))(
  "killed $moment: the play is done once by $way, and its true result is told",
  { timeout: 300_000 },
  async ({ way, moment, index }, { expect }) => {
    const house = houseFor(way, index);
    const before = await runUntilKilled(house, moment);
    const { agent, record, source } = await nextAgent(house, before);
    if (moment === "while the sealed files are fetched") {
      // It had not even been noted: the orchestrator hands it over when its lease runs out.
      expect([before, agent.running, linesOf(house.log)]).toEqual([[], 0, []]);
    } else {
      const result = await source.finished(house.item.attemptId);
      if (index < begins) {
        expect(result).toMatchObject({ outcome: "refused", errorCode: "not-started", summary: null });
        expect([record.events, linesOf(house.log)]).toEqual([[], []]);
      } else {
        expect(result).toMatchObject({ outcome: "succeeded", summary: { okCount: 3, changedCount: 3, exitCode: 0 } });
        expect(linesOf(house.log)).toEqual(["1", "2", "3"]);
        expect(readFileSync(join(house.folder, "agent", "runs", house.item.attemptId, "exit.json"), "utf8")).toContain(
          `"warm": ${way === "warm"}`,
        );
        expect(record.events.map(({ number }) => number)).toEqual(record.events.map((_, position) => position + 1));
        expect(record.events.map(({ event }) => event.kind)).toEqual(kinds);
        if (index >= told) expect(withoutUse(before.at(-1)?.result)).toEqual(withoutUse(result));
      }
      await until(() => agent.running === 0);
    }
    expect(record.started).toHaveLength(index < momentsToKill.indexOf("after it said that it spawns") ? 0 : 1);
    expect(processesOf(house.item.attemptId)).toEqual([]);
    expect(variablesLeft(house)).toEqual([]);
    // What it had kept imported has noticed, and is gone.
    await until(() => commandLines().every((line) => !line.includes(join(house.folder, "agent", "warm"))));
    await agent.stop();
  },
);

test.concurrent.for(ways)(
  "the machine goes down in the middle, by %s: outcome unknown, not failed, and nothing is done again",
  { timeout: 300_000 },
  async (way, { expect }) => {
    const house = houseFor(way, momentsToKill.length, 30);
    const before = await runUntilKilled(house, "in the middle of a task");
    for (const { started } of before) if (started !== undefined) process.kill(started.pid, "SIGKILL");
    // One that is killed may have begun another a moment before.
    await until(() => {
      endProcesses(house.item.attemptId);
      return processesOf(house.item.attemptId).length === 0;
    });
    const done = linesOf(house.log);
    const { agent, record, source } = await nextAgent(house, before);
    const result = await source.finished(house.item.attemptId);
    expect(result).toMatchObject({ outcome: "outcome_unknown", errorCode: null, summary: null });
    expect(result.errorText).toContain("A command may still be going on web1");
    await until(() => agent.running === 0);
    await agent.stop();
    // The second task had begun, if not yet written its line.
    expect(["1", "1 2"]).toContain(done.join(" "));
    expect(linesOf(house.log)).toEqual(done);
    expect(record.started).toHaveLength(1);
    expect(variablesLeft(house)).toEqual([]);
  },
);

function commandLines(): string[] {
  return readdirSync("/proc").flatMap((name) => {
    try {
      return /^\d+$/.test(name) ? [readFileSync(`/proc/${name}/cmdline`, "utf8")] : [];
    } catch {
      return [];
    }
  });
}

const kinds = ["playbook_start", "play_start", "task_start", "result", "task_start", "result", "task_start", "result", "stats"];

function withoutUse(result: AttemptResult | undefined): unknown {
  return { ...result, resources: null };
}

function variablesLeft({ folder }: House): string[] {
  const variables = join(folder, "agent", "variables");
  return existsSync(variables) ? readdirSync(variables) : [];
}
