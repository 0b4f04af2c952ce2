import type { Database } from "../db/database.ts";
import { unreachable } from "../errors.ts";
import type { ApplyOutcome } from "../orchestrator/apply-suggestion.ts";
import type { RequestOutcome, UseCases } from "../orchestrator/use-cases.ts";
import type { Overview } from "../orchestrator/overview.ts";
import { runLog } from "../orchestrator/run-log.ts";
import type { PlanVersion } from "../planner/plan-store.ts";
import { fieldName } from "../planner/question.ts";
import type { Card, PlanCard, QuestionCard } from "./cards.ts";
import type { CardFile, IncomingAction } from "./chat-platform.ts";
import { changeField, reasonField, typedField } from "./forms.ts";
import { notice, planCard } from "./make-cards.ts";
import type { PlanFacts } from "../orchestrator/plan-facts.ts";
import { proposalCard, refusalText, writtenCard } from "./template-cards.ts";
import { wishIn } from "./template-words.ts";

export interface PressButtonDeps {
  readonly database: Database;
  readonly useCases: UseCases;
  readonly overview: Pick<Overview, "refusedLook">;
  readonly planFacts: (planVersionId: string) => Promise<PlanFacts>;
}

/** What a click leads to, besides what the cards of its plan and run show by themselves. */
export type Pressed =
  | { readonly kind: "nothing" }
  | { readonly kind: "refused"; readonly text: string; readonly help: string | null }
  | { readonly kind: "said"; readonly text: string }
  /** The card of this plan says it; somebody who does not see that card must be told. */
  | { readonly kind: "done"; readonly planVersionId: string; readonly text: string }
  /** For everybody in the conversation. */
  | { readonly kind: "shown"; readonly card: Card }
  /** For who pressed only: a plan from another conversation, with its buttons. */
  | { readonly kind: "plan"; readonly planVersionId: string; readonly card: PlanCard | QuestionCard }
  /** A plan or question to show, or words to say. */
  | { readonly kind: "outcome"; readonly outcome: RequestOutcome }
  | { readonly kind: "file"; readonly file: CardFile };

const nothing: Pressed = { kind: "nothing" };
const refused = (text: string, help: string | null = null): Pressed => ({ kind: "refused", text, help });

/** Every button of every card. Who may press it is decided by the use case, and who may read a log by the overview; not here. */
export async function pressButton(deps: PressButtonDeps, action: IncomingAction): Promise<Pressed> {
  const { useCases } = deps;
  const { person, target } = action;
  switch (action.id) {
    case "approve":
    case "reject":
      return decide(useCases, action);
    case "preview":
      return unlessRefused(await useCases.preview(target, person), {
        planVersionId: target,
        text: "The preview runs; its plan's thread shows it.",
      });
    case "cancel": {
      const outcome = await useCases.cancelRun(target, person);
      // What runs ends when its current task lets it: until then nothing else would answer the click.
      return outcome.kind === "stopping" ? { kind: "said", text: "Stopping. The result says how it went." } : unlessRefused(outcome);
    }
    case "renew":
      return { kind: "outcome", outcome: await useCases.renewPlan(target, person) };
    case "retry":
      return { kind: "outcome", outcome: await useCases.retryFromFailed(target, person) };
    case "answer":
      return {
        kind: "outcome",
        outcome: await useCases.answerQuestion({ planVersionId: target, person, values: action.form ?? {}, choices: {} }),
      };
    case "choose": {
      const [step = "", ...playbook] = (action.value ?? "").split(":");
      const choices = { [Number(step)]: playbook.join(":") };
      return { kind: "outcome", outcome: await useCases.answerQuestion({ planVersionId: target, person, values: {}, choices }) };
    }
    case "edit":
      return edit(useCases, action);
    case "settle":
      // It frees locks: never by a guess.
      if (action.value !== "succeeded" && action.value !== "failed") return refused("say whether it succeeded or failed");
      return unlessRefused(await useCases.settleUnknown(target, person, action.value));
    case "nothing_to_do":
      return unlessRefused(await useCases.closeAsNothingToDo(target, person));
    case "apply":
      return applied(await useCases.applySuggestions([target], person));
    case "generate": {
      const read = wishIn(target);
      if (read.kind === "refused") return refused(read.text, read.help);
      const outcome = await useCases.proposeTemplate(read.wish, person);
      return outcome.kind === "refused" ? refused(refusalText(outcome), outcome.help) : { kind: "shown", card: proposalCard(outcome) };
    }
    case "write": {
      const outcome = await useCases.writeTemplate(target, person, { to: "branch" });
      return outcome.kind === "refused" ? refused(refusalText(outcome), outcome.help) : { kind: "shown", card: writtenCard(outcome) };
    }
    case "dismiss":
      return unlessRefused(await useCases.dismissSuggestion(target, person));
    case "show": {
      const refusal = await deps.overview.refusedLook(person, `plan_version:${target}`);
      if (refusal !== null) return refused(refusal);
      const version = await useCases.plan(target);
      return version === undefined
        ? refused("there is no such plan")
        : { kind: "plan", planVersionId: target, card: planCard(version, await deps.planFacts(target)) };
    }
    case "log": {
      const refusal = await deps.overview.refusedLook(person, `run:${target}`);
      if (refusal !== null) return refused(refusal);
      const view = await useCases.run(target);
      if (view === undefined) return refused("there is no such run");
      const { number } = view.run;
      return {
        kind: "file",
        file: { name: `run-${number}.txt`, title: `Run ${number}, all events`, text: await runLog(deps.database, target) },
      };
    }
    default:
      return unreachable(action.id);
  }
}

