import type { PlanVersion } from "../planner/plan-store.ts";
import { leftOutOf, leftOutWords } from "../planner/left-out.ts";
import { newServiceIn } from "../planner/sentence/new-service.ts";
import { emptyQuestion, fieldName, whyNowhere, type Question } from "../planner/question.ts";
import type { PlanFacts } from "../orchestrator/plan-facts.ts";
import type { RunView, RunViewStep } from "../orchestrator/views.ts";
import type { Action, NoticeCard, PlanCard, PreviewTable, ProgressCard, QuestionCard, ResultCard } from "./cards.ts";
import { suggestionActions } from "./suggestion-actions.ts";
import { previewChanges } from "./preview-diff.ts";

export function planCard(version: PlanVersion, facts: PlanFacts): PlanCard | QuestionCard {
  if (version.sealed === null || version.state === "needs_input") return questionCard(version, facts.notes);
  const { sealed } = version;
  return {
    kind: "plan",
    planVersionId: version.id,
    version: version.version,
    purpose: version.purpose,
    state: version.state,
    stateText: version.stateReason,
    decided: facts.decided,
    votes: facts.votes,
    requestText: version.requestText,
    person: version.requestPerson,
    steps: sealed.steps.map((step) => {
      const mapping = version.draft.find((draft) => draft.order === step.order)?.mapping;
      return {
        order: step.order,
        name: step.name,
        playbook: step.playbook,
        playbookPath: step.playbookPath,
        confidence: mapping?.confidence ?? 0,
        method: mapping?.method ?? "none",
        why: mapping?.why ?? "",
        hosts: step.hosts,
        mayAlsoActOn: step.mayAlsoActOn,
        variables: step.variables,
        risk: step.risk,
        riskReason: step.riskReason,
        dependsOn: step.dependsOn,
        expectedSeconds: facts.expectedSeconds.get(step.playbookPath) ?? null,
      };
    }),
    risk: version.risk ?? "change",
    digestPrefix: (version.digest ?? "").slice(0, 12),
    approvers: facts.approvers,
    expiresAt: version.state === "awaiting_approval" ? version.expiresAt : null,
    notes: [...notesOf(version), ...facts.notes],
    preview: facts.preview === null ? null : previewTable(facts.preview),
    actions: planActions(version, facts),
  };
}

function notesOf(version: PlanVersion): string[] {
  return [
    ...version.modifications.map((text) => `changed as said: ${text}`),
    ...(version.sealed?.steps ?? []).flatMap((step) =>
      step.workType === "async_task"
        ? [`step ${step.order} starts a job that goes on when the run has ended; you are told when it ends`]
        : [],
    ),
    ...(version.question?.ambiguities.map((part) => `not in this plan: ${part}`) ?? []),
    ...leftOutOf(version).map(leftOutWords),
  ];
}

function planActions(version: PlanVersion, facts: PlanFacts): Action[] {
  const target = version.id;
  if (version.state === "stale" || version.state === "expired")
    return [{ id: "renew", label: "Make a new version", style: "primary", target }];
  if (version.state !== "awaiting_approval") return [];
  const confirm = facts.confirmWord === null ? {} : { confirm: { text: consequenceOf(version), typed: facts.confirmWord } };
  const preview = facts.preview;
  const nothing = preview !== null && nothingWouldChange(preview);
  return [
    { id: "approve", label: "Approve", style: version.risk === "destructive" ? "danger" : "primary", target, ...confirm },
    { id: "preview", label: preview === null ? "Preview changes" : "Preview again", style: "plain", target, ...reallyRuns(version) },
    ...(nothing ? [{ id: "nothing_to_do", label: "Close as nothing to do", style: "plain", target } as const] : []),
    { id: "edit", label: "Edit", style: "plain", target, asks: true },
    { id: "reject", label: "Reject", style: "plain", target, asks: true },
  ];
}

