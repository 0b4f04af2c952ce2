import type { Database, Sql } from "../db/database.ts";
import { storableJson } from "../db/storable.ts";
import type { Embedder } from "./embedder.ts";
import { type IndexHit, storedVector } from "./playbook-vectors.ts";

/** A playbook's phrasings as the database has them. */
export interface StoredPhrasings {
  readonly playbook: string;
  readonly contentHash: string;
  readonly embedder: string;
  readonly phrasings: readonly string[];
  /** One for each phrasing; null where they are not kept as this embedder's are. */
  readonly vectors: readonly (Float32Array | null)[];
}

export interface MadePhrasings {
  readonly playbook: string;
  readonly contentHash: string;
  readonly phrasings: readonly string[];
  readonly vectors: readonly Float32Array[];
}

/** The rows of `playbook_phrasing` of one repo: what outlives a process, and what pgvector searches. */
export interface PhrasingStore {
  /** pgvector can hold and search such vectors. */
  searches(kind: VectorKind): Promise<boolean>;
  /** All playbooks that have rows. */
  stored(): Promise<readonly string[]>;
  /** A few at a time. */
  read(kind: VectorKind, playbooks: readonly string[]): AsyncGenerator<readonly StoredPhrasings[]>;
  /** In place of what there was of these playbooks; quicker where it is known that there was nothing. */
  write(kind: VectorKind, made: readonly MadePhrasings[], isNew: boolean): Promise<void>;
  remove(playbooks: readonly string[]): Promise<void>;
  search(kind: VectorKind, vector: Float32Array, limit: number): Promise<IndexHit[]>;
}

/** Of the column `embedding`. */
const columnDimensions = 384;
/** PGlite works on the main thread: small pages let the rest of the process breathe. */
const playbooksPerPage = 12;

interface PhrasingRow {
  readonly playbook: string;
  readonly position: number;
  readonly content_hash: string;
  readonly embedder: string;
  readonly phrasing: string;
  readonly vector: string | null;
  readonly numbers: string | null;
}

/** Which vectors: an embedder that opens late may become another one. */
export interface VectorKind {
  readonly key: string;
  readonly dimensions: number;
}

export function kindOf({ name, version, dimensions }: Embedder): VectorKind {
  return { key: `${name}/${version}`, dimensions };
}

