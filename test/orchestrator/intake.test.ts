import { describe, expect, test } from "vitest";
import type { NewRequest, ResumedRequest } from "../../src/orchestrator/use-cases.ts";
import { openConversation } from "../../src/planner/conversation-store.ts";
import { describeOnBothDatabases, onPostgres } from "../helpers/databases.ts";
import { createTestApp, eventually, type TestApp } from "../helpers/test-app.ts";

async function requestIn(app: TestApp, text: string, more: Partial<NewRequest> = {}): Promise<NewRequest> {
  return { conversationId: await openConversation(app.database, "test", "thread"), person: "local", text, ...more };
}

async function accept(app: TestApp, text: string, more: Partial<NewRequest> = {}): Promise<string> {
  const accepted = await app.app.useCases.acceptRequest(await requestIn(app, text, more));
  if (accepted.kind !== "accepted") throw new Error(JSON.stringify(accepted));
  return accepted.requestId;
}

const count = async (app: TestApp, table: string): Promise<number> =>
  Number((await app.database.query<{ count: number }>(`select count(*) as count from ${table}`))[0]?.count);

/** The rows are as a process leaves them that is killed while it plans. */
async function dieWhilePlanning(app: TestApp, requestId: string, attempts: number): Promise<void> {
  await app.database.query(
    "update request set planning_attempts = $2, planning_until = chiffon.now() + interval '20 seconds' where id = $1",
    [requestId, attempts],
  );
}

describeOnBothDatabases("a request", (open) => {
  test("that was accepted before a crash is planned by the next process, once, and announced", async () => {
    const app = await createTestApp({ database: await open() });
    const id = await accept(app, "deploy gitea", { eventKeys: ["e1"], platform: "slack" });
    expect(await count(app, "plan")).toBe(0);
    const second = await app.restart();
    const told: ResumedRequest[] = [];
    second.app.useCases.onResumed((resumed) => told.push(resumed));
    expect(await second.app.useCases.resumeRequests()).toEqual([]); // whoever accepted it may still be alive
    expect(await second.app.useCases.outcomeOf(id)).toBeUndefined();
    await second.shift(21);
    expect(await second.app.useCases.resumeRequests()).toEqual([id]);
    expect(await second.app.useCases.resumeRequests()).toEqual([]);
    expect(told).toMatchObject([{ requestId: id, person: "local", outcome: { kind: "plan" } }]);
    expect(await second.app.useCases.outcomeOf(id)).toEqual(told[0]?.outcome);
    expect(await second.app.useCases.planRequest(id)).toEqual(told[0]?.outcome);
    expect(await count(second, "plan_version")).toBe(1);
    expect(await second.database.query("select state from plan_version")).toEqual([{ state: "awaiting_approval" }]);
  });

  test("whose event was seen before is a duplicate and leaves nothing", async () => {
    const app = await createTestApp({ database: await open() });
    const keys = { platform: "slack", eventKeys: ["e1", "C1:17"] };
    const first = await app.app.useCases.submitRequest(await requestIn(app, "deploy gitea", keys));
    expect(first.kind).toBe("plan");
    const again = async (eventKeys: readonly string[]) =>
      (await app.app.useCases.submitRequest(await requestIn(app, "deploy gitea", { platform: "slack", eventKeys }))).kind;
    expect(await again(["e1"])).toBe("duplicate");
    expect(await again(["e2", "C1:17"])).toBe("duplicate");
    expect(await again(["e2"])).toBe("duplicate");
    expect(await count(app, "request")).toBe(1);
    expect(await app.audit("request.submitted")).toHaveLength(1);
    expect(
      (await app.app.useCases.submitRequest(await requestIn(app, "deploy gitea", { platform: "discord", eventKeys: ["e1"] }))).kind,
    ).toBe("plan");
  });

  test("delivered ten times at once is one request", async () => {
    const app = await createTestApp({ database: await open() });
    const request = await requestIn(app, "deploy gitea", { platform: "slack", eventKeys: ["b", "a"] });
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, (_, at) => app.app.useCases.submitRequest(at % 2 === 0 ? request : { ...request, eventKeys: ["a", "b"] })),
    );
    expect(outcomes.map((outcome) => outcome.kind).toSorted()).toEqual([...Array.from({ length: 9 }, () => "duplicate"), "plan"]);
    expect(await count(app, "plan")).toBe(1);
  });
});

