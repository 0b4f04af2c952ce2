import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { analysesOf, allFindings, saveAnalysis, storedSuggestions, trendOf, type Analysis } from "../../src/runs/analysis-store.ts";
import { dismissSuggestion, findSuggestion, type Suggestion } from "../../src/runs/suggestion-store.ts";
import { describeOnBothDatabases, shiftClock } from "../helpers/databases.ts";
import { succeeded } from "../helpers/scripted-executor.ts";
import { createTestApp, eventually } from "../helpers/test-app.ts";

const finding = (rule: string, task: string | null, line: number): Suggestion => ({
  path: "site.yml",
  line,
  task,
  rule,
  category: "idempotency",
  severity: rule === "yaml" ? "info" : "error",
  message: `${rule} says`,
  reasoning: "because",
});
const analysis = (contentHash: string, suggestions: readonly Suggestion[], more: Partial<Analysis> = {}): Analysis => ({
  playbookPath: "site.yml",
  contentHash,
  catalogHashes: [`catalog-${contentHash}`],
  toolVersion: "lint 1",
  total: suggestions.length,
  suggestions,
  ...more,
});

describeOnBothDatabases("findings", (open) => {
  test("belong to content, the gravest first; a dismissed one stays away, in later contents too", async () => {
    const database = await open();
    await saveAnalysis(
      database,
      analysis("one", [finding("yaml", null, 1), finding("name", "A", 2), finding("name", "B", 3), finding("fqcn", "A", 2)]),
    );
    const { suggestions, total, more } = await storedSuggestions(database, "site.yml", "catalog-one");
    expect([suggestions.map(({ rule, line }) => `${rule} ${line}`), total, more]).toEqual([
      ["fqcn 2", "name 2", "name 3", "yaml 1"],
      4,
      null,
    ]);
    const [fqcn, name] = suggestions;
    expect(await findSuggestion(database, name?.id.slice(0, 8) ?? "")).toMatchObject({
      rule: "name",
      playbookPath: "site.yml",
      status: "pending",
    });
    expect(await dismissSuggestion(database, name?.id ?? "", "local")).toBe(true);
    expect(await dismissSuggestion(database, name?.id ?? "", "local")).toBe(false);
    expect((await storedSuggestions(database, "site.yml", "catalog-one")).suggestions).toHaveLength(3);

    // Its line moved, another is gone: the same task and rule; of another task or playbook it is another finding.
    await shiftClock(database, 1);
    await saveAnalysis(database, analysis("two", [finding("name", "A", 12), finding("name", "C", 13)]));
    expect(await storedSuggestions(database, "site.yml", "catalog-two")).toMatchObject({
      suggestions: [{ task: "C" }],
      total: 1,
      more: -2,
    });
    await saveAnalysis(database, analysis("two", [finding("name", "A", 12)], { playbookPath: "other.yml" }));
    expect((await storedSuggestions(database, "other.yml", "catalog-two")).total).toBe(1);
    expect(await trendOf(database, "site.yml", 10)).toMatchObject([
      { contentHash: "two", total: 2, dismissed: 1 },
      { contentHash: "one", total: 4, dismissed: 1 },
    ]);
    expect(await allFindings(database, { playbookPath: "site.yml", contentHash: "one", toolVersion: "lint 1" })).toHaveLength(4);

    // The first content again: known, and compared with what was there between.
    await shiftClock(database, 1);
    const key = { playbookPath: "site.yml", contentHash: "one", catalogHashes: ["another-name"] };
    const known = await analysesOf(database, [key, { ...key, contentHash: "three" }], "lint 1");
    expect([...known.values()]).toMatchObject([{ total: 3, suggestions: [{ id: fqcn?.id }, {}, {}] }]);
    expect(await storedSuggestions(database, "site.yml", "another-name")).toMatchObject({ total: 3, more: 2 });
    expect((await analysesOf(database, [key], "lint 2")).size).toBe(0);
  });

  test("of a second run that changes things again are told after it, and only where nothing else was different", async () => {
    const app = await createTestApp({ database: await open() });
    let ran = 0;
    const run = async (text: string, tasks: readonly string[]): Promise<string> => {
      const runId = await app.run(text);
      const item = await app.claim();
      const source = await app.source();
      await source.started(item, { pid: 1, processStartTime: "0", bootId: "boot" });
      const base = { kind: "result", status: "changed", host: "web1", delegatedTo: null, rescued: false, ignored: false, message: null, diff: null, items: null, durationMs: 1 } as const; // prettier-ignore
      const events = tasks.map((task, index) => ({
        number: index + 1,
        event: { ...base, at: 0, taskId: task, task, path: `deploy-gitea.yml:${index + 5}` },
      }));
      await source.events(item, events);
      await app.finish(item, succeeded());
      ran += 1;
      return runId;
    };
    // What was removed in between is rightly made again: the third run is no second one, the fourth is.
    await run("deploy gitea", ["write", "restart"]);
    await run("remove gitea", ["write"]);
    await run("deploy gitea", ["write", "restart", "once"]);
    app.write("README.md", "# Other words\n");
    const fourth = await run("deploy gitea", ["write", "restart", "only now"]);
    await run("deploy plex", ["write"]);
    app.write("group_vars/all.yml", "greeting: good evening\n");
    const afterEdit = await run("deploy plex", ["write"]);
    await app.app.startAgent();
    await eventually(
      "all reports",
      async () => (await app.database.query("select 1 as one from run_event where kind = 'report'")).length === ran,
    );
    expect((await app.view(fourth)).steps[0]?.suggestions).toMatchObject(
      ["write", "restart"].map((task, index) => ({
        rule: "changed-twice",
        category: "idempotency",
        severity: "warning",
        task,
        path: "deploy-gitea.yml",
        line: index + 5,
        message: expect.stringContaining("on web1 in run 3 and again in run 4"),
      })),
    );
    expect((await app.view(afterEdit)).steps[0]?.suggestions).toEqual([]);
  });
});

test("playbooks of a run are linted at its end, unless the settings say otherwise", async () => {
  const folder = mkdtempSync(join(tmpdir(), "chiffon-lint-program-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const called = join(folder, "called");
  writeFileSync(join(folder, "ansible-lint"), `#!/bin/sh\necho >> "${called}"\n`);
  chmodSync(join(folder, "ansible-lint"), 0o755);
  for (const lint_after_runs of [false, true]) {
    const app = await createTestApp({ programs: folder, settings: { lint_after_runs } });
    const runId = await app.run("deploy gitea");
    await app.claim().then((item) => app.finish(item, succeeded()));
    await app.app.startAgent();
    await eventually("the report", async () => (await app.view(runId)).run.auditCommit !== null);
    expect(existsSync(called)).toBe(lint_after_runs);
    await app.stop();
  }
});
