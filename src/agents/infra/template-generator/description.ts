import { visibleLine } from "../../../visible-text.ts";

/** Lint wants lines of at most 160 characters. */
const longestInLine = 120;

/** Line breaks and control characters have no place in a comment: what comes after them would be read as YAML. */
export function oneLine(text: string | undefined): string | undefined {
  const line = visibleLine((text ?? "").replaceAll(/\s+/gu, " ").trim());
  return line === "" ? undefined : line;
}

/** For files that lint reads; the whole text is in the README. */
export function shortened(text: string): string {
  const letters = Array.from(text);
  if (letters.length <= longestInLine) return text;
  const kept = letters.slice(0, longestInLine - 1).join("");
  const lastSpace = kept.lastIndexOf(" ");
  return `${lastSpace > longestInLine / 2 ? kept.slice(0, lastSpace) : kept}…`;
}
