/** One Web API call: faults ordered by the test, token kind, scope, rate, then the method itself. */
import { ApiError } from "./api-error.ts";
import { chatMethods, type Method } from "./chat-methods.ts";
import { fileMethods } from "./file-methods.ts";
import { string, type Json } from "./json.ts";
import { peopleMethods } from "./people-methods.ts";
import { viewMethods } from "./view-methods.ts";
import type { World } from "./world.ts";

export interface Fault {
  /** Without it: every method. */
  readonly method?: string;
  /** Default 1. */
  readonly times?: number;
  /** An HTTP failure; or `error`, a platform error with HTTP 200. Default 500. */
  readonly status?: number;
  readonly retryAfter?: number;
  readonly error?: string;
  /** True: the call takes effect and only its answer is lost. */
  readonly afterDoing?: boolean;
}
export interface FakeCall {
  readonly method: string;
  readonly args: Json;
  readonly at: number;
  /** HTTP status and platform error of the answer. */
  status: number;
  error?: string;
}
export interface Answer {
  readonly status: number;
  readonly body: Json;
  readonly headers: Record<string, string>;
}
export interface WebApi {
  readonly calls: FakeCall[];
  call(method: string, args: Json, token: string): Answer;
  failNext(fault: Fault): void;
  failFor(ms: number, status?: number): void;
}
export interface WebApiDeps {
  readonly world: World;
  readonly botToken: string;
  readonly appToken: string;
  readonly scopes: () => readonly string[];
  readonly rateLimits: () => boolean;
  readonly openConnection: () => Json;
}

const methods: Record<string, Method> = { ...chatMethods, ...peopleMethods, ...viewMethods, ...fileMethods };

/** Any one of them is enough. Methods that need none are not here. */
const scopesOf: Record<string, readonly string[]> = {
  ...Object.fromEntries(["postMessage", "update", "postEphemeral", "delete"].map((name) => [`chat.${name}`, ["chat:write"]])),
  "reactions.add": ["reactions:write"],
  "reactions.remove": ["reactions:write"],
  "users.info": ["users:read"],
  "usergroups.users.list": ["usergroups:read"],
  "conversations.open": ["im:write", "mpim:write"],
  "conversations.info": ["channels:read", "groups:read", "im:read"],
  "conversations.replies": ["channels:history", "groups:history", "im:history"],
  "conversations.history": ["channels:history", "groups:history", "im:history"],
  "files.getUploadURLExternal": ["files:write"],
  "files.completeUploadExternal": ["files:write"],
};

export function createWebApi(deps: WebApiDeps): WebApi {
  const { world } = deps;
  const calls: FakeCall[] = [];
  const faults: (Fault & { left: number })[] = [];
  let outage: { readonly until: number; readonly status: number } | undefined;
  const buckets = new Map<string, { level: number; at: number }>();

  /** Seconds to wait, or 0: a bucket that fills at `rate` a second up to `burst`. */
  function overRate(key: string, burst: number, rate: number): number {
    const now = world.now();
    const bucket = buckets.get(key) ?? { level: burst, at: now };
    bucket.level = Math.min(burst, bucket.level + ((now - bucket.at) / 1000) * rate);
    bucket.at = now;
    buckets.set(key, bucket);
    if (bucket.level < 1) return Math.max(1, Math.ceil((1 - bucket.level) / rate));
    bucket.level -= 1;
    return 0;
  }

  function waitFor(method: string, args: Json): number {
    if (!deps.rateLimits()) return 0;
    if (method === "chat.postMessage") return overRate(`post ${string(args["channel"])}`, 5, 1);
    if (method === "chat.update") return overRate("update", 50, 50 / 60);
    return 0;
  }

  function perform(method: string, args: Json, token: string): Json {
    if (token === "") throw new ApiError("not_authed");
    if (token !== deps.botToken && token !== deps.appToken) throw new ApiError("invalid_auth");
    if (method === "apps.connections.open") {
      if (token !== deps.appToken) throw new ApiError("not_allowed_token_type");
      return deps.openConnection();
    }
    const run = methods[method];
    if (run === undefined) {
      world.problems.push(`unknown method ${method}`);
      throw new ApiError("unknown_method");
    }
    if (token !== deps.botToken) throw new ApiError("not_allowed_token_type");
    const needed = scopesOf[method];
    if (needed !== undefined && !needed.some((scope) => deps.scopes().includes(scope)))
      throw new ApiError("missing_scope", undefined, { needed: needed[0], provided: deps.scopes().join(",") });
    return run(args, world);
  }

  function answer(method: string, args: Json, token: string): Answer {
    if (outage !== undefined && world.now() < outage.until) return { status: outage.status, body: { ok: false }, headers: {} };
    const fault = faults.find((one) => one.left > 0 && (one.method === undefined || one.method === method));
    if (fault !== undefined) {
      fault.left -= 1;
      if (fault.afterDoing === true) attempt(method, args, token);
      if (fault.error !== undefined) return { status: 200, body: { ok: false, error: fault.error }, headers: {} };
      const status = fault.status ?? 500;
      return status === 429 ? limited(fault.retryAfter ?? 1) : { status, body: { ok: false }, headers: {} };
    }
    const wait = waitFor(method, args);
    return wait > 0 ? limited(wait) : attempt(method, args, token);
  }

  function attempt(method: string, args: Json, token: string): Answer {
    const headers = token === deps.botToken ? { "x-oauth-scopes": deps.scopes().join(",") } : {};
    try {
      return { status: 200, body: { ok: true, ...perform(method, args, token) }, headers };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return { status: 200, body: { ok: false, error: error.error, ...error.details }, headers };
    }
  }

  return {
    calls,
    call(method, args, token) {
      const call: FakeCall = { method, args, at: world.now(), status: 0 };
      calls.push(call);
      const result = answer(method, args, token);
      call.status = result.status;
      if (result.body["ok"] !== true) call.error = string(result.body["error"]);
      return result;
    },
    failNext: (fault) => void faults.push({ ...fault, left: fault.times ?? 1 }),
    failFor: (ms, status = 503) => {
      outage = { until: world.now() + ms, status };
    },
  };
}

function limited(seconds: number): Answer {
  return { status: 429, body: { ok: false, error: "ratelimited" }, headers: { "retry-after": String(seconds) } };
}
