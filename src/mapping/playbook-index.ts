import type { Database, Sql } from "../db/database.ts";
import type { Embedder } from "./embedder.ts";
import { similarityOf } from "./embedder.ts";
import { phrasingsOf } from "./phrasings.ts";
import type { PlaybookCatalog } from "./playbook.ts";

export interface IndexHit {
  readonly playbook: string;
  /** Cosine, of the nearest phrasing. */
  readonly similarity: number;
}

/** Where the phrasings of a catalog's playbooks are searched by meaning. */
export interface PlaybookIndex {
  readonly embedder: Embedder;
  /** Embeds what changed and forgets what is gone; cheap when nothing did. */
  update(catalog: PlaybookCatalog): Promise<{ readonly embedded: number; readonly removed: number }>;
  /** Nearest playbooks, best first. */
  search(vector: Float32Array, limit: number): Promise<readonly IndexHit[]>;
}

export interface PlaybookIndexDeps {
  readonly database: Database;
  readonly embedder: Embedder;
  /** Which catalog: the repo's path or name. */
  readonly repo?: string;
}

/** PGlite works on the main thread: small batches let the rest of the process breathe. */
const batchSize = 8;

export function createPlaybookIndex({ database, embedder, repo = "" }: PlaybookIndexDeps): PlaybookIndex {
  const embedderKey = `${embedder.name}/${embedder.version}`;
  let indexed: string | undefined;
  let inDatabase: boolean | undefined;
  let inProcess: readonly { readonly playbook: string; readonly vector: Float32Array }[] | undefined;

  async function hasVectorColumn(): Promise<boolean> {
    if (!database.hasVectors || embedder.dimensions !== 384) return false;
    const rows = await database.query<{ type: string }>(
      "select udt_name as type from information_schema.columns where table_schema = 'chiffon' and table_name = 'playbook_phrasing' and column_name = 'embedding'",
    );
    return rows[0]?.type === "vector";
  }

  async function write(sql: Sql, rows: readonly PhrasingRow[]): Promise<void> {
    const values = rows.flatMap((row) => [
      repo,
      row.playbook,
      row.position,
      row.hash,
      embedderKey,
      row.phrasing,
      inDatabase === true ? vectorText(row.vector) : `{${row.vector.join(",")}}`,
    ]);
    const places = rows.map((_, index) => `(${[1, 2, 3, 4, 5, 6, 7].map((offset) => `$${index * 7 + offset}`).join(", ")})`).join(", ");
    await sql.query(
      `insert into playbook_phrasing (repo, playbook, position, content_hash, embedder, phrasing, embedding) values ${places}
       on conflict (repo, playbook, position) do update set content_hash = excluded.content_hash, embedder = excluded.embedder,
         phrasing = excluded.phrasing, embedding = excluded.embedding`,
      values,
    );
  }

  return {
    embedder,
    async update(catalog) {
      inDatabase ??= await hasVectorColumn();
      if (indexed === catalog.contentHash) return { embedded: 0, removed: 0 };
      const kept = await database.query<{ playbook: string; content_hash: string; embedder: string }>(
        "select distinct playbook, content_hash, embedder from playbook_phrasing where repo = $1",
        [repo],
      );
      const current = new Map(kept.filter((row) => row.embedder === embedderKey).map((row) => [row.playbook, row.content_hash]));
      const wanted = new Set(catalog.playbooks.map((playbook) => playbook.id));
      const gone = [...new Set(kept.map((row) => row.playbook))].filter((id) => !wanted.has(id));
      const changed = catalog.playbooks.filter((playbook) => current.get(playbook.id) !== playbook.contentHash);
      const stale = [...gone, ...changed.map((playbook) => playbook.id)];
      if (stale.length > 0)
        await database.query("delete from playbook_phrasing where repo = $1 and playbook = any($2::text[])", [repo, stale]);
      const rows = changed.flatMap((playbook) =>
        phrasingsOf(playbook).map((phrasing, position) => ({ playbook: playbook.id, hash: playbook.contentHash, phrasing, position })),
      );
      for (let start = 0; start < rows.length; start += batchSize) {
        const batch = rows.slice(start, start + batchSize);
        const vectors = await embedder.embed(batch.map((row) => row.phrasing));
        await write(
          database,
          batch.map((row, index) => ({ ...row, vector: vectors[index] ?? new Float32Array(embedder.dimensions) })),
        );
      }
      inProcess = inDatabase ? undefined : await readAll(database, repo);
      indexed = catalog.contentHash;
      return { embedded: changed.length, removed: gone.length };
    },
    async search(vector, limit) {
      if (inDatabase !== true) {
        inProcess ??= await readAll(database, repo);
        return exactSearch(inProcess, vector, limit);
      }
      const rows = await database.query<{ playbook: string; distance: number }>(
        `select playbook, min(embedding <=> $1::vector) as distance from playbook_phrasing where repo = $2
         group by playbook order by distance, playbook limit $3`,
        [vectorText(vector), repo, limit],
      );
      return rows.map((row) => ({ playbook: row.playbook, similarity: 1 - Number(row.distance) }));
    },
  };
}

interface PhrasingRow {
  readonly playbook: string;
  readonly hash: string;
  readonly phrasing: string;
  readonly position: number;
  readonly vector: Float32Array;
}

function vectorText(vector: Float32Array): string {
  // Four digits are enough for a cosine and halve what the database has to read.
  return `[${Array.from(vector, (value) => Math.round(value * 10_000) / 10_000).join(",")}]`;
}

async function readAll(database: Database, repo: string): Promise<{ playbook: string; vector: Float32Array }[]> {
  const rows = await database.query<{ playbook: string; embedding: unknown }>(
    "select playbook, embedding::text as embedding from playbook_phrasing where repo = $1",
    [repo],
  );
  return rows.map((row) => ({
    playbook: row.playbook,
    vector: Float32Array.from(String(row.embedding).slice(1, -1).split(",").map(Number)),
  }));
}

/** For databases without pgvector. */
function exactSearch(
  all: readonly { readonly playbook: string; readonly vector: Float32Array }[],
  vector: Float32Array,
  limit: number,
): IndexHit[] {
  const best = new Map<string, number>();
  for (const row of all) {
    const similarity = similarityOf(row.vector, vector);
    if (similarity > (best.get(row.playbook) ?? -1)) best.set(row.playbook, similarity);
  }
  return [...best]
    .map(([playbook, similarity]) => ({ playbook, similarity }))
    .sort((a, b) => b.similarity - a.similarity || (a.playbook < b.playbook ? -1 : 1))
    .slice(0, limit);
}
