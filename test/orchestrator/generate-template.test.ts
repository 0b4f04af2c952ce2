import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import type { NoticeCard } from "../../src/bot/cards.ts";
import { findProgram } from "../../src/agents/infra/environment.ts";
import { createTestApp, createTestCommands, type TestApp } from "../helpers/test-app.ts";

/** Folders with programs of these texts in place of ansible's and lint's: what is made cannot be made to fail. */
function programsSaying(lint: string): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "chiffon-programs-")));
  for (const [name, text] of [["ansible-lint", lint]] as const) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  return folder;
}

const realLint = dirname(findProgram("ansible-lint", { PATH: process.env["PATH"] ?? "" }));

function commit(app: TestApp): (...args: readonly string[]) => string {
  const git = (...args: readonly string[]): string =>
    execFileSync("git", ["-C", app.repo, "-c", "user.name=a", "-c", "user.email=a@example.org", ...args], { encoding: "utf8" });
  git("init", "-q");
  git("add", "-A");
  git("commit", "-q", "-m", "all");
  return git;
}

const notices = (app: TestApp): NoticeCard[] => app.platform.cardsOf("notice");
const refusals = (app: TestApp): string[] =>
  app.platform.private.flatMap(({ card }) => (card.kind === "notice" && card.tone === "refusal" ? [card.text] : []));

test("where nothing maps a playbook is proposed in the thread; who may administer puts it on a branch, and the checkout stays as it is", async () => {
  const app = await createTestApp({ programs: realLint });
  const git = commit(app);
  app.write("roles/plausible_analytics/README.md", "mine\n");
  await app.startBot();
  await app.platform.say("deploy plausible analytics", { person: "memory:T:U1" });
  const [question] = app.platform.cardsOf("question");
  expect(question?.offer).toContain("chiffon generate plausible analytics");
  const [offer] = question?.actions ?? [];
  expect(offer).toMatchObject({ id: "generate", label: "Propose a playbook", target: "plausible analytics" });
  await app.platform.press("generate", offer?.target ?? "", { person: "memory:T:U1" });
  const card = notices(app).at(-1);
  expect(card).toMatchObject({ text: expect.stringMatching(/deploy-plausible-analytics\.yml .*8 files.*Passed: syntax check; ansible-lint, profile production; check mode/) }); // prettier-ignore
  expect(card?.output).toContain("# chiffon:service=plausible-analytics\n");
  const id = card?.actions?.[0]?.target ?? "";
  await app.platform.press("write", id, { person: "memory:T:U1" });
  expect(refusals(app)).toEqual([expect.stringContaining("may")]);
  expect(git("branch", "--list", "chiffon/*")).toBe("");
  const before = git("status", "--porcelain");
  await app.platform.press("write", id);
  const branch = `chiffon/${id.slice(0, 8)}`;
  expect(notices(app).at(-1)).toMatchObject({
    text: expect.stringContaining(`on the branch ${branch}`),
    help: expect.stringContaining("git merge"),
  });
  expect(git("status", "--porcelain")).toBe(before);
  expect(git("worktree", "list").trim().split("\n")).toHaveLength(1);
  const written = git("show", "--format=%B", "--name-only", branch);
  expect(written).toContain(`Chiffon-Template: ${id}`);
  expect(written).toContain("deploy-plausible-analytics.yml\nroles/plausible_analytics/defaults/main.yml");
  expect(written).not.toContain("README"); // it would stand in the way of a merge
  await app.platform.press("write", id);
  expect(refusals(app).at(-1)).toContain("already");
  expect((await app.audit("template.written")).map(({ actor, result, facts }) => [actor, result, facts["work"]])).toEqual([
    ["memory:T:U1", "refused", "generate_template"],
    ["local", "done", "generate_template"],
    ["local", "refused", "generate_template"],
  ]);
  git("merge", "-q", branch);
  await app.app.catalog.refresh();
  await app.platform.say("deploy plausible analytics", { conversation: "after" });
  expect(app.platform.cardsOf("plan").at(-1)?.steps[0]).toMatchObject({ playbookPath: "deploy-plausible-analytics.yml" });
  expect(app.platform.cardsOf("plan").at(-1)?.steps[0]?.confidence).toBeGreaterThanOrEqual(0.85);

  // The same files at the command line of the local owner: what is there stays, unless it is to be replaced.
  const { proposeTemplate, writeTemplate } = app.app.useCases;
  expect(await proposeTemplate({ service: "x", hosts: "web1:!nas" }, "local")).toMatchObject({ kind: "refused", code: "host-unknown" });
  await app.database.query("update template_proposal set branch = null");
  app.write("roles/plausible_analytics/tasks/main.yml", "---\n");
  const readme = join(app.repo, "roles/plausible_analytics/README.md");
  expect(await writeTemplate(id, "local", { to: "files", overwrite: false })).toMatchObject({
    kind: "written",
    written: [],
    skipped: { length: 8 },
  });
  expect(readFileSync(readme, "utf8")).toBe("mine\n");
  expect(await writeTemplate(id, "local", { to: "files", overwrite: true })).toMatchObject({
    skipped: [],
    written: { length: 8 },
    playbook: "deploy-plausible-analytics",
  });
  expect(readFileSync(readme, "utf8")).toContain("chiffon generate");
}, 120_000);

