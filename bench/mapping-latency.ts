import { openPglite } from "../src/db/pglite.ts";
import { migrate } from "../src/db/migrate.ts";
import { createBuiltInEmbedder } from "../src/mapping/built-in-embedder.ts";
import { catalogFromFile } from "../src/mapping/catalog-file.ts";
import { inventoryNames } from "../src/mapping/inventory-names.ts";
import { createPlaybookIndex } from "../src/mapping/playbook-index.ts";
import type { PlaybookCatalog } from "../src/mapping/playbook.ts";
import { createTaskMapper } from "../src/mapping/task-mapper.ts";
import { createRulePlanner } from "../src/planner/rule-planner.ts";
import { createVocabulary } from "../src/planner/vocabulary.ts";
import { aimFor, type Comparison, type Row } from "./comparison.ts";
import { summaryOf } from "./statistics.ts";

const kinds = ["Wiki", "Media server", "Password manager", "Git hosting", "Ad blocker", "Photo gallery", "Team chat", "Object storage", "Feed reader", "Voice chat"]; // prettier-ignore
const texts = [
  "deploy service-7 on web1",
  "restart service-3",
  "we need a place for the passwords of the family",
  "block ads in the whole network",
  "install service-12 with port 8080 and then service-20",
  "something to read the news from all my favourite sites",
  "back up service-5, then update it",
  "no space left on device",
];

export const mappingLatency: Comparison = {
  name: "mapping-latency",
  title: "a sentence to steps with playbooks; the index, cold and after one changed playbook",
  runs: 10,
  async measure({ runs, quick, say }) {
    const rows: Row[] = [];
    const notes: string[] = [];
    for (const size of quick ? [100] : [100, 1_000, 10_000]) {
      say(`${size} playbooks`);
      const measured = await measureSize(size, size > 1_000 ? Math.min(runs, 3) : runs);
      rows.push(...measured.rows);
      notes.push(measured.note);
    }
    return { rows, notes };
  },
};

async function measureSize(size: number, rounds: number): Promise<{ readonly rows: Row[]; readonly note: string }> {
  const database = await openPglite();
  try {
    await migrate(database);
    const catalog = catalogOfSize(size, "");
    const embedder = createBuiltInEmbedder();
    const index = createPlaybookIndex({ database, embedder, repo: "bench" });
    const before = process.memoryUsage().rss;
    const cold = await timed(() => index.update(catalog));
    const changed = await timed(() => index.update(catalogOfSize(size, "changed")));
    const planner = createRulePlanner({ inventory: inventoryNames({ web: ["web1", "web2"] }), vocabulary: createVocabulary(catalog) });
    const mapper = createTaskMapper({ index, embedder });
    const current = catalogOfSize(size, "changed");
    await mapper.map({ intent: "deploy service-1", verb: "deploy" }, current);
    const [vector] = await embedder.embed(["a place for passwords"]);
    const mapping: number[] = [];
    const search: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      for (const text of texts) {
        const all = await timed(async () => {
          const { steps } = await planner.decompose(text);
          for (const step of steps) await mapper.map(step, current);
        });
        mapping.push(all);
        if (vector !== undefined) search.push(await timed(() => index.search(vector, 40)));
      }
    }
    const row = (name: string, values: readonly number[]): Row => ({ case: `${size} playbooks: ${name}`, unit: "ms", ours: summaryOf(values), other: null, ratio: null, bestRatio: null, aim: null }); // prettier-ignore
    const mapped = row("decompose and map", mapping);
    const searched = row("search alone", search);
    const megabytes = Math.round((process.memoryUsage().rss - before) / 1_048_576);
    return {
      rows: [
        size === 1_000 ? { ...mapped, aim: aimFor("p95", 20, mapped) } : mapped,
        // Each playbook has four or five phrasings, so 10,000 vectors are some 2,000 playbooks.
        size === 1_000 ? { ...searched, aim: aimFor("p95", 10, searched) } : searched,
        row("index, cold", [cold]),
        row("index, one playbook changed", [changed]),
      ],
      note: `${size} playbooks: ${megabytes} MB more memory`,
    };
  } finally {
    await database.close();
  }
}

function catalogOfSize(size: number, version: string): PlaybookCatalog {
  return catalogFromFile(
    Array.from({ length: size }, (_, at) => ({
      id: `service-${at}`,
      path: `roles/service-${at}`,
      name: `Service-${at}`,
      service: `service-${at}`,
      description: `${kinds[at % kinds.length] ?? ""} number ${at} for team ${at % 97}. ${at === 0 ? version : ""}`,
      variables: [`service_${at}_port`, `service_${at}_hostname`],
    })),
  );
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}
