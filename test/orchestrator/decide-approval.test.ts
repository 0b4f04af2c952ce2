import { createPublicKey } from "node:crypto";
import { expect, test } from "vitest";
import { digestOf } from "../../src/canonical-json.ts";
import { createPlan, createPlanVersion, newerVersion } from "../../src/planner/plan-store.ts";
import { checkApproval, openApprovalSigner } from "../../src/runs/approval.ts";
import { describeOnBothDatabases } from "../helpers/databases.ts";
import { succeeded } from "../helpers/scripted-executor.ts";
import { createTestApp, type TestApp } from "../helpers/test-app.ts";
import { join } from "node:path";

describeOnBothDatabases("approval", (open) => {
  const start = async (): Promise<TestApp> => createTestApp({ database: await open() });
  const stateOf = async (app: TestApp, id: string): Promise<string | undefined> => (await app.app.useCases.plan(id))?.state;
  const count = async (app: TestApp, table: string): Promise<number> =>
    Number((await app.database.query(`select count(*) as count from ${table}`))[0]?.["count"]);

  test("binds one person's decision to the plan's digest, signed, with its run and audit entry", async () => {
    const app = await start();
    const planVersionId = await app.plan("deploy gitea");
    expect(await app.approve(planVersionId)).toMatchObject({ kind: "approved", runNumber: 1 });
    const item = await app.claim();
    const publicKey = await (await app.source()).publicKey();
    expect(item.approval.approval).toMatchObject({ planVersionId, digest: digestOf(item.plan), person: "local" });
    expect(() => checkApproval(item.approval, digestOf(item.plan), publicKey, new Date())).not.toThrow();
    expect(await app.audit("plan.approved")).toEqual([
      {
        actor: "local",
        resource: `plan_version:${planVersionId}`,
        result: "accepted",
        facts: expect.objectContaining({ digest: digestOf(item.plan) }),
      },
    ]);
  });

  test("is refused by an agent for another plan's digest, a changed word, another key, and from its expiry on", async () => {
    const app = await start();
    await app.run("deploy gitea");
    const { approval, plan } = await app.claim();
    const digest = digestOf(plan);
    const publicKey = await (await app.source()).publicKey();
    const until = Date.parse(approval.approval.expiresAt);
    const other = openApprovalSigner(join(app.dataDir, "other.key")).publicKey;
    expect(createPublicKey(publicKey).asymmetricKeyType).toBe("ed25519");
    const code = (check: () => void): unknown => {
      try {
        check();
        return "accepted";
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    const now = new Date();
    expect(code(() => checkApproval(approval, "0".repeat(64), publicKey, now))).toBe("approval-digest-differs");
    expect(code(() => checkApproval({ ...approval, approval: { ...approval.approval, person: "eve" } }, digest, publicKey, now))).toBe(
      "approval-signature-wrong",
    );
    expect(code(() => checkApproval(approval, digest, other, now))).toBe("approval-signature-wrong");
    expect(code(() => checkApproval(approval, digest, publicKey, new Date(until - 1)))).toBe("accepted");
    expect(code(() => checkApproval(approval, digest, publicKey, new Date(until)))).toBe("approval-expired");
  });

  test("lasts for the later steps of a run that takes longer than an approval waits", async () => {
    const app = await createTestApp({ database: await open(), settings: { plan_expires_minutes: 1, step_time_limit_seconds: 300 } });
    await app.run("deploy gitea and deploy plex");
    const first = await app.claim();
    await app.shift(200);
    await app.finish(first, succeeded());
    const second = await app.claim();
    const now = await (await app.source()).now();
    const publicKey = await (await app.source()).publicKey();
    expect(() => checkApproval(second.approval, digestOf(second.plan), publicKey, now)).not.toThrow();
  });

  test("ten clicks of two people at once are one decision and one run; the others are told who decided", async () => {
    const app = await start();
    const planVersionId = await app.plan("deploy gitea");
    const clicks = await Promise.all(
      Array.from({ length: 10 }, (_, index) => app.approve(planVersionId, index % 2 === 0 ? "local" : "slack:T1:U1")),
    );
    expect(clicks.filter((one) => one.kind === "approved")).toHaveLength(1);
    expect(await count(app, "run")).toBe(1);
    expect(await count(app, "approval")).toBe(1);
    expect(await count(app, "step_attempt")).toBe(1);
    const local = clicks.filter((_, index) => index % 2 === 0 && clicks[index]?.kind === "refused");
    for (const refusal of local) expect(refusal).toMatchObject({ code: "already-decided", message: expect.stringContaining("local") });
    expect((await app.audit("plan.approved")).map((entry) => entry.result).toSorted()).toEqual([
      "accepted",
      ...Array.from({ length: 9 }, () => "refused"),
    ]);
  });

  test("of a stale plan, ten clicks at once are ten audited refusals", async () => {
    const app = await start();
    const planVersionId = await app.plan("deploy gitea");
    app.write("group_vars/all.yml", "greeting: changed\n");
    const clicks = await Promise.all(Array.from({ length: 10 }, () => app.approve(planVersionId)));
    expect(clicks.every((one) => one.kind === "refused" && one.code === "stale")).toBe(true);
    expect(await app.audit("plan.approved")).toHaveLength(10);
  });

  test("one approval, one rejection in the same moment: exactly one holds", async () => {
    const app = await start();
    const planVersionId = await app.plan("deploy gitea");
    const [yes, no] = await Promise.all([
      app.approve(planVersionId),
      app.app.useCases.decide({ planVersionId, person: "local", decision: "rejected", reason: "not today" }),
    ]);
    expect([yes.kind, no.kind].filter((kind) => kind !== "refused")).toHaveLength(1);
    expect(await count(app, "run")).toBe(yes.kind === "approved" ? 1 : 0);
  });

  test("a rejected plan says who and why, and can no longer be approved", async () => {
    const app = await start();
    const planVersionId = await app.plan("deploy gitea");
    const reason = "not today \0 \ud83d";
    expect(await app.app.useCases.decide({ planVersionId, person: "local", decision: "rejected", reason })).toEqual({ kind: "rejected" });
    expect((await app.app.useCases.plan(planVersionId))?.stateReason).toContain("rejected by local: not today");
    expect(await app.approve(planVersionId)).toMatchObject({
      code: "already-decided",
      message: expect.stringContaining("rejected by local"),
    });
    expect((await app.audit("plan.rejected"))[0]).toMatchObject({ actor: "local", result: "done" });
    expect(await count(app, "run")).toBe(0);
  });

  test("somebody outside the policy is refused and the plan goes on waiting", async () => {
    const app = await start();
    const planVersionId = await app.plan("deploy gitea");
    expect(await app.approve(planVersionId, "slack:T1:U666")).toMatchObject({ kind: "refused", code: "not-allowed" });
    expect(await stateOf(app, planVersionId)).toBe("awaiting_approval");
    expect(await app.audit("plan.approved")).toEqual([
      expect.objectContaining({ actor: "slack:T1:U666", result: "refused", facts: expect.objectContaining({ code: "not-allowed" }) }),
    ]);
    expect(await app.app.useCases.decide({ planVersionId, person: "slack:T1:U666", decision: "rejected" })).toMatchObject({
      code: "not-allowed",
    });
  });

  test("holds until the last moment before the plan expires and not in the moment it does", async () => {
    const app = await start();
    const early = await app.plan("deploy gitea");
    const late = await app.plan("deploy plex");
    await app.shift(3_600 - 5);
    expect(await app.approve(early)).toMatchObject({ kind: "approved" });
    await app.shift(5);
    expect(await app.approve(late)).toMatchObject({ kind: "refused", code: "expired" });
    expect((await app.audit("plan.approved")).map((entry) => entry.result)).toEqual(["accepted", "refused"]);
    expect((await app.watch()).expired).toEqual([late]);
    expect(await stateOf(app, late)).toBe("expired");
    expect(await app.approve(late)).toMatchObject({ kind: "refused", code: "expired" });
    expect(await app.audit("plan.expired")).toHaveLength(1);
    expect((await app.watch()).expired).toEqual([]);
  });

  test("of an older version is refused with the newer one's id", async () => {
    const app = await start();
    const planVersionId = await app.plan("deploy gitea");
    app.write("deploy-gitea.yml", "- name: Deploy Gitea\n  hosts: web1\n  tasks: []\n");
    expect(await app.approve(planVersionId)).toMatchObject({ code: "stale", changes: ["deploy-gitea.yml was changed"] });
    const renewed = await app.app.useCases.renewPlan(planVersionId, "local");
    expect(renewed.kind).toBe("plan");
    const newer = await newerVersion(app.database, planVersionId);
    expect(await app.approve(planVersionId)).toMatchObject({ kind: "refused", code: "stale", newerVersionId: newer?.id });
    // Nor does a second press on the old card put its plan in the place of the new one.
    expect(await app.app.useCases.renewPlan(planVersionId, "local")).toMatchObject({ kind: "refused", newerVersionId: newer?.id });
    if (renewed.kind !== "plan") throw new Error("not renewed");
    const again = await app.app.useCases.editPlan({
      planVersionId: renewed.planVersionId,
      person: "local",
      values: {},
      text: "also deploy traefik",
    });
    if (again.kind !== "modified") throw new Error("not modified");
    expect(await app.approve(renewed.planVersionId)).toMatchObject({ code: "superseded", newerVersionId: again.planVersionId });
    expect(await app.approve(again.planVersionId)).toMatchObject({ kind: "approved" });
  });

  test("of something that does not exist is refused, whatever the id looks like", async () => {
    const app = await start();
    for (const id of ["00000000-0000-0000-0000-000000000000", "nonsense", "'; drop table run", "x".repeat(10_000)]) {
      expect(await app.approve(id)).toMatchObject({ kind: "refused", code: "unknown-plan" });
      expect(await app.app.useCases.preview(id, "local")).toMatchObject({ kind: "refused" });
      expect(await app.app.useCases.renewPlan(id, "local")).toMatchObject({ kind: "refused" });
      expect(await app.app.useCases.withdraw(id, "local")).toMatchObject({ kind: "refused" });
      expect(await app.app.useCases.cancelRun(id, "local")).toMatchObject({ kind: "refused" });
      expect(await app.app.useCases.retryFromFailed(id, "local")).toMatchObject({ kind: "refused" });
      expect(await app.app.useCases.settleUnknown(id, "local", "failed")).toMatchObject({ kind: "refused" });
      expect(await app.app.useCases.dismissSuggestion(id, "local")).toMatchObject({ kind: "refused" });
      expect(await app.app.useCases.answerQuestion({ planVersionId: id, person: "local", values: {}, choices: {} })).toMatchObject({
        kind: "refused",
      });
    }
    expect((await app.audit("plan.approved")).every((entry) => entry.resource.length < 130 && entry.result === "refused")).toBe(true);
  });

  test("of a destructive plan needs the typed word", async () => {
    const app = await start();
    const planVersionId = await app.plan("remove gitea");
    for (const typed of [undefined, "", "yes", "destroy"])
      expect(await app.approve(planVersionId, "local", typed)).toMatchObject({ kind: "refused", code: "confirm-missing" });
    expect(await stateOf(app, planVersionId)).toBe("awaiting_approval");
    expect(await app.audit("plan.approved")).toHaveLength(4);
    expect(await app.approve(planVersionId, "local", " Destructive ")).toMatchObject({ kind: "approved" });
  });

  test("of a plan that is still being made, or asks something, is refused", async () => {
    const app = await start();
    const asking = await app.ask("deploy foobar");
    if (asking.kind !== "question") throw new Error(`no question: ${asking.kind}`);
    expect(await app.approve(asking.planVersionId)).toMatchObject({ kind: "refused", code: "not-waiting" });
    const version = await app.app.useCases.plan(await app.plan("deploy gitea"));
    const drafting = await app.database.transaction(async (sql) =>
      createPlanVersion(sql, {
        planId: await createPlan(sql, { requestId: version?.requestId ?? "" }),
        purpose: "run",
        madeBy: "local",
        draft: [],
      }),
    );
    expect(await app.approve(drafting.id)).toMatchObject({ kind: "refused", code: "not-waiting" });
    await expect(app.database.query("update plan_version set state = 'awaiting_approval' where id = $1", [drafting.id])).rejects.toThrow(
      /check/,
    );
    expect((await app.audit("plan.approved")).map((entry) => entry.result)).toEqual(["refused", "refused"]);
  });

  test("a withdrawn plan, and a preview that was refused, can never be approved", async () => {
    const app = await start();
    const planVersionId = await app.plan("deploy gitea");
    expect(await app.app.useCases.preview(planVersionId, "slack:T1:U1")).toMatchObject({ kind: "refused" });
    expect(await app.app.useCases.withdraw(planVersionId, "local")).toEqual({ kind: "done" });
    expect(await app.approve(planVersionId)).toMatchObject({ code: "already-decided" });
    expect(await app.database.query("select id from plan_version where state = 'awaiting_approval'")).toEqual([]);
    expect((await app.audit("plan.preview"))[0]).toMatchObject({ actor: "slack:T1:U1", result: "refused" });
  });
});
