// The folder rules of .dependency-cruiser.mjs, with a guard: a checker that read fewer files than there are has checked nothing
// (with a TypeScript that has no JavaScript API it reads none, and says all is well).
import { execFileSync, spawnSync } from "node:child_process";

const sources = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "--deduplicate", "src/*.ts"], {
  encoding: "utf8",
})
  .split("\n")
  .filter((file) => file !== "");
const deleted = execFileSync("git", ["ls-files", "--deleted", "src/*.ts"], { encoding: "utf8" }).split("\n");
const expected = sources.filter((file) => !deleted.includes(file));

const cruise = spawnSync("depcruise", ["src", "--config", ".dependency-cruiser.mjs", "--output-type", "json"], {
  encoding: "utf8",
  maxBuffer: 1024 * 1024 * 1024,
});
if (!cruise.stdout.trimStart().startsWith("{")) {
  console.error(cruise.error?.message ?? cruise.stderr + cruise.stdout);
  process.exit(1);
}

/** @type {import("dependency-cruiser").ICruiseResult} */
const result = JSON.parse(cruise.stdout);
const problems = result.summary.violations.map(
  ({ rule, from, to, cycle, comment }) =>
    `${rule.name}: ${cycle ? [from, ...cycle.map((step) => step.name)].join(" -> ") : from === to ? from : `${from} -> ${to}`}${comment ? ` (${comment})` : ""}`,
);

const seen = new Set(result.modules.map((module) => module.source));
const unseen = expected.filter((file) => !seen.has(file));
if (unseen.length > 0)
  problems.push(`saw only ${expected.length - unseen.length} of ${expected.length} modules, not: ${unseen.slice(0, 5).join(" ")}`);

for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exit(1);
console.log(`${expected.length} modules`);
