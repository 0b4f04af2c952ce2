import type { AnsibleEvent } from "../src/agents/infra/ansible-events.ts";

export type SpoolKind = "results" | "items";

const hosts = Array.from({ length: 50 }, (_, index) => `host${String(index + 1).padStart(2, "0")}`);

/** The spool file of a run of `count` events in all: tasks on fifty hosts, or one task with as many items. */
export function spoolOf(kind: SpoolKind, count: number): string {
  const events: AnsibleEvent[] = [
    { kind: "playbook_start", at: Date.now(), playbook: "playbooks/deploy-gitea.yml" },
    { kind: "play_start", at: Date.now(), play: "Deploy Gitea", hosts },
  ];
  for (let number = 0; events.length < count - 1; number += 1) events.push(kind === "items" ? item(number) : taskOrResult(number));
  const counts = { ok: 1, changed: 0, failures: 0, skipped: 0, unreachable: 0, rescued: 0, ignored: 0 };
  events.push({ kind: "stats", at: Date.now(), hosts: Object.fromEntries(hosts.map((host) => [host, counts])) });
  return events.map((event) => `${JSON.stringify(event)}\n`).join("");
}

function item(number: number): AnsibleEvent {
  if (number === 0) return taskStart(0);
  return {
    kind: "item",
    at: Date.now(),
    status: "ok",
    host: hosts[0] ?? "",
    taskId: taskId(0),
    item: `the item ${number} of many`,
    message: null,
  };
}

function taskOrResult(number: number): AnsibleEvent {
  const task = Math.floor(number / (hosts.length + 1));
  const place = number % (hosts.length + 1);
  if (place === 0) return taskStart(task);
  return {
    kind: "result",
    at: Date.now(),
    status: number % 3 === 0 ? "changed" : "ok",
    host: hosts[place - 1] ?? "",
    delegatedTo: null,
    taskId: taskId(task),
    task: taskName(task),
    path: `roles/gitea/tasks/main.yml:${task}`,
    rescued: false,
    ignored: false,
    message: null,
    diff: null,
    items: null,
    durationMs: number % 1_000,
  };
}

function taskStart(task: number): AnsibleEvent {
  return {
    kind: "task_start",
    at: Date.now(),
    taskId: taskId(task),
    task: taskName(task),
    action: "ansible.builtin.command",
    path: `roles/gitea/tasks/main.yml:${task}`,
    handler: false,
  };
}

function taskName(task: number): string {
  return `gitea : Write the configuration ${task} of the service`;
}

function taskId(task: number): string {
  return `5254004f-77d3-1e7a-9f5b-${String(task).padStart(12, "0")}`;
}
