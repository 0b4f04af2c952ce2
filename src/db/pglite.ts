import { AsyncLocalStorage } from "node:async_hooks";
import { existsSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { setFlagsFromString } from "node:v8";
import { PGlite, type Transaction } from "@electric-sql/pglite";
import { vector } from "@electric-sql/pglite-pgvector";
import { AppError } from "../errors.ts";
import type { Database, Row, Sql } from "./database.ts";
import { createNestedCallGuard } from "./nested-call-guard.ts";

// Node's optimising compiler spends a second of a processor and 600 MB on one function of PostgreSQL, at every start; what its quick compiler makes
// runs statements as small as ours about as fast. Read when WebAssembly is compiled, so it must stand before that.
for (const flag of ["--no-wasm-tier-up", "--no-wasm-dynamic-tiering"]) setFlagsFromString(flag);

/** PostgreSQL's own 128 MB are cleared at every start; the system keeps what was read from files anyway. */
const sharedBuffers = "32MB";

/**
 * The embedded database. Without `dataDir` it lives in memory, and begins as `image` (a dump of a data folder) where there is one. Never open a
 * folder twice: take `<data>/owner` first.
 */
export async function openPglite(options: { readonly dataDir?: string; readonly image?: Blob } = {}): Promise<Database> {
  const pglite =
    options.dataDir === undefined
      ? await create(options.image === undefined ? {} : { loadDataDir: options.image })
      : await openFolder(options.dataDir);
  const guard = createNestedCallGuard();

  const sqlOf = (connection: PGlite | Transaction): Sql => ({
    async query<R extends Row>(text: string, values?: readonly unknown[]) {
      return (await connection.query<R>(text, values === undefined ? [] : [...values])).rows;
    },
  });
  const own = sqlOf(pglite);
  return {
    kind: "pglite",
    hasVectors: true,
    async query<R extends Row>(text: string, values?: readonly unknown[]) {
      guard.check();
      return own.query<R>(text, values);
    },
    async transaction(work) {
      guard.check();
      return guard.enter(() => pglite.transaction((connection) => work(sqlOf(connection))));
    },
    async exec(text) {
      guard.check();
      try {
        const results = await pglite.exec(text);
        return results.flatMap((result) => result.rows as Row[]);
      } catch (error) {
        // The one connection must not stay in an aborted transaction: every later statement would fail.
        await pglite.query("rollback").catch(() => undefined);
        throw error;
      }
    },
    async listen(channel, onNotification, onReconnect) {
      // A notification arrives while its sender's commit is still open; what it wakes must not count as part of that transaction.
      const outside = AsyncLocalStorage.snapshot();
      const unlisten = await pglite.listen(channel, (payload) => outside(() => onNotification(payload)));
      onReconnect?.();
      return async () => {
        await unlisten();
      };
    },
    async close() {
      await pglite.close();
    },
  };
}

async function create(from: { readonly dataDir: string } | { readonly loadDataDir: Blob } | Record<never, never>): Promise<PGlite> {
  const pglite = await PGlite.create({
    ...from,
    extensions: { vector },
    relaxedDurability: false,
    startParams: [...PGlite.defaultStartParams, "-c", `shared_buffers=${sharedBuffers}`],
  });
  await pglite.exec("create schema if not exists chiffon; create extension if not exists vector; set search_path to chiffon, public");
  return pglite;
}

/**
 * A first start that a full disk or a kill cuts short leaves half a database, which would never open again. The mark beside it says that
 * nothing of worth is in it yet. Throws `disk-full`.
 */
async function openFolder(dataDir: string): Promise<PGlite> {
  const mark = `${dataDir}.preparing`;
  if (existsSync(mark)) rmSync(dataDir, { recursive: true, force: true });
  try {
    if (!existsSync(dataDir)) writeFileSync(mark, "", { mode: 0o600 });
    const pglite = await create({ dataDir });
    rmSync(mark, { force: true });
    return pglite;
  } catch (error) {
    if (!isFull(dirname(dataDir))) throw error;
    throw new AppError("disk-full", `the disk is full: the embedded database in ${dataDir} cannot be opened`, {
      cause: error,
      help: "Free some space (100 MB for a new data folder), or name another folder in CHIFFON_DATA_DIR.",
    });
  }
}

/** PGlite's own errors of a full disk say anything, or nothing. */
function isFull(folder: string): boolean {
  const disk = statfsSync(folder);
  return disk.bavail * disk.bsize < 1024 * 1024;
}
