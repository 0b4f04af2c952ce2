import type { Action, ListCard, NoticeCard, PlanCard, ProgressCard, QuestionCard, ResultCard } from "../../../src/bot/cards.ts";

export const planId = "0198a000-0000-7000-8000-000000000001";
export const runId = "0198a000-0000-7000-8000-000000000002";
const account = "discord:100000000000000001:400000000000000001";

export function planCard(more: Partial<PlanCard> = {}): PlanCard {
  const target = planId;
  return {
    kind: "plan",
    planVersionId: planId,
    version: 1,
    purpose: "run",
    state: "awaiting_approval",
    stateText: null,
    decided: null,
    votes: [],
    requestText: "restart nginx on web1",
    person: account,
    steps: [planStep(1)],
    risk: "change",
    digestPrefix: "1a2b3c4d5e6f",
    approvers: "group ops, not who asked",
    expiresAt: "2026-11-22T14:03:00.000Z",
    notes: [],
    preview: null,
    actions: [
      { id: "approve", label: "Approve", style: "primary", target },
      {
        id: "preview",
        label: "Preview changes",
        style: "plain",
        target,
        confirm: { text: "A preview really runs: Get facts.", typed: null },
      },
      { id: "edit", label: "Edit", style: "plain", target, asks: true },
      { id: "reject", label: "Reject", style: "plain", target, asks: true },
    ],
    ...more,
  };
}

export function planStep(order: number, more: Partial<PlanCard["steps"][number]> = {}): PlanCard["steps"][number] {
  return {
    order,
    name: "Restart nginx",
    playbook: "playbooks/restart-nginx",
    playbookPath: "playbooks/restart-nginx.yml",
    confidence: 0.97,
    method: "semantic",
    why: "runner-up playbooks/reload-nginx.yml 0.61",
    hosts: ["web1"],
    mayAlsoActOn: [],
    variables: { graceful: true },
    risk: "change",
    riskReason: "restarts a service",
    dependsOn: [],
    expectedSeconds: 12,
    ...more,
  };
}

export function questionCard(more: Partial<QuestionCard> = {}): QuestionCard {
  return {
    kind: "question",
    planVersionId: planId,
    requestText: "deploy it",
    person: account,
    title: "Nothing runs: I am not sure enough which playbook you mean",
    problems: ['Step 1, "deploy it": 0.52 is not enough'],
    choices: [
      {
        step: 1,
        stepName: "deploy it",
        candidates: [
          { playbook: "playbooks/deploy-gitea", name: "Deploy Gitea", confidence: 0.52 },
          { playbook: "playbooks/deploy-grafana", name: "Deploy Grafana", confidence: 0.5 },
        ],
      },
    ],
    fields: [],
    offer: null,
    actions: [],
    ...more,
  };
}

export function progressCard(more: Partial<ProgressCard> = {}): ProgressCard {
  return {
    kind: "progress",
    runId,
    runNumber: 12,
    purpose: "run",
    state: "running",
    waitingReason: null,
    startedAt: "2026-11-21T14:03:00.000Z",
    steps: [
      { order: 1, name: "Restart nginx", state: "running", reason: null, currentTask: "Restart", tasksDone: 2, changed: 1, failed: 0 },
    ],
    actions: [{ id: "cancel", label: "Cancel", style: "danger", target: runId }],
    ...more,
  };
}

export function resultCard(more: Partial<ResultCard> = {}): ResultCard {
  return {
    kind: "result",
    runId,
    runNumber: 12,
    purpose: "run",
    state: "failed",
    verdict: 'Failed in step 1, "Restart nginx": TASK_FAILED',
    steps: [resultStep(1)],
    durationSeconds: 12.3,
    audit: { entry: 44, commit: "0123456789abcdef" },
    tell: [account],
    actions: [
      { id: "retry", label: "Retry from failed", style: "primary", target: runId },
      { id: "log", label: "Full log", style: "plain", target: runId },
    ],
    ...more,
  };
}

export function resultStep(order: number, more: Partial<ResultCard["steps"][number]> = {}): ResultCard["steps"][number] {
  return {
    order,
    name: "Restart nginx",
    playbookPath: "playbooks/restart-nginx.yml",
    state: "failed",
    reason: null,
    errorCode: "TASK_FAILED",
    hosts: [{ host: "web1", ok: 2, changed: 1, failed: 1, skipped: 0, unreachable: 0 }],
    keyErrors: ["web1: Restart: unit not found"],
    said: [],
    errorText: null,
    suggestions: [],
    suggestionsTotal: 0,
    ...more,
  };
}

export function listCard(count: number, more: Partial<ListCard> = {}): ListCard {
  const cancel = (index: number): Action => ({
    id: "cancel",
    label: "Cancel",
    style: "danger",
    target: `${runId.slice(0, -3)}${String(index).padStart(3, "0")}`,
  });
  return {
    kind: "list",
    title: "Running and waiting",
    items: Array.from({ length: count }, (_, index) => ({ title: `run ${index}: restart`, detail: "running", actions: [cancel(index)] })),
    empty: "Nothing runs.",
    total: count,
    ...more,
  };
}

export function noticeCard(text: string, more: Partial<NoticeCard> = {}): NoticeCard {
  return { kind: "notice", tone: "info", text, help: null, ...more };
}
