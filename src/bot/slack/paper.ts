import { visibleLine, visibleText } from "../../visible-text.ts";
import { code, text, type Piece } from "./rich-text.ts";

/** How an account is shown: a name and the page of that person; no ping. */
export interface ShownPerson {
  readonly name: string;
  readonly url: string | null;
}
export type People = (account: string) => ShownPerson | undefined;

/** How much room a card has: tried from wide to least until Slack's limits hold. */
export type Room = "wide" | "medium" | "narrow" | "tight" | "least";
export const rooms: readonly Room[] = ["wide", "medium", "narrow", "tight", "least"];

interface Budget {
  /** Characters of a list of names. */
  readonly names: number;
  /** Characters of a free text. */
  readonly text: number;
  /** Steps and other things that a card is a list of. */
  readonly items: number;
  /** What such a thing is a list of. */
  readonly details: number;
  readonly lines: number;
}

const budgets: Readonly<Record<Room, Budget>> = {
  wide: { names: 700, text: 1_500, items: 60, details: 60, lines: 30 },
  medium: { names: 300, text: 400, items: 30, details: 12, lines: 12 },
  narrow: { names: 120, text: 150, items: 15, details: 5, lines: 10 },
  tight: { names: 80, text: 80, items: 12, details: 3, lines: 5 },
  least: { names: 60, text: 60, items: 3, details: 2, lines: 3 },
};

/** What a card is written on. It makes every text visible, keeps to its room, and knows when something did not fit: then there is a file. */
export interface Paper {
  readonly room: Room;
  /** Something was left out. Every place says so with "…" or a number. */
  readonly shortened: boolean;
  /** Free text; accounts in it are shown as people. */
  text(value: string): Piece[];
  /** A name on one line. */
  name(value: string): string;
  /** A list of names: all of them, or the first and how many more. */
  names(values: readonly string[]): Piece[];
  /** Output: its first lines, or all of them. */
  output(value: string, most?: number): string;
  /** The first of what a card is a list of, and what to say about the rest. */
  items<T>(values: readonly T[], most?: number): Part<T>;
  /** The same for what one of these is a list of. */
  details<T>(values: readonly T[], most?: number): Part<T>;
  person(account: string): Piece[];
}

export interface Part<T> {
  readonly shown: readonly T[];
  readonly more: Piece[] | null;
}

const longestName = 80;
const account = /\b(?:slack|discord):[A-Za-z0-9]+:[A-Za-z0-9]+\b/g;

export function createPaper(room: Room, people: People): Paper {
  const budget = budgets[room];
  let shortened = false;

  /** Made visible after a rough cut: a log of megabytes is not looked through for a few lines. */
  function fitted(value: string, most: number, show: (text: string) => string): string {
    const rough = value.length > most * 2 ? value.slice(0, most * 2) : value;
    const visible = show(rough);
    // It has no more characters than units.
    if (visible.length <= most && rough === value) return visible;
    const characters = Array.from(visible);
    if (characters.length <= most && rough === value) return visible;
    shortened = true;
    return `${characters.slice(0, most).join("")}…`;
  }

  function part<T>(values: readonly T[], most: number): Part<T> {
    if (values.length <= most) return { shown: values, more: null };
    shortened = true;
    return { shown: values.slice(0, most), more: [text(`… and ${values.length - most} more`)] };
  }

  function person(of: string): Piece[] {
    const shown = people(of);
    if (shown === undefined) return [text(fitted(of, longestName, visibleLine))];
    const name = `@${Array.from(visibleLine(shown.name)).slice(0, longestName).join("")}`;
    return [shown.url === null ? text(name, { bold: true }) : { type: "link", url: shown.url, text: name }];
  }

  return {
    room,
    get shortened() {
      return shortened;
    },
    person,
    name: (value) => fitted(value, budget.text, visibleLine),
    text(value) {
      const shown = fitted(value, budget.text, visibleText);
      const pieces: Piece[] = [];
      let from = 0;
      for (const match of shown.matchAll(account)) {
        if (people(match[0]) === undefined) continue;
        pieces.push(text(shown.slice(from, match.index)), ...person(match[0]));
        from = match.index + match[0].length;
      }
      return [...pieces, text(shown.slice(from))];
    },
    names(values) {
      const pieces: Piece[] = [];
      let used = 0;
      for (const [index, value] of values.entries()) {
        used += value.length + 2;
        if (used > budget.names && index > 0) {
          shortened = true;
          return [...pieces, text(` +${values.length - index} more`)];
        }
        pieces.push(text(index === 0 ? "" : ", "), code(fitted(value, budget.names, visibleLine)));
      }
      return pieces;
    },
    output(value, most = budget.lines) {
      const all = value.trimEnd().split(/\r?\n/);
      const count = Math.min(most, budget.lines);
      const shown = fitted(all.slice(0, count).join("\n"), budget.text * 2, visibleText);
      if (all.length <= count) return shown;
      shortened = true;
      return `${shown}\n… ${all.length - count} more lines`;
    },
    items: (values, most = budget.items) => part(values, Math.min(most, budget.items)),
    details: (values, most = budget.details) => part(values, Math.min(most, budget.details)),
  };
}
