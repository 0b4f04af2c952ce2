import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Database } from "../db/database.ts";
import { migrate } from "../db/migrate.ts";
import { AppError, exitCodes, messageOf, type ExitCode } from "../errors.ts";
import type { CommandApp, CommandIo } from "./command.ts";
import { catalogFromFile } from "../mapping/catalog-file.ts";
import { createLearnedMappings } from "../mapping/learned-mappings.ts";
import { readAnyJson, readJson } from "./eval-files.ts";
import { readLabels } from "./eval-labels.ts";
import { teachCorrections } from "./eval-learning.ts";
import { evaluateWithModel, modelToEvaluate } from "./eval-model.ts";
import { variantsOf } from "./eval-parts.ts";
import { scorePredictions, type ScoreReport } from "./eval-score.ts";
import { evaluateSet, inventorySchema, type PredictedStep, type Prediction, predictionLines } from "./eval-set.ts";
import { comparisonTable, scoreTable } from "./eval-table.ts";
import { parseArguments, textOf, usageError } from "./parse-arguments.ts";

/** `chiffon eval`: predictions of a set, and how well its labels were met. */
export async function runEvaluation(args: readonly string[], io: CommandIo, app: CommandApp): Promise<ExitCode> {
  const { values } = parseArguments(args, {
    catalog: { type: "string" },
    inventory: { type: "string" },
    requests: { type: "string" },
    out: { type: "string" },
    score: { type: "boolean" },
    threshold: { type: "string" },
    only: { type: "string" },
    learn: { type: "string" },
    model: { type: "string" },
    "model-out": { type: "string" },
  });
  const file = (name: string): string => {
    const value = textOf(values[name]);
    if (value === undefined) throw usageError(`eval needs --${name} FILE`);
    return resolve(io.cwd, value);
  };
  const files = { catalogFile: file("catalog"), inventoryFile: file("inventory"), requestsFile: file("requests") };
  const isScored = values["score"] === true;
  const out = isScored && values["out"] === undefined ? undefined : file("out");
  const threshold = thresholdOf(textOf(values["threshold"]));
  if (threshold !== undefined && !isScored) throw usageError("--threshold is for --score");
  const variants = variantsOf(textOf(values["only"]));
  const corrections = countOf(textOf(values["learn"]));
  if ((variants.length > 0 || corrections > 0) && !isScored) throw usageError("--only and --learn are for --score");
  const modelOut = textOf(values["model-out"]) === undefined ? undefined : file("model-out");
  // Read first: a set without labels is said at once, not after the work, and so is a model that is not there.
  const labels = isScored ? await readLabels(files.requestsFile) : [];
  const { groups } = await readJson(files.inventoryFile, inventorySchema);
  const named = textOf(values["model"]);
  const model = named === "none" ? undefined : await modelToEvaluate(app.config, named, io);
  const scored = (some: readonly Prediction[]): ScoreReport =>
    scorePredictions(labels, some, { groups, ...(threshold === undefined ? {} : { threshold }) });
  const show = (text: string): void => (isScored ? io.out(text) : undefined);
  const started = performance.now();
  io.err("Preparing a database in memory …\n");
  const compared = new Map<string, readonly Prediction[]>();
  await inMemory(async (database) => {
    const intents = new Map<PredictedStep, string>();
    const predictions = await evaluateSet({ ...files, database, intents });
    compared.set("all", predictions);
    if (out !== undefined) await writePredictions(out, predictions);
    const written = out === undefined ? "" : `, written to ${out}`;
    io.err(`${predictions.length} requests in ${((performance.now() - started) / 1_000).toFixed(1)} s${written}\n`);
    show(scoreTable(scored(predictions)));
    for (const { name, without } of variants) compared.set(name, await evaluateSet({ ...files, database, without }));
    if (corrections > 0) {
      const learned = createLearnedMappings({ database, repo: "eval" });
      const catalog = catalogFromFile(await readAnyJson(files.catalogFile));
      const lessons = await teachCorrections({ learned, catalog, labels, predictions, intents }, corrections);
      compared.set("taught", await evaluateSet({ ...files, database, learned }));
      show(`\n${lessons.taught} corrections were confirmed, in ${lessons.requests.size} requests\n`);
    }
    if (model !== undefined) {
      // Last: it may take long, and what was measured before it stands already.
      io.err(`Once more with ${model.model} …\n`);
      const { predictions: byModel, summary } = await evaluateWithModel(model, app.config, { ...files, database }, io);
      compared.set(model.model, byModel);
      if (modelOut !== undefined) await writePredictions(modelOut, byModel);
      show(`\nWith ${model.model} (${summary})\n\n${scoreTable(scored(byModel))}`);
    }
  });
  if (compared.size > 1) show(`\n${comparisonTable(new Map([...compared].map(([name, some]) => [name, scored(some)])))}`);
  return exitCodes.ok;
}

async function writePredictions(file: string, predictions: readonly Prediction[]): Promise<void> {
  await writeFile(file, predictionLines(predictions)).catch((error: unknown) => {
    throw new AppError("out-not-writable", `${file} cannot be written: ${messageOf(error)}`, { help: "Name another file." });
  });
}

async function inMemory<T>(use: (database: Database) => Promise<T>): Promise<T> {
  // Loaded here: every other command would pay for it too.
  const { openPglite } = await import("../db/pglite.ts");
  const database = await openPglite();
  try {
    await migrate(database);
    return await use(database);
  } finally {
    await database.close();
  }
}

function countOf(text: string | undefined): number {
  if (text === undefined) return 0;
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > 10_000) throw usageError("--learn takes a whole number from 1 to 10000");
  return count;
}

function thresholdOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const threshold = Number(text);
  if (text.trim() === "" || !(threshold >= 0 && threshold <= 1)) throw usageError("--threshold takes a number from 0 to 1");
  return threshold;
}
