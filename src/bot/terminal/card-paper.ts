import type { Action } from "../cards.ts";
import { actionKeys, isSettling, withKeys } from "./action-keys.ts";
import { textStyle, wrapped, type TextStyle } from "./text-layout.ts";

export interface RenderOptions {
  readonly colour: boolean;
  readonly columns: number;
  readonly now?: Date;
  readonly timeZone?: string;
  /** False where nothing can be pressed (a command's output): the card without its keys. */
  readonly keys?: boolean;
}

/** What a card is written on: layout, time and whether anything can be pressed. */
export interface CardPaper extends TextStyle {
  readonly now: Date;
  readonly keys: boolean;
  readonly timeZone?: string;
}

export function cardPaper(options: RenderOptions): CardPaper {
  return {
    ...textStyle(options),
    now: options.now ?? new Date(),
    keys: options.keys ?? true,
    ...(options.timeZone === undefined ? {} : { timeZone: options.timeZone }),
  };
}

/** Texts that may have several lines; every other text is a name and stays on one. */
export const severalLines: ReadonlySet<string> = new Set([
  "text",
  "help",
  "offer",
  "errorText",
  "keyErrors",
  "changes",
  "diff",
  "reasoning",
  "why",
  "problems",
  "notes",
  "output",
]);

export function stateWords(state: string): string {
  return state.replaceAll("_", " ");
}

export function stateMark(state: string, style: TextStyle): string {
  const { colours } = style;
  if (state === "succeeded") return colours.green("✓");
  if (state === "failed" || state === "timeout") return colours.red("✗");
  if (state === "running") return colours.magenta("▸");
  if (state === "cancelled" || state === "outcome_unknown") return colours.yellow("!");
  return colours.dim("·");
}

export function fact(label: string, text: string, paper: CardPaper, indent: number): string[] {
  return text === "" ? [] : wrapped(text, paper, { indent, label: paper.colours.dim(label.padEnd(10)) });
}

export function actionLines(card: { readonly actions: readonly Action[] }, paper: CardPaper, more: readonly string[] = []): string[] {
  const { colours } = paper;
  const keys = (paper.keys ? actionKeys(withKeys(card.actions)) : [])
    .filter(({ action }) => !isSettling(action))
    .map(({ key, action }) => {
      const paint = { primary: colours.green, danger: colours.red, plain: (text: string) => text }[action.style];
      return `${colours.bold(paint(`[${key}]`))} ${action.label}`;
    });
  const all = [...more, ...keys];
  return all.length === 0 ? [] : ["", ...wrapped(all.join("   "), paper, { indent: 2 })];
}
