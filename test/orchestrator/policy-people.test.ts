import { describe, expect, test } from "vitest";
import { alice, alsoAlice, bob, carol, createPolicyApp, stranger } from "../helpers/policy-app.ts";
import { createTestApp } from "../helpers/test-app.ts";

const approve = (people: readonly string[], more: object = {}): object => ({
  match: { action: "approve" },
  allow: { any_of: people },
  ...more,
});
const task = (more: string): string =>
  `  gather_facts: false\n  tasks:\n    - name: work\n      ansible.builtin.command: touch /tmp/chiffon-test-never-written\n${more}`;

describe("who may approve", () => {
  test("is said by the policy: others are refused, told who may, and the plan goes on waiting", async () => {
    const app = await createPolicyApp([approve(["alice", "oncall"])]);
    const plan = await app.planOf("deploy gitea", stranger);
    expect((await app.app.planFacts(plan)).approvers).toBe("alice or oncall");
    for (const person of [bob, stranger, "local", "slack:T2:U1"])
      expect(await app.approve(plan, person)).toMatchObject({ kind: "refused", message: expect.stringContaining("alice or oncall may") });
    expect(await app.state(plan)).toEqual({ state: "awaiting_approval", reason: null });
    expect((await app.audit("plan.approved")).map((entry) => [entry.actor, entry.result])).toEqual(
      [bob, stranger, "local", "slack:T2:U1"].map((person) => [person, "refused"]),
    );
    expect(await app.approve(plan, alice)).toMatchObject({ kind: "approved" });
    expect((await app.state(plan)).reason).toBe("approved by alice");
  });

  test("is nobody where no rule covers the plan, and only the local owner where there is no policy", async () => {
    const none = await createPolicyApp([{ match: { action: "approve", risk: "destructive" }, allow: { any_of: ["alice"] } }]);
    const plan = await none.planOf("deploy gitea", stranger);
    for (const person of [alice, "local"])
      expect(await none.approve(plan, person)).toMatchObject({
        code: "not-allowed",
        message: expect.stringContaining("deploy-gitea.yml on web1"),
      });
    const without = await createTestApp();
    const asked = await without.ask("deploy gitea", alice);
    if (asked.kind !== "plan") throw new Error("a person in chat may ask");
    expect(await without.approve(asked.planVersionId, alice)).toMatchObject({
      code: "not-allowed",
      message: expect.stringMatching(/only the local owner may, at the terminal.*`policy` in chiffon\.yml/),
    });
    expect(await without.approve(asked.planVersionId, "local")).toMatchObject({ kind: "approved" });
  });

  test("is looked up at the click: who joined a group may, who left or was deactivated may not", async () => {
    const app = await createPolicyApp([approve(["oncall", "bob"])]);
    const plan = await app.planOf("deploy gitea", stranger);
    expect(await app.approve(plan, carol)).toMatchObject({ code: "not-allowed" });
    app.standings.set(carol, { kind: "member", groups: ["slack:T1:S1"] });
    app.standings.set(bob, { kind: "deactivated", groups: ["slack:T1:S1"] });
    expect(await app.approve(plan, bob)).toMatchObject({
      code: "not-a-member",
      message: "bob may not approve: the account is deactivated",
    });
    app.standings.set(carol, { kind: "member", groups: [] });
    expect(await app.approve(plan, carol)).toMatchObject({ code: "not-allowed" });
    app.standings.set(carol, { kind: "member", groups: ["slack:T1:S1"] });
    expect(await app.approve(plan, carol)).toMatchObject({ kind: "approved" });
  });

  test("is nobody who cannot be looked up", async () => {
    const app = await createPolicyApp([approve(["alice"])]);
    const plan = await app.planOf("deploy gitea", stranger);
    app.standings.set(alice, new Error("the platform does not answer"));
    expect(await app.approve(plan, alice)).toMatchObject({ code: "not-checked", message: expect.stringContaining("try again") });
    expect((await app.audit("plan.approved"))[0]).toMatchObject({ actor: alice, result: "refused", facts: { code: "not-checked" } });
    app.standings.delete(alice);
    expect(await app.approve(plan, alice)).toMatchObject({ kind: "approved" });
  });

  test.for(["guest", "bot", "deactivated"] as const)("a %s may nothing, not even ask, and it is audited", async (kind) => {
    const app = await createPolicyApp([{ allow: { any_of: ["alice"] } }]);
    const plan = await app.planOf("deploy gitea", bob);
    app.standings.set(alice, { kind, groups: [] });
    expect(await app.ask("deploy plex", alice)).toMatchObject({ kind: "refused", code: "not-allowed" });
    expect(await app.approve(plan, alice)).toMatchObject({ code: "not-a-member" });
    expect(await app.app.useCases.preview(plan, alice)).toMatchObject({ kind: "refused" });
    expect(await app.audit("request.submitted")).toEqual(
      expect.arrayContaining([expect.objectContaining({ actor: alice, result: "refused" })]),
    );
    const without = await createTestApp();
    without.app.accounts.add({ name: "slack", standing: () => Promise.resolve({ kind, groups: [] }) });
    expect(await without.ask("deploy gitea", alice)).toMatchObject({ kind: "refused" });
  });

  test("holds for one plan: an approval of one step, host set or workspace is none of another", async () => {
    const app = await createPolicyApp([{ match: { action: "approve", hosts: "web" }, allow: { any_of: ["alice"] } }]);
    const web = await app.planOf("deploy gitea", stranger);
    const storage = await app.planOf("deploy plex", stranger);
    expect(await app.approve(web, alice)).toMatchObject({ kind: "approved" });
    expect(await app.approve(storage, alice)).toMatchObject({
      code: "not-allowed",
      message: expect.stringContaining("deploy-plex.yml on nas"),
    });
    expect(await app.approve(storage, "slack:T2:U1")).toMatchObject({ code: "not-allowed" });
    expect(await app.count("run")).toBe(1);
  });

  test("the controller only where a rule names it", async () => {
    const files = { "deploy-portal.yml": `- name: Deploy Portal\n  hosts: localhost\n  connection: local\n${task("")}` };
    const general = await createPolicyApp([approve(["alice"])], { files });
    const plan = await general.planOf("deploy portal", stranger);
    expect(await general.approve(plan, alice)).toMatchObject({ code: "not-allowed", message: expect.stringContaining("on localhost") });
    const named = await createPolicyApp([{ match: { action: "approve", hosts: ["localhost"] }, allow: { any_of: ["alice"] } }], { files });
    expect(await named.approve(await named.planOf("deploy portal", stranger), alice)).toMatchObject({ kind: "approved" });
  });
});

