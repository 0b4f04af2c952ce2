import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { type Calibration, evidenceNames } from "./embedder.ts";

// What was measured with other evidence counts as not measured.
const fileSchema = z.record(
  z.string(),
  z
    .record(z.enum(["bias", ...evidenceNames]), z.number())
    .optional()
    .catch(undefined),
);

let read: Readonly<Record<string, Calibration | undefined>> | undefined;

/** Measured by training/calibrate.ts for this embedder and version. One that nobody measured is never sure of anything. */
export function calibrationOfEmbedder(name: string, version: string): Calibration {
  read ??= fileSchema.parse(JSON.parse(readFileSync(join(import.meta.dirname, "calibrations.json"), "utf8")));
  return read[`${name}/${version}`] ?? neverSure;
}

const neverSure: Calibration = {
  bias: -3,
  similarity: 2,
  margin: 1,
  nearness: 0,
  words: 0,
  told: 0,
  unclaimed: 0,
  lead: 0,
  verb: 0,
  fit: 0,
  explained: 0,
  title: 0,
  act: 0,
  settings: 0,
  head: 0,
  whole: 0,
  ahead: 0,
};
