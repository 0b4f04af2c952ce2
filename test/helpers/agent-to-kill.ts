// An agent process that kills itself as `kill -9` would, at a named moment: node agent-to-kill.ts FILE.
import { appendFileSync, readFileSync } from "node:fs";
import { z } from "zod";
import { Agent } from "../../src/agents/agent.ts";
import { cleanEnvironment } from "../../src/agents/infra/environment.ts";
import { createWarmPrograms } from "../../src/agents/infra/warm-programs.ts";
import { createPlaybookExecutor } from "../../src/agents/infra/playbook-executor.ts";
import type { WorkItem, WorkSource } from "../../src/agents/work-source.ts";
import { silentLogger } from "../../src/logger.ts";
import { warmed } from "./agent-bench.ts";
import { waysToStart, type WayToStart } from "./ways-to-start.ts";
import { momentsToKill, type MomentToKill, type Told } from "./moments-to-kill.ts";

const input = z
  .object({
    folder: z.string(),
    item: z.custom<WorkItem>(),
    publicKey: z.string(),
    files: z.record(z.string(), z.string()),
    journal: z.string(),
    moment: z.enum(momentsToKill),
    way: z.custom<WayToStart>(),
  })
  .parse(JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")));

let claimed = false;
let last = 0;
let begun = 0;
const keep = (told: Told): void => appendFileSync(input.journal, `${JSON.stringify(told)}\n`);
const source: WorkSource = {
  publicKey: () => Promise.resolve(input.publicKey),
  claim() {
    if (claimed) return Promise.resolve(null);
    claimed = true;
    return Promise.resolve(input.item);
  },
  renew: () => Promise.resolve({ held: true, stop: null }),
  async started(_attempt, started) {
    await dieAt("before it says that it spawns");
    keep({ started });
    await dieAt("after it said that it spawns");
  },
  async events(_attempt, events) {
    if (events.length === 0) await dieAt("after the spawn, before the first event");
    else if (last === 0) await dieAt("before the first events are stored");
    const results = events.filter(({ event }) => event.kind === "result").length;
    begun += events.filter(({ event }) => event.kind === "task_start").length;
    if (results > 0) await dieAt("between two tasks");
    if (begun > 1) await dieAt("in the middle of a task");
    if (events.some(({ event }) => event.kind === "stats")) await dieAt("after the last event, before the end is read");
    if (events.length > 0) keep({ events });
    last = events.at(-1)?.number ?? last;
    if (events.length > 0) await dieAt("when the first events are stored");
    return last;
  },
  async finish(_attempt, result) {
    await dieAt("before the result is told");
    keep({ result });
    await dieAt("when the result is told");
  },
  async file(_snapshot, hash) {
    await dieAt("while the sealed files are fetched");
    return Buffer.from(input.files[hash] ?? "", "base64");
  },
  onWake: () => () => undefined,
  now: () => Promise.resolve(new Date()),
};

const logger = silentLogger();
const warm =
  input.way === "warm"
    ? createWarmPrograms({ environment: cleanEnvironment(process.env), agentFolder: input.folder, lintIsRare: true })
    : undefined;
const { ansible } = { ansible: undefined, ...waysToStart[input.way] };
const executor = createPlaybookExecutor({ folder: input.folder, environment: process.env, logger, ansible, warm });
if (warm !== undefined) await warmed(warm);
await new Agent({ id: "agent-1", source, executors: [executor], logger }).start();
setInterval(() => undefined, 1_000);

async function dieAt(moment: MomentToKill): Promise<void> {
  if (moment !== input.moment) return;
  process.kill(process.pid, "SIGKILL");
  await new Promise(() => undefined);
}
