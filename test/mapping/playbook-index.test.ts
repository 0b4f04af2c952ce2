import { expect, test } from "vitest";
import type { Database } from "../../src/db/database.ts";
import { createBuiltInEmbedder } from "../../src/mapping/built-in-embedder.ts";
import type { Embedder } from "../../src/mapping/embedder.ts";
import { createPlaybookIndex } from "../../src/mapping/playbook-index.ts";
import { catalogOf } from "../../src/mapping/catalog.ts";
import type { PlaybookCatalog } from "../../src/mapping/playbook.ts";
import { describeOnBothDatabases } from "../helpers/databases.ts";
import { catalog as homelab, playbook } from "./mapping-bench.ts";

const builtIn = createBuiltInEmbedder();
/** The built-in one's vectors in another length: the same playbooks must be found. */
const longer: Embedder = {
  ...builtIn,
  name: "longer",
  dimensions: 768,
  embed: async (texts) => (await builtIn.embed(texts)).map((vector) => Float32Array.from([...vector, ...new Float32Array(384)])),
};

async function found(database: Database, embedder: Embedder): Promise<readonly string[]> {
  const index = createPlaybookIndex({ database, embedder, repo: "lengths" });
  await index.update(homelab);
  const [vector] = await embedder.embed(["get rid of advertisements"]);
  return (await index.search(vector!, 3)).map((hit) => hit.playbook);
}

