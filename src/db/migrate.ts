import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { sha256 } from "../canonical-json.ts";
import { AppError } from "../errors.ts";
import type { Database } from "./database.ts";

const folder = join(import.meta.dirname, "migrations");

/** Brings the schema up to date, forward only. Each migration is one transaction that first inserts its own row, so two starters cannot both run it. */
export async function migrate(database: Database): Promise<void> {
  await database.transaction(async (sql) => {
    // "if not exists" alone fails when two starters create it in the same moment.
    await sql.query("select pg_advisory_xact_lock(hashtext('chiffon.migration'))");
    await sql.query(`create table if not exists chiffon.migration (
      name text primary key, hash text not null, applied_at timestamptz not null default pg_catalog.now())`);
  });
  const applied = new Map(
    (await database.query<{ name: string; hash: string }>("select name, hash from chiffon.migration")).map((row) => [row.name, row.hash]),
  );
  const names = readdirSync(folder).filter((name) => name.endsWith(".sql")).sort(); // prettier-ignore
  for (const name of [...applied.keys()].sort()) {
    if (!names.includes(name)) {
      throw new AppError("database-newer", `the database was made by a newer Chiffon (migration ${name})`, {
        help: "Use that version or a newer one.",
      });
    }
  }
  for (const name of names) {
    const text = readFileSync(join(folder, name), "utf8");
    const hash = sha256(text);
    const before = applied.get(name);
    if (before !== undefined) {
      if (before !== hash) throw new AppError("migration-edited", `migration ${name} was changed after it was applied`);
      continue;
    }
    await apply(database, name, hash, text);
  }
}

async function apply(database: Database, name: string, hash: string, text: string): Promise<void> {
  await database.transaction(async (sql) => {
    const inserted = await sql.query("insert into chiffon.migration (name, hash) values ($1, $2) on conflict do nothing returning name", [
      name,
      hash,
    ]);
    if (inserted.length === 0) return;
    for (const statement of splitStatements(text)) await sql.query(statement);
  });
}

/** At semicolons that end a line, outside `$$ … $$`. Our own files only, so no full SQL parser is needed. */
function splitStatements(text: string): string[] {
  const statements: string[] = [];
  let current = "";
  let quoted = false;
  for (const line of text.split("\n")) {
    current += `${line}\n`;
    if ((line.match(/\$\$/g)?.length ?? 0) % 2 === 1) quoted = !quoted;
    if (!quoted && line.trimEnd().endsWith(";")) {
      statements.push(current);
      current = "";
    }
  }
  return statements.filter((statement) => statement.replaceAll(/^\s*--.*$/gm, "").trim() !== "");
}
