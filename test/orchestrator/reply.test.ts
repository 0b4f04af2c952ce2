import { describe, expect, test } from "vitest";
import type { RequestOutcome } from "../../src/orchestrator/use-cases.ts";
import { openConversation } from "../../src/planner/conversation-store.ts";
import type { PlanVersion } from "../../src/planner/plan-store.ts";
import { describeOnBothDatabases } from "../helpers/databases.ts";
import { alice, bob, carol, createPolicyApp, stranger } from "../helpers/policy-app.ts";
import { createTestApp, type TestApp, type TestAppOptions } from "../helpers/test-app.ts";

const wiki = `- name: Deploy Wiki
  hosts: web
  gather_facts: false
  vars:
    wiki_port: 80
    greeting: hello
  tasks:
    - name: write
      ansible.builtin.copy:
        content: "{{ wiki_port }} {{ greeting }}"
        dest: /tmp/chiffon-test-never-written
`;
const forum = `- name: Deploy Forum
  hosts: web1
  gather_facts: false
  roles:
    - forum
`;
const files = {
  "deploy-wiki.yml": wiki,
  "deploy-forum.yml": forum,
  "roles/forum/meta/argument_specs.yml":
    "argument_specs:\n  main:\n    options:\n      forum_title:\n        type: str\n        required: true\n      forum_port:\n        type: int\n        required: true\n",
  "roles/forum/tasks/main.yml": '- name: say\n  ansible.builtin.debug:\n    msg: "{{ forum_title }} {{ forum_port }}"\n',
};

interface Talk {
  readonly app: TestApp;
  say(text: string, more?: { thread?: boolean; person?: string; key?: string; place?: string }): Promise<RequestOutcome>;
  /** Says it, and gives the version that came of it. */
  version(text: string, more?: { thread?: boolean; person?: string }): Promise<PlanVersion>;
  stateOf(id: string): Promise<string>;
  /** Both are stored before the first of them is planned: they were said about the same plan. */
  inOneMoment(...texts: readonly string[]): Promise<readonly (() => Promise<RequestOutcome>)[]>;
}

let events = 0;
async function talk(options: TestAppOptions = {}, made?: TestApp): Promise<Talk> {
  const app = made ?? (await createTestApp({ ...options, files }));
  const self: Talk = {
    app,
    async say(text, { thread = true, person = "local", key = `e${(events += 1)}`, place = "T1" } = {}) {
      const conversationId = await openConversation(app.database, "slack", place);
      return app.app.useCases.receiveMessage({ conversationId, person, text, thread, platform: "slack", eventKeys: [key] });
    },
    async version(text, more) {
      const outcome = await self.say(text, more);
      if (!("planVersionId" in outcome)) throw new Error(`${text}: ${JSON.stringify(outcome)}`);
      const version = await app.app.useCases.plan(outcome.planVersionId);
      if (version === undefined) throw new Error("no version");
      return version;
    },
    async inOneMoment(...texts) {
      const conversationId = await openConversation(app.database, "slack", "T1");
      const plans: (() => Promise<RequestOutcome>)[] = [];
      for (const text of texts) {
        const message = { conversationId, person: "local", text, thread: true, platform: "slack", eventKeys: [`e${(events += 1)}`] };
        const accepted = await app.app.useCases.acceptMessage(message);
        if (accepted.kind !== "accepted") throw new Error(accepted.kind);
        plans.push(() => app.app.useCases.planRequest(accepted.requestId));
      }
      return plans;
    },
    stateOf: async (id) => (await app.app.useCases.plan(id))?.state ?? "none",
  };
  return self;
}

