import { isMap, isScalar, type Scalar } from "yaml";
import { pairOf } from "../playbook-outline.ts";
import { moduleOf } from "../task-module.ts";
import { none, type Edit, type Fixer } from "./fixer.ts";
import { rangeOf } from "./scalar-text.ts";

const notes = [
  "The task now needs bash on its hosts.",
  "It fails now when any part of the pipe fails; note that grep without a match does.",
];

/** The shell is told to fail when any part of a pipe fails, and is one that can. */
export const fixShellPipe: Fixer = ({ item, path, outline }) => {
  const module = item === undefined ? undefined : moduleOf(item.node);
  if (item === undefined || module === undefined || !/(?:^|\.)shell$/.test(module.name)) return none("it is not an ordinary shell task");
  const args = isMap(module.value) ? module.value : undefined;
  const command = args === undefined ? module.value : pairOf(args, "cmd")?.value;
  const more = pairOf(item.node, "args")?.value;
  if (!isScalar(command) || typeof command.value !== "string" || item.node.flow === true || args?.flow === true)
    return none("its command is not written in a way that can be changed by rule");
  const chosen = [args, isMap(more) ? more : undefined].flatMap((one) =>
    one === undefined ? [] : (pairOf(one, "executable")?.value ?? []),
  );
  const shells = chosen.map((one) => (isScalar(one) ? String(one.value) : ""));
  if (/\bexecutable=/.test(command.value) || shells.some((shell) => !/(?:^|\/)(?:bash|zsh|ksh)$/.test(shell)))
    return none("it asks for a shell that may not know pipefail");
  if (more !== undefined && more !== null && !isMap(more)) return none("its args are not written as a mapping");
  const pipefail = withPipefail(path, outline.text, command);
  if (pipefail === null) return none("its command is not written in a way that can be changed by rule");
  if (shells.length > 0) return { kind: "fix", edits: [pipefail], notes: notes.slice(1) };
  const executable = bash(path, outline.text, args === undefined ? module.key : (pairOf(args, "cmd")?.key as Scalar), command, {
    args: isMap(more) && more.flow !== true && isScalar(more.items[0]?.key) ? more.items[0].key : undefined,
    isOwnKey: args !== undefined,
  });
  if (isMap(more) && more.flow === true) return none("its args are not written as a block");
  return { kind: "fix", edits: [pipefail, executable], notes };
};

function withPipefail(path: string, text: string, command: Scalar): Edit | null {
  const [start] = rangeOf(command);
  switch (command.type) {
    case "PLAIN":
      return { path, start, end: start, text: "set -o pipefail && " };
    case "QUOTE_SINGLE":
    case "QUOTE_DOUBLE":
      return { path, start: start + 1, end: start + 1, text: "set -o pipefail && " };
    case "BLOCK_LITERAL":
    case "BLOCK_FOLDED": {
      const header = text.indexOf("\n", start);
      const indent = /^[ ]*/.exec(text.slice(header + 1))?.[0] ?? "";
      // With an indentation that is stated, or an empty first line, it is not clear where the text begins.
      if (/\d/.test(text.slice(start, header)) || indent === "" || text[header + 1 + indent.length] === "\n") return null;
      const at = header + 1 + indent.length;
      const line = command.type === "BLOCK_LITERAL" ? `set -o pipefail\n${indent}` : "set -o pipefail && ";
      return { path, start: at, end: at, text: line };
    }
    default:
      return null;
  }
}

interface Place {
  /** The first key of the task's `args`, where it has them. */
  readonly args: Scalar | undefined;
  /** The command is a key beside which `executable` can stand. */
  readonly isOwnKey: boolean;
}

function bash(path: string, text: string, key: Scalar, command: Scalar, place: Place): Edit {
  if (place.args !== undefined && !place.isOwnKey) {
    const [start] = rangeOf(place.args);
    return { path, start, end: start, text: `executable: /bin/bash\n${columnOf(text, start)}` };
  }
  const [keyStart] = rangeOf(key);
  const [, end] = rangeOf(command);
  const indent = columnOf(text, keyStart);
  // After the line on which the command ends; a block's range reaches to the start of the next line.
  const lineEnd = text[end - 1] === "\n" ? end - 1 : text.indexOf("\n", end);
  const at = lineEnd < 0 ? text.length : lineEnd;
  const lines = place.isOwnKey ? `\n${indent}executable: /bin/bash` : `\n${indent}args:\n${indent}  executable: /bin/bash`;
  return { path, start: at, end: at, text: lines };
}

function columnOf(text: string, offset: number): string {
  return " ".repeat(offset - (text.lastIndexOf("\n", offset - 1) + 1));
}

/** What needs no shell is run without one. */
export const fixNeedlessShell: Fixer = ({ item, path }) => {
  const module = item === undefined ? undefined : moduleOf(item.node);
  if (item === undefined || module === undefined || !/(?:^|\.)shell$/.test(module.name)) return none("it is not an ordinary shell task");
  const all = JSON.stringify(item.node.toJSON());
  if (all.includes("executable")) return none("it asks for a certain shell");
  const [start, end] = rangeOf(module.key);
  return { kind: "fix", edits: [{ path, start, end, text: module.name.replace(/shell$/, "command") }] };
};
