import { isPair, isScalar, visit, type Scalar } from "yaml";
import { none, type Edit, type Fixer, type FixTarget } from "./fixer.ts";
import { rangeOf } from "./scalar-text.ts";

/** What yamllint complains of and can be mended on its line; that the file says the same afterwards is checked by who applies it. */
export const fixYamlStyle: Fixer = (target) => {
  const kind = /\[(.+)\]/.exec(target.rule)?.[1] ?? "";
  if (kind === "truthy") return truthy(target);
  if (kind === "octal-values") return octal(target);
  const { text } = target.outline;
  const [start, end] = lineRange(text, target.line);
  const line = text.slice(start, end);
  const change = (changed: string): ReturnType<Fixer> =>
    changed === line
      ? none("nothing on that line can be changed by rule")
      : { kind: "fix", edits: [{ path: target.path, start, end, text: changed }], onlyStyle: true };
  switch (kind) {
    case "trailing-spaces":
      return change(line.trimEnd());
    case "new-line-at-end-of-file":
      return { kind: "fix", edits: [{ path: target.path, start: text.length, end: text.length, text: "\n" }], onlyStyle: true };
    case "empty-lines":
      return blankLines(target);
    case "comments":
      return change(line.replace(/(^|\s)(#+)(?=[^\s#!])/, "$1$2 "));
    case "colons":
      return change(line.replaceAll(/(?<=\S)[ ]+:(?=\s|$)/g, ":").replaceAll(/:[ ]{2,}(?=\S)/g, ": "));
    case "commas":
      return change(line.replaceAll(/\s+,/g, ",").replaceAll(/,[ ]*(?=\S)/g, ", "));
    case "braces":
      return change(line.replaceAll(/(?<!\{)\{[ ]{2,}/g, "{ ").replaceAll(/[ ]{2,}\}(?!\})/g, " }"));
    case "brackets":
      return change(line.replaceAll(/\[[ ]+/g, "[").replaceAll(/[ ]+\]/g, "]"));
    case "hyphens":
      return change(line.replace(/^(\s*-)[ ]{2,}/, "$1 "));
    default:
      return none(`there is no rule for ${target.rule} that is sure to be right`);
  }
};

function truthy({ path, line, outline }: FixTarget): ReturnType<Fixer> {
  const edits: Edit[] = [];
  for (const { node } of scalarsAt(outline, line)) {
    const [start, end] = rangeOf(node);
    if (node.type === "PLAIN" && typeof node.value === "boolean" && !/^(?:true|false)$/.test(outline.text.slice(start, end)))
      edits.push({ path, start, end, text: String(node.value) });
  }
  return edits.length === 0 ? none("there is no such value on that line") : { kind: "fix", edits, onlyStyle: true };
}

/** Only where the file's rights are meant: there the text means the same number. */
function octal({ path, line, outline }: FixTarget): ReturnType<Fixer> {
  const edits: Edit[] = [];
  for (const { node, key } of scalarsAt(outline, line)) {
    const [start, end] = rangeOf(node);
    const written = outline.text.slice(start, end);
    if (/(?:^|_)mode$/.test(key) && /^0[0-7]{3,4}$/.test(written)) edits.push({ path, start, end, text: `"${written}"` });
  }
  return edits.length === 0 ? none("only the rights of files can be written as text without another meaning") : { kind: "fix", edits };
}

function scalarsAt(outline: FixTarget["outline"], line: number): { readonly node: Scalar; readonly key: string }[] {
  const found: { node: Scalar; key: string }[] = [];
  visit(outline.document, {
    Scalar(place, node, parents) {
      const pair = parents.at(-1);
      if (place === "key" || outline.lineOf(rangeOf(node)[0]) !== line) return;
      found.push({ node, key: isPair(pair) && isScalar(pair.key) ? String(pair.key.value) : "" });
    },
  });
  return found;
}

/** `Too many blank lines (3 > 2)`: told of the last of them. */
function blankLines({ path, line, message, outline }: FixTarget): ReturnType<Fixer> {
  const allowed = Number(/> (\d+)\)/.exec(message)?.[1] ?? Number.NaN);
  const lines = outline.text.split("\n");
  const isBlank = (index: number): boolean => lines[index]?.trim() === "";
  let last = line - 1;
  while (!isBlank(last) && last >= 0 && last > line - 3) last -= 1;
  let first = last;
  while (first > 0 && isBlank(first - 1)) first -= 1;
  while (isBlank(last + 1) && last + 1 < lines.length - 1) last += 1;
  const many = last - first + 1;
  if (!Number.isFinite(allowed) || !isBlank(first) || many <= allowed) return none("there are no blank lines to take away");
  const [start] = lineRange(outline.text, first + 1);
  const [end] = lineRange(outline.text, first + 1 + many - allowed);
  return { kind: "fix", edits: [{ path, start, end, text: "" }], onlyStyle: true };
}

function lineRange(text: string, line: number): readonly [number, number] {
  let start = 0;
  for (let at = 1; at < line; at += 1) {
    const next = text.indexOf("\n", start);
    if (next < 0) return [text.length, text.length];
    start = next + 1;
  }
  const end = text.indexOf("\n", start);
  return [start, end < 0 ? text.length : end];
}
