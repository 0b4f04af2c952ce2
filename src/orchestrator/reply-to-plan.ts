import type { Database } from "../db/database.ts";
import { leadingVerb, objectWords } from "../planner/sentence/clauses.ts";
import type { Decomposition } from "../planner/decomposition.ts";
import { readModification } from "../planner/change/modification.ts";
import { isApproval, isWithdrawal } from "../planner/change/modification-words.ts";
import { getPlanVersion, openVersionIn, type PlanVersion } from "../planner/plan-store.ts";
import { withoutPoliteness } from "../planner/sentence/speech.ts";
import { readTypedAnswer } from "../planner/values/typed-answer.ts";
import { plainTyped } from "../planner/sentence/typed-text.ts";
import type { AnswerQuestionDeps } from "./answer-question.ts";
import { takeAnswers } from "./answer-question.ts";
import { readKnown, type Known } from "./draft-steps.ts";
import { noLongerOpen } from "./make-version.ts";
import { contextOf, modifyPlan, type Modified, type ModifyPlanDeps } from "./modify-plan.ts";
import { visibleLine } from "../visible-text.ts";
import { answerNoWork, planNewRequest, withNotes } from "./plan-new-request.ts";
import type { Planning } from "./plan-request.ts";
import type { ReadChange, ReadChangeByModel } from "./read-change.ts";
import type { Done, RequestOutcome } from "./use-cases.ts";

export interface ReplyToPlanDeps extends AnswerQuestionDeps, ModifyPlanDeps {
  readonly database: Database;
  /** The same as the button's: who may, and its audit entry. */
  readonly withdraw: (planVersionId: string, person: string) => Promise<Done>;
  /** Reads what the rules did not understand. Absent: nobody does. */
  readonly readChange?: ReadChangeByModel;
}

/** What a message in a conversation means, decided by code: an answer, a change, a withdrawal, or a request of its own. */
export async function replyToPlan(deps: ReplyToPlanDeps, planning: Planning): Promise<RequestOutcome> {
  const { request } = planning;
  const text = plainTyped(request.text);
  const about = request.aboutVersion ?? (await openVersionIn(deps.database, request.conversationId, request.number));
  const version = about === undefined ? undefined : await getPlanVersion(deps.database, about);
  if (version === undefined) {
    if (isWithdrawal(text) || isApproval(text))
      return told(deps, planning, undefined, "No plan waits here.", "Say what you want done; a run is stopped with its Cancel button.");
    return planNewRequest(deps, planning, await readKnown(deps));
  }
  if (isWithdrawal(text)) return withdraw(deps, planning, version);

  const known = await readKnown(deps);
  const isOpen = version.state === "needs_input" || version.state === "awaiting_approval";
  if (isOpen) {
    const answered = await answerByText(deps, planning, version, text, known);
    if (answered !== undefined) return answered;
    if (isApproval(text)) return tellHowToApprove(deps, planning, version);
  }
  const reading = await readModification(text, contextOf(version, known));
  if (!isOpen) {
    // It was open when this was said. What stands for itself is a request; what was meant for the plan came too late.
    if (reading.kind === "none" && !isApproval(text)) return planNewRequest(deps, planning, known);
    return refuse(deps, planning, version);
  }
  if (reading.kind === "refused") return notTaken(deps, planning, version, reading.message, reading.help);
  if (reading.kind === "changes") {
    const outcome = await modifyPlan(deps, planning, version, reading.changes, known);
    // "deploy plex instead": what stands for itself and cannot be mapped is told, too.
    return settle(deps, planning, version, outcome);
  }
  const decomposition = await known.decomposer.decompose(text, { person: request.person });
  const byModel = (otherwise: Otherwise): Promise<RequestOutcome> => changeByModel(deps, planning, version, text, known, otherwise);
  const stays: (reason: string, help?: string | null) => Otherwise =
    (reason, help = howToSay) =>
    (notes) =>
      notTaken(deps, planning, version, reason, help, notes);
  if (decomposition.kind === "small_talk") return answerNoWork(deps, planning, decomposition, known);
  if (decomposition.kind === "out_of_scope") return byModel(stays(notUnderstood));
  // "we had better leave web2 alone" refuses to act only where no plan is meant.
  if (decomposition.kind !== "work") return byModel((notes) => answerNoWork(deps, planning, decomposition, known, notes));
  if (!isClear(text, decomposition) && !(await isSure(deps, planning, text, decomposition, known))) return byModel(stays(notUnderstood));
  // As a request of its own it is read once more, by a language model where there is one.
  if (!request.intake.thread) return planNewRequest(deps, planning, known, deps.readRequest === undefined ? decomposition : undefined);
  if (decomposition.ambiguities.length > 0) return byModel(stays(`not clear enough: ${decomposition.ambiguities.join("; ")}`));
  const exchange = { kind: "exchange" as const, steps: decomposition.steps, replaced: "all" as const };
  const outcome = await modifyPlan(deps, planning, version, [exchange], known);
  return outcome.kind === "not-taken" ? byModel(stays(outcome.message, outcome.help)) : settle(deps, planning, version, outcome);
}

