import type { Form, LineCard, NoticeCard, PlanCard, PlanCardStep, ProgressCard, QuestionCard, ResultCard } from "../../src/bot/cards.ts";

/** Who asks and who approves, as accounts of one platform. */
export interface SamplePeople {
  readonly alice: string;
  readonly bob: string;
}

const id = "0190f6a2-7c1e-7e57-9d0f-2f9f4f3a5b11";

/** What people see first of Chiffon: words and figures as the example repo gives them. */
export function sampleCards({ alice, bob }: SamplePeople) {
  const deploy: PlanCardStep = {
    order: 1,
    name: "Deploy Gitea",
    playbook: "deploy-gitea",
    playbookPath: "playbooks/deploy-gitea.yml",
    confidence: 0.97,
    method: "exact",
    why: "matched the name 'gitea' and the verb deploy",
    hosts: ["docker01"],
    mayAlsoActOn: [],
    variables: {},
    risk: "change",
    riskReason: "",
    dependsOn: [],
    expectedSeconds: 42,
  };
  const backup: PlanCardStep = {
    ...deploy,
    order: 2,
    name: "Back up a service",
    playbook: "backup-service",
    playbookPath: "playbooks/backup-service.yml",
    confidence: 0.93,
    why: "matched the verb back up; service_name=gitea from the request",
    variables: { service_name: "gitea" },
    dependsOn: [1],
    expectedSeconds: 15,
  };
  const plan: PlanCard = {
    kind: "plan",
    planVersionId: id,
    version: 1,
    purpose: "run",
    state: "awaiting_approval",
    stateText: null,
    decided: null,
    votes: [],
    requestText: "deploy gitea and then back it up",
    person: alice,
    steps: [deploy, backup],
    risk: "change",
    digestPrefix: "6729dc7c87f9",
    approvers: "one of ops",
    expiresAt: "2026-11-22T09:40:00.000Z",
    notes: [],
    preview: null,
    actions: [
      { id: "approve", label: "Approve", style: "primary", target: id },
      { id: "preview", label: "Preview changes", style: "plain", target: id },
      { id: "edit", label: "Edit", style: "plain", target: id, asks: true },
      { id: "reject", label: "Reject", style: "plain", target: id, asks: true },
    ],
  };
  const destructive: PlanCard = {
    ...plan,
    requestText: "remove gitea",
    steps: [
      {
        ...deploy,
        name: "Remove Gitea",
        playbook: "remove-gitea",
        playbookPath: "playbooks/remove-gitea.yml",
        why: "matched the name 'gitea' and the verb remove",
        risk: "destructive",
        riskReason: "its verb is remove",
        expectedSeconds: null,
      },
    ],
    risk: "destructive",
    approvers: "two of ops, not who asked",
    votes: [{ decision: "approved", person: bob, at: "2026-11-21T09:42:00.000Z", reason: null }],
  };
  const progress: ProgressCard = {
    kind: "progress",
    runId: id,
    runNumber: 12,
    purpose: "run",
    state: "running",
    waitingReason: null,
    startedAt: "2026-11-21T09:42:00.000Z",
    steps: [
      { order: 1, name: "Deploy Gitea", state: "succeeded", reason: null, currentTask: null, tasksDone: 9, changed: 4, failed: 0 },
      {
        order: 2,
        name: "Back up a service",
        state: "running",
        reason: null,
        currentTask: "Copy the data",
        tasksDone: 2,
        changed: 1,
        failed: 0,
      },
    ],
    actions: [{ id: "cancel", label: "Cancel", style: "danger", target: id }],
  };
  const calm = { reason: null, errorCode: null, keyErrors: [], said: [], errorText: null, suggestions: [], suggestionsTotal: 0 };
  const result: ResultCard = {
    kind: "result",
    runId: id,
    runNumber: 12,
    purpose: "run",
    state: "succeeded",
    verdict: "Done, 6 changes on 1 host",
    durationSeconds: 55,
    audit: { entry: 41, commit: "4f1c9a27b3d0" },
    tell: [alice],
    steps: [
      {
        ...calm,
        order: 1,
        name: "Deploy Gitea",
        playbookPath: "playbooks/deploy-gitea.yml",
        state: "succeeded",
        hosts: [{ host: "docker01", ok: 9, changed: 4, failed: 0, skipped: 0, unreachable: 0 }],
        said: [{ host: "docker01", task: "Say where it is", text: "Gitea listens on http://docker01:3000" }],
        suggestions: [
          {
            id,
            path: "roles/gitea/tasks/main.yml",
            line: 14,
            rule: "no-changed-when",
            category: "idempotency",
            severity: "medium",
            message: "Commands should not change things if nothing needs doing.",
            reasoning: "Without changed_when every run reports a change, so nobody sees a real one.",
          },
        ],
        suggestionsTotal: 3,
      },
      {
        ...calm,
        order: 2,
        name: "Back up a service",
        playbookPath: "playbooks/backup-service.yml",
        state: "succeeded",
        hosts: [{ host: "docker01", ok: 5, changed: 2, failed: 0, skipped: 1, unreachable: 0 }],
      },
    ],
    actions: [{ id: "log", label: "Full log", style: "plain", target: id }],
  };
  const failed: ResultCard = {
    ...result,
    runNumber: 13,
    state: "failed",
    verdict: "Failed at step 1: Deploy Gitea; 1 step skipped",
    durationSeconds: 12,
    audit: { entry: 44, commit: "9be0217c55aa" },
    steps: [
      {
        ...calm,
        order: 1,
        name: "Deploy Gitea",
        playbookPath: "playbooks/deploy-gitea.yml",
        state: "failed",
        errorCode: "task-failed",
        hosts: [{ host: "docker01", ok: 3, changed: 1, failed: 1, skipped: 0, unreachable: 0 }],
        errorText: "docker01: Start the container: port 3000 is already allocated",
      },
      {
        ...calm,
        order: 2,
        name: "Back up a service",
        playbookPath: "playbooks/backup-service.yml",
        state: "skipped",
        reason: "step 1 failed",
        hosts: [],
      },
    ],
    actions: [
      { id: "retry", label: "Retry from failed", style: "primary", target: id },
      { id: "log", label: "Full log", style: "plain", target: id },
    ],
  };
  const question: QuestionCard = {
    kind: "question",
    planVersionId: id,
    requestText: "add a user on the proxies",
    person: alice,
    title: "A few values are missing",
    problems: [],
    choices: [],
    fields: [
      {
        name: "1.user_name",
        label: "user_name",
        type: "str",
        required: true,
        default: null,
        choices: null,
        description: "Login name of the person.",
      },
      {
        name: "1.user_shell",
        label: "user_shell",
        type: "str",
        required: false,
        default: "/bin/bash",
        choices: ["/bin/bash", "/bin/sh"],
        description: null,
      },
    ],
    offer: null,
    actions: [{ id: "reject", label: "Drop it", style: "plain", target: id }],
  };
  const form: Form = {
    kind: "form",
    title: "What is missing",
    text: question.requestText,
    submit: "Continue",
    action: { id: "answer", target: id },
    fields: question.fields,
  };
  const choice: QuestionCard = {
    ...question,
    requestText: "back up the database",
    title: "Nothing runs: I am not sure enough which playbook you mean",
    problems: [`Step 1, "back up the database": nearest in meaning: 'database'`],
    choices: [
      {
        step: 1,
        stepName: "back up the database",
        candidates: [
          { playbook: "backup-service", name: "Back up a service", confidence: 0.62 },
          { playbook: "deploy-nextcloud", name: "Deploy Nextcloud", confidence: 0.31 },
          { playbook: "restore-service", name: "Restore a service", confidence: 0.22 },
        ],
      },
    ],
    fields: [],
  };
  const refusal: NoticeCard = {
    kind: "notice",
    tone: "refusal",
    text: "You asked for this plan: somebody else of ops has to approve it.",
    help: "Who may: one of ops. Nothing was changed by your click.",
  };
  const lines: readonly LineCard[] = [
    { kind: "line", person: alice, requestText: "deploy gitea and then back it up", state: "done", stateText: "done, 6 changes" },
    { kind: "line", person: bob, requestText: "renew the certificates", state: "running", stateText: "running, step 2 of 3" },
    { kind: "line", person: alice, requestText: "remove gitea", state: "waiting", stateText: "waiting for approval" },
  ];
  return { plan, destructive, progress, result, failed, question, form, choice, refusal, lines };
}
