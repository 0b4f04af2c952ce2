import { html } from "hono/html";
import { unreachable } from "../../errors.ts";
import { visibleData, visibleText } from "../../visible-text.ts";
import type { Card } from "../../bot/cards.ts";
import type { CardEntry, WebEntry } from "../entry-store.ts";
import type { CardPaper } from "./card-paper.ts";
import type { Markup } from "./html.ts";
import { listView } from "./list-view.ts";
import { noticeView } from "./notice-view.ts";
import { planView } from "./plan-view.ts";
import { progressView } from "./progress-view.ts";
import { questionView } from "./question-view.ts";
import { resultView } from "./result-view.ts";
import { stateWords } from "./words.ts";

/** Texts that may have several lines; every other text is a name, in which a line break is shown as one. */
const severalLines: ReadonlySet<string> = new Set([
  "text",
  "help",
  "offer",
  "errorText",
  "diff",
  "keyErrors",
  "changes",
  "reasoning",
  "why",
  "problems",
  "notes",
  "requestText",
  "output",
]);

/** One entry of the conversation; a page and a stream show the same. */
export function entryView(entry: WebEntry, now: Date): Markup {
  if (entry.kind === "message") {
    return html`<article class="entry said" id="entry-${entry.id}" data-position="${entry.position}" data-revision="${entry.revision}">
      <p><span class="unseen">You: </span>${visibleText(entry.text)}</p>
    </article>`;
  }
  return html`<article class="entry card ${entry.card.kind}" id="entry-${entry.id}" data-position="${entry.position}" data-revision="${entry.revision}" data-announce="${announcement(entry.card)}" aria-labelledby="title-${entry.id}" tabindex="-1">
    ${cardView(entry, now)}
  </article>`;
}

function cardView(entry: CardEntry, now: Date): Markup {
  const original = entry.card;
  const shown = visibleData(original, severalLines);
  const paper = <C extends Card>(card: C): CardPaper<C> => ({ shown: card, original: original as C, entryId: entry.id, now });
  switch (shown.kind) {
    case "plan":
      return planView(paper(shown));
    case "question":
      return questionView(paper(shown));
    case "progress":
      return progressView(paper(shown));
    case "result":
      return resultView(paper(shown));
    case "notice":
      return noticeView(paper(shown));
    case "list":
      return listView(paper(shown));
    default:
      return unreachable(shown);
  }
}

/** What a screen reader is told when a card appears or changes: short, and the same for the same state, so that it is said once. */
function announcement(card: Card): string {
  switch (card.kind) {
    case "plan":
      return `Plan with ${card.steps.length} ${card.steps.length === 1 ? "step" : "steps"}: ${stateWords(card.state)}`;
    case "question":
      return visibleText(card.title);
    case "progress": {
      const current = card.steps.find((step) => step.state === "running");
      return `Run ${card.runNumber} ${stateWords(card.state)}${current === undefined ? "" : `, step ${current.order}: ${visibleText(current.name)}`}`;
    }
    case "result":
      return visibleText(card.verdict);
    case "notice":
      return visibleText(card.text);
    case "list":
      return visibleText(card.title);
    default:
      return unreachable(card);
  }
}
