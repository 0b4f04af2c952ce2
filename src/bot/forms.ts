import { unreachable } from "../errors.ts";
import { fieldName } from "../planner/question.ts";
import type { PlanVersion } from "../planner/plan-store.ts";
import type { ActionId, Card, Form, FormField } from "./cards.ts";
import type { PressedAction } from "./chat-platform.ts";
import { notice, planCard } from "./make-cards.ts";
import type { PlanFacts } from "../orchestrator/plan-facts.ts";

/** Names of the fields that are not variables. */
export const typedField = "typed";
export const reasonField = "reason";
export const changeField = "change";

export interface FormSubject {
  readonly version: PlanVersion;
  readonly facts: PlanFacts;
}

/** The form behind a button of a plan's or question's card, made from how it stands now; a notice where there is none any more. */
export function formFor(action: PressedAction, subject: FormSubject | undefined): Form | Card {
  if (subject === undefined) return notice("refusal", "There is no such plan.");
  const { version, facts } = subject;
  const card = planCard(version, facts);
  if (card.kind === "question") {
    if (action.id !== "answer" || card.fields.length === 0) return noLonger(version);
    return form(action, { title: "What is missing", text: card.requestText, submit: "Continue", fields: card.fields });
  }
  if (version.state !== "awaiting_approval") return noLonger(version);
  switch (action.id) {
    case "approve": {
      const confirm = card.actions.find((one) => one.id === "approve")?.confirm;
      if (confirm === undefined || confirm.typed === null) return noForm(action.id);
      const label = `Type ${confirm.typed} to approve`;
      return form(action, { title: "Approve", text: confirm.text, submit: "Approve", fields: [textField(typedField, label, true)] });
    }
    case "reject":
      return form(action, {
        title: "Reject this plan",
        text: null,
        submit: "Reject",
        fields: [textField(reasonField, "Why? The requester is told.", false)],
      });
    case "edit":
      return form(action, { title: "Change this plan", text: null, submit: "Make a new version", fields: editFields(version) });
    case "preview":
    case "choose":
    case "answer":
    case "cancel":
    case "retry":
    case "renew":
    case "nothing_to_do":
    case "dismiss":
    case "apply":
    case "generate":
    case "write":
    case "settle":
    case "log":
    case "show":
      return noForm(action.id);
    default:
      return unreachable(action.id);
  }
}

type FormParts = Pick<Form, "title" | "text" | "submit" | "fields">;

function form({ id, target, value }: PressedAction, parts: FormParts): Form {
  return { kind: "form", ...parts, action: { id, target, ...(value === undefined ? {} : { value }) } };
}

function noForm(id: ActionId): Card {
  return notice("refusal", `There is nothing to fill in for "${id.replaceAll("_", " ")}".`);
}

function noLonger(version: PlanVersion): Card {
  return notice("refusal", `This plan no longer waits: ${version.stateReason ?? version.state.replaceAll("_", " ")}.`);
}

function textField(name: string, label: string, required: boolean, description: string | null = null): FormField {
  return { name, label, type: "str", required, default: null, choices: null, description, ...(name === changeField ? { long: true } : {}) };
}

/** What should be different in words, or the values that the plan has. */
function editFields(version: PlanVersion): FormField[] {
  const words = textField(changeField, "What should be different?", false, 'For example "only on web1" or "also restart nginx"');
  const values = (version.sealed?.steps ?? []).flatMap((step) =>
    Object.entries(step.variables).flatMap(([name, value]): FormField[] =>
      typeof value === "string" || typeof value === "number" || typeof value === "boolean"
        ? [
            {
              name: fieldName(step.order, name),
              label: version.sealed?.steps.length === 1 ? name : `${name} (step ${step.order})`,
              type: typeof value === "boolean" ? "bool" : "str",
              required: false,
              default: value,
              choices: null,
              description: null,
            },
          ]
        : [],
    ),
  );
  return [words, ...values];
}
