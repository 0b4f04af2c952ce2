import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { onTestFinished } from "vitest";

/** What a chat request asked for, as Ollama gets it. */
export interface ChatRequest {
  readonly model: string;
  readonly stream?: boolean;
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly format?: { readonly properties?: Record<string, unknown> } & Record<string, unknown>;
  readonly options: { readonly num_ctx?: number; readonly num_predict?: number; readonly temperature?: number };
}

/** How the model answers one request. A plain object is the form filled in. */
export type FakeReply =
  | { readonly say: string | object; readonly seen?: number; readonly doneReason?: "stop" | "length" }
  /** Says `after` characters of it and then nothing more. */
  | { readonly stallAfter: string }
  | { readonly silent: true }
  /** The same piece again and again until somebody stops it. */
  | { readonly endless: string }
  | { readonly status: number; readonly body: string; readonly type?: string }
  | { readonly lines: string };

export interface FakeOllama {
  readonly url: string;
  readonly requests: ChatRequest[];
  /** Chat requests whose connection was closed before their end. */
  readonly aborted: () => number;
  models: string[];
  /** Replies in turn; the last one stays. */
  replies: (FakeReply | ((request: ChatRequest) => FakeReply))[];
  close(): Promise<void>;
}

/** An Ollama that says what a test wants, with the frames, counts and errors of the real one. */
export async function startFakeOllama(...replies: (FakeReply | ((request: ChatRequest) => FakeReply))[]): Promise<FakeOllama> {
  let aborted = 0;
  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const fake: FakeOllama = {
    url: `http://127.0.0.1:${port}`,
    requests: [],
    aborted: () => aborted,
    models: ["llama3.2:latest"],
    replies,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  onTestFinished(() => fake.close());
  return fake;

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url === "/api/tags")
      return json(response, 200, {
        models: fake.models.map((name) => ({
          name,
          model: name,
          modified_at: "2026-01-01T00:00:00Z",
          size: 2_019_393_189,
          digest: "a80c4f17acd5",
          details: { parent_model: "", format: "gguf", family: /embed|minilm/.test(name) ? "nomic-bert" : "llama", families: null, parameter_size: "3.2B", quantization_level: "Q4_K_M" },
        })),
      }); // prettier-ignore
    const body = JSON.parse(await textOf(request)) as Record<string, unknown>;
    if (request.url === "/api/pull") return pull(response, String(body["model"] ?? body["name"]));
    if (request.url === "/api/embed") {
      const input = [body["input"]].flat();
      return json(response, 200, {
        model: body["model"],
        embeddings: input.map(() => [0.1, 0.2, 0.3]),
        total_duration: 1,
        load_duration: 1,
        prompt_eval_count: 3,
      });
    }
    if (request.url !== "/api/chat") return json(response, 404, { error: "not found" });
    const chat = body as unknown as ChatRequest;
    fake.requests.push(chat);
    if (!fake.models.some((name) => name === chat.model || name === `${chat.model}:latest`))
      return json(response, 404, { error: `model '${chat.model}' not found` });
    const next = fake.replies.length > 1 ? fake.replies.shift() : fake.replies[0];
    if (next === undefined) return json(response, 500, { error: "the test gave no reply" });
    response.on("close", () => (aborted += response.writableFinished ? 0 : 1));
    await answer(response, chat, typeof next === "function" ? next(chat) : next);
  }

  async function answer(response: ServerResponse, chat: ChatRequest, reply: FakeReply): Promise<void> {
    if ("status" in reply) {
      response.writeHead(reply.status, { "content-type": reply.type ?? "application/json; charset=utf-8" });
      return void response.end(reply.body);
    }
    if ("silent" in reply) return;
    const frame = (content: string): string =>
      `${JSON.stringify({ model: chat.model, created_at: new Date().toISOString(), message: { role: "assistant", content }, done: false })}\n`;
    response.writeHead(200, { "content-type": "application/x-ndjson" });
    if ("lines" in reply) return void response.end(reply.lines);
    if ("stallAfter" in reply) return void response.write(frame(reply.stallAfter));
    if ("endless" in reply) {
      while (!response.destroyed) {
        if (!response.write(frame(reply.endless))) await sleep(1);
        else await new Promise((resolve) => setImmediate(resolve));
      }
      return;
    }
    const text = typeof reply.say === "string" ? reply.say : JSON.stringify(reply.say);
    const wanted = Math.ceil(chat.messages.reduce((sum, message) => sum + message.content.length, 0) / 4);
    // The real one cuts what does not fit and says so by this count only.
    const seen = reply.seen ?? Math.min(wanted, chat.options.num_ctx ?? 4_096);
    const counts = {
      model: chat.model, created_at: new Date().toISOString(), done: true, done_reason: reply.doneReason ?? "stop", total_duration: 1_000_000, load_duration: 1_000,
      prompt_eval_count: seen, prompt_eval_duration: 1_000, eval_count: Math.ceil(text.length / 4), eval_duration: 1_000,
    }; // prettier-ignore
    if (chat.stream !== true) return json(response, 200, { ...counts, message: { role: "assistant", content: text } });
    for (let at = 0; at < text.length; at += 40) response.write(frame(text.slice(at, at + 40)));
    response.end(`${JSON.stringify({ ...counts, message: { role: "assistant", content: "" } })}\n`);
  }

  async function pull(response: ServerResponse, model: string): Promise<void> {
    response.writeHead(200, { "content-type": "application/x-ndjson" });
    const line = (part: object): void => void response.write(`${JSON.stringify(part)}\n`);
    line({ status: "pulling manifest" });
    if (model.startsWith("no-such")) {
      line({ error: "pull model manifest: file does not exist" });
      return void response.end();
    }
    for (const completed of [0, 1_000_000_000, 2_000_000_000]) {
      line({ status: "pulling dde5aa3fc5ff", digest: "sha256:dde5aa3fc5ff", total: 2_000_000_000, completed });
      await sleep(5);
    }
    line({ status: "verifying sha256 digest" });
    line({ status: "success" });
    fake.models.push(model.includes(":") ? model : `${model}:latest`);
    response.end();
  }
}

/** One step of a filled-in form, with the rest as nothing. */
export function fakeStep(words: string | readonly string[], playbook: string | null, more: object = {}): object {
  return { words: [words].flat(), about: null, playbook, hosts: [], not_hosts: [], values: [], after: [], ...more };
}

export const fakeWork = (...steps: object[]): FakeReply => ({ say: { kind: "work", steps, unclear: [] } });

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json; charset=utf-8" });
  response.end(JSON.stringify(body));
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) text += String(chunk);
  return text;
}