/** Check mode runs some things all the same: said before a preview, not after it. */
function reallyRuns(version: PlanVersion): Pick<Action, "confirm"> {
  const runs = [...new Set(version.sealed?.steps.flatMap((step) => step.runsInCheckMode))];
  return runs.length === 0 ? {} : { confirm: { text: `A preview really runs: ${runs.join(", ")}.`, typed: null } };
}

/** What approving a grave plan means, in a sentence. */
function consequenceOf(version: PlanVersion): string {
  const grave = version.sealed?.steps.filter((step) => step.risk === "destructive") ?? [];
  return grave.map((step) => `${step.name} takes something away on ${step.hosts.join(", ")}.`).join(" ");
}

/** Predicted for every task, and no change among them. */
function nothingWouldChange(preview: RunView): boolean {
  return (
    preview.run.state === "succeeded" &&
    previewTable(preview).rows.every((row) => row.changes.length === 0) &&
    previewTable(preview).unpredictable.length === 0
  );
}

function previewTable(view: RunView): PreviewTable {
  return {
    runNumber: view.run.number,
    state: view.run.state,
    rows: view.steps.flatMap((step) =>
      Object.entries(step.preview?.hosts ?? {})
        .map(([host, report]) => ({ step: step.order, host, changes: report.changes.map((change) => change.task) }))
        // Where it stopped before any change, nobody knows that nothing would change.
        .filter(({ host, changes }) => changes.length > 0 || step.preview?.stopped?.some((one) => one.host === host) !== true),
    ),
    unpredictable: view.steps.flatMap((step) => [
      ...(step.preview?.unpredictable ?? []),
      ...(step.preview?.stopped ?? []).map(({ host, task }) => `everything after "${task}" on ${host}, which failed in check mode`),
    ]),
  };
}

function questionCard(version: PlanVersion, notes: readonly string[]): QuestionCard {
  const question = version.question ?? emptyQuestion;
  const open = version.state === "needs_input";
  const unmappedNames = question.unmapped.map((one) => `"${one.name}"`).join(", ");
  const newServices = [
    ...new Set(question.unmapped.flatMap((one) => (one.suggestion === "template" ? (newServiceIn(one.name) ?? []) : []))),
  ];
  const problems = [
    ...question.unmapped.map((one) => `Step ${one.step}, "${one.name}": ${one.why}${isFarOff(one) ? "; none is much like it" : ""}`),
    ...question.unknownHosts.map(
      (one) =>
        `${whyNowhere(one)}${one.nearest.length === 0 ? "" : `; ${one.playbook === undefined ? "nearest:" : "it acts on"} ${one.nearest.join(", ")}`}`,
    ),
    ...question.missing.flatMap((one) => (one.problem === null ? [] : [`Step ${one.step}: ${one.problem}`])),
    ...question.unclearPlaces.map(
      (one) => `Does "${one.word}" say where? Say "on ${one.word}", or "on all hosts" for the ${one.hosts} hosts of "${one.playbook}"`,
    ),
    ...question.ambiguities.map((part) => `Not understood: ${part}`),
    ...notes,
  ];
  return {
    kind: "question",
    planVersionId: version.id,
    requestText: version.requestText,
    person: version.requestPerson,
    title: titleOf(question),
    ...(open ? {} : { closed: true }),
    problems: open ? problems : [version.stateReason ?? `this is ${version.state}`],
    choices: open
      ? question.unmapped
          .filter((one) => one.candidates.length > 0)
          .map((one) => ({ step: one.step, stepName: one.name, candidates: one.candidates }))
      : [],
    fields: open
      ? question.missing.map(({ step, variable }) => ({
          name: fieldName(step, variable.name),
          label: variable.name,
          type: variable.type,
          required: true,
          default: variable.default ?? null,
          choices: variable.choices ?? null,
          description: variable.description ?? null,
        }))
      : [],
    offer:
      open && question.unmapped.some((one) => one.suggestion === "template")
        ? `No playbook of yours does ${unmappedNames}. ${newServices.length === 0 ? "Add one to the repo" : `\`chiffon generate ${newServices[0]}\` makes one`} (\`chiffon playbooks list\` shows what is there), ${question.unmapped.every(isFarOff) ? "or pick one of those above if it is what you mean" : "or pick one of the nearest above"}.`
        : null,
    actions: open
      ? newServices.map((name) => ({
          id: "generate",
          label: newServices.length === 1 ? "Propose a playbook" : `Propose a playbook: ${name}`,
          style: "plain",
          target: name,
        }))
      : [],
  };
}

