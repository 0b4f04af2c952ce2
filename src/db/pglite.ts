import { AsyncLocalStorage } from "node:async_hooks";
import { PGlite, type Transaction } from "@electric-sql/pglite";
import { vector } from "@electric-sql/pglite-pgvector";
import type { Database, Row, Sql } from "./database.ts";
import { createNestedCallGuard } from "./nested-call-guard.ts";

/** The embedded database. Without `dataDir` it lives in memory. Never open a folder twice: take `<data>/owner` first. */
export async function openPglite(options: { readonly dataDir?: string } = {}): Promise<Database> {
  const pglite = await PGlite.create({
    ...(options.dataDir === undefined ? {} : { dataDir: options.dataDir }),
    extensions: { vector },
    relaxedDurability: false,
  });
  const guard = createNestedCallGuard();
  await pglite.exec("create schema if not exists chiffon; create extension if not exists vector; set search_path to chiffon, public");

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
