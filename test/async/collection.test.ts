import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, expect, test, vi } from "vitest";

vi.setConfig({ testTimeout: 300_000 });
const run = promisify(execFile);
const collections = join(import.meta.dirname, "..", "..", "ansible", "collections");
const collection = join(collections, "ansible_collections", "chiffon", "async_tasks");
const folder = mkdtempSync(join(tmpdir(), "chiffon-collection-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const env = { ...process.env, ANSIBLE_COLLECTIONS_PATH: collections, ANSIBLE_NOCOLOR: "1", PYTHONDONTWRITEBYTECODE: "1" };

test("the collection's own tests pass without Chiffon", async () => {
  const { stderr } = await run("python3", [join(collection, "tests", "run.py")], { env, cwd: folder });
  const results = [...stderr.matchAll(/^(test_\w+) .*\.\.\. (\w+)$/gm)].map(([, name, result]) => `${name} ${result}`);
  expect(results.filter((line) => !line.endsWith(" ok"))).toEqual([]);
  expect(results.length).toBeGreaterThanOrEqual(23);
});

test("it passes lint's production profile, documents its roles and modules, and can be built", async () => {
  const lint = run("ansible-lint", ["--offline", "-q", "--nocolor", "--profile", "production"], { env, cwd: collection });
  const roles = run("ansible-doc", ["-t", "role", "--json", "chiffon.async_tasks.async_task_start", "chiffon.async_tasks.async_task_check", "chiffon.async_tasks.async_task_cleanup"], { env, cwd: folder }); // prettier-ignore
  const modules = run("ansible-doc", ["--json", "chiffon.async_tasks.job", "chiffon.async_tasks.task_state"], { env, cwd: folder });
  const built = run("ansible-galaxy", ["collection", "build", collection, "--output-path", folder], { env, cwd: folder });
  expect((await lint).stdout).toBe("");
  const options = (text: string): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>;
  expect(Object.keys(options((await roles).stdout))).toHaveLength(3);
  expect(Object.keys(options((await modules).stdout))).toEqual(["chiffon.async_tasks.job", "chiffon.async_tasks.task_state"]);
  expect((await built).stdout).toContain("chiffon-async_tasks-1.0.0.tar.gz");
});
