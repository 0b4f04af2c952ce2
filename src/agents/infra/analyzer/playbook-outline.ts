import { isMap, isScalar, isSeq, LineCounter, parseDocument, type Document, type Node, type Pair, type YAMLMap } from "yaml";

/** A play, role entry or task of a file, with where it stands. Blocks are tasks too. */
export interface OutlineItem {
  readonly kind: "play" | "role" | "task";
  readonly node: YAMLMap;
  readonly isHandler: boolean;
  /** Keys and places from the top of the document. */
  readonly path: readonly (string | number)[];
  /** The keywords of the plays and blocks around it. */
  readonly around: readonly YAMLMap[];
  readonly firstLine: number;
  readonly lastLine: number;
}

export interface PlaybookOutline {
  readonly text: string;
  readonly document: Document;
  readonly items: readonly OutlineItem[];
  lineOf(offset: number): number;
}

const taskLists = ["pre_tasks", "tasks", "post_tasks", "handlers", "block", "rescue", "always"];

/** A file of plays or tasks as ansible reads it (YAML 1.1), with its places in the text. Null: it is not readable, or is several documents. */
export function outlineOf(text: string, isHandlers = false): PlaybookOutline | null {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    version: "1.1",
    keepSourceTokens: true,
    lineCounter: lines,
    logLevel: "error", // silent, it would not tell of a second document
    prettyErrors: false,
    uniqueKeys: false,
  });
  if (document.errors.length > 0) return null;
  const items: OutlineItem[] = [];
  const lineOf = (offset: number): number => lines.linePos(offset).line;
  if (isSeq(document.contents)) for (const entry of document.contents.items.entries()) add(entry[1], [entry[0]], [], isHandlers);
  return { text, document, items, lineOf };

  function add(node: unknown, path: OutlineItem["path"], around: readonly YAMLMap[], isHandler: boolean, kind?: "role"): void {
    if (!isMap(node)) return;
    const [start, end] = node.range ?? [0, 0];
    const is = kind ?? (["hosts", "import_playbook", "ansible.builtin.import_playbook"].some((key) => node.has(key)) ? "play" : "task");
    items.push({ kind: is, node, isHandler, path, around, firstLine: lineOf(start), lastLine: lineOf(Math.max(start, end - 1)) });
    const below = [...around, node];
    if (is === "play")
      for (const [place, role] of listAt(node, "roles").entries()) add(role, [...path, "roles", place], below, false, "role");
    for (const name of taskLists)
      for (const [place, task] of listAt(node, name).entries()) add(task, [...path, name, place], below, isHandler || name === "handlers");
  }
}

/** The innermost item that a finding's line is about. */
export function itemAt(outline: PlaybookOutline, line: number): OutlineItem | undefined {
  return outline.items.filter((item) => item.firstLine <= line && line <= item.lastLine).at(-1);
}

export function pairOf(node: YAMLMap, name: string): Pair<Node, Node | null> | undefined {
  return (node.items as Pair<Node, Node | null>[]).find((pair) => isScalar(pair.key) && pair.key.value === name);
}

function listAt(node: YAMLMap, name: string): readonly unknown[] {
  const value = pairOf(node, name)?.value;
  return isSeq(value) ? value.items : [];
}
