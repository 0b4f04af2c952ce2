import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createTestCommands, type TestCommands } from "../helpers/test-app.ts";

const people = "policy:\n  people:\n    - { name: olga, accounts: [local] }\n    - { name: bob, accounts: ['slack:T1:U2'] }\n";

async function start(rules: string): Promise<TestCommands> {
  const cli = await createTestCommands();
  write(cli, rules);
  return cli;
}
const write = (cli: TestCommands, rules: string): void => writeFileSync(join(cli.dataDir, "chiffon.yml"), `${people}${rules}`);

describe("the command under a policy", () => {
  test("does not start with a mistake in it, and says where it is", async () => {
    const cli = await start("  rules:\n    - allow: { any_of: [olag] }\n");
    const ended = await cli.run(["ask", "deploy gitea", "--yes"]).ended;
    expect(ended.code).toBe(5);
    expect(ended.err).toMatch(/chiffon\.yml, line 6, column 25: .*no person or group "olag"/);
    expect(ended.err).toContain("known: olga, bob");
  });

  test("gives the local owner no more than the rules do", async () => {
    const nothing = await start("  rules: []\n");
    expect((await nothing.run(["ask", "deploy gitea", "--yes"]).ended).code).toBe(4);
    const onlyAsk = await start("  rules:\n    - { match: { action: request }, allow: { any_of: [olga] } }\n");
    const ended = await onlyAsk.run(["ask", "deploy gitea", "--yes", "--json"]).ended;
    expect(ended.code).toBe(4);
    expect(JSON.parse(ended.out)).toMatchObject({
      run: null,
      error: { code: "not-allowed", message: expect.stringContaining("olga may not approve") },
    });
    expect(onlyAsk.executor.started).toEqual([]);
  });

  test("says what is still needed after a vote", async () => {
    const cli = await start("  rules:\n    - { allow: { all_of: [olga, bob] } }\n");
    const ended = await cli.run(["ask", "deploy gitea", "--yes"]).ended;
    expect([ended.code, ended.err]).toEqual([4, expect.stringContaining("still needed: bob")]);
    expect(ended.out).toContain("olga and bob");
    expect(cli.executor.started).toEqual([]);
  });

  test("asks for the word of the rule", async () => {
    const cli = await start("  rules:\n    - { allow: { any_of: [olga] }, confirm: gitea }\n");
    expect((await cli.run(["ask", "deploy gitea"], { input: "y\nno\n" }).ended).code).toBe(4);
    expect(cli.executor.started).toEqual([]);
    expect((await cli.run(["ask", "deploy gitea"], { input: "y\ngitea\n" }).ended).code).toBe(0);
    expect(cli.executor.started).toHaveLength(1);
  });

  test("shows the work digest, with which the owner's next request starts by itself; a plan or a preview never does", async () => {
    const rule = "  rules:\n    - { allow: { any_of: [olga] } }\n";
    const cli = await start(rule);
    const planned = JSON.parse((await cli.run(["plan", "deploy gitea", "--json"]).ended).out) as { plan: { workDigest: string } };
    expect(planned.plan.workDigest).toMatch(/^[0-9a-f]{64}$/);
    expect((await cli.run(["plan", "deploy gitea"]).ended).out).toContain(planned.plan.workDigest);
    write(cli, `${rule}  standing:\n    - { digest: ${planned.plan.workDigest}, hosts: [web1], owner: olga, until: 2199-12-31 }\n`);
    expect((await cli.run(["plan", "deploy gitea"]).ended).code).toBe(0);
    expect(cli.executor.started).toEqual([]);
    const checked = await cli.run(["ask", "deploy gitea", "--check"]).ended;
    expect(checked.code).toBe(0);
    expect(cli.executor.started.map((work) => work.plan.purpose)).toEqual(["preview"]);
    const ended = await cli.run(["ask", "deploy gitea"], { input: "" }).ended;
    expect([ended.code, ended.err]).toEqual([0, expect.stringContaining("approved by standing approval of olga until 2199-12-31")]);
    expect(cli.executor.started.map((work) => work.plan.purpose)).toEqual(["preview", "run"]);
    expect((await cli.run(["ask", "backup gitea"], { input: "" }).ended).code).toBe(4);
  });
});

test("doctor tells of a policy that names what is not there", async () => {
  const cli = await start(
    "  rules:\n    - { match: { hosts: prdo }, allow: { all_of: [olga, bob] } }\n    - { allow: { any_of: [olga] } }\n",
  );
  const checks = JSON.parse((await cli.run(["doctor", "--json"]).ended).out) as { part: string; ok: boolean; text: string }[];
  expect(checks.find((check) => check.part === "policy")).toMatchObject({ ok: false, text: 'rule 1: no host or group is called "prdo"' });
});