describe("four eyes", () => {
  const rules = [approve(["alice", "bob", "carol"], { four_eyes: true })];

  test("keep the requester from approving, also by a linked account and as admin, and let somebody else", async () => {
    const app = await createPolicyApp([...rules, { match: { action: "admin" }, allow: { any_of: ["alice"] } }]);
    const plan = await app.planOf("deploy gitea", alice);
    for (const account of [alice, alsoAlice])
      expect(await app.approve(plan, account)).toMatchObject({
        kind: "refused",
        code: "four-eyes",
        message: expect.stringContaining("alice asked"),
      });
    expect((await app.audit("plan.approved")).map((entry) => [entry.actor, entry.result, entry.facts["code"]])).toEqual([
      [alice, "refused", "four-eyes"],
      [alsoAlice, "refused", "four-eyes"],
    ]);
    expect((await app.state(plan)).state).toBe("awaiting_approval");
    expect(await app.approve(plan, bob)).toMatchObject({ kind: "approved" });
  });

  test("count who made the version by a renewal, who answered its question, and still who asked", async () => {
    const app = await createPolicyApp(rules);
    const plan = await app.planOf("deploy gitea", alice);
    app.write("group_vars/all.yml", "greeting: other\n");
    expect(await app.approve(plan, bob)).toMatchObject({ code: "stale" });
    const renewed = await app.app.useCases.renewPlan(plan, bob);
    if (renewed.kind !== "plan") throw new Error("not renewed");
    for (const account of [alice, alsoAlice, bob])
      expect(await app.approve(renewed.planVersionId, account)).toMatchObject({ code: "four-eyes" });
    expect(await app.approve(renewed.planVersionId, carol)).toMatchObject({ kind: "approved" });

    const asking = await app.ask("deploy foobar", alice);
    if (asking.kind !== "question") throw new Error("no question");
    const version = await app.app.useCases.plan(asking.planVersionId);
    const candidate = version?.question?.unmapped[0]?.candidates[0]?.playbook ?? "";
    const answered = await app.app.useCases.answerQuestion({
      planVersionId: asking.planVersionId,
      person: bob,
      values: {},
      choices: { 1: candidate },
    });
    if (answered.kind !== "plan") throw new Error(`no plan: ${answered.kind}`);
    expect(await app.approve(answered.planVersionId, bob)).toMatchObject({ code: "four-eyes" });
    expect(await app.approve(answered.planVersionId, alice)).toMatchObject({ code: "four-eyes" });
    expect(await app.approve(answered.planVersionId, carol)).toMatchObject({ kind: "approved" });
  });

  test("who only renewed an earlier version may approve a later one", async () => {
    const app = await createPolicyApp(rules);
    const plan = await app.planOf("deploy gitea", alice);
    await app.shift(3_600);
    await app.watch();
    const byBob = await app.app.useCases.renewPlan(plan, bob);
    if (byBob.kind !== "plan") throw new Error("not renewed");
    await app.shift(3_600);
    await app.watch();
    const byAlice = await app.app.useCases.renewPlan(byBob.planVersionId, alice);
    if (byAlice.kind !== "plan") throw new Error("not renewed");
    expect(await app.approve(byAlice.planVersionId, bob)).toMatchObject({ kind: "approved" });
  });

  test("count who changed an earlier version that this one came from", async () => {
    const app = await createPolicyApp(rules);
    const plan = await app.planOf("deploy gitea", alice);
    const edited = await app.app.useCases.editPlan({ planVersionId: plan, person: bob, text: "also deploy plex", values: {} });
    if (edited.kind !== "modified") throw new Error(`not modified: ${JSON.stringify(edited)}`);
    expect(await app.approve(edited.planVersionId, bob)).toMatchObject({ code: "four-eyes" });
    await app.shift(3_600);
    await app.watch();
    const renewed = await app.app.useCases.renewPlan(edited.planVersionId, alice);
    if (renewed.kind !== "plan") throw new Error("not renewed");
    expect(await app.approve(renewed.planVersionId, bob)).toMatchObject({ code: "four-eyes" });
    expect(await app.approve(renewed.planVersionId, carol)).toMatchObject({ kind: "approved" });
  });

  test("let the requester reject the own plan", async () => {
    const app = await createPolicyApp(rules);
    const plan = await app.planOf("deploy gitea", alice);
    expect(await app.app.useCases.decide({ planVersionId: plan, person: alsoAlice, decision: "rejected" })).toEqual({ kind: "rejected" });
    expect(await app.state(plan)).toEqual({ state: "rejected", reason: "rejected by alice" });
  });

  test("keep the requester from counting among several", async () => {
    const app = await createPolicyApp([
      { match: { action: "approve" }, allow: { any_of_count: { count: 2, of: ["team"] } }, four_eyes: true },
    ]);
    const plan = await app.planOf("deploy gitea", alice);
    expect(await app.approve(plan, alsoAlice)).toMatchObject({ code: "four-eyes" });
    expect(await app.approve(plan, bob)).toMatchObject({ kind: "voted" });
    expect(await app.approve(plan, carol)).toMatchObject({ kind: "approved" });
  });
});

