import { expect, test } from "vitest";
import { commands, laterCommands } from "../../src/cli/commands.ts";
import { failed, succeeded } from "../helpers/scripted-executor.ts";
import { createTestCommands, eventually } from "../helpers/test-app.ts";

/** The whole of standard output is one JSON document on one line. */
function document(out: string): Record<string, never> & { error: { code: string; message: string } | null } {
  expect(out.endsWith("\n")).toBe(true);
  expect(out.trimEnd()).not.toContain("\n");
  return JSON.parse(out);
}

test("every command and option says how it is used, without a data folder", async () => {
  const cli = await createTestCommands();
  const env = { CHIFFON_DATA_DIR: "/dev/null/nowhere" };
  for (const command of commands) {
    for (const help of ["--help", "-h"]) {
      const { code, out, err } = await cli.run([command.name, help], { env }).ended;
      expect({ name: command.name, code, err }).toEqual({ name: command.name, code: 0, err: "" });
      expect(out.startsWith(`chiffon ${command.name}`)).toBe(true);
    }
  }
  for (const args of [[], ["--help"], ["-h"], ["help"]]) {
    const { code, out } = await cli.run(args, { env }).ended;
    expect(code).toBe(0);
    for (const command of commands) expect(out).toContain(`chiffon ${command.name}`);
  }
  expect((await cli.run(["--version"], { env }).ended).out).toMatch(/^\d+\.\d+\.\d+\n$/);
});

const wrongUses: readonly (readonly string[])[] = [
  ["nonsense"], ["ask", "--no-such-option"], ["ask", "x", "--yes=maybe"], ["ask", "x", "--set", "nonsense"], ["ask", "x", "--set"], ["ask", ""], ["ask"], ["ask", "x".repeat(10_001)],
  ["ask", "nul \0"], ["plan", ""], ["plan", "--yes", "x"], ["plan", "nul \0"], ["map", ""], ["map", "x".repeat(20_000)], ["map", "--limit", "x"], ["eval"], ["eval", "--catalog"],
  ["playbooks", "nonsense"], ["playbooks", "lint", "--fail-on", "x"], ["generate"], ["generate", "x", "--overwrite"], ["playbooks", "--nonsense"], ["runs", "--limit", "0"], ["runs", "--limit", "x"], ["runs", "nonsense"], ["runs", "99999999999999999999"],
  ["audit"], ["audit", "nonsense"], ["audit", "query", "--days", "-1"], ["audit", "query", "--limit", "1.5"], ["audit", "export", "--nonsense"], ["doctor", "--nonsense"],
  ...[...laterCommands.keys()].map((name) => [name]),
]; // prettier-ignore

test("wrong use ends with 2 and a hint; with --json the hint is the one document", async () => {
  const cli = await createTestCommands();
  for (const args of wrongUses) {
    const plain = await cli.run(args).ended;
    expect({ args, code: plain.code, out: plain.out }).toEqual({ args, code: 2, out: "" });
    expect(plain.err).toMatch(/^chiffon: .+/m);
    const json = await cli.run([...args, "--json"]).ended;
    expect({ args, code: json.code }).toEqual({ args, code: 2 });
    expect(document(json.out).error).toEqual({ code: expect.any(String), message: expect.stringMatching(/./), help: expect.any(String) });
  }
  const said = async (...args: string[]): Promise<string> => (await cli.run(args).ended).err;
  expect(await said("runs", "--limt", "3")).toBe(
    "chiffon: unknown option --limt; did you mean --limit?\n  `chiffon runs --help` shows how it is used.\n",
  );
  expect(await said("audit", "query", "-json")).toContain("unknown option -json; did you mean --json?");
  expect(await said("ask", "deploy gitea", "--quickly")).toMatch(/unknown option --quickly\n/);
  expect(await said("ask", "- deploy gitea")).toContain("goes after --");
  expect(await said("runs", "--limit")).toContain("--limit needs a value");
  expect(await said("runs", "--limit", "--json")).toContain("--limit needs a value; one that begins with a dash is written --limit=--json");
  expect(await said("runs", "--events=yes")).toContain("--events takes no value");
  expect(await said("rnus")).toContain('no command "rnus"; did you mean runs?');
  expect(await said("deploy", "gitea")).toContain('asked so: chiffon ask "deploy gitea"');
  expect(await cli.database.query("select id from run")).toEqual([]);
});