describeOnBothDatabases("a reply to a plan that waits", (open) => {
  test("makes the next version, sealed; the one before can never be approved", async () => {
    const { app, say, version } = await talk({ database: await open() });
    const first = await version("deploy wiki");
    expect(first.sealed?.steps[0]?.hosts).toEqual(["web1", "web2"]);
    const outcome = await say("only on web1");
    expect(outcome).toMatchObject({ kind: "modified", replacedId: first.id, waitsFor: "approval", echo: "on web1" });
    const second = await app.app.useCases.plan(outcome.kind === "modified" ? outcome.planVersionId : "");
    expect(second).toMatchObject({
      version: 2,
      planId: first.planId,
      state: "awaiting_approval",
      requestText: "deploy wiki",
      modifications: ["only on web1"],
      madeBy: "local",
      sealed: { steps: [{ hosts: ["web1"], limit: ["web1"] }] },
    });
    expect(second?.digest).not.toBe(first.digest);
    expect(await app.approve(first.id)).toMatchObject({ kind: "refused", code: "superseded", newerVersionId: second?.id });
    expect((await app.audit("plan.modified"))[0]).toMatchObject({ actor: "local", result: "done", facts: { replaces: first.id } });
    expect(await app.approve(second?.id ?? "")).toMatchObject({ kind: "approved" });
  });

  test("and an approval in the same moment: exactly one of them wins, the other is told", async () => {
    for (let round = 0; round < 3; round += 1) {
      const { app, inOneMoment, version, stateOf } = await talk({ database: await open() });
      const first = await version("deploy wiki", { thread: true });
      const [change] = await inOneMoment("with wiki_port = 8080");
      const [reply, decision] = await Promise.all([change?.(), app.approve(first.id)]);
      // Whichever of the two came first; never both, never none.
      expect([
        ["approved", "refused", "approved"],
        ["refused", "modified", "superseded"],
      ]).toContainEqual([decision.kind, reply?.kind, await stateOf(first.id)]);
      await app.stop();
    }
  });

  test("and another reply in the same moment: one makes the new version, the other is told", async () => {
    const { app, inOneMoment, version } = await talk({ database: await open() });
    const first = await version("deploy wiki");
    const outcomes = await Promise.all((await inOneMoment("only on web1", "only on web2")).map((plan) => plan()));
    expect(outcomes.map((outcome) => outcome.kind).toSorted()).toEqual(["modified", "refused"]);
    const told = outcomes.find((outcome) => outcome.kind === "refused");
    const made = outcomes.find((outcome) => outcome.kind === "modified");
    expect(told).toMatchObject({ code: "superseded", newerVersionId: made?.kind === "modified" ? made.planVersionId : "" });
    expect(await app.database.query("select version, state from plan_version where plan_id = $1 order by version", [first.planId])).toEqual(
      [
        { version: 1, state: "superseded" },
        { version: 2, state: "awaiting_approval" },
      ],
    );
  });
});

