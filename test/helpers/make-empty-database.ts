import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { vector } from "@electric-sql/pglite-pgvector";
import type { TestProject } from "vitest/node";
import { lintTool } from "../../src/agents/infra/analyzer/lint-tool.ts";
import { createAnsibleFacts } from "../../src/agents/infra/ansible-facts.ts";
import { cleanEnvironment } from "../../src/agents/infra/environment.ts";
import { migrate } from "../../src/db/migrate.ts";
import { openPglite } from "../../src/db/pglite.ts";
import { silentLogger } from "../../src/logger.ts";
import { createDatabaseCache } from "../../src/orchestrator/database-cache.ts";
import { startQueue } from "../../src/queue/queue.ts";

const exampleRepo = join(import.meta.dirname, "..", "..", "examples", "homelab");

declare module "vitest" {
  export interface ProvidedContext {
    /** A folder with an empty embedded database as a first start leaves it: `db` as it lies in a data folder, `db.tar` as a dump, and `answers.json`: what ansible said. */
    readonly emptyDatabase: string;
  }
}

/** Making a cluster takes seconds of processor time, and nearly every test file needs one: it is made once and copied. */
export async function setup(project: TestProject): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), "chiffon-empty-database-"));
  const dataDir = join(folder, "db");
  const database = await openPglite({ dataDir });
  await migrate(database);
  const queue = await startQueue({ database, logger: silentLogger() }); // makes its own tables
  await queue.stop();
  // As a start asks it; what it says is kept under the program's size and time.
  const answers = { environment: cleanEnvironment(process.env), cache: createDatabaseCache(database) };
  const facts = createAnsibleFacts(answers);
  await facts.version();
  // Of a repo without settings of its own, as most tests have, and of the example.
  for (const repo of [folder, exampleRepo]) await facts.changedConfig(repo);
  await lintTool(folder, answers.environment, answers.cache);
  const kept = await database.query("select key, value from cached_answer");
  writeFileSync(join(folder, "answers.json"), JSON.stringify(kept.map(({ key, value }) => [key, value])));
  await database.close();
  const pglite = await PGlite.create({ dataDir, extensions: { vector } });
  const dump = await pglite.dumpDataDir("none");
  await pglite.close();
  writeFileSync(join(folder, "db.tar"), Buffer.from(await dump.arrayBuffer()));
  project.provide("emptyDatabase", folder);
  return () => rmSync(folder, { recursive: true, force: true });
}
