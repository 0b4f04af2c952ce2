import type { Config } from "../config.ts";
import type { Database } from "../db/database.ts";
import type { Logger } from "../logger.ts";
import type { InventoryNames } from "../mapping/inventory-names.ts";
import type { PlaybookCatalog } from "../mapping/playbook.ts";
import { plannerSettingsSchema } from "../model-settings.ts";
import { createReadChange } from "../orchestrator/read-change.ts";
import { createReadRequest } from "../orchestrator/read-request.ts";
import type { Decomposer } from "../planner/decomposer.ts";
import { createExternalModel } from "../planner/model/external-model.ts";
import { createFallbackPlanner } from "../planner/model/fallback-planner.ts";
import { createModelFinder, type ModelFinder } from "../planner/model/find-model.ts";
import { restOf } from "../planner/model/model-rest.ts";
import { createModelTiers } from "../planner/model/model-tiers.ts";
import { createQuota } from "../planner/model/quota.ts";
import { createRulePlanner } from "../planner/rule-planner.ts";
import { createVocabulary, type Vocabulary } from "../planner/vocabulary.ts";
import type { SearchParts } from "./search-parts.ts";

export interface PlannerPartsDeps {
  readonly config: Config;
  readonly database: Database;
  readonly logger: Logger;
  readonly search: Pick<SearchParts, "mapper" | "index" | "embedder">;
  readonly say: (text: string) => void;
  readonly signal: AbortSignal;
}

/** What reads sentences: rules always, a language model where there is one. */
export interface PlannerParts {
  readonly models: ModelFinder;
  readonly vocabulary: (playbooks: PlaybookCatalog) => Vocabulary;
  readonly decomposerFor: (known: InventoryNames, playbooks: PlaybookCatalog) => Decomposer;
  readonly readRequest: ReturnType<typeof createReadRequest>;
  readonly readChange: ReturnType<typeof createReadChange>;
}

/** Who reads a request, in the order of the tiers. */
export function createPlannerParts({ config, database, logger, search, say, signal }: PlannerPartsDeps): PlannerParts {
  const vocabularies = new WeakMap<PlaybookCatalog, Vocabulary>();
  const vocabulary = (playbooks: PlaybookCatalog): Vocabulary => {
    const made = vocabularies.get(playbooks) ?? createVocabulary(playbooks);
    vocabularies.set(playbooks, made);
    return made;
  };
  const planner = config.settings.planner ?? plannerSettingsSchema.parse({});
  const { external } = planner;
  const models = createModelFinder({ models: config.models, planner, restOf: (model) => restOf(database, model), say, logger });
  const tiers = createModelTiers({
    database,
    logger,
    localModel: () => models.model(),
    external:
      external === undefined
        ? undefined
        : {
            model: createExternalModel({
              settings: external,
              key: config.models?.externalKey,
              contextTokens: planner.context_tokens,
              stallMs: planner.stall_seconds * 1000,
            }),
            quota: createQuota(database, external),
          },
    localMs: planner.local_seconds * 1000,
    externalMs: planner.external_seconds * 1000,
    signal,
  });
  return {
    models,
    vocabulary,
    decomposerFor: (known, playbooks) => createRulePlanner({ inventory: known, vocabulary: vocabulary(playbooks) }),
    readRequest: createReadRequest({ database, ...search, planner: createFallbackPlanner({ database, logger, tiers }) }),
    readChange: createReadChange({ ...search, tiers }),
  };
}
