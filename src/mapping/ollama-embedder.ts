import { z } from "zod";
import { AppError, messageOf } from "../errors.ts";
import { calibrationOf } from "./careful-calibration.ts";
import type { Embedder } from "./embedder.ts";

export interface OllamaEmbedderOptions {
  /** Such as http://127.0.0.1:11434 */
  readonly host: string;
  /** An embedding model, such as all-minilm or nomic-embed-text. */
  readonly model: string;
  /** To find out whether somebody is there at all. */
  readonly connectMs?: number;
  /** For one batch; the first one may have to load the model. */
  readonly embedMs?: number;
}

const batchSize = 32;
const charactersRead = 2_000;
const mostDimensions = 16_000;
const tagsSchema = z.object({ models: z.array(z.object({ name: z.string(), digest: z.string().min(1) })) });
const embedSchema = z.object({ embeddings: z.array(z.array(z.number()).min(1).max(mostDimensions)) });
const errorSchema = z.object({ error: z.string() });

/** Embeddings by Ollama. Its model's digest is the version, so that a pulled update rebuilds the index. */
export async function openOllamaEmbedder(options: OllamaEmbedderOptions): Promise<Embedder> {
  const { host, model, connectMs = 1_500, embedMs = 60_000 } = options;
  const ask = async <T>(path: string, schema: z.ZodType<T>, milliseconds: number, body?: object): Promise<T> => {
    const url = new URL(path, host);
    try {
      const response = await fetch(url, {
        ...(body === undefined ? {} : { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
        redirect: "error",
        signal: AbortSignal.timeout(milliseconds),
      });
      const answer: unknown = await response.json();
      if (response.ok) return schema.parse(answer);
      const said = errorSchema.safeParse(answer);
      throw new Error(said.success ? said.data.error.slice(0, 200) : `HTTP status ${response.status}`);
    } catch (error) {
      throw new AppError("embedder-failed", `Ollama on ${url.host}: ${messageOf(error)}`, { cause: error });
    }
  };

  const { models } = await ask("/api/tags", tagsSchema, connectMs);
  const full = model.includes(":") ? model : `${model}:latest`;
  const found = models.find((one) => one.name === full);
  if (found === undefined)
    throw new AppError("embedder-missing", `Ollama on ${new URL(host).host} has no model ${full}`, { help: `ollama pull ${model}` });

  let dimensions: number | undefined;
  const embed = async (texts: readonly string[]): Promise<Float32Array[]> => {
    const vectors: Float32Array[] = [];
    for (let start = 0; start < texts.length; start += batchSize) {
      const input = texts.slice(start, start + batchSize).map((text) => text.slice(0, charactersRead));
      // Ollama refuses an empty text in some versions; a blank stands for it.
      const body = { model: full, input: input.map((text) => (text === "" ? " " : text)), truncate: true };
      const { embeddings } = await ask("/api/embed", embedSchema, embedMs, body);
      dimensions ??= embeddings[0]?.length;
      if (embeddings.length !== input.length || embeddings.some((vector) => vector.length !== dimensions))
        throw new AppError("embedder-failed", `Ollama's model ${full} did not answer with one vector for each text`);
      vectors.push(...embeddings.map(unit));
    }
    return vectors;
  };
  await embed(["restart the web server"]);
  const name = `ollama/${full}`;
  const version = found.digest.replace(/^sha256:/, "").slice(0, 12);
  return { name, version, dimensions: dimensions ?? 0, calibration: calibrationOf(name, version), embed };
}

function unit(values: readonly number[]): Float32Array {
  const length = Math.hypot(...values);
  return Float32Array.from(values, (value, index) => (length > 0 ? value / length : index === 0 ? 1 : 0));
}
