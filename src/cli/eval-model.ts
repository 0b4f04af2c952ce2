import type { Config } from "../config.ts";
import type { Database } from "../db/database.ts";
import { AppError } from "../errors.ts";
import { silentLogger } from "../logger.ts";
import { createBuiltInEmbedder } from "../mapping/built-in-embedder.ts";
import { embedderSources } from "../mapping/embedder-sources.ts";
import { createLateEmbedder } from "../mapping/late-embedder.ts";
import { plannerSettingsSchema } from "../model-settings.ts";
import { createFallbackPlanner } from "../planner/model/fallback-planner.ts";
import { createModelFinder } from "../planner/model/find-model.ts";
import type { LanguageModel } from "../planner/model/language-model.ts";
import { createModelTiers } from "../planner/model/model-tiers.ts";
import { offeredPlaybooks } from "../planner/model/offered-playbooks.ts";
import type { CommandIo } from "./command.ts";
import { evaluateSet, type EvaluateSetOptions, type Prediction } from "./eval-set.ts";

/** The model of the Ollama at OLLAMA_HOST, or the one that was named. Undefined: none is set; told where it was expected. */
export async function modelToEvaluate(
  config: Pick<Config, "models" | "settings">,
  named: string | undefined,
  io: Pick<CommandIo, "err">,
): Promise<LanguageModel | undefined> {
  const set = config.models;
  if (set === undefined || (named === undefined && !(set.hostIsNamed && set.useLocal))) return undefined;
  const finder = createModelFinder({
    models: { ...set, useLocal: true, hostIsNamed: true, model: named ?? set.model },
    planner: config.settings.planner ?? plannerSettingsSchema.parse({}),
    restOf: async () => ({ failures: 0, reason: "", secondsLeft: 0 }),
    say: () => undefined,
    logger: silentLogger(),
  });
  const { model, told } = await finder.model();
  if (model !== undefined) return model;
  if (named !== undefined) throw new AppError("model-missing", told ?? "there is no model", { help: "`--model none` leaves it out." });
  io.err(`Without a model: ${told ?? "there is none"}\n`);
  return undefined;
}

export interface ModelEvaluation {
  readonly predictions: readonly Prediction[];
  /** What became of its replies, for a person. */
  readonly summary: string;
}

/** The same set with the language model, and with the embedder that Chiffon would use here. No external model is asked. */
export async function evaluateWithModel(
  model: LanguageModel,
  config: Pick<Config, "embedder" | "settings">,
  options: Omit<EvaluateSetOptions, "read">,
  io: CommandIo,
): Promise<ModelEvaluation> {
  const { database } = options;
  const settings = config.settings.planner ?? plannerSettingsSchema.parse({});
  const embedder = createLateEmbedder({
    sources: config.embedder === undefined ? [] : embedderSources(config.embedder),
    builtIn: createBuiltInEmbedder(),
    notice: (text) => io.err(`${text}\n`),
  });
  const logger = silentLogger();
  const tiers = createModelTiers({
    database,
    logger,
    localModel: async () => ({ model, told: null }),
    external: undefined,
    localMs: settings.local_seconds * 1_000,
    externalMs: 0,
    signal: io.signal,
  });
  const planner = createFallbackPlanner({ database, logger, tiers });
  let done = 0;
  const predictions = await evaluateSet({
    ...options,
    embedder,
    async read(text, { decomposer, inventory, catalog, mapper, index }) {
      if (done > 0 && done % 50 === 0) io.err(`${done} requests …\n`);
      done += 1;
      const byRules = await decomposer.decompose(text);
      const { decomposition } = await planner.read({
        requestId: null,
        person: "eval",
        text,
        byRules,
        rules: decomposer,
        inventory,
        gather: async () => ({ playbooks: await offeredPlaybooks({ mapper, index, embedder }, text, byRules, catalog), earlier: [] }),
      });
      // What the model's reading leaves open is asked about, whatever the mapping says.
      return { ...decomposition, isAsked: decomposition.ambiguities.some((part) => !byRules.ambiguities.includes(part)) };
    },
  });
  return { predictions, summary: `${await repliesOf(database)}; embedder ${embedder.name}` };
}

async function repliesOf(database: Database): Promise<string> {
  const rows = await database.query<{ outcome: string; code: string | null; count: number; tokens: number }>(
    `select outcome, code, count(*)::int as count, sum(input_tokens + output_tokens)::int as tokens from planner_decision
     where tier = 'local' group by 1, 2 order by 3 desc, 2`,
  );
  const tokens = rows.reduce((sum, row) => sum + Number(row.tokens), 0);
  const parts = rows.map(({ outcome, code, count }) => `${count} ${outcome === "planned" ? "read" : `${outcome} (${code ?? ""})`}`);
  return `requests: ${parts.join(", ") || "none was sent"}; ${tokens} tokens`;
}
