import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { FailurePlan } from "./failures.ts";
import type { createRateLimits } from "./rate-limits.ts";
import { readRequestBody } from "./request-body.ts";
import { RestError, refusals } from "./rest-error.ts";
import { findRoute, type Route, type RouteAnswer } from "./router.ts";
import type { World } from "./world.ts";

/** One request of the bot, and how it was answered. Tokens are not kept. */
export interface RestCall {
  readonly method: string;
  /** Without `/api/v10`, decoded. */
  readonly path: string;
  /** `POST /channels/:channel/messages`, or undefined when there is no such route. */
  readonly route: string | undefined;
  readonly query: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly files: readonly string[];
  readonly status: number;
  /** The platform's error code, 50035 and so on. */
  readonly code: number | undefined;
  /** The answer was one a test asked for by `failNext` or `failFor`. */
  readonly planned: boolean;
  readonly at: number;
}

export interface HttpDeps {
  readonly world: World;
  readonly routes: () => readonly Route[];
  readonly failures: FailurePlan;
  readonly limit: ReturnType<typeof createRateLimits>;
  readonly calls: RestCall[];
  readonly violations: { readonly code: number | string; readonly text: string }[];
}

/** A limit that a correct bot never breaks; what may happen to any bot (a deleted message, a locked thread) is not in it. */
const botFaults = new Set([0, 40005, 40060, 50006, 50027, 50035, 50109, 10062, 10015]);
const prefix = "/api/v10";

interface Outcome {
  readonly status: number;
  readonly body?: unknown;
  readonly headers: Record<string, string>;
  readonly code?: number;
}

export function createHttpServer(deps: HttpDeps): Server {
  const { world, failures } = deps;

  async function onRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://discord");
    const method = request.method ?? "GET";
    if (url.pathname.startsWith("/attachments/")) return sendFile(url.pathname, response);
    const path = url.pathname.startsWith(prefix) ? url.pathname.slice(prefix.length) : url.pathname;
    const found = url.pathname.startsWith(prefix) ? findRoute(deps.routes(), method, path) : undefined;
    const planned = failures.take(`${method} ${decodeURIComponent(path)}`);
    let body: Awaited<ReturnType<typeof readRequestBody>> = { form: undefined, files: [] };
    let outcome: Outcome = { status: 500, headers: {} };
    try {
      body = await readRequestBody(request);
      if (failures.slowBy > 0) await sleep(failures.slowBy);
      outcome = planned === undefined || planned.applied ? await handle() : { ...planned.answer };
    } catch (error) {
      const refusal = error instanceof RestError ? error : new RestError(500, 0, String(error));
      if (!(error instanceof RestError)) deps.violations.push({ code: "double", text: `${method} ${path}: ${String(error)}` });
      outcome = { status: refusal.status, body: refusal.body, headers: {}, code: refusal.code };
    }
    if (planned?.applied === true) outcome = { ...planned.answer };
    note();
    if (planned?.reset === true) return void request.socket.resetAndDestroy();
    send(response, outcome);

    async function handle(): Promise<Outcome> {
      if (found === undefined) throw refusals.notFound();
      const { route, params } = found;
      if (route.withoutToken !== true && request.headers.authorization !== `Bot ${world.token}`) throw refusals.unauthorized();
      const major = params["channel"] ?? params["webhookToken"] ?? params["interaction"] ?? params["guild"] ?? "";
      const renames = route.route === "PATCH /channels/:channel" && isObject(body.form) && "name" in body.form;
      const limited = deps.limit(route.route, major, renames);
      if (limited.refused !== undefined) {
        const { retryAfter, global } = limited.refused;
        return { status: 429, body: { message: "You are being rate limited.", retry_after: retryAfter, global }, headers: limited.headers };
      }
      let answer: RouteAnswer;
      try {
        answer = await route.handle({ params, query: url.searchParams, form: body.form, files: body.files });
      } catch (error) {
        if (!(error instanceof RestError)) throw error;
        return { status: error.status, body: error.body, headers: limited.headers, code: error.code };
      }
      return { ...answer, headers: limited.headers };
    }

    function note(): void {
      const call: RestCall = {
        method,
        path: decodeURIComponent(path),
        route: found?.route.route,
        query: Object.fromEntries(url.searchParams),
        body: body.form,
        files: body.files.map((file) => file.filename),
        status: outcome.status,
        code: outcome.code,
        planned: planned !== undefined,
        at: world.clock.now(),
      };
      deps.calls.push(call);
      if (call.planned) return;
      const what = `${method} ${call.path}: ${outcome.status} ${JSON.stringify(outcome.body)}`;
      if (found === undefined) deps.violations.push({ code: "route", text: `unknown route ${what}` });
      else if (outcome.code !== undefined && botFaults.has(outcome.code)) deps.violations.push({ code: outcome.code, text: what });
      else if (outcome.status === 429) deps.violations.push({ code: 429, text: what });
    }
  }

  function sendFile(pathname: string, response: ServerResponse): void {
    const id = pathname.split("/")[3];
    const files = [...world.messages.values()].filter((message) => !message.deleted).flatMap((message) => message.attachments);
    const file = files.find((each) => each.id === id);
    if (file === undefined) return void response.writeHead(404).end();
    response.writeHead(200, { "content-type": file.contentType }).end(file.bytes);
  }

  return createServer((request, response) => {
    onRequest(request, response).catch((error: unknown) => {
      // A request that the bot broke off itself; anything else shows as a missing answer.
      if (request.readableAborted !== true) deps.violations.push({ code: "double", text: String(error) });
      response.destroy();
    });
  });
}

function send(response: ServerResponse, outcome: Outcome): void {
  if (outcome.body === undefined) return void response.writeHead(outcome.status, outcome.headers).end();
  response.writeHead(outcome.status, { ...outcome.headers, "content-type": "application/json" }).end(JSON.stringify(outcome.body));
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
