import { existsSync } from "node:fs";
import type { EmbedderSettings } from "../embedder-settings.ts";
import type { EmbedderSource } from "./late-embedder.ts";
import { downloadedModelFolder, modelName } from "./minilm-files.ts";

/** What may be used instead of the built-in embedder, best first: what the user named, then what `chiffon setup embedder` fetched. */
export function embedderSources({ folder, ollamaModel, ollamaHost, modelsFolder }: EmbedderSettings): readonly EmbedderSource[] {
  const sources: EmbedderSource[] = [];
  if (folder !== undefined) sources.push({ title: `the embedder in ${folder}`, open: () => openFolder(folder) });
  if (ollamaModel !== undefined) {
    sources.push({
      title: `Ollama's ${ollamaModel}`,
      open: async () => (await import("./ollama-embedder.ts")).openOllamaEmbedder({ host: ollamaHost, model: ollamaModel }),
    });
  }
  const downloaded = downloadedModelFolder(modelsFolder);
  if (existsSync(downloaded)) sources.push({ title: modelName, open: () => openFolder(downloaded) });
  return sources;
}

async function openFolder(folder: string): ReturnType<EmbedderSource["open"]> {
  return (await import("./transformers-embedder.ts")).openTransformersEmbedder(folder);
}
