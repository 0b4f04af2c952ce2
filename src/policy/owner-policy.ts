import type { Accounts } from "./accounts.ts";
import { membershipOf } from "./membership.ts";
import { localOwner, type Policy } from "./policy.ts";

export interface OwnerPolicyDeps {
  readonly accounts: Accounts;
  readonly planExpiresMinutes: number;
}

/** Without a `policy` in chiffon.yml: everybody may ask, only the local owner decides. */
export function createOwnerPolicy(deps: OwnerPolicyDeps): Policy {
  return {
    async may(account, matter) {
      const membership = await membershipOf(deps.accounts, account, account, matter.action);
      // Who nobody knows gets the nearer reason below.
      if ("refusal" in membership && membership.refusal.code === "not-checked") return membership.refusal;
      if (account === localOwner) return { allowed: true, vote: { person: account, account, groups: [] } };
      if ("standing" in membership && matter.action === "request")
        return { allowed: true, vote: { person: account, account, groups: membership.standing.groups } };
      if (matter.action === "request" && "refusal" in membership) return membership.refusal;
      return {
        allowed: false,
        code: "not-allowed",
        reason: `${account} may not ${matter.action}: without a policy only the local owner may, at the terminal or the web page of the machine that Chiffon runs on. Who else may is said by \`policy\` in chiffon.yml`,
      };
    },
    missing: (_matter, votes) => (votes.length > 0 ? null : "the local owner"),
    votesNeeded: () => 1,
    approvers: () => "the local owner",
    confirmWord: (matter) => (matter.risk === "destructive" ? "destructive" : null),
    expiresMinutes: () => deps.planExpiresMinutes,
    nameOf: (account) => account,
    awaited: () => ({ accounts: [localOwner], groups: [] }),
    standing: () => [],
  };
}
