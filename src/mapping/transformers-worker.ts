import { availableParallelism } from "node:os";
import { parentPort, workerData } from "node:worker_threads";
import { env, LogLevel, pipeline } from "@huggingface/transformers";

/** What the thread is started with. */
export interface WorkerStart {
  readonly folder: string;
  readonly precision: "q8" | "fp32";
}

export interface EmbedOrder {
  readonly id: number;
  readonly texts: readonly string[];
}

/** All vectors of an order one after the other; `width` numbers each. */
export type WorkerAnswer =
  | { readonly kind: "ready" }
  | { readonly kind: "vectors"; readonly id: number; readonly numbers: Float32Array; readonly width: number }
  | { readonly kind: "failed"; readonly id: number; readonly message: string };

// A thread of its own, because onnxruntime computes where it is called: a second of index building would be a second without web page,
// chat and leases.
const { folder, precision } = workerData as WorkerStart;
env.allowRemoteModels = false;
env.useFSCache = false;
env.logLevel = LogLevel.ERROR;
const extract = await pipeline("feature-extraction", folder, {
  dtype: precision,
  device: "cpu",
  local_files_only: true,
  // The rest of the machine has work to do too.
  session_options: { intraOpNumThreads: Math.max(1, Math.min(4, Math.floor(availableParallelism() / 2))), interOpNumThreads: 1 },
});

parentPort?.on("message", (order: EmbedOrder) => {
  void answer(order).then((said) => parentPort?.postMessage(said));
});
parentPort?.postMessage({ kind: "ready" } satisfies WorkerAnswer);

async function answer({ id, texts }: EmbedOrder): Promise<WorkerAnswer> {
  try {
    const { data, dims } = await extract([...texts], { pooling: "mean", normalize: true });
    if (!(data instanceof Float32Array)) return { kind: "failed", id, message: "the model does not answer with numbers" };
    return { kind: "vectors", id, numbers: data, width: dims.at(-1) ?? 0 };
  } catch (error) {
    return { kind: "failed", id, message: error instanceof Error ? error.message : String(error) };
  }
}
