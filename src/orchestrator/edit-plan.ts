import { canonicalJson } from "../canonical-json.ts";
import { readModification } from "../planner/change/modification.ts";
import type { Change } from "../planner/change/modification-change.ts";
import { getPlanVersion, type PlanVersion } from "../planner/plan-store.ts";
import { fieldName } from "../planner/question.ts";
import { plainTyped } from "../planner/sentence/typed-text.ts";
import { acceptRequest, type AcceptRequestDeps } from "./accept-request.ts";
import { takeAnswers } from "./answer-question.ts";
import { readKnown, type Known } from "./draft-steps.ts";
import { noLongerOpen } from "./make-version.ts";
import { contextOf, modifyPlan } from "./modify-plan.ts";
import type { Planning } from "./plan-request.ts";
import { withNotes } from "./plan-new-request.ts";
import type { ReadChange } from "./read-change.ts";
import { readByModel, settle, type ReplyToPlanDeps } from "./reply-to-plan.ts";
import { refusal } from "./request-outcome.ts";
import type { Acceptance, PlanEdit, RequestOutcome } from "./use-cases.ts";

/** Stores an edit form about a plan version that waits. */
export async function acceptEdit(deps: AcceptRequestDeps, edit: PlanEdit): Promise<Acceptance> {
  const version = await getPlanVersion(deps.database, edit.planVersionId);
  if (version === undefined) return refusal("unknown-plan", "there is no such plan");
  return acceptRequest(deps, {
    conversationId: version.conversationId,
    person: edit.person,
    text: edit.text?.trim() ?? "",
    aboutVersion: version.id,
    intake: { mode: "edit", thread: false, previewOnly: false, values: { ...edit.values } },
    ...(edit.eventKeys === undefined ? {} : { eventKeys: edit.eventKeys }),
    ...(edit.platform === undefined ? {} : { platform: edit.platform }),
  });
}

/** The values and the words of the form become one new version; what is as it was changes nothing. */
export async function planEdit(deps: ReplyToPlanDeps, planning: Planning): Promise<RequestOutcome> {
  const { request } = planning;
  const version = await getPlanVersion(deps.database, request.aboutVersion ?? "");
  if (version === undefined) throw new Error("an edit without its plan");
  const state = version.state === "needs_input" || version.state === "awaiting_approval" ? "open" : "closed";
  if (state === "closed") return settle(deps, planning, version, await noLongerOpen(deps.database, version.id));
  const known = await readKnown(deps);
  const text = plainTyped(request.text);
  if (version.state === "needs_input" && version.question !== null && text === "") {
    const echo = Object.keys(request.intake.values).join(", ");
    const answered = (kind: "plan" | "question"): RequestOutcome & { kind: "answered" } => ({
      kind: "answered",
      planVersionId: version.id,
      echo,
      waitsFor: kind === "plan" ? "approval" : "input",
    });
    const given = { planVersionId: version.id, person: request.person, values: request.intake.values, choices: {}, hosts: {} };
    const outcome = await takeAnswers(deps, version, version.question, given, known, (sql, made) =>
      planning.record(sql, { outcome: "answer", result: answered(made.kind), aboutVersion: version.id }),
    );
    return outcome.kind === "refused" ? settle(deps, planning, version, outcome) : answered(outcome.kind);
  }
  const changes: Change[] = changedValues(version, request.intake.values, known);
  let readBy: ReadChange["readBy"];
  if (text !== "") {
    const byRules = await readModification(text, contextOf(version, known));
    const read: ReadChange =
      byRules.kind === "none" ? await readByModel(deps, planning, version, text, known) : { reading: byRules, notes: [] };
    const { reading } = read;
    readBy = read.readBy;
    if (reading.kind === "refused") return settle(deps, planning, version, { ...reading, kind: "not-taken" });
    if (reading.kind === "none")
      return settle(deps, planning, version, {
        kind: "not-taken",
        message: withNotes(`"${text.slice(0, 100)}" was not understood as a change`, read.notes),
        help: null,
      });
    changes.push(...reading.changes);
  }
  if (changes.length === 0)
    return settle(deps, planning, version, { kind: "not-taken", message: "nothing was changed in the form", help: null });
  return settle(deps, planning, version, await modifyPlan(deps, planning, version, changes, known, readBy));
}

function changedValues(version: PlanVersion, values: Readonly<Record<string, unknown>>, known: Known): Change[] {
  return version.draft.flatMap((step) => {
    const playbook = known.catalog.playbooks.find((one) => one.id === step.mapping.playbook);
    return (playbook?.variables ?? []).flatMap((variable): Change[] => {
      const value = values[fieldName(step.order, variable.name)];
      if (value === undefined || value === "") return [];
      const before = step.variables[variable.name];
      const isSame = before !== undefined && asText(before) === asText(value);
      return isSame ? [] : [{ kind: "value", step: step.order, variable: variable.name, value }];
    });
  });
}

/** A form gives texts back. */
const asText = (value: unknown): string => (typeof value === "string" ? value : canonicalJson(value));
