import type { NoticeCard, PlanCard, PlanCardStep, ProgressCard, QuestionCard, ResultCard } from "../../src/bot/cards.ts";

/** Cards as the bot makes them for the homelab, for rendering tests and pictures. */
export const requestText = "Deploy Kuma Uptime to homelab and add existing portals to config";

const deploy: PlanCardStep = {
  order: 1,
  name: "Deploy Uptime Kuma",
  playbook: "deploy-uptime-kuma",
  playbookPath: "playbooks/deploy-uptime-kuma.yml",
  confidence: 0.968,
  method: "semantic",
  why: "“Deploy Kuma Uptime” names the service uptime-kuma; the next best, deploy-grafana, is at 0.41",
  hosts: ["homelab"],
  mayAlsoActOn: [],
  variables: { uptime_kuma_port: 3001 },
  risk: "change",
  riskReason: "writes files and starts a service",
  dependsOn: [],
  expectedSeconds: 12,
};

const configure: PlanCardStep = {
  order: 2,
  name: "Add portals to Uptime Kuma",
  playbook: "configure-uptime-kuma",
  playbookPath: "playbooks/configure-uptime-kuma.yml",
  confidence: 0.93,
  method: "exact",
  why: "“add existing portals to config” is what the playbook says of itself",
  hosts: ["homelab", "nas", "edge"],
  mayAlsoActOn: ["dns"],
  variables: { portals: ["grafana", "jellyfin"], notify: true },
  risk: "change",
  riskReason: "writes the configuration",
  dependsOn: [1],
  expectedSeconds: null,
};

export function planCard(changes: Partial<PlanCard> = {}): PlanCard {
  return {
    kind: "plan",
    planVersionId: "0d5f9a3e-6d0e-4c0e-9b9e-0a4c6d1f2b11",
    version: 1,
    purpose: "run",
    state: "awaiting_approval",
    stateText: null,
    decided: null,
    votes: [],
    requestText,
    person: "local",
    steps: [deploy, configure],
    risk: "change",
    digestPrefix: "3fa9c1d2e07b",
    approvers: "you (local owner)",
    expiresAt: "2026-11-21T13:03:00.000Z",
    notes: [],
    preview: null,
    actions: [
      { id: "approve", label: "Approve", style: "primary", target: "plan-1" },
      { id: "preview", label: "Preview changes", style: "plain", target: "plan-1" },
      { id: "reject", label: "Reject", style: "danger", target: "plan-1" },
    ],
    ...changes,
  };
}

export function destructivePlan(): PlanCard {
  return planCard({
    planVersionId: "7aa4c3f0-1b1e-4a65-8d70-97a5b1bb9f02",
    requestText: "Remove uptime kuma",
    risk: "destructive",
    steps: [
      { ...deploy, name: "Remove Uptime Kuma", playbook: "remove-uptime-kuma", playbookPath: "playbooks/remove-uptime-kuma.yml", risk: "destructive", riskReason: "deletes the service and its data", variables: {}, why: "“Remove uptime kuma” names verb and service" }, // prettier-ignore
    ],
    actions: [
      {
        id: "approve",
        label: "Approve",
        style: "danger",
        target: "plan-2",
        confirm: { text: "This deletes Uptime Kuma and its data on homelab.", typed: "remove" },
      },
      { id: "preview", label: "Preview changes", style: "plain", target: "plan-2" },
      { id: "reject", label: "Reject", style: "plain", target: "plan-2" },
    ],
  });
}

export function questionCard(changes: Partial<QuestionCard> = {}): QuestionCard {
  return {
    kind: "question",
    planVersionId: "b1f2b2b4-52ad-4f0e-8f27-2f6fbb3c9d03",
    requestText: "add a user to the nas",
    person: "local",
    title: "Three values are missing",
    problems: ["Step 1, Manage users: the playbook needs to know who, and in which group."],
    choices: [],
    fields: [
      { name: "user_name", label: "user_name", type: "str", required: true, default: null, choices: null, description: "The login name" },
      {
        name: "user_group",
        label: "user_group",
        type: "str",
        required: true,
        default: "family",
        choices: ["family", "admins", "guests"],
        description: null,
      },
      {
        name: "user_uid",
        label: "user_uid",
        type: "int",
        required: false,
        default: null,
        choices: null,
        description: "Taken from the next free one when empty",
      },
      { name: "user_shell", label: "user_shell", type: "bool", required: false, default: false, choices: null, description: "May log in" },
      { name: "user_shares", label: "user_shares", type: "list", required: false, default: ["media"], choices: null, description: null },
    ],
    offer: null,
    actions: [{ id: "answer", label: "Continue", style: "primary", target: "question-1" }],
    ...changes,
  };
}

export function choiceCard(): QuestionCard {
  return questionCard({
    planVersionId: "c0ffee00-52ad-4f0e-8f27-2f6fbb3c9d04",
    requestText: "Deploy Foobar",
    title: "No playbook is near enough to “Deploy Foobar”",
    problems: ["The nearest has a confidence of 0.41; Chiffon takes nothing below 0.85 by itself."],
    fields: [],
    choices: [
      {
        step: 1,
        stepName: "Deploy Foobar",
        candidates: [
          { playbook: "deploy-grafana", name: "Deploy Grafana", confidence: 0.41 },
          { playbook: "deploy-gitea", name: "Deploy Gitea", confidence: 0.39 },
        ],
      },
    ],
    offer: "Or let Chiffon write a first version: chiffon generate foobar",
    actions: [],
  });
}

