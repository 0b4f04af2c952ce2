import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createAnalyzer } from "../../src/agents/infra/analyzer/analyzer.ts";
import { categoryOf, reasonOf } from "../../src/agents/infra/analyzer/lint-categories.ts";
import { createFixWorktrees } from "../../src/agents/infra/analyzer/fix-worktree.ts";
import { createAnsibleFacts } from "../../src/agents/infra/ansible-facts.ts";
import { cleanEnvironment } from "../../src/agents/infra/environment.ts";
import { loadInventory } from "../../src/agents/infra/inventory.ts";
import { createApplySuggestion } from "../../src/orchestrator/apply-suggestion.ts";
import { createCheckSuggestion } from "../../src/orchestrator/check-suggestion.ts";
import { createDatabaseCache } from "../../src/orchestrator/database-cache.ts";
import { createDismissSuggestion } from "../../src/orchestrator/dismiss-suggestion.ts";
import { createLintRepo, type LintedPlaybook, type LintRepo } from "../../src/orchestrator/lint-repo.ts";
import type { Database } from "../../src/db/database.ts";
import { openEmptyDatabase } from "../helpers/empty-database.ts";
import { silentLogger } from "../../src/logger.ts";
import { createCatalog } from "../../src/mapping/catalog.ts";
import { createAccountRegistry } from "../../src/policy/accounts.ts";
import { createOwnerPolicy } from "../../src/policy/owner-policy.ts";
import { writeFiles } from "../helpers/agent-bench.ts";

/** ansible-lint starts slowly: one repo, linted once as a whole, and as few proofs as show what is promised. */
const folder = realpathSync(mkdtempSync(join(tmpdir(), "chiffon-apply-")));
const repo = join(folder, "repo");
const worktreeFolder = join(folder, "data", "worktrees");
const environment = cleanEnvironment(process.env);
const git = (...args: string[]): string =>
  execFileSync("git", ["-C", repo, "-c", "user.name=a", "-c", "user.email=a@example.org", ...args], { encoding: "utf8" });

/** Every rule that has a reason of its own by C67, and what else has a fixer. */
const site = `- name: Site
  hosts: all
  gather_facts: no
  vars:
    ready: true
    BadName: 1
  roles: [app]
  tasks:
    - name: count users
      shell: cat /etc/passwd | wc -l
      register: users
      changed_when: false
    - name: Clone
      ansible.builtin.command: git clone https://example.org/x /nowhere
    - name: Look away
      ansible.builtin.command: "false"
      changed_when: false
      ignore_errors: true
    - name: After a change
      ansible.builtin.debug:
        msg: "{{ users.stdout|default('x') }}"
      when: users.changed
    - name: Latest
      ansible.builtin.apt:
        name: nginx
        state: latest
      when: ready == false
    - name: Ready   
      ansible.builtin.debug:
        msg: ready
      when: "{{ ready }}"
    - ansible.builtin.debug:
        msg: unnamed
    - name: Wrong arguments
      ansible.builtin.file:
        nonsense: true
      when: false
`;

let database: Database;
let lintRepo: LintRepo;
let apply: ReturnType<typeof createApplySuggestion>;
let dismiss: ReturnType<typeof createDismissSuggestion>;
let linted: readonly LintedPlaybook[];
const of = (path: string): LintedPlaybook => linted.find((one) => one.playbookPath === path) as LintedPlaybook;
const idOf = (rule: string, path = "site.yml"): string =>
  of("site.yml").suggestions.find((one) => one.rule === rule && one.path === path)?.id ?? rule;
const states = async (...ids: string[]): Promise<unknown> =>
  (await database.query("select status from suggestion where id = any ($1::uuid[])", [ids])).map((row) => row["status"]);
const userState = (): string =>
  [git("status", "--porcelain"), git("rev-parse", "HEAD"), git("symbolic-ref", "HEAD"), git("worktree", "list")].join("\n");