test("asks, approves, runs and reports: one document with everything in it", async () => {
  const cli = await createTestCommands();
  const { code, out } = await cli.run(["ask", "deploy gitea", "and", "deploy plex", "--yes", "--json"]).ended;
  expect(code).toBe(0);
  expect(document(out)).toMatchObject({
    request: { text: "deploy gitea and deploy plex" },
    plan: {
      version: 1,
      state: "approved",
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
      steps: [{ playbook: "deploy-gitea.yml", hosts: ["web1"] }, { playbook: "deploy-plex.yml" }],
    },
    approval: { person: "local" },
    run: { number: 1, state: "succeeded", steps: [{ state: "succeeded", summary: { changedCount: 1 } }, { state: "succeeded" }] },
    audit: { entry: expect.any(Number), commit: expect.stringMatching(/^[0-9a-f]{40}$/) },
    error: null,
  });
  expect((await cli.run(["audit", "verify"]).ended).code).toBe(0);
  expect(document((await cli.run(["audit", "verify", "--json"]).ended).out)).toMatchObject({ ok: true, commits: 1 });
  expect(document((await cli.run(["runs", "--json"]).ended).out)).toMatchObject([{ number: 1, state: "succeeded" }]);
  expect(document((await cli.run(["runs", "1", "--json"]).ended).out)).toMatchObject({ state: "succeeded" });
  expect((await cli.run(["runs", "1", "--events"]).ended).out).toContain("step");
  expect(document((await cli.run(["audit", "query", "--kind", "run", "--json"]).ended).out)).toHaveLength(2);
});

test.for([
  ["nothing that maps", ["ask", "deploy foobar", "--yes"], 3, "request-unmapped"],
  ["an unknown host", ["ask", "deploy gitea to the fridge", "--yes"], 3, "request-unknown-host"],
  ["small talk", ["ask", "hello", "--yes"], 3, "nothing-to-run"],
  ["a destructive plan and --yes alone", ["ask", "remove gitea", "--yes"], 4, "approval-missing"],
  ["no approval", ["ask", "deploy gitea"], 4, "not-approved"],
  ["a plan of nothing", ["plan", "hello"], 3, "nothing-to-run"],
  ["an unknown playbook", ["playbooks", "lint", "nonsense.yml"], 3, "playbook-unknown"],
  ["a linter that is not installed", ["playbooks", "lint", "deploy-gitea.yml"], 5, "lint-missing"],
] as const)("with --json, %s is one document with its code", async ([, args, exitCode, errorCode]) => {
  const cli = await createTestCommands();
  const { code, out } = await cli.run([...args, "--json"]).ended;
  expect({ code, error: document(out).error?.code }).toEqual({ code: exitCode, error: errorCode });
  expect(cli.executor.started).toEqual([]);
  expect(await cli.database.query("select id from run")).toEqual([]);
});

test.for([
  ["fails", "ANSIBLE_HOST_FAILED", "failed", 1],
  ["runs into its limit", "ANSIBLE_TIMEOUT", "timeout", 1],
  ["nobody knows of", "PROCESS_LOST", "outcome_unknown", 6],
] as const)("with --json, a run that %s is one document with its exit code", async ([, errorCode, outcome, exitCode]) => {
  const cli = await createTestCommands();
  cli.executor.script = () => failed(errorCode, outcome);
  const { code, out } = await cli.run(["ask", "deploy gitea", "--yes", "--json"]).ended;
  expect(code).toBe(exitCode);
  expect(document(out)).toMatchObject({ run: { steps: [{ errorCode }] }, error: { message: expect.any(String) } });
});

