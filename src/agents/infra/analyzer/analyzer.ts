import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { z } from "zod";
import { AppError } from "../../../errors.ts";
import type { AnsibleFacts } from "../ansible-facts.ts";
import { cleanEnvironment, findProgram, type Environment } from "../environment.ts";
import { copyForLint } from "./lint-copy.ts";
import { resolveSecrets } from "../resolve-secrets.ts";
import { secretFilesIn } from "../secret-free-tree.ts";
import { secretEnvironment } from "../secret-sources.ts";
import { categoryOf, reasonOf, type LintCategory } from "./lint-categories.ts";

export interface LintFinding {
  readonly path: string;
  readonly line: number;
  /** The task it is about, where the rule says so. */
  readonly task: string | null;
  /** With its suffix: `name[missing]`. */
  readonly rule: string;
  readonly category: LintCategory;
  readonly severity: "error" | "warning" | "info";
  readonly message: string;
  readonly reasoning: string;
}

export interface LintReport {
  /** Gravest first; of more than a hundred only the first fifty. */
  readonly findings: readonly LintFinding[];
  readonly total: number;
}

export interface AnalyzerDeps {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly timeLimitMs?: number;
  /** Says which files of the repo hold passwords and keys: those are not copied. */
  readonly facts?: Pick<AnsibleFacts, "changedConfig">;
}

export interface AnalyzeOptions {
  /** The repository, or a snapshot of it. Never written into. */
  readonly repoDir: string;
  readonly playbookPath: string;
  readonly signal?: AbortSignal;
}

const defaultTimeLimitMs = 60_000;
const shownWhole = 100;
const shownOfMany = 50;

const issueSchema = z.looseObject({
  check_name: z.string(),
  severity: z.string().optional(),
  level: z.string().optional(),
  description: z.string(),
  location: z.looseObject({
    path: z.string(),
    lines: z.looseObject({ begin: z.union([z.number(), z.looseObject({ line: z.number() })]) }).optional(),
    positions: z.looseObject({ begin: z.looseObject({ line: z.number() }) }).optional(),
  }),
  content: z.looseObject({ body: z.string() }).optional(),
});

