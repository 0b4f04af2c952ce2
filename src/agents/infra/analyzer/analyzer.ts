import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { AppError } from "../../../errors.ts";
import { memoryCache, type AnswerCache } from "../../answer-cache.ts";
import type { AnsibleFacts } from "../ansible-facts.ts";
import { cleanEnvironment, findProgram } from "../environment.ts";
import type { WarmPrograms } from "../warm-programs.ts";
import { createLintedFiles, type LintedFiles } from "./linted-files.ts";
import { inLintPlace, type LintPlace } from "./lint-place.ts";
import { findingsOf, reportOf, type LintFinding, type LintReport } from "./lint-report.ts";
import { findLint, lintTool } from "./lint-tool.ts";
import { limitedProgram } from "./limited-program.ts";
import { withTaskNames } from "./task-names.ts";

export interface AnalyzerDeps {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly timeLimitMs?: number;
  /** Says which files of the repo hold passwords and keys, and where its roles are. */
  readonly facts?: Pick<AnsibleFacts, "changedConfig"> & Partial<Pick<AnsibleFacts, "places">>;
  readonly cache?: AnswerCache;
  readonly warm?: WarmPrograms | undefined;
}

export interface AnalyzeOptions {
  /** The repository, or a snapshot of it. Never written into. */
  readonly repoDir: string;
  readonly playbookPath: string;
  /** Where the password files lie that its settings name; the repository itself when absent. */
  readonly secretsDir?: string;
  readonly signal?: AbortSignal | undefined;
}

