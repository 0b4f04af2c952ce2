import { expect, test } from "vitest";
import { digestOf } from "../../src/canonical-json.ts";
import { votesOf } from "../../src/policy/vote-store.ts";
import { describeOnBothDatabases } from "../helpers/databases.ts";
import { alice, alsoAlice, bob, carol, createPolicyApp, stranger, type PolicyApp } from "../helpers/policy-app.ts";

describeOnBothDatabases("an approval by several people", (open) => {
  const twoOfTeam = { match: { action: "approve" }, allow: { any_of_count: { count: 2, of: ["team"] } } };
  const start = async (...rules: readonly unknown[]): Promise<PolicyApp> => createPolicyApp(rules, { database: await open() });

  test("waits for the last vote, says so, and starts one run with it", async () => {
    const app = await start(twoOfTeam);
    const plan = await app.planOf("deploy gitea", stranger);
    expect(await app.approve(plan, alice)).toEqual({ kind: "voted", missing: "1 more of team" });
    expect(await app.state(plan)).toEqual({
      state: "awaiting_approval",
      reason: "1 of 2: approved by alice; still needed: 1 more of team",
    });
    expect(await app.count("run")).toBe(0);
    expect(await app.count("approval")).toBe(0);
    expect(await app.approve(plan, bob)).toMatchObject({ kind: "approved" });
    expect(await app.state(plan)).toEqual({ state: "approved", reason: "approved by alice and bob" });
    expect(await app.count("run")).toBe(1);
    const version = await app.app.useCases.plan(plan);
    expect(await app.database.query("select distinct digest from approval_vote")).toEqual([{ digest: digestOf(version?.sealed) }]);
    expect((await votesOf(app.database, plan)).map((vote) => vote.account)).toEqual([alice, bob]);
    expect((await app.audit("plan.voted")).map((entry) => [entry.actor, entry.result])).toEqual([[alice, "accepted"]]);
    expect((await app.audit("plan.approved"))[0]).toMatchObject({
      actor: bob,
      result: "accepted",
      facts: { approvedBy: ["alice", "bob"], method: "person" },
    });
  });

  test("counts a person once, whichever of their accounts clicks", async () => {
    const app = await start(twoOfTeam);
    const plan = await app.planOf("deploy gitea", stranger);
    expect(await app.approve(plan, alice)).toMatchObject({ kind: "voted" });
    for (const account of [alice, alsoAlice])
      expect(await app.approve(plan, account)).toMatchObject({
        kind: "refused",
        code: "already-voted",
        message: "alice has approved already; still needed: 1 more of team",
      });
    expect(await app.count("approval_vote")).toBe(1);
    expect((await app.audit("plan.approved")).map((entry) => entry.result)).toEqual(["refused", "refused"]);
  });

  test("ten clicks at once of two people: one run, one vote each, an audit entry for every click", async () => {
    const app = await start({ match: { action: "approve" }, allow: { all_of: ["alice", "bob"] } });
    const plan = await app.planOf("deploy gitea", stranger);
    const clicks = await Promise.all(Array.from({ length: 10 }, (_, index) => app.approve(plan, [alice, bob, alsoAlice][index % 3])));
    const kinds = clicks.map((click) => click.kind).toSorted();
    expect(kinds).toEqual(["approved", ...Array.from({ length: 8 }, () => "refused"), "voted"]);
    expect([
      await app.count("run"),
      await app.count("approval"),
      await app.count("step_attempt"),
      await app.count("approval_vote"),
    ]).toEqual([1, 1, 1, 2]);
    expect(await app.audit("plan.voted")).toHaveLength(1);
    const approvals = await app.audit("plan.approved");
    expect(approvals.filter((entry) => entry.result === "accepted")).toHaveLength(1);
    expect(approvals).toHaveLength(9);
  });

  test("the votes of three people in the same moment are exactly one run", async () => {
    const app = await start(twoOfTeam);
    const plan = await app.planOf("deploy gitea", stranger);
    const clicks = await Promise.all([alice, bob, carol].map((account) => app.approve(plan, account)));
    expect(clicks.map((click) => click.kind).toSorted()).toEqual(["approved", "refused", "voted"]);
    expect(await app.count("run")).toBe(1);
    expect(clicks.find((click) => click.kind === "refused")).toMatchObject({ code: "already-decided" });
  });

  test("is ended by a rejection of anybody who may approve, and of nobody else", async () => {
    const app = await start({ match: { action: "approve" }, allow: { all_of: ["alice", "bob"] } });
    const plan = await app.planOf("deploy gitea", stranger);
    await app.approve(plan, alice);
    const reject = (person: string): Promise<unknown> => app.app.useCases.decide({ planVersionId: plan, person, decision: "rejected" });
    expect(await reject(carol)).toMatchObject({ kind: "refused", code: "not-allowed" });
    expect(await reject(bob)).toEqual({ kind: "rejected" });
    expect((await app.state(plan)).reason).toBe("rejected by bob");
    expect(await app.approve(plan, bob)).toMatchObject({ code: "already-decided" });
    expect(await app.count("run")).toBe(0);
  });

  test("of one plan never counts for its next version, and ends with the plan's time", async () => {
    const app = await start(twoOfTeam);
    const plan = await app.planOf("deploy gitea", stranger);
    await app.approve(plan, alice);
    await app.shift(3_600);
    expect(await app.approve(plan, bob)).toMatchObject({ kind: "refused", code: "expired" });
    await app.watch();
    const renewed = await app.app.useCases.renewPlan(plan, stranger);
    if (renewed.kind !== "plan") throw new Error("not renewed");
    expect(await app.approve(renewed.planVersionId, bob)).toMatchObject({ kind: "voted" });
    expect(await app.approve(plan, carol)).toMatchObject({ code: "expired" });
    expect(await app.count("run")).toBe(0);
  });

  test("votes are kept as they were given", async () => {
    const app = await start(twoOfTeam);
    await app.approve(await app.planOf("deploy gitea", stranger), alice);
    for (const statement of ["update approval_vote set person = 'eve'", "delete from approval_vote", "truncate approval_vote"])
      await expect(app.database.query(statement)).rejects.toThrow(/kept as they are/);
  });

  test("needs everybody that any step's rule wants", async () => {
    const app = await start(
      { match: { action: "approve", hosts: "web" }, allow: { any_of: ["alice"] } },
      { match: { action: "approve", hosts: "storage" }, allow: { any_of: ["bob"] } },
    );
    const plan = await app.planOf("deploy gitea and deploy plex", stranger);
    expect((await app.app.planFacts(plan)).approvers).toBe("alice; and bob");
    expect(await app.approve(plan, carol)).toMatchObject({ code: "not-allowed", message: "carol may not approve: alice; and bob may" });
    expect(await app.approve(plan, alice)).toEqual({ kind: "voted", missing: "bob" });
    expect(await app.approve(plan, bob)).toMatchObject({ kind: "approved" });
  });
});
