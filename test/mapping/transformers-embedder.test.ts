import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { carefulCalibration } from "../../src/mapping/careful-calibration.ts";
import { similarityOf } from "../../src/mapping/embedder.ts";
import { calibrationFile } from "../../src/mapping/model-folder.ts";
import { openTransformersEmbedder } from "../../src/mapping/transformers-embedder.ts";
import { makeTinyModel, type TinyModel, type TinyModelOptions } from "../helpers/tiny-model.ts";

function tinyModel(options?: TinyModelOptions): TinyModel {
  const model = makeTinyModel(["block", "ads", "restart", "the", "web", "server"], options);
  onTestFinished(() => model.remove());
  return model;
}

test("a folder in the layout of a download is loaded: mean of the tokens, of unit length, in the order given", async () => {
  const model = tinyModel();
  const embedder = await openTransformersEmbedder(model.folder);
  expect(embedder).toMatchObject({ name: "transformers", dimensions: 384, calibration: carefulCalibration });
  const texts = Array.from({ length: 21 }, (_, at) => (at % 2 === 0 ? "Block ads" : "restart the web server"));
  const vectors = await embedder.embed(texts);
  expect(vectors).toHaveLength(21);
  const sum = new Float32Array(384);
  for (const word of ["[CLS]", "block", "ads", "[SEP]"]) model.row(word).forEach((value, at) => void (sum[at] = (sum[at] ?? 0) + value));
  const length = Math.hypot(...sum);
  const expected = sum.map((value) => value / length);
  expect(similarityOf(vectors[0]!, expected)).toBeCloseTo(1, 5);
  // Alone, and beside longer texts, whose padding must not count.
  expect(similarityOf(vectors[20]!, (await embedder.embed(["block ads"]))[0]!)).toBeCloseTo(1, 5);
  expect(similarityOf(vectors[0]!, vectors[1]!)).toBeLessThan(0.9);
  for (const vector of await embedder.embed(["", "x".repeat(100_000), "ads ".repeat(5_000)]))
    expect(Math.hypot(...vector)).toBeCloseTo(1, 4);
});

test("the version is that of the content, and a calibration counts only for the version it was measured with", async () => {
  const model = tinyModel();
  const { version } = await openTransformersEmbedder(model.folder);
  const measured = { ...carefulCalibration, bias: -1 };
  const file = join(model.folder, calibrationFile);
  writeFileSync(file, JSON.stringify({ version, calibration: measured }));
  expect(await openTransformersEmbedder(model.folder)).toMatchObject({ version, calibration: measured });
  const tokenizer = join(model.folder, "tokenizer.json");
  writeFileSync(tokenizer, `${readFileSync(tokenizer, "utf8")}\n`);
  const changed = await openTransformersEmbedder(model.folder);
  expect(changed.version).not.toBe(version);
  expect(changed.calibration).toEqual(carefulCalibration);
  writeFileSync(file, "{}");
  await expect(openTransformersEmbedder(model.folder)).rejects.toMatchObject({ code: "embedder-broken" });
});

test("a model that was not quantised works too", async () => {
  const { folder } = tinyModel();
  const quantised = join(folder, "onnx", "model_quantized.onnx");
  copyFileSync(quantised, join(folder, "onnx", "model.onnx"));
  rmSync(quantised);
  expect((await (await openTransformersEmbedder(folder)).embed(["ads"]))[0]).toHaveLength(384);
});

test("a folder that is incomplete, broken or not what it says is refused, and nothing is fetched or written", async () => {
  for (const name of ["config.json", "tokenizer.json", "tokenizer_config.json", join("onnx", "model_quantized.onnx")]) {
    const { folder } = tinyModel();
    rmSync(join(folder, name));
    await expect(openTransformersEmbedder(folder)).rejects.toMatchObject({
      code: "embedder-missing",
      message: expect.stringContaining(name),
    });
    expect(existsSync(join(folder, name))).toBe(false);
  }
  const { folder } = tinyModel();
  writeFileSync(join(folder, "onnx", "model_quantized.onnx"), "not a model");
  await expect(openTransformersEmbedder(folder)).rejects.toThrow(/model_quantized/);
  await expect(openTransformersEmbedder(tinyModel({ dimensions: 8, saidDimensions: 16 }).folder)).rejects.toMatchObject({ code: "embedder-broken" }); // prettier-ignore
});
