import type {
  Form,
  FormField,
  NoticeCard,
  PlanCard,
  PlanCardStep,
  ProgressCard,
  QuestionCard,
  ResultCard,
  ResultStep,
} from "../../../src/bot/cards.ts";

export const planId = "0190f6a2-7c1e-7e57-9d0f-2f9f4f3a5b11";

/** Text that tries to ping, format, hide, and end a code fence. */
export const hostile = "<!channel> <@U2> *bold* `code` ```fence``` & @everyone <https://evil.example|web1> \u202Eabc\u200B\u0007 :tada:";

export function names(count: number, prefix = "web"): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index + 1}`);
}

export function step(given: Partial<PlanCardStep> = {}): PlanCardStep {
  return {
    order: 1,
    name: "Restart nginx",
    playbook: "restart-nginx",
    playbookPath: "playbooks/restart_nginx.yml",
    confidence: 0.97,
    method: "semantic",
    why: "names nginx and restarts it; next best: restart-apache 0.61",
    hosts: ["web1"],
    mayAlsoActOn: [],
    variables: {},
    risk: "change",
    riskReason: "restarts a service",
    dependsOn: [],
    expectedSeconds: 8,
    ...given,
  };
}

export function plan(given: Partial<PlanCard> = {}): PlanCard {
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
    person: "slack:T1:U1",
    steps: [step()],
    risk: "change",
    digestPrefix: "1a2b3c4d5e6f",
    approvers: "anyone of ops",
    expiresAt: "2026-11-22T04:00:00.000Z",
    notes: [],
    preview: null,
    actions: [
      { id: "approve", label: "Approve", style: "primary", target: planId },
      { id: "preview", label: "Preview changes", style: "plain", target: planId },
      { id: "edit", label: "Edit", style: "plain", target: planId, asks: true },
      { id: "reject", label: "Reject", style: "plain", target: planId, asks: true },
    ],
    ...given,
  };
}

export function resultStep(given: Partial<ResultStep> = {}): ResultStep {
  return {
    order: 1,
    name: "Restart nginx",
    playbookPath: "playbooks/restart_nginx.yml",
    state: "succeeded",
    reason: null,
    errorCode: null,
    hosts: [{ host: "web1", ok: 3, changed: 1, failed: 0, skipped: 0, unreachable: 0 }],
    keyErrors: [],
    said: [],
    errorText: null,
    suggestions: [],
    suggestionsTotal: 0,
    ...given,
  };
}

export function result(given: Partial<ResultCard> = {}): ResultCard {
  return {
    kind: "result",
    runId: planId,
    runNumber: 12,
    purpose: "run",
    state: "succeeded",
    verdict: "Done, 1 change",
    steps: [resultStep()],
    durationSeconds: 8,
    audit: { entry: 41, commit: "0123456789abcdef" },
    tell: [],
    actions: [],
    ...given,
  };
}

export function progress(given: Partial<ProgressCard> = {}): ProgressCard {
  return {
    kind: "progress",
    runId: planId,
    runNumber: 12,
    purpose: "run",
    state: "running",
    waitingReason: null,
    startedAt: "2026-11-21T04:00:00.000Z",
    steps: [
      {
        order: 1,
        name: "Restart nginx",
        state: "running",
        reason: null,
        currentTask: "Restart the service",
        tasksDone: 2,
        changed: 1,
        failed: 0,
      },
    ],
    actions: [{ id: "cancel", label: "Cancel", style: "danger", target: planId }],
    ...given,
  };
}

export function field(given: Partial<FormField> = {}): FormField {
  return { name: "1.version", label: "version", type: "str", required: true, default: null, choices: null, description: null, ...given };
}

export function question(given: Partial<QuestionCard> = {}): QuestionCard {
  return {
    kind: "question",
    planVersionId: planId,
    requestText: "deploy the thing",
    person: "slack:T1:U1",
    title: "Which playbook is meant?",
    problems: ["Step 1: two playbooks are equally near"],
    choices: [
      {
        step: 1,
        stepName: "deploy the thing",
        candidates: [
          { playbook: "deploy-app", name: "Deploy the app", confidence: 0.71 },
          { playbook: "deploy-site", name: "Deploy the site", confidence: 0.69 },
        ],
      },
    ],
    fields: [],
    offer: null,
    actions: [],
    ...given,
  };
}

export function notice(given: Partial<NoticeCard> = {}): NoticeCard {
  return { kind: "notice", tone: "info", text: "Nothing to do.", help: null, ...given };
}

export function form(given: Partial<Form> = {}): Form {
  return {
    kind: "form",
    title: "Fill in",
    text: null,
    submit: "Send",
    action: { id: "answer", target: planId },
    fields: [field()],
    ...given,
  };
}