test("with --json, an error nobody foresaw, a full disk and a repo that is gone are one document each", async () => {
  const cli = await createTestCommands();
  await cli.database.exec(
    "create table chiffon.full (x int); create function chiffon.fail() returns trigger language plpgsql as $$ begin raise exception 'No space left on device'; end $$; create trigger fail before insert on chiffon.request for each row execute function chiffon.fail()",
  );
  const full = await cli.run(["ask", "deploy gitea", "--yes", "--json"]).ended;
  await cli.database.exec(
    "drop trigger fail on chiffon.request; drop function chiffon.fail; drop table chiffon.full; alter table chiffon.run rename to run_away",
  );
  try {
    expect(document(full.out).error).toMatchObject({ code: "disk-full" });
    for (const args of [
      ["ask", "deploy gitea", "--yes", "--json"],
      ["runs", "--json"],
    ]) {
      const { code, out } = await cli.run(args).ended;
      expect({ code, error: document(out).error?.code }).toEqual({ code: 5, error: "unexpected" });
    }
  } finally {
    await cli.database.exec("alter table chiffon.run_away rename to run");
  }
  const gone = await cli.run(["ask", "deploy gitea", "--json"], { env: { CHIFFON_REPO: "/nowhere/at/all" } }).ended;
  expect({ code: gone.code, error: document(gone.out).error?.code }).toEqual({ code: 5, error: "repo-missing" });
  const wrong = await cli.run(["runs", "--json"], { env: { CHIFFON_WEB_PORT: "many" } }).ended;
  expect({ code: wrong.code, error: document(wrong.out).error?.code }).toEqual({ code: 5, error: "setting-wrong" });
  const folder = await cli.run(["runs", "--json"], { env: { CHIFFON_DATA_DIR: "/dev/null/x" } }).ended;
  expect({ code: folder.code, error: document(folder.out).error?.code }).toEqual({ code: 5, error: "data-folder-not-writable" });
});

test("approves at the prompt, and a destructive plan by its word only", async () => {
  const cli = await createTestCommands();
  expect((await cli.run(["ask", "deploy gitea"], { input: "y\n" }).ended).code).toBe(0);
  expect((await cli.run(["ask", "deploy gitea"], { input: "n\n" }).ended).code).toBe(4);
  expect((await cli.run(["ask", "remove gitea"], { input: "y\n" }).ended).code).toBe(4);
  expect((await cli.run(["ask", "remove gitea"], { input: "destructive\n" }).ended).code).toBe(0);
  expect((await cli.run(["ask", "remove gitea", "--yes=destructive"]).ended).code).toBe(0);
  expect(cli.executor.started).toHaveLength(3);
});

test("Ctrl-C cancels the run and ends with 130", async () => {
  const cli = await createTestCommands();
  cli.executor.script = async (_item, stop) => failed("ANSIBLE_CANCELLED", await stop);
  const run = cli.run(["ask", "deploy gitea", "--yes", "--json"]);
  await eventually("it runs", () => cli.executor.started.length === 1);
  run.interrupt();
  run.interrupt();
  const { code, out } = await run.ended;
  expect(code).toBe(130);
  expect(document(out)).toMatchObject({ run: { state: "cancelled" } });
});

test("plan shows and takes back; map stores nothing; a preview changes nothing", async () => {
  const cli = await createTestCommands();
  cli.executor.script = () => succeeded({ preview: { hosts: {}, unpredictable: [] } });
  expect(document((await cli.run(["plan", "deploy gitea", "--json"]).ended).out)).toMatchObject({
    plan: { state: "awaiting_approval" },
    run: null,
  });
  expect(await cli.database.query("select state from plan_version")).toEqual([{ state: "withdrawn" }]);
  expect(document((await cli.run(["map", "deploy gitea", "--json"]).ended).out)).toMatchObject({
    kind: "work",
    steps: [{ playbook: "deploy-gitea" }],
  });
  expect(await cli.database.query("select id from request")).toHaveLength(1);
  const preview = await cli.run(["ask", "deploy gitea", "--check", "--json"]).ended;
  expect(document(preview.out)).toMatchObject({
    approval: null,
    run: { purpose: "preview", state: "succeeded" },
    plan: { state: "awaiting_approval" },
  });
  expect(cli.executor.started[0]?.plan.steps[0]).toMatchObject({ check: true, lockKeys: [] });
});
