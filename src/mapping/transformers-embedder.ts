import { availableParallelism } from "node:os";
import { AppError } from "../errors.ts";
import { calibrationOf } from "./careful-calibration.ts";
import type { Embedder } from "./embedder.ts";
import { readModelFolder } from "./model-folder.ts";

/** The model reads 512 tokens; a longer text only costs time. */
const charactersRead = 2_000;
/** More texts at once are not faster on a processor, but hold more memory. */
const batchSize = 16;

/** Loads the model of a folder, whoever put it there; nothing is ever downloaded here. */
export async function openTransformersEmbedder(folder: string): Promise<Embedder> {
  const model = await readModelFolder(folder);
  // Only who uses it pays for it: the package takes 0.2 s and 50 MB to load.
  const { env, LogLevel, pipeline } = await import("@huggingface/transformers").catch((error: unknown) => {
    throw new AppError("embedder-package-missing", "the package @huggingface/transformers cannot be loaded", {
      cause: error,
      help: "Run `npm ci` without --omit=optional. Systems that it has no build for use the built-in embedder.",
    });
  });
  env.allowRemoteModels = false;
  env.useFSCache = false;
  env.logLevel = LogLevel.ERROR;
  const extract = await pipeline("feature-extraction", model.folder, {
    dtype: model.precision,
    device: "cpu",
    local_files_only: true,
    // The rest of the machine has work to do too.
    session_options: { intraOpNumThreads: Math.max(1, Math.min(4, Math.floor(availableParallelism() / 2))), interOpNumThreads: 1 },
  });
  const embed = async (texts: readonly string[]): Promise<Float32Array[]> => {
    const vectors: Float32Array[] = [];
    for (let start = 0; start < texts.length; start += batchSize) {
      const batch = texts.slice(start, start + batchSize).map((text) => text.slice(0, charactersRead));
      const { data, dims } = await extract(batch, { pooling: "mean", normalize: true });
      const width = dims.at(-1);
      if (!(data instanceof Float32Array) || width !== model.dimensions || data.length !== width * batch.length)
        throw new AppError("embedder-broken", `the model in ${folder} does not make ${model.dimensions} numbers of a text`);
      for (let at = 0; at < batch.length; at += 1) vectors.push(data.slice(at * width, (at + 1) * width));
    }
    return vectors;
  };
  // A model that loads and cannot answer is found now, not at a person's request.
  await embed(["restart the web server"]);
  const name = "transformers";
  return {
    name,
    version: model.version,
    dimensions: model.dimensions,
    calibration: calibrationOf(name, model.version, model.calibration),
    embed,
  };
}
