import { stringify } from "yaml";

/** Data as the YAML that ansible reads: what its older rules would take for a number or a truth value is quoted, too. */
export function yamlText(data: unknown): string {
  return stringify(data, { version: "1.1", lineWidth: 100 });
}

/** A file that begins a document, with a blank line between the parts. */
export function yamlFile(...parts: readonly string[]): string {
  return `---\n${parts.join("\n")}`;
}

/** Text that stays inside one line of a comment. */
export function commentLine(text: string): string {
  return `# ${text}`;
}
