import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { z } from "zod";
import { AppError } from "../errors.ts";
import { type Calibration, evidenceNames } from "./embedder.ts";

/** A folder in the layout of a downloaded model: config.json, tokenizer.json, tokenizer_config.json, onnx/model_quantized.onnx. */
export interface ModelFolder {
  readonly folder: string;
  /** Of the model and its tokenizer: another content makes other vectors. */
  readonly version: string;
  readonly dimensions: number;
  readonly precision: "q8" | "fp32";
  /** Measured for exactly this model (training/calibrate-folder.ts). */
  readonly calibration: Calibration | undefined;
}

export const calibrationFile = "calibration.json";
// What was measured with other evidence counts as not measured.
const calibrationSchema = z.object({
  version: z.string(),
  calibration: z
    .record(z.enum(["bias", ...evidenceNames]), z.number())
    .optional()
    .catch(undefined),
});
const configSchema = z.object({ hidden_size: z.number().int().min(1).max(16_000) });

export async function readModelFolder(folder: string): Promise<ModelFolder> {
  const quantised = join(folder, "onnx", "model_quantized.onnx");
  const plain = join(folder, "onnx", "model.onnx");
  const model = existsSync(plain) && !existsSync(quantised) ? plain : quantised;
  const tokenizer = join(folder, "tokenizer.json");
  for (const file of [join(folder, "config.json"), tokenizer, join(folder, "tokenizer_config.json"), model])
    if (!existsSync(file)) throw new AppError("embedder-missing", `the embedder's folder has no ${file}`, { help: layoutHelp });
  const config = await readJson(join(folder, "config.json"), configSchema);
  const version = createHash("sha256")
    .update(await sha256OfFile(model))
    .update(await sha256OfFile(tokenizer))
    .digest("hex")
    .slice(0, 12);
  const measured = existsSync(join(folder, calibrationFile)) ? await readJson(join(folder, calibrationFile), calibrationSchema) : undefined;
  return {
    folder,
    version,
    dimensions: config.hidden_size,
    precision: model === quantised ? "q8" : "fp32",
    calibration: measured?.version === version ? measured.calibration : undefined,
  };
}

export async function sha256OfFile(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash);
  return hash.digest("hex");
}

const layoutHelp =
  "It needs config.json, tokenizer.json, tokenizer_config.json and onnx/model_quantized.onnx; `chiffon setup embedder` makes such a folder.";

async function readJson<T>(file: string, schema: z.ZodType<T>): Promise<T> {
  try {
    return schema.parse(JSON.parse(await readFile(file, "utf8")));
  } catch (error) {
    throw new AppError("embedder-broken", `${file} is not as expected`, { cause: error, help: layoutHelp });
  }
}
