import { html } from "hono/html";
import type { Action, CardSuggestion, ResultCard, ResultStep } from "../../bot/cards.ts";
import { durationWords } from "../../time-words.ts";
import { actionsView, buttonForm } from "./actions-view.ts";
import type { CardPaper } from "./card-paper.ts";
import { diffView } from "./diff-view.ts";
import type { Markup } from "./html.ts";
import { plural, stateMark, stateTone, stateWords } from "./words.ts";

export function resultView({ shown: result, original, entryId }: CardPaper<ResultCard>): Markup {
  const settling = Map.groupBy(original.actions.filter(isSettling), (action) => action.target);
  return html`<header>
      <p class="kind">${result.purpose === "preview" ? "Preview" : "Result of run"} ${result.runNumber}</p>
      <p class="badges"><span class="badge state ${stateTone(result.state)}">${stateWords(result.state)}</span></p>
      <h2 id="title-${entryId}"><span class="mark ${stateTone(result.state)}" aria-hidden="true">${stateMark(result.state)}</span> ${result.verdict}</h2>
    </header>
    <ol class="results">${result.steps.map((step, index) => stepView(step, original.steps[index] ?? step, settling, entryId))}</ol>
    ${result.changes === undefined || result.changes.length === 0 ? "" : diffView(result.changes)}
    <footer>
      <dl class="facts inline">
        ${result.durationSeconds === null ? "" : html`<div><dt>Took</dt><dd>${durationWords(result.durationSeconds)}</dd></div>`}
        ${result.audit === null ? "" : html`<div><dt>Audit</dt><dd>entry ${result.audit.entry}${result.audit.commit === null ? "" : html` · commit <code>${result.audit.commit.slice(0, 10)}</code>`}</dd></div>`}
      </dl>
      ${actionsView(
        entryId,
        original.actions.filter((action) => !isSettling(action)),
      )}
    </footer>`;
}

/** What is done with a suggestion stands beside it. */
function isSettling({ id }: Action): boolean {
  return id === "apply" || id === "dismiss";
}

type Settling = ReadonlyMap<string, readonly Action[]>;

function stepView(step: ResultStep, original: ResultStep, settling: Settling, entryId: string): Markup {
  const reason = [...new Set([step.reason, step.errorCode])].filter((part) => part !== null).join(" · ");
  return html`<li>
    <h3><span class="mark ${stateTone(step.state)}" aria-hidden="true">${stateMark(step.state)}</span> ${step.name} <span class="state">${stateWords(step.state)}</span></h3>
    <p class="path"><code>${step.playbookPath}</code></p>
    ${reason === "" ? "" : html`<p class="why">${reason}</p>`}
    ${step.hosts.length === 0 ? "" : hostTable(step)}
    ${step.keyErrors.length === 0 ? "" : html`<ul class="errors">${step.keyErrors.map((error) => html`<li>${error}</li>`)}</ul>`}
    ${step.said.length === 0 ? "" : reportsView(step)}
    ${step.errorText === null ? "" : html`<pre tabindex="0" aria-label="Output of the failed task">${step.errorText}</pre>`}
    ${step.suggestionsTotal === 0 ? "" : suggestionsView(step, original, settling, entryId)}
  </li>`;
}

/** What the playbook itself reports: task by task, a text once with all hosts that report it. */
function reportsView(step: ResultStep): Markup {
  const tasks = Map.groupBy(step.said, ({ task }) => task);
  return html`<div class="reports">${[...tasks].map(
    ([task, said]) => html`<section aria-label="${task}">
      <h4>${task}</h4>
      ${[...Map.groupBy(said, ({ text }) => text)].map(([text, same]) => reportView(task, text, same))}
    </section>`,
  )}</div>`;
}

function reportView(task: string, text: string, same: ResultStep["said"]): Markup {
  const where = same.length === 1 ? (same[0]?.host ?? "") : plural(same.length, "host");
  return html`<figure>
    <figcaption>${same.length === 1 ? "" : html`<span class="why">${where}</span>`}<ul class="chips">${same.map(({ host }) => html`<li>${host}</li>`)}</ul></figcaption>
    <pre tabindex="0" role="group" aria-label="${task} on ${where}">${text}</pre>
  </figure>`;
}

const columns = ["ok", "changed", "failed", "skipped", "unreachable"] as const;

function hostTable(step: ResultStep): Markup {
  // The roles stay a table's where a narrow window lays it out otherwise.
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Hosts of ${step.name}">
    <table role="table">
      <thead role="rowgroup"><tr role="row"><th scope="col" role="columnheader">host</th>${columns.map((name) => html`<th scope="col" role="columnheader">${name}</th>`)}</tr></thead>
      <tbody role="rowgroup">${step.hosts.map(
        (host) =>
          html`<tr role="row"><th scope="row" role="rowheader">${host.host}</th>${columns.map((name) => html`<td role="cell" class="${name}${host[name] === 0 ? " zero" : ""}" data-name="${name}">${host[name]}</td>`)}</tr>`,
      )}</tbody>
    </table>
  </div>`;
}

function suggestionsView(step: ResultStep, original: ResultStep, settling: Settling, entryId: string): Markup {
  const shown = step.suggestions.length < step.suggestionsTotal ? `, ${step.suggestions.length} shown` : "";
  return html`<details class="suggestions" data-fold="suggestions-${step.order}">
    <summary>${plural(step.suggestionsTotal, "suggestion")} for this playbook${step.suggestionsTrend === undefined ? "" : `, ${step.suggestionsTrend}`}${shown}</summary>
    <ul>${step.suggestions.map((suggestion, index) => suggestionView(suggestion, settling.get(original.suggestions[index]?.id ?? "") ?? [], entryId))}</ul>
  </details>`;
}

function suggestionView(suggestion: CardSuggestion, settling: readonly Action[], entryId: string): Markup {
  return html`<li>
    <p><span class="badge ${suggestion.severity}">${suggestion.severity}</span> ${suggestion.message}</p>
    ${suggestion.reasoning === "" ? "" : html`<p class="why">${suggestion.reasoning}</p>`}
    <p class="path"><code>${suggestion.path}${suggestion.line === null ? "" : `:${suggestion.line}`}</code> <span class="confidence">${suggestion.rule} · ${suggestion.category}</span></p>
    ${settling.length === 0 ? "" : html`<div class="actions">${settling.map((action) => buttonForm(entryId, shortLabel(action)))}</div>`}
  </li>`;
}

/** It stands beside what it is about. */
function shortLabel(action: Action): Action {
  return { ...action, label: action.id === "apply" ? "Apply suggestion" : "Dismiss" };
}
