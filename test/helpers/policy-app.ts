import type { Database } from "../../src/db/database.ts";
import { policySettingsSchema, type PolicySettings } from "../../src/policy-settings.ts";
import type { AccountStanding } from "../../src/policy/accounts.ts";
import { createTestApp, type TestApp, type TestAppOptions } from "./test-app.ts";

export const alice = "slack:T1:U1";
export const alsoAlice = "discord:G1:42";
export const bob = "slack:T1:U2";
export const carol = "slack:T1:U3";
export const stranger = "slack:T1:U9";

/** Changed by a test, asked at every click. */
export type Standings = Map<string, AccountStanding | Error>;

export interface PolicyApp extends TestApp {
  readonly standings: Standings;
  /** As the app uses it. */
  readonly policy: PolicySettings;
  /** Asks as somebody and gives the plan version that waits. */
  planOf(text: string, person: string): Promise<string>;
  state(planVersionId: string): Promise<{ readonly state: string; readonly reason: string | null }>;
  count(table: string): Promise<number>;
}

/** An app with people, a group, these rules, and two platforms that know everybody as a member unless a test says otherwise. */
export async function createPolicyApp(
  rules: readonly unknown[],
  more: { readonly database?: Database; readonly policy?: object; readonly files?: TestAppOptions["files"] } = {},
): Promise<PolicyApp> {
  const policy = policySettingsSchema.parse({
    people: [
      { name: "alice", accounts: [alice, alsoAlice] },
      { name: "bob", accounts: [bob] },
      { name: "carol", accounts: [carol] },
      { name: "olga", accounts: ["local"] },
    ],
    groups: [
      { name: "oncall", slackUserGroup: "slack:T1:S1", discordRole: "discord:G1:77" },
      { name: "team", members: ["alice", "bob", "carol", "olga"] },
    ],
    rules: [{ match: { action: "request" }, allow: { any_of: ["anyone"] } }, ...rules],
    ...more.policy,
  });
  const app = await createTestApp({
    ...(more.database === undefined ? {} : { database: more.database }),
    ...(more.files === undefined ? {} : { files: more.files }),
    settings: { policy },
  });
  const standings: Standings = new Map();
  const standing = (account: string): Promise<AccountStanding> => {
    const known = standings.get(account) ?? { kind: "member", groups: [] };
    return known instanceof Error ? Promise.reject(known) : Promise.resolve(known);
  };
  for (const name of ["slack", "discord"]) app.app.accounts.add({ name, standing });
  return {
    ...app,
    standings,
    policy,
    async planOf(text, person) {
      const outcome = await app.ask(text, person);
      if (outcome.kind !== "plan") throw new Error(`no plan: ${JSON.stringify(outcome)}`);
      return outcome.planVersionId;
    },
    async state(planVersionId) {
      const version = await app.app.useCases.plan(planVersionId);
      return { state: version?.state ?? "gone", reason: version?.stateReason ?? null };
    },
    count: async (table) => Number((await app.database.query(`select count(*) as count from ${table}`))[0]?.["count"]),
  };
}
