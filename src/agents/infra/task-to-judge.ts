import type { TaskToJudge } from "../../policy/risk.ts";
import { isMapping, textOf, type Mapping } from "./playbook-values.ts";

/** What is no module in a task: ansible-core's own keywords. */
const keywords = new Set(
  `action any_errors_fatal args async become become_exe become_flags become_method become_user changed_when check_mode collections connection debugger
  delay delegate_facts delegate_to diff environment failed_when ignore_errors ignore_unreachable listen local_action loop loop_control module_defaults name
  no_log notify poll port register remote_user retries run_once tags throttle timeout until vars when`.split(/\s+/),
);

export function isTaskKeyword(key: string): boolean {
  return keywords.has(key) || key.startsWith("with_");
}

/** With `collections`, a name without a namespace may mean a module of any of them. */
export function taskToJudge(task: Mapping, collections: boolean): TaskToJudge {
  const named = Object.keys(task).find((key) => !isTaskKeyword(key));
  const classic = task["action"] ?? task["local_action"];
  const written =
    named ??
    (typeof classic === "string"
      ? (classic.split(/\s/)[0] ?? "")
      : isMapping(classic)
        ? textOf(classic["module"] ?? "unknown")
        : "unknown");
  const module = collections && !written.includes(".") ? `${written} (of any of its collections)` : written;
  const value = named === undefined ? classic : task[named];
  const args = isMapping(value) ? value : typeof value === "string" ? { _raw_params: value } : {};
  return { module, arguments: { ...(isMapping(task["args"]) ? task["args"] : {}), ...args }, neverChanges: task["changed_when"] === false };
}
