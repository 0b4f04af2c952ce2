import { isDeepStrictEqual } from "node:util";
import { visibleData, visibleLine } from "../../visible-text.ts";
import type { Card, PlanCard, ResultCard } from "../cards.ts";
import { actionKeys } from "./action-keys.ts";
import { actionLines, cardPaper, severalLines, stateWords, type RenderOptions } from "./card-paper.ts";
import { renderCard } from "./render-card.ts";
import { planPreviewLines } from "./render-plan.ts";
import { renderSuggestions } from "./render-result.ts";
import { textStyle } from "./text-layout.ts";

/** What was printed cannot be changed: the text that says only what is new, or null where nothing is. */
export function renderChange(before: Card | undefined, card: Card, options: RenderOptions): string | null {
  if (before?.kind === "plan" && card.kind === "plan" && isDeepStrictEqual(decisive(before), decisive(card)))
    return before.state !== card.state || before.stateText !== card.stateText ? `${planChange(card, options)}\n` : null;
  if (before?.kind === "plan" && card.kind === "plan" && card.preview !== null && isOnlyPreviewed(before, card)) {
    const lines = planPreviewLines(visibleData(card, severalLines), cardPaper(options));
    return `\n${lines.map((line) => line.trimEnd()).join("\n")}\n`;
  }
  if (before?.kind === "result" && card.kind === "result" && isDeepStrictEqual(withoutSuggestions(before), withoutSuggestions(card))) {
    const text = renderSuggestions(card, options);
    return text === "" ? null : `${text}\n`;
  }
  // That it waits no more is told by what came of it. One that still waits may have nothing to press: why, a person must read.
  if (before?.kind === "question" && card.kind === "question" && card.closed === true) return null;
  return `\n${renderCard(card, options)}\n`;
}

/** What a person decides on. How long it may take is learned with every run and is no news. */
function decisive(card: PlanCard): unknown {
  // That a preview began is told by its own line.
  const preview = card.preview !== null && ["queued", "waiting", "running"].includes(card.preview.state) ? null : card.preview;
  return { preview, version: card.version, steps: card.steps.map((step) => ({ ...step, expectedSeconds: null })) };
}

function isOnlyPreviewed(before: PlanCard, card: PlanCard): boolean {
  const rest = (plan: PlanCard): unknown => ({ ...(decisive(plan) as object), preview: null, state: plan.state });
  return isDeepStrictEqual(rest(before), rest(card));
}

/** The keys of a plan again, below a preview that is longer than the screen. */
export function renderKeys(card: PlanCard, options: RenderOptions): string | null {
  const lines = actionLines(card, cardPaper(options), ["The plan waits:"]);
  return card.state === "awaiting_approval" ? lines.join("\n").trim() : null;
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
