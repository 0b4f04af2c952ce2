import type { Config } from "../config.ts";
import type { Database } from "../db/database.ts";
import { messageOf } from "../errors.ts";
import type { Logger } from "../logger.ts";
import { readPromptAnswers } from "../agents/infra/prompt-answers.ts";
import { withAnsweredPrompts } from "../mapping/answered-prompts.ts";
import { createBuiltInEmbedder } from "../mapping/built-in-embedder.ts";
import { createCatalog, type Catalog } from "../mapping/catalog.ts";
import type { Embedder } from "../mapping/embedder.ts";
import { embedderSources } from "../mapping/embedder-sources.ts";
import { createLateEmbedder } from "../mapping/late-embedder.ts";
import { createLearnedMappings, type LearnedMappings } from "../mapping/learned-mappings.ts";
import { createPlaybookIndex, type PlaybookIndex } from "../mapping/playbook-index.ts";
import { createTaskMapper, type TaskMapper } from "../mapping/task-mapper.ts";

export interface SearchPartsDeps {
  readonly config: Config;
  readonly database: Database;
  readonly logger: Logger;
  /** The file of answers to prompts, where the settings name one. */
  readonly promptAnswers: string | undefined;
  readonly progress: ((text: string) => void) | undefined;
  readonly signal: AbortSignal;
}

/** What finds playbooks. */
export interface SearchParts {
  readonly catalog: Catalog;
  readonly embedder: Embedder;
  readonly index: PlaybookIndex;
  readonly learned: LearnedMappings;
  readonly mapper: TaskMapper;
}

/** The playbooks of the repo, and how a step finds its own. */
export function createSearchParts({ config, database, logger, promptAnswers, progress, signal }: SearchPartsDeps): SearchParts {
  const { repo } = config;
  const answeredNames = async (): Promise<string[]> =>
    Object.keys(
      await readPromptAnswers(promptAnswers).catch((error: unknown) => {
        logger.warn({ error: messageOf(error) }, "answers to prompts cannot be used");
        return {};
      }),
    );
  const catalog = withAnsweredPrompts(createCatalog({ database, repo, logger }), answeredNames);
  const embedder = createLateEmbedder({
    sources: config.embedder === undefined ? [] : embedderSources(config.embedder),
    builtIn: createBuiltInEmbedder(),
    notice(text) {
      logger.warn({ reason: text }, "an embedder cannot be used");
      progress?.(text);
    },
  });
  const index = createPlaybookIndex({
    database,
    embedder,
    repo,
    onRebuild({ name, version }, playbooks) {
      logger.info({ embedder: `${name}/${version}`, playbooks }, "the embedder changed: all playbooks are embedded anew");
      progress?.(`Playbooks are searched by the ${name} embedder from now on; preparing ${playbooks} of them …`);
    },
    onProgress(done, all) {
      logger.info({ done, all }, "indexing playbooks");
      progress?.(`Indexing ${done.toLocaleString("en")} of ${all.toLocaleString("en")} playbooks …`);
    },
    onNotStored: (error) =>
      logger.warn({ error: messageOf(error) }, "vectors of playbooks were not stored; the next start makes them again"),
    signal,
  });
  const learned = createLearnedMappings({ database, repo });
  return { catalog, embedder, index, learned, mapper: createTaskMapper({ index, embedder, learned }) };
}
