import { visibleLine, visibleText } from "../../visible-text.ts";
import { code, escaped, escapedLine, fenced, withPeople } from "./markup.ts";

/** How much room a card has: tried from wide to least until Discord's limits hold. */
export type Room = "wide" | "narrow" | "least";
export const rooms: readonly Room[] = ["wide", "narrow", "least"];

interface Budget {
  readonly text: number;
  readonly names: number;
  readonly items: number;
  readonly lines: number;
}

const budgets: Readonly<Record<Room, Budget>> = {
  wide: { text: 900, names: 500, items: 30, lines: 12 },
  narrow: { text: 160, names: 120, items: 10, lines: 8 },
  least: { text: 50, names: 40, items: 3, lines: 2 },
};

export interface Some<T> {
  readonly shown: readonly T[];
  /** Says how many more there are and where; null when there are none. */
  readonly more: string | null;
}

/** What a card is written on: it makes text safe, keeps to its room, and says of everything that it leaves out where it stands. */
export interface Paper {
  readonly room: Room;
  /** Something did not fit; the text says so and names the file. */
  readonly shortened: boolean;
  /** One line of free text; accounts in it are shown as people. */
  line(value: string): string;
  /** Free text of several lines. */
  text(value: string): string;
  name(value: string): string;
  names(values: readonly string[]): string;
  /** Output, as it is. */
  output(value: string): string;
  items<T>(values: readonly T[], most?: number): Some<T>;
}

export function createPaper(room: Room, fileName: string | null): Paper {
  const budget = budgets[room];
  const elsewhere = fileName === null ? "" : `, all of it in ${fileName} below`;
  let shortened = false;

  /** Counted after everything invisible was made visible, so that it cannot grow again. */
  function cut(value: string, most: number): string {
    const characters = Array.from(value);
    if (characters.length <= most) return value;
    shortened = true;
    return `${characters.slice(0, most).join("")} … +${characters.length - most} characters${elsewhere}`;
  }

  return {
    room,
    get shortened() {
      return shortened;
    },
    line: (value) => withPeople(cut(visibleLine(value), budget.text), escapedLine),
    text: (value) => withPeople(cut(visibleText(value), budget.text), escaped),
    name: (value) => code(cut(visibleLine(value), budget.names)),
    names(values) {
      const shown: string[] = [];
      let used = 0;
      for (const [index, value] of values.entries()) {
        const name = visibleLine(value);
        used += Array.from(name).length + 4;
        if (used > budget.names && index > 0) {
          shortened = true;
          return `${shown.join(", ")} +${values.length - index} more${elsewhere}`;
        }
        shown.push(code(cut(name, budget.names)));
      }
      return shown.join(", ");
    },
    output(value) {
      const all = visibleText(value).trimEnd().split("\n");
      const kept = all.slice(0, budget.lines).map((line) => cut(line, Math.ceil(budget.text / 4)));
      const block = fenced(kept.join("\n"));
      if (all.length <= budget.lines) return block;
      shortened = true;
      return `${block}\n… ${all.length - budget.lines} more lines${elsewhere}`;
    },
    items(values, most = budget.items) {
      const count = Math.min(most, budget.items);
      if (values.length <= count) return { shown: values, more: null };
      shortened = true;
      return { shown: values.slice(0, count), more: `… and ${values.length - count} more${elsewhere}` };
    },
  };
}
