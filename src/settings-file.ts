import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Document, type Node } from "yaml";
import type { z } from "zod";
import { AppError, exitCodes } from "./errors.ts";

export type SettingsPath = readonly PropertyKey[];

export interface SettingsProblem {
  readonly path: SettingsPath;
  readonly message: string;
  readonly help: string;
}

/** Settings out of YAML. What is wrong is told with its line and column: who wrote the file looks there, not into a schema. */
export function parseSettings<T>(
  file: string,
  text: string,
  schema: z.ZodType<T>,
  problemsOf: (settings: T) => readonly SettingsProblem[] = () => [],
): T {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const broken = document.errors[0];
  if (broken !== undefined) throw wrong(file, lines.linePos(broken.pos[0]), `this is not YAML: ${broken.message}`, "Correct that line.");
  const place = (path: SettingsPath, key?: string): Place => lines.linePos(offsetOf(document, path, key));

  const parsed = schema.safeParse(document.toJS() ?? undefined);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const path = issue?.path ?? [];
    if (issue?.code === "unrecognized_keys") {
      const key = issue.keys[0] ?? "";
      throw wrong(file, place(path, key), `${shown([...path, key])} is not known`, "Correct the word or remove it.");
    }
    const help = "Correct that line. Chiffon does not start with settings it does not understand.";
    throw wrong(file, place(path), `${path.length === 0 ? "" : `${shown(path)}: `}${issue?.message ?? "not understood"}`, help);
  }
  const problem = problemsOf(parsed.data)[0];
  if (problem !== undefined) throw wrong(file, place(problem.path), `${shown(problem.path)}: ${problem.message}`, problem.help);
  return parsed.data;
}

type Place = ReturnType<LineCounter["linePos"]>;

function wrong(file: string, place: Place, message: string, help: string): AppError {
  return new AppError("config-wrong", `${file}, line ${place.line}, column ${place.col}: ${message}`, {
    exitCode: exitCodes.environment,
    help,
    facts: { file, line: place.line, column: place.col },
  });
}

/** `policy.rules[0].allow`. */
function shown(path: SettingsPath): string {
  return path.map((part, at) => (typeof part === "number" ? `[${part}]` : at === 0 ? String(part) : `.${String(part)}`)).join("");
}

/** Where the value at `path` begins; what is missing is at the nearest thing that is there. `key`: where this key of it stands. */
function offsetOf(document: Document.Parsed, path: SettingsPath, key?: string): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const part of path) {
    const next = childOf(resolved(node, document), part);
    if (next === undefined) return offset;
    node = next.value;
    offset = startOf(node) ?? startOf(next.key) ?? offset;
  }
  return key === undefined ? offset : (startOf(childOf(resolved(node, document), key)?.key) ?? offset);
}

function resolved(node: unknown, document: Document.Parsed): unknown {
  return isAlias(node) ? node.resolve(document) : node;
}

function childOf(node: unknown, part: PropertyKey): { readonly key: unknown; readonly value: unknown } | undefined {
  if (isSeq(node) && typeof part === "number") return part in node.items ? { key: undefined, value: node.items[part] } : undefined;
  if (!isMap(node)) return undefined;
  return node.items.find((pair) => (isScalar(pair.key) ? String(pair.key.value) : pair.key) === String(part));
}

function startOf(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0];
}
