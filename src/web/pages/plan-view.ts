import { html } from "hono/html";
import type { PlanCard, PlanCardStep, PreviewTable } from "../../bot/cards.ts";
import { durationWords, untilWords } from "../../time-words.ts";
import { visibleLine, visibleValue } from "../../visible-text.ts";
import { actionsView } from "./actions-view.ts";
import type { CardPaper } from "./card-paper.ts";
import type { Markup } from "./html.ts";
import { plural, riskWords, stateMark, stateTone, stateWords } from "./words.ts";

export function planView({ shown: plan, original, entryId, now }: CardPaper<PlanCard>): Markup {
  return html`<header>
      <p class="kind">${plan.purpose === "preview" ? "Preview plan" : "Plan"}${plan.version > 1 ? ` · version ${plan.version}` : ""}</p>
      <p class="badges">${riskBadge(plan.risk)}</p>
      <h2 id="title-${entryId}">${plan.requestText}</h2>
    </header>
    ${plan.state === "awaiting_approval" ? "" : decisionView(plan)}
    <ol class="steps">${plan.steps.map((step, index) => stepView(step, original.steps[index] ?? step, plan))}</ol>
    ${plan.notes.length === 0 ? "" : html`<ul class="notes">${plan.notes.map((note) => html`<li>${note}</li>`)}</ul>`}
    ${plan.preview === null ? "" : previewView(plan.preview)}
    <footer>
      <dl class="facts inline">
        <div><dt>Approval</dt><dd>${plan.approvers}</dd></div>
        ${plan.expiresAt === null ? "" : html`<div><dt>Expires</dt><dd><time datetime="${plan.expiresAt}" data-until>${untilWords(plan.expiresAt, { now })}</time></dd></div>`}
        <div><dt>Digest</dt><dd><code>${plan.digestPrefix}</code></dd></div>
      </dl>
      ${actionsView(entryId, original.actions)}
    </footer>`;
}

function decisionView(plan: PlanCard): Markup {
  const state = stateWords(plan.state);
  const rest =
    plan.stateText?.startsWith(state) === true ? plan.stateText.slice(state.length) : plan.stateText === null ? "" : ` · ${plan.stateText}`;
  return html`<p class="decision ${stateTone(plan.state)}"><span aria-hidden="true">${stateMark(plan.state)}</span> <span><strong>${state}</strong>${rest}</span></p>`;
}

function stepView(step: PlanCardStep, original: PlanCardStep, plan: PlanCard): Markup {
  const variables = Object.entries(original.variables);
  return html`<li>
    <h3>${step.name}</h3>
    <p class="path"><code>${step.playbookPath}</code> <span class="confidence">${step.confidence.toFixed(2)} ${step.method}</span></p>
    ${step.why === "" ? "" : html`<p class="why">${step.why}</p>`}
    <dl class="facts">
      <div><dt>${plural(step.hosts.length, "host")}</dt><dd>${hostChips(step.hosts)}</dd></div>
      ${step.mayAlsoActOn.length === 0 ? "" : html`<div><dt title="what cannot be told beforehand">perhaps also</dt><dd>${hostChips(step.mayAlsoActOn, "maybe")}</dd></div>`}
      ${
        variables.length === 0
          ? ""
          : html`<div><dt>with</dt><dd class="variables">${variables.map(([name, value]) => html`<code>${visibleLine(name)} = ${visibleValue(value)}</code> `)}</dd></div>`
      }
      ${
        step.risk === plan.risk && step.riskReason === ""
          ? ""
          : html`<div><dt>risk</dt><dd>${step.risk === plan.risk ? "" : riskBadge(step.risk)} ${step.riskReason}</dd></div>`
      }
      ${step.dependsOn.length === 0 ? "" : html`<div><dt>after</dt><dd>step ${step.dependsOn.join(", ")}</dd></div>`}
      ${step.expectedSeconds === null ? "" : html`<div><dt>takes</dt><dd>about ${durationWords(step.expectedSeconds)}</dd></div>`}
    </dl>
  </li>`;
}

function hostChips(hosts: readonly string[], style = ""): Markup {
  return html`<ul class="chips ${style}">${hosts.map((host) => html`<li>${host}</li>`)}</ul>`;
}

function riskBadge(risk: PlanCard["risk"]): Markup {
  return html`<span class="badge ${risk}"><span class="unseen">Risk: </span>${riskWords[risk]}</span>`;
}

function previewView(preview: PreviewTable): Markup {
  const changing = preview.rows.filter((row) => row.changes.length > 0);
  const still = preview.rows.filter((row) => row.changes.length === 0);
  const verdict =
    changing.length > 0
      ? `would change ${plural(changing.length, "host")}`
      : preview.state === "succeeded"
        ? preview.unpredictable.length === 0
          ? "nothing would change"
          : "no change is foreseen"
        : stateWords(preview.state);
  return html`<section class="preview" aria-label="Preview">
    <h3>Preview · ${verdict}</h3>
    <p class="why">${preview.state === "succeeded" || preview.state === "failed" ? `From run ${preview.runNumber}, which ran in check mode and changed nothing.` : `Run ${preview.runNumber}, in check mode.`}</p>
    ${
      changing.length === 0
        ? ""
        : html`<ul class="changes">${changing.map(
            (row) =>
              html`<li><span class="chip">${row.host}</span> <span class="why">step ${row.step}</span><ul>${row.changes.map((change) => html`<li>${change}</li>`)}</ul></li>`,
          )}</ul>`
    }
    ${still.length === 0 ? "" : html`<p class="why">Nothing would change on ${still.map((row) => row.host).join(", ")}.</p>`}
    ${
      preview.unpredictable.length === 0
        ? ""
        : html`<p class="why">Cannot be told beforehand:</p><ul class="notes">${preview.unpredictable.map((task) => html`<li>${task}</li>`)}</ul>`
    }
  </section>`;
}
