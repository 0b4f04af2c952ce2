import { canonicalJson } from "../../../canonical-json.ts";
import { fixJinjaWhen, fixLiteralCompare } from "./fixers/conditions.ts";
import { none, type Edit, type Fixer, type Fix, type RepoFiles } from "./fixers/fixer.ts";
import { fixFqcn } from "./fixers/fqcn.ts";
import { fixJinjaSpacing } from "./fixers/jinja-spacing.ts";
import { fixCasing, fixKeyOrder, fixMissingName } from "./fixers/name.ts";
import { fixNeedlessShell, fixShellPipe } from "./fixers/shell.ts";
import { fixYamlStyle } from "./fixers/yaml-style.ts";
import { itemAt, outlineOf, type OutlineItem } from "./playbook-outline.ts";

/** By rule with its suffix, or without. */
const fixers: Readonly<Record<string, Fixer>> = {
  "fqcn[action-core]": fixFqcn,
  "fqcn[action]": fixFqcn,
  "fqcn[canonical]": fixFqcn,
  "name[casing]": fixCasing,
  "name[missing]": fixMissingName,
  "no-jinja-when": fixJinjaWhen,
  "literal-compare": fixLiteralCompare,
  "risky-shell-pipe": fixShellPipe,
  "command-instead-of-shell": fixNeedlessShell,
  "key-order": fixKeyOrder,
  "jinja[spacing]": fixJinjaSpacing,
  "yaml[trailing-spaces]": fixYamlStyle,
  "yaml[new-line-at-end-of-file]": fixYamlStyle,
  "yaml[empty-lines]": fixYamlStyle,
  "yaml[comments]": fixYamlStyle,
  "yaml[colons]": fixYamlStyle,
  "yaml[commas]": fixYamlStyle,
  "yaml[braces]": fixYamlStyle,
  "yaml[brackets]": fixYamlStyle,
  "yaml[hyphens]": fixYamlStyle,
  "yaml[truthy]": fixYamlStyle,
  "yaml[octal-values]": fixYamlStyle,
};

export interface FindingToRepair {
  readonly path: string;
  readonly line: number | null;
  readonly rule: string;
  readonly message: string;
}

export type Repair =
  /** New texts by path. */
  | { readonly kind: "repaired"; readonly texts: ReadonlyMap<string, string>; readonly notes: readonly string[] }
  | { readonly kind: "none"; readonly why: string };

/** There is a fixer for the rule; whether it can do this very case shows when it is tried. */
export function canRepair(rule: string): boolean {
  return fixerOf(rule) !== undefined;
}

/** Changes the text at the places that the document's tree names, and nothing else: comments and layout stay as they are. */
export function repair(finding: FindingToRepair, files: RepoFiles): Repair {
  const fixer = fixerOf(finding.rule);
  const text = files.texts.get(finding.path);
  if (fixer === undefined || finding.line === null) return none(`there is no fixer for ${finding.rule}`) as Repair;
  const outline = text === undefined ? null : outlineOf(text, /(?:^|\/)handlers\//.test(finding.path));
  if (outline === null) return { kind: "none", why: `${finding.path} cannot be read as one YAML document` };
  const item = itemAt(outline, finding.line);
  const fix = fixer({ ...finding, line: finding.line, outline, item, files });
  return fix.kind === "none" ? fix : checked(finding.path, fix, item, files);
}

function fixerOf(rule: string): Fixer | undefined {
  const base = rule.split("[")[0] ?? rule;
  return Object.hasOwn(fixers, rule) ? fixers[rule] : Object.hasOwn(fixers, base) ? fixers[base] : undefined;
}

/** A fixer that touched more than it should is a mistake of ours: then nothing is changed. */
function checked(path: string, fix: Extract<Fix, { kind: "fix" }>, item: OutlineItem | undefined, files: RepoFiles): Repair {
  const texts = new Map<string, string>();
  for (const [changed, edits] of Map.groupBy(fix.edits, (edit) => edit.path)) {
    const before = files.texts.get(changed) ?? "";
    const after = withEdits(before, edits);
    const place = item === undefined || fix.onlyStyle === true || changed !== path ? null : item.path;
    if (after === null || !saysTheSame(before, after, place))
      return { kind: "none", why: "the change would reach further than the finding" };
    texts.set(changed, after);
  }
  return { kind: "repaired", texts, notes: fix.notes ?? [] };
}

function withEdits(text: string, edits: readonly Edit[]): string | null {
  let result = text;
  let before = Number.POSITIVE_INFINITY;
  for (const edit of edits.toSorted((a, b) => b.start - a.start || b.end - a.end)) {
    if (edit.end > before) return null;
    before = edit.start;
    result = result.slice(0, edit.start) + edit.text + result.slice(edit.end);
  }
  return result;
}

/** All but what is at `place` (a path in the document), and but names of handlers that are notified. */
function saysTheSame(before: string, after: string, place: readonly (string | number)[] | null): boolean {
  const [old, now] = [outlineOf(before), outlineOf(after)];
  if (old === null || now === null) return false;
  try {
    if (place !== null) for (const one of [old, now]) one.document.deleteIn(place);
    return said(old.document.toJS({ maxAliasCount: 50 })) === said(now.document.toJS({ maxAliasCount: 50 }));
  } catch {
    return false; // other parts stand on an anchor in it
  }
}

function said(value: unknown): string {
  return canonicalJson(JSON.parse(JSON.stringify(value, (key, one: unknown) => (key === "notify" ? undefined : (one ?? null)))) as unknown);
}
