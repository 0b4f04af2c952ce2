export const lintCategories = ["idempotency", "error_handling", "performance", "best_practices", "standards"] as const;
export type LintCategory = (typeof lintCategories)[number];

/** C66, by rule id without its suffix; what stands nowhere is a matter of standards. */
const rulesOf: Readonly<Record<Exclude<LintCategory, "standards">, readonly string[]>> = {
  idempotency: ["no-changed-when", "command-instead-of-module", "risky-shell-pipe", "no-free-form", "risky-file-permissions"],
  error_handling: ["ignore-errors", "no-handler", "fqcn", "no-relative-paths"],
  performance: ["package-latest", "latest", "literal-compare", "no-jinja-when"],
  best_practices: ["yaml", "name", "syntax-check", "jinja", "key-order", "no-tabs", "args", "var-naming", "schema"],
};
const categoryByRule = new Map(
  Object.entries(rulesOf).flatMap(([category, rules]) => rules.map((rule) => [rule, category as LintCategory])),
);

/** C67: one sentence of why. */
const reasons: Readonly<Record<string, string>> = {
  "no-changed-when": "Without changed_when this task reports a change on every run, so nobody can tell when something really changed.",
  "command-instead-of-module":
    "A command runs every time and skips the module's idempotency: the module looks first and changes only what differs.",
  "command-instead-of-shell":
    "shell passes the text through a shell that is not needed here; command cannot be tricked by special characters.",
  "risky-shell-pipe": "A pipe hides the failure of its first command; with `set -o pipefail` the task fails when any part fails.",
  "risky-file-permissions":
    "Without a mode the file gets whatever the host's umask allows, which differs between hosts and may be readable by all.",
  "no-free-form": "Arguments in one line are split by rules of their own; written as keys they mean exactly what they say.",
  "ignore-errors": "ignore_errors hides every failure, also those nobody thought of; failed_when names the one that is harmless.",
  "no-handler":
    "A task that runs only when another changed something is what handlers are for; they run once, at the end, and only if needed.",
  fqcn: "The full name says which collection the module comes from, so that no other module of that name can take its place.",
  "no-relative-paths": "A relative path means another file as soon as the role is used from somewhere else.",
  "package-latest": "state: latest drifts: each run may install another version, so hosts differ and a bad release arrives unasked.",
  latest: "A version that is not pinned drifts: each run may bring another one, so hosts differ and a bad release arrives unasked.",
  "literal-compare":
    "Comparing with a literal true or false fails on values like 'yes'; the bare condition means the same and is evaluated once.",
  "no-jinja-when":
    "when is already an expression; braces inside it are evaluated twice, which is slower and can run text that came from a variable.",
  "deprecated-module": "The module is going away; after an update the playbook will stop working.",
  "deprecated-bare-vars": "A bare variable in a loop is taken for text by newer versions; the task would loop over one word.",
  "deprecated-command-syntax": "This way of giving arguments is going away; after an update the task will fail.",
  "deprecated-local-action": "local_action is the old way of saying delegate_to: localhost, and hides where the task acts.",
  yaml: "Uneven YAML is easily misread, by people and sometimes by the parser (yes, no, on, 0755).",
  name: "The name is what one sees while it runs and in the result; without a good one a failure is hard to place.",
  "syntax-check": "Ansible cannot read this playbook; nothing in it will run.",
  jinja: "Irregular templates are hard to read and can evaluate to something else than they seem to say.",
  args: "The module does not take these arguments; the task will fail, or silently do something else.",
  "var-naming": "A name that is not a plain identifier, or that Ansible uses itself, is overwritten or cannot be reached.",
  "key-order": "With the name first, and block and when before the tasks, one sees at once what belongs together.",
  "no-tabs": "Tabs look like spaces but are not; in YAML they break the structure.",
  schema: "The file does not have the shape Ansible expects here; parts of it may be ignored.",
  "no-same-owner": "Keeping the owner of the source gives files to whoever has that number on the other host.",
  "partial-become": "become_user without become does nothing; the task runs as the ordinary user.",
  "inline-env-var": "A variable written before the command is taken for the program's name by command; environment sets it.",
  "no-log-password": "Without no_log the password stands in the output and in every log that keeps it.",
  "empty-string-compare": "A comparison with an empty string misses undefined values; the bare condition covers both.",
};

const generic = "It differs from what Ansible's own rules recommend, which makes the playbook harder to keep and to trust.";

export function categoryOf(rule: string): LintCategory {
  const base = baseOf(rule);
  return categoryByRule.get(base) ?? (base.startsWith("deprecated-") ? "performance" : "standards");
}

export function reasonOf(rule: string): string {
  return reasons[baseOf(rule)] ?? generic;
}

/** `name[missing]` is a case of `name`. */
function baseOf(rule: string): string {
  return rule.split("[")[0] ?? rule;
}
