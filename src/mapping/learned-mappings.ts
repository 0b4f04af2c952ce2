import { first, type Database } from "../db/database.ts";
import { fold, wordsOf } from "./text.ts";

export interface LearnedMapping {
  readonly playbook: string;
  readonly playbookHash: string;
  readonly taughtBy: string;
  readonly taughtAt: Date;
}

/** What people confirmed: this wording means this playbook, as long as the playbook stays as it was. */
export interface LearnedMappings {
  find(wording: string): Promise<LearnedMapping | undefined>;
  teach(wording: string, playbook: { readonly id: string; readonly contentHash: string }, person: string): Promise<void>;
  revoke(wording: string, person: string): Promise<boolean>;
}

export function createLearnedMappings({ database, repo = "" }: { readonly database: Database; readonly repo?: string }): LearnedMappings {
  return {
    async find(wording) {
      const row = await first<{ playbook: string; playbook_hash: string; taught_by: string; taught_at: string | Date }>(
        database,
        "select playbook, playbook_hash, taught_by, taught_at from learned_mapping where repo = $1 and wording = $2 and revoked_at is null",
        [repo, wordingKey(wording)],
      );
      return row === undefined
        ? undefined
        : { playbook: row.playbook, playbookHash: row.playbook_hash, taughtBy: row.taught_by, taughtAt: new Date(row.taught_at) };
    },
    async teach(wording, playbook, person) {
      await database.transaction(async (sql) => {
        await sql.query(
          "update learned_mapping set revoked_at = chiffon.now(), revoked_by = $3 where repo = $1 and wording = $2 and revoked_at is null",
          [repo, wordingKey(wording), person],
        );
        await sql.query("insert into learned_mapping (repo, wording, playbook, playbook_hash, taught_by, taught_at) values ($1, $2, $3, $4, $5, chiffon.now())", [
          repo, wordingKey(wording), playbook.id, playbook.contentHash, person,
        ]); // prettier-ignore
      });
    },
    async revoke(wording, person) {
      const rows = await database.query("update learned_mapping set revoked_at = chiffon.now(), revoked_by = $3 where repo = $1 and wording = $2 and revoked_at is null returning id", [
        repo, wordingKey(wording), person,
      ]); // prettier-ignore
      return rows.length > 0;
    },
  };
}

/** Case, spaces and punctuation do not make another wording. */
function wordingKey(wording: string): string {
  return wordsOf(fold(wording))
    .map((word) => word.lower)
    .join(" ");
}
