import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { carefulCalibration } from "../../src/mapping/careful-calibration.ts";
import { openOllamaEmbedder } from "../../src/mapping/ollama-embedder.ts";

interface EmbedRequest {
  readonly model: string;
  readonly input: readonly string[];
}

interface FakeEmbeddings {
  readonly host: string;
  readonly requests: EmbedRequest[];
  digest: string;
  answer: (request: EmbedRequest, response: ServerResponse) => void;
}

/** The part of Ollama that makes vectors. */
async function startOllama(): Promise<FakeEmbeddings> {
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk: Buffer) => (text += chunk.toString()));
    request.on("end", () => {
      if (request.url === "/api/tags") {
        response.end(JSON.stringify({ models: [{ name: "all-minilm:latest", model: "all-minilm:latest", size: 1, digest: fake.digest }] }));
        return;
      }
      const asked = JSON.parse(text) as EmbedRequest;
      fake.requests.push(asked);
      fake.answer(asked, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const fake: FakeEmbeddings = {
    host: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: [],
    digest: "sha256:1b226e2802dbb772b5fc32a58f103ca1804ef7501331012de126ab22f67475ef",
    answer: ({ model, input }, response) =>
      void response.end(
        JSON.stringify({ model, embeddings: input.map((said) => [3 * said.length, 4 * said.length, 0]), total_duration: 1 }),
      ),
  };
  return fake;
}

test("texts go in batches, vectors come back in order and of unit length; the model's digest is the version", async () => {
  const ollama = await startOllama();
  const embedder = await openOllamaEmbedder({ host: ollama.host, model: "all-minilm" });
  expect(embedder).toMatchObject({
    name: "ollama/all-minilm:latest",
    version: "1b226e2802db",
    dimensions: 3,
    calibration: carefulCalibration,
  });
  ollama.requests.length = 0;
  const vectors = await embedder.embed(Array.from({ length: 70 }, (_, at) => "x".repeat(at)));
  expect(ollama.requests.map(({ model, input }) => [model, input.length])).toEqual(
    [32, 32, 6].map((count) => ["all-minilm:latest", count]),
  );
  expect(vectors).toHaveLength(70);
  for (const vector of vectors) expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
  expect([...vectors[9]!].map((value) => value.toFixed(2))).toEqual(["0.60", "0.80", "0.00"]);
  ollama.digest = "sha256:ffff";
  expect((await openOllamaEmbedder({ host: ollama.host, model: "all-minilm" })).version).toBe("ffff");
});

test("a model that is not there is named, with what to do", async () => {
  const { host } = await startOllama();
  await expect(openOllamaEmbedder({ host, model: "nomic-embed-text" })).rejects.toMatchObject({
    code: "embedder-missing",
    help: "ollama pull nomic-embed-text",
  });
});

const wrongAnswers: Readonly<Record<string, FakeEmbeddings["answer"]>> = {
  "an error": (_, response) => void response.writeHead(500).end(JSON.stringify({ error: "this model does not support embeddings" })),
  "too few vectors": (_, response) => void response.end(JSON.stringify({ embeddings: [] })),
  "vectors of different lengths": ({ input }, response) =>
    void response.end(JSON.stringify({ embeddings: input.map((_, at) => (at === 0 ? [1] : [1, 2])) })),
  "no numbers": ({ input }, response) => void response.end(JSON.stringify({ embeddings: input.map(() => ["x"]) })),
  "no JSON": (_, response) => void response.end("<html>"),
  silence: () => undefined,
  "a redirect": (_, response) => void response.writeHead(307, { location: "http://127.0.0.1:1/" }).end(),
};
for (const [name, answer] of Object.entries(wrongAnswers)) {
  test(`${name} instead of vectors is an error that can be acted on, never a wrong vector`, async () => {
    const ollama = await startOllama();
    const embedder = await openOllamaEmbedder({ host: ollama.host, model: "all-minilm", embedMs: 1_000 });
    ollama.answer = answer;
    await expect(embedder.embed(["one", "two"])).rejects.toMatchObject({ code: "embedder-failed" });
    await expect(openOllamaEmbedder({ host: ollama.host, model: "all-minilm", embedMs: 300 }).then((late) => late.embed(["a", "b"]))).rejects.toMatchObject({ code: "embedder-failed" }); // prettier-ignore
  });
}

test("nobody there is known soon", async () => {
  await expect(openOllamaEmbedder({ host: "http://127.0.0.1:1", model: "all-minilm" })).rejects.toMatchObject({ code: "embedder-failed" });
});
