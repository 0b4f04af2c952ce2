import type { Database } from "../db/database.ts";
import type { Embedder } from "./embedder.ts";
import { buildIndex, type BuildDeps } from "./index-build.ts";
import type { LateEmbedder } from "./late-embedder.ts";
import { createPhrasingStore, kindOf } from "./phrasing-store.ts";
import { type IndexHit, nearestPlaybooks, type PlaybookVectors } from "./playbook-vectors.ts";
import type { PlaybookCatalog } from "./playbook.ts";
import { createWriteBehind } from "./write-behind.ts";

/** Where the phrasings of a catalog's playbooks are searched by meaning. */
export interface PlaybookIndex {
  readonly embedder: Embedder;
  /** Until the catalog can be searched; the database may get what it is to keep a little later. Cheap when nothing changed. */
  ready(catalog: PlaybookCatalog): Promise<void>;
  /** Embeds what changed and forgets what is gone, until the database has it too. */
  update(catalog: PlaybookCatalog): Promise<IndexUpdate>;
  /** Until the database has all that was made; says nothing of a failure, which `onNotStored` was told. */
  stored(): Promise<void>;
  /** Nearest playbooks, best first. */
  search(vector: Float32Array, limit: number): Promise<readonly IndexHit[]>;
}

interface IndexUpdate {
  readonly embedded: number;
  readonly removed: number;
}

export interface PlaybookIndexDeps extends Pick<BuildDeps, "onRebuild" | "onProgress" | "clock"> {
  readonly database: Database;
  readonly embedder: Embedder | LateEmbedder;
  /** Told when the database could not keep what was made: it is searched all the same, and made again by the next process. */
  readonly onNotStored?: (error: unknown) => void;
  /** Ends the writing behind. */
  readonly signal?: AbortSignal;
  /** Which catalog: the repo's path or name. */
  readonly repo?: string;
  /** Above this the vectors stay in the database and pgvector searches them. */
  readonly mostBytesInProcess?: number;
}

/** Some 35,000 playbooks with vectors of 384 numbers; 10,000 take 60 to 80 MB. */
const defaultMostBytes = 256 * 1024 * 1024;
const phrasingsOfAPlaybook = 5;
const bytesOfANumber = 4;

/** What can be searched now. */
interface Indexed {
  readonly catalog: PlaybookCatalog;
  readonly embedder: string;
  /** Undefined: pgvector searches. */
  readonly vectors: ReadonlyMap<string, PlaybookVectors> | undefined;
}

/**
 * The database keeps the vectors, so that they are made once. Searched is a copy in this process: it belongs to one catalog and one
 * embedder, so nothing that another process writes makes it wrong, and a change of the repo is seen by the catalog's hash.
 */
export function createPlaybookIndex(deps: PlaybookIndexDeps): PlaybookIndex {
  const { database, embedder, onRebuild, onProgress, clock, onNotStored, signal, repo = "", mostBytesInProcess = defaultMostBytes } = deps;
  const store = createPhrasingStore(database, repo);
  const behind = createWriteBehind({ signal, onFailure: onNotStored });
  let indexed: Indexed | undefined;
  let running: Promise<unknown> = Promise.resolve();

  async function build(catalog: PlaybookCatalog): Promise<IndexUpdate> {
    for (;;) {
      if ("open" in embedder) await embedder.open();
      const kind = kindOf(embedder);
      if (indexed?.catalog.contentHash === catalog.contentHash && indexed.embedder === kind.key) return { embedded: 0, removed: 0 };
      const bytes = catalog.playbooks.length * phrasingsOfAPlaybook * kind.dimensions * bytesOfANumber;
      const inProcess = bytes <= mostBytesInProcess || !(await store.searches(kind));
      const before = indexed?.embedder === kind.key ? indexed.vectors : undefined;
      const built = await buildIndex({ store, behind, embedder, onRebuild, onProgress, clock }, { catalog, before, inProcess });
      if (built === undefined) continue;
      indexed = { catalog, embedder: kind.key, vectors: inProcess ? built.vectors : undefined };
      return { embedded: built.embedded, removed: built.removed };
    }
  }

  /** One after the other: a slow embedder must not embed the same playbooks for each request that waits. */
  function inTurn(catalog: PlaybookCatalog): Promise<IndexUpdate> {
    const turn = running.then(() => build(catalog));
    running = turn.catch(() => undefined);
    return turn;
  }

  return {
    embedder,
    async ready(catalog) {
      await inTurn(catalog);
    },
    async update(catalog) {
      const done = await inTurn(catalog);
      await behind.settled();
      return done;
    },
    async stored() {
      await behind.settled().catch(() => undefined);
    },
    async search(vector, limit) {
      // The embedder failed after the update: its stand-in made the vector.
      if (indexed !== undefined && indexed.embedder !== kindOf(embedder).key) await inTurn(indexed.catalog);
      if (indexed === undefined || vector.length !== embedder.dimensions) return [];
      if (indexed.vectors !== undefined) return nearestPlaybooks(indexed.vectors.values(), vector, limit);
      return searchInDatabase(indexed.catalog, vector, limit);
    },
  };

  async function searchInDatabase(catalog: PlaybookCatalog, vector: Float32Array, limit: number): Promise<IndexHit[]> {
    const kind = kindOf(embedder);
    const found = await store.search(kind, vector, limit);
    if (found.length > 0 || limit === 0 || catalog.playbooks.length === 0) return found;
    // Another process put vectors of another embedder in place of ours.
    indexed = undefined;
    await inTurn(catalog);
    return store.search(kind, vector, limit);
  }
}
