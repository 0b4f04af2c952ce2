import type { PlaybookVariable } from "./playbook.ts";
import { recordOf, type Play } from "./playbook-file.ts";

export interface VariableSources {
  readonly plays: readonly Play[];
  /** `argument_specs` of the roles it uses: the options of their `main` entry. */
  readonly options: readonly Readonly<Record<string, unknown>>[];
  readonly roleDefaults: readonly Readonly<Record<string, unknown>>[];
  /** Text of the playbook and of its roles' task files. */
  readonly texts: readonly string[];
  /** Names that the inventory's variable files define. */
  readonly inventoryVariables: ReadonlySet<string>;
}

const secretName = /(?:^|_)(?:password|passwd|passphrase|secret|token|api_?key|private_?key|credentials?|psk|pin)(?:_|$)/i;
const notVariables = new Set(
  "item hostvars groups group_names inventory_hostname inventory_hostname_short play_hosts playbook_dir role_path role_name omit lookup query now true false none not and or in is if else environment vars inventory_dir inventory_file undef ansible_facts range dict".split(
    " ",
  ),
);

/** Every variable one may set, each once; the most exact source wins. Required only where something says so. */
export function gatherVariables(sources: VariableSources): PlaybookVariable[] {
  const variables = new Map<string, PlaybookVariable>();
  const put = (variable: PlaybookVariable): void => {
    if (!variables.has(variable.name) && /^[a-zA-Z_]\w*$/.test(variable.name)) variables.set(variable.name, variable);
  };
  const given = new Set([
    ...sources.plays.flatMap((play) => [...Object.keys(play.vars), ...play.roles.flatMap((role) => Object.keys(role.vars))]),
    ...sources.inventoryVariables,
  ]);
  for (const options of sources.options) for (const [name, spec] of Object.entries(options)) put(fromSpec(name, recordOf(spec), given));
  for (const play of sources.plays)
    for (const prompt of play.prompts) {
      const hasDefault = prompt.default !== undefined && prompt.default !== null;
      put({
        name: prompt.name,
        required: !hasDefault,
        ...defaultOf(prompt.name, prompt.default),
        type: "str",
        ...(prompt.question === "" ? {} : { description: prompt.question }),
        secret: secretName.test(prompt.name),
        source: "vars_prompt",
      });
    }
  const asserted = assertedNames(sources.texts.join("\n"));
  for (const play of sources.plays) for (const [name, value] of Object.entries(play.vars)) put(fromValue(name, value, "play_vars", false));
  for (const defaults of sources.roleDefaults)
    for (const [name, value] of Object.entries(defaults)) {
      put(fromValue(name, value, "role_defaults", isEmpty(value) && asserted.has(name) && !given.has(name)));
    }
  for (const use of usedNames(sources)) {
    if (given.has(use.name)) continue;
    put({
      name: use.name,
      required: (use.inHosts || asserted.has(use.name)) && !use.hasDefault,
      type: "raw",
      secret: secretName.test(use.name),
      source: "use",
    });
  }
  return [...variables.values()];
}

export function isSecretName(name: string): boolean {
  return secretName.test(name);
}

function fromSpec(name: string, spec: Record<string, unknown>, given: ReadonlySet<string>): PlaybookVariable {
  const description = Array.isArray(spec["description"]) ? spec["description"].join(" ") : spec["description"];
  const choices = Array.isArray(spec["choices"]) ? { choices: spec["choices"] as unknown[] } : {};
  return {
    name,
    required: spec["required"] === true && spec["default"] === undefined && !given.has(name),
    ...defaultOf(name, spec["default"]),
    type: typeOf(spec["type"]),
    ...choices,
    ...(typeof description === "string" ? { description } : {}),
    secret: spec["no_log"] === true || secretName.test(name),
    source: "argument_spec",
  };
}

function fromValue(name: string, value: unknown, source: "play_vars" | "role_defaults", required: boolean): PlaybookVariable {
  return { name, required, ...defaultOf(name, value), type: typeOfValue(value), secret: secretName.test(name), source };
}