/** What is said where no model reads a change, with what the person is told of it. */
type Otherwise = (notes: readonly string[]) => Promise<RequestOutcome>;

/** A change as a language model reads it, where there is one and the words carry all of it. */
async function changeByModel(
  deps: ReplyToPlanDeps,
  planning: Planning,
  version: PlanVersion,
  text: string,
  known: Known,
  otherwise: Otherwise,
): Promise<RequestOutcome> {
  const { reading, readBy, notes } = await readByModel(deps, planning, version, text, known);
  if (reading.kind === "changes")
    return settle(deps, planning, version, await modifyPlan(deps, planning, version, reading.changes, known, readBy));
  return reading.kind === "refused" ? notTaken(deps, planning, version, reading.message, reading.help) : otherwise(notes);
}

export async function readByModel(
  deps: ReplyToPlanDeps,
  { request }: Planning,
  version: PlanVersion,
  text: string,
  known: Known,
): Promise<ReadChange> {
  if (deps.readChange === undefined) return { reading: { kind: "none" }, notes: [] };
  return deps.readChange({ text, person: request.person, requestId: request.id, context: contextOf(version, known) }, known);
}

/** A sentence of its own: it begins with something to do and says with what. */
function isClear(text: string, decomposition: Decomposition): boolean {
  const said = withoutPoliteness(text);
  return (
    decomposition.steps.every((step) => step.verb !== null) &&
    (leadingVerb(said) !== undefined || decomposition.steps.length > 1) &&
    objectWords(said).length > 0
  );
}

/** "upgrade the servers" names nothing but hosts, and yet one playbook is surely meant. Where a sentence would replace the plan, that is not enough. */
async function isSure(
  deps: Pick<ReplyToPlanDeps, "mapper">,
  { request }: Planning,
  text: string,
  { steps, ambiguities }: Decomposition,
  known: Known,
): Promise<boolean> {
  if (request.intake.thread || ambiguities.length > 0 || leadingVerb(withoutPoliteness(text)) === undefined) return false;
  if (steps.some((step) => step.verb === null || step.hosts.length === 0 || step.unknownHosts.length > 0)) return false;
  const mapped = await Promise.all(steps.map((step) => deps.mapper.map(step, known.catalog)));
  return mapped.length > 0 && mapped.every(({ playbook }) => playbook !== null);
}

async function answerByText(
  deps: ReplyToPlanDeps,
  planning: Planning,
  version: PlanVersion,
  text: string,
  known: Known,
): Promise<RequestOutcome | undefined> {
  const { question } = version;
  if (version.state !== "needs_input" || question === null) return undefined;
  const isLeftOut =
    question.ambiguities.length > 0 &&
    /^(?:please\s+)?(?:skip|ignore|omit|leave out|without)\s+(?:that|it|this|them|those|the rest|that part|this part)[\s.!]*$|^(?:please\s+)?leave\s+(?:that|it|this|them)\s+out[\s.!]*$/i.test(
      text,
    );
  const read = isLeftOut
    ? {
        kind: "answer" as const,
        guessed: false,
        values: {},
        choices: {},
        hosts: {},
        echo: `without ${question.ambiguities.map((part) => `"${part}"`).join(", ")}`,
      }
    : readTypedAnswer(text, {
        question,
        ...known,
        playbookOf: (order) => {
          const id = version.draft.find((step) => step.order === order)?.mapping.playbook;
          return known.catalog.playbooks.find((playbook) => playbook.id === id);
        },
      });
  if (read.kind === "none") return undefined;
  if (read.kind === "answer" && read.guessed && (await readModification(text, contextOf(version, known))).kind !== "none") return undefined;
  if (read.kind === "refused") return notTaken(deps, planning, version, read.message, "The question is still open.");
  const { person } = planning.request;
  const answered = (kind: "plan" | "question"): RequestOutcome & { kind: "answered" } => ({
    kind: "answered",
    planVersionId: version.id,
    echo: read.echo,
    waitsFor: kind === "plan" ? "approval" : "input",
  });
  const given = {
    planVersionId: version.id,
    person,
    values: read.values,
    choices: read.choices,
    hosts: read.hosts,
    withoutAmbiguities: isLeftOut,
  };
  const outcome = await takeAnswers(deps, version, question, given, known, (sql, made) =>
    planning.record(sql, { outcome: "answer", result: answered(made.kind), aboutVersion: version.id }, { echo: read.echo }),
  );
  return outcome.kind === "refused" ? refuse(deps, planning, version, outcome) : answered(outcome.kind);
}

