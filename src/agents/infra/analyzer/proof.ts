import type { LintFinding } from "./lint-report.ts";
import type { ProvedReport } from "./analyzer.ts";

type Known = Pick<LintFinding, "path" | "rule" | "message">;

/** Why a fix is not proven; null: what was to go is gone, nothing new came, and ansible can read it. */
export function unprovenBecause(repaired: readonly Known[], before: readonly Known[], after: ProvedReport): string | null {
  if (after.syntaxError !== null) return `ansible cannot read it any more: ${after.syntaxError}`;
  // By rule and file: names of tasks, and so what is said of them, may change with the fix.
  const had = counts(before);
  const has = counts(after.findings);
  const fixed = counts(repaired);
  for (const [key, count] of has) {
    if (count > (had.get(key) ?? 0)) return `lint finds something new: ${after.findings.find((one) => keyOf(one) === key)?.message ?? key}`;
  }
  for (const [key, count] of fixed) {
    if ((has.get(key) ?? 0) > (had.get(key) ?? 0) - count)
      return `lint still finds it: ${repaired.find((one) => keyOf(one) === key)?.message ?? key}`;
  }
  return null;
}

function counts(findings: readonly Known[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const one of findings) found.set(keyOf(one), (found.get(keyOf(one)) ?? 0) + 1);
  return found;
}

function keyOf({ path, rule }: Known): string {
  return `${path}\0${rule}`;
}
