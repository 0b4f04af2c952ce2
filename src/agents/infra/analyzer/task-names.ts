import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isScalar } from "yaml";
import type { LintFinding } from "./lint-report.ts";
import { moduleOf } from "./task-module.ts";
import { itemAt, outlineOf, pairOf, type PlaybookOutline } from "./playbook-outline.ts";

/** Some rules do not say which task they are about: then it is the one at their line. A dismissal is known again by it. */
export function withTaskNames(findings: readonly LintFinding[], repo: string): LintFinding[] {
  const outlines = new Map<string, PlaybookOutline | null>();
  return findings.map((finding) => {
    if (finding.task !== null || finding.rule.startsWith("syntax-check")) return finding;
    const before = outlines.get(finding.path);
    const outline = before === undefined ? read(join(repo, finding.path)) : before;
    outlines.set(finding.path, outline);
    return { ...finding, task: outline === null ? null : nameAt(outline, finding.line) };
  });
}

function nameAt(outline: PlaybookOutline, line: number): string | null {
  const item = itemAt(outline, line);
  if (item === undefined || item.kind !== "task") return null;
  const name = pairOf(item.node, "name")?.value;
  return isScalar(name) && typeof name.value === "string" ? name.value : (moduleOf(item.node)?.name ?? null);
}

function read(file: string): PlaybookOutline | null {
  try {
    return outlineOf(readFileSync(file, "utf8"));
  } catch {
    return null;
  }
}