beforeAll(async () => {
  writeFiles(repo, {
    "inventory.yml": "all:\n  hosts:\n    box:\n      ansible_connection: local\n      ansible_python_interpreter: /usr/bin/python3\n",
    "site.yml": site,
    "roles/app/tasks/main.yml": "- name: Tell\n  ansible.builtin.debug:\n    msg: x\n  changed_when: true\n  notify: say it\n",
    "roles/app/handlers/main.yml": "- name: say it\n  ansible.builtin.debug:\n    msg: said\n",
    "broken.yml": "- name: Broken\n  hosts: all\n  tasks:\n    - nosuchmodule_at_all: {}\n",
    "other.yml": "- name: Other\n  hosts: all\n  tasks:\n    - name: other\n      ansible.builtin.debug:\n",
  });
  git("init", "--quiet", "--initial-branch=main");
  git("add", "--all");
  git("commit", "--quiet", "--message=first");
  database = await openEmptyDatabase();
  const cache = createDatabaseCache(database);
  const facts = createAnsibleFacts({ environment, cache });
  const analyzer = createAnalyzer({ environment: process.env, facts, cache });
  const policy = createOwnerPolicy({ accounts: createAccountRegistry(), planExpiresMinutes: 60 });
  lintRepo = createLintRepo({ database, analyzer, repo, catalog: createCatalog({ database, repo, logger: silentLogger() }) });
  dismiss = createDismissSuggestion({ database, policy });
  const inventorySources = async (): Promise<string[]> => ["inventory.yml"];
  const inventory = async (): ReturnType<typeof loadInventory> => loadInventory(repo, ["inventory.yml"], { environment, cache });
  const check = createCheckSuggestion({
    database,
    policy,
    environment,
    facts,
    inventory,
    inventorySources,
    secretsDir: repo,
    givenVariables: {},
  });
  apply = createApplySuggestion({ database, policy, analyzer, worktrees: createFixWorktrees({ folder: worktreeFolder }), repo, check });
  linted = await lintRepo.lint();
}, 300_000);
afterAll(async () => {
  await database.close();
  rmSync(folder, { recursive: true, force: true });
});

test("one lint of the whole repo: every rule with its category and reason, each playbook with its own, the gravest first; unchanged ones come from the store", async () => {
  const { suggestions } = of("site.yml");
  const wanted = ["no-changed-when", "command-instead-of-module", "risky-shell-pipe", "ignore-errors", "no-handler", "fqcn", "package-latest", "literal-compare", "no-jinja-when", "yaml", "name", "jinja", "args", "var-naming"]; // prettier-ignore
  for (const rule of wanted) {
    const found = suggestions.find((one) => one.rule.split("[")[0] === rule);
    expect([rule, found]).toMatchObject([rule, { category: categoryOf(rule), reasoning: reasonOf(rule), status: "pending" }]);
  }
  // A role's findings belong to who uses it; a playbook that ansible cannot read does not hide the others'.
  expect(suggestions.map(({ path }) => path)).toContain("roles/app/handlers/main.yml");
  expect(of("broken.yml").suggestions).toMatchObject([
    { rule: expect.stringMatching(/^syntax-check/), category: "best_practices", severity: "error" },
  ]);
  expect(of("other.yml").suggestions.map(({ rule, task }) => [rule, task])).toEqual([["name[casing]", "other"]]);
  const order = suggestions.map(({ severity }) => ["error", "warning", "info"].indexOf(severity));
  expect(order).toEqual(order.toSorted((a, b) => a - b));
  expect(linted.every(({ fresh }) => fresh)).toBe(true);
  const progress: string[] = [];
  const again = await lintRepo.lint({ progress: (text) => progress.push(text) });
  expect(progress).toEqual([]);
  expect(again).toEqual(linted.map((one) => ({ ...one, fresh: false })));
});

test("findings of nine rules are mended on one branch, proven; the user's checkout stays as it is", { timeout: 300_000 }, async () => {
  const rules = ["fqcn[action-core]", "name[casing]", "name[missing]", "no-jinja-when", "literal-compare", "risky-shell-pipe", "yaml[truthy]", "yaml[trailing-spaces]", "jinja[spacing]"]; // prettier-ignore
  const ids = [...rules.map((rule) => idOf(rule)), idOf("name[casing]", "roles/app/handlers/main.yml")];
  writeFileSync(join(repo, "notes.txt"), "the user's own work\n");
  writeFileSync(join(repo, "other.yml"), "- name: Edited\n");
  const before = userState();
  const outcome = await apply([...ids, idOf("no-handler")], "local");
  expect(outcome).toMatchObject({ kind: "applied", playbookPath: "site.yml", branch: expect.stringMatching(/^chiffon\/[0-9a-f]{8}$/) });
  if (outcome.kind !== "applied") return;
  expect(userState()).toBe(before);
  expect(readdirSync(worktreeFolder)).toEqual([]);
  expect(outcome.proof).toEqual([
    expect.stringContaining("second lint"),
    expect.stringContaining("syntax check"),
    expect.stringContaining("heck mode"),
  ]);
  expect(outcome.notes).toEqual(
    expect.arrayContaining([expect.stringContaining("bash"), expect.stringContaining("no-handler in site.yml")]),
  );

  const show = (path: string): string => git("show", `${outcome.branch}:${path}`);
  for (const line of [
    "    - name: Count users",
    "      ansible.builtin.shell: set -o pipefail && cat /etc/passwd | wc -l",
    "  gather_facts: false",
    "      when: not ready | bool",
    "      when: ready",
    "    - name: Show a message",
    "    - name: Ready",
    `        msg: "{{ users.stdout | default('x') }}"`,
  ])
    // prettier-ignore
    expect(show("site.yml").split("\n")).toContain(line);
  expect(show("roles/app/tasks/main.yml")).toContain("notify: Say it");
  expect(outcome.diff).toContain("+      ansible.builtin.shell: set -o pipefail");
  expect(git("log", "-1", "--format=%H %an %B", outcome.branch)).toMatch(
    new RegExp(`^${outcome.commit} Chiffon Fix 10 findings[\\s\\S]+Chiffon-Suggestion: ${ids[0]}`),
  );
  expect(git("rev-parse", `${outcome.branch}~1`)).toBe(git("rev-parse", "main"));
  expect(await states(...ids)).toEqual(ids.map(() => "applied"));
  expect(await states(idOf("no-handler"))).toEqual(["pending"]);
  expect((await database.query("select facts from audit_entry where action = 'suggestion.applied'")).length).toBe(ids.length);
  expect(await apply([ids[0] ?? ""], "local")).toMatchObject({ kind: "refused", message: expect.stringContaining(outcome.branch) });
});