export function createPhrasingStore(database: Database, repo: string): PhrasingStore {
  let column: boolean | undefined;

  async function hasColumn(): Promise<boolean> {
    if (column !== undefined) return column;
    const rows = await database.query<{ type: string }>(
      "select udt_name as type from information_schema.columns where table_schema = 'chiffon' and table_name = 'playbook_phrasing' and column_name = 'embedding'",
    );
    column = rows[0]?.type === "vector";
    return column;
  }

  async function searches(kind: VectorKind): Promise<boolean> {
    return (await hasColumn()) && database.hasVectors && kind.dimensions === columnDimensions;
  }

  /** As base64 of the binary form: text of 384 numbers takes several times as long to write and to read. */
  async function columns(kind: VectorKind): Promise<string> {
    const isSearched = await searches(kind);
    const vector = (await hasColumn()) ? "encode(vector_send(embedding), 'base64')" : "null";
    const numbers = isSearched ? "null" : "encode(array_send(numbers), 'base64')";
    return `playbook, position, content_hash, embedder, phrasing, ${vector} as vector, ${numbers} as numbers`;
  }

  async function read(kind: VectorKind, playbooks: readonly string[]): Promise<StoredPhrasings[]> {
    const rows = await database.query<PhrasingRow>(
      `select ${await columns(kind)} from playbook_phrasing where repo = $1 and playbook = any($2::text[]) order by playbook, position`,
      [repo, playbooks],
    );
    return grouped(rows, kind.dimensions);
  }

  return {
    searches,
    async stored() {
      const rows = await database.query<{ playbook: string }>("select distinct playbook from playbook_phrasing where repo = $1", [repo]);
      return rows.map((row) => row.playbook);
    },
    async *read(kind, playbooks) {
      // A range of the key would be sorted whole for each page: the planner knows nothing of a table that was just filled.
      for (let start = 0; start < playbooks.length; start += playbooksPerPage)
        yield await read(kind, playbooks.slice(start, start + playbooksPerPage));
    },
    async write(kind, made, isNew) {
      const [own, other] = (await searches(kind)) ? ["embedding", "numbers"] : ["numbers", "embedding"];
      const rows = made.flatMap(({ playbook, contentHash, phrasings, vectors }) =>
        phrasings.map((phrasing, position) => ({ playbook, position, content_hash: contentHash, phrasing, vector: textOf(vectors[position], own) })),
      ); // prettier-ignore
      const isOther = other === "numbers" || (await hasColumn());
      // Two processes that write at once made the same; who comes second changes nothing.
      const insert = async (sql: Sql): Promise<void> => {
        await sql.query(
          `insert into playbook_phrasing (repo, playbook, position, content_hash, embedder, phrasing, ${own})
           select $1, made.playbook, made.position, made.content_hash, $2, made.phrasing, made.vector::${own === "embedding" ? "vector" : "real[]"}
           from jsonb_to_recordset($3::jsonb) as made (playbook text, position integer, content_hash text, phrasing text, vector text)
           on conflict (repo, playbook, position) do update set content_hash = excluded.content_hash, embedder = excluded.embedder,
             phrasing = excluded.phrasing, ${own} = excluded.${own}${isOther ? `, ${other} = null` : ""}`,
          [repo, kind.key, storableJson(rows)],
        );
      };
      if (isNew) return insert(database);
      await database.transaction(async (sql) => {
        await remove(sql, made.map((one) => one.playbook)); // prettier-ignore
        await insert(sql);
      });
    },
    remove: (playbooks) => remove(database, playbooks),
    async search(kind, vector, limit) {
      const rows = await database.query<{ playbook: string; distance: number }>(
        `select playbook, min(embedding <=> $1::vector) as distance from playbook_phrasing where repo = $2 and embedder = $3 and embedding is not null
         group by playbook order by distance, playbook collate "C" limit $4`,
        [textOf(storedVector(vector), "embedding"), repo, kind.key, limit],
      );
      return rows.map((row) => ({ playbook: row.playbook, similarity: 1 - Number(row.distance) }));
    },
  };

  async function remove(sql: Sql, playbooks: readonly string[]): Promise<void> {
    await sql.query("delete from playbook_phrasing where repo = $1 and playbook = any($2::text[])", [repo, playbooks]);
  }
}

function textOf(vector: Float32Array | undefined, column: string): string {
  const numbers = Array.from(vector ?? [], (value) => Math.round(value * 10_000) / 10_000).join(",");
  return column === "embedding" ? `[${numbers}]` : `{${numbers}}`;
}

function grouped(rows: readonly PhrasingRow[], dimensions: number): StoredPhrasings[] {
  const found: (StoredPhrasings & { readonly phrasings: string[]; readonly vectors: (Float32Array | null)[] })[] = [];
  for (const row of rows) {
    let group = found.at(-1);
    if (group?.playbook !== row.playbook) {
      group = { playbook: row.playbook, contentHash: row.content_hash, embedder: row.embedder, phrasings: [], vectors: [] };
      found.push(group);
    }
    group.phrasings.push(row.phrasing);
    group.vectors.push(vectorOf(row, dimensions));
  }
  return found;
}

/** pgvector sends two numbers of two bytes before the values; an array of PostgreSQL twenty bytes, and four before each value. */
function vectorOf({ vector, numbers }: PhrasingRow, dimensions: number): Float32Array | null {
  const bytes = Buffer.from(numbers ?? vector ?? "", "base64");
  const [start, step] = numbers === null ? [4, 4] : [24, 8];
  if (bytes.length !== start + step * (dimensions - 1) + 4) return null;
  const read = new Float32Array(dimensions);
  for (let at = 0; at < dimensions; at += 1) read[at] = bytes.readFloatBE(start + at * step);
  return read;
}
