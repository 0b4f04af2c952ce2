import { basename } from "node:path";
import type { PreviewReport } from "../work-source.ts";

/** Headers of a unified diff as ansible writes them; a `+++ after` line of the content is not followed by `@@` and preceded by `--- before`. */
const headers = /^(--- before(?:: [^\n]*)?)\n\+\+\+ after: ([^\n]*)(?=\n@@)/gm;

/**
 * A preview whose differences name files as the repo does. Ansible names what it copied from: the run's own copy of the repo (`tree`), or, of a template,
 * a temporary file of the template's name, both long gone when a person reads it.
 */
export function withRepoPaths(preview: PreviewReport, tree: string, repoFiles: readonly { readonly path: string }[]): PreviewReport {
  const rename = (diff: string): string =>
    diff.replaceAll(headers, (_all, before: string, after: string) => `${before}\n+++ after: ${repoPath(after, tree, repoFiles)}`);
  const hosts = Object.entries(preview.hosts).map(([host, report]) => [
    host,
    { ...report, changes: report.changes.map((change) => ({ ...change, diff: change.diff === null ? null : rename(change.diff) })) },
  ]);
  return { ...preview, hosts: Object.fromEntries(hosts) };
}

function repoPath(source: string, tree: string, repoFiles: readonly { readonly path: string }[]): string {
  if (source.startsWith(`${tree}/`)) return source.slice(tree.length + 1);
  if (!/\/ansible-local-[^/]+\/tmp[^/]+\/[^/]+$/.test(source)) return source;
  const template = basename(source);
  const same = repoFiles.filter(({ path }) => basename(path) === template);
  // Two templates of one name: which of them it was is not said.
  return (same.length === 1 ? same[0]?.path : undefined) ?? template;
}
