import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { downloadedModelFolder } from "../../src/mapping/minilm-files.ts";
import { downloadModel, type DownloadOptions, wrongFiles } from "../../src/mapping/model-download.ts";

const contents: Readonly<Record<string, Buffer>> = {
  "config.json": Buffer.from("{}"),
  "onnx/model_quantized.onnx": Buffer.alloc(300_000, "weights "),
};
const files = Object.entries(contents).map(([path, content]) => ({
  path,
  bytes: content.length,
  sha256: createHash("sha256").update(content).digest("hex"),
}));

interface Place {
  readonly options: DownloadOptions;
  readonly target: string;
  readonly asked: string[];
  readonly progress: { path: string; bytes: number; of: number }[];
  /** What lies in the folder of models. */
  left(): string[];
}

type Answer = (path: string, response: ServerResponse) => void;
const send: Answer = (path, response) => void response.end(contents[path]);

async function startPlace(answer: () => Answer = () => send): Promise<Place> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = (request.url ?? "").replace("/model/", "");
    asked.push(path);
    answer()(path, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const folder = mkdtempSync(join(tmpdir(), "chiffon-models-"));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true, force: true });
  });
  const progress: Place["progress"] = [];
  const source = `http://127.0.0.1:${(server.address() as AddressInfo).port}/model`;
  const options: DownloadOptions = {
    folder,
    files,
    source,
    onProgress: (step) => void progress.push(step),
    signal: new AbortController().signal,
    stallMs: 20_000,
  };
  return { options, target: downloadedModelFolder(folder), asked, progress, left: () => readdirSync(folder) };
}

test("a model is fetched once, with progress, and then never again", async () => {
  const place = await startPlace();
  expect(await downloadModel(place.options)).toBe("downloaded");
  expect(readFileSync(join(place.target, "onnx/model_quantized.onnx"))).toEqual(contents["onnx/model_quantized.onnx"]);
  expect(place.progress.at(-1)).toEqual({ path: "onnx/model_quantized.onnx", bytes: 300_000, of: 300_000 });
  expect(await wrongFiles(place.target, files)).toEqual([]);
  expect(await downloadModel(place.options)).toBe("there");
  expect(place.asked).toEqual(["config.json", "onnx/model_quantized.onnx"]);
  expect(place.left()).toHaveLength(1);
});

test("a file that was damaged later is seen, and fetched again with the others", async () => {
  const place = await startPlace();
  await downloadModel(place.options);
  writeFileSync(join(place.target, "config.json"), "[]");
  expect(await wrongFiles(place.target, files)).toEqual(["config.json"]);
  expect(await downloadModel(place.options)).toBe("downloaded");
  expect(await wrongFiles(place.target, files)).toEqual([]);
});

const wrongAnswers: Readonly<Record<string, { readonly answer: Answer; readonly code: string }>> = {
  "other content": { answer: (path, response) => void response.end(Buffer.alloc(contents[path]?.length ?? 0)), code: "embedder-checksum" },
  "too short": { answer: (path, response) => void response.end(contents[path]?.subarray(1)), code: "embedder-checksum" },
  "too long": { answer: (path, response) => void response.end(Buffer.concat([contents[path] ?? Buffer.of(), Buffer.of(0)])), code: "embedder-download-failed" }, // prettier-ignore
  "not found": { answer: (_, response) => void response.writeHead(404).end("no"), code: "embedder-download-failed" },
  "a connection that breaks": {
    answer(path, response) {
      response.writeHead(200, { "content-length": String(contents[path]?.length) });
      response.write(contents[path]?.subarray(0, 1), () => response.destroy());
    },
    code: "embedder-download-failed",
  },
};
for (const [name, { answer, code }] of Object.entries(wrongAnswers)) {
  test(`nothing is kept of a wrong answer: ${name}`, async () => {
    let isWrong = true;
    const place = await startPlace(() => (isWrong ? answer : send));
    await expect(downloadModel(place.options)).rejects.toMatchObject({ code, help: expect.stringContaining("CHIFFON_EMBEDDER_FOLDER") });
    expect(place.left()).toEqual([]);
    isWrong = false;
    expect(await downloadModel(place.options)).toBe("downloaded");
  });
}

test("a server that stops talking is given up, and Ctrl-C ends a download", async () => {
  const silent = await startPlace(() => (_, response) => void response.write("{"));
  await expect(downloadModel({ ...silent.options, stallMs: 50 })).rejects.toMatchObject({ code: "embedder-download-failed" });
  const controller = new AbortController();
  const place = await startPlace(() => (_, response) => {
    response.write("{");
    setTimeout(() => controller.abort(), 20);
  });
  await expect(downloadModel({ ...place.options, signal: controller.signal })).rejects.toThrow(/abort/i);
  expect(existsSync(place.target)).toBe(false);
  expect(place.left()).toEqual([]);
});