test("what does not pass is said with what lint said, and is neither offered nor written", async () => {
  const app = await createTestApp({ programs: programsSaying("echo 'fqcn: use the full name'; exit 2") });
  await app.startBot();
  const [answer] = await app.platform.command("generate broken");
  expect(answer).toMatchObject({ tone: "refusal", text: expect.stringMatching(/does not pass: ansible-lint.*fqcn: use the full name/s) });
  expect(await app.database.query("select id from template_proposal")).toEqual([]);
  expect(existsSync(join(app.repo, "deploy-broken.yml"))).toBe(false);
  const refused = async (text: string): Promise<unknown> => (await app.platform.command(text))[0];
  expect(await refused("generate")).toMatchObject({ tone: "refusal" });
  expect(await refused("generate 日本")).toMatchObject({ tone: "refusal", text: expect.stringContaining("no letter") });
  for (const text of ["generate x --port 0", "generate x --nonsense 1", "generate --port 1"])
    expect(await refused(text)).toMatchObject({ kind: "notice" });
}, 120_000);

test("chiffon generate shows all files and, with --write, writes them; the next request finds the playbook", async () => {
  const cli = await createTestCommands();
  mkdirSync(join(cli.repo, "playbooks"), { recursive: true });
  const env = { PATH: `${realLint}:${process.env["PATH"] ?? ""}` };
  const args = [
    "generate",
    "My Wiki",
    "--description",
    'our "wiki": # {{ x }}',
    "--port",
    "9000",
    "--hosts",
    "web1,nas",
    "--no-become",
    "--write",
    "--json",
  ];
  const { code, out } = await cli.run(args, { env }).ended;
  expect(code).toBe(0);
  const document = JSON.parse(out);
  expect(document).toMatchObject({
    template: { service: "my-wiki", role: "my_wiki", port: 9000, hosts: "web1,nas", become: false },
    proofs: [{ passed: true }, { passed: true }, { passed: true }],
    written: { playbook: "playbooks/deploy-my-wiki", skipped: [] },
    error: null,
  });
  for (const { path, text } of document.files) expect(readFileSync(join(cli.repo, path), "utf8")).toBe(text);
  const mapped = JSON.parse((await cli.run(["map", "deploy my wiki", "--json"]).ended).out);
  expect(JSON.stringify(mapped)).toContain("playbooks/deploy-my-wiki");
  for (const [wrong, expected] of [
    [["generate"], 2],
    [["generate", "x", "--port", "99999"], 2],
    [["generate", "x", "--overwrite"], 2],
    [["generate", "日本"], 2],
    [["generate", "x", "--hosts", "nowhere"], 3],
    [["generate", "x"], 5], // ansible-lint is not in this path
  ] as const)
    expect({ wrong, code: (await cli.run([...wrong]).ended).code }).toEqual({ wrong, code: expected });
}, 120_000);
