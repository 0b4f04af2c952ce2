import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { EnvHttpProxyAgent, fetch } from "undici";
import { AppError, messageOf } from "../errors.ts";
import { downloadedModelFolder, modelFiles, type ModelFile, modelSource } from "./minilm-files.ts";
import { sha256OfFile } from "./model-folder.ts";

export interface DownloadOptions {
  /** Where models are kept: `<data>/models`. */
  readonly folder: string;
  readonly onProgress: (progress: { readonly path: string; readonly bytes: number; readonly of: number }) => void;
  readonly signal: AbortSignal;
  /** Another place with the same files; what arrives is checked all the same. */
  readonly source?: string | undefined;
  /** A server that says nothing for so long is given up. */
  readonly stallMs?: number;
  readonly files?: readonly ModelFile[];
}

/** Fetches the model once. Whatever happens meanwhile, the folder holds all files with the known checksums, or does not exist. */
export async function downloadModel(options: DownloadOptions): Promise<"downloaded" | "there"> {
  const { folder, files = modelFiles } = options;
  const target = downloadedModelFolder(folder);
  if (existsSync(target)) {
    if ((await wrongFiles(target, files)).length === 0) return "there";
    await rm(target, { recursive: true });
  }
  // A process of its own for each number: two downloads at once do not write into one file.
  const part = `${target}.part-${process.pid}`;
  try {
    for (const file of files) await downloadFile(file, join(part, file.path), options);
    await rename(part, target);
  } finally {
    await rm(part, { recursive: true, force: true });
  }
  return "downloaded";
}

/** Files that are missing or have another content than they had where they came from. */
export async function wrongFiles(target: string, files: readonly ModelFile[] = modelFiles): Promise<readonly string[]> {
  const wrong: string[] = [];
  for (const file of files) {
    const path = join(target, file.path);
    if (!existsSync(path) || (await sha256OfFile(path)) !== file.sha256) wrong.push(file.path);
  }
  return wrong;
}

async function downloadFile(file: ModelFile, path: string, options: DownloadOptions): Promise<void> {
  const { onProgress, signal, source = modelSource, stallMs = 30_000 } = options;
  const url = `${source.replace(/\/+$/, "")}/${file.path}`;
  await mkdir(dirname(path), { recursive: true });
  const stalled = new AbortController();
  const timer = setTimeout(() => stalled.abort(new Error(`nothing came for ${stallMs / 1000} s`)), stallMs);
  const hash = createHash("sha256");
  const output = await open(path, "w");
  let bytes = 0;
  try {
    const response = await fetch(url, { dispatcher: new EnvHttpProxyAgent(), signal: AbortSignal.any([signal, stalled.signal]) });
    if (!response.ok || response.body === null) throw new Error(`HTTP status ${response.status}`);
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      timer.refresh();
      bytes += chunk.length;
      if (bytes > file.bytes) throw new Error("it is larger than it should be");
      hash.update(chunk);
      await output.write(chunk);
      onProgress({ path: file.path, bytes, of: file.bytes });
    }
  } catch (error) {
    if (signal.aborted) throw error;
    throw new AppError("embedder-download-failed", `${url} could not be downloaded: ${reasonOf(error)}`, {
      cause: error,
      help: offlineHelp,
    });
  } finally {
    clearTimeout(timer);
    await output.close();
  }
  if (hash.digest("hex") !== file.sha256)
    throw new AppError("embedder-checksum", `${url} is not the file that it should be (its SHA-256 is another)`, { help: offlineHelp });
}

const offlineHelp =
  "Nothing was kept. Without internet: put the model's files into a folder and name it in CHIFFON_EMBEDDER_FOLDER (docs/models.md).";

function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : "";
  return `${messageOf(error)}${cause}`;
}
