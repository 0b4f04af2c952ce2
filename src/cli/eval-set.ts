import { z } from "zod";
import type { Database } from "../db/database.ts";
import { createBuiltInEmbedder } from "../mapping/built-in-embedder.ts";
import { catalogFromFile } from "../mapping/catalog-file.ts";
import type { Embedder } from "../mapping/embedder.ts";
import { inventoryNames, type InventoryNames } from "../mapping/inventory-names.ts";
import type { LearnedMappings } from "../mapping/learned-mappings.ts";
import { createPlaybookIndex, type PlaybookIndex } from "../mapping/playbook-index.ts";
import type { PlaybookCatalog } from "../mapping/playbook.ts";
import { createTaskMapper, type TaskMapper, type TaskMapperDeps } from "../mapping/task-mapper.ts";
import { separateSteps } from "../orchestrator/separate-steps.ts";
import type { Decomposer } from "../planner/decomposer.ts";
import type { Decomposition } from "../planner/decomposition.ts";
import { fillParameters } from "../planner/values/fill-parameters.ts";
import { dryRunValues, proposedValues, withProposal } from "../planner/proposal.ts";
import { createRulePlanner } from "../planner/rule-planner.ts";
import { createVocabulary } from "../planner/vocabulary.ts";
import { readAnyJson, readJson, readJsonLines } from "./eval-files.ts";

export interface EvaluateSetOptions {
  readonly catalogFile: string;
  readonly inventoryFile: string;
  readonly requestsFile: string;
  readonly database: Database;
  readonly embedder?: Embedder;
  readonly without?: TaskMapperDeps["without"];
  readonly observe?: TaskMapperDeps["observe"];
  /** What people confirmed. */
  readonly learned?: LearnedMappings;
  /** Reads the steps; the rules when absent. */
  readonly read?: (text: string, repo: SetToRead) => Promise<Pick<Decomposition, "steps" | "previewOnly"> & { readonly isAsked: boolean }>;
  /** Filled with the words of each predicted step. */
  readonly intents?: Map<PredictedStep, string>;
}

/** A set's repo, as a reader of its requests needs it. */
export interface SetToRead {
  readonly decomposer: Decomposer;
  readonly inventory: InventoryNames;
  readonly catalog: PlaybookCatalog;
  readonly mapper: TaskMapper;
  readonly index: PlaybookIndex;
}

export interface Prediction {
  readonly id: string;
  readonly steps: readonly PredictedStep[];
}

export interface PredictedStep {
  readonly playbook: string | null;
  readonly confidence: number;
  readonly candidates: readonly string[];
  readonly params: Readonly<Record<string, unknown>>;
  readonly hosts: readonly string[];
}

/** All that a prediction may see of a request. Labels in the file are dropped here. */
const requestSchema = z.object({ id: z.string(), text: z.string() });
export const inventorySchema = z.object({ groups: z.record(z.string(), z.array(z.string())) });

/** Decomposes and maps every request of an evaluation set, from `id` and `text` alone. */
export async function evaluateSet(options: EvaluateSetOptions): Promise<Prediction[]> {
  const catalog = catalogFromFile(await readAnyJson(options.catalogFile));
  const inventory = inventoryNames((await readJson(options.inventoryFile, inventorySchema)).groups);
  const requests = await readJsonLines(options.requestsFile, requestSchema);
  const vocabulary = createVocabulary(catalog);
  const planner = createRulePlanner({ inventory, vocabulary });
  const embedder = options.embedder ?? createBuiltInEmbedder();
  const index = createPlaybookIndex({ database: options.database, embedder, repo: `file:${options.catalogFile}` });
  const mapper = createTaskMapper({
    index,
    embedder,
    ...(options.without === undefined ? {} : { without: options.without }),
    ...(options.observe === undefined ? {} : { observe: options.observe }),
    ...(options.learned === undefined ? {} : { learned: options.learned }),
  });
  const read = options.read ?? (async (text) => ({ ...(await planner.decompose(text)), isAsked: false }));
  const repo: SetToRead = { decomposer: planner, inventory, catalog, mapper, index };
  const byId = new Map(catalog.playbooks.map((playbook) => [playbook.id, playbook]));
  const predictions: Prediction[] = [];
  for (const request of requests) {
    const steps: PredictedStep[] = [];
    const reading = await read(request.text, repo);
    for (const step of await separateSteps(reading.steps, { catalog, inventory, vocabulary }, mapper)) {
      const mapping = withProposal(await mapper.map(step, catalog), step, catalog);
      const candidates = mapping.candidates.map((candidate) => candidate.playbook);
      const guess = mapping.playbook ?? candidates[0] ?? null;
      const playbook = guess === null ? undefined : byId.get(guess);
      const fill = { vocabulary, hosts: inventory.hosts };
      const guessed = { ...mapping, playbook: guess };
      const given = { ...dryRunValues(reading.previewOnly, guessed, catalog), ...proposedValues(step, guessed, catalog, fill) };
      const params = playbook === undefined ? {} : fillParameters(step, playbook, { ...fill, given }).variables;
      // A host that nobody knows stops a step whatever the mapping says, and so does what is asked about.
      const stops = step.unknownHosts.length > 0 || reading.isAsked;
      const confidence = stops ? Math.min(mapping.confidence, 0.5) : mapping.confidence;
      const predicted: PredictedStep = { playbook: guess, confidence, candidates, params, hosts: step.hosts };
      options.intents?.set(predicted, step.intent);
      steps.push(predicted);
    }
    predictions.push({ id: request.id, steps });
  }
  return predictions;
}

export function predictionLines(predictions: readonly Prediction[]): string {
  return predictions.map((prediction) => `${JSON.stringify(prediction)}\n`).join("");
}
