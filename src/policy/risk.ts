import type { Verb } from "../mapping/playbook.ts";
import type { RiskClass } from "../planner/plan.ts";

/** What is known of a task without running it. */
export interface TaskToJudge {
  /** Short or full module name as written, e.g. `ansible.builtin.file`. */
  readonly module: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  /** `changed_when: false`: the author says that it only looks. */
  readonly neverChanges: boolean;
}

export interface Risk {
  readonly risk: RiskClass;
  readonly reason: string;
}

/** Modules of ansible.builtin that cannot change a host. */
const readModules = new Set([
  "assert", "debug", "fail", "gather_facts", "getent", "group_by", "include_role", "include_tasks", "include_vars", "import_playbook", "import_role",
  "import_tasks", "meta", "package_facts", "pause", "ping", "service_facts", "set_fact", "set_stats", "setup", "slurp", "stat", "find", "uri",
  "validate_argument_spec", "wait_for", "wait_for_connection",
]); // prettier-ignore
/** Arbitrary programs: they only look when their author says so. */
const commandModules = new Set(["command", "shell", "script", "raw", "expect"]);
const destructiveVerbs: ReadonlySet<Verb> = new Set<Verb>(["remove", "restore", "rollback", "reboot"]);
const lookingVerbs: ReadonlySet<Verb> = new Set<Verb>(["check", "show"]);
const destructiveText =
  /\b(rm\s+-[a-z]*[rf]|mkfs|wipefs|dd\s+if=|shred|drop\s+(database|table)|truncate\s+table|zfs\s+destroy|lvremove|vgremove|docker\s+(system|volume)\s+(prune|rm)|userdel|reboot|shutdown|poweroff)\b/i;

/**
 * By code, never by a model: `read` only when every task is known to look and nothing else; `destructive` when the playbook's verb takes something
 * away or a task surely does; what cannot be told is at least `change`.
 */
export function riskOf(playbook: { readonly verb: Verb; readonly name: string }, tasks: readonly TaskToJudge[], uncertain: boolean): Risk {
  if (destructiveVerbs.has(playbook.verb)) return { risk: "destructive", reason: `its verb is ${playbook.verb}` };
  const ruinous = tasks.find((task) => isRuinous(task));
  if (ruinous !== undefined) return { risk: "destructive", reason: `a task uses ${ruinous.module} in a way that deletes or resets` };
  const changing = tasks.find((task) => !onlyLooks(task));
  if (changing !== undefined) return { risk: "change", reason: `it uses ${changing.module}` };
  if (uncertain) return { risk: "change", reason: "it includes what cannot be told beforehand" };
  if (tasks.length === 0 && !lookingVerbs.has(playbook.verb)) return { risk: "change", reason: "no task of it could be read" };
  return { risk: "read", reason: "all its tasks only look" };
}

function onlyLooks(task: TaskToJudge): boolean {
  const name = shortName(task.module);
  if (name === "uri") {
    const method = task.arguments["method"] ?? "GET";
    return typeof method === "string" && ["get", "head", "options"].includes(method.toLowerCase());
  }
  return readModules.has(name) || (commandModules.has(name) && task.neverChanges);
}

function isRuinous(task: TaskToJudge): boolean {
  const name = shortName(task.module);
  if (name === "reboot" || name === "filesystem" || name === "parted" || name === "lvol") return true;
  if (!commandModules.has(name)) return false;
  const text = [task.arguments["cmd"], task.arguments["_raw_params"], task.arguments["argv"]]
    .flat()
    .filter((part) => typeof part === "string")
    .join(" ");
  return destructiveText.test(text);
}

function shortName(module: string): string {
  return module.replace(/^ansible\.(builtin|legacy)\./, "");
}

/** The gravest of a plan's steps. */
export function highestRisk(risks: readonly RiskClass[]): RiskClass {
  return risks.includes("destructive") ? "destructive" : risks.includes("change") ? "change" : "read";
}
