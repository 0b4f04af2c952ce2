import type { NoticeCard } from "../cards.ts";
import { renderCard } from "./render-card.ts";
import type { TerminalScreen } from "./terminal-screen.ts";
import { textStyle } from "./text-layout.ts";

/** What a terminal is like; the columns are a function where the window can be resized. */
export interface TerminalLook {
  readonly isTTY: boolean;
  readonly columns: number | (() => number);
  readonly colour: boolean;
  readonly now?: () => Date;
  readonly timeZone?: string;
}

/** Writes to the screen, in this terminal's width and colours. Before the screen is there, nothing is written. */
export interface TerminalOutput {
  readonly isTTY: boolean;
  /** The look of this moment. */
  style(): { readonly colour: boolean; readonly columns: number; readonly now: Date; readonly timeZone?: string };
  colours(): ReturnType<typeof textStyle>["colours"];
  print(text: string): void;
  say(tone: NoticeCard["tone"], text: string, help?: string | null): void;
  setLive(lines: readonly string[]): void;
  setPrompt(prompt: string): void;
  typed(): string;
  clearTyped(): void;
}

export function createTerminalOutput(look: TerminalLook, screen: () => TerminalScreen | undefined): TerminalOutput {
  const style: TerminalOutput["style"] = () => ({
    colour: look.colour,
    columns: typeof look.columns === "function" ? look.columns() : look.columns,
    now: look.now?.() ?? new Date(),
    ...(look.timeZone === undefined ? {} : { timeZone: look.timeZone }),
  });
  const print = (text: string): void => screen()?.print(text);
  return {
    isTTY: look.isTTY,
    style,
    colours: () => textStyle(style()).colours,
    print,
    say: (tone, text, help = null) => print(renderCard({ kind: "notice", tone, text, help }, style())),
    setLive: (lines) => screen()?.setLive(lines),
    setPrompt: (prompt) => screen()?.setPrompt(textStyle(style()).colours.magenta(prompt)),
    typed: () => screen()?.typed() ?? "",
    clearTyped: () => screen()?.clearTyped(),
  };
}
