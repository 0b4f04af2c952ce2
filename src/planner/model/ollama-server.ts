import { z } from "zod";
import { AppError } from "../../errors.ts";
import { guardedFetch } from "./guarded-fetch.ts";
import { modelError } from "./model-error.ts";

/** What an Ollama has, and how it gets more. */
export interface OllamaServer {
  readonly host: string;
  /** Names of its models that can chat, with their tags; throws when it does not answer. */
  models(signal: AbortSignal): Promise<readonly string[]>;
  /** Downloads a model; `onProgress` hears of each change. */
  pull(model: string, onProgress: (progress: PullProgress) => void, signal: AbortSignal): Promise<void>;
}

export interface PullProgress {
  readonly status: string;
  /** Bytes; null while it is not known. */
  readonly completed: number | null;
  readonly total: number | null;
}

const tagsSchema = z.object({
  models: z.array(z.object({ name: z.string().max(300), details: z.object({ family: z.string().optional() }).optional() })).max(10_000),
});
const progressSchema = z.object({ status: z.string(), completed: z.number().optional(), total: z.number().optional() });

export function createOllamaServer(host: string): OllamaServer {
  return {
    host,
    async models(signal) {
      try {
        const { Ollama } = await import("ollama");
        const client = new Ollama({ host, fetch: guardedFetch({ signal, stallMs: 5_000, mostBytes: 4_000_000, jsonLines: false }) });
        const { models } = tagsSchema.parse(await client.list());
        return models.filter((model) => !embedsOnly(model.name, model.details?.family)).map((model) => model.name);
      } catch (error) {
        throw modelError(error);
      }
    },
    async pull(model, onProgress, signal) {
      try {
        const { Ollama } = await import("ollama");
        const fetch = guardedFetch({ signal, stallMs: 120_000, mostBytes: 100_000_000, jsonLines: true });
        const stream = await new Ollama({ host, fetch }).pull({ model, stream: true });
        for await (const part of stream) {
          const { status, completed, total } = progressSchema.parse(part);
          onProgress({ status, completed: completed ?? null, total: total ?? null });
        }
      } catch (error) {
        if (signal.aborted) throw error;
        const reason = modelError(error);
        throw new AppError(reason.code, `${model} could not be pulled from ${host}: ${reason.message}`, {
          cause: error,
          help: "Is the name right, is there enough disk, and does that machine reach Ollama's library?",
        });
      }
    },
  };
}

const embedsOnly = (name: string, family: string | undefined): boolean =>
  family?.includes("bert") === true || /embed|minilm|(?:^|\/)bge-|paraphrase|snowflake-arctic/i.test(name);
