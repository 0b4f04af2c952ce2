import { expect, test } from "vitest";
import { alice, createPolicyApp, stranger, type PolicyApp } from "../helpers/policy-app.ts";
import { eventually } from "../helpers/test-app.ts";

/** A run of alice's that is over, and its number's log. */
async function houseWithRun(): Promise<{ readonly app: PolicyApp; readonly runId: string }> {
  const app = await createPolicyApp([{ allow: { any_of: ["alice"] } }]);
  await app.startBot();
  await app.app.startAgent();
  await app.platform.say("deploy gitea", { person: alice });
  await app.platform.press("approve", app.platform.cardsOf("plan").at(-1)?.planVersionId ?? "", { person: alice });
  const result = await eventually("a result", () => app.platform.cardsOf("result").at(-1));
  return { app, runId: result.runId };
}

const sent = async (app: PolicyApp): Promise<string> =>
  JSON.stringify([app.platform.private, app.platform.shown, await app.database.query("select content from outbox_message")]);

test("guests, and who may not ask, read no list, no log, no page and no names, and the audit log says who tried", async () => {
  const { app, runId } = await houseWithRun();
  for (const standing of [
    { kind: "guest", groups: [] },
    { kind: "deactivated", groups: [] },
    { kind: "bot", groups: [] },
    new Error("the platform does not answer"),
  ] as const) {
    app.standings.set(stranger, standing);
    for (const command of ["status", "mine", "runs", "playbooks", "jobs", "agents", "lint deploy-gitea.yml", "audit"])
      expect((await app.platform.command(command, { person: stranger }))[0]).toMatchObject({ kind: "notice", tone: "refusal" });
    expect((await app.platform.home(stranger)).flatMap((list) => list.items)).toEqual([]);
    for (const kind of ["playbook", "host", "run"] as const) expect(await app.platform.suggest(kind, "", stranger)).toEqual([]);
    const before = app.platform.shown.length;
    await app.platform.press("log", runId, { person: stranger });
    expect(app.platform.shown).toHaveLength(before);
    expect(app.platform.private.at(-1)).toMatchObject({ person: stranger, card: { tone: "refusal" } });
  }
  expect(await sent(app)).not.toContain("PLAYBOOK");
  const refusals = await app.audit("look.refused");
  expect(new Set(refusals.map((entry) => entry.resource))).toEqual(
    new Set(
      ["status", "mine", "runs", "playbooks", "jobs", "agents", "lint", "audit"].map((name) => `list:${name}`).concat(`run:${runId}`),
    ),
  );
  expect(new Set(refusals.map((entry) => entry.actor))).toEqual(new Set([stranger]));
});

test("who may only ask reads the lists and logs, but not the audit log", async () => {
  const { app, runId } = await houseWithRun();
  for (const command of ["status", "mine", "runs", "playbooks"])
    expect((await app.platform.command(command, { person: stranger }))[0]).toMatchObject({ kind: "list" });
  expect((await app.platform.home(stranger)).some((list) => list.items.length > 0)).toBe(true);
  expect(await app.platform.suggest("run", "", stranger)).toHaveLength(1);
  await app.platform.press("log", runId, { person: stranger });
  expect(app.platform.private.at(-1)).toMatchObject({ person: stranger, card: { tone: "info", text: expect.stringContaining("RUN ") } });
  expect((await app.platform.command("audit", { person: stranger }))[0]).toMatchObject({ tone: "refusal" });
});
