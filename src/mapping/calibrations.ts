import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Calibration } from "./embedder.ts";

const weight = z.number();
const fileSchema = z.record(
  z.string(),
  z.object({ bias: weight, similarity: weight, margin: weight, explained: weight, purpose: weight, lead: weight, verb: weight }),
);

let read: Readonly<Record<string, Calibration>> | undefined;

/** Measured by training/calibrate.ts for this embedder and version. One that nobody measured is never sure of anything. */
export function calibrationOfEmbedder(name: string, version: string): Calibration {
  read ??= fileSchema.parse(JSON.parse(readFileSync(join(import.meta.dirname, "calibrations.json"), "utf8")));
  return read[`${name}/${version}`] ?? neverSure;
}

const neverSure: Calibration = { bias: -3, similarity: 2, margin: 1, explained: 0, purpose: 0, lead: 0, verb: 0 };