describe("planning", () => {
  test("asked for by several at once happens once, and all get the same answer", async () => {
    const app = await createTestApp();
    const id = await accept(app, "deploy gitea");
    const outcomes = await Promise.all(Array.from({ length: 5 }, () => app.app.useCases.planRequest(id)));
    expect(new Set(outcomes.map((outcome) => JSON.stringify(outcome))).size).toBe(1);
    expect(await count(app, "plan_version")).toBe(1);
  });

  test("that was cut short is tried three times, then told as failed", async () => {
    const app = await createTestApp();
    const id = await accept(app, "deploy gitea");
    await dieWhilePlanning(app, id, 3);
    const second = await app.restart();
    const told: ResumedRequest[] = [];
    second.app.useCases.onResumed((resumed) => told.push(resumed));
    await second.shift(21);
    expect(await second.app.useCases.resumeRequests()).toEqual([id]);
    expect(told).toMatchObject([{ outcome: { kind: "refused", code: "planning-failed" } }]);
    expect(await second.app.useCases.planRequest(id)).toMatchObject({ kind: "refused", code: "planning-failed" });
    expect((await second.audit("request.planned")).at(-1)).toMatchObject({ result: "failed" });
    expect(await count(second, "plan")).toBe(0);
  });

  test("that was cut short once goes on", async () => {
    const app = await createTestApp();
    const id = await accept(app, "deploy gitea");
    await dieWhilePlanning(app, id, 1);
    const second = await app.restart();
    await second.shift(21);
    expect(await second.app.useCases.resumeRequests()).toEqual([id]);
    expect(await second.app.useCases.outcomeOf(id)).toMatchObject({ kind: "plan" });
  });

  test("by a process that lost its lease leaves nothing beside the other's plan", async () => {
    const app = await createTestApp();
    const id = await accept(app, "deploy gitea");
    const slow = app.app.useCases.planRequest(id);
    await eventually("it is being planned", async () => {
      const [row] = await app.database.query<{ attempts: number }>("select planning_attempts as attempts from request where id = $1", [id]);
      return row?.attempts === 1;
    });
    // As if another process had taken it over: the fencing number is no longer this one's.
    await app.database.query(
      "update request set planning_attempts = 2, planning_until = chiffon.now() - interval '1 second' where outcome is null",
    );
    const outcome = await slow;
    expect(outcome).toMatchObject({ kind: "plan" });
    expect(await count(app, "plan_version")).toBe(1);
  });

  test("runs by itself beside the agent", async () => {
    const app = await createTestApp();
    const id = await accept(app, "deploy gitea");
    const second = await app.restart();
    await second.shift(21);
    await second.app.startAgent();
    expect(await eventually("it is planned", () => second.app.useCases.outcomeOf(id))).toMatchObject({ kind: "plan" });
  });

  test("whose failure a person was told stays failed, with the same words", async () => {
    const app = await createTestApp();
    app.write("inventory.yml", "all: [not, an, inventory\n");
    const id = await accept(app, "deploy gitea");
    await expect(app.app.useCases.planRequest(id)).rejects.toThrow(/inventory/i);
    const told = await app.app.useCases.outcomeOf(id);
    expect(told).toMatchObject({ kind: "refused" });
    expect(await app.app.useCases.planRequest(id)).toEqual(told);
    await app.shift(3600);
    expect(await app.app.useCases.resumeRequests()).toEqual([]);
  });

  test("what a person was told about a text that is no work can be read again", async () => {
    const app = await createTestApp();
    const outcome = await app.ask("what is a playbook?");
    expect(outcome).toMatchObject({ kind: "no_work" });
    const second = await app.restart();
    expect(await second.app.useCases.outcomeOf(outcome.kind === "no_work" ? outcome.requestId : "")).toEqual(outcome);
  });

  test("a version that an older Chiffon left half made is closed", async () => {
    const app = await createTestApp();
    const plan = await app.plan("deploy gitea");
    await app.database.query(
      "insert into plan_version (plan_id, version, purpose, state, draft, made_by) select plan_id, 2, 'run', 'drafting', draft, made_by from plan_version where id = $1",
      [plan],
    );
    await app.app.useCases.resumeRequests();
    await app.shift(121);
    await app.app.useCases.resumeRequests();
    expect(await app.database.query("select version, state from plan_version order by version")).toEqual([
      { version: 1, state: "awaiting_approval" },
      { version: 2, state: "withdrawn" },
    ]);
  });

  test("the text is planned as it looks and shown as it was typed", async () => {
    const app = await createTestApp();
    const text = "deploy\u00a0gi\u200btea \u2014 then back\u00a0up gitea";
    const version = await app.app.useCases.plan(await app.plan(text));
    expect(version?.requestText).toBe(text);
    expect(version?.draft.map((step) => step.mapping.playbook)).toEqual(["deploy-gitea", "backup-gitea"]);
  });
});