describe("kinds of replies", () => {
  test("hosts and a verb that leave no doubt which playbook is meant are a request of their own, outside a thread", async () => {
    const upgrade = "- name: apt upgrade everything\n  hosts: servers\n  tasks:\n    - ansible.builtin.command: apt-get upgrade\n";
    const inventory = "all: {children: {web: {hosts: {web1: , web2: }}, servers: {hosts: {db1: }}}}\n";
    const app = await createTestApp({ files: { ...files, "inventory.yml": inventory, "upd.yml": upgrade } });
    const { say, version, stateOf } = await talk({}, app);
    const first = await version("deploy wiki");
    expect(await say("upgrade all the servers")).toMatchObject({ kind: "no_work", concernsPlan: true });
    const second = await version("upgrade all the servers", { thread: false });
    expect(second.sealed?.steps).toMatchObject([{ playbookPath: "upd.yml", hosts: ["db1"] }]);
    expect([await stateOf(first.id), await stateOf(second.id)]).toEqual(["awaiting_approval", "awaiting_approval"]);
  });

  test("one after the other, each a version of the same plan", async () => {
    const { app, version, stateOf } = await talk();
    const said = [
      "deploy wiki",
      "only on web1",
      "with wiki_port = 8080",
      "also back up gitea",
      "back up first",
      "step 2: greeting = good day to you",
      "first deploy plex",
      "without plex",
      "no, deploy gitea instead",
    ];
    const versions: PlanVersion[] = [];
    for (const text of said) versions.push(await version(text));
    const last = versions.at(-1);
    expect(new Set(versions.map((one) => one.planId)).size).toBe(1);
    expect(versions.map((one) => one.state)).toEqual(said.map(() => "awaiting_approval"));
    const steps = (at: number) =>
      versions[at]?.sealed?.steps.map((step) => `${step.playbook} ${step.hosts.join()} ${JSON.stringify(step.variables)}`);
    expect(steps(1)).toEqual(["deploy-wiki web1 {}"]);
    expect(steps(2)).toEqual(['deploy-wiki web1 {"wiki_port":8080}']);
    expect(steps(3)).toEqual(['deploy-wiki web1 {"wiki_port":8080}', "backup-gitea web1 {}"]);
    expect(steps(4)).toEqual(["backup-gitea web1 {}", 'deploy-wiki web1 {"wiki_port":8080}']);
    expect(steps(5)?.[1]).toBe('deploy-wiki web1 {"greeting":"good day to you","wiki_port":8080}');
    expect(steps(6)?.[0]).toBe("deploy-plex nas {}");
    expect(steps(7)).toEqual(steps(5));
    expect(steps(8)).toEqual(["deploy-gitea web1 {}"]);
    expect(last?.modifications).toEqual(said.slice(1));
    expect(versions[8]?.sealed?.steps.map((step) => step.dependsOn)).toEqual([[]]);
    expect(versions[6]?.sealed?.steps.map((step) => step.dependsOn)).toEqual([[], [1], [2]]);
    for (const one of versions.slice(0, -1)) expect(await stateOf(one.id)).toBe("superseded");
    expect(await app.database.query("select id from run")).toEqual([]);
    const rows = await app.database.query("select outcome, about_version is not null as about from request order by number");
    expect(rows).toEqual([{ outcome: "plan", about: false }, ...said.slice(1).map(() => ({ outcome: "modification", about: true }))]);
  });

  test("text never approves, and what is no change leaves the plan alone", async () => {
    const { app, say, version, stateOf } = await talk();
    const first = await version("deploy wiki");
    for (const text of ["yes", "ok", "approve", "go ahead!", "👍"])
      expect(await say(text)).toMatchObject({ kind: "no_work", help: "Press Approve on the plan if you want it to run." });
    for (const text of [
      "what does it do?",
      "thanks!",
      "with more cowbell",
      "the sky is blue",
      "on all:!web1",
      "on localhost",
      "ansible_connection=local",
    ])
      expect((await say(text)).kind).toBe("no_work");
    expect(await say("with greeting {{ lookup('pipe','id') }}")).toMatchObject({
      kind: "no_work",
      text: expect.stringContaining("templates"),
    });
    expect(await say("also deploy something nobody knows")).toMatchObject({ kind: "no_work" });
    expect(await stateOf(first.id)).toBe("awaiting_approval");
    expect(await app.database.query("select id from plan_version")).toHaveLength(1);
    expect(await app.database.query("select id from run")).toEqual([]);
  });

  test("what looks like more than data stays data", async () => {
    const { version } = await talk();
    await version("deploy wiki");
    const made = await version("greeting = 'x && reboot'").catch((error: unknown) => String(error));
    expect(made).toContain("shell syntax");
    const literal = await version('greeting = "all of web1, please"');
    expect(literal.sealed?.steps[0]).toMatchObject({ variables: { greeting: "all of web1, please" }, hosts: ["web1", "web2"] });
  });

  test("a withdrawal closes the plan; what comes after is a request of its own", async () => {
    const { app, say, version, stateOf } = await talk();
    const first = await version("deploy wiki");
    expect(await say("never mind")).toEqual({ kind: "withdrawn", planVersionId: first.id });
    expect(await stateOf(first.id)).toBe("withdrawn");
    expect((await app.audit("plan.withdrawn"))[0]).toMatchObject({ actor: "local" });
    const second = await version("deploy plex");
    expect(second).toMatchObject({ version: 1, requestText: "deploy plex" });
    expect(second.planId).not.toBe(first.planId);
    expect((await say("cancel", { place: "elsewhere" })).kind).toBe("no_work");
  });

  test("a clear new sentence replaces the plan in a thread, and is a request of its own elsewhere", async () => {
    const { version, stateOf, say } = await talk();
    const first = await version("deploy wiki");
    const second = await version("deploy plex");
    expect(second).toMatchObject({ planId: first.planId, version: 2, sealed: { steps: [{ playbook: "deploy-plex" }] } });
    const third = await version("deploy gitea", { thread: false });
    expect(third.planId).not.toBe(second.planId);
    expect(await stateOf(second.id)).toBe("awaiting_approval");
    expect(await say("only on web1", { thread: false })).toMatchObject({ kind: "modified", replacedId: third.id });
  });

  test("after a decision a reply is refused, and a clear sentence is a new request", async () => {
    const { app, say, version } = await talk();
    const first = await version("deploy wiki");
    await app.approve(first.id);
    expect(await say("only on web1")).not.toMatchObject({ kind: "modified" });
    const second = await version("deploy plex");
    expect(second.planId).not.toBe(first.planId);
  });

  test("an unknown host in a reply is asked about, and its answer ends the question", async () => {
    const { version, say, app } = await talk();
    const first = await version("deploy wiki");
    const asked = await version("on web7 instead");
    expect(asked).toMatchObject({ state: "needs_input", version: 2, question: { unknownHosts: [{ word: "web7" }] } });
    expect((await app.app.useCases.plan(first.id))?.state).toBe("superseded");
    expect(await say("ok")).toMatchObject({ kind: "no_work", text: expect.stringContaining("open question") });
    const outcome = await say("web2");
    expect(outcome).toMatchObject({ kind: "answered", planVersionId: asked.id, echo: "on web2", waitsFor: "approval" });
    expect((await app.app.useCases.plan(asked.id))?.sealed?.steps[0]?.hosts).toEqual(["web2"]);
  });

  test("a repeated event is a duplicate, and a reply survives a crash", async () => {
    const { app, say, version } = await talk();
    const first = await version("deploy wiki");
    expect((await say("only on web1", { key: "same" })).kind).toBe("modified");
    expect((await say("only on web1", { key: "same" })).kind).toBe("duplicate");
    const conversationId = await openConversation(app.database, "slack", "T1");
    const accepted = await app.app.useCases.acceptMessage({
      conversationId,
      person: "local",
      text: "with wiki_port = 81",
      thread: true,
      platform: "slack",
      eventKeys: ["late"],
    });
    const second = await app.restart();
    await second.shift(21);
    await second.app.useCases.resumeRequests();
    const outcome = await second.app.useCases.outcomeOf(accepted.kind === "accepted" ? accepted.requestId : "");
    expect(outcome).toMatchObject({ kind: "modified" });
    const made = await second.app.useCases.plan(outcome?.kind === "modified" ? outcome.planVersionId : "");
    expect(made).toMatchObject({ planId: first.planId, version: 3, modifications: ["only on web1", "with wiki_port = 81"] });
  });
});

