import type { PreviewReport } from "../agents/work-source.ts";

/** Headers of a unified diff as ansible writes them; a `+++ after` line of the content is not followed by `@@` and preceded by `--- before`. */
const headers = /^(--- before(?:: [^\n]*)?)\n\+\+\+ after: ([^\n]*)(?=\n@@)/gm;

/**
 * A preview whose differences name files as the repo does. Ansible names what it copied from: the run's own copy of the repo, or, of a template, a
 * temporary file of the template's name, both long gone when a person reads it.
 */
export function withRepoPaths(preview: PreviewReport | null, repoFiles: readonly { readonly path: string }[]): PreviewReport | null {
  if (preview === null) return null;
  const rename = (diff: string): string =>
    diff.replaceAll(headers, (_all, before: string, after: string) => `${before}\n+++ after: ${repoPath(after, repoFiles)}`);
  const hosts = Object.entries(preview.hosts).map(([host, report]) => [
    host,
    { ...report, changes: report.changes.map((change) => ({ ...change, diff: change.diff === null ? null : rename(change.diff) })) },
  ]);
  return { ...preview, hosts: Object.fromEntries(hosts) };
}

function repoPath(source: string, repoFiles: readonly { readonly path: string }[]): string {
  const inTree = /\/agent\/trees\/[0-9a-f-]{36}\/(.+)$/.exec(source)?.[1];
  if (inTree !== undefined) return inTree;
  const template = /\/ansible-local-[^/]+\/tmp[^/]+\/([^/]+)$/.exec(source)?.[1];
  if (template === undefined) return source;
  const same = repoFiles.filter(({ path }) => path === template || path.endsWith(`/${template}`));
  // Two templates of one name: which of them it was is not said.
  return (same.length === 1 ? same[0]?.path : undefined) ?? template;
}
