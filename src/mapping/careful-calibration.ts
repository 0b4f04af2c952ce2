import { calibrationOfEmbedder } from "./calibrations.ts";
import { type Calibration, type CalibrationEvidence, evidenceNames } from "./embedder.ts";

/** What depends on the model's similarities; all else is said by the words themselves. */
const byLikeness: Readonly<Partial<Record<keyof CalibrationEvidence, number>>> = { similarity: 2, margin: 1, nearness: 0 };

/**
 * For a model that nobody measured: its similarities may mean anything. A likeness alone stays far below 0.85, however great it and its lead
 * are; the words themselves have to say most of it.
 */
export const carefulCalibration: Calibration = (() => {
  const weightOf = (name: keyof CalibrationEvidence): number =>
    byLikeness[name] ?? 5 / (evidenceNames.length - Object.keys(byLikeness).length);
  const weights = Object.fromEntries(evidenceNames.map((name) => [name, weightOf(name)])) as Record<keyof CalibrationEvidence, number>;
  return { bias: -4.5, ...weights };
})();

/** What was measured with this version of this embedder, here or by the authors; else the careful one. */
export function calibrationOf(name: string, version: string, measured?: Calibration): Calibration {
  if (measured !== undefined) return measured;
  const known = calibrationOfEmbedder(name, version);
  // What nobody measured gets one and the same calibration there.
  return known === calibrationOfEmbedder("", "") ? carefulCalibration : known;
}