describe("answers by text", () => {
  test("line by line, then the last one alone; what was understood is echoed", async () => {
    const { app, say, version } = await talk();
    const asked = await version("deploy forum");
    expect(asked.question?.missing.map((one) => one.variable.name).toSorted()).toEqual(["forum_port", "forum_title"]);
    expect(await say("forum_port = many")).toMatchObject({ kind: "no_work" });
    expect(await say("port: 8080")).toMatchObject({ kind: "answered", echo: "forum_port = 8080", waitsFor: "input" });
    expect(await say("The Quiet Corner")).toMatchObject({ kind: "answered", planVersionId: asked.id, waitsFor: "approval" });
    const sealed = await app.app.useCases.plan(asked.id);
    expect(sealed).toMatchObject({ state: "awaiting_approval", version: 1, modifications: [] });
    expect(sealed?.sealed?.steps[0]?.variables).toEqual({ forum_port: 8080, forum_title: "The Quiet Corner" });
    expect((await app.audit("plan.answered")).map((entry) => entry.actor)).toEqual(["local", "local"]);
  });

  test("what reads as a change of the plan is no value", async () => {
    const { version } = await talk();
    await version("deploy forum with port 81");
    const changed = await version("not on web2");
    expect(changed).toMatchObject({ state: "needs_input", draft: [{ requestedHosts: ["!web2"], variables: { forum_port: 81 } }] });
    const quoted = await version('"not on web2"');
    expect(quoted).toMatchObject({ id: changed.id, state: "awaiting_approval", draft: [{ variables: { forum_title: "not on web2" } }] });
  });

  test("a part that was not understood can be left out", async () => {
    const { version, say } = await talk();
    const asked = await version("deploy wiki; if the disk is full, remove gitea");
    expect(asked).toMatchObject({ state: "needs_input", question: { ambiguities: [expect.stringContaining("disk")] } });
    expect(await say("skip that")).toMatchObject({ kind: "answered", planVersionId: asked.id, waitsFor: "approval" });
  });

  test("a template is no answer", async () => {
    const { app, say, version } = await talk();
    const asked = await version("deploy forum with port 81");
    await say("forum_title = {{ lookup('pipe', 'id') }}");
    const still = await app.app.useCases.plan(asked.id);
    expect(still).toMatchObject({ state: "needs_input" });
    expect(still?.draft[0]?.variables).toEqual({ forum_port: 81 });
  });

  test("a change of a plan that asks makes a new version that asks on for the rest", async () => {
    const { version, app } = await talk();
    const asked = await version("deploy forum");
    const changed = await version("also deploy plex");
    expect(changed).toMatchObject({ version: 2, state: "needs_input" });
    expect(changed.question?.missing.map((one) => one.variable.name).toSorted()).toEqual(["forum_port", "forum_title"]);
    expect(await app.app.useCases.plan(asked.id)).toMatchObject({ state: "superseded" });
    expect((await version("without the forum")).state).toBe("awaiting_approval");
  });

  test("two answers in the same moment: one is taken, the other is told", async () => {
    const { app, version, inOneMoment } = await talk();
    const asked = await version("deploy forum");
    const outcomes = await Promise.all((await inOneMoment("forum_port = 1", "forum_title = A")).map((plan) => plan()));
    expect(outcomes.map((outcome) => outcome.kind).toSorted()).toEqual(["answered", "refused"]);
    expect((await app.app.useCases.plan(asked.id))?.answers).toBe(1);
  });
});

