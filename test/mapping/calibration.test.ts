import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createBuiltInEmbedder } from "../../src/mapping/built-in-embedder.ts";
import { calibrationOfEmbedder } from "../../src/mapping/calibrations.ts";
import { calibrated, type Calibration, type CalibrationEvidence, evidenceNames } from "../../src/mapping/embedder.ts";
import { acceptThreshold } from "../../src/mapping/mapping.ts";
import { calibrate } from "../../training/calibrate.ts";

test("the stored calibration is what training/calibrate.ts makes, and it holds for services that it has not seen", { timeout: 240_000 }, async () => {
  const embedder = createBuiltInEmbedder();
  const stored = JSON.parse(readFileSync(join(import.meta.dirname, "../../src/mapping/calibrations.json"), "utf8")) as Record<string, Calibration>;
  const { calibration, quality } = await calibrate(embedder);
  // A rule of the planner more or less moves it a little; what moves it further asks for a new one.
  const known = stored[`${embedder.name}/${embedder.version}`];
  for (const name of evidenceNames) expect(Math.abs((known?.[name] ?? 0) - calibration[name])).toBeLessThan(0.3);
  expect(Math.abs((known?.bias ?? 0) - calibration.bias)).toBeLessThan(0.3);
  expect(quality.calibrationError).toBeLessThan(0.06);
  expect(quality.precision).toBeGreaterThan(0.9);
}); // prettier-ignore

test("an embedder that nobody measured is never sure", () => {
  const most = Object.fromEntries(evidenceNames.map((name) => [name, 1])) as Record<keyof CalibrationEvidence, number>;
  expect(calibrated(calibrationOfEmbedder("unheard-of", "1"), most)).toBeLessThan(acceptThreshold);
});
