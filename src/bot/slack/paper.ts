import { visibleLine, visibleText } from "../../visible-text.ts";
import { code, text, type Piece } from "./rich-text.ts";

/** How an account is shown: a name and the page of that person; no ping. */
export interface ShownPerson {
  readonly name: string;
  readonly url: string | null;
}
export type People = (account: string) => ShownPerson | undefined;

/** How much room a card has: tried from wide to least until Slack's limits hold. */
export type Room = "wide" | "narrow" | "least";
export const rooms: readonly Room[] = ["wide", "narrow", "least"];

const budgets: Readonly<Record<Room, { readonly names: number; readonly text: number; readonly items: number; readonly lines: number }>> = {
  wide: { names: 700, text: 1_500, items: 60, lines: 30 },
  narrow: { names: 200, text: 300, items: 12, lines: 10 },
  least: { names: 60, text: 100, items: 3, lines: 3 },
};

/** What a card is written on. It makes every text visible, keeps to its room, and knows when something did not fit: then there is a file. */
export interface Paper {
  readonly room: Room;
  /** Something was left out, and the text says so and names the file. */
  readonly shortened: boolean;
  /** Free text; accounts in it are shown as people. */
  text(value: string): Piece[];
  /** A name on one line. */
  name(value: string): string;
  /** A list of names: all of them, or the first and how many more. */
  names(values: readonly string[]): Piece[];
  /** Output: its first lines, or all of them. */
  output(value: string, most?: number): string;
  /** The first items, and what to say about the rest. */
  items<T>(values: readonly T[], most?: number): { readonly shown: readonly T[]; readonly more: Piece[] | null };
  person(account: string): Piece[];
}

const longestName = 80;
const account = /\b(?:slack|discord):[A-Za-z0-9]+:[A-Za-z0-9]+\b/g;

export function createPaper(room: Room, people: People, fileName: string | null): Paper {
  const budget = budgets[room];
  const elsewhere = fileName === null ? "" : ` (all of it in ${fileName})`;
  let shortened = false;

  function cut(value: string, most: number): string {
    const characters = [...value];
    if (characters.length <= most) return value;
    shortened = true;
    return `${characters.slice(0, most).join("")}…${elsewhere}`;
  }

  function person(of: string): Piece[] {
    const shown = people(of);
    if (shown === undefined) return [text(cut(visibleLine(of), longestName))];
    const name = `@${[...visibleLine(shown.name)].slice(0, longestName).join("")}`;
    return [shown.url === null ? text(name, { bold: true }) : { type: "link", url: shown.url, text: name }];
  }

  return {
    room,
    get shortened() {
      return shortened;
    },
    person,
    name: (value) => cut(visibleLine(value), budget.text),
    text(value) {
      const shown = cut(visibleText(value), budget.text);
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
        const name = visibleLine(value);
        used += [...name].length + 2;
        if (used > budget.names && index > 0) {
          shortened = true;
          return [...pieces, text(` +${values.length - index} more${elsewhere}`)];
        }
        pieces.push(text(index === 0 ? "" : ", "), code(cut(name, budget.names)));
      }
      return pieces;
    },
    output(value, most = budget.lines) {
      const all = visibleText(value).trimEnd().split("\n");
      const shown = all.slice(0, most).map((line) => cut(line, budget.text));
      if (all.length > most) shortened = true;
      const text = shown.join("\n");
      const fitting = cut(text, budget.text * 2);
      return all.length > most ? `${fitting}\n… ${all.length - most} more lines${elsewhere}` : fitting;
    },
    items(values, most = budget.items) {
      const count = Math.min(most, budget.items);
      if (values.length <= count) return { shown: values, more: null };
      shortened = true;
      return { shown: values.slice(0, count), more: [text(`and ${values.length - count} more${elsewhere}`)] };
    },
  };
}
