import { AppError, exitCodes, type ExitCode } from "../errors.ts";
import { greedyReason } from "../mapping/greedy-playbook.ts";
import type { Playbook } from "../mapping/playbook.ts";
import type { LintedPlaybook } from "../orchestrator/lint-repo.ts";
import type { StoredSuggestion } from "../runs/suggestion-store.ts";
import { visibleLine } from "../visible-text.ts";
import type { CommandApp, CommandIo } from "./command.ts";
import { usageError } from "./parse-arguments.ts";
import { oneLine } from "./table.ts";

export interface LintChoice {
  readonly json: boolean;
  /** Paths or ids of playbooks; all when empty. */
  readonly names: readonly string[];
  readonly failOn: string | boolean | undefined;
}

const levels = ["error", "warning", "info"];
/** Of more than a hundred the gravest fifty are shown, with the true number. */
const shownWhole = 100;
const shownOfMany = 50;

export async function lintPlaybooks(io: CommandIo, app: CommandApp, { json, names, failOn }: LintChoice): Promise<ExitCode> {
  if (failOn !== undefined && !levels.includes(String(failOn))) throw usageError("--fail-on takes error, warning or info");
  const chosen = await chosenPlaybooks(app, names);
  const linted = await app.lint({
    ...(names.length === 0 ? {} : { paths: chosen.map(pathOf) }),
    signal: io.signal,
    progress: (text) => io.err(`${text}\n`),
  });
  const findings = distinct(linted);
  const unlisted = linted.reduce((sum, one) => sum + one.total - one.suggestions.length, 0);
  const total = findings.length + unlisted;
  const shown = total > shownWhole ? findings.slice(0, shownOfMany) : findings;
  const greedy = names.length === 0 ? [] : chosen.flatMap((one) => greedyReason(one) ?? []);
  if (json) {
    const document = { total, categories: countsOf(findings), suggestions: shown, playbooks: linted.map(playbookDocument), ...(greedy.length === 0 ? {} : { greedy: greedy.join(" ") }) }; // prettier-ignore
    io.out(`${JSON.stringify(document)}\n`);
  } else {
    for (const playbook of names.length === 0 ? [] : chosen) sayGreedy(io, playbook);
    sayFindings(io, shown, total, findings);
  }
  const failing = failOn === undefined ? [] : levels.slice(0, levels.indexOf(String(failOn)) + 1);
  return findings.some(({ severity }) => failing.includes(severity)) ? exitCodes.failed : exitCodes.ok;
}

async function chosenPlaybooks(app: CommandApp, names: readonly string[]): Promise<readonly Playbook[]> {
  const { playbooks } = await app.catalog();
  return names.length === 0 ? playbooks : names.map((name) => playbookNamed(playbooks, name));
}

/** By its path or id. Throws `playbook-unknown`. */
export function playbookNamed(playbooks: readonly Playbook[], name: string): Playbook {
  const playbook = playbooks.find((one) => one.path === name || one.id === name);
  if (playbook !== undefined) return playbook;
  throw new AppError("playbook-unknown", `there is no playbook ${oneLine(name, 80)}`, {
    exitCode: exitCodes.notMapped,
    help: "`chiffon playbooks list` shows what is there.",
  });
}

function pathOf(playbook: Playbook): string {
  return playbook.driver?.path ?? playbook.path;
}

/** A role that several playbooks use has its findings once; the gravest come first. */
function distinct(linted: readonly LintedPlaybook[]): StoredSuggestion[] {
  const found = new Map<string, StoredSuggestion>();
  for (const one of linted.flatMap(({ suggestions }) => suggestions)) {
    const key = JSON.stringify([one.path, one.line, one.rule, one.message]);
    if (!found.has(key)) found.set(key, one);
  }
  return [...found.values()].toSorted(
    (a, b) => levels.indexOf(a.severity) - levels.indexOf(b.severity) || a.path.localeCompare(b.path) || (a.line ?? 0) - (b.line ?? 0),
  );
}

function countsOf(findings: readonly StoredSuggestion[]): Record<string, number> {
  return Object.fromEntries([...Map.groupBy(findings, ({ category }) => category)].map(([category, of]) => [category, of.length]));
}

function playbookDocument({ playbookPath, contentHash, toolVersion, total, fresh }: LintedPlaybook): object {
  return { path: playbookPath, contentHash, toolVersion, total, fresh };
}

function sayGreedy(io: CommandIo, playbook: Playbook): void {
  const greedy = greedyReason(playbook);
  if (greedy === undefined) return;
  io.out(
    `${visibleLine(playbook.path)}: would be taken for almost everything: ${oneLine(greedy, 200)}\n    Describe in one sentence what it does; until then only its name counts.\n`,
  );
}

/** By file, the file with the gravest finding first; within it by category. */
function sayFindings(io: CommandIo, shown: readonly StoredSuggestion[], total: number, all: readonly StoredSuggestion[]): void {
  if (total === 0) return io.out("No findings.\n");
  for (const [path, ofFile] of Map.groupBy(shown, (one) => one.path)) {
    io.out(`${visibleLine(path)}\n`);
    for (const [category, ofCategory] of Map.groupBy(ofFile, (one) => one.category)) {
      io.out(`  ${category.replaceAll("_", " ")}\n`);
      for (const one of ofCategory)
        io.out(
          `    ${visibleLine(path)}:${one.line ?? "?"}  ${one.severity}  ${visibleLine(one.rule)}  ${oneLine(one.message, 120)}  [${one.id.slice(0, 8)}]\n        ${one.reasoning}\n`,
        );
    }
  }
  if (total > shown.length) io.out(`… ${total} findings in all; the gravest ${shown.length} are shown\n`);
  const counts = Object.entries(countsOf(all)).map(([category, count]) => `${count} ${category.replaceAll("_", " ")}`);
  io.out(`${total} ${total === 1 ? "finding" : "findings"}: ${counts.join(", ")}\n`);
}
