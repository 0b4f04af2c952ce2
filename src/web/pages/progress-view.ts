import { html } from "hono/html";
import type { ProgressCard, ProgressStep } from "../../bot/cards.ts";
import { durationWords } from "../../time-words.ts";
import { actionsView } from "./actions-view.ts";
import type { CardPaper } from "./card-paper.ts";
import type { Markup } from "./html.ts";
import { plural, stateMark, stateTone, stateWords } from "./words.ts";

const open: ReadonlySet<string> = new Set(["pending", "queued", "running"]);

/** After these nothing moves any more: the result says the rest. */
const ended: ReadonlySet<string> = new Set(["succeeded", "failed", "cancelled"]);

export function progressView(paper: CardPaper<ProgressCard>): Markup {
  const { shown } = paper;
  return ended.has(shown.state) && shown.actions.length === 0 ? endedView(paper) : liveView(paper);
}

/** One line, behind which the steps can be looked up. */
function endedView({ shown: progress, entryId }: CardPaper<ProgressCard>): Markup {
  const changed = progress.steps.reduce((sum, step) => sum + step.changed, 0);
  const tasks = progress.steps.reduce((sum, step) => sum + step.tasksDone, 0);
  const done = progress.steps.filter((step) => !open.has(step.state)).length;
  return html`<details class="ended" data-fold="progress">
    <summary>
      <h2 id="title-${entryId}">${runName(progress)}</h2>
      <span class="badge state ${stateTone(progress.state)}">${stateWords(progress.state)}</span>
      <span class="why">${done} of ${plural(progress.steps.length, "step")}, ${plural(tasks, "task")}, ${changed} changed</span>
    </summary>
    <ol class="states">${progress.steps.map(stepView)}</ol>
  </details>`;
}

function liveView({ shown: progress, original, entryId, now }: CardPaper<ProgressCard>): Markup {
  const done = progress.steps.filter((step) => !open.has(step.state)).length;
  const live = progress.startedAt !== null && ["running", "waiting", "queued"].includes(progress.state);
  return html`<header>
      <p class="kind">${runName(progress)}</p>
      <p class="badges"><span class="badge state ${stateTone(progress.state)}">${stateWords(progress.state)}</span></p>
      <h2 id="title-${entryId}">${heading(progress, done)}</h2>
    </header>
    <div class="bar" role="progressbar" aria-label="Steps done" aria-valuemin="0" aria-valuemax="${progress.steps.length}" aria-valuenow="${done}">
      ${progress.steps.map((step) => html`<span class="${stateTone(step.state)}"></span>`)}
    </div>
    ${progress.waitingReason === null ? "" : html`<p class="decision odd"><span aria-hidden="true">!</span> <span><strong>waits</strong> · ${progress.waitingReason}</span></p>`}
    <ol class="states">${progress.steps.map(stepView)}</ol>
    <footer>
      ${
        live && progress.startedAt !== null
          ? html`<p class="why">for <time datetime="${progress.startedAt}" data-since>${durationWords((now.getTime() - Date.parse(progress.startedAt)) / 1000)}</time></p>`
          : ""
      }
      ${actionsView(entryId, original.actions)}
    </footer>`;
}

function runName(progress: ProgressCard): string {
  return `${progress.purpose === "preview" ? "Preview" : "Run"} ${progress.runNumber}`;
}

function heading(progress: ProgressCard, done: number): string {
  const current = progress.steps.find((step) => step.state === "running");
  if (current !== undefined) return current.name;
  return `${done} of ${plural(progress.steps.length, "step")} done`;
}

function stepView(step: ProgressStep): Markup {
  const counts = [plural(step.tasksDone, "task"), `${step.changed} changed`, ...(step.failed > 0 ? [`${step.failed} failed`] : [])].join(
    ", ",
  );
  return html`<li class="${stateTone(step.state)}">
    <span class="mark" aria-hidden="true">${stateMark(step.state)}</span>
    <div>
      <p><span class="name">${step.name}</span> <span class="state">${stateWords(step.state)}</span></p>
      ${step.tasksDone === 0 ? "" : html`<p class="why">${counts}</p>`}
      ${step.reason === null ? "" : html`<p class="why">${step.reason}</p>`}
      ${step.currentTask === null || step.state !== "running" ? "" : html`<p class="task"><span class="unseen">Now: </span><code>${step.currentTask}</code></p>`}
    </div>
  </li>`;
}
