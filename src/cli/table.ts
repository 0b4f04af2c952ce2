/** Columns as wide as their widest cell, two spaces between; control and bidi characters are made visible. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows].map((row) => row.map(visible));
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all.map((row) => `${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ").trimEnd()}\n`).join(""); // prettier-ignore
}

export function oneLine(text: string, most: number): string {
  const line = visible(text.replaceAll(/\s+/g, " ").trim()); // prettier-ignore
  return line.length > most ? `${line.slice(0, most - 1)}…` : line;
}

/** Nothing in foreign text can move the cursor, reverse the line or hide. */
export function visible(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`,
  );
}