export interface AnalyzeManyOptions {
  readonly repoDir: string;
  readonly playbookPaths: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

export interface ContentState {
  /** Versions and settings, in words that are the same as long as findings are. */
  readonly toolVersion: string;
  readonly files: ReadonlyMap<string, LintedFiles>;
}

export interface ProvedReport {
  readonly findings: readonly LintFinding[];
  /** What `ansible-playbook --syntax-check` said against it; null: nothing. */
  readonly syntaxError: string | null;
}

export interface Analyzer {
  /** Findings of one playbook and all it includes. */
  analyze(options: AnalyzeOptions): Promise<LintReport>;
  /** All findings of several playbooks by one process, each playbook with those of the files it includes. */
  analyzeMany(options: AnalyzeManyOptions): Promise<ReadonlyMap<string, readonly LintFinding[]>>;
  /** All findings of one playbook, and whether ansible can read it. */
  prove(options: AnalyzeOptions): Promise<ProvedReport>;
  /** What findings depend on, as it is now. */
  state(repoDir: string, playbookPaths: readonly string[]): Promise<ContentState>;
}

const defaultTimeLimitMs = 60_000;
const moreForEachMs = 10_000;
const longestMs = 30 * 60_000;

/** Runs `ansible-lint` on playbooks and the roles they use, in a copy. */
export function createAnalyzer(deps: AnalyzerDeps): Analyzer {
  const environment = cleanEnvironment(deps.environment);
  const cache = deps.cache ?? memoryCache();
  const lintedFiles = createLintedFiles();
  const place = { environment, facts: deps.facts };
  const timeLimitMs = deps.timeLimitMs ?? defaultTimeLimitMs;

  async function filesOf(repoDir: string, playbookPaths: readonly string[]): Promise<ReadonlyMap<string, LintedFiles>> {
    const places = await deps.facts?.places?.(repoDir).catch(() => undefined);
    return lintedFiles.of(repoDir, playbookPaths, places?.roles ?? []);
  }

  async function lint({ repo, env }: LintPlace, playbooks: readonly string[], signal: AbortSignal | undefined): Promise<LintFinding[]> {
    const limit = Math.min(longestMs, timeLimitMs + moreForEachMs * (playbooks.length - 1));
    // Without --offline it installs requirements from the network.
    const args = ["--offline", "-q", "--nocolor", "-f", "json", "--project-dir", repo, "-c", `${repo}/.ansible-lint`, "--", ...playbooks];
    const said = await limitedProgram(findLint(environment), { args, cwd: repo, env, timeLimitMs: limit, signal, warm: deps.warm });
    // 0: nothing found, 2: findings.
    if (!said.stdout.trimStart().startsWith("[")) {
      throw new AppError(
        "lint-failed",
        `ansible-lint failed on ${playbooks.join(", ").slice(0, 200)}: ${said.stderr.trim().slice(-1_000)}`,
        {
          facts: { exitCode: said.exitCode },
        },
      );
    }
    return withTaskNames(findingsOf(said.stdout, repo), repo);
  }

  return {
    async analyze({ repoDir, playbookPath, secretsDir = repoDir, signal }) {
      findLint(environment);
      return reportOf(await inLintPlace(place, repoDir, secretsDir, (copy) => lint(copy, [playbookPath], signal)));
    },

    async analyzeMany({ repoDir, playbookPaths, signal }) {
      findLint(environment);
      return inLintPlace(place, repoDir, repoDir, async (copy) => {
        const files = await filesOf(copy.repo, playbookPaths);
        const found = new Map<string, readonly LintFinding[]>();
        let open = playbookPaths;
        while (open.length > 0) {
          const findings = await lint(copy, open, signal);
          const belonging = ownedBy(open, findings, files);
          // Where ansible cannot read one playbook, lint looks at none of them: the others are done without it.
          const unreadable = findings.filter(({ rule }) => rule.startsWith("syntax-check"));
          const done = unreadable.length === 0 ? open : open.filter((path) => (belonging.get(path)?.length ?? 0) > 0);
          for (const path of done) found.set(path, belonging.get(path) ?? []);
          open = open.filter((path) => !done.includes(path));
        }
        return found;
      });
    },

    async prove({ repoDir, playbookPath, secretsDir = repoDir, signal }) {
      return inLintPlace(place, repoDir, secretsDir, async (copy) => {
        const findings = await lint(copy, [playbookPath], signal);
        for (const path of copy.ownModules) {
          // An empty file in a module's place: its name is known then, and nothing of it runs.
          const file = join(copy.repo, path.replace(/(^|\/)action_plugins\//, "$1library/").replace(/\.\w+$/, ".py"));
          await mkdir(dirname(file), { recursive: true });
          await writeFile(file, "");
        }
        const said = await limitedProgram(findProgram("ansible-playbook", environment), {
          args: ["-i", "localhost,", "--syntax-check", "--", playbookPath],
          cwd: copy.repo,
          env: { ...copy.env, ANSIBLE_NOCOLOR: "1" },
          timeLimitMs,
          signal,
          warm: deps.warm,
        });
        return { findings, syntaxError: said.exitCode === 0 ? null : (said.stderr.trim() || said.stdout.trim()).slice(-1_000) };
      });
    },

    async state(repoDir, playbookPaths) {
      const [toolVersion, files] = await Promise.all([lintTool(repoDir, environment, cache), filesOf(repoDir, playbookPaths)]);
      return { toolVersion, files };
    },
  };
}

/** A finding belongs to each playbook that includes its file. One that we do not know to be included belongs to who may include anything, else to the first. */
function ownedBy(
  playbooks: readonly string[],
  findings: readonly LintFinding[],
  files: ReadonlyMap<string, LintedFiles>,
): ReadonlyMap<string, readonly LintFinding[]> {
  const open = playbooks.filter((path) => files.get(path)?.open === true);
  const owned = new Map<string, LintFinding[]>(playbooks.map((path) => [path, []]));
  for (const finding of findings) {
    const sure = playbooks.filter((path) => files.get(path)?.paths.includes(finding.path) === true);
    for (const path of sure.length > 0 ? sure : open.length > 0 ? open : playbooks.slice(0, 1)) owned.get(path)?.push(finding);
  }
  return owned;
}