describe("other permissions", () => {
  test("asking: by whom, and for what", async () => {
    const app = await createPolicyApp([], {
      policy: {
        rules: [
          { match: { action: "request", service: "gitea" }, allow: { any_of: ["alice"] } },
          { match: { action: "request", hosts: "storage" }, allow: { any_of: ["bob"] } },
        ],
      },
    });
    expect(await app.ask("deploy gitea", carol)).toMatchObject({
      kind: "refused",
      code: "not-allowed",
      message: "carol may not request: alice or bob may",
    });
    expect((await app.ask("deploy gitea", alice)).kind).toBe("plan");
    expect(await app.ask("deploy plex", alice)).toMatchObject({ kind: "refused", message: "alice may not request: bob may" });
    expect(await app.ask("deploy gitea and deploy plex", bob)).toMatchObject({ kind: "refused" });
    expect(await app.database.query("select id from plan_version where state = 'awaiting_approval'")).toHaveLength(1);
    expect((await app.audit("plan.sealed")).map((entry) => [entry.actor, entry.result])).toEqual([
      [alice, "done"],
      [alice, "refused"],
      [bob, "refused"],
    ]);
  });

  test("cancelling a run, taking back somebody's plan, and looking after runs", async () => {
    const app = await createPolicyApp([
      approve(["alice"]),
      { match: { action: "cancel", hosts: "web" }, allow: { any_of: ["bob"] } },
      { match: { action: "admin" }, allow: { any_of: ["carol"] } },
    ]);
    const plan = await app.planOf("deploy gitea", stranger);
    expect(await app.app.useCases.withdraw(plan, alice)).toMatchObject({ kind: "refused" });
    const approved = await app.approve(plan, alice);
    if (approved.kind !== "approved") throw new Error("not approved");
    expect(await app.cancel(approved.runId, alice)).toMatchObject({ kind: "refused", message: "alice may not cancel: bob may" });
    expect(await app.cancel(approved.runId, bob)).toEqual({ kind: "cancelled" });
    expect((await app.audit("run.cancel")).map((entry) => [entry.actor, entry.result])).toEqual([
      [alice, "refused"],
      [bob, "accepted"],
    ]);
    const storage = await app.planOf("deploy plex", stranger);
    expect(await app.app.useCases.withdraw(storage, bob)).toMatchObject({ kind: "refused" });
    expect(await app.app.useCases.withdraw(storage, stranger)).toEqual({ kind: "done" });
    expect(await app.app.useCases.dismissSuggestion("00000000-0000-0000-0000-000000000000", alice)).toMatchObject({
      message: "alice may not admin: carol may",
    });
  });

  test("a preview needs `preview`; where check mode really runs tasks, `approve`, with four eyes", async () => {
    const files = { "deploy-portal.yml": `- name: Deploy Portal\n  hosts: web1\n${task("      check_mode: false\n")}` };
    const app = await createPolicyApp(
      [{ match: { action: "preview" }, allow: { any_of: ["bob", "alice", "carol"] } }, approve(["alice", "carol"], { four_eyes: true })],
      { files },
    );
    const plain = await app.planOf("deploy gitea", alice);
    expect(await app.app.useCases.preview(plain, stranger)).toMatchObject({ kind: "refused" });
    expect(await app.app.useCases.preview(plain, bob)).toMatchObject({ kind: "started" });
    expect(await app.app.useCases.preview(plain, alice)).toMatchObject({ kind: "started" });
    const real = await app.planOf("deploy portal", alice);
    expect(await app.app.useCases.preview(real, bob)).toMatchObject({
      kind: "refused",
      message: expect.stringContaining("bob may not approve"),
    });
    expect(await app.app.useCases.preview(real, alice)).toMatchObject({ kind: "refused", message: expect.stringContaining("four eyes") });
    expect(await app.count("run")).toBe(2);
    expect(await app.app.useCases.preview(real, carol)).toMatchObject({ kind: "started" });
    const refused = (await app.audit("plan.approved")).filter((entry) => entry.result === "refused");
    expect(refused.map((entry) => entry.actor)).toEqual([bob, alice]);
  });

  test("a preview that needs two people is refused whole, and leaves nothing to approve", async () => {
    const files = { "deploy-portal.yml": `- name: Deploy Portal\n  hosts: web1\n${task("      check_mode: false\n")}` };
    const app = await createPolicyApp(
      [
        { match: { action: "preview" }, allow: { any_of: ["alice"] } },
        { match: { action: "approve" }, allow: { all_of: ["alice", "bob"] } },
      ],
      { files },
    );
    const plan = await app.planOf("deploy portal", stranger);
    expect(await app.app.useCases.preview(plan, alice)).toMatchObject({
      kind: "refused",
      message: expect.stringContaining("more than one person"),
    });
    expect(await app.count("run")).toBe(0);
    expect(await app.database.query("select id from plan_version where state = 'awaiting_approval'")).toEqual([{ id: plan }]);
  });
});

describe("a class's own time and word", () => {
  test("a plan expires by its rule, and is approved by its word", async () => {
    const app = await createPolicyApp([
      { match: { action: "approve", service: "gitea" }, allow: { any_of: ["alice"] }, expires: "10m", confirm: "Gitea" },
      approve(["alice"], { expires: "2h" }),
    ]);
    const short = await app.planOf("deploy gitea", stranger);
    const long = await app.planOf("deploy plex", stranger);
    expect((await app.app.planFacts(short)).confirmWord).toBe("Gitea");
    for (const typed of [undefined, "destructive", "yes"])
      expect(await app.approve(short, alice, typed)).toMatchObject({ code: "confirm-missing" });
    await app.shift(600);
    expect(await app.approve(short, alice, "gitea")).toMatchObject({ code: "expired" });
    expect(await app.approve(long, alice)).toMatchObject({ kind: "approved" });
    const again = await app.planOf("deploy gitea", stranger);
    expect(await app.approve(again, alice, "gitea")).toMatchObject({ kind: "approved" });
  });
});