/** Runs `ansible-lint` on one playbook and the roles it uses, in a copy: newer versions write beside what they read, and no code of the repo may run. */
export function createAnalyzer(deps: AnalyzerDeps): { analyze(options: AnalyzeOptions): Promise<LintReport> } {
  const environment = cleanEnvironment(deps.environment);
  return {
    async analyze({ repoDir, playbookPath, signal }) {
      const program = findLint(environment);
      const folder = await mkdtemp(join(tmpdir(), "chiffon-lint-"));
      try {
        const repo = join(folder, "repo");
        const secrets = await secretsOf(repoDir, folder);
        await copyForLint(repoDir, repo, secrets.files);
        await mkdir(join(folder, "cache"));
        const output = await lint(
          program,
          repo,
          playbookPath,
          {
            ...environment,
            XDG_CACHE_HOME: join(folder, "cache"),
            ANSIBLE_LOCAL_TEMP: join(folder, "tmp"),
            ANSIBLE_INVENTORY_ENABLED: "yaml,ini,toml",
            ...secrets.environment,
          },
          deps.timeLimitMs ?? defaultTimeLimitMs,
          signal,
        );
        return reportOf(output, repo);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };

  /** Encrypted variables of roles need a password even for a look at the syntax. A program that prints one is not run: then another word stands for it. */
  async function secretsOf(
    repoDir: string,
    folder: string,
  ): Promise<{ readonly files: ReadonlySet<string>; readonly environment: Environment }> {
    const config = (await deps.facts?.changedConfig(repoDir)) ?? {};
    const files = await secretFilesIn(repoDir, config, environment["HOME"] ?? "/root");
    try {
      return { files, environment: await resolveSecrets(config, { folder: await realpath(repoDir) }) };
    } catch {
      const none = join(folder, "no-password");
      await writeFile(none, "none\n", { mode: 0o600 });
      return {
        files,
        environment: mapped(
          secretEnvironment(config, folder, () => true),
          none,
        ),
      };
    }
  }
}

function mapped(names: Environment, value: string): Environment {
  return Object.fromEntries(Object.keys(names).map((name) => [name, value]));
}

/** Findings of what `-f json` printed; paths outside the repository are other people's roles. */
export function reportOf(output: string, repo = ""): LintReport {
  const issues = z.array(z.unknown()).parse(JSON.parse(output));
  const findings = issues.flatMap((issue) => {
    const parsed = issueSchema.safeParse(issue);
    return parsed.success ? [findingOf(parsed.data, repo)] : [];
  });
  const inside = findings.filter(({ path }) => !path.startsWith("..") && !path.startsWith("/"));
  const sorted = inside.toSorted(
    (a, b) => rank(a) - rank(b) || a.path.localeCompare(b.path) || a.line - b.line || a.rule.localeCompare(b.rule),
  );
  return { findings: sorted.length > shownWhole ? sorted.slice(0, shownOfMany) : sorted, total: sorted.length };
}

function findingOf(issue: z.infer<typeof issueSchema>, repo: string): LintFinding {
  const begin = issue.location.lines?.begin;
  const line = (typeof begin === "number" ? begin : begin?.line) ?? issue.location.positions?.begin.line ?? 1;
  const body = issue.content?.body ?? "";
  const path = repo !== "" && issue.location.path.startsWith(`${repo}/`) ? issue.location.path.slice(repo.length + 1) : issue.location.path;
  return {
    path,
    line,
    task: /^Task\/Handler: (.*)$/m.exec(body)?.[1] ?? null,
    rule: issue.check_name,
    category: categoryOf(issue.check_name),
    severity: severityOf(issue.severity, issue.level),
    message: issue.description,
    reasoning: reasonOf(issue.check_name),
  };
}

/** Rules that the repo's own configuration only warns about are warnings, however grave. */
function severityOf(severity: string | undefined, level: string | undefined): LintFinding["severity"] {
  if (severity === "info") return "info";
  if (level === "warning" || level === "note" || severity === "minor") return "warning";
  return "error";
}

function rank(finding: LintFinding): number {
  return ["error", "warning", "info"].indexOf(finding.severity);
}

async function lint(
  program: string,
  repo: string,
  playbook: string,
  env: Readonly<Record<string, string>>,
  timeLimitMs: number,
  signal?: AbortSignal,
): Promise<string> {
  // Without --offline it installs requirements from the network. Its own group: it starts ansible-playbook, which must end with it.
  const child = execa(
    program,
    ["--offline", "-q", "--nocolor", "-f", "json", "--project-dir", repo, "-c", join(repo, ".ansible-lint"), "--", playbook],
    {
      cwd: repo,
      env: { ...env },
      extendEnv: false,
      stdin: "ignore",
      reject: false,
      detached: true,
      maxBuffer: 64 * 1024 * 1024,
    },
  );
  let overLimit = false;
  const end = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    } catch {
      // It ended in this moment.
    }
  };
  const timer = setTimeout(() => {
    overLimit = true;
    end();
  }, timeLimitMs);
  signal?.addEventListener("abort", end, { once: true });
  try {
    const said = await child;
    signal?.throwIfAborted();
    if (overLimit) throw new AppError("lint-timeout", `ansible-lint took longer than ${Math.round(timeLimitMs / 1000)} s on ${playbook}`);
    // 0: nothing found, 2: findings.
    if (!said.stdout.trimStart().startsWith("[")) {
      throw new AppError("lint-failed", `ansible-lint failed on ${playbook}: ${said.stderr.trim().slice(-1_000)}`, {
        facts: { exitCode: said.exitCode },
      });
    }
    return said.stdout;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", end);
  }
}

function findLint(environment: Readonly<Record<string, string>>): string {
  try {
    return findProgram("ansible-lint", environment);
  } catch (cause) {
    throw new AppError("lint-missing", "ansible-lint is not installed", {
      cause,
      help: "Install it, for example: apt install ansible-lint",
    });
  }
}
