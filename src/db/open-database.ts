import { existsSync } from "node:fs";
import { join } from "node:path";
import { AppError, isAppError, messageOf } from "../errors.ts";
import type { Logger } from "../logger.ts";
import type { Database } from "./database.ts";
import { openPglite } from "./pglite.ts";
import { openPostgres } from "./postgres.ts";

export interface DatabasePlace {
  /** A PostgreSQL server; the embedded database of the data folder when absent. */
  readonly databaseUrl: string | undefined;
  readonly dataDir: string;
}

/** Opens what the settings name. Throws `disk-full`, `database-broken`, and what PostgreSQL says. The caller owns the data folder. */
export async function openDatabase(
  { databaseUrl, dataDir }: DatabasePlace,
  { logger, progress }: { readonly logger: Logger; readonly progress?: ((text: string) => void) | undefined },
): Promise<Database> {
  if (databaseUrl !== undefined) return openPostgres({ url: databaseUrl, logger });
  const folder = join(dataDir, "db");
  if (!existsSync(folder)) progress?.("Preparing the embedded database (a few seconds, only this first time) …");
  try {
    return await openPglite({ dataDir: folder });
  } catch (error) {
    if (isAppError(error, "disk-full")) throw error;
    throw new AppError("database-broken", `the embedded database in ${folder} does not open: ${messageOf(error)}`, {
      cause: error,
      help: "Is the disk full? `chiffon doctor` looks at it. A backup of the data folder can take its place.",
    });
  }
}
