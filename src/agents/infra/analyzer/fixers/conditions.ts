import { isScalar, isSeq, type Scalar } from "yaml";
import { pairOf, type OutlineItem } from "../playbook-outline.ts";
import { none, type Fix, type Fixer, type FixTarget } from "./fixer.ts";
import { rangeOf, scalarText } from "./scalar-text.ts";

/** `when: "{{ ready }}"` becomes `when: ready`. */
export const fixJinjaWhen: Fixer = (target) =>
  eachCondition(target, (condition) => {
    if (!/\{\{|\}\}/.test(condition)) return condition;
    const inner = /^\s*\{\{-?\s*((?:(?!\{\{|\}\}|\{%)[\s\S])+?)\s*-?\}\}\s*$/.exec(condition)?.[1];
    // A template within an expression is put together as text first: what it means then depends on its value.
    return inner ?? null;
  });

const name = String.raw`[A-Za-z_][\w.]*(?:\[[^\][]*\])*`;
const filters = String.raw`(?:\s*\|\s*\w+(?:\([^()]*\))?)*`;
const comparison = new RegExp(String.raw`(?<before>^|\(|\band\s+|\bor\s+|\bnot\s+)(?<left>${name}${filters})\s*(?<operator>[=!]=)\s*(?<literal>True|true|False|false)\b(?=\s*(?:$|\)|and\b|or\b))`, "g"); // prettier-ignore
const anyComparison = /[=!]= ?(?:True|true|False|false)/;

/** `ready == true` becomes `ready | bool`: also a "false" that came as text is then false. */
export const fixLiteralCompare: Fixer = (target) =>
  eachCondition(target, (condition) => {
    if (!anyComparison.test(condition)) return condition;
    const changed = condition.replaceAll(comparison, (...match) => {
      const { before, left, operator, literal } = match.at(-1) as Record<"before" | "left" | "operator" | "literal", string>;
      const wanted = (operator === "==") === (literal.toLowerCase() === "true");
      const value = /\|\s*bool\s*$/.test(left) ? left : `${left} | bool`;
      return `${before}${wanted ? "" : "not "}${value}`;
    });
    return anyComparison.test(changed) ? null : changed;
  });

/** `change` gives the condition as it should be, or null where that cannot be told. */
function eachCondition({ item, path }: FixTarget, change: (condition: string) => string | null): Fix {
  const conditions = item === undefined ? [] : conditionsOf(item);
  if (conditions.length === 0) return none("there is no condition that can be read");
  const edits = [];
  for (const node of conditions) {
    const before = String(node.value);
    const after = change(before);
    if (after === before) continue;
    const text = after === null ? null : scalarText(after, node);
    if (text === null) return none("the condition is too involved to be changed by rule");
    const [start, end] = rangeOf(node);
    edits.push({ path, start, end, text });
  }
  return edits.length === 0 ? none("the conditions are as they should be") : { kind: "fix", edits };
}

function conditionsOf(item: OutlineItem): Scalar[] {
  const value = pairOf(item.node, "when")?.value;
  return (isSeq(value) ? value.items : [value]).filter((one): one is Scalar => isScalar(one) && typeof one.value === "string");
}
