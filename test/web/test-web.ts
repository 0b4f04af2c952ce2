import type { ChatHandlers, IncomingAction, IncomingMessage } from "../../src/bot/chat-platform.ts";
import type { Database } from "../../src/db/database.ts";
import { chatHandlers } from "../helpers/chat-handlers.ts";
import { silentLogger } from "../../src/logger.ts";
import { createLoginLink } from "../../src/web/auth.ts";
import { createWebApp, type WebApp } from "../../src/web/server.ts";
import { createWebPlatform, type WebPlatform } from "../../src/web/web-platform.ts";

/** The web chat with a scripted bot behind it. */
export interface TestWeb {
  readonly app: WebApp;
  readonly platform: WebPlatform;
  readonly messages: IncomingMessage[];
  readonly actions: IncomingAction[];
  /** A browser that has signed in. */
  signIn(): Promise<TestBrowser>;
}

export interface TestBrowser {
  readonly cookie: string;
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  post(path: string, form: Record<string, string>, headers?: Record<string, string>): Promise<Response>;
}

export const origin = "http://localhost:8420";
export const page = { accept: "text/html" };

export async function startTestWeb(database: Database, reply: Partial<ChatHandlers> = {}, heartbeatMs = 15_000): Promise<TestWeb> {
  const logger = silentLogger();
  const platform = createWebPlatform({ database, logger });
  const messages: IncomingMessage[] = [];
  const actions: IncomingAction[] = [];
  await platform.start(
    chatHandlers({
      async onMessage(message) {
        messages.push(message);
        await reply.onMessage?.(message);
      },
      async onAction(action) {
        actions.push(action);
        await reply.onAction?.(action);
      },
    }),
  );
  const app = createWebApp({ database, logger, platform, info: { repoName: "homelab", version: "0.1.0" }, heartbeatMs });
  return { app, platform, messages, actions, signIn: () => signIn(app, database) };
}

async function signIn(app: WebApp, database: Database): Promise<TestBrowser> {
  const token = new URL(await createLoginLink(database, origin)).searchParams.get("token") ?? "";
  const answer = await request(app, "/login", { method: "POST", body: new URLSearchParams({ token }), headers: { origin } });
  const cookie = (answer.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
  return {
    cookie,
    get: (path, headers = {}) => request(app, path, { headers: { cookie, ...headers } }),
    post: (path, form, headers = {}) =>
      request(app, path, { method: "POST", body: new URLSearchParams(form), headers: { cookie, origin, ...headers } }),
  };
}

export async function request(app: WebApp, path: string, init: RequestInit = {}): Promise<Response> {
  return app.request(`${origin}${path}`, init);
}

/** Reads a server-sent event stream piece by piece. */
export class EventReader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #decoder = new TextDecoder();
  text = "";

  constructor(response: Response) {
    if (response.body === null) throw new Error("no stream");
    this.#reader = response.body.getReader();
  }

  /** Reads until the text matches; fails at the stream's end. */
  async until(pattern: RegExp): Promise<string> {
    while (!pattern.test(this.text)) {
      const { value, done } = await this.#reader.read();
      if (done) throw new Error(`the stream ended with: ${this.text}`);
      this.text += this.#decoder.decode(value, { stream: true });
    }
    return this.text;
  }

  async atEnd(): Promise<boolean> {
    for (;;) {
      const { done } = await this.#reader.read();
      if (done) return true;
    }
  }

  get lastId(): string {
    return [...this.text.matchAll(/^id: (.+)$/gm)].at(-1)?.[1] ?? "";
  }

  close(): Promise<void> {
    return this.#reader.cancel();
  }
}
