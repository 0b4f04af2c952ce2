import { parseDocument } from "yaml";
import { messageOf } from "../errors.ts";

/** What one playbook file says by itself; roles and imports are looked up by the scanner. */
export interface PlaybookFile {
  readonly plays: readonly Play[];
  readonly imports: readonly string[];
  /** `# chiffon:key=value` lines. */
  readonly settings: Readonly<Record<string, string>>;
  /** The first comment lines, without settings. */
  readonly comment: string;
}

export interface Play {
  readonly name: string;
  readonly hosts: string[];
  /** Every role in order, whether listed or included by a task. */
  readonly roles: readonly RoleUse[];
  readonly tags: readonly string[];
  readonly vars: Readonly<Record<string, unknown>>;
  readonly prompts: readonly Prompt[];
  readonly taskNames: readonly string[];
}

export interface RoleUse {
  readonly name: string;
  readonly tags: readonly string[];
  /** Chosen by tags or a condition, as in repos with one playbook for all roles. */
  readonly selected: boolean;
  readonly vars: Readonly<Record<string, unknown>>;
}

export interface Prompt {
  readonly name: string;
  readonly question: string;
  readonly default: unknown;
  readonly secret: boolean;
}

export type PlaybookReading =
  | { readonly kind: "playbook"; readonly file: PlaybookFile }
  | { readonly kind: "other" }
  | { readonly kind: "rejected"; readonly reason: string };

const looksLikePlaybook = /^ {0,4}(?:- +)?["']?(?:hosts|(?:ansible\.builtin\.)?import_playbook)["']?\s*:/m;

export function readPlaybook(text: string): PlaybookReading {
  if (!looksLikePlaybook.test(text)) return { kind: "other" };
  let content: unknown;
  try {
    content = readYaml(text);
  } catch (error) {
    return { kind: "rejected", reason: `not readable as YAML: ${firstLine(messageOf(error))}` };
  }
  if (!Array.isArray(content) || content.length === 0 || !content.every(isPlay)) return { kind: "other" };
  const plays: Play[] = [];
  const imports: string[] = [];
  for (const entry of content as Record<string, unknown>[]) {
    const imported = entry["import_playbook"] ?? entry["ansible.builtin.import_playbook"];
    if (typeof imported === "string") imports.push(imported);
    else plays.push(readPlay(entry));
  }
  return { kind: "playbook", file: { plays, imports, ...readComments(text) } };
}

/** One YAML document as data. Ansible's tags (`!vault`, `!unsafe`) are kept as their text; nothing is ever constructed from a tag. */
export function readYaml(text: string): unknown {
  const document = parseDocument(text, { logLevel: "silent", prettyErrors: true, uniqueKeys: false, merge: true });
  const error = document.errors[0];
  if (error !== undefined) throw error;
  return document.toJS({ maxAliasCount: 50 });
}

function isPlay(entry: unknown): boolean {
  if (typeof entry !== "object" || entry === null || Array.isArray(entry)) return false;
  return "hosts" in entry || "import_playbook" in entry || "ansible.builtin.import_playbook" in entry;
}

function readPlay(entry: Record<string, unknown>): Play {
  const taskLists = ["pre_tasks", "tasks", "post_tasks", "handlers"].map((key) => tasksOf(entry[key]));
  const tasks = taskLists.slice(0, 3).flat();
  return {
    name: typeof entry["name"] === "string" ? entry["name"] : "",
    hosts: textsOf(entry["hosts"]),
    roles: [...listOf(entry["roles"]).flatMap(listedRole), ...tasks.flatMap(includedRole)],
    tags: [...new Set([...tagsOf(entry), ...tasks.flatMap(tagsOf), ...listOf(entry["roles"]).flatMap(tagsOf)])],
    vars: recordOf(entry["vars"]),
    prompts: listOf(entry["vars_prompt"]).flatMap(readPrompt),
    taskNames: tasks.map((task) => task["name"]).filter((name): name is string => typeof name === "string"),
  };
}

function listedRole(entry: unknown): RoleUse[] {
  if (typeof entry === "string") return [{ name: entry, tags: [], selected: false, vars: {} }];
  const role = recordOf(entry);
  const name = role["role"] ?? role["name"];
  if (typeof name !== "string") return [];
  const tags = tagsOf(role);
  return [{ name, tags, selected: tags.length > 0 || role["when"] !== undefined, vars: recordOf(role["vars"]) }];
}

function includedRole(task: Record<string, unknown>): RoleUse[] {
  for (const key of ["include_role", "import_role", "ansible.builtin.include_role", "ansible.builtin.import_role"]) {
    const name = recordOf(task[key])["name"];
    if (typeof name === "string" && !name.includes("{{")) {
      const tags = tagsOf(task);
      return [{ name, tags, selected: tags.length > 0 || task["when"] !== undefined, vars: recordOf(task["vars"]) }];
    }
  }
  return [];
}

/** Tasks with those of their blocks. */
function tasksOf(value: unknown): Record<string, unknown>[] {
  return listOf(value).flatMap((entry) => {
    const task = recordOf(entry);
    return [task, ...["block", "rescue", "always"].flatMap((key) => (task[key] === undefined ? [] : tasksOf(task[key])))];
  });
}

function readPrompt(value: unknown): Prompt[] {
  const prompt = recordOf(value);
  const name = prompt["name"];
  if (typeof name !== "string") return [];
  const question = typeof prompt["prompt"] === "string" ? prompt["prompt"] : "";
  return [{ name, question, default: prompt["default"], secret: prompt["private"] !== false && prompt["private"] !== "no" }];
}

function readComments(text: string): { settings: Record<string, string>; comment: string } {
  const settings: Record<string, string> = {};
  const lines: string[] = [];
  let isHeader = true;
  for (const line of text.split("\n", 400)) {
    const setting = /^\s*#\s*chiffon:([a-z_-]+)\s*=\s*(.*?)\s*$/.exec(line);
    if (setting?.[1] !== undefined) settings[setting[1]] = setting[2] ?? "";
    else if (isHeader && /^\s*#/.test(line) && lines.length < 6) lines.push(line.replace(/^\s*#+\s?/, "").trim());
    else if (line.trim() !== "" && line.trim() !== "---") isHeader = false;
  }
  const comment = lines
    .filter((line) => /\p{L}/u.test(line) && !/^(?:!|yaml|vim:|-\*-|code:|ansible-lint|noqa|yamllint)/.test(line))
    .join(" ");
  return { settings, comment };
}

export const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
export const recordOf = (value: unknown): Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
const textsOf = (value: unknown): string[] =>
  (Array.isArray(value) ? value : [value])
    .filter((part): part is string | number => typeof part === "string" || typeof part === "number")
    .map(String);
const tagsOf = (value: unknown): string[] => textsOf(recordOf(value)["tags"]).flatMap((tags) => tags.split(",").map((tag) => tag.trim()));
const firstLine = (text: string): string => (text.split("\n", 1)[0] ?? "").slice(0, 200).replace(/:$/, "");