const isTemplate = (value: unknown): boolean => typeof value === "string" && /\{\{|\{%/.test(value);
const isEmpty = (value: unknown): boolean =>
  value === null || value === undefined || value === "" || (Array.isArray(value) && value.length === 0);

/** The catalog is stored and shown: a secret's default, itself or in a dictionary, stays in the repo. */
function defaultOf(name: string, value: unknown): { default?: unknown } {
  const isHidden = value === undefined || holdsSecret(name, value) || JSON.stringify(value)?.match(/\{\{|\{%/);
  return isHidden ? {} : { default: value };
}

function holdsSecret(name: string, value: unknown, depth = 0): boolean {
  if (secretName.test(name) || depth > 20) return true;
  return typeof value === "object" && value !== null && Object.entries(value).some(([key, inner]) => holdsSecret(key, inner, depth + 1));
}

function typeOf(type: unknown): PlaybookVariable["type"] {
  const names = {
    str: "str",
    string: "str",
    int: "int",
    integer: "int",
    float: "float",
    bool: "bool",
    boolean: "bool",
    list: "list",
    dict: "dict",
    path: "path",
  } as const;
  return typeof type === "string" && Object.hasOwn(names, type) ? names[type as keyof typeof names] : type === undefined ? "str" : "raw";
}

function typeOfValue(value: unknown): PlaybookVariable["type"] {
  if (isTemplate(value) || value === null) return "raw";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "number") return Number.isInteger(value) ? "int" : "float";
  if (Array.isArray(value)) return "list";
  if (typeof value === "object") return "dict";
  return typeof value === "string" && /^[~/]/.test(value) ? "path" : "str";
}

const longestLine = 1_000;

/**
 * Names that an `assert` or `fail` demands: `x is defined`, `x | length > 0`, `x != ""`. Line by line, and none that is longer than any person
 * writes: these expressions take quadratic time on lines made for it.
 */
function assertedNames(text: string): Set<string> {
  const names = new Set<string>();
  let indent = -1;
  for (const line of text.split("\n")) {
    if (line.trim() === "") continue;
    const depth = line.length - line.trimStart().length;
    if (/^[ \t]*(?:-[ \t]{1,20})?(?:ansible\.builtin\.)?(?:assert|fail):/.test(line)) indent = depth;
    else if (depth < indent || (depth === indent && !line.startsWith("when:", depth))) indent = -1;
    if (indent < 0 || line.length > longestLine) continue;
    for (const use of line.matchAll(/\b([a-z_]\w*)\s+is\s+(?:not\s+)?(?:defined|undefined)\b/g)) names.add(use[1] ?? "");
    for (const use of line.matchAll(/\b([a-z_]\w*)\s*(?:\|[^|>"']*)*\|\s*length\s*(?:>|==|!=)\s*0/g)) names.add(use[1] ?? "");
    for (const use of line.matchAll(/\b([a-z_]\w*)\s*(?:!=|==)\s*(?:''|"")/g)) names.add(use[1] ?? "");
  }
  return names;
}

interface Use {
  readonly name: string;
  readonly inHosts: boolean;
  readonly hasDefault: boolean;
}

function usedNames(sources: VariableSources): Use[] {
  // `!unsafe` text is never a template.
  const own = (sources.texts[0] ?? "").replaceAll(/!unsafe[ \t].*$/gm, "");
  const registered = new Set([...own.matchAll(/\b(?:register|loop_var|index_var):[ \t]{0,20}["']?(\w+)/g)].map((match) => match[1]));
  const facts = factNames(own);
  const inHosts = new Set(expressions(sources.plays.flatMap((play) => play.hosts).join(" ")).map(({ name }) => name));
  const uses = new Map<string, Use>();
  for (const { name, rest } of expressions(own)) {
    if (
      notVariables.has(name) ||
      name.startsWith("ansible_") ||
      name.startsWith("chiffon_") ||
      name.startsWith("_") ||
      registered.has(name) ||
      facts.has(name)
    )
      continue;
    if (rest.trimStart().startsWith("(")) continue;
    const filters = rest.split("|").slice(1);
    const hasDefault = filters.some((filter) => /^\s*(?:default|d)\b/.test(filter)) || (uses.get(name)?.hasDefault ?? false);
    uses.set(name, { name, hasDefault, inHosts: inHosts.has(name) });
  }
  return [...uses.values()];
}

/** Names and what follows them in `{{ name … }}`, in one pass: a search for the end that starts anew at every `{{` takes hours on a hostile line. */
function expressions(text: string): { readonly name: string; readonly rest: string }[] {
  const found: { name: string; rest: string }[] = [];
  let close = -1;
  for (let open = text.indexOf("{{"); open >= 0; open = text.indexOf("{{", open)) {
    open += 2;
    if (close < open) close = text.indexOf("}", open);
    if (close < 0) break;
    const isWhole = text[close + 1] === "}";
    // Longer than any expression that a person writes.
    if (!isWhole || close - open > longestLine) continue;
    const inner = text.slice(open, close);
    const name = /^-?\s*([a-z_]\w*)/.exec(inner);
    if (name?.[1] === undefined) continue;
    found.push({ name: name[1], rest: inner.slice(name[0].length) });
    open = close;
  }
  return found;
}

/** Keys of `set_fact:`, which stand deeper than it. */
function factNames(text: string): Set<string> {
  const names = new Set<string>();
  let indent = -1;
  for (const line of text.split("\n")) {
    if (line.trim() === "") continue;
    const depth = line.length - line.trimStart().length;
    if (/^[ \t]*(?:-[ \t]{1,20})?(?:ansible\.(?:builtin|legacy)\.)?set_fact:\s*$/.test(line.slice(0, longestLine))) indent = depth;
    else if (depth <= indent) indent = -1;
    else if (indent >= 0) names.add(/^\s*(\w+):/.exec(line.slice(0, longestLine))?.[1] ?? "");
  }
  return names;
}
