import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createStaleCheck } from "../../src/orchestrator/stale-check.ts";
import type { SealedPlan } from "../../src/planner/plan.ts";
import { succeeded } from "../helpers/scripted-executor.ts";
import { createTestApp, smallRepo, type TestApp } from "../helpers/test-app.ts";

const playbook = smallRepo["deploy-homepage.yml"] ?? "";

const changes: readonly (readonly [string, (app: TestApp) => void, string])[] = [
  ["the playbook", (app) => app.write("deploy-homepage.yml", `${playbook}  vars: { a: 1 }\n`), "deploy-homepage.yml was changed"],
  ["a role", (app) => app.write("roles/homepage/tasks/main.yml", "- debug: {}\n"), "roles/homepage/tasks/main.yml was changed"],
  ["a new file of a role", (app) => app.write("roles/homepage/defaults/main.yml", "a: 1\n"), "roles/homepage/defaults/main.yml is new"],
  [
    "a template in Markdown",
    (app) => app.write("roles/homepage/templates/page.md", "{{ greeting }}\n"),
    "roles/homepage/templates/page.md is new",
  ],
  ["group_vars", (app) => app.write("group_vars/all.yml", "greeting: other\n"), "group_vars/all.yml was changed"],
  [
    "the inventory",
    (app) => app.write("inventory.yml", `${smallRepo["inventory.yml"]}    more:\n      hosts: { web3: {} }\n`),
    "inventory.yml was changed",
  ],
];

test.for(changes)(
  "a plan is stale when %s changed before the approval: refused, named, audited, and one click renews it",
  async ([, change, line]) => {
    const app = await createTestApp();
    const planVersionId = await app.plan("deploy homepage");
    change(app);
    expect(await app.approve(planVersionId)).toMatchObject({ kind: "refused", code: "stale", changes: [line] });
    expect((await app.app.useCases.plan(planVersionId))?.state).toBe("stale");
    expect(await app.audit("plan.approved")).toEqual([
      expect.objectContaining({ result: "refused", facts: expect.objectContaining({ code: "stale", changes: [line] }) }),
    ]);
    expect(await app.database.query("select id from run")).toEqual([]);
    const renewed = await app.app.useCases.renewPlan(planVersionId, "local");
    if (renewed.kind !== "plan") throw new Error("not renewed");
    expect(await app.approve(renewed.planVersionId)).toMatchObject({ kind: "approved" });
  },
);

test.for(changes)("nothing starts when %s changed between approval and start", async ([, change, line]) => {
  const app = await createTestApp();
  const runId = await app.run("deploy homepage");
  change(app);
  expect(await (await app.source()).claim("agent-1")).toBeNull();
  const view = await app.view(runId);
  expect(view.run.state).toBe("cancelled");
  expect(view.steps[0]?.reason).toContain(line);
  expect(await app.audit("run.stale")).toEqual([expect.objectContaining({ result: "refused", facts: { changes: [line] } })]);
  expect(await app.audit("run.finished")).toHaveLength(1);
  expect(await app.audit("step.started")).toEqual([]);
});

test("what the plan does not use does not matter: a README, another playbook, a new playbook, git's own files", async () => {
  const app = await createTestApp();
  const change = (round: number): void => {
    app.write("README.md", `# round ${round}\n`);
    app.write("docs/picture.png", `${round}`);
    app.write(".gitignore", `*.${round}\n`);
    app.write("deploy-gitea.yml", `${smallRepo["deploy-gitea.yml"]}# ${round}\n`);
    app.write(`deploy-new${round}.yml`, `- name: Deploy New ${round}\n  hosts: web1\n  tasks: []\n`);
  };
  const planVersionId = await app.plan("deploy homepage");
  change(1);
  expect(await app.approve(planVersionId)).toMatchObject({ kind: "approved" });
  change(2);
  await app.finish(await app.claim(), succeeded());
});

