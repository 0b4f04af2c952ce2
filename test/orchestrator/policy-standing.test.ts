import { describe, expect, test } from "vitest";
import { policySettingsSchema } from "../../src/policy-settings.ts";
import { workDigestOf } from "../../src/planner/work-digest.ts";
import { alice, alsoAlice, bob, createPolicyApp, type PolicyApp } from "../helpers/policy-app.ts";

const rule = { match: { action: "approve" }, allow: { any_of: ["alice", "bob"] } };
/** Far in the future of any clock that runs these tests. */
const until = "2199-12-31";

/** An app with a standing approval of what this text means, whose digest is found as an owner finds it: by planning it. */
async function start(text: string, entry: object = {}, rules: readonly unknown[] = [rule]): Promise<PolicyApp> {
  const app = await createPolicyApp(rules);
  const plan = await app.planOf(text, alice);
  const version = await app.app.useCases.plan(plan);
  await app.app.useCases.withdraw(plan, alice);
  if (version?.sealed === null || version?.sealed === undefined) throw new Error("not sealed");
  const digest = workDigestOf(
    version.sealed,
    (await app.app.catalog.current()).playbooks.map((playbook) => playbook.path),
  );
  const parsed = policySettingsSchema.parse({
    people: [{ name: "alice", accounts: [] }],
    standing: [{ digest, hosts: ["web1"], owner: "alice", until, ...entry }],
  });
  app.policy.standing.push(...parsed.standing);
  return app;
}

const statesOf = async (app: PolicyApp, text: string, person: string): Promise<string> =>
  (await app.state(await app.planOf(text, person))).state;

describe("a standing approval", () => {
  test("starts the same work at once, in its owner's name, signed and audited like any other", async () => {
    const app = await start("deploy gitea");
    const plan = await app.planOf("deploy gitea", alsoAlice);
    expect(await app.state(plan)).toEqual({ state: "approved", reason: `approved by standing approval of alice until ${until}` });
    expect(await app.count("run")).toBe(1);
    expect((await app.audit("plan.approved"))[0]).toMatchObject({
      actor: alsoAlice,
      result: "accepted",
      facts: { method: "standing", standing: { owner: "alice", until } },
    });
    expect((await app.claim()).approval.approval).toMatchObject({ planVersionId: plan, person: alsoAlice });
    expect(await statesOf(app, "deploy gitea", alice)).toBe("approved");
  });

  test("is for its owner's requests and exactly its work: any difference waits for a person", async () => {
    const app = await start("deploy gitea");
    expect(await statesOf(app, "deploy gitea", bob)).toBe("awaiting_approval");
    expect(await statesOf(app, "backup gitea", alice)).toBe("awaiting_approval");
    expect(await statesOf(app, "deploy gitea and deploy plex", alice)).toBe("awaiting_approval");
    app.write("group_vars/all.yml", "greeting: other\n");
    expect(await statesOf(app, "deploy gitea", alice)).toBe("awaiting_approval");
    expect(await app.count("run")).toBe(0);
  });

  test("is not for a request that says more than its plan does: a person has to see what is left out", async () => {
    const app = await start("deploy gitea");
    for (const text of ["deploy gitea at 22:00", "deploy gitea --limit web9", "deploy gitea to /mnt/usb"])
      expect(await statesOf(app, text, alice)).toBe("awaiting_approval");
    expect(await statesOf(app, "deploy gitea, please, as soon as possible", alice)).toBe("approved");
    expect(await app.count("run")).toBe(1);
  });

  test("is not touched by what the work does not use", async () => {
    const app = await start("deploy gitea");
    app.write("README.md", "# Another text\n");
    app.write("deploy-plex.yml", "- name: Deploy Plex\n  hosts: nas\n  tasks: []\n");
    expect(await statesOf(app, "deploy gitea", alice)).toBe("approved");
  });

  test("ends by the database's time", async () => {
    expect(await statesOf(await start("deploy gitea", { until: "2020-01-01" }), "deploy gitea", alice)).toBe("awaiting_approval");
    const app = await start("deploy gitea");
    await app.shift(400 * 365 * 86_400);
    expect(await statesOf(app, "deploy gitea", alice)).toBe("awaiting_approval");
  });

  test("of other hosts is none", async () => {
    for (const hosts of [["web2"], ["web1", "web2"], ["web"]])
      expect(await statesOf(await start("deploy gitea", { hosts }), "deploy gitea", alice)).toBe("awaiting_approval");
  });

  test("gives no more than its owner's click: not under four eyes, not where another person is wanted", async () => {
    expect(await statesOf(await start("deploy gitea", {}, [{ ...rule, four_eyes: true }]), "deploy gitea", alice)).toBe(
      "awaiting_approval",
    );
    const two = { match: { action: "approve" }, allow: { all_of: ["alice", "bob"] } };
    const together = await start("deploy gitea", {}, [two]);
    expect(await statesOf(together, "deploy gitea", alice)).toBe("awaiting_approval");
    expect(await together.count("approval_vote")).toBe(0);
    expect(await statesOf(await start("deploy gitea", {}, [{ ...two, allow: { any_of: ["bob"] } }]), "deploy gitea", alice)).toBe(
      "awaiting_approval",
    );
  });

  test("of something destructive must say so, and never where a word is to be typed", async () => {
    expect(await statesOf(await start("remove gitea"), "remove gitea", alice)).toBe("awaiting_approval");
    expect(await statesOf(await start("remove gitea", { destructive: true }, [{ ...rule, confirm: "wipe" }]), "remove gitea", alice)).toBe(
      "awaiting_approval",
    );
    expect(await statesOf(await start("remove gitea", { destructive: true }), "remove gitea", alice)).toBe("approved");
  });

  test("starts nothing for who only wants to see a plan, and no preview", async () => {
    const app = await start("deploy gitea");
    const [row] = await app.database.query("select id from conversation limit 1");
    const seen = await app.app.useCases.submitRequest({
      conversationId: String(row?.["id"]),
      person: alice,
      text: "deploy gitea",
      previewOnly: true,
    });
    expect(await statesOf(app, "dry run: deploy gitea", alice)).toBe("awaiting_approval");
    expect(seen.kind === "plan" && (await app.state(seen.planVersionId)).state).toBe("awaiting_approval");
    expect(await app.count("run")).toBe(0);
  });
});
