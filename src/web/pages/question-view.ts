import { html } from "hono/html";
import type { FormField, QuestionCard } from "../../bot/cards.ts";
import { choiceText } from "../../form-value.ts";
import { visibleLine } from "../../visible-text.ts";
import { actionsView, hiddenInputs } from "./actions-view.ts";
import type { CardPaper } from "./card-paper.ts";
import type { Markup } from "./html.ts";

export function questionView({ shown: question, original, entryId }: CardPaper<QuestionCard>): Markup {
  const others = original.actions.filter(({ id }) => id !== "answer" && id !== "choose");
  return html`<header>
      <p class="kind">Question</p>
      <h2 id="title-${entryId}">${question.title}</h2>
    </header>
    <p class="quote">${question.requestText}</p>
    ${question.problems.length === 0 ? "" : html`<ul class="notes">${question.problems.map((problem) => html`<li>${problem}</li>`)}</ul>`}
    ${question.choices.map((choice, index) => choiceView(choice, original, index, entryId))}
    ${question.offer === null ? "" : html`<p class="why">${question.offer}</p>`}
    ${question.fields.length === 0 ? "" : formView(question, original, entryId)}
    ${actionsView(entryId, others)}`;
}

function choiceView(choice: QuestionCard["choices"][number], original: QuestionCard, index: number, entryId: string): Markup {
  const values = original.choices[index]?.candidates ?? [];
  return html`<fieldset class="choices">
    <legend>Step ${choice.step}, ${choice.stepName}: which playbook?</legend>
    ${choice.candidates.map(
      (candidate, position) => html`<form method="post" action="/actions" data-act>
        ${hiddenInputs(entryId, { id: "choose", target: original.planVersionId, value: `${choice.step}:${values[position]?.playbook ?? ""}` })}
        <button class="choice" data-key="choose-${choice.step}-${position}">
          <span class="name">${candidate.name}</span> <code>${candidate.playbook}</code>
          <span class="confidence">${candidate.confidence.toFixed(2)}</span>
        </button>
      </form>`,
    )}
  </fieldset>`;
}

function formView(question: QuestionCard, original: QuestionCard, entryId: string): Markup {
  const answer = original.actions.find(({ id }) => id === "answer");
  return html`<form method="post" action="/actions" data-act class="fields">
    ${hiddenInputs(entryId, { id: "answer", target: answer?.target ?? original.planVersionId })}
    ${question.fields.map((field, index) => fieldView(field, original.fields[index] ?? field, `${entryId}-${index}`))}
    <p class="problem" role="alert" hidden></p>
    <div class="actions"><button class="button primary" data-key="answer">${visibleLine(answer?.label ?? "Continue")}</button></div>
  </form>`;
}

function fieldView(field: FormField, original: FormField, id: string): Markup {
  const hint = field.description ?? typeHints[field.type];
  const describedBy = hint === null ? "" : html` aria-describedby="hint-${id}"`;
  // A default answers where nothing is typed, so the browser must not insist.
  const needed = field.required && (field.default === null || field.default === undefined);
  return html`<div class="field">
    <label for="field-${id}">${field.label}${field.required ? html`<span class="needed" title="needed"> *<span class="unseen"> needed</span></span>` : html`<span class="optional"> optional</span>`}</label>
    ${control(original, id, describedBy, needed)}
    ${hint === null ? "" : html`<p class="hint" id="hint-${id}">${hint}</p>`}
  </div>`;
}

const typeHints: Readonly<Record<FormField["type"], string | null>> = {
  str: null,
  raw: null,
  int: "A whole number",
  float: "A number",
  bool: null,
  list: "Several, with commas between them",
  dict: "key: value, one a line",
  path: "A path",
};

function control(field: FormField, id: string, describedBy: Markup | string, needed: boolean): Markup {
  const name = `field.${field.name}`;
  const standard = field.default === null || field.default === undefined ? "" : choiceText(field.default);
  const required = needed ? html` required` : "";
  if (field.choices !== null && field.choices.length > 0)
    return select(field.choices.map(choiceText), { name, id, standard, describedBy, required });
  if (field.type === "bool") return select(["true", "false"], { name, id, standard, describedBy, required });
  const common = html`id="field-${id}" name="${name}" data-key="field-${id}" autocomplete="off" spellcheck="false"${required}${describedBy}`;
  if (field.type === "dict") return html`<textarea ${common} rows="3">${standard}</textarea>`;
  const mode =
    field.type === "int"
      ? html` inputmode="numeric" pattern="\\s*[+\\-]?[0-9]+\\s*" title="A whole number"`
      : field.type === "float"
        ? html` inputmode="decimal"`
        : "";
  return html`<input ${common} value="${standard}"${mode} />`;
}

interface SelectOptions {
  readonly name: string;
  readonly id: string;
  readonly standard: string;
  readonly describedBy: Markup | string;
  readonly required: Markup | string;
}

function select(choices: readonly string[], { name, id, standard, describedBy, required }: SelectOptions): Markup {
  return html`<select id="field-${id}" name="${name}" data-key="field-${id}"${required}${describedBy}>
    ${choices.includes(standard) ? "" : html`<option value="">Choose …</option>`}
    ${choices.map((choice) => html`<option value="${choice}"${choice === standard ? html` selected` : ""}>${visibleLine(words[choice] ?? choice)}</option>`)}
  </select>`;
}

const words: Readonly<Record<string, string>> = { true: "yes", false: "no" };
