// Prints `N passed, N failed, N skipped` from vitest's JSON report; fails where the report is missing or nothing ran.
import { readFileSync } from "node:fs";

/** @type {{ numPassedTests: number, numFailedTests: number, numPendingTests: number, numTodoTests: number, testResults: { status: string, assertionResults: { status: string }[] }[] } | undefined} */
let report;
try {
  report = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8"));
} catch {
  console.error("the test runner left no report");
}
// A file that fails before its first test (a broken import) has no failed test: it counts as one.
const broken =
  report?.testResults.filter((file) => file.status === "failed" && !file.assertionResults.some((test) => test.status === "failed"))
    .length ?? 1;
const passed = report?.numPassedTests ?? 0;
const failed = (report?.numFailedTests ?? 0) + broken;
const skipped = (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0);
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
