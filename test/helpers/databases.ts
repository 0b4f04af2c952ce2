import { afterAll, afterEach, beforeAll, describe, onTestFinished } from "vitest";
import type { Database } from "../../src/db/database.ts";
import { migrate } from "../../src/db/migrate.ts";
import { openPostgres } from "../../src/db/postgres.ts";
import { silentLogger } from "../../src/logger.ts";
import { openEmptyDatabase } from "./empty-database.ts";
import { startPostgres, type PostgresServer } from "./postgres-server.ts";

export interface OpenDatabase {
  /**
   * The database of the current test: empty and migrated at the first call of a test. A second call is a second process's connection where
   * there can be one (PostgreSQL); PGlite has one only and gives it again.
   */
  (options?: { readonly migrated?: boolean }): Promise<Database>;
  readonly kind: Database["kind"];
  /** Where the PostgreSQL server is; throws on PGlite. */
  url(): string;
  /** Ends the server and starts it again on the same folder. */
  restart(): Promise<void>;
}

/** The same tests on PGlite in memory and on a PostgreSQL server of their own. */
export function describeOnBothDatabases(name: string, tests: (open: OpenDatabase) => void): void {
  describe(`${name} on PGlite`, () => {
    tests(onPglite());
  });
  describe(`${name} on PostgreSQL`, () => {
    tests(onPostgres());
  });
}

export function onPglite(): OpenDatabase {
  let database: Database;
  let fresh = false;
  beforeAll(async () => {
    database = await openEmptyDatabase();
  });
  afterEach(() => {
    fresh = false;
  });
  afterAll(() => database.close());
  const open = async (options: { readonly migrated?: boolean } = {}): Promise<Database> => {
    if (!fresh) await empty(database, options.migrated !== false);
    fresh = true;
    // One instance serves the whole file; a test that closes "its" database must not close everybody's.
    return { ...database, close: async () => undefined };
  };
  const none = (): never => {
    throw new Error("PGlite has no server");
  };
  return Object.assign(open, { kind: "pglite" as const, url: none, restart: none });
}

export function onPostgres(): OpenDatabase {
  let server: PostgresServer;
  let fresh = false;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterEach(() => {
    fresh = false;
  });
  afterAll(() => server?.stop());
  const open = async (options: { readonly migrated?: boolean } = {}): Promise<Database> => {
    const database = await openPostgres({ url: server.url, logger: silentLogger() });
    // After what the test itself registered later: an app stops before its database closes.
    onTestFinished(() => database.close().catch(() => undefined)); // perhaps closed by the test
    if (!fresh) await empty(database, options.migrated !== false);
    fresh = true;
    return database;
  };
  return Object.assign(open, { kind: "postgres" as const, url: () => server.url, restart: () => server.restart() });
}

async function empty(database: Database, migrated: boolean): Promise<void> {
  if (!migrated) await database.exec("drop schema if exists chiffon cascade; create schema chiffon");
  else await emptyMigrated(database);
}

/** As it was after the migrations. Making all tables anew for each test would take most of its time, so they are emptied. */
export async function emptyMigrated(database: Database): Promise<void> {
  await migrate(database);
  await database.exec(emptyEverything);
}

const emptyEverything = `
do $$
declare name text;
begin
  for name in select tablename from pg_tables where schemaname = 'chiffon' loop
    execute format('alter table chiffon.%I disable trigger all', name);
  end loop;
  for name in select tablename from pg_tables where schemaname = 'chiffon' and tablename <> 'migration' loop
    execute format('delete from chiffon.%I', name);
  end loop;
  for name in select tablename from pg_tables where schemaname = 'chiffon' loop
    execute format('alter table chiffon.%I enable trigger all', name);
  end loop;
  for name in select sequencename from pg_sequences where schemaname = 'chiffon' loop
    execute format('alter sequence chiffon.%I restart', name);
  end loop;
  insert into chiffon.clock default values;
  insert into chiffon.audit_head (number, hash) values (0, repeat('0', 64));
  if to_regclass('pgboss.job') is not null then
    delete from pgboss.job;
  end if;
end $$`;

/** Shifts the database's clock, which is the only one that decides about expiry, leases and retries. */
export async function shiftClock(database: Database, seconds: number): Promise<void> {
  await database.query("update chiffon.clock set shift = shift + make_interval(secs => $1)", [seconds]);
}
