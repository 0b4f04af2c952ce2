import { expect, test } from "vitest";
import type { Database } from "../../src/db/database.ts";
import { createBuiltInEmbedder } from "../../src/mapping/built-in-embedder.ts";
import type { Embedder } from "../../src/mapping/embedder.ts";
import { createPlaybookIndex } from "../../src/mapping/playbook-index.ts";
import { describeOnBothDatabases } from "../helpers/databases.ts";
import { catalog as homelab } from "./mapping-bench.ts";

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
});
