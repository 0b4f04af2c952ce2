import { z } from "zod";
import { categoryOf, reasonOf, type LintCategory } from "./lint-categories.ts";

export interface LintFinding {
  readonly path: string;
  readonly line: number;
  /** The task it is about, where there is one. */
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

export function reportOf(findings: readonly LintFinding[]): LintReport {
  return { findings: findings.length > shownWhole ? findings.slice(0, shownOfMany) : findings, total: findings.length };
}

/** All findings of what `-f json` printed, gravest first; paths outside the repository are other people's roles. */
export function findingsOf(output: string, repo = ""): LintFinding[] {
  const issues = z.array(z.unknown()).parse(JSON.parse(output));
  const findings = issues.flatMap((issue) => {
    const parsed = issueSchema.safeParse(issue);
    return parsed.success ? [findingOf(parsed.data, repo)] : [];
  });
  return findings
    .filter(({ path }) => !path.startsWith("..") && !path.startsWith("/"))
    .toSorted((a, b) => rank(a) - rank(b) || a.path.localeCompare(b.path) || a.line - b.line || a.rule.localeCompare(b.rule));
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
    // Brackets come escaped for lint's own coloured output.
    message: issue.description.replaceAll("\\[", "["),
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
