import type { AskedRequest, ListedAgent, ListedRun, WaitingPlan } from "../orchestrator/overview.ts";
import type { AuditEntry } from "../audit/audit-log.ts";
import type { Playbook } from "../mapping/playbook.ts";
import type { AsyncTask } from "../runs/async-task-store.ts";
import type { StoredSuggestion } from "../runs/suggestion-store.ts";
import type { Action, ListCard, ListItem } from "./cards.ts";
import { suggestionActions } from "./suggestion-actions.ts";

/** A list that names how many there are where it does not show all. */
export function listCard(title: string, items: readonly ListItem[], empty: string, total = items.length): ListCard {
  return { kind: "list", title, items, empty, total };
}

export function waitingItem(plan: WaitingPlan): ListItem {
  const actions: readonly Action[] = [{ id: "show", label: "Show plan", style: "primary", target: plan.planVersionId }];
  return { title: plan.text, detail: `request ${plan.requestNumber} by ${plan.person}, ${plan.risk}${until(plan.expiresAt)}`, actions };
}

export function runItem(run: ListedRun): ListItem {
  const what = run.purpose === "preview" ? "preview" : "run";
  return { title: `${what} ${run.number}: ${run.text}`, detail: `${words(run.state)}, asked by ${run.person}`, actions: runActions(run) };
}

function runActions(run: ListedRun): readonly Action[] {
  if (["queued", "waiting", "running"].includes(run.state)) return [{ id: "cancel", label: "Cancel", style: "danger", target: run.id }];
  if (run.state === "failed" && run.purpose === "run") return [{ id: "retry", label: "Retry from failed", style: "plain", target: run.id }];
  return [];
}

export function requestItem(request: AskedRequest): ListItem {
  const run = request.runNumber === null ? "" : `run ${request.runNumber} ${words(request.runState ?? "")}`;
  return { title: `${request.number}: ${request.text}`, detail: run === "" ? words(request.planState ?? "no plan") : run, actions: [] };
}

export function agentItem(agent: ListedAgent): ListItem {
  return { title: agent.name, detail: `${agent.kind}, ${agent.state}, heard of ${minuteOf(agent.lastHeartbeat)}`, actions: [] };
}

export function jobItem(job: AsyncTask): ListItem {
  const reason = job.reason === null ? "" : ` (${words(job.reason)})`;
  return {
    title: `${job.jobId}: ${job.status}${reason}`,
    detail: `${job.taskName} on ${job.host}, started by run ${job.runNumber} ${minuteOf(job.startedAt)}`,
    actions: [],
  };
}

export function playbookItem(playbook: Playbook): ListItem {
  return { title: playbook.name, detail: `${playbook.path}${playbook.description === "" ? "" : `: ${playbook.description}`}`, actions: [] };
}

export function auditItem(entry: AuditEntry): ListItem {
  return {
    title: `${entry.number} ${entry.action}: ${entry.result}`,
    detail: `${entry.actor}, ${entry.resource}, ${minuteOf(entry.at)}`,
    actions: [],
  };
}

export function findingItem(finding: StoredSuggestion): ListItem {
  return {
    title: `${finding.path}:${finding.line ?? "?"} ${finding.rule}, ${finding.severity}`,
    detail: `${finding.message} ${finding.reasoning}`,
    actions: suggestionActions(finding),
  };
}

function words(state: string): string {
  return state.replaceAll("_", " ");
}

function until(expiresAt: string | null): string {
  return expiresAt === null ? "" : `, until ${minuteOf(expiresAt)}`;
}

/** `2026-11-21 14:03 UTC` */
function minuteOf(iso: string): string {
  return `${iso.slice(0, 16).replace("T", " ")} UTC`;
}
