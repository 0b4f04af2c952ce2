import { mkdtempSync, readdirSync, rmSync, writeFileSync, chmodSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { createAnalyzer } from "../../src/agents/infra/analyzer/analyzer.ts";
import { findingsOf, reportOf } from "../../src/agents/infra/analyzer/lint-report.ts";
import { categoryOf, reasonOf } from "../../src/agents/infra/analyzer/lint-categories.ts";
import { writeFiles } from "../helpers/agent-bench.ts";

const repo = mkdtempSync(join(tmpdir(), "chiffon-analyzer-"));
afterAll(() => rmSync(repo, { recursive: true, force: true }));
const analyzer = createAnalyzer({ environment: process.env });

test("real findings of a playbook and the roles it uses, gravest first, with category and reason; nothing is written beside them", async () => {
  writeFiles(repo, {
    "site.yml": `- name: Site
  hosts: localhost
  roles: [app]
  tasks:
    - name: Count lines
      ansible.builtin.shell: cat /etc/passwd | wc -l
    - name: Latest
      ansible.builtin.apt:
        name: nginx
        state: latest
    - debug: msg=hello
    - name: Look away
      ansible.builtin.command: "false"
      changed_when: false
      ignore_errors: true
`,
    "roles/app/tasks/main.yml": "- name: unnamed case\n  ansible.builtin.command: git clone https://example.org/x\n",
    "roles/unused/tasks/main.yml": "- shell: ls | wc\n",
    "other.yml": "- hosts: all\n  tasks:\n    - shell: ls | wc\n",
  });
  const listing = (): string => readdirSync(repo, { recursive: true }).map(String).join("\n");
  const before = listing();
  const { findings, total } = await analyzer.analyze({ repoDir: repo, playbookPath: "site.yml" });
  expect(listing()).toBe(before);
  expect(total).toBe(findings.length);
  expect(new Set(findings.map(({ path }) => path))).toEqual(new Set(["site.yml", "roles/app/tasks/main.yml"]));
  expect(findings).toContainEqual(
    expect.objectContaining({
      path: "site.yml",
      line: 5,
      rule: "risky-shell-pipe",
      category: "idempotency",
      reasoning: reasonOf("risky-shell-pipe"),
    }),
  );
  expect(findings).toContainEqual(expect.objectContaining({ rule: "package-latest", category: "performance", task: "Latest" }));
  expect(findings).toContainEqual(expect.objectContaining({ rule: "ignore-errors", category: "error_handling" }));
  expect(findings).toContainEqual(
    expect.objectContaining({ path: "roles/app/tasks/main.yml", rule: "command-instead-of-module", category: "idempotency" }),
  );
  const order = findings.map(({ severity }) => ["error", "warning", "info"].indexOf(severity));
  expect(order).toEqual(order.toSorted((a, b) => a - b));
});

test("a playbook that ansible cannot read is one finding of its own", async () => {
  writeFileSync(join(repo, "broken.yml"), "- hosts: all\n  tasks:\n    - nosuchmodule_at_all: {}\n");
  const { findings } = await analyzer.analyze({ repoDir: repo, playbookPath: "broken.yml" });
  expect(findings).toContainEqual(
    expect.objectContaining({ rule: expect.stringMatching(/^syntax-check/), category: "best_practices", severity: "error" }),
  );
});

test("of more than a hundred findings the gravest fifty are shown, with the true total", () => {
  const issue = (line: number, severity: string): object => ({
    check_name: "yaml[line-length]",
    severity,
    level: "error",
    description: "too long",
    location: { path: "site.yml", lines: { begin: line } },
  });
  const report = reportOf(
    findingsOf(JSON.stringify([...Array.from({ length: 119 }, (_, line) => issue(line, "minor")), issue(500, "blocker")])),
  );
  expect(report.total).toBe(120);
  expect(report.findings).toHaveLength(50);
  expect(report.findings[0]).toMatchObject({ line: 500, severity: "error" });
});

test("every category and every rule with a reason of its own", () => {
  expect(["name[missing]", "fqcn[action-core]", "deprecated-module", "no-changed-when", "run-once[task]"].map(categoryOf)).toEqual([
    "best_practices",
    "error_handling",
    "performance",
    "idempotency",
    "standards",
  ]);
  const own = ["no-changed-when", "command-instead-of-module", "risky-shell-pipe", "ignore-errors", "no-handler", "fqcn", "package-latest", "literal-compare", "no-jinja-when", "yaml", "name", "syntax-check", "jinja", "args", "var-naming"]; // prettier-ignore
  for (const rule of own) expect(reasonOf(`${rule}[some]`)).not.toBe(reasonOf("something-unknown"));
});

test("a lint that hangs is ended at its limit, with all it started", async () => {
  const bin = mkdtempSync(join(tmpdir(), "chiffon-slow-lint-"));
  writeFileSync(join(bin, "ansible-lint"), "#!/bin/sh\nsleep 300 & sleep 300\n");
  chmodSync(join(bin, "ansible-lint"), 0o755);
  const slow = createAnalyzer({ environment: { ...process.env, PATH: `${bin}:${process.env["PATH"] ?? ""}` }, timeLimitMs: 300 });
  await expect(slow.analyze({ repoDir: repo, playbookPath: "site.yml" })).rejects.toMatchObject({ code: "lint-timeout" });
  const missing = createAnalyzer({ environment: { PATH: bin.replace("slow", "none") } });
  await expect(missing.analyze({ repoDir: repo, playbookPath: "site.yml" })).rejects.toMatchObject({ code: "lint-missing" });
  rmSync(bin, { recursive: true });
});

test("no code of the repo runs while it is linted, and its modules and settings still count", { timeout: 120_000 }, async () => {
  const own = mkdtempSync(join(tmpdir(), "chiffon-lint-code-"));
  const touched = join(own, "touched");
  const code = `open(${JSON.stringify(touched)}, "w").close()\n`;
  const site = (hosts: string): string =>
    `- name: Site\n  hosts: ${hosts}\n  tasks:\n    - name: Own\n      widget:\n        size: 1\n    - name: Latest\n      ansible.builtin.apt: {name: nginx, state: latest}\n    - debug: msg=hello\n`;
  writeFiles(own, {
    ".ansible-lint": "rulesdir: [rules]\nskip_list: [package-latest]\n",
    "rules/own.py": code,
    "filter_plugins/own.py": code,
    "library/widget.py": code,
    "callback_plugins/own.py": code,
    "ansible.cfg": "[defaults]\nvault_password_file = secret.sh\ninventory = hosts.sh\ncallbacks_enabled = own\n",
    "secret.sh": `#!/bin/sh\ntouch ${touched}\necho x\n`,
    "hosts.sh": `#!/bin/sh\ntouch ${touched}\necho '{}'\n`,
    "site.yml": site("\"{{ lookup('pipe', 'touch " + touched + "; echo localhost') }}\""),
    "other.yml": site("\"{{ lookup('pi' ~ 'pe', 'touch " + touched + "; echo localhost') }}\""),
    "plain.yml": site("localhost"),
  });
  for (const name of ["secret.sh", "hosts.sh"]) chmodSync(join(own, name), 0o755);
  for (const playbookPath of ["site.yml", "other.yml", "plain.yml"]) {
    const { findings } = await analyzer.analyze({ repoDir: own, playbookPath });
    expect(readdirSync(own)).not.toContain("touched");
    expect(findings.map(({ rule }) => rule)).not.toContain("package-latest");
  }
  const { findings } = await analyzer.analyze({ repoDir: own, playbookPath: "plain.yml" });
  expect(findings.map(({ rule }) => rule)).toContain("name[missing]");
  expect(findings.map(({ rule }) => rule)).not.toContain("syntax-check[unknown-module]");
  rmSync(own, { recursive: true });
});
