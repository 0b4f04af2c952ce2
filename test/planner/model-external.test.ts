import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { plannerSettingsSchema } from "../../src/model-settings.ts";
import { createExternalModel } from "../../src/planner/model/external-model.ts";
import type { LanguageModel } from "../../src/planner/model/language-model.ts";
import { startFakeOllama } from "../helpers/fake-ollama.ts";

const prompt = { system: "system", user: "user", schema: { type: "object", properties: { kind: { type: "string" } } } };

interface Seen {
  readonly path: string | undefined;
  readonly key: string | undefined;
  readonly body: Record<string, unknown>;
}

/** A server that speaks OpenAI's protocol: pieces as server-sent events, the counts in the last one. */
async function provider(reply: { readonly status?: number; readonly pieces: readonly string[]; readonly reason?: string }): Promise<{
  readonly model: LanguageModel;
  readonly seen: Seen[];
}> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    let text = "";
    request.setEncoding("utf8").on("data", (part: string) => (text += part));
    request.on("end", () => {
      seen.push({ path: request.url, key: request.headers.authorization, body: JSON.parse(text) as Record<string, unknown> });
      if (reply.status !== undefined) {
        response.writeHead(reply.status, { "content-type": "application/json" });
        return void response.end('{"error":{"message":"no"}}');
      }
      response.writeHead(200, { "content-type": "text/event-stream" });
      const frame = (choices: object[], more: object = {}): void =>
        void response.write(
          `data: ${JSON.stringify({ id: "x", object: "chat.completion.chunk", created: 1, model: "m", choices, ...more })}\n\n`,
        );
      for (const content of reply.pieces) frame([{ index: 0, delta: { role: "assistant", content }, finish_reason: null }]);
      frame([{ index: 0, delta: {}, finish_reason: reply.reason ?? "stop" }]);
      frame([], { usage: { prompt_tokens: 120, completion_tokens: 30, total_tokens: 150 } });
      response.end("data: [DONE]\n\n");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { external } = plannerSettingsSchema.parse({
    external: {
      provider: "openai",
      model: "some-model",
      base_url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
      usd_per_month: 1,
      usd_per_million: { input: 1, output: 1 },
    },
  });
  if (external === undefined) throw new Error("no settings");
  return { model: createExternalModel({ settings: external, key: "the-key-of-a-test", contextTokens: 8_192, stallMs: 5_000 }), seen };
}

test("a provider that speaks OpenAI's protocol gets the schema, the key and a limit, once, and its tokens are counted", async () => {
  const { model, seen } = await provider({ pieces: ['{"kind":', '"work"}'] });
  const reply = await model.complete(prompt, AbortSignal.timeout(60_000));
  expect(reply).toEqual({ text: '{"kind":"work"}', usage: { inputTokens: 120, outputTokens: 30 } });
  expect(seen).toHaveLength(1);
  expect(seen[0]?.path).toBe("/v1/chat/completions");
  expect(seen[0]?.key).toBe("Bearer the-key-of-a-test");
  expect(seen[0]?.body).toMatchObject({
    model: "some-model",
    temperature: 0.2,
    stream: true,
    response_format: { type: "json_schema", json_schema: { schema: prompt.schema } },
  });
});

test.each([
  [{ status: 500, pieces: [] }, "model-failed"],
  [{ status: 401, pieces: [] }, "model-failed"],
  [{ status: 404, pieces: [] }, "model-missing"],
  [{ pieces: ["{"], reason: "length" }, "model-reply-too-long"],
  [{ pieces: ["a".repeat(20_000)] }, "model-reply-too-long"],
])("%j is %s, and is not tried again by the library", async (reply, code) => {
  const { model, seen } = await provider(reply);
  await expect(model.complete(prompt, AbortSignal.timeout(60_000))).rejects.toMatchObject({ code });
  expect(seen).toHaveLength(1);
});

test("an Ollama elsewhere that cuts the prompt is noticed, too", async () => {
  const far = await startFakeOllama({ say: "{}", seen: 40 });
  const settings = { provider: "ollama", model: "llama3.2", base_url: far.url, usd_per_month: 1, usd_per_million: { input: 1, output: 1 } };
  const { external } = plannerSettingsSchema.parse({ external: settings });
  if (external === undefined) throw new Error("no settings");
  const model = createExternalModel({ settings: external, key: undefined, contextTokens: 8_192, stallMs: 5_000 });
  const asked = model.complete({ ...prompt, user: "deploy gitea ".repeat(100) }, AbortSignal.timeout(60_000));
  await expect(asked).rejects.toMatchObject({ code: "model-context-overflow", facts: { usage: { inputTokens: 40 } } });
});
