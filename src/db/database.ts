/**
 * The one store for state, queue and vectors. Two makers: PGlite (embedded) and PostgreSQL; the same SQL runs on both.
 * Statements take `$1` parameters. Column names come back as written in SQL.
 */
export interface Database extends Sql {
  readonly kind: "pglite" | "postgres";
  /** False when a PostgreSQL has no pgvector: vectors are then searched in process. */
  readonly hasVectors: boolean;
  /**
   * Runs `work` in one transaction; rolled back when it throws. Inside it only `sql` may be used: on PGlite anything else
   * would wait for itself for ever, so it throws `database-nested-call`.
   */
  transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  /** Several statements without parameters (migrations, pg-boss). Rows of all statements, flattened. */
  exec(text: string): Promise<readonly Row[]>;
  /** Calls back for each NOTIFY on `channel`; returns the unsubscribe function. */
  listen(channel: string, onNotification: (payload: string) => void, onReconnect?: () => void): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

export interface Sql {
  query<R extends Row = Row>(text: string, values?: readonly unknown[]): Promise<readonly R[]>;
}

// oxlint-disable-next-line typescript/no-explicit-any -- a row's column types are stated by each statement
export type Row = Record<string, any>;

/** The first row, or undefined. */
export async function first<R extends Row>(sql: Sql, text: string, values?: readonly unknown[]): Promise<R | undefined> {
  return (await sql.query<R>(text, values))[0];
}
