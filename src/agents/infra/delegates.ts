import type { Inventory } from "./inventory.ts";
import { isTemplate, render, type Mapping } from "./playbook-values.ts";

/** Where a delegated task goes: a host by name, the task's own host, or what is told only while it runs. */
export type Delegate =
  | { readonly kind: "host"; readonly name: string }
  | { readonly kind: "own" }
  | { readonly kind: "unknown"; readonly text: string };

export function delegatesOf(text: string, loop: unknown, inventory: Inventory, variables: Mapping): Delegate[] {
  if (!isTemplate(text)) return [{ kind: "host", name: text.trim() }];
  const inner = /^\s*\{\{\s*(.*?)\s*\}\}\s*$/s.exec(text)?.[1] ?? "";
  if (inner === "inventory_hostname" || inner === "inventory_hostname_short") return [{ kind: "own" }];
  if (inner === "item") {
    const items = loopItems(loop, inventory, variables);
    if (items !== null) return items.flatMap((item) => delegatesOf(item, undefined, inventory, variables));
    return [{ kind: "unknown", text }];
  }
  const one = groupIndex(inner);
  if (one !== null) {
    const host = inventory.groups[one.group]?.at(one.index);
    return host === undefined ? [{ kind: "unknown", text }] : [{ kind: "host", name: host }];
  }
  const rendered = render(text, variables);
  return rendered === null ? [{ kind: "unknown", text }] : [{ kind: "host", name: rendered }];
}

function loopItems(loop: unknown, inventory: Inventory, variables: Mapping): string[] | null {
  if (Array.isArray(loop)) return loop.every((item) => typeof item === "string") ? loop : null;
  if (typeof loop !== "string") return null;
  const inner = /^\s*\{\{\s*(.*?)\s*\}\}\s*$/s.exec(loop)?.[1] ?? loop;
  const group = /^groups(?:\[\s*['"]([\w-]+)['"]\s*\]|\.(\w+))$/.exec(inner);
  if (group !== null) return [...(inventory.groups[group[1] ?? group[2] ?? ""] ?? [])];
  const given = variables[inner];
  return Array.isArray(given) && given.every((item) => typeof item === "string") ? given : null;
}

/** `groups['db'][0]`, `groups.db[0]`, `groups['db'] | first`. */
function groupIndex(expression: string): { readonly group: string; readonly index: number } | null {
  const found = /^groups(?:\[\s*['"]([\w-]+)['"]\s*\]|\.(\w+))\s*(?:\[\s*(-?\d+)\s*\]|\.(\d+)|\|\s*(first|last))$/.exec(expression);
  if (found === null) return null;
  const index = found[5] === "last" ? -1 : Number(found[3] ?? found[4] ?? 0);
  return { group: found[1] ?? found[2] ?? "", index };
}
