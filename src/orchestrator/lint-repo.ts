import type { Analyzer, ContentState } from "../agents/infra/analyzer/analyzer.ts";
import type { Database } from "../db/database.ts";
import { AppError } from "../errors.ts";
import type { PlaybookCatalog } from "../mapping/playbook.ts";
import { analysesOf, saveAnalysis, type AnalysisKey, type StoredAnalysis } from "../runs/analysis-store.ts";

export interface LintRepoDeps {
  readonly database: Database;
  readonly analyzer: Analyzer;
  readonly repo: string;
  /** A look that is seconds old will do for what is known; what is new is named by a fresh one. */
  readonly catalog: { current(): Promise<PlaybookCatalog>; refresh(): Promise<PlaybookCatalog> };
}

export interface LintOptions {
  /** Of the playbooks; all of the catalog when absent. */
  readonly paths?: readonly string[];
  readonly progress?: (text: string) => void;
  readonly signal?: AbortSignal;
}

export interface LintedPlaybook extends StoredAnalysis {
  readonly contentHash: string;
  /** Its content was not looked at before. */
  readonly fresh: boolean;
}

export interface LintRepo {
  /** Findings of playbooks as they are now: what is unchanged comes from the store, all others go through one process. */
  lint(options?: LintOptions): Promise<readonly LintedPlaybook[]>;
}

export function createLintRepo(deps: LintRepoDeps): LintRepo {
  const { database, analyzer, repo } = deps;
  let turn: Promise<unknown> = Promise.resolve();

  async function lint({ paths, progress, signal }: LintOptions): Promise<readonly LintedPlaybook[]> {
    const before = await look(await deps.catalog.current(), paths);
    const seen = await analysesOf(database, before.keys, before.state.toolVersion);
    const isKnown = before.keys.every((key) => seen.has(key.playbookPath));
    const { keys, state } = isKnown ? before : await look(await deps.catalog.refresh(), paths);
    const known = isKnown ? seen : await analysesOf(database, keys, state.toolVersion);
    const changed = keys.filter((key) => !known.has(key.playbookPath));
    if (changed.length > 0) {
      const unchanged = known.size === 0 ? "" : `; ${known.size} did not change`;
      progress?.(`Linting ${changed.length} ${changed.length === 1 ? "playbook" : "playbooks in one process"}${unchanged} …`);
      await lintNow(changed, state, signal);
    }
    const now = changed.length === 0 ? known : await analysesOf(database, keys, state.toolVersion);
    return keys.map((key) => {
      const analysis = now.get(key.playbookPath);
      if (analysis === undefined) throw changedMeanwhile(key.playbookPath);
      return { ...analysis, contentHash: key.contentHash, fresh: !known.has(key.playbookPath) };
    });
  }

  async function look(
    { playbooks }: PlaybookCatalog,
    paths: readonly string[] | undefined,
  ): Promise<{ readonly keys: readonly AnalysisKey[]; readonly state: ContentState }> {
    const byPath = Map.groupBy(playbooks, (playbook) => playbook.driver?.path ?? playbook.path);
    const wanted = [...new Set(paths ?? byPath.keys())];
    const state = await analyzer.state(repo, wanted);
    const keys = wanted.map((path) => keyOf(path, state, byPath.get(path)?.map((playbook) => playbook.contentHash) ?? []));
    return { keys, state };
  }

  async function lintNow(keys: readonly AnalysisKey[], state: ContentState, signal: AbortSignal | undefined): Promise<void> {
    const paths = keys.map((key) => key.playbookPath);
    const found = await analyzer.analyzeMany({ repoDir: repo, playbookPaths: paths, signal });
    // Findings of a file that was edited while lint read it belong to no content that we could name.
    const after = await analyzer.state(repo, paths);
    const steady = keys.filter(
      (key) => after.toolVersion === state.toolVersion && after.files.get(key.playbookPath)?.hash === key.contentHash,
    );
    for (const key of steady) {
      const suggestions = found.get(key.playbookPath) ?? [];
      await saveAnalysis(database, { ...key, toolVersion: state.toolVersion, total: suggestions.length, suggestions });
    }
  }

  return {
    // In turn: whoever asks for what is being looked at finds it in the store.
    lint(options = {}) {
      const work = turn.then(() => lint(options));
      turn = work.catch(() => undefined);
      return work;
    },
  };
}

function keyOf(path: string, state: ContentState, catalogHashes: readonly string[]): AnalysisKey {
  const files = state.files.get(path);
  if (files === undefined || files.paths.length === 0)
    throw new AppError("playbook-gone", `the playbook ${path} cannot be read`, {
      help: "Was it moved? `chiffon playbooks refresh` looks again.",
    });
  return { playbookPath: path, contentHash: files.hash, catalogHashes };
}

function changedMeanwhile(path: string): AppError {
  return new AppError("repo-changing", `${path} was changed while it was linted`, { help: "Ask again." });
}
