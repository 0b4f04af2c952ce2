import { createRequire } from "node:module";
import { Worker } from "node:worker_threads";
import { AppError, messageOf } from "../errors.ts";
import { calibrationOf } from "./careful-calibration.ts";
import type { Embedder } from "./embedder.ts";
import { readModelFolder } from "./model-folder.ts";
import type { EmbedOrder, WorkerAnswer, WorkerStart } from "./transformers-worker.ts";

/** The model reads 512 tokens; a longer text only costs time. */
const charactersRead = 2_000;
/** More texts at once are not faster on a processor, but hold more memory. */
const batchSize = 16;

/** Loads the model of a folder, whoever put it there, in a thread of its own; nothing is ever downloaded here. */
export async function openTransformersEmbedder(folder: string): Promise<Embedder> {
  const model = await readModelFolder(folder);
  checkPackage();
  const thread = await startThread({ folder: model.folder, precision: model.precision });
  const embed = async (texts: readonly string[]): Promise<Float32Array[]> => {
    const vectors: Float32Array[] = [];
    for (let start = 0; start < texts.length; start += batchSize) {
      const batch = texts.slice(start, start + batchSize).map((text) => text.slice(0, charactersRead));
      const { numbers, width } = await thread.ask(batch);
      if (width !== model.dimensions || numbers.length !== width * batch.length)
        throw new AppError("embedder-broken", `the model in ${folder} does not make ${model.dimensions} numbers of a text`);
      for (let at = 0; at < batch.length; at += 1) vectors.push(numbers.slice(at * width, (at + 1) * width));
    }
    return vectors;
  };
  try {
    // A model that loads and cannot answer is found now, not at a person's request.
    await embed(["restart the web server"]);
  } catch (error) {
    thread.stop();
    throw error;
  }
  const name = "transformers";
  return {
    name,
    version: model.version,
    dimensions: model.dimensions,
    calibration: calibrationOf(name, model.version, model.calibration),
    embed,
  };
}

function checkPackage(): void {
  try {
    createRequire(import.meta.url).resolve("@huggingface/transformers");
  } catch (error) {
    throw new AppError("embedder-package-missing", "the package @huggingface/transformers is not installed", {
      cause: error,
      help: "Run `npm ci` without --omit=optional.",
    });
  }
}

type Vectors = Extract<WorkerAnswer, { kind: "vectors" }>;
interface Waiting {
  readonly resolve: (vectors: Vectors) => void;
  readonly reject: (error: Error) => void;
}

async function startThread(start: WorkerStart): Promise<{ ask(texts: readonly string[]): Promise<Vectors>; stop(): void }> {
  const worker = new Worker(new URL("transformers-worker.ts", import.meta.url), { workerData: start });
  const waiting = new Map<number, Waiting>();
  let ended: Error | undefined;
  let lastId = 0;
  const end = (error: Error): void => {
    ended ??= error;
    for (const one of waiting.values()) one.reject(ended);
    waiting.clear();
  };

  await new Promise<void>((resolve, reject) => {
    worker.on("message", (answer: WorkerAnswer) => {
      if (answer.kind === "ready") return resolve();
      const one = waiting.get(answer.id);
      waiting.delete(answer.id);
      // A thread that waits for work must not keep the process alive.
      if (waiting.size === 0) worker.unref();
      if (answer.kind === "vectors") one?.resolve(answer);
      else one?.reject(new AppError("embedder-failed", answer.message));
    });
    worker.on("error", (error) => {
      const failure = new AppError("embedder-broken", `the model in ${start.folder} does not load: ${messageOf(error)}`, { cause: error });
      reject(failure);
      end(failure);
    });
    worker.on("exit", () => {
      const failure = new AppError("embedder-failed", "the embedder's thread has ended");
      reject(failure);
      end(failure);
    });
  });
  worker.unref();

  return {
    ask(texts) {
      return new Promise((resolve, reject) => {
        if (ended !== undefined) return reject(ended);
        lastId += 1;
        waiting.set(lastId, { resolve, reject });
        worker.ref();
        worker.postMessage({ id: lastId, texts } satisfies EmbedOrder);
      });
    },
    stop: () => void worker.terminate(),
  };
}
