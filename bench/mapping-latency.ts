import { monitorEventLoopDelay } from "node:perf_hooks";
import { setImmediate as breathe } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { openPglite } from "../src/db/pglite.ts";
import { migrate } from "../src/db/migrate.ts";
import { createBuiltInEmbedder } from "../src/mapping/built-in-embedder.ts";
import { inventoryNames } from "../src/mapping/inventory-names.ts";
import { createPlaybookIndex, type PlaybookIndex } from "../src/mapping/playbook-index.ts";
import { profileCatalog } from "../src/mapping/playbook-profile.ts";
import { createTaskMapper } from "../src/mapping/task-mapper.ts";
import { createRulePlanner } from "../src/planner/rule-planner.ts";
import { createVocabulary } from "../src/planner/vocabulary.ts";
import { aimFor, type Comparison, type Row } from "./comparison.ts";
import { largeCatalog, largeCatalogRequests } from "./large-catalog.ts";
import { rounded, summaryOf } from "./statistics.ts";

export const mappingLatency: Comparison = {
  name: "mapping-latency",
  title: "a sentence to steps with playbooks; the index, cold and after one changed playbook",
  runs: 10,
  async measure({ runs, quick, say }) {
    const rows: Row[] = [];
    const notes: string[] = [];
    for (const size of quick ? [100, 1_000] : [100, 1_000, 10_000]) {
      say(`${size} playbooks`);
      const measured = await measureSize(size, runs);
      rows.push(...measured.rows);
      notes.push(...measured.notes);
    }
    return { rows, notes };
  },
};

async function measureSize(size: number, rounds: number): Promise<{ readonly rows: Row[]; readonly notes: readonly string[] }> {
  const database = await openPglite();
  try {
    await migrate(database);
    const rows: Row[] = [];
    const row = (name: string, values: readonly number[], aim?: number): Row => {
      const made: Row = { case: `${size} playbooks: ${name}`, unit: "ms", ours: summaryOf(values), other: null, ratio: null, bestRatio: null, aim: null }; // prettier-ignore
      return aim === undefined ? made : { ...made, aim: aimFor("p95", aim, made) };
    };
    const embedder = createBuiltInEmbedder();
    await embedder.embed(["the lexicon is read once"]);
    const open = (): PlaybookIndex => createPlaybookIndex({ database, embedder, repo: "bench" });
    const before = memory();
    const first = largeCatalog(size);
    const catalog = largeCatalog(size, "changed");
    rows.push(row("profile and vocabulary of a catalog", [await timed(async () => [profileCatalog(catalog), createVocabulary(catalog)])]));

    const index = open();
    const building = await delayDuring(async () => {
      rows.push(row("index, cold, until it can be searched", [await timed(() => index.ready(first))]));
      rows.push(row("index, cold, the rest until it is stored", [await timed(() => index.update(first))]));
    });
    rows.push(row("index, one playbook changed", [await timed(() => index.update(catalog))]));
    const withIndex = memory();
    rows.push(row("index, read by the next process", [await timed(() => open().ready(catalog))]));

    const inventory = inventoryNames({ web: ["web1", "web2"], more: Array.from({ length: 200 }, (_, at) => `node${at}`) });
    const planner = createRulePlanner({ inventory, vocabulary: createVocabulary(catalog) });
    const mapper = createTaskMapper({ index, embedder });
    await mapper.map({ intent: "deploy a wiki", verb: "deploy" }, catalog);
    const mapping: number[] = [];
    const processor: number[] = [];
    const asking = await delayDuring(async () => {
      for (let round = 0; round < rounds; round += 1)
        for (const text of largeCatalogRequests) {
          const before = processorMs();
          mapping.push(
            await timed(async () => {
              for (const step of (await planner.decompose(text)).steps) await mapper.map(step, catalog);
            }),
          );
          processor.push(processorMs() - before);
          await breathe();
        }
    });
    const [vector] = await embedder.embed(["a place for passwords"]);
    const search: number[] = [];
    if (vector !== undefined) for (let round = 0; round < rounds * 5; round += 1) search.push(await timed(() => index.search(vector, 40)));
    // A playbook has four or five phrasings: 1,000 playbooks are some 4,000 vectors, and 10,000 some 40,000.
    rows.unshift(
      row("decompose and map", mapping, size === 1_000 ? 20 : undefined),
      // What a busy machine disturbs less.
      row("the same, processor time", processor, size === 1_000 ? 20 : undefined),
      row("search alone", search, size === 1_000 ? 10 : undefined),
    );
    return {
      rows,
      notes: [
        `${size} playbooks: ${withIndex - before} MB for two catalogs, the index and the database in memory, ${Math.round(process.memoryUsage().rss / 1_048_576)} MB for the whole process`,
        `${size} playbooks: event-loop delay p99 ${building} ms while the index is built and stored, ${asking} ms while requests are mapped`,
      ],
    };
  } finally {
    await database.close();
  }
}

/** Of this process's own data, after a collection: what the kernel counts comes back late. */
function memory(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return Math.round((heapUsed + arrayBuffers) / 1_048_576);
}

const processorMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
};

/** The 99th percentile beyond the timer's own interval, in milliseconds. */
async function delayDuring(work: () => Promise<void>): Promise<number> {
  const resolution = 1;
  const histogram = monitorEventLoopDelay({ resolution });
  histogram.enable();
  await work();
  histogram.disable();
  return rounded(Math.max(0, histogram.percentile(99) / 1e6 - resolution));
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}
