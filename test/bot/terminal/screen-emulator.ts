import { Writable } from "node:stream";
import stringWidth from "string-width";

/** What a person would see: understands the few sequences that readline and our screen write. */
export class ScreenEmulator extends Writable {
  readonly columns: number;
  readonly isTTY = true;
  #rows: string[][] = [[]];
  #row = 0;
  #column = 0;

  constructor(columns = 80) {
    super({ decodeStrings: false });
    this.columns = columns;
  }

  get lines(): string[] {
    return this.#rows.map((row) => Array.from(row, (cell) => cell ?? " ").join("").trimEnd()); // prettier-ignore
  }

  get text(): string {
    return this.lines.join("\n");
  }

  /** Where the cursor stands: the text before it on its line. */
  get beforeCursor(): string {
    return Array.from(this.#rows[this.#row]?.slice(0, this.#column) ?? [], (cell) => cell ?? " ").join("");
  }

  override _write(chunk: string | Buffer, _encoding: BufferEncoding, done: () => void): void {
    let rest = chunk.toString();
    while (rest !== "") {
      // oxlint-disable-next-line eslint/no-control-regex -- ANSI sequences start with ESC
      const sequence = /^\u001b\[([\d;]*)([A-Za-z])/.exec(rest);
      if (sequence !== null) {
        this.#control(sequence[2] ?? "", Number(sequence[1] || 1), sequence[1] ?? "");
        rest = rest.slice(sequence[0].length);
        continue;
      }
      const character = String.fromCodePoint(rest.codePointAt(0) ?? 0);
      this.#put(character);
      rest = rest.slice(character.length);
    }
    done();
  }

  #put(character: string): void {
    if (character === "\r") this.#column = 0;
    else if (character === "\n") this.#down(true);
    else {
      if (this.#column >= this.columns) this.#down(true);
      const row = this.#rows[this.#row] ?? [];
      row[this.#column] = character;
      this.#rows[this.#row] = row;
      this.#column += Math.max(1, stringWidth(character));
    }
  }

  #down(toStart: boolean): void {
    this.#row += 1;
    this.#rows[this.#row] ??= [];
    if (toStart) this.#column = 0;
  }

  #control(letter: string, count: number, raw: string): void {
    if (letter === "A") {
      if (count > this.#row) throw new Error("the cursor left the screen at the top");
      this.#row -= count;
    } else if (letter === "B") for (let step = 0; step < count; step += 1) this.#down(false);
    else if (letter === "C") this.#column += count;
    else if (letter === "D") this.#column = Math.max(0, this.#column - count);
    else if (letter === "G") this.#column = count - 1;
    else if (letter === "J" && raw !== "2") {
      this.#rows.length = this.#row + 1;
      this.#rows[this.#row]?.splice(this.#column);
    } else if (letter === "K") this.#rows[this.#row]?.splice(this.#column);
  }
}
