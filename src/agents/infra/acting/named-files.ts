import { basename, dirname, join } from "node:path";
import { isTemplate } from "../playbook-values.ts";
import type { RepoReader } from "../repo-reader.ts";
import type { Findings } from "./findings.ts";

/** The file of that name in a folder; of a template, whose file is decided while it runs, all that fit. `text`: the name where it is known. */
export async function filesNamed(reader: RepoReader, folder: string, name: string, text: string | null): Promise<string[]> {
  if (text !== null) return (await reader.exists(join(folder, text))) ? [join(folder, text)] : [];
  const within = join(folder, dirname(name));
  if (isTemplate(dirname(name))) return [];
  const pattern = new RegExp(`^${basename(name).split(/\{\{.*?\}\}/).map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")).join(".*")}$`); // prettier-ignore
  return (await reader.names(within)).filter((one) => pattern.test(one) && /\.ya?ml$/.test(one)).map((one) => join(within, one));
}

export function isVaulted(text: string): boolean {
  return text.startsWith("$ANSIBLE_VAULT");
}

/** Planning has no password for tasks: what they do is told by nobody. */
export function notedAsEncrypted(findings: Findings, content: unknown, path: string): boolean {
  if (typeof content !== "string" || !isVaulted(content)) return false;
  findings.unknown.add(`${path} (encrypted)`);
  findings.makesHosts = true;
  return true;
}