test.each([
  "deploy gitea on all:!web1",
  "deploy gitea on web*",
  "deploy gitea on !web1",
  "deploy gitea on ~web.*",
  "deploy gitea on web[1:2]",
])("%s: host patterns are not taken apart", async (text) => {
  const app = await createTestApp();
  expect(await app.ask(text)).toMatchObject({ kind: "no_work", text: expect.stringContaining("host patterns") });
  expect(await count(app, "plan")).toBe(0);
});

test("a question that was withdrawn and is renewed asks again; it is never sealed without its answer", async () => {
  const app = await createTestApp();
  const asked = await app.ask("deploy gitea on web7");
  if (asked.kind !== "question") throw new Error(asked.kind);
  await app.app.useCases.withdraw(asked.planVersionId, "local");
  expect(await app.app.useCases.renewPlan(asked.planVersionId, "local")).toMatchObject({ kind: "question", reason: "unknown_host" });
  expect(await app.database.query("select id from plan_version where sealed is not null")).toEqual([]);
});

describe("two processes on one PostgreSQL", () => {
  const open = onPostgres();

  test("take up abandoned requests once each", async () => {
    const first = await createTestApp({ database: await open() });
    const ids: string[] = [];
    for (let at = 0; at < 6; at += 1) ids.push(await accept(first, at % 2 === 0 ? "deploy gitea" : "deploy plex"));
    const second = await createTestApp({ database: await open() });
    await first.app.stop().catch(() => undefined);
    const [a, b] = [await createTestApp({ database: await open() }), second];
    await a.shift(21);
    const taken = await Promise.all([a.app.useCases.resumeRequests(), b.app.useCases.resumeRequests()]);
    expect(taken.flat().toSorted()).toEqual(ids.toSorted());
    expect(await count(a, "plan_version")).toBe(6);
    expect(await a.database.query("select id from request where outcome <> 'plan' or outcome is null")).toEqual([]);
  });

  test("the second waits for the plan that the first one makes", async () => {
    const first = await createTestApp({ database: await open() });
    const second = await createTestApp({ database: await open() });
    const id = await accept(first, "deploy gitea");
    const [one, two] = await Promise.all([first.app.useCases.planRequest(id), second.app.useCases.planRequest(id)]);
    expect(one).toMatchObject({ kind: "plan" });
    expect(two).toEqual(one);
    expect(await count(first, "plan_version")).toBe(1);
  });
});

describe("time", () => {
  test("half of a plan's time is told once, its end once, and a question ends after a day", async () => {
    const app = await createTestApp();
    const plan = await app.plan("deploy gitea");
    const question = await app.ask("deploy gitea on web7");
    if (question.kind !== "question") throw new Error(question.kind);
    await app.shift(29 * 60);
    expect(await app.watch()).toMatchObject({ reminded: [], expired: [] });
    await app.shift(61);
    expect(await app.watch()).toMatchObject({ reminded: [plan], expired: [] });
    expect(await app.watch()).toMatchObject({ reminded: [], expired: [] });
    await app.shift(31 * 60);
    expect(await app.watch()).toMatchObject({ reminded: [], expired: [plan] });
    await app.shift(24 * 3600);
    expect(await app.watch()).toMatchObject({ expired: [question.planVersionId] });
    expect(await app.app.useCases.plan(question.planVersionId)).toMatchObject({ state: "expired", stateReason: "nobody answered in time" });
  });

  test("events are remembered for a week", async () => {
    const app = await createTestApp();
    await app.app.useCases.submitRequest(await requestIn(app, "deploy gitea", { platform: "slack", eventKeys: ["e1"] }));
    await app.shift(6 * 24 * 3600);
    await app.watch();
    expect(await count(app, "inbound_event")).toBe(1);
    await app.shift(2 * 24 * 3600);
    await app.watch();
    expect(await count(app, "inbound_event")).toBe(0);
  });

  test("front doors are told of reminders and ends", async () => {
    const app = await createTestApp();
    const told: string[] = [];
    app.app.useCases.onReminder((id) => told.push(`half ${id}`));
    app.app.useCases.onExpired((id) => told.push(`over ${id}`));
    const plan = await app.plan("deploy gitea");
    await app.app.startAgent();
    await app.shift(31 * 60);
    await eventually("the reminder", () => told.includes(`half ${plan}`));
    await app.shift(31 * 60);
    await eventually("the end", () => told.includes(`over ${plan}`));
    expect(told).toEqual([`half ${plan}`, `over ${plan}`]);
  });
});
