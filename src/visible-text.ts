/**
 * Makes every character of untrusted text visible, so that what is shown is what is meant: control characters (a terminal would obey them),
 * bidi and zero-width characters (they reorder or hide), look-alike spaces, and Cyrillic or Greek letters inside a Latin word.
 */
export function visibleLine(text: string): string {
  // Nearly all of what is shown; what a character is takes many times longer to ask of Unicode's tables.
  if (plainLine.test(text)) return text;
  return revealLookAlikes(text.replace(hidden, escapeCharacter));
}

/** The same for text of several lines (logs, explanations): line breaks stay, tabs and unusual spaces become plain ones. */
export function visibleText(text: string): string {
  const plain = text
    .replace(/\r\n/g, "\n")
    .replace(/\t/g, "    ")
    .replace(/(?! )\p{Zs}/gu, " ");
  return plain.split("\n").map(visibleLine).join("\n");
}

/** A value of a variable on one line: a plain word as it is, everything else as JSON. */
export function visibleValue(value: unknown): string {
  if (typeof value === "string") return /^[\p{L}\p{N}_./:@+-]+$/u.test(value) ? visibleLine(value) : visibleLine(JSON.stringify(value));
  return visibleLine(JSON.stringify(value) ?? "undefined");
}

/** Every string of a piece of plain data at once, so that none can be forgotten. `lines` names the keys whose text may have several lines. */
export function visibleData<T>(data: T, lines: ReadonlySet<string>): T {
  return walk(data, false, lines) as T;
}

function walk(data: unknown, severalLines: boolean, lines: ReadonlySet<string>): unknown {
  if (typeof data === "string") return severalLines ? visibleText(data) : visibleLine(data);
  if (Array.isArray(data)) return data.map((item) => walk(item, severalLines, lines));
  if (typeof data !== "object" || data === null) return data;
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, walk(value, lines.has(key), lines)]));
}

const plainLine = /^[ -~]*$/;

/** Control, invisible, bidi, unassigned, lone surrogates, line separators, and every space that is not the plain one; not what joins emoji. */
const hidden =
  /(?! |(?<=\p{Extended_Pictographic})\ufe0f|(?<=\p{Extended_Pictographic}\ufe0f?)\u200d(?=\p{Extended_Pictographic}))(?:\p{Cc}|\p{Cs}|\p{Cn}|\p{Bidi_Control}|\p{Default_Ignorable_Code_Point}|\p{Zs}|[\u2028\u2029\ufff9-\ufffb])/gu;

const short: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

function escapeCharacter(character: string): string {
  return short[character] ?? escapeCode(character);
}

function escapeCode(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code > 0xff_ff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, "0")}`;
}

/** `web1` with a Cyrillic `е` looks like another host's name. */
function revealLookAlikes(text: string): string {
  if (text.search(lookAlike) < 0) return text;
  return text.replace(/[\p{L}\p{M}\p{N}_-]+/gu, (word) => (/\p{Script=Latin}/u.test(word) ? word.replace(lookAlike, escapeCode) : word));
}

const lookAlike = /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Cherokee}\p{Script=Armenian}]/gu;