async function withdraw(deps: ReplyToPlanDeps, planning: Planning, version: PlanVersion): Promise<RequestOutcome> {
  const done = await deps.withdraw(version.id, planning.request.person);
  if (done.kind === "refused") {
    const closed = await noLongerOpen(deps.database, version.id);
    return refuse(
      deps,
      planning,
      version,
      closed.code === "answered" ? { ...closed, code: "not-allowed", message: done.message, help: null } : closed,
    );
  }
  const outcome: RequestOutcome = { kind: "withdrawn", planVersionId: version.id };
  await deps.database.transaction((sql) => planning.record(sql, { outcome: "withdrawal", result: outcome, aboutVersion: version.id }));
  return outcome;
}

/** What came of an attempt to change the plan, stored where the new version did not store it. */
export async function settle(
  deps: Pick<ReplyToPlanDeps, "database">,
  planning: Planning,
  version: PlanVersion,
  outcome: Modified,
): Promise<RequestOutcome> {
  if (outcome.kind === "not-taken") return notTaken(deps, planning, version, outcome.message, outcome.help);
  return outcome.kind === "refused" ? refuse(deps, planning, version, outcome) : outcome;
}

const howToSay =
  'For example: "only on web1", "not on nas", "with port = 8080", "also restart gitea", "without step 2", "step 2 first", "deploy plex instead", or "cancel"; for something else say "cancel" first.';

const notUnderstood = "I did not understand that as a change of the plan";

function tellHowToApprove(deps: Pick<ReplyToPlanDeps, "database">, planning: Planning, version: PlanVersion): Promise<RequestOutcome> {
  return version.state === "needs_input"
    ? told(
        deps,
        planning,
        version,
        "The plan still has an open question, so it cannot be approved yet.",
        'Answer the question, or say "cancel".',
      )
    : told(deps, planning, version, "Text never approves a plan.", "Press Approve on the plan if you want it to run.");
}

const notTaken = (
  deps: Pick<ReplyToPlanDeps, "database">,
  planning: Planning,
  version: PlanVersion,
  reason: string,
  help: string | null,
  notes: readonly string[] = [],
): Promise<RequestOutcome> =>
  told(deps, planning, version, withNotes(`The plan for "${shortened(version.requestText)}" stays as it is: ${reason}.`, notes), help);

/** Several plans may wait in a conversation: which one is meant is said. */
function shortened(text: string): string {
  const line = visibleLine(text);
  return line.length > 80 ? `${line.slice(0, 79)}…` : line;
}

async function told(
  deps: Pick<ReplyToPlanDeps, "database">,
  planning: Planning,
  version: PlanVersion | undefined,
  text: string,
  help: string | null,
): Promise<RequestOutcome> {
  const about = version === undefined ? {} : { concernsPlan: true as const };
  const outcome: RequestOutcome = { kind: "no_work", requestId: planning.request.id, text, help, ...about };
  await deps.database.transaction((sql) =>
    planning.record(sql, { outcome: "no_work", result: outcome, ...(version === undefined ? {} : { aboutVersion: version.id }) }, { text }),
  );
  return outcome;
}

async function refuse(
  deps: Pick<ReplyToPlanDeps, "database">,
  planning: Planning,
  version: PlanVersion,
  known?: Extract<RequestOutcome, { kind: "refused" }>,
): Promise<RequestOutcome> {
  const outcome = known ?? (await noLongerOpen(deps.database, version.id));
  await deps.database.transaction((sql) =>
    planning.record(sql, { outcome: "refused", result: outcome, aboutVersion: version.id }, { code: outcome.code }),
  );
  return outcome;
}