/** Candidates so unlike what was said that "nearest" would promise too much; they stay to be picked, as the right one may be among them. */
function isFarOff({ candidates }: Question["unmapped"][number]): boolean {
  return candidates.length > 0 && candidates.every(({ confidence }) => confidence < 0.2);
}

function titleOf(question: NonNullable<PlanVersion["question"]>): string {
  if (question.unknownHosts.length + question.unclearPlaces.length > 0) return "Where should this act?";
  if (question.unmapped.length > 0) return "Nothing runs: I am not sure enough which playbook you mean";
  if (question.missing.length > 0) return "A few values are missing";
  return "Please say it in other words";
}

export function progressCard(view: RunView): ProgressCard {
  const live = ["queued", "waiting", "running"].includes(view.run.state);
  return {
    kind: "progress",
    runId: view.run.id,
    runNumber: view.run.number,
    purpose: view.run.purpose,
    state: view.run.state,
    waitingReason: view.run.waitingReason,
    startedAt: view.run.startedAt,
    steps: view.steps.map((step) => ({ order: step.order, name: step.name, state: step.state, reason: step.reason, ...step.live })),
    actions: live ? [{ id: "cancel", label: "Cancel", style: "danger", target: view.run.id }] : [],
  };
}

/** Of the suggestions: a message has little room for buttons, and the gravest come first. */
const mostWithButtons = 3;

export function resultCard(view: RunView): ResultCard {
  const { run } = view;
  const failed = run.state === "failed" || run.state === "cancelled";
  return {
    kind: "result",
    runId: run.id,
    runNumber: run.number,
    purpose: run.purpose,
    state: run.state,
    verdict: verdictOf(view),
    steps: view.steps.map((step) => ({
      order: step.order,
      name: step.name,
      playbookPath: step.playbookPath,
      state: step.state,
      reason: step.reason,
      errorCode: step.errorCode,
      hosts: Object.entries(step.summary?.hostsSummary ?? {}).map(([host, counts]) => ({
        host,
        ok: counts.ok,
        changed: counts.changed,
        failed: counts.failures,
        skipped: counts.skipped,
        unreachable: counts.unreachable,
      })),
      keyErrors: step.summary?.keyErrors ?? [],
      said: step.said,
      errorText: step.state === "failed" && (step.summary?.keyErrors.length ?? 0) === 0 ? step.errorText : null,
      suggestions: step.suggestions.slice(0, step.state === "failed" ? 10 : 3),
      suggestionsTotal: step.suggestionsTotal,
      ...trendOf(step.suggestionsMore),
    })),
    ...(run.purpose === "preview" ? { changes: previewChanges(view) } : {}),
    durationSeconds:
      run.startedAt === null || run.finishedAt === null ? null : (Date.parse(run.finishedAt) - Date.parse(run.startedAt)) / 1_000,
    audit: run.auditNumber === null ? null : { entry: run.auditNumber, commit: run.auditCommit },
    tell: [view.version.requestPerson],
    actions: [
      ...(failed && run.purpose === "run" ? [{ id: "retry", label: "Retry from failed", style: "primary", target: run.id } as const] : []),
      ...(run.state === "outcome_unknown"
        ? [
            { id: "settle", label: "I looked: it succeeded", style: "plain", target: run.id, value: "succeeded" } as const,
            { id: "settle", label: "I looked: it failed", style: "plain", target: run.id, value: "failed" } as const,
          ]
        : []),
      { id: "log", label: "Full log", style: "plain", target: run.id },
      ...(run.purpose === "run"
        ? view.steps
            .flatMap((step) => step.suggestions)
            .slice(0, mostWithButtons)
            .flatMap(suggestionActions)
        : []),
    ],
  };
}

