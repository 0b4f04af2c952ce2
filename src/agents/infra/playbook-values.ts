/** Small questions about YAML of playbooks. */
export type Mapping = Readonly<Record<string, unknown>>;

/** By its short or full name. */
export function valueOf(task: Mapping, name: string): unknown {
  return task[name] ?? task[`ansible.builtin.${name}`] ?? task[`ansible.legacy.${name}`];
}

export function nameOf(block: Mapping, fallback: string): string {
  return typeof block["name"] === "string" ? block["name"] : fallback;
}

export function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

export function isMapping(value: unknown): value is Mapping {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value.flat() : value === undefined || value === null ? [] : [value];
}

export function isTemplate(text: string): boolean {
  return text.includes("{{") || text.includes("{%");
}

/** Only what is certain: `{{ name }}` and `{{ name | default('text') }}` of known variables. Null: not known beforehand. */
export function render(text: string, variables: Mapping, defaults: "limited" | "unknown" = "unknown"): string | null {
  if (!isTemplate(text)) return text;
  if (text.includes("{%")) return null;
  let known = true;
  const result = text.replace(/\{\{\s*(.*?)\s*\}\}/gs, (_whole, expression: string) => {
    const found = /^([A-Za-z_]\w*)(?:\s*\|\s*default\(\s*(['"])(.*?)\2\s*(?:,\s*(?:true|True)\s*)?\))?$/.exec(expression);
    const value = found?.[1] === undefined ? undefined : variables[found[1]];
    if (typeof value === "string" && !isTemplate(value)) return value;
    if (typeof value === "number") return String(value);
    if (Array.isArray(value) && value.every((one) => typeof one === "string")) return value.join(",");
    // A default counts only where the run is limited to what was found: elsewhere group_vars or a file may set the name.
    if (value === undefined && found?.[3] !== undefined && defaults === "limited") return found[3];
    known = false;
    return "";
  });
  return known ? result : null;
}
