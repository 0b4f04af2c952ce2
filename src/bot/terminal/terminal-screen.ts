import { clearScreenDown, createInterface, cursorTo, moveCursor, type Interface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import stringWidth from "string-width";

export interface TerminalScreenOptions {
  readonly input: Readable;
  readonly output: Writable;
  readonly isTTY: boolean;
  readonly onLine: (line: string) => void;
  readonly onInterrupt: () => void;
  readonly onEnd: () => void;
}

/**
 * The screen below what was printed: live lines that are rewritten, then the prompt with the line being typed.
 * On a TTY printed text goes above them and never destroys the typed line; in a pipe it is only written.
 */
export interface TerminalScreen {
  print(text: string): void;
  setLive(lines: readonly string[]): void;
  setPrompt(prompt: string): void;
  /** The text typed so far. */
  typed(): string;
  clearTyped(): void;
  close(): void;
}

export function createTerminalScreen(options: TerminalScreenOptions): TerminalScreen {
  const { input, output, isTTY } = options;
  const readline: Interface = createInterface(
    isTTY ? { input, output, terminal: true, prompt: "", historySize: 200 } : { input, terminal: false },
  );
  let live: readonly string[] = [];
  let liveShown = 0;
  let closed = false;

  readline.on("line", (line) => {
    if (isTTY) keepTypedLine(line);
    options.onLine(line);
  });
  readline.on("SIGINT", options.onInterrupt);
  readline.on("close", () => {
    if (closed) return;
    closed = true;
    options.onEnd();
  });

  /** Enter moved the cursor below the typed line. It becomes part of the text, what was live above it does not. */
  function keepTypedLine(line: string): void {
    const shown = readline.getPrompt() + line;
    if (liveShown > 0) {
      const columns = "columns" in output && typeof output.columns === "number" ? output.columns : 80;
      cursorTo(output, 0);
      moveCursor(output, 0, -(Math.floor(stringWidth(shown) / columns) + 1 + liveShown));
      clearScreenDown(output);
      output.write(`${shown}\n`);
    }
    liveShown = 0;
    Object.assign(readline, { prevRows: 0 });
  }

  /** Removes live lines and prompt, writes, and puts them back with the cursor where it was. */
  function redraw(text: string | null): void {
    if (!isTTY || closed) {
      if (text !== null) output.write(`${text}\n`);
      return;
    }
    cursorTo(output, 0);
    moveCursor(output, 0, -(readline.getCursorPos().rows + liveShown));
    clearScreenDown(output);
    if (text !== null) output.write(`${text}\n`);
    for (const line of live) output.write(`${line}\n`);
    liveShown = live.length;
    // readline believes its prompt is still where it was: tell it that the cursor stands on the first row.
    Object.assign(readline, { prevRows: 0 });
    readline.prompt(true);
  }

  return {
    print: (text) => redraw(text),
    setLive(lines) {
      if (lines.length === live.length && lines.every((line, index) => line === live[index]) && liveShown === live.length) return;
      live = lines;
      if (isTTY) redraw(null);
    },
    setPrompt(prompt) {
      if (!isTTY) return;
      readline.setPrompt(prompt);
      redraw(null);
    },
    typed: () => (isTTY ? readline.line : ""),
    clearTyped() {
      if (!isTTY) return;
      readline.write(null, { ctrl: true, name: "e" });
      readline.write(null, { ctrl: true, name: "u" });
    },
    close() {
      if (closed) return;
      live = [];
      if (isTTY) redraw(null);
      closed = true;
      readline.close();
    },
  };
}
