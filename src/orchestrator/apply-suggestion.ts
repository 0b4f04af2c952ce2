import type { Analyzer } from "../agents/infra/analyzer/analyzer.ts";
import type { CheckRun } from "../agents/infra/analyzer/check-run.ts";
import type { FixWorktree, FixWorktrees } from "../agents/infra/analyzer/fix-worktree.ts";
import { unprovenBecause } from "../agents/infra/analyzer/proof.ts";
import { canRepair, repair } from "../agents/infra/analyzer/repair.ts";
import { appendAudit, writeAudit } from "../audit/audit-log.ts";
import type { Database } from "../db/database.ts";
import { AppError } from "../errors.ts";
import { matterOf, type Policy } from "../policy/policy.ts";
import { appendRunEvents } from "../runs/run-event.ts";
import { allFindings } from "../runs/analysis-store.ts";
import { findSuggestion, noteApplied, runOfContent, type FoundSuggestion, type Suggestion } from "../runs/suggestion-store.ts";
import { visibleLine } from "../visible-text.ts";

export interface ApplySuggestionDeps {
  readonly database: Database;
  readonly policy: Policy;
  readonly analyzer: Analyzer;
  readonly worktrees: FixWorktrees;
  readonly repo: string;
  /** The mended playbook in check mode, where that is possible. */
  readonly check: (repo: string, suggestion: FoundSuggestion, person: string) => Promise<CheckRun>;
}

export type ApplyOutcome =
  | {
      readonly kind: "applied";
      readonly playbookPath: string;
      readonly branch: string;
      readonly commit: string;
      readonly diff: string;
      /** How it was proven, a sentence each. */
      readonly proof: readonly string[];
      /** What whoever merges it should know; also what could not be done of several. */
      readonly notes: readonly string[];
    }
  | { readonly kind: "refused"; readonly message: string; readonly help: string | null };

type KnownFinding = Pick<Suggestion, "path" | "line" | "rule" | "task" | "message">;
type Refused = Extract<ApplyOutcome, { kind: "refused" }>;
const refused = (message: string, help: string | null = null): Refused => ({ kind: "refused", message, help });

