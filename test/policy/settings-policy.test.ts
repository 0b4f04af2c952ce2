import { describe, expect, test } from "vitest";
import { policySettingsSchema, type PolicySettings } from "../../src/policy-settings.ts";
import type { Accounts, AccountStanding } from "../../src/policy/accounts.ts";
import { deadNames } from "../../src/policy/dead-names.ts";
import type { Policy, PolicyAction, PolicyMatter, PolicyStep, PolicyVote } from "../../src/policy/policy.ts";
import { createSettingsPolicy } from "../../src/policy/settings-policy.ts";

type Rules = readonly unknown[];
const everybody: unknown = [
  { name: "alice", accounts: ["slack:T1:U1", "discord:G1:42"] },
  { name: "bob", accounts: ["slack:T1:U2"] },
  { name: "carol", accounts: ["slack:T1:U3"] },
  { name: "olga", accounts: ["local"] },
];
const alice = "slack:T1:U1";
const alsoAlice = "discord:G1:42";
const bob = "slack:T1:U2";
const carol = "slack:T1:U3";
const stranger = "slack:T1:U9";

const settingsOf = (rules: Rules, more: object = {}): PolicySettings =>
  policySettingsSchema.parse({
    people: everybody,
    groups: [
      { name: "oncall", members: ["bob"], slackUserGroup: "slack:T1:S1", discordRole: "discord:G1:77" },
      { name: "empty" },
      { name: "ops", members: ["alice", "bob"] },
    ],
    rules,
    ...more,
  });

/** Everybody is a member; `standings` says otherwise. */
const policyOf = (rules: Rules, standings: Readonly<Record<string, AccountStanding | Error>> = {}, more: object = {}): Policy => {
  const accounts: Accounts = {
    standing(account) {
      const standing = standings[account] ?? { kind: "member", groups: [] };
      return standing instanceof Error ? Promise.reject(standing) : Promise.resolve(standing);
    },
  };
  return createSettingsPolicy({ settings: settingsOf(rules, more), accounts, planExpiresMinutes: 1440 });
};

const step = (more: Partial<PolicyStep> & { readonly on?: Readonly<Record<string, readonly string[]>> } = {}): PolicyStep => {
  const { on = { web1: ["all", "web"] }, ...given } = more;
  const hosts = Object.entries(on).map(([name, groups]) => ({ name, groups }));
  return { playbook: "playbooks/deploy-gitea.yml", service: "gitea", risk: "change", hosts, mayActElsewhere: false, ...given };
};
const matter = (
  steps: readonly PolicyStep[] = [step()],
  action: PolicyAction = "approve",
  requestedBy: readonly string[] = [],
): PolicyMatter => ({
  action,
  risk: steps.some((one) => one.risk === "destructive") ? "destructive" : "change",
  steps,
  requestedBy,
});
const may = async (policy: Policy, account: string, about: PolicyMatter = matter()): Promise<string> => {
  const answer = await policy.may(account, about);
  return answer.allowed ? "yes" : answer.code;
};
const voteOf = (account: string, groups: readonly string[] = []): PolicyVote => ({ person: account, account, groups });