describe("the edit form", () => {
  test("values and words make one new version; what stayed as it was changes nothing", async () => {
    const { app, version } = await talk();
    const first = await version("deploy wiki with wiki_port = 81");
    const { editPlan } = app.app.useCases;
    const same = await editPlan({ planVersionId: first.id, person: "local", values: { "1.wiki_port": "81", "1.greeting": "" } });
    expect(same).toMatchObject({ kind: "no_work" });
    const outcome = await editPlan({ planVersionId: first.id, person: "local", text: "only on web2", values: { "1.wiki_port": "82" } });
    expect(outcome).toMatchObject({ kind: "modified", replacedId: first.id });
    const second = await app.app.useCases.plan(outcome.kind === "modified" ? outcome.planVersionId : "");
    expect(second?.sealed?.steps[0]).toMatchObject({ hosts: ["web2"], variables: { wiki_port: 82 } });
    const late = await editPlan({ planVersionId: first.id, person: "local", values: { "1.wiki_port": "83" } });
    expect(late).toMatchObject({ kind: "refused", code: "superseded", newerVersionId: second?.id });
    const bad = await editPlan({ planVersionId: second?.id ?? "", person: "local", values: { "1.wiki_port": "99999" } });
    expect(bad).toMatchObject({ kind: "no_work", text: expect.stringContaining("not a port") });
    expect(await editPlan({ planVersionId: "0b0e7a0e-0000-4000-8000-000000000000", person: "local", values: {} })).toMatchObject({
      code: "unknown-plan",
    });
  });

  test("of an open question is its answer", async () => {
    const { app, version } = await talk();
    const asked = await version("deploy forum");
    const values = { "1.forum_port": "8080", "1.forum_title": "Corner" };
    expect(await app.app.useCases.editPlan({ planVersionId: asked.id, person: "local", values })).toMatchObject({
      kind: "answered",
      waitsFor: "approval",
    });
  });
});

test("who may not ask may not change a plan either; who changed it is one of those who made it", async () => {
  const rules = [
    { match: { action: "request" }, allow: { any_of: ["alice", "bob"] } },
    { match: { action: "approve" }, allow: { any_of: ["alice", "bob", "carol"] }, four_eyes: true },
  ];
  const app = await createPolicyApp([], { policy: { rules }, files });
  const { say, version, stateOf } = await talk({}, app);
  const first = await version("deploy wiki", { person: alice });
  expect(await say("not on web2", { person: stranger })).toMatchObject({ kind: "refused", code: "not-allowed" });
  expect(await stateOf(first.id)).toBe("awaiting_approval");
  const second = await version("not on web2", { person: bob });
  expect(second).toMatchObject({ version: 2, madeBy: bob, requestPerson: alice });
  expect(await app.approve(second.id, alice)).toMatchObject({ kind: "refused", code: "four-eyes" });
  expect(await app.approve(second.id, bob)).toMatchObject({ kind: "refused", code: "four-eyes" });
  expect(await app.approve(second.id, carol)).toMatchObject({ kind: "approved" });
});
