import type { Database } from "../db/database.ts";
import type { Embedder } from "./embedder.ts";
import { similarityOf } from "./embedder.ts";
import type { LateEmbedder } from "./late-embedder.ts";
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
  readonly embedder: Embedder | LateEmbedder;
  /** Told when all playbooks are embedded because the embedder is another one than before. */
  readonly onRebuild?: (embedder: Embedder, playbooks: number) => void;
  /** Which catalog: the repo's path or name. */
  readonly repo?: string;
}

/** PGlite works on the main thread: small batches let the rest of the process breathe. */
const batchSize = 8;

export function createPlaybookIndex({ database, embedder, onRebuild, repo = "" }: PlaybookIndexDeps): PlaybookIndex {
  /** What the rows are of; undefined while they are written. */
  let indexed: { readonly catalog: PlaybookCatalog; readonly embedder: string; readonly inDatabase: boolean } | undefined;
  let inProcess: readonly StoredVector[] = [];
  let hasColumn: boolean | undefined;
  let running: Promise<unknown> = Promise.resolve();

  async function hasVectorColumn(): Promise<boolean> {
    const rows = await database.query<{ type: string }>(
      "select udt_name as type from information_schema.columns where table_schema = 'chiffon' and table_name = 'playbook_phrasing' and column_name = 'embedding'",
    );
    return rows[0]?.type === "vector";
  }

  async function readAll(key: string, hasColumn: boolean): Promise<StoredVector[]> {
    const rows = await database.query<{ playbook: string; vector: string }>(
      `select playbook, ${hasColumn ? "coalesce(numbers::text, embedding::text)" : "numbers::text"} as vector
       from playbook_phrasing where repo = $1 and embedder = $2`,
      [repo, key],
    );
    return rows.map((row) => ({ playbook: row.playbook, vector: Float32Array.from(row.vector.slice(1, -1).split(",").map(Number)) }));
  }

  async function write(rows: readonly PhrasingRow[], key: string, inDatabase: boolean): Promise<void> {
    const values = rows.flatMap((row) => [
      repo,
      row.playbook,
      row.position,
      row.hash,
      key,
      row.phrasing,
      inDatabase ? vectorText(row.vector) : `{${row.vector.join(",")}}`,
    ]);
    const column = inDatabase ? "embedding" : "numbers";
    const places = rows.map((_, index) => `(${[1, 2, 3, 4, 5, 6, 7].map((offset) => `$${index * 7 + offset}`).join(", ")})`).join(", ");
    await database.query(
      `insert into playbook_phrasing (repo, playbook, position, content_hash, embedder, phrasing, ${column}) values ${places}
       on conflict (repo, playbook, position) do update set content_hash = excluded.content_hash, embedder = excluded.embedder,
         phrasing = excluded.phrasing, ${column} = excluded.${column}`,
      values,
    );
  }

  /** Undefined: the embedder became another one meanwhile. */
  async function updateOnce(catalog: PlaybookCatalog): Promise<{ embedded: number; removed: number } | undefined> {
    if ("open" in embedder) await embedder.open();
    const key = keyOf(embedder);
    if (indexed?.catalog.contentHash === catalog.contentHash && indexed.embedder === key) return { embedded: 0, removed: 0 };
    hasColumn ??= await hasVectorColumn();
    const inDatabase = hasColumn && database.hasVectors && embedder.dimensions === columnDimensions;
    const kept = await database.query<{ playbook: string; content_hash: string; embedder: string; in_column: boolean }>(
      "select distinct playbook, content_hash, embedder, numbers is null as in_column from playbook_phrasing where repo = $1",
      [repo],
    );
    const ofThis = kept.filter((row) => row.embedder === key && (row.in_column || !inDatabase));
    const current = new Map(ofThis.map((row) => [row.playbook, row.content_hash]));
    const wanted = new Set(catalog.playbooks.map((playbook) => playbook.id));
    const gone = [...new Set(kept.map((row) => row.playbook))].filter((id) => !wanted.has(id));
    const changed = catalog.playbooks.filter((playbook) => current.get(playbook.id) !== playbook.contentHash);
    if (kept.length > 0 && ofThis.length === 0 && changed.length > 0) onRebuild?.(embedder, changed.length);
    const stale = [...gone, ...changed.map((playbook) => playbook.id)];
    indexed = undefined;
    if (stale.length > 0)
      await database.query("delete from playbook_phrasing where repo = $1 and playbook = any($2::text[])", [repo, stale]);
    const rows = changed.flatMap((playbook) =>
      phrasingsOf(playbook).map((phrasing, position) => ({ playbook: playbook.id, hash: playbook.contentHash, phrasing, position })),
    );
    for (let start = 0; start < rows.length; start += batchSize) {
      const batch = rows.slice(start, start + batchSize);
      const vectors = await embedder.embed(batch.map((row) => row.phrasing));
      if (keyOf(embedder) !== key) return undefined;
      const made = batch.map((row, index) => ({ ...row, vector: vectors[index] ?? new Float32Array(embedder.dimensions) }));
      await write(made, key, inDatabase);
    }
    inProcess = inDatabase ? [] : await readAll(key, hasColumn);
    indexed = { catalog, embedder: key, inDatabase };
    return { embedded: changed.length, removed: gone.length };
  }

  async function update(catalog: PlaybookCatalog): Promise<{ embedded: number; removed: number }> {
    for (;;) {
      const done = await updateOnce(catalog);
      if (done !== undefined) return done;
    }
  }

  /** One after the other: a slow embedder must not embed the same playbooks for each request that waits. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = running.then(work);
    running = turn.catch(() => undefined);
    return turn;
  }

  return {
    embedder,
    update: (catalog) => inTurn(() => update(catalog)),
    async search(vector, limit) {
      // The embedder failed after the update: its stand-in made the vector.
      if (indexed !== undefined && indexed.embedder !== keyOf(embedder)) {
        const { catalog } = indexed;
        await inTurn(() => update(catalog));
      }
      // Written just now for somebody else.
      if (indexed === undefined) await running;
      if (indexed === undefined || vector.length !== embedder.dimensions) return [];
      const key = keyOf(embedder);
      if (!indexed.inDatabase) return exactSearch(inProcess, vector, limit);
      const rows = await database.query<{ playbook: string; distance: number }>(
        `select playbook, min(embedding <=> $1::vector) as distance from playbook_phrasing where repo = $2 and embedder = $3 and embedding is not null
         group by playbook order by distance, playbook limit $4`,
        [vectorText(vector), repo, key, limit],
      );
      return rows.map((row) => ({ playbook: row.playbook, similarity: 1 - Number(row.distance) }));
    },
  };
}

/** Of the column `embedding`, which pgvector searches. */
const columnDimensions = 384;

function keyOf(embedder: Embedder): string {
  return `${embedder.name}/${embedder.version}`;
}

interface StoredVector {
  readonly playbook: string;
  readonly vector: Float32Array;
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

/** For databases without pgvector, and for vectors of another length than its column has. */
function exactSearch(all: readonly StoredVector[], vector: Float32Array, limit: number): IndexHit[] {
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
