import { expect, test } from "vitest";
import { openConversation } from "../../src/planner/conversation-store.ts";
import { alice, bob, createPolicyApp, stranger } from "../helpers/policy-app.ts";
import { failed, ScriptedExecutor } from "../helpers/scripted-executor.ts";
import { createTestApp, eventually, type TestApp } from "../helpers/test-app.ts";

const planId = (app: TestApp): string => app.platform.cardsOf("plan").at(-1)?.planVersionId ?? "";

test("a run can be cancelled and a plan rejected while a message in the same thread is still being planned", async () => {
  const executor = new ScriptedExecutor();
  executor.script = async (_item, stop) => failed("ANSIBLE_CANCELLED", await stop);
  const app = await createTestApp({ executor });
  await app.startBot();
  await app.app.startAgent();
  await app.platform.say("deploy gitea");
  await app.platform.press("approve", planId(app));
  const progress = await eventually("it runs", () => app.platform.cardsOf("progress").find((card) => card.state === "running"));
  const stuck = Promise.withResolvers<never>();
  Object.assign(app.app.useCases, { receiveMessage: () => stuck.promise });
  const said = app.platform.say("deploy plex");
  await app.platform.press("cancel", progress.runId);
  expect((await eventually("a result", () => app.platform.cardsOf("result").at(-1))).state).toBe("cancelled");
  stuck.reject(new Error("at last"));
  await said;
});

test("a request with a slash in front is stored together with its events, and once", async () => {
  const app = await createTestApp();
  await app.startBot();
  for (let time = 0; time < 3; time += 1) await app.platform.say("/deploy gitea", { eventKey: "e1" });
  expect(await app.database.query("select text from request")).toEqual([{ text: "deploy gitea" }]);
  expect(await app.database.query("select event_key from inbound_event")).toEqual([{ event_key: "e1" }]);
});

test("a preview is not started twice, and its run cannot be retried into a plan that hides who shaped it", async () => {
  const app = await createPolicyApp([
    { match: { action: ["preview", "cancel"] }, allow: { any_of: ["alice", "bob"] } },
    { match: { action: "approve" }, allow: { any_of: ["alice", "bob"] }, four_eyes: true },
  ]);
  const plan = await app.planOf("deploy gitea", stranger);
  const preview = await app.app.useCases.preview(plan, bob);
  if (preview.kind !== "started") throw new Error(`no preview: ${preview.message}`);
  expect(await app.app.useCases.preview(plan, bob)).toMatchObject({ kind: "refused", message: expect.stringContaining("under way") });
  expect(await app.cancel(preview.runId, bob)).toMatchObject({ kind: "cancelled" });
  expect(await app.app.useCases.retryFromFailed(preview.runId, bob)).toMatchObject({
    kind: "refused",
    message: expect.stringContaining("is a preview"),
  });
  expect(await app.app.useCases.preview(plan, alice)).toMatchObject({ kind: "started" });
  expect(await app.count("plan_version")).toBe(3); // the plan and its two previews
});

test("a second press on Retry does not take the plan away that the first one made", async () => {
  const executor = new ScriptedExecutor();
  executor.script = () => Promise.resolve(failed("ANSIBLE_HOST_FAILED"));
  const app = await createTestApp({ executor });
  await app.app.startAgent();
  const runId = await app.run("deploy gitea");
  await eventually("it failed", async () => (await app.view(runId)).run.state === "failed");
  const first = await app.app.useCases.retryFromFailed(runId, "local");
  if (first.kind !== "plan") throw new Error(`no plan: ${first.kind}`);
  expect(await app.app.useCases.retryFromFailed(runId, "local")).toMatchObject({ kind: "refused", newerVersionId: first.planVersionId });
  expect((await app.app.useCases.plan(first.planVersionId))?.state).toBe("awaiting_approval");
});

test("whoever left the workspace, or was never in it, may not even ask; a platform that is not connected is another matter", async () => {
  for (const app of [await createPolicyApp([]), await createTestApp()]) {
    app.app.accounts.add({ name: "slack", standing: () => Promise.resolve({ kind: "unknown", groups: [] }) });
    expect(await app.ask("deploy gitea", stranger)).toMatchObject({ kind: "refused", message: expect.stringContaining("no such member") });
  }
  expect(await (await createTestApp()).ask("deploy gitea", "elsewhere:T1:U1")).toMatchObject({ kind: "plan" });
});

test("a log that somebody asks for again and again is sent once", async () => {
  const app = await createTestApp();
  const files: string[] = [];
  Object.assign(app.platform, { sendFile: async (_conversation: string, file: { name: string }) => void files.push(file.name) });
  await app.startBot();
  await app.app.startAgent();
  await app.platform.say("deploy gitea");
  await app.platform.press("approve", planId(app));
  const result = await eventually("a result", () => app.platform.cardsOf("result").at(-1));
  await Promise.all(Array.from({ length: 20 }, () => app.platform.press("log", result.runId)));
  await eventually("it is there", () => files.length > 0);
  expect(files).toEqual(["run-1.txt"]);
  expect(app.platform.private.at(-1)?.card).toMatchObject({ text: "This log was sent here a moment ago." });
});

test("a plan that was made by a process which died before it showed it is shown by the next one, once", async () => {
  const app = await createTestApp();
  Object.assign(app.platform, { remote: true });
  const conversationId = await openConversation(app.database, "memory", "thread-1");
  const made: string[] = [];
  for (const text of ["deploy gitea", "do something with foobar on web1", "hello"]) {
    const message = { conversationId, platform: "memory", person: "local", text, eventKeys: [text], thread: false };
    const outcome = await app.app.useCases.receiveMessage(message); // and the process dies here
    if ("planVersionId" in outcome) made.push(outcome.planVersionId);
  }
  const next = await app.restart();
  await next.startBot();
  const [plan] = await eventually("it is shown", () => (next.platform.cardsOf("plan").length === 1 ? next.platform.cardsOf("plan") : null));
  expect(made).toContain(plan?.planVersionId);
  await next.stop();
  const third = await next.restart();
  await third.startBot();
  expect(third.platform.cardsOf("plan")).toHaveLength(1);
  expect(third.platform.shown).toHaveLength(made.length);
});