describeOnBothDatabases("the index of playbooks", (open) => {
  test("finds the same with vectors of any length, with and without pgvector, one after the other", async () => {
    const database = await open();
    const first = await found(database, builtIn);
    expect(first[0]).toBe("deploy-pihole");
    expect(await found(database, longer)).toEqual(first);
    expect(await found(database, builtIn)).toEqual(first);
    expect(await found({ ...database, hasVectors: false }, builtIn)).toEqual(first);
    expect(await found(database, builtIn)).toEqual(first);
  });

  test("says nothing of a search before anything was indexed, and nothing of a vector of the wrong length", async () => {
    const index = createPlaybookIndex({ database: await open(), embedder: builtIn, repo: "none" });
    expect(await index.search(new Float32Array(384).fill(1), 3)).toEqual([]);
    await index.update(homelab);
    expect(await index.search(new Float32Array(768).fill(1), 3)).toEqual([]);
  });

  test("in process and by pgvector the same is found, in the same order", async () => {
    const database = await open();
    const inProcess = createPlaybookIndex({ database, embedder: builtIn, repo: "same" });
    await inProcess.update(homelab);
    const inDatabase = createPlaybookIndex({ database, embedder: builtIn, repo: "same", mostBytesInProcess: 0 });
    expect(await inDatabase.update(homelab)).toEqual({ embedded: 0, removed: 0 });
    const vectors = await builtIn.embed([
      "get rid of advertisements",
      "films",
      "restart it",
      "a longer wish for a page with all measurements",
      "",
    ]);
    for (const vector of vectors) {
      const exact = await inProcess.search(vector, 6);
      const found = await inDatabase.search(vector, 6);
      expect(exact).toHaveLength(6);
      expect(found.map((hit) => hit.playbook)).toEqual(exact.map((hit) => hit.playbook));
      for (const [at, hit] of found.entries()) expect(hit.similarity).toBeCloseTo(exact[at]?.similarity ?? 0, 5);
    }
  });

  test("what another process embedded is read and not made again; its other embedder takes nothing away", async () => {
    const [first, second] = [await open(), await open()];
    let asked = 0;
    const counting: Embedder = { ...builtIn, embed: (texts) => ((asked += texts.length), builtIn.embed(texts)) };
    const own = createPlaybookIndex({ database: first, embedder: counting, repo: "two" });
    await own.update(homelab);
    const askedBefore = asked;
    const changed = withPlaybook(
      homelab,
      playbook({ id: "tame-dragons", verb: "run", name: "Tame dragons", description: "Feeds wild dragons." }),
    );
    const other = createPlaybookIndex({ database: second, embedder: builtIn, repo: "two" });
    expect(await other.update(changed)).toEqual({ embedded: 1, removed: 1 });
    expect(await own.update(changed)).toEqual({ embedded: 0, removed: 1 });
    expect(asked).toBe(askedBefore);
    const [vector] = await builtIn.embed(["feed the dragons"]);
    const found = await own.search(vector!, 3);
    expect(found[0]?.playbook).toBe("tame-dragons");
    const stored = createPlaybookIndex({ database: first, embedder: builtIn, repo: "two", mostBytesInProcess: 0 });
    await stored.update(changed);
    await createPlaybookIndex({ database: second, embedder: longer, repo: "two" }).update(changed);
    expect(await own.search(vector!, 3)).toEqual(found);
    expect((await stored.search(vector!, 3))[0]?.playbook).toBe("tame-dragons");
  });

  test("rows that were cut short, are of other words, or say nothing are made again", async () => {
    const database = await open();
    const column = database.hasVectors ? "embedding" : "numbers";
    const update = () => createPlaybookIndex({ database, embedder: builtIn, repo: "cut" }).update(homelab);
    await update();
    const rows = () =>
      database.query(`select playbook, position, phrasing, ${column}::text from playbook_phrasing where repo = 'cut' order by 1, 2`);
    const whole = await rows();
    await database.query("delete from playbook_phrasing where repo = 'cut' and playbook = 'deploy-pihole' and position > 0");
    await database.query(
      "update playbook_phrasing set phrasing = 'words of long ago' where repo = 'cut' and playbook = 'reboot' and position = 0",
    );
    await database.query(`update playbook_phrasing set ${column} = null where repo = 'cut' and playbook = 'deploy-emby'`);
    expect(await update()).toEqual({ embedded: 3, removed: 0 });
    expect(await rows()).toEqual(whole);
  });

  test("a database that keeps nothing is told of, and what was made is searched all the same", async () => {
    const database = await open();
    const told: unknown[] = [];
    const full: Database = {
      ...database,
      query: (text, values) => (text.startsWith("insert") ? Promise.reject(new Error("disk full")) : database.query(text, values)),
    };
    const index = createPlaybookIndex({ database: full, embedder: builtIn, repo: "full", onNotStored: (error) => void told.push(error) });
    await index.ready(homelab);
    const [vector] = await builtIn.embed(["get rid of advertisements"]);
    expect((await index.search(vector!, 3))[0]?.playbook).toBe("deploy-pihole");
    await expect(index.update(homelab)).rejects.toThrow("disk full");
    expect(told).toEqual([new Error("disk full")]);
    const stopped = createPlaybookIndex({ database, embedder: builtIn, repo: "stopped", signal: AbortSignal.abort() });
    await stopped.update(homelab);
    expect(await database.query("select 1 from playbook_phrasing where repo in ('full', 'stopped')")).toEqual([]);
  });

  test("a long preparation says how far it is", async () => {
    const said: number[] = [];
    let now = 0;
    const onProgress = (done: number, all: number): void => void (all === homelab.playbooks.length && said.push(done));
    const clock = (): number => (now += 700);
    await createPlaybookIndex({ database: await open(), embedder: builtIn, repo: "long", onProgress, clock }).update(homelab);
    expect(said.length).toBeGreaterThan(2);
    expect(said).toEqual([...new Set(said)].toSorted((a, b) => a - b));
    expect(said.at(-1)).toBeLessThanOrEqual(homelab.playbooks.length);
  });
});

function withPlaybook(catalog: PlaybookCatalog, added: PlaybookCatalog["playbooks"][number]): PlaybookCatalog {
  return catalogOf({ rejected: [], playbooks: [...catalog.playbooks.slice(1), added] });
}
