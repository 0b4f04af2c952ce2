import { writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { version } from "../src/config.ts";
import { messageOf } from "../src/errors.ts";
import { againstRunner } from "./against-runner.ts";
import { approvalToStart } from "./approval-to-start.ts";
import { bigOutput } from "./big-output.ts";
import { callbackCost } from "./callback-cost.ts";
import { chatLoad } from "./chat-load.ts";
import { NotPossible, type Comparison, type Measured } from "./comparison.ts";
import { eventLoop } from "./event-loop.ts";
import { eventStore } from "./event-store.ts";
import { lint } from "./lint.ts";
import { mappingLatency } from "./mapping-latency.ts";
import { planLatency } from "./plan-latency.ts";
import { previewAccuracy } from "./preview-accuracy.ts";
import { tableOf } from "./report.ts";
import { runOverhead } from "./run-overhead.ts";
import { startUp } from "./start-up.ts";
import { warmRun } from "./warm-run.ts";

const comparisons: readonly Comparison[] = [
  runOverhead,
  warmRun,
  againstRunner,
  planLatency,
  mappingLatency,
  approvalToStart,
  startUp,
  eventLoop,
  eventStore,
  callbackCost,
  previewAccuracy,
  bigOutput,
  chatLoad,
  lint,
];

const help = `npm run bench -- [NAME …] [--runs N] [--quick] [--json FILE]

Measures Chiffon beside what it stands on. Without a name: everything, one after the other.

${comparisons.map((one) => `  ${one.name.padEnd(18)} ${one.title} (${one.runs} rounds)`).join("\n")}

  --runs N      measured rounds, in place of the numbers above
  --quick       two rounds of the cheap cases: shows that it works, tells little
  --json FILE   the figures as one JSON document; "-" is standard output, then there is no table
  --strict      exit code 1 when an aim is missed
`;

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  let parsed;
  try {
    parsed = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        runs: { type: "string" },
        quick: { type: "boolean", default: false },
        json: { type: "string" },
        strict: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
  } catch (error) {
    return wrong(messageOf(error));
  }
  const { values, positionals } = parsed;
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const unknown = positionals.find((name) => !comparisons.some((one) => one.name === name));
  if (unknown !== undefined) return wrong(`there is no comparison "${unknown}"`);
  const rounds = values.runs === undefined ? null : Number(values.runs);
  if (rounds !== null && (!Number.isInteger(rounds) || rounds < 1 || rounds > 10_000))
    return wrong("--runs takes a whole number from 1 to 10000");

  const onlyJson = values.json === "-";
  const chosen = comparisons.filter((one) => positionals.length === 0 || positionals.includes(one.name));
  const results: ({ readonly name: string; readonly title: string } & (Measured | { readonly notPossible: string }))[] = [];
  const at = new Date().toISOString();
  const loadBefore = loadavg();
  for (const { name, title, runs, measure } of chosen) {
    process.stderr.write(`${name} …\n`);
    try {
      const measured = await measure({
        runs: rounds ?? (values.quick ? 2 : runs),
        quick: values.quick,
        say: (text) => process.stderr.write(`  ${text}\n`),
      });
      results.push({ name, title, ...measured });
      if (!onlyJson) process.stdout.write(`\n${tableOf(`${name}: ${title}`, measured)}`);
    } catch (error) {
      if (!(error instanceof NotPossible)) throw error;
      results.push({ name, title, notPossible: error.message });
      if (!onlyJson) process.stdout.write(`\n${name}: not measured, ${error.message}\n`);
    }
  }
  const document = {
    format: "chiffon-bench/1",
    chiffon: version,
    at,
    quick: values.quick,
    node: process.version,
    cpus: cpus().length,
    cpu: cpus()[0]?.model ?? "",
    loadBefore,
    loadAfter: loadavg(),
    comparisons: results,
  };
  const text = `${JSON.stringify(document, null, 2)}\n`;
  if (onlyJson) process.stdout.write(text);
  else if (values.json !== undefined) writeFileSync(values.json, text);
  const missed = results.some((one) => "rows" in one && one.rows.some((row) => row.aim?.met === false));
  return values.strict && missed ? 1 : 0;
}

function wrong(message: string): number {
  process.stderr.write(`bench: ${message}\n\n${help}`);
  return 2;
}