test(
  "what cannot be proven, is not committed or may not be done leaves no branch, and the suggestion pending",
  { timeout: 300_000 },
  async () => {
    const branches = git("branch", "--list");
    const refused = async (id: string, why: string, person = "local"): Promise<void> =>
      expect(await apply([id], person)).toMatchObject({ kind: "refused", message: expect.stringContaining(why) });
    await refused(idOf("ignore-errors"), "cannot be made by rule");
    await refused("nonsense", "there is no suggestion");
    await refused(of("other.yml").suggestions[0]?.id ?? "", "not committed"); // the user edited it
    await refused(idOf("no-handler"), "", "slack:T1:U1");
    // Lint can be wrong, and what it says is only data: here of a module that there is not.
    const [unsure] = of("site.yml").suggestions.filter((one) => one.rule === "no-changed-when");
    const message = "You should use canonical module name `ansible.builtin.nosuch` instead of `ansible.builtin.command`.";
    await database.query("update suggestion set rule = 'fqcn[canonical]', message = $2 where id = $1", [unsure?.id, message]);
    await refused(unsure?.id ?? "", "not proven");
    expect(await states(unsure?.id ?? "", idOf("ignore-errors"), of("other.yml").suggestions[0]?.id ?? "")).toEqual([
      "pending",
      "pending",
      "pending",
    ]);
    expect(git("branch", "--list")).toBe(branches);
    expect(
      (await database.query("select 1 as one from audit_entry where action = 'suggestion.applied' and result = 'refused'")).length,
    ).toBeGreaterThan(4);
  },
);

test("a dismissed finding stays away, in changed content too; what a dead process left is taken away", { timeout: 300_000 }, async () => {
  const [finding] = of("other.yml").suggestions;
  expect(await dismiss(finding?.id ?? "", "slack:T1:U1")).toMatchObject({ kind: "refused" });
  expect(await dismiss(finding?.id ?? "", "local")).toEqual({ kind: "done" });
  expect(await dismiss(finding?.id ?? "", "local")).toMatchObject({ kind: "refused" });
  writeFiles(repo, {
    "other.yml":
      "- name: Other\n  hosts: all\n  tasks:\n    - name: Before\n      debug:\n    - name: other\n      ansible.builtin.debug:\n",
  });
  const progress: string[] = [];
  const [now] = await lintRepo.lint({ paths: ["other.yml"], progress: (text) => progress.push(text) });
  expect(progress).toEqual(["Linting 1 playbook …"]);
  expect(now?.suggestions.map(({ rule }) => rule)).toEqual(["fqcn[action-core]"]);

  // As after kill -9 in the middle.
  const place = join(worktreeFolder, "dead");
  mkdirSync(worktreeFolder, { recursive: true });
  writeFileSync(join(worktreeFolder, "dead.json"), JSON.stringify({ repo }));
  git("worktree", "add", "--quiet", "--detach", place);
  git("worktree", "lock", place);
  await createFixWorktrees({ folder: worktreeFolder }).clean();
  expect(existsSync(place)).toBe(false);
  expect(git("worktree", "list").trim().split("\n")).toHaveLength(1);
});