describe("a policy's rules", () => {
  test("the first that matches decides; without one nobody may, not even the local owner", async () => {
    const policy = policyOf([
      { match: { service: "gitea" }, allow: { any_of: ["alice"] } },
      { match: { risk: "change" }, allow: { any_of: ["bob"] } },
    ]);
    expect(await may(policy, alice)).toBe("yes");
    expect(await may(policy, bob)).toBe("not-allowed");
    const other = matter([step({ service: "plex" })]);
    expect(await may(policy, alice, other)).toBe("not-allowed");
    expect(await may(policy, bob, other)).toBe("yes");
    const read = matter([step({ service: null, risk: "read" })]);
    for (const account of [alice, bob, carol, "local", stranger]) expect(await may(policy, account, read)).toBe("not-allowed");
    expect(policy.approvers(read)).toMatch(/^nobody \(no rule of chiffon.yml covers playbooks\/deploy-gitea.yml on web1/);
    expect(await policyOf([]).may("local", matter())).toMatchObject({ allowed: false });
  });

  test("an empty list is nobody, in every form", async () => {
    for (const allow of [{ any_of: [] }, { all_of: [] }, { any_of_count: { count: 1, of: [] } }, { any_of: ["empty"] }]) {
      const policy = policyOf([{ allow }]);
      for (const account of [alice, bob, "local", stranger]) expect(await may(policy, account)).toBe("not-allowed");
      expect(policy.missing(matter(), [voteOf(alice), voteOf(bob)])).not.toBeNull();
    }
  });

  test.for([
    [{ playbook: "playbooks/deploy-*" }, true],
    [{ playbook: "**gitea.yml" }, true],
    [{ playbook: "deploy-*" }, false],
    [{ playbook: "playbooks/*.yml" }, true],
    [{ playbook: "*" }, false],
    [{ playbook: "playbooks/deploy-gitea_yml" }, false],
    [{ playbook: ["x.yml", "playbooks/deploy-gite?.yml"] }, true],
    [{ service: ["plex", "git*"] }, true],
    [{ service: "Gitea" }, false],
    [{ risk: ["read", "destructive"] }, false],
    [{ action: ["approve", "cancel"] }, true],
    [{ action: "cancel" }, false],
    [{ hosts: "web" }, true],
    [{ hosts: ["db", "web1"] }, true],
    [{ hosts: "web2" }, false],
    [{ hosts: "all", risk: "change", service: "gitea", action: "approve" }, true],
    [{ hosts: "all", risk: "read" }, false],
    [{}, true],
  ] as const)("match %j: %s", async ([match, expected]) => {
    expect(await may(policyOf([{ match, allow: { any_of: ["alice"] } }]), alice)).toBe(expected ? "yes" : "not-allowed");
  });

  test("every host of every step finds its own rule: one for a part never covers the rest", async () => {
    const policy = policyOf([
      { match: { hosts: "lab" }, allow: { any_of: ["alice", "carol"] } },
      { match: { hosts: "prod" }, allow: { any_of: ["bob"] } },
    ]);
    const both = matter([step({ on: { lab1: ["lab"], prod1: ["prod"] } })]);
    expect(policy.missing(both, [voteOf(alice)])).toBe("bob");
    expect(policy.missing(both, [voteOf(alice), voteOf(bob)])).toBeNull();
    const twoSteps = matter([step({ on: { lab1: ["lab"] } }), step({ on: { prod1: ["prod"] } })]);
    expect(policy.missing(twoSteps, [voteOf(carol)])).toBe("bob");
    const uncovered = matter([step({ on: { lab1: ["lab"], spare: ["all"] } })]);
    expect(await may(policy, alice, uncovered)).toBe("not-allowed");
    expect(policy.missing(uncovered, [voteOf(alice), voteOf(bob)])).toBe("nobody");
  });

  test("what may act elsewhere needs every rule that could be meant, and one without hosts", async () => {
    const strict = { match: { hosts: "prod" }, allow: { any_of: ["bob"] } };
    const elsewhere = matter([step({ mayActElsewhere: true })]);
    expect(await may(policyOf([{ match: { hosts: "web" }, allow: { any_of: ["alice"] } }]), alice, elsewhere)).toBe("not-allowed");
    const policy = policyOf([strict, { allow: { any_of: ["alice"] } }]);
    expect(policy.missing(elsewhere, [voteOf(alice)])).toBe("bob");
    expect(policy.missing(matter(), [voteOf(alice)])).toBeNull();
  });

  test("the controller needs a rule that names it", async () => {
    for (const name of ["localhost", "127.0.0.1"]) {
      const local = matter([step({ on: { [name]: ["all", "ungrouped"] } })]);
      for (const match of [{}, { hosts: "all" }, { hosts: ["ungrouped", "web"] }])
        expect(await may(policyOf([{ match, allow: { any_of: ["alice"] } }]), alice, local)).toBe("not-allowed");
      expect(await may(policyOf([{ match: { hosts: ["web", "localhost"] }, allow: { any_of: ["alice"] } }]), alice, local)).toBe("yes");
    }
    const besides = matter([step({ on: { web1: ["web"], localhost: [] } })]);
    const policy = policyOf([{ match: { hosts: "localhost" }, allow: { any_of: ["bob"] } }, { allow: { any_of: ["alice"] } }]);
    expect(policy.missing(besides, [voteOf(alice)])).toBe("bob");
  });

  test("previews, cancels and administration need one person whom all its rules name, without votes", async () => {
    const policy = policyOf([
      { match: { hosts: "db" }, allow: { all_of: ["alice", "bob"] } },
      { match: { hosts: "web" }, allow: { any_of: ["alice", "carol"] } },
      { match: { action: "admin" }, allow: { any_of: ["olga"] } },
    ]);
    for (const action of ["preview", "cancel"] as const) {
      const both = matter([step({ on: { web1: ["web"], db1: ["db"] } })], action);
      expect(await may(policy, alice, both)).toBe("yes");
      expect(await may(policy, bob, both)).toBe("not-allowed");
      expect(await may(policy, carol, both)).toBe("not-allowed");
    }
    expect(await may(policy, "local", { ...matter([], "admin"), risk: null })).toBe("yes");
    expect(await may(policy, alice, { ...matter([], "admin"), risk: null })).toBe("not-allowed");
  });

  test("who may ask for something may ask; for what is known when the plan is made", async () => {
    const policy = policyOf([
      { match: { action: "request", service: "gitea" }, allow: { any_of: ["alice"] } },
      { match: { action: "approve" }, allow: { any_of: ["bob"] } },
    ]);
    const asking = { ...matter([], "request"), risk: null };
    expect(await may(policy, alice, asking)).toBe("yes");
    expect(await policy.may(bob, asking)).toMatchObject({ allowed: false, reason: "bob may not request: alice may" });
    expect(await may(policy, alice, matter([step()], "request"))).toBe("yes");
    expect(await may(policy, alice, matter([step({ service: "plex" })], "request"))).toBe("not-allowed");
  });

  test("anyone is every member, not who nobody knows", async () => {
    const policy = policyOf([{ match: { action: "request" }, allow: { any_of: ["anyone"] } }], {
      "slack:T1:U8": { kind: "unknown", groups: [] },
      "slack:T1:U7": { kind: "guest", groups: [] },
    });
    const asking = { ...matter([], "request"), risk: null };
    expect([
      await may(policy, stranger, asking),
      await may(policy, "slack:T1:U8", asking),
      await may(policy, "slack:T1:U7", asking),
    ]).toEqual(["yes", "not-allowed", "not-a-member"]);
    expect(await may(policy, stranger)).toBe("not-allowed");
  });
});

describe("people of a policy", () => {
  const rules: Rules = [{ allow: { any_of: ["alice", "oncall"] } }];

  test("are known by account of workspace and user, whole and exact", async () => {
    const policy = policyOf(rules);
    for (const account of [alice, alsoAlice, bob]) expect(await may(policy, account)).toBe("yes");
    for (const account of ["slack:T2:U1", "slack:T1:u1", "discord:G1:421", "alice", "oncall", "local", "U1", "", "discord:T1:U1"])
      expect(await may(policy, account)).toBe("not-allowed");
    expect([policy.nameOf(alsoAlice), policy.nameOf("local"), policy.nameOf(stranger)]).toEqual(["alice", "olga", stranger]);
  });

  test("are in a group by name, Slack user group or Discord role, as the platform says at the click", async () => {
    const inGroup = policyOf(rules, {
      [stranger]: { kind: "member", groups: ["slack:T1:S1"] },
      "discord:G1:5": { kind: "member", groups: ["discord:G1:1", "discord:G1:77"] },
      "slack:T2:U9": { kind: "member", groups: ["slack:T2:S1"] },
    });
    expect(await may(inGroup, stranger)).toBe("yes");
    expect(await may(inGroup, "discord:G1:5")).toBe("yes");
    expect(await may(inGroup, "slack:T2:U9")).toBe("not-allowed");
    expect(await may(policyOf(rules), stranger)).toBe("not-allowed");
  });

  test.for(["guest", "bot", "deactivated", "unknown"] as const)("who is %s may not decide although named", async (kind) => {
    const policy = policyOf([{ allow: { any_of: ["alice", "oncall"] } }], { [alice]: { kind, groups: ["slack:T1:S1"] } });
    for (const action of ["preview", "approve", "cancel", "admin"] as const)
      expect(await may(policy, alice, matter([step()], action))).toBe("not-a-member");
    expect(await may(policy, alice, { ...matter([], "request"), risk: null })).toBe(kind === "unknown" ? "yes" : "not-a-member");
    expect(await may(policy, alsoAlice)).toBe("yes");
  });

  test("who cannot be looked up is refused", async () => {
    const policy = policyOf(rules, { [alice]: new Error("429") });
    expect(await policy.may(alice, matter())).toMatchObject({ code: "not-checked", reason: "alice could not be checked (429): try again" });
  });
});

describe("votes", () => {
  const missing = (allow: object, votes: readonly PolicyVote[]): string | null => policyOf([{ allow }]).missing(matter(), votes);

  test("any_of needs one, all_of all, any_of_count so many", () => {
    expect(missing({ any_of: ["alice", "bob"] }, [])).toBe("alice or bob");
    expect(missing({ any_of: ["alice", "bob"] }, [voteOf(bob)])).toBeNull();
    expect(missing({ all_of: ["alice", "bob", "carol"] }, [voteOf(bob)])).toBe("alice and carol");
    expect(missing({ all_of: ["alice", "bob"] }, [voteOf(bob), voteOf(alice)])).toBeNull();
    expect(missing({ any_of_count: { count: 2, of: ["alice", "bob", "carol"] } }, [voteOf(bob)])).toBe("1 more of alice, bob, carol");
    expect(missing({ any_of_count: { count: 2, of: ["alice", "bob", "carol"] } }, [voteOf(bob), voteOf(carol)])).toBeNull();
    expect(missing({ all_of: ["alice", "bob"] }, [voteOf(alice), voteOf(stranger)])).toBe("bob");
  });

  test("two accounts of one person are one vote", () => {
    expect(missing({ any_of_count: { count: 2, of: ["ops"] } }, [voteOf(alice), voteOf(alsoAlice)])).toBe("1 more of ops");
    expect(missing({ any_of_count: { count: 2, of: ["ops"] } }, [voteOf(alice), voteOf(bob)])).toBeNull();
  });

  test("one person never stands for two names of all_of, whatever the order", () => {
    const allow = { all_of: ["ops", "alice"] };
    expect(missing(allow, [voteOf(alice)])).toBe("alice");
    expect(missing(allow, [voteOf(alice), voteOf(alsoAlice)])).toBe("alice");
    expect(missing(allow, [voteOf(alice), voteOf(bob)])).toBeNull();
    expect(missing(allow, [voteOf(bob), voteOf(alice)])).toBeNull();
    expect(missing({ all_of: ["ops", "oncall"] }, [voteOf(bob)])).toBe("oncall");
  });

  test("count by the groups that the platform named at the vote, as the settings are now", () => {
    const vote = voteOf(stranger, ["slack:T1:S1"]);
    expect(missing({ any_of: ["oncall"] }, [vote])).toBeNull();
    expect(missing({ any_of: ["ops"] }, [vote])).toBe("ops");
  });

  test("are wanted from those who have not voted, and are nobody's who asked under four eyes", () => {
    const policy = policyOf([{ allow: { all_of: ["alice", "bob", "oncall"] }, four_eyes: true }]);
    const about = matter([step()], "approve", [carol]);
    expect(policy.awaited(about, [voteOf(alice)])).toEqual({ accounts: [bob], groups: ["slack:T1:S1", "discord:G1:77"] });
    expect(policy.votesNeeded(about)).toBe(3);
    expect(policy.approvers(about)).toBe("alice, bob and oncall (not who asked: carol)");
  });
});

describe("four eyes", () => {
  const policy = policyOf([{ allow: { any_of: ["ops", "carol"] }, four_eyes: true }]);

  test("keep from approving who asked or changed it, also by another account", async () => {
    const byAlice = matter([step()], "approve", [alice]);
    expect(await may(policy, alice, byAlice)).toBe("four-eyes");
    expect(await may(policy, alsoAlice, byAlice)).toBe("four-eyes");
    expect(await may(policy, bob, byAlice)).toBe("yes");
    expect(await may(policy, bob, matter([step()], "approve", [alice, bob]))).toBe("four-eyes");
    expect(policy.missing(byAlice, [voteOf(alsoAlice)])).toBe("ops or carol");
    expect(await may(policy, stranger, byAlice)).toBe("not-allowed");
    expect(await policy.may(alice, byAlice)).toMatchObject({ reason: expect.stringMatching(/alice asked.*somebody else of ops or carol/) });
  });

  test("of one step's rule hold for the whole plan", async () => {
    const mixed = policyOf([
      { match: { risk: "destructive" }, allow: { any_of: ["ops"] }, four_eyes: true },
      { allow: { any_of: ["alice"] } },
    ]);
    const about = matter([step(), step({ risk: "destructive" })], "approve", [alice]);
    expect(await may(mixed, alice, about)).toBe("four-eyes");
    expect(await may(mixed, alice, matter([step()], "approve", [alice]))).toBe("yes");
  });
});

describe("a class's expiry and typed word", () => {
  const policy = policyOf([
    { match: { risk: "destructive", service: "plex" }, allow: { any_of: ["alice"] }, confirm: false },
    { match: { risk: "destructive" }, allow: { any_of: ["alice"] }, expires: "30m" },
    { match: { service: "gitea" }, allow: { any_of: ["alice"] }, expires: "2h", confirm: "gitea" },
    { allow: { any_of: ["alice"] } },
  ]);
  const gitea = step();
  const removal = step({ service: "x", risk: "destructive" });
  const plain = step({ service: "x" });

  test("are the rule's, the strictest where several steps meet", () => {
    expect([[gitea], [removal], [plain], [gitea, removal]].map((steps) => policy.expiresMinutes(matter(steps)))).toEqual([
      120, 30, 1440, 30,
    ]);
    expect([[gitea], [removal], [plain], [gitea, removal]].map((steps) => policy.confirmWord(matter(steps)))).toEqual([
      "gitea",
      "destructive",
      null,
      "gitea destructive",
    ]);
  });

  test("a word is left out only where the rule says so, and only for its own steps", () => {
    const unasked = step({ service: "plex", risk: "destructive" });
    expect(policy.confirmWord(matter([unasked]))).toBeNull();
    expect(policy.confirmWord(matter([unasked, removal]))).toBe("destructive");
  });
});

describe("a standing approval", () => {
  const digest = "a".repeat(64);
  const entry = { digest, hosts: ["web1"], owner: "alice", until: "2027-01-31" };
  const standing = (about: PolicyMatter, work = { digest, hosts: ["web1"] }, more: object = {}, rule: object = {}): number =>
    policyOf([{ allow: { any_of: ["alice"] }, ...rule }], {}, { standing: [{ ...entry, ...more }] }).standing(about, work).length;
  const byAlice = matter([step()], "approve", [alice, alsoAlice]);
  const removal = matter([step({ risk: "destructive" })], "approve", [alice]);

  test("fits the same work on the same hosts for its owner only", () => {
    expect(standing(byAlice)).toBe(1);
    expect(standing(byAlice, { digest: "b".repeat(64), hosts: ["web1"] })).toBe(0);
    expect(standing(byAlice, { digest, hosts: ["web1", "web2"] })).toBe(0);
    expect(standing(byAlice, { digest, hosts: [] })).toBe(0);
    expect(standing(matter([step()], "approve", [bob]))).toBe(0);
    expect(standing(matter([step()], "approve", [alice, bob]))).toBe(0);
    expect(standing(matter([step()], "approve", []))).toBe(0);
    expect(standing(matter([step({ mayActElsewhere: true })], "approve", [alice]))).toBe(0);
  });

  test("covers a destructive plan only when it says so and no rule wants a typed word", () => {
    expect(standing(removal)).toBe(0);
    expect(standing(removal, undefined, { destructive: true })).toBe(1);
    expect(standing(removal, undefined, { destructive: true }, { confirm: "wipe" })).toBe(0);
  });
});

test("names in rules that mean nothing here are told", () => {
  const settings = settingsOf([
    { match: { hosts: ["prod", "prdo", "web1", "localhost"] }, allow: { any_of: ["alice"] } },
    { match: { playbook: ["deploy-*", "remove-*"], service: ["gitea", "giteaa"] }, allow: { any_of: ["alice"] } },
  ]);
  expect(
    deadNames(settings, { playbooks: [{ path: "deploy-gitea.yml", service: "gitea" }] }, { hosts: ["web1"], groups: { prod: [] } }),
  ).toEqual([
    'rule 1: no host or group is called "prdo"',
    'rule 2: no playbook is called "remove-*"',
    'rule 2: no service is called "giteaa"',
  ]);
});
