import { readConfig } from "../config.ts";
import type { EmbedderSettings } from "../embedder-settings.ts";
import { AppError, isAppError, messageOf } from "../errors.ts";
import type { PlatformSetup, SetupLine } from "../platform-setup.ts";
import { carefulCalibration } from "./careful-calibration.ts";
import { embedderSources } from "./embedder-sources.ts";
import { downloadedModelFolder, modelFiles, modelName } from "./minilm-files.ts";
import { downloadModel, wrongFiles } from "./model-download.ts";

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);
const total = modelFiles.reduce((sum, file) => sum + file.bytes, 0);

/** `chiffon setup embedder`: the only place that downloads a model. */
export const embedderSetup: PlatformSetup = {
  text: () => `An embedder finds playbooks by meaning. The built-in one needs nothing. This fetches a larger one, ${modelName}
(${megabytes(total)} MB, from huggingface.co, checked against known SHA-256), once; afterwards nothing is downloaded again.
Without internet: put its files into a folder and name it in CHIFFON_EMBEDDER_FOLDER. docs/models.md says more.`,

  async install(environment, { say, signal }) {
    const { folder, modelsFolder, source } = settingsOf(environment);
    if (folder !== undefined) return say(`CHIFFON_EMBEDDER_FOLDER names ${folder}: nothing is downloaded`);
    let tenths = -1;
    let before = 0;
    const outcome = await downloadModel({
      folder: modelsFolder,
      source,
      signal,
      onProgress({ path, bytes, of }) {
        const done = before + bytes;
        if (bytes === of) before += of;
        const now = Math.floor((done / total) * 10);
        if (now === tenths) return;
        tenths = now;
        say(`${modelName}: ${now * 10} % of ${megabytes(total)} MB (${path})`);
      },
    });
    if (outcome === "downloaded") say("A Chiffon that runs uses it after its next start.");
  },

  async check(environment) {
    const settings = settingsOf(environment);
    const [best] = embedderSources(settings);
    if (best === undefined) return { lines: [{ state: "missing", text: `${modelName} is not there: the built-in embedder is used` }] };
    const wrong = settings.folder === undefined && settings.ollamaModel === undefined ? await changedFiles(settings) : [];
    return { lines: [...wrong, await opened(best)] };
  },
};

function settingsOf(environment: Readonly<Record<string, string | undefined>>): EmbedderSettings {
  const { embedder } = readConfig(environment, process.cwd());
  if (embedder === undefined) throw new AppError("embedder-missing", "there are no settings for an embedder");
  return embedder;
}

async function changedFiles({ modelsFolder }: EmbedderSettings): Promise<SetupLine[]> {
  const folder = downloadedModelFolder(modelsFolder);
  const wrong = await wrongFiles(folder);
  return wrong.length === 0
    ? [{ state: "ok", text: `${folder}: all files have their known SHA-256` }]
    : [{ state: "wrong", text: `${folder}: ${wrong.join(", ")} not as downloaded`, help: "Run `chiffon setup embedder` again." }];
}

async function opened(source: ReturnType<typeof embedderSources>[number]): Promise<SetupLine> {
  try {
    const start = performance.now();
    const { version, dimensions, calibration } = await source.open();
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    return {
      state: "ok",
      text: `${source.title} loads in ${seconds} s: version ${version}, ${dimensions} numbers a text`,
      ...(calibration === carefulCalibration
        ? {
            help: "Not measured yet: Chiffon asks more often with it than with the built-in one. `npm run calibrate-embedder -- FOLDER` measures it.",
          }
        : {}),
    };
  } catch (error) {
    return {
      state: "wrong",
      text: `${source.title}: ${messageOf(error)}`,
      ...(isAppError(error) && error.help !== undefined ? { help: error.help } : {}),
    };
  }
}
