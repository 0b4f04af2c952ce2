import type { Sql } from "../db/database.ts";
import type { PolicyVote } from "./policy.ts";

export interface StoredVote extends PolicyVote {
  /** ISO 8601. */
  readonly at: string;
}

/** False: this person, with this or another account, has voted already. */
export async function addVote(sql: Sql, planVersionId: string, digest: string, vote: PolicyVote): Promise<boolean> {
  const added = await sql.query(
    `insert into approval_vote (plan_version_id, digest, person, account, groups) values ($1, $2, $3, $4, $5::text[])
     on conflict (plan_version_id, person) do nothing returning person`,
    [planVersionId, digest, vote.person, vote.account, [...vote.groups]],
  );
  return added.length > 0;
}

/** In the order they were given. */
export async function votesOf(sql: Sql, planVersionId: string): Promise<readonly StoredVote[]> {
  return sql.query<StoredVote & Record<string, unknown>>(
    `select vote.person, vote.account, vote.groups, to_char(vote.decided_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at
     from approval_vote vote join plan_version on plan_version.id = vote.plan_version_id and plan_version.digest = vote.digest
     where vote.plan_version_id = $1 order by vote.decided_at, vote.person`,
    [planVersionId],
  );
}
