import { createColors } from "picocolors";
import stringWidth from "string-width";
import wrapAnsi from "wrap-ansi";

/** How text is laid out: the width to wrap at, and colours that are the identity function in a pipe. */
export interface TextStyle {
  readonly columns: number;
  readonly colours: ReturnType<typeof createColors>;
}

export function textStyle(options: { readonly colour: boolean; readonly columns: number }): TextStyle {
  // Wider lines are hard to read, narrower ones cannot hold a table.
  return { columns: Math.min(Math.max(options.columns, 30), 110), colours: createColors(options.colour) };
}

/** Wraps, never cuts; every line after the first starts under the first one's text. */
export function wrapped(
  text: string,
  style: TextStyle,
  options: { readonly indent: number; readonly label?: string } = { indent: 0 },
): string[] {
  const label = options.label ?? "";
  const start = options.indent + stringWidth(label);
  const space = Math.max(style.columns - start, 12);
  const lines = text.split("\n").flatMap((line) => {
    const parts = wrapAnsi(line, space, { hard: true, trim: false }).split("\n");
    return parts.map((part, index) => withoutEndSpace(index === 0 ? part : withoutBreakSpace(part)));
  });
  return lines.map((line, index) => (index === 0 ? " ".repeat(options.indent) + label : " ".repeat(start)) + line);
}

/** The space at which a line was broken stands at the start of the next one, behind the colours. */
function withoutBreakSpace(line: string): string {
  // oxlint-disable-next-line eslint/no-control-regex -- ANSI sequences start with ESC
  return line.replace(/^((?:\u001b\[[\d;]*m)*) (?! )/, "$1");
}

function withoutEndSpace(line: string): string {
  // oxlint-disable-next-line eslint/no-control-regex -- ANSI sequences start with ESC
  return line.replace(/ +((?:\u001b\[[\d;]*m)*)$/, "$1");
}

/** Left and right on one line where both fit, else below each other. */
export function spread(left: string, right: string, style: TextStyle, indent = 0): string[] {
  const gap = style.columns - indent - stringWidth(left) - stringWidth(right);
  if (gap >= 2) return [`${" ".repeat(indent)}${left}${" ".repeat(gap)}${right}`];
  return [...wrapped(left, style, { indent }), ...wrapped(right, style, { indent: indent + 2 })];
}

/** Columns of equal width, numbers to the right. */
export function table(rows: readonly (readonly string[])[], indent: number): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => stringWidth(row[column] ?? ""))));
  return rows.map((row) => {
    const cells = row.map((cell, column) => {
      const padding = " ".repeat((widths[column] ?? 0) - stringWidth(cell));
      return column === 0 ? cell + padding : padding + cell;
    });
    return `${" ".repeat(indent)}${cells.join("  ")}`.trimEnd();
  });
}

/** For the one line that is rewritten in place and therefore must not wrap. */
export function fitted(text: string, columns: number): string {
  if (stringWidth(text) <= columns) return text;
  let kept = "";
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    if (stringWidth(kept + segment) > columns - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}