/** The fix, and where it is; platforms give what does not fit as a file. */
function applied(outcome: ApplyOutcome): Pressed {
  if (outcome.kind === "refused") return refused(outcome.message, outcome.help);
  const { playbookPath, branch, commit, proof, notes, diff } = outcome;
  const text = [`The fix of ${playbookPath} is on the branch ${branch} (commit ${commit.slice(0, 10)}).`, ...proof, ...notes].join(" ");
  return { kind: "shown", card: { ...notice("info", text, `To take it over: git merge ${branch}`), output: diff } };
}

async function decide(useCases: UseCases, action: IncomingAction): Promise<Pressed> {
  const approves = action.id === "approve";
  const typed = action.typed ?? textIn(action, approves ? typedField : reasonField);
  const outcome = await useCases.decide({
    planVersionId: action.target,
    person: action.person,
    decision: approves ? "approved" : "rejected",
    ...(typed === undefined ? {} : approves ? { typed } : { reason: typed }),
  });
  if (outcome.kind === "voted") return { kind: "said", text: `Your approval counts. Still missing: ${outcome.missing}.` };
  if (outcome.kind !== "refused")
    return {
      kind: "done",
      planVersionId: action.target,
      text: outcome.kind === "approved" ? `Approved. Run ${outcome.runNumber} starts.` : "Rejected.",
    };
  return refused(outcome.message, outcome.code === "stale" ? "Make a new version to see what it would do now." : null);
}

async function edit(useCases: UseCases, action: IncomingAction): Promise<Pressed> {
  const text = action.typed ?? textIn(action, changeField);
  const values = changedValues(await useCases.plan(action.target), action.form ?? {});
  if (text === undefined && Object.keys(values).length === 0)
    return { kind: "said", text: 'Say here what should be different, for example "only on web1" or "also restart nginx".' };
  const { target, person } = action;
  return {
    kind: "outcome",
    outcome: await useCases.editPlan({ planVersionId: target, person, values, ...(text === undefined ? {} : { text }) }),
  };
}

/** A form sends all its fields; what is as it was is no change. */
function changedValues(version: PlanVersion | undefined, form: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const before = new Map<string, unknown>();
  for (const step of version?.sealed?.steps ?? [])
    for (const [name, value] of Object.entries(step.variables)) before.set(fieldName(step.order, name), value);
  return Object.fromEntries(
    Object.entries(form).filter(([name, value]) => name !== changeField && value !== "" && String(value) !== String(before.get(name))),
  );
}

/** Text that was typed into a form's field; nothing when it was left empty. */
function textIn(action: IncomingAction, field: string): string | undefined {
  const text = action.form?.[field];
  return typeof text === "string" && text.trim() !== "" ? text.trim() : undefined;
}

function unlessRefused(
  outcome: { readonly kind: string } | { readonly kind: "refused"; readonly message: string },
  done?: { readonly planVersionId: string; readonly text: string },
): Pressed {
  if ("message" in outcome) return refused(outcome.message);
  return done === undefined ? nothing : { kind: "done", ...done };
}
