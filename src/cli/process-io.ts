import { fstatSync } from "node:fs";
import { createInterface } from "node:readline";
import type { CommandIo } from "./command.ts";

/** The part of `process` that commands use; tests bring their own. */
export type TerminalProcess = Pick<NodeJS.Process, "stdin" | "stdout" | "stderr" | "env" | "cwd" | "on" | "off">;

export interface ProcessIo extends CommandIo {
  close(): void;
}

/** Colours and prompts only on a terminal; Ctrl-C and SIGTERM abort the signal. */
export function processIo(process: TerminalProcess): ProcessIo {
  const isTTY = process.stdout.isTTY === true && process.stdin.isTTY === true;
  const interrupt = new AbortController();
  // A second one within a second is the same one, and later ones change nothing either.
  const onSignal = (signal: NodeJS.Signals): void => interrupt.abort(signal);
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  // Nobody reads any more (`chiffon runs | head`): no reason to fall over.
  const onPipe = (): void => undefined;
  process.stdout.on("error", onPipe);
  process.stderr.on("error", onPipe);
  let wroteOut = false;
  let reader: ReturnType<typeof lineReader> | undefined;

  return {
    out(text) {
      wroteOut = true;
      process.stdout.write(text);
    },
    err: (text) => void process.stderr.write(text),
    get wroteOut() {
      return wroteOut;
    },
    async readLine(prompt) {
      reader ??= lineReader(process.stdin, interrupt.signal);
      process.stderr.write(prompt);
      const line = await reader.next();
      if (line === null || !isTTY) process.stderr.write("\n");
      return line;
    },
    isTTY,
    hasInput: isPipeOrFile(process.stdin),
    colour: process.stdout.isTTY === true && process.env["NO_COLOR"] === undefined && process.env["TERM"] !== "dumb",
    columns: process.stdout.columns ?? 100,
    cwd: process.cwd(),
    signal: interrupt.signal,
    close() {
      reader?.close();
      process.off("SIGINT", onSignal);
      process.off("SIGTERM", onSignal);
    },
  };
}

/** `/dev/null` and a service manager's closed input are no conversation. */
function isPipeOrFile(input: NodeJS.ReadStream): boolean {
  try {
    const info = fstatSync((input as { readonly fd?: number }).fd ?? 0);
    return info.isFIFO() || info.isFile() || info.isSocket();
  } catch {
    return false;
  }
}

function lineReader(input: NodeJS.ReadStream, signal: AbortSignal): { next(): Promise<string | null>; close(): void } {
  const lines = createInterface({ input, terminal: false });
  const queue: string[] = [];
  const waiting: ((line: string | null) => void)[] = [];
  let ended = false;
  const end = (): void => {
    ended = true;
    while (waiting.length > 0) waiting.shift()?.(null);
  };
  lines.on("line", (line) => {
    const next = waiting.shift();
    if (next === undefined) queue.push(line);
    else next(line);
  });
  lines.on("close", end);
  signal.addEventListener("abort", end, { once: true });
  return {
    next() {
      const line = queue.shift();
      if (line !== undefined) return Promise.resolve(line);
      if (ended) return Promise.resolve(null);
      return new Promise((resolve) => waiting.push(resolve));
    },
    close() {
      lines.close();
      // A file (`</dev/null`) is no socket: nothing of it keeps the process, and it has no `unref`.
      if ("unref" in input) input.unref();
    },
  };
}
