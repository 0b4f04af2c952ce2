import { describe, expect, test } from "vitest";
import type { Accounts } from "../../src/policy/accounts.ts";
import { createAccountRegistry } from "../../src/policy/accounts.ts";
import { createOwnerPolicy } from "../../src/policy/owner-policy.ts";
import { matterOf, type PolicyAction, type PolicyMatter } from "../../src/policy/policy.ts";

const policyWith = (accounts: Accounts): ReturnType<typeof createOwnerPolicy> => createOwnerPolicy({ accounts, planExpiresMinutes: 90 });

describe("without a policy in the settings", () => {
  const policy = policyWith(createAccountRegistry());
  const actions: readonly PolicyAction[] = ["preview", "approve", "cancel", "admin"];

  test.for(actions)("only the local owner may %s", async (action) => {
    for (const risk of ["read", "change", "destructive", null] as const) {
      const matter: PolicyMatter = { ...matterOf(action), risk };
      expect(await policy.may("local", matter)).toMatchObject({ allowed: true });
      for (const person of ["slack:T1:U1", "", "Local", "local ", "web:local", "admin"])
        expect(await policy.may(person, matter)).toMatchObject({ allowed: false, code: "not-allowed" });
    }
  });

  test("the refusal says who must do what", async () => {
    const answer = await policy.may("slack:T1:U1", matterOf("approve"));
    expect(answer).toMatchObject({
      reason: expect.stringMatching(
        /slack:T1:U1 may not approve.*only the local owner.*terminal or the web page.*`policy` in chiffon\.yml/,
      ),
    });
  });

  test("everybody may ask, and only a destructive plan needs a typed word", async () => {
    expect(await policy.may("slack:T1:U1", matterOf("request"))).toMatchObject({ allowed: true });
    const word = (risk: PolicyMatter["risk"]): string | null => policy.confirmWord({ ...matterOf("approve"), risk });
    expect([word("read"), word("change"), word("destructive")]).toEqual([null, null, "destructive"]);
    expect(policy.approvers(matterOf("approve"))).toBe("the local owner");
    expect(policy.expiresMinutes(matterOf("approve"))).toBe(90);
  });

  test.for(["guest", "bot", "deactivated"] as const)("a %s may not even ask", async (kind) => {
    const standing = policyWith({ standing: () => Promise.resolve({ kind, groups: [] }) });
    expect(await standing.may("slack:T1:U1", matterOf("request"))).toMatchObject({ allowed: false, code: "not-a-member" });
  });

  test("an account that cannot be looked up is refused, and told to try again", async () => {
    const broken = policyWith({ standing: () => Promise.reject(new Error("503")) });
    expect(await broken.may("slack:T1:U1", matterOf("request"))).toEqual({
      allowed: false,
      code: "not-checked",
      reason: "slack:T1:U1 could not be checked (503): try again",
    });
  });
});

describe("the registry of accounts", () => {
  test("asks the platform that the account names, knows the local owner, and nobody else", async () => {
    const registry = createAccountRegistry();
    const member = { kind: "member", groups: ["slack:T1:S1"] } as const;
    registry.add({
      name: "slack",
      standing: (account) => Promise.resolve(account === "slack:T1:U1" ? member : { kind: "bot", groups: [] }),
    });
    registry.add({ name: "web" });
    expect(await registry.standing("slack:T1:U1")).toEqual(member);
    expect(await registry.standing("slack:T2:U1")).toEqual({ kind: "bot", groups: [] });
    expect(await registry.standing("local")).toEqual({ kind: "member", groups: [] });
    for (const account of ["web:x:y", "discord:G1:42", "", "slackish:T1:U1", "local:T1:U1"])
      expect(await registry.standing(account)).toEqual({ kind: "unknown", groups: [] });
  });
});
