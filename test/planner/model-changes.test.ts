import { expect, test } from "vitest";
import { plannerSettingsSchema } from "../../src/model-settings.ts";
import type { RequestOutcome } from "../../src/orchestrator/use-cases.ts";
import { openConversation } from "../../src/planner/conversation-store.ts";
import type { PlanVersion } from "../../src/planner/plan-store.ts";
import { fakeStep, fakeWork, startFakeOllama, type FakeOllama } from "../helpers/fake-ollama.ts";
import { createTestApp, type TestApp } from "../helpers/test-app.ts";

interface Talk {
  readonly app: TestApp;
  readonly ollama: FakeOllama;
  /** A plan to check the disks and then deploy plex waits. */
  readonly waiting: PlanVersion;
  reply(text: string): Promise<RequestOutcome>;
  version(outcome: RequestOutcome): Promise<PlanVersion | undefined>;
}

let events = 0;
async function talk(...replies: Parameters<typeof startFakeOllama>): Promise<Talk> {
  const plan = fakeWork(fakeStep("check the disks", "check-disk"), fakeStep("deploy plex", "deploy-plex", { after: [1] }));
  const ollama = await startFakeOllama(plan, ...replies);
  const app = await createTestApp({
    models: { useLocal: true, ollamaHost: ollama.url, hostIsNamed: true, model: undefined, externalKey: undefined },
    settings: { planner: plannerSettingsSchema.parse({ local_seconds: 60 }) },
  });
  const conversationId = await openConversation(app.database, "slack", "T1");
  const reply: Talk["reply"] = (text) =>
    app.app.useCases.receiveMessage({
      conversationId,
      person: "local",
      text,
      thread: true,
      platform: "slack",
      eventKeys: [`e${(events += 1)}`],
    });
  const version: Talk["version"] = async (outcome) =>
    "planVersionId" in outcome ? app.app.useCases.plan(outcome.planVersionId) : undefined;
  const waiting = await version(await reply("check the disks, then deploy plex"));
  if (waiting?.state !== "awaiting_approval") throw new Error("no plan waits");
  return { app, ollama, waiting, reply, version };
}

const change = (...changes: object[]): { say: object } => ({ say: { kind: "change", changes, unclear: [] } });
const goesTo = { do: "only_on", steps: [1], hosts: ["web2"], words: ["disks web2 is enough"] };
const text = "for the disks web2 is enough, and we had better not bother with plex";
const without = { do: "leave_out", steps: [2], words: ["not bother with plex"] };

test("a reply that the rules do not understand changes the plan as the model reads it, after one repair, and says who read it", async () => {
  const { app, ollama, waiting, reply, version } = await talk(change({ ...goesTo, hosts: ["nas"] }, without), change(goesTo, without));
  const outcome = await reply(text);
  expect(outcome).toMatchObject({ kind: "modified", replacedId: waiting.id, waitsFor: "approval" });
  const next = await version(outcome);
  expect(next?.sealed?.steps.map((step) => [step.playbook, step.hosts])).toEqual([["check-disk", ["web2"]]]);
  expect(await app.approve(waiting.id)).toMatchObject({ kind: "refused", code: "superseded" });
  const [, first, second] = ollama.requests;
  expect(Object.keys(first?.format?.properties ?? {})).toEqual(["kind", "changes", "unclear"]);
  expect(first?.messages.at(-1)?.content).toContain('"reply": "for the disks web2');
  expect(second?.messages.at(-1)?.content).toContain("changes.1.hosts: the words of the reply do not say this");
  const rows = await app.database.query("select tier, outcome, tries, input_tokens > 100 as counted from planner_decision order by id");
  expect(rows.at(-1)).toEqual({ tier: "local", outcome: "planned", tries: 2, counted: true });
  expect((await app.audit("request.planned")).at(-1)?.facts).toMatchObject({ outcome: "modification", readBy: "local", model: "llama3.2:latest" });

  // The words of an edit form are read in the same way.
  ollama.replies = [change({ do: "only_on", steps: [], hosts: ["web1"], words: ["web1 suits us better"] })];
  const edited = await app.app.useCases.editPlan({ planVersionId: next?.id ?? "", person: "local", text: "come to think of it web1 suits us better", values: {} });
  expect((await version(edited))?.sealed?.steps.map((step) => step.hosts)).toEqual([["web1"]]);
}); // prettier-ignore

test("what the words do not carry is not understood, as without a model; a model that is down is told; the rules come first", async () => {
  const { app, ollama, waiting, reply, version } = await talk(change({ ...goesTo, words: ["put it everywhere"] }));
  const refused = await reply(text);
  expect(refused).toMatchObject({ kind: "no_work", concernsPlan: true });
  expect(refused.kind === "no_work" ? refused.text : "").toMatch(
    /^The plan for ".+" stays as it is: I did not understand that as a change of the plan\.$/,
  );
  expect(ollama.requests).toHaveLength(3);

  ollama.replies = [{ status: 500, body: "oops" }];
  expect(await reply(text)).toMatchObject({ kind: "no_work", text: expect.stringContaining("(llama3.2:latest did not read this: ") });
  ollama.replies = [{ say: { kind: "something_else", changes: [], unclear: [] } }];
  expect(await reply(text)).toMatchObject({ kind: "no_work" });
  expect((await app.app.useCases.plan(waiting.id))?.state).toBe("awaiting_approval");

  // Where a plan waits, a "no" may be about a part of it.
  expect(await reply("do not bother with web2")).toMatchObject({ kind: "no_work", text: "All right, nothing runs." });
  ollama.replies = [change({ do: "not_on", steps: [], hosts: ["web2"], words: ["do not bother with web2"] })];
  const narrowed = await reply("do not bother with web2");
  expect((await version(narrowed))?.sealed?.steps.map((step) => step.hosts)).toEqual([["web1"], ["nas"]]);

  const asked = ollama.requests.length;
  await reply("see you all at lunch tomorrow, folks");
  expect(await reply("without step 2")).toMatchObject({ kind: "modified" });
  expect(ollama.requests).toHaveLength(asked);
});
