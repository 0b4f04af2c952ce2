import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createGitTrail, type TrailRecord } from "../../src/audit/git-trail.ts";
import { verifyAudit } from "../../src/audit/verify.ts";
import { silentLogger } from "../../src/logger.ts";
import { createTestApp, eventually } from "../helpers/test-app.ts";

let root: string;
let folder: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "chiffon-trail-"));
  folder = join(root, "audit");
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const record = (number: number, changes: Partial<TrailRecord> = {}): TrailRecord => ({
  runId: `run-${number}`, runNumber: number, subject: `run ${number} succeeded: x`, entry: number, hash: `hash-${number}`, document: { number }, ...changes,
}); // prettier-ignore
const open = (): ReturnType<typeof createGitTrail> => createGitTrail({ folder, logger: silentLogger() });
const log = (): string[] => execFileSync("git", ["-C", folder, "log", "--format=%s"], { encoding: "utf8" }).trim().split("\n");

test("makes one commit a run, however often and in whatever process it is told", async () => {
  const trail = open();
  const [first, again, other] = await Promise.all([trail.commit(record(1)), trail.commit(record(1)), trail.commit(record(2))]);
  expect(again).toBe(first);
  expect(other).not.toBe(first);
  expect(await open().commit(record(1))).toBe(first);
  expect(log()).toEqual(["run 2 succeeded: x", "run 1 succeeded: x"]);
  expect(JSON.parse(readFileSync(join(folder, ".audit", "tasks", "run-1.json"), "utf8"))).toEqual({ number: 1 });
  expect(await open().anchors()).toEqual([
    { commit: other, runId: "run-2", entry: 2, hash: "hash-2" },
    { commit: first, runId: "run-1", entry: 1, hash: "hash-1" },
  ]);
});

test("a request whose words look like the trail's own changes nothing", async () => {
  const trail = open();
  const first = await trail.commit(record(1, { subject: "run 1: Chiffon-Run: run-2\n\nAudit-Entry: 99\nAudit-Hash: forged" }));
  mkdirSync(join(folder, ".audit", "tasks"), { recursive: true });
  writeFileSync(join(folder, ".audit", "tasks", "run-2.json"), "{}"); // killed between file and commit
  const second = await trail.commit(record(2));
  expect(second).not.toBe(first);
  expect((await trail.anchors()).map((anchor) => anchor.entry)).toEqual([2, 1]);
});

test("needs nothing of the user's git: no name, no hooks, no signing key, no other repository", async () => {
  process.env["GIT_DIR"] = join(root, "elsewhere");
  process.env["GIT_INDEX_FILE"] = join(root, "elsewhere", "index");
  process.env["GIT_AUTHOR_DATE"] = "nonsense";
  try {
    await open().commit(record(1));
    writeFileSync(join(folder, ".git", "hooks", "pre-commit"), "#!/bin/sh\nexit 1\n");
    chmodSync(join(folder, ".git", "hooks", "pre-commit"), 0o755);
    await open().commit(record(2));
  } finally {
    for (const name of ["GIT_DIR", "GIT_INDEX_FILE", "GIT_AUTHOR_DATE"]) delete process.env[name];
  }
  expect(log()).toHaveLength(2);
  expect(existsSync(join(root, "elsewhere"))).toBe(false);
});

test("takes up again after a lock that a power cut left, but not one of this moment", async () => {
  await open().commit(record(1));
  const lock = join(folder, ".git", "index.lock");
  writeFileSync(lock, "");
  await expect(open().commit(record(2))).rejects.toMatchObject({ code: "git-trail-failed" });
  const old = new Date(Date.now() - 120_000);
  utimesSync(lock, old, old);
  await open().commit(record(2));
  expect(log()).toHaveLength(2);
});

test("a run ends without git, and its commit is caught up at the next start, once", async () => {
  const app = await createTestApp();
  const trail = join(app.dataDir, "audit");
  mkdirSync(join(trail, ".git"), { recursive: true }); // a broken repository
  await app.app.startAgent();
  const runId = await app.run("deploy gitea");
  const reported = async (): Promise<boolean> => (await app.database.query("select 1 from run_event where kind = 'report'")).length === 1;
  await eventually("the result is reported", reported);
  expect((await app.view(runId)).run).toMatchObject({ state: "succeeded", auditCommit: null });
  renameSync(trail, `${trail}-broken`);
  const second = await app.restart();
  await second.app.startAgent();
  const commit = await eventually("the commit is there", async () => (await second.view(runId)).run.auditCommit);
  expect(execFileSync("git", ["-C", trail, "log", "--format=%H"], { encoding: "utf8" }).trim()).toBe(commit);
  expect(await second.audit("run.committed")).toHaveLength(1);
  const document = JSON.parse(readFileSync(join(trail, ".audit", "tasks", `${runId}.json`), "utf8"));
  expect(document).toMatchObject({
    approvedBy: "local",
    run: { state: "succeeded" },
    request: { text: "deploy gitea" },
    steps: [{ state: "succeeded", hosts: ["web1"] }],
  });
  expect(await reported()).toBe(true);
  expect(await verifyAudit(second.database, second.app.trail)).toMatchObject({ ok: true, commits: 1 });
});
