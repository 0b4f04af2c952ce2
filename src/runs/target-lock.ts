import type { Sql } from "../db/database.ts";

/** Who holds what an attempt needs. */
export interface LockHolder {
  readonly key: string;
  readonly runNumber: number;
}

export type LockOutcome = { readonly kind: "held" } | { readonly kind: "waiting"; readonly holders: readonly LockHolder[] };

/**
 * All locks of an attempt or none, first come, first served: an attempt that waits stands in a queue, holds nothing meanwhile, and who comes
 * later and needs one of the same keys waits behind it. Call inside a transaction.
 */
export async function takeLocks(
  sql: Sql,
  attempt: { readonly id: string; readonly fencing: number },
  keys: readonly string[],
): Promise<LockOutcome> {
  if (keys.length === 0) return { kind: "held" };
  // One claimer at a time decides about locks: two could otherwise each see the other's keys free.
  await sql.query("select pg_advisory_xact_lock(hashtext('chiffon.target_lock'))");
  await sql.query("insert into target_lock_queue (attempt_id, keys) values ($1, $2::text[]) on conflict (attempt_id) do nothing", [
    attempt.id,
    keys,
  ]);
  const holders = await sql.query<{ key: string; number: number }>(
    `select lock.key, run.number from target_lock lock
       join step_attempt on step_attempt.id = lock.attempt_id join run on run.id = step_attempt.run_id
       where lock.key = any ($1::text[]) and lock.attempt_id <> $2
     union all
     select shared.key, run.number from target_lock_queue mine
       join target_lock_queue earlier on earlier.position < mine.position and earlier.keys && mine.keys
       join step_attempt on step_attempt.id = earlier.attempt_id join run on run.id = step_attempt.run_id
       cross join lateral (select key from unnest(earlier.keys) as key where key = any ($1::text[]) limit 1) shared
       where mine.attempt_id = $2`,
    [keys, attempt.id],
  );
  if (holders.length > 0) return { kind: "waiting", holders: holders.map((row) => ({ key: row.key, runNumber: Number(row.number) })) };
  await sql.query("delete from target_lock_queue where attempt_id = $1", [attempt.id]);
  await sql.query(
    `insert into target_lock (key, attempt_id, fencing) select key, $2, $3 from unnest($1::text[]) as key
     on conflict (key) do update set fencing = excluded.fencing where target_lock.attempt_id = excluded.attempt_id`,
    [keys, attempt.id, attempt.fencing],
  );
  return { kind: "held" };
}

/** At the attempt's end or by a person's word, never because a process went away. */
export async function freeLocks(sql: Sql, attemptId: string): Promise<void> {
  await sql.query("delete from target_lock where attempt_id = $1", [attemptId]);
  await sql.query("delete from target_lock_queue where attempt_id = $1", [attemptId]);
}

/** `host:web1` of this repo, and its address when the inventory tells one, so that two names of one machine exclude each other. */
export function lockKeysOf(repo: string, hosts: readonly { readonly name: string; readonly address: string | null }[]): string[] {
  const keys = hosts.flatMap((host) => [`host:${repo}:${host.name}`, ...(host.address === null ? [] : [`address:${host.address}`])]);
  return [...new Set(keys)].sort(); // prettier-ignore
}

/** The name a person knows, out of a lock's key. */
export function lockName(key: string): string {
  const [kind, ...rest] = key.split(":");
  return (kind === "host" ? rest.slice(1) : rest).join(":"); // an address of IPv6 has colons itself
}