test("after the start a change is without effect: the later steps run from what was sealed", async () => {
  const app = await createTestApp();
  const runId = await app.run("deploy gitea and deploy homepage");
  await app.finish(await app.claim(), succeeded());
  app.write("deploy-homepage.yml", "- name: Deploy Homepage\n  hosts: all\n  tasks: []\n");
  const second = await app.claim();
  const sealed = second.plan.snapshot.files.find((file) => file.path === "deploy-homepage.yml");
  const content = await (await app.source()).file(second.plan.snapshot.hash, sealed?.hash ?? "");
  expect(Buffer.from(content).toString()).toBe(playbook);
  await app.finish(second, succeeded());
  expect((await app.view(runId)).run.state).toBe("succeeded");
});

test("a plan is stale when a role outside the repo was changed, at the approval and at the start", async () => {
  const shared = mkdtempSync(join(tmpdir(), "chiffon-shared-"));
  onTestFinished(() => rmSync(shared, { recursive: true, force: true }));
  const role = (text: string): void => {
    mkdirSync(join(shared, "edge/tasks"), { recursive: true });
    writeFileSync(join(shared, "edge/tasks/main.yml"), text);
  };
  role("- ansible.builtin.command: 'true'\n");
  const app = await createTestApp({
    files: {
      "ansible.cfg": `[defaults]\nroles_path = ${shared}\n`,
      "deploy-edge.yml": "- name: Deploy Edge\n  hosts: web1\n  gather_facts: false\n  roles: [edge]\n",
    },
  });
  const planVersionId = await app.plan("deploy edge");
  role("- ansible.builtin.command: reboot\n");
  expect(await app.approve(planVersionId)).toMatchObject({ kind: "refused", code: "stale", changes: ["role edge was changed"] });
  const runId = await app.run("deploy edge");
  rmSync(join(shared, "edge"), { recursive: true });
  expect(await (await app.source()).claim("agent-1")).toBeNull();
  expect((await app.view(runId)).steps[0]?.reason).toContain("role edge is gone");
});

test("another setting, another ansible and new code outside the repo are changes; another collection that it does not use is none", async () => {
  const app = await createTestApp();
  const sealed = (await app.app.useCases.plan(await app.plan("deploy homepage")))?.sealed;
  if (sealed === null || sealed === undefined) throw new Error("not sealed");
  const changes = (now: Partial<Pick<SealedPlan, "outside" | "ansibleConfig" | "ansibleVersion">>): Promise<readonly string[]> => {
    const { outside = sealed.outside, ansibleConfig = sealed.ansibleConfig, ansibleVersion = sealed.ansibleVersion } = now;
    return createStaleCheck({
      repo: app.repo,
      workingTree: { read: () => Promise.resolve({ ...sealed.snapshot, mark: "" }) },
      playbookPaths: () => Promise.resolve([]),
      outside: () => Promise.resolve(outside),
      facts: { changedConfig: () => Promise.resolve(ansibleConfig), version: () => Promise.resolve(ansibleVersion) },
    }).changes(sealed);
  };
  expect(await changes({})).toEqual([]);
  expect(await changes({ ansibleConfig: { ...sealed.ansibleConfig, DEFAULT_ROLES_PATH: ["/elsewhere"] } })).toEqual([
    "ansible's setting DEFAULT_ROLES_PATH was changed",
  ]);
  expect(await changes({ ansibleVersion: "9.9" })).toEqual([`ansible was ${sealed.ansibleVersion} and is 9.9`]);
  const more = (kind: "plugins" | "config" | "role" | "collection"): SealedPlan["outside"] => [
    ...sealed.outside,
    { kind, name: "x", hash: "1" },
  ];
  expect(await changes({ outside: more("plugins") })).toEqual(["plugin folder x is new"]);
  expect(await changes({ outside: more("config") })).toEqual(["ansible's configuration x is new"]);
  expect(await changes({ outside: more("role") })).toEqual(["role x is new"]);
  expect(await changes({ outside: more("collection") })).toEqual([]);
});
