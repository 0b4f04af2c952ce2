import { closeSync, openSync, readSync } from "node:fs";
import type { NumberedEvent } from "../work-source.ts";
import { ansibleEventSchema, type AnsibleEvent } from "./ansible-events.ts";

const chunkBytes = 256 * 1024;
const lineLimitBytes = 1024 * 1024;
/** What PostgreSQL cannot store (NUL) and what is no text (half a surrogate pair). */
const unstorable = /\\u(?:0000|d[89a-f])/i;

/** A batch is held several times until it is stored, as text and as data. */
const batchBytes = 1024 * 1024;

export interface SpoolReader {
  /** The next complete lines, at most `limit` and about a megabyte; empty when there is nothing new. A line that is no event still has its number. */
  read(limit: number): readonly NumberedEvent[];
  /** The last read stopped because it had enough: there may be more. */
  readonly full: boolean;
  close(): void;
}

/** Reads events.jsonl while it grows. Memory stays below a chunk and one line, however long the lines are. */
export function openSpool(path: string): SpoolReader {
  let file: number | null = null;
  let position = 0;
  let number = 0;
  let rest = Buffer.alloc(0);
  let skipping = false;
  let full = false;
  const chunk = Buffer.alloc(chunkBytes);

  return {
    get full() {
      return full;
    },
    read(limit) {
      const events: NumberedEvent[] = [];
      let bytes = 0;
      full = false;
      file ??= tryOpen(path);
      if (file === null) return events;
      while (!full) {
        const end = rest.indexOf(10);
        if (end !== -1) {
          number += 1;
          bytes += end;
          events.push({ number, event: skipping ? unreadable("an event was too long and was left out") : parse(rest.subarray(0, end)) });
          skipping = false;
          rest = rest.subarray(end + 1);
          full = events.length >= limit || bytes >= batchBytes;
          continue;
        }
        if (rest.length > lineLimitBytes) {
          skipping = true;
          rest = Buffer.alloc(0);
        }
        const length = readSync(file, chunk, 0, chunk.length, position);
        if (length === 0) break;
        position += length;
        rest = Buffer.concat([rest, chunk.subarray(0, length)]);
      }
      return events;
    },
    close() {
      if (file !== null) closeSync(file);
      file = null;
    },
  };
}

function parse(line: Buffer): AnsibleEvent {
  const text = line.toString("utf8");
  try {
    const value: unknown = JSON.parse(text);
    const parsed = ansibleEventSchema.safeParse(unstorable.test(text) ? storable(value) : value);
    if (parsed.success) return parsed.data;
  } catch {
    // Told below.
  }
  return unreadable("an event could not be read");
}

function storable(value: unknown): unknown {
  if (typeof value === "string") return value.toWellFormed().replaceAll("\0", "\uFFFD");
  if (Array.isArray(value)) return value.map(storable);
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [String(storable(key)), storable(inner)]));
  }
  return value;
}

function unreadable(message: string): AnsibleEvent {
  return { kind: "warning", at: Date.now(), message };
}

function tryOpen(path: string): number | null {
  try {
    return openSync(path, "r");
  } catch {
    return null;
  }
}