/** Mends what suggestions of one playbook are about, on a branch of their own, and only what is proven: else there is no branch, and they stay as they are. */
export function createApplySuggestion(deps: ApplySuggestionDeps): (ids: readonly string[], person: string) => Promise<ApplyOutcome> {
  const { database, analyzer, worktrees, repo } = deps;
  let turn: Promise<unknown> = Promise.resolve();

  async function apply(ids: readonly string[], person: string): Promise<ApplyOutcome> {
    const answer = await deps.policy.may(person, matterOf("admin"));
    const outcome = answer.allowed ? await applyAllowed(ids, person) : refused(answer.reason);
    if (outcome.kind === "refused") {
      const resource = `suggestion:${ids.join(",").slice(0, 100)}`;
      await writeAudit(database, { actor: person, action: "suggestion.applied", resource, result: "refused", facts: { reason: outcome.message.slice(0, 500) } }); // prettier-ignore
    }
    return outcome;
  }

  async function applyAllowed(ids: readonly string[], person: string): Promise<ApplyOutcome> {
    const found: FoundSuggestion[] = [];
    for (const id of new Set(ids)) {
      const one = await findSuggestion(database, id);
      if (one === undefined)
        return refused(`there is no suggestion ${visibleLine(id.slice(0, 40))}`, "`chiffon playbooks lint` lists them.");
      if (one.status !== "pending")
        return refused(
          one.status === "applied" ? `this suggestion is applied on the branch ${one.branch ?? "?"}` : `this suggestion is ${one.status}`,
        );
      found.push(one);
    }
    const [first] = found.filter(({ rule }) => canRepair(rule));
    if (first === undefined) {
      const [one] = found;
      if (one === undefined) return refused("say which suggestion");
      return refused(`a fix for ${one.rule} cannot be made by rule: ${one.reasoning}`, "Mend it by hand, or dismiss it.");
    }
    if (found.some((one) => one.playbookPath !== first.playbookPath)) return refused("these suggestions are of different playbooks");
    try {
      return await onBranch(first, found, person);
    } catch (error) {
      if (error instanceof AppError) return refused(error.message, error.help ?? null);
      throw error;
    }
  }

  async function onBranch(first: FoundSuggestion, found: readonly FoundSuggestion[], person: string): Promise<ApplyOutcome> {
    const branch = `chiffon/${first.id.slice(0, 8)}`;
    const there = await worktrees.branch(repo, branch);
    if (there !== undefined) {
      const done = found.filter(({ id }) => there.message.includes(`Chiffon-Suggestion: ${id}`));
      if (done.length === 0) return refused(`the branch ${branch} is there already`, `Merge it or delete it: git branch -D ${branch}`);
      // A process died after it made the branch and before it noted that.
      await noted(done, { person, branch, commit: there.commit }, first);
      return { kind: "applied", playbookPath: first.playbookPath, branch, commit: there.commit, diff: there.diff, proof: ["It was proven when the branch was made."], notes: [] }; // prettier-ignore
    }
    const worktree = await worktrees.open(repo, first.id, [...new Set(found.map(({ path }) => path))]);
    try {
      const before = await findingsBefore(worktree, first);
      const { repaired, notes } = await repairAll(worktree, found, before);
      if (repaired.length === 0) return refused(notes.join(" "), "Mend it by hand, or dismiss it.");
      const after = await analyzer.prove({ repoDir: worktree.repo, playbookPath: first.playbookPath, secretsDir: repo });
      const unproven = unprovenBecause(repaired, before, after);
      if (unproven !== null) return refused(`the fix is not proven, so there is no branch: ${unproven}`, "The suggestion stays as it is.");
      const check = await deps.check(worktree.repo, first, person);
      if (check.kind === "failed" && !(await failedBefore(worktree, first, person)))
        return refused(
          `the fix is not proven, so there is no branch: check mode fails with it: ${check.output.slice(-500)}`,
          "The suggestion stays as it is.",
        );
      const diff = await worktree.diff();
      const commit = await worktree.commit(branch, await messageOf(first, repaired, person));
      await noted(repaired, { person, branch, commit }, first);
      return { kind: "applied", playbookPath: first.playbookPath, branch, commit, diff, proof: proofOf(check), notes };
    } finally {
      await worktree.close();
    }
  }

  /** Lint's word on the last commit: known where the user's files are the same. */
  async function findingsBefore(worktree: FixWorktree, { playbookPath, contentHash }: FoundSuggestion): Promise<readonly KnownFinding[]> {
    const { toolVersion, files } = await analyzer.state(worktree.repo, [playbookPath]);
    const known =
      files.get(playbookPath)?.hash === contentHash ? await allFindings(database, { playbookPath, contentHash, toolVersion }) : null;
    return known ?? (await analyzer.prove({ repoDir: worktree.repo, playbookPath, secretsDir: repo })).findings;
  }

  async function repairAll(
    worktree: FixWorktree,
    found: readonly FoundSuggestion[],
    before: readonly KnownFinding[],
  ): Promise<{ repaired: readonly FoundSuggestion[]; notes: string[] }> {
    const files = await worktree.files();
    const texts = new Map(files.texts);
    const repaired: FoundSuggestion[] = [];
    const notes: string[] = [];
    // From the end of a file to its beginning: what is above keeps its line.
    const located = found.map((one) => ({ one, line: lineOf(one, before) }));
    for (const { one, line } of located.toSorted((a, b) => (b.line ?? 0) - (a.line ?? 0))) {
      const result = line === null ? gone : repair({ ...one, line }, { ...files, texts });
      if (result.kind === "none") notes.push(`${one.rule} in ${one.path}:${one.line ?? "?"} cannot be mended by rule: ${result.why}.`);
      else {
        for (const [path, text] of result.texts) {
          texts.set(path, text);
          await worktree.write(path, text);
        }
        repaired.push(one);
        notes.push(...result.notes);
      }
    }
    return { repaired, notes: [...new Set(notes)] };
  }

  /** A playbook that fails in check mode anyhow says nothing of the fix. */
  async function failedBefore(worktree: FixWorktree, suggestion: FoundSuggestion, person: string): Promise<boolean> {
    return (await worktree.asCommitted(() => deps.check(worktree.repo, suggestion, person))).kind === "failed";
  }

  async function messageOf(first: FoundSuggestion, repaired: readonly FoundSuggestion[], person: string): Promise<string> {
    const run = await runOfContent(database, first.playbookPath, first.catalogHashes);
    const rules = [...new Set(repaired.map(({ rule }) => rule))];
    const paths = [...new Set(repaired.map(({ path }) => path))];
    const what = rules.length > 3 ? `${repaired.length} findings` : rules.join(", ");
    const where = paths.length > 1 ? `${first.playbookPath} and what it uses` : (paths[0] ?? first.path);
    const lines = repaired.map((one) => `${one.path}:${one.line ?? "?"} ${one.rule}: ${one.message}\n${one.reasoning}`);
    const trailers = [
      ...repaired.map((one) => `Chiffon-Suggestion: ${one.id}`),
      ...(run === undefined ? [] : [`Chiffon-Run: ${run.id}`, `Chiffon-Run-Number: ${run.number}`]),
      `Chiffon-Asked-By: ${deps.policy.nameOf(person)}`,
    ];
    return [`Fix ${what} in ${where}`, "", ...lines, "", ...trailers]
      .map((part) => part.split("\n").map(visibleLine).join("\n"))
      .join("\n");
  }

  async function noted(
    repaired: readonly FoundSuggestion[],
    applied: { readonly person: string; readonly branch: string; readonly commit: string },
    first: FoundSuggestion,
  ): Promise<void> {
    const run = await runOfContent(database, first.playbookPath, first.catalogHashes);
    await database.transaction(async (sql) => {
      for (const one of repaired) {
        await noteApplied(sql, one.id, applied);
        const facts = {
          branch: applied.branch,
          commit: applied.commit,
          rule: one.rule,
          path: one.path,
          ...(run === undefined ? {} : { run: run.id }),
        };
        await appendAudit(sql, {
          actor: applied.person,
          action: "suggestion.applied",
          resource: `suggestion:${one.id}`,
          result: "done",
          facts,
        });
      }
      // Its result is shown again, without them.
      if (run !== undefined) await appendRunEvents(sql, run.id, [{ kind: "suggestion", data: { applied: repaired.map(({ id }) => id) } }]);
    });
  }

  return (ids, person) => {
    const work = turn.then(() => apply(ids, person));
    turn = work.catch(() => undefined);
    return work;
  };
}

const gone = { kind: "none", why: "the finding is not there any more; lint again" } as const;

/** Where the finding is in the last commit: the nearest one that says the same. */
function lineOf(suggestion: FoundSuggestion, findings: readonly KnownFinding[]): number | null {
  const about = (one: Pick<KnownFinding, "task" | "message">): string => one.task ?? one.message;
  const same = findings.filter((one) => one.path === suggestion.path && one.rule === suggestion.rule && about(one) === about(suggestion));
  const away = (one: KnownFinding): number => Math.abs((one.line ?? 1) - (suggestion.line ?? 1));
  return same.toSorted((a, b) => away(a) - away(b))[0]?.line ?? null;
}

function proofOf(check: CheckRun): string[] {
  const checked =
    check.kind === "passed"
      ? "A run in check mode passes."
      : check.kind === "failed"
        ? "Check mode says nothing: the playbook fails in it without the fix, too."
        : `Not run in check mode: ${check.why}.`;
  return ["The finding is gone in a second lint, and there is no new one.", "The syntax check passes.", checked];
}
