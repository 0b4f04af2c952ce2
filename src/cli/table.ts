import { visibleLine } from "../visible-text.ts";

/** Columns as wide as their widest cell, two spaces between; control and bidi characters are made visible. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows].map((row) => row.map(visibleLine));
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all.map((row) => `${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ").trimEnd()}\n`).join(""); // prettier-ignore
}

export function oneLine(text: string, most: number): string {
  const line = visibleLine(text.replaceAll(/\s+/g, " ").trim()); // prettier-ignore
  return line.length > most ? `${line.slice(0, most - 1)}…` : line;
}
