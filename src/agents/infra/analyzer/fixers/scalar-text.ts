import { isScalar, parseDocument, type Scalar } from "yaml";

/** A text as it can stand in the place of a scalar, in its style where that is possible. Null: it cannot be told (blocks, several lines). */
export function scalarText(value: string, original: Scalar): string | null {
  if (value.includes("\n") || original.anchor !== undefined || original.tag?.startsWith("!") === true) return null;
  switch (original.type) {
    case "PLAIN":
    case "QUOTE_DOUBLE":
    case "QUOTE_SINGLE":
      break;
    default:
      return null;
  }
  if (standsPlain(value)) return value;
  return original.type === "QUOTE_SINGLE" ? `'${value.replaceAll("'", "''")}'` : doubleQuoted(value);
}

/** Both in a block and in a flow collection it is read as this very text. */
export function standsPlain(value: string): boolean {
  return [`x: ${value}\n`, `[${value}]\n`].every((text) => {
    const document = parseDocument(text, { version: "1.1", logLevel: "silent", prettyErrors: false });
    const node = document.getIn(text.startsWith("[") ? [0] : ["x"], true);
    return document.errors.length === 0 && isScalar(node) && node.type === "PLAIN" && node.value === value && (node.comment ?? "") === "";
  });
}

function doubleQuoted(value: string): string {
  return `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

/** The part of the text that a scalar takes, quotes included. */
export function rangeOf(node: Scalar): readonly [number, number] {
  const [start, end] = node.range ?? [0, 0];
  return [start, end];
}
