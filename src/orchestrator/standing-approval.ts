import type { Sql } from "../db/database.ts";
import type { SealedPlan } from "../planner/plan.ts";
import type { Policy, PolicyMatter } from "../policy/policy.ts";

export interface FittingStanding {
  readonly owner: string;
  readonly until: string;
  readonly workDigest: string;
}

/** The standing approval of chiffon.yml that this plan may start on: same work, same hosts, its owner's request, not over by the database's time. */
export async function fittingStanding(
  sql: Sql,
  policy: Policy,
  matter: PolicyMatter,
  sealed: SealedPlan,
  workDigest: (plan: SealedPlan) => Promise<string>,
): Promise<FittingStanding | null> {
  const digest = await workDigest(sealed);
  const hosts = [...new Set(sealed.steps.flatMap((step) => step.hosts))];
  for (const entry of policy.standing(matter, { digest, hosts })) {
    const [row] = await sql.query<{ holds: boolean }>("select chiffon.now() < $1::timestamptz as holds", [endOf(entry.until)]);
    if (row?.holds === true) return { owner: entry.owner, until: entry.until, workDigest: digest };
  }
  return null;
}

/** "Just preview", "dry run": whoever says so does not want it to run, whatever stands in chiffon.yml. */
export async function asksOnlyForPreview(sql: Sql, requestId: string): Promise<boolean> {
  const [row] = await sql.query<{ preview: string | null }>(
    "select decomposition ->> 'previewOnly' as preview from request where id = $1",
    [requestId],
  );
  return row?.preview === "true";
}

/** A day counts to its end; what has no zone is UTC. */
function endOf(until: string): string {
  if (until.length > 10) return /(?:Z|[+-]\d{2}:\d{2})$/.test(until) ? until : `${until}Z`;
  return new Date(Date.parse(until) + 24 * 3_600_000).toISOString();
}
