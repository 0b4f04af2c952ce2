import { z } from "zod";
import { first, type Sql } from "../db/database.ts";
import { isUuid } from "../db/uuid.ts";

export const templateWishSchema = z.strictObject({
  service: z.string().max(200),
  description: z.string().max(500).optional(),
  port: z.number().int().min(1).max(65_535).optional(),
  /** One or more names of the inventory with commas or colons between them. */
  hosts: z.string().max(500).optional(),
  become: z.boolean().optional(),
});
export type TemplateWish = z.infer<typeof templateWishSchema>;

export interface TemplateProposal {
  readonly id: string;
  readonly wish: TemplateWish;
  /** Of the files that were proven. */
  readonly digest: string;
  readonly branch: string | null;
}

export async function storeProposal(
  sql: Sql,
  { person, wish, digest }: { readonly person: string; readonly wish: TemplateWish; readonly digest: string },
): Promise<string> {
  const row = await first<{ id: string }>(sql, "insert into template_proposal (person, wish, digest) values ($1, $2, $3) returning id", [person, JSON.stringify(wish), digest]); // prettier-ignore
  return row?.id ?? "";
}

export async function findProposal(sql: Sql, id: string): Promise<TemplateProposal | undefined> {
  if (!isUuid(id)) return undefined;
  const row = await first<{ id: string; wish: unknown; digest: string; branch: string | null }>(
    sql,
    "select id, wish, digest, branch from template_proposal where id = $1",
    [id],
  );
  return row === undefined ? undefined : { ...row, wish: templateWishSchema.parse(row.wish) };
}

/** `branch` is null where it went into the files of the local owner. */
export async function noteWritten(
  sql: Sql,
  id: string,
  written: { readonly person: string; readonly branch: string | null; readonly commit: string | null },
): Promise<void> {
  await sql.query("update template_proposal set written_by = $2, branch = $3, commit_hash = $4, written_at = chiffon.now() where id = $1", [
    id,
    written.person,
    written.branch,
    written.commit,
  ]);
}