function trendOf(more: number | null): Pick<ResultCard["steps"][number], "suggestionsTrend"> {
  return more === null || more === 0 ? {} : { suggestionsTrend: `${Math.abs(more)} ${more < 0 ? "fewer" : "more"} than last time` };
}

function verdictOf(view: RunView): string {
  const { run, steps } = view;
  const changed = sum(steps, (step) => step.summary?.changedCount ?? 0);
  const failedStep = steps.find((step) => step.state === "failed" || step.state === "timeout");
  switch (run.state) {
    case "succeeded":
      if (run.purpose === "preview") {
        const open = previewTable(view).unpredictable.length;
        const would = changed === 0 ? "nothing would change" : `${changed} ${plural(changed, "task")} would change something`;
        return open === 0
          ? `Preview: ${would}`
          : `Preview: ${changed === 0 ? "no change is foreseen" : would}, and ${open} cannot be told beforehand`;
      }
      return changed === 0 ? "Done, nothing had to be changed" : `Done, ${changed} ${plural(changed, "change")}`;
    case "failed":
      return failedStep === undefined
        ? "Failed"
        : `Failed in step ${failedStep.order}, "${failedStep.name}"${failedStep.state === "timeout" ? ": it ran into its time limit" : `: ${whatFailed(failedStep)}`}`;
    case "cancelled":
      return view.cancelledBy === null
        ? `Not run: ${steps.find((step) => step.reason !== null)?.reason ?? "cancelled"}`
        : `Cancelled by ${view.cancelledBy}`;
    case "outcome_unknown":
      return `Outcome unknown, please look at the hosts: ${run.waitingReason ?? "the process is gone"}. Their locks are kept until you say how it went.`;
    default:
      return run.state;
  }
}

/** The commonest failures in words; of the others their code, which the step's own lines explain. */
function whatFailed({ errorCode, summary }: RunViewStep): string {
  const hosts = (which: "failures" | "unreachable"): string => {
    const names = Object.entries(summary?.hostsSummary ?? {}).flatMap(([host, counts]) => (counts[which] > 0 ? [host] : []));
    return names.length > 3 ? `${names.length} hosts` : names.join(", ");
  };
  if (errorCode === "ANSIBLE_HOST_FAILED" && hosts("failures") !== "") return `a task failed on ${hosts("failures")}`;
  if (errorCode === "ANSIBLE_HOST_UNREACHABLE" && hosts("unreachable") !== "") return `${hosts("unreachable")} could not be reached`;
  return errorCode ?? "error";
}

function sum(steps: readonly RunViewStep[], count: (step: RunViewStep) => number): number {
  return steps.reduce((total, step) => total + count(step), 0);
}

function plural(count: number, word: string): string {
  return count === 1 ? word : `${word}s`;
}

/** A plan that waits for its approval, said to those it waits for, or to who asked when it waited in vain. */
export function waitingNotice(version: PlanVersion, facts: PlanFacts, what: "reminder" | "expired"): NoticeCard {
  const plan = `The plan for "${version.requestText}"`;
  return what === "reminder"
    ? {
        ...notice("info", `${plan} still waits for approval by ${facts.approvers}.`, "Half of its time is over; after that it expires."),
        tell: facts.awaited,
      }
    : {
        ...notice("info", `${plan} expired: nobody decided in time. Nothing ran.`, "Press Make a new version on its card to ask again."),
        tell: [version.requestPerson],
      };
}

/** Somebody else than who asked said no: who asked is told. Null: there is nobody to tell. */
export function rejectionNotice({ decided, person, requestText, state }: PlanCard): NoticeCard | null {
  if (state !== "rejected" || decided === null || decided.person === person) return null;
  const why = decided.reason === null ? "No reason was given." : `Reason: ${decided.reason}`;
  return {
    ...notice("info", `The plan for "${requestText}" was rejected. ${why}`, "Reply here to ask for something else."),
    tell: [person],
  };
}

export function notice(tone: NoticeCard["tone"], text: string, help: string | null = null): NoticeCard {
  return { kind: "notice", tone, text, help };
}
