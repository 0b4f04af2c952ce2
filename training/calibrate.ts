// Makes src/mapping/calibrations.json: what a similarity of each embedder is worth. Run: node training/calibrate.ts.
// Same input, same output. Only training/data is read, never an evaluation set.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Database } from "../src/db/database.ts";
import { migrate } from "../src/db/migrate.ts";
import { openPglite } from "../src/db/pglite.ts";
import type { Evidence } from "../src/mapping/by-meaning.ts";
import { createBuiltInEmbedder } from "../src/mapping/built-in-embedder.ts";
import type { Calibration, Embedder } from "../src/mapping/embedder.ts";
import { inventoryNames } from "../src/mapping/inventory-names.ts";
import { acceptThreshold } from "../src/mapping/mapping.ts";
import { createPlaybookIndex } from "../src/mapping/playbook-index.ts";
import { createTaskMapper } from "../src/mapping/task-mapper.ts";
import { createRulePlanner } from "../src/planner/rule-planner.ts";
import { createVocabulary } from "../src/planner/vocabulary.ts";
import { crossValidate, type Example, fitLogistic, type Quality, qualityOf } from "./fit-logistic.ts";
import { readTrainingWorlds, type TrainingWorld } from "./training-set.ts";

const target = join(import.meta.dirname, "..", "src", "mapping", "calibrations.json");

export async function calibrate(embedder: Embedder): Promise<{ readonly calibration: Calibration; readonly quality: Quality; readonly count: number }> {
  const examples = await gatherExamples(embedder);
  const quality = qualityOf(crossValidate(examples, 8), acceptThreshold);
  return { calibration: fitLogistic(examples), quality, count: examples.length };
} // prettier-ignore

async function gatherExamples(embedder: Embedder): Promise<Example[]> {
  const database = await openPglite();
  try {
    await migrate(database);
    const examples: Example[] = [];
    for (const world of readTrainingWorlds()) examples.push(...(await examplesOf(world, embedder, database)));
    return examples;
  } finally {
    await database.close();
  }
}

async function examplesOf({ name, catalog, requests }: TrainingWorld, embedder: Embedder, database: Database): Promise<Example[]> {
  const planner = createRulePlanner({ inventory: inventoryNames({}), vocabulary: createVocabulary(catalog) });
  const seen: Evidence[] = [];
  const index = createPlaybookIndex({ database, embedder, repo: `training/${name}` });
  const mapper = createTaskMapper({ index, embedder, observe: (evidence) => seen.push(evidence) });
  const examples: Example[] = [];
  for (const request of requests) {
    const { steps } = await planner.decompose(request.text);
    // What was cut in two is the rule planner's matter, not the embedder's.
    for (const step of steps.length === 1 ? steps : []) {
      seen.length = 0;
      await mapper.map(step, catalog);
      // To choose between several is not right either: a person has to.
      for (const evidence of seen)
        examples.push({
          evidence,
          isRight: request.right.length === 1 && request.right[0] === evidence.playbook,
          group: `${name} ${request.right[0] ?? request.text}`,
        });
    }
  }
  await index.stored();
  return examples;
}

if (process.argv[1] === import.meta.filename) {
  const embedder = createBuiltInEmbedder();
  const { calibration, quality, count } = await calibrate(embedder);
  const known = JSON.parse(readFileSync(target, "utf8")) as Record<string, Calibration>;
  writeFileSync(target, `${JSON.stringify({ ...known, [`${embedder.name}/${embedder.version}`]: calibration }, null, 2)}\n`);
  const shown = (value: number): string => value.toFixed(3);
  process.stdout.write(
    `${embedder.name}/${embedder.version}: ${count} guesses; cross-validated over services: calibration error ${shown(quality.calibrationError)}, ` +
      `precision ${shown(quality.precision)} and recall ${shown(quality.recall)} at ${acceptThreshold}\n`,
  );
}