export function progressCard(changes: Partial<ProgressCard> = {}): ProgressCard {
  return {
    kind: "progress",
    runId: "run-12",
    runNumber: 12,
    purpose: "run",
    state: "running",
    waitingReason: null,
    startedAt: "2026-11-20T13:02:48.000Z",
    steps: [
      { order: 1, name: "Deploy Uptime Kuma", state: "succeeded", reason: null, currentTask: null, tasksDone: 11, changed: 4, failed: 0 },
      {
        order: 2,
        name: "Add portals to Uptime Kuma",
        state: "running",
        reason: null,
        currentTask: "uptime_kuma : Write the monitors",
        tasksDone: 3,
        changed: 1,
        failed: 0,
      },
      { order: 3, name: "Check services", state: "pending", reason: null, currentTask: null, tasksDone: 0, changed: 0, failed: 0 },
    ],
    actions: [{ id: "cancel", label: "Cancel", style: "danger", target: "run-12" }],
    ...changes,
  };
}

export function resultCard(changes: Partial<ResultCard> = {}): ResultCard {
  return {
    kind: "result",
    runId: "run-12",
    runNumber: 12,
    purpose: "run",
    state: "succeeded",
    verdict: "Both steps succeeded: 5 things changed on 3 hosts",
    durationSeconds: 20.4,
    audit: { entry: 57, commit: "9f8e7d6c5b4a39281706f5e4d3c2b1a098765432" },
    tell: ["local"],
    steps: [
      {
        order: 1,
        name: "Deploy Uptime Kuma",
        playbookPath: "playbooks/deploy-uptime-kuma.yml",
        state: "succeeded",
        reason: null,
        errorCode: null,
        hosts: [{ host: "homelab", ok: 11, changed: 4, failed: 0, skipped: 2, unreachable: 0 }],
        keyErrors: [],
        said: [],
        errorText: null,
        suggestions: [
          {
            id: "s1",
            path: "playbooks/deploy-uptime-kuma.yml",
            line: 12,
            rule: "fqcn",
            category: "style",
            severity: "warning",
            message: "Use FQCN for builtin module actions (copy).",
            reasoning: "Another collection could bring a module of the same name.",
          },
          {
            id: "s2",
            path: "playbooks/deploy-uptime-kuma.yml",
            line: 31,
            rule: "no-changed-when",
            category: "idempotency",
            severity: "error",
            message: "Commands should not change things if nothing needs doing.",
            reasoning: "This task reports a change at every run, so you cannot see real ones.",
          },
        ],
        suggestionsTotal: 2,
      },
      {
        order: 2,
        name: "Add portals to Uptime Kuma",
        playbookPath: "playbooks/configure-uptime-kuma.yml",
        state: "succeeded",
        reason: null,
        errorCode: null,
        hosts: [
          { host: "homelab", ok: 6, changed: 1, failed: 0, skipped: 0, unreachable: 0 },
          { host: "nas", ok: 5, changed: 0, failed: 0, skipped: 1, unreachable: 0 },
          { host: "edge", ok: 5, changed: 0, failed: 0, skipped: 1, unreachable: 0 },
        ],
        keyErrors: [],
        said: [],
        errorText: null,
        suggestions: [],
        suggestionsTotal: 0,
      },
    ],
    actions: [],
    ...changes,
  };
}

export function failedResult(): ResultCard {
  const [first, second] = resultCard().steps;
  return resultCard({
    runId: "run-13",
    runNumber: 13,
    state: "failed",
    verdict: "Step 1 failed on nas; step 2 was not started",
    steps: [
      {
        ...first!,
        state: "failed",
        errorCode: "task_failed",
        hosts: [
          { host: "homelab", ok: 11, changed: 4, failed: 0, skipped: 2, unreachable: 0 },
          { host: "nas", ok: 3, changed: 0, failed: 1, skipped: 0, unreachable: 0 },
          { host: "edge", ok: 0, changed: 0, failed: 0, skipped: 0, unreachable: 1 },
        ],
        keyErrors: ["nas: Start the service: port 3001 is already taken by caddy", "edge: unreachable: connection timed out"],
        said: [],
        errorText:
          'TASK [uptime_kuma : Start the service]\nfatal: [nas]: FAILED! => {"changed": false,\n    "msg": "port 3001 is already taken by caddy"}',
      },
      { ...second!, state: "skipped", reason: "step 1 failed", hosts: [] },
    ],
    actions: [{ id: "retry", label: "Retry from failed", style: "primary", target: "run-13" }],
  });
}

export function noticeCard(changes: Partial<NoticeCard> = {}): NoticeCard {
  return { kind: "notice", tone: "info", text: "Hello. Tell me what you want done.", help: null, ...changes };
}
