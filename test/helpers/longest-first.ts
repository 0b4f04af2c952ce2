import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Files and folders that take a minute where others take seconds: one of them begun last would keep one worker busy and the others waiting. */
const heavy = [
  "/test/e2e/",
  "/test/async/",
  "/test/bench/",
  "/test/agents/",
  "/test/mapping/calibration",
  "/render-card",
  "/test/orchestrator/",
];

/** On a machine that has not run the tests before, nothing else says how long a file takes. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => rank(a) - rank(b));
  }
}

function rank({ moduleId }: TestSpecification): number {
  const at = heavy.findIndex((folder) => moduleId.includes(folder));
  return at === -1 ? heavy.length : at;
}
