import { isDeepStrictEqual } from "node:util";
import { visibleLine } from "../../visible-text.ts";
import type { Card, PlanCard, ResultCard } from "../cards.ts";
import { actionKeys } from "./action-keys.ts";
import { stateWords, type RenderOptions } from "./card-paper.ts";
import { renderCard } from "./render-card.ts";
import { renderSuggestions } from "./render-result.ts";
import { textStyle } from "./text-layout.ts";

/** What was printed cannot be changed: the text that says only what is new, or null where nothing is. */
export function renderChange(before: Card | undefined, card: Card, options: RenderOptions): string | null {
  if (before?.kind === "plan" && card.kind === "plan" && isDeepStrictEqual(decisive(before), decisive(card)))
    return before.state !== card.state || before.stateText !== card.stateText ? `${planChange(card, options)}\n` : null;
  if (before?.kind === "result" && card.kind === "result" && isDeepStrictEqual(withoutSuggestions(before), withoutSuggestions(card))) {
    const text = renderSuggestions(card, options);
    return text === "" ? null : `${text}\n`;
  }
  if (before?.kind === "question" && card.kind === "question" && card.actions.length + card.fields.length + card.choices.length === 0)
    return null;
  return `\n${renderCard(card, options)}\n`;
}

/** What a person decides on. How long it may take is learned with every run and is no news. */
function decisive(card: PlanCard): unknown {
  // That a preview began is told by its own line.
  const preview = card.preview !== null && ["queued", "waiting", "running"].includes(card.preview.state) ? null : card.preview;
  return { preview, version: card.version, steps: card.steps.map((step) => ({ ...step, expectedSeconds: null })) };
}

function withoutSuggestions(card: ResultCard): unknown {
  const steps = card.steps.map(({ suggestionsTrend: _trend, ...step }) => ({ ...step, suggestions: [], suggestionsTotal: 0 }));
  return { ...card, actions: [], steps };
}

function planChange(card: PlanCard, options: RenderOptions): string {
  const { colours } = textStyle(options);
  const mark = card.state === "approved" ? colours.green("✓") : colours.yellow("!");
  const state = stateWords(card.state);
  const why = card.stateText === null ? "" : visibleLine(card.stateText);
  const text = why.startsWith(state) ? `Plan ${why}` : [`Plan ${state}`, ...(why === "" ? [] : [why])].join(" · ");
  const keys = actionKeys(card.actions).map(({ key, action }) => `[${key}] ${visibleLine(action.label)}`);
  return [`${mark} ${text}`, ...(keys.length > 0 && card.state !== "approved" ? [`  ${keys.join("   ")}`] : [])].join("\n");
}
