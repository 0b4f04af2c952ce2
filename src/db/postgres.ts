import pg from "pg";
import { AppError, messageOf } from "../errors.ts";
import type { Logger } from "../logger.ts";
import type { Database, Row, Sql } from "./database.ts";
import { createNestedCallGuard } from "./nested-call-guard.ts";

const int8 = 20;
pg.types.setTypeParser(int8, Number); // as PGlite does; our numbers stay far below 2^53

export async function openPostgres(options: { readonly url: string; readonly logger: Logger }): Promise<Database> {
  const settings = { connectionString: options.url, options: "-c search_path=chiffon,public", connectionTimeoutMillis: 5_000 };
  const pool = new pg.Pool({ ...settings, max: 10 });
  pool.on("error", (error) => options.logger.warn({ error: error.message }, "idle database connection lost"));
  const guard = createNestedCallGuard();

  const hasVectors = await prepare(pool, options);
  const sqlOf = (connection: pg.Pool | pg.PoolClient): Sql => ({
    async query<R extends Row>(text: string, values?: readonly unknown[]) {
      return (await connection.query<R>(text, values === undefined ? [] : [...values])).rows;
    },
  });
  const own = sqlOf(pool);
  return {
    kind: "postgres",
    hasVectors,
    async query<R extends Row>(text: string, values?: readonly unknown[]) {
      guard.check();
      return own.query<R>(text, values);
    },
    async transaction(work) {
      guard.check();
      const client = await pool.connect();
      let broken = false;
      try {
        await client.query("begin");
        const result = await guard.enter(() => work(sqlOf(client)));
        await client.query("commit");
        return result;
      } catch (error) {
        await client.query("rollback").catch(() => {
          broken = true;
        });
        throw error;
      } finally {
        client.release(broken);
      }
    },
    async exec(text) {
      guard.check();
      const result = (await pool.query(text)) as pg.QueryResult | pg.QueryResult[];
      return (Array.isArray(result) ? result : [result]).flatMap((one) => one.rows as Row[]);
    },
    listen: (channel, onNotification, onReconnect) => listen(settings, channel, onNotification, onReconnect, options.logger),
    async close() {
      await pool.end();
    },
  };
}

/** Makes schema and extension; says whether vectors are there. */
async function prepare(pool: pg.Pool, options: { readonly url: string; readonly logger: Logger }): Promise<boolean> {
  try {
    await once(() => pool.query("create schema if not exists chiffon"));
  } catch (error) {
    await pool.end();
    throw new AppError("database-unreachable", `PostgreSQL does not answer at ${withoutPassword(options.url)}: ${messageOf(error)}`, {
      help: "Start the database or correct DATABASE_URL; without DATABASE_URL the embedded database is used.",
      cause: error,
    });
  }
  try {
    await once(() => pool.query("create extension if not exists vector"));
    return true;
  } catch {
    options.logger.warn("this PostgreSQL has no pgvector extension: playbooks are searched in process, which is exact and slower");
    return false;
  }
}

/** Two starters in the same moment: "if not exists" then fails for one of them, and is right when asked again. */
async function once(create: () => Promise<unknown>): Promise<void> {
  try {
    await create();
  } catch (error) {
    if ((error as { readonly code?: string }).code !== "23505") throw error;
    await create();
  }
}

/** One connection of its own a channel; opened again when it is lost. */
async function listen(
  settings: pg.ClientConfig,
  channel: string,
  onNotification: (payload: string) => void,
  onReconnect: (() => void) | undefined,
  logger: Logger,
): Promise<() => Promise<void>> {
  let closed = false;
  let client: pg.Client | undefined;
  const connect = async (): Promise<void> => {
    const next = new pg.Client(settings);
    next.on("notification", (message) => onNotification(message.payload ?? ""));
    next.on("error", (error) => logger.warn({ error: error.message }, "listening connection lost"));
    try {
      await next.connect();
      await next.query(`listen ${pg.escapeIdentifier(channel)}`);
    } catch (error) {
      await next.end().catch(() => undefined);
      throw error;
    }
    if (closed) return next.end();
    client = next;
    // Only now: a connection that never came about ends too, and each would bring two more.
    next.on("end", () => {
      if (!closed) setTimeout(() => void reconnect(), 1_000).unref();
    });
    onReconnect?.();
  };
  const reconnect = async (): Promise<void> => {
    if (closed) return;
    try {
      await connect();
    } catch {
      setTimeout(() => void reconnect(), 2_000).unref();
    }
  };
  await connect();
  return async () => {
    closed = true;
    await client?.end();
  };
}

function withoutPassword(url: string): string {
  try {
    const parsed = new URL(url);
    if (parsed.password !== "") parsed.password = "***";
    return parsed.toString();
  } catch {
    return "the given address";
  }
}
