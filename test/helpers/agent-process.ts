// An agent process that can be killed: node agent-process.ts FILE, where FILE holds {folder, item, publicKey, files}.
import { readFileSync } from "node:fs";
import { z } from "zod";
import { createPlaybookExecutor } from "../../src/agents/infra/playbook-executor.ts";
import type { WorkItem, WorkSource } from "../../src/agents/work-source.ts";
import { silentLogger } from "../../src/logger.ts";

const input = z
  .object({ folder: z.string(), item: z.custom<WorkItem>(), publicKey: z.string(), files: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")));

const source: WorkSource = {
  publicKey: () => Promise.resolve(input.publicKey),
  claim: () => Promise.resolve(null),
  renew: () => Promise.resolve({ held: true, stop: null }),
  started: () => Promise.resolve(),
  events: () => Promise.resolve(0),
  finish: () => Promise.resolve(),
  file: (_snapshot, hash) => Promise.resolve(Buffer.from(input.files[hash] ?? "", "base64")),
  onWake: () => () => undefined,
  now: () => Promise.resolve(new Date()),
};
const executor = createPlaybookExecutor({ folder: input.folder, environment: process.env, logger: silentLogger() });
const outcome = await executor.start(input.item, source);
process.stdout.write(`${outcome.kind}\n`);
setInterval(() => undefined, 1_000);
