import { basename } from "node:path";
import { isMap, isScalar, isSeq, visit, type Scalar } from "yaml";
import { outlineOf, pairOf } from "../playbook-outline.ts";
import { moduleOf } from "../task-module.ts";
import { none, type Edit, type Fixer, type FixTarget } from "./fixer.ts";
import { rangeOf, standsPlain } from "./scalar-text.ts";
import { nameFor } from "./task-title.ts";

/** A name begins with a capital; where it is a handler's, so does each `notify` that means it. */
export const fixCasing: Fixer = (target) => {
  const { item, outline, path } = target;
  const name = item === undefined ? undefined : pairOf(item.node, "name")?.value;
  if (item === undefined || !isScalar(name) || typeof name.value !== "string") return none("there is no name that can be read");
  const own = capital(outline.text, name, path);
  if (own === null) return none("the name is not written in one piece");
  if (!item.isHandler) return { kind: "fix", edits: [own] };
  const notifies = notifiesOf(target, name.value);
  return notifies === null
    ? none("the handler may be notified by a name that is made while it runs")
    : { kind: "fix", edits: [own, ...notifies] };
};

/** The first letter in place; in a file of tasks the name may begin with the file's own, as `install | `. */
function capital(text: string, name: Scalar, path: string): Edit | null {
  const value = String(name.value);
  const prefix = `${basename(path).replace(/\.\w+$/, "")} | `;
  const at = value.startsWith(prefix) ? prefix.length : 0;
  const [begin] = rangeOf(name);
  const start = begin + (name.type === "PLAIN" ? 0 : 1) + at;
  const letter = value[at] ?? "";
  if (!["PLAIN", "QUOTE_SINGLE", "QUOTE_DOUBLE"].includes(name.type ?? "") || text[start] !== letter) return null;
  return letter.toUpperCase().length === 1 ? { path, start, end: start + 1, text: letter.toUpperCase() } : null;
}

function notifiesOf({ files }: FixTarget, name: string): Edit[] | null {
  const edits: Edit[] = [];
  for (const [path, text] of files.texts) {
    if (!text.includes("notify")) continue;
    const outline = outlineOf(text);
    if (outline === null) {
      if (text.includes(name)) return null;
      continue;
    }
    let unsure = false;
    visit(outline.document, {
      Pair(_key, pair) {
        if (!isScalar(pair.key) || pair.key.value !== "notify") return;
        for (const one of isSeq(pair.value) ? pair.value.items : [pair.value]) {
          if (!isScalar(one) || typeof one.value !== "string") continue;
          if (one.value.includes("{{")) unsure = true;
          const edit = one.value === name ? capital(text, one, path) : undefined;
          if (edit === null) unsure = true;
          else if (edit !== undefined) edits.push(edit);
        }
      },
    });
    if (unsure) return null;
  }
  return edits;
}

/** A task that has no name gets one that says what its module does with what. */
export const fixMissingName: Fixer = ({ item, path, outline }) => {
  const module = item === undefined ? undefined : moduleOf(item.node);
  const [first] = item?.node.items ?? [];
  if (item === undefined || module === undefined || item.node.flow === true || !isScalar(first?.key) || item.node.has("name"))
    return none("it is not written as an ordinary task");
  const title = nameFor(
    module.name,
    isMap(module.value) ? module.value.toJS(outline.document) : isScalar(module.value) ? module.value.value : null,
  );
  if (title === null) return none(`what a task of ${module.name} is for cannot be told by rule; only a person can name it`);
  const [start] = rangeOf(first.key);
  const column = start - (outline.text.lastIndexOf("\n", start - 1) + 1);
  const text = standsPlain(title) ? title : JSON.stringify(title);
  return { kind: "fix", edits: [{ path, start, end: start, text: `name: ${text}\n${" ".repeat(column)}` }] };
};

/** The name comes first. */
export const fixKeyOrder: Fixer = ({ item, path, outline }) => {
  const name = item === undefined ? undefined : pairOf(item.node, "name");
  const [first] = item?.node.items ?? [];
  if (
    item === undefined ||
    item.node.flow === true ||
    name === undefined ||
    name === first ||
    !isScalar(name.key) ||
    !isScalar(name.value) ||
    !isScalar(first?.key)
  )
    return none("only a name that does not come first can be moved");
  const { text } = outline;
  const [from] = rangeOf(name.key);
  const [, to] = rangeOf(name.value);
  const lineStart = text.lastIndexOf("\n", from - 1) + 1;
  const lineEnd = text.indexOf("\n", to);
  const end = lineEnd < 0 ? text.length : lineEnd + 1;
  if (text.slice(from, to).includes("\n") || text.slice(lineStart, from).trim() !== "") return none("its name is not on a line of its own");
  const [start] = rangeOf(first.key);
  const moved = `${text.slice(from, end).trimEnd()}\n${" ".repeat(from - lineStart)}`;
  const atEnd = lineEnd < 0 ? { start: lineStart - 1, end } : { start: lineStart, end };
  return {
    kind: "fix",
    edits: [
      { path, start, end: start, text: moved },
      { path, ...atEnd, text: "" },
    ],
    onlyStyle: true,
  };
};
