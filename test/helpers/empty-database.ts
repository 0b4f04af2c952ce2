import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { inject } from "vitest";
import type { Database } from "../../src/db/database.ts";
import { openPglite } from "../../src/db/pglite.ts";

/** An embedded database in memory, migrated and empty. */
export async function openEmptyDatabase(): Promise<Database> {
  return openPglite({ image: new Blob([readFileSync(join(inject("emptyDatabase"), "db.tar"))]) });
}

/** What a first start leaves in a data folder. */
export function copyEmptyDatabase(dataDir: string): void {
  cpSync(join(inject("emptyDatabase"), "db"), join(dataDir, "db"), { recursive: true });
}
