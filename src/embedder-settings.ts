import { join, resolve } from "node:path";
import { z } from "zod";

/** The environment's names for embedders (docs/models.md). */
export const embedderEnvironment = {
  CHIFFON_EMBEDDER_FOLDER: z.string().optional(),
  CHIFFON_EMBEDDER_MODEL: z.string().regex(/^[\w.:/-]+$/, "a model of Ollama, such as all-minilm").max(200).optional(), // prettier-ignore
  CHIFFON_EMBEDDER_SOURCE: z.url({ protocol: /^https?$/, error: "a URL such as https://mirror.example/all-MiniLM-L6-v2" }).optional(),
};

const environmentSchema = z.object(embedderEnvironment);

export interface EmbedderSettings {
  /** A model's folder that the user named. */
  readonly folder: string | undefined;
  /** An embedding model of Ollama that the user named. */
  readonly ollamaModel: string | undefined;
  readonly ollamaHost: string;
  /** Where `chiffon setup embedder` puts models. */
  readonly modelsFolder: string;
  /** Another place to download the same files from. */
  readonly source: string | undefined;
}

export interface EmbedderPlaces {
  readonly dataDir: string;
  readonly cwd: string;
  readonly ollamaHost: string;
}

export function embedderSettings(
  values: z.infer<typeof environmentSchema>,
  { dataDir, cwd, ollamaHost }: EmbedderPlaces,
): EmbedderSettings {
  const folder = values.CHIFFON_EMBEDDER_FOLDER;
  return {
    folder: folder === undefined ? undefined : resolve(cwd, folder),
    ollamaModel: values.CHIFFON_EMBEDDER_MODEL,
    ollamaHost,
    modelsFolder: join(dataDir, "models"),
    source: values.CHIFFON_EMBEDDER_SOURCE,
  };
}
