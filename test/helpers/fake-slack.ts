/**
 * A Slack for tests: Web API, Socket Mode and signed HTTP over real sockets on the loopback, for the real Bolt. It refuses what Slack refuses.
 *
 * People's acts (`mention`, `click`, `submit`, …) are in `fake-slack/person.ts`, faults (`failNext`) in `fake-slack/web-api.ts`.
 * `click`, `command`, `submit` resolve when the bot acked or 3 s have passed; `mention` and `message` return at once, with `delivered` to wait for.
 * `stop()` throws what the bot did wrong: unknown methods, envelopes never acked, broken size limits. Wrong on purpose? `forgive()` first.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { WebSocketServer, type WebSocket } from "ws";
import { createDelivery, type Ack, type HttpFlaws, type RecordedAck } from "./fake-slack/delivery.ts";
import { storeUpload } from "./fake-slack/file-methods.ts";
import { parseArguments, string, type Json } from "./fake-slack/json.ts";
import { createPeople, type People } from "./fake-slack/person.ts";
import { useResponseUrl } from "./fake-slack/response-url.ts";
import { createWebApi, type FakeCall, type Fault } from "./fake-slack/web-api.ts";
import { createWorld, type FakeFile, type FakeMessage, type FakeView, type World, type WorldOptions } from "./fake-slack/world.ts";

export interface FakeSlackOptions extends WorldOptions {
  /** Default: all that this product asks for. */
  readonly scopes?: readonly string[];
  /** Default: app_mention, message.channels, message.groups, message.im. The bot also hears its own messages, as in real life. */
  readonly subscriptions?: readonly string[];
  /** Default true: `chat.postMessage` 1/s a channel after 5 at once, `chat.update` 50/min. */
  readonly rateLimits?: boolean;
  /** How long Slack waits for an ack; default 3000 ms. */
  readonly ackTimeout?: number;
}

export interface FakeSlack extends People {
  /** With a trailing slash: SLACK_API_URL. */
  readonly apiUrl: string;
  readonly botToken: string;
  readonly appToken: string;
  readonly signingSecret: string;
  readonly botUserId: string;
  readonly botId: string;
  readonly team: string;
  /** People, channels and groups may be changed while a test runs. */
  readonly world: Pick<World, "users" | "channels" | "usergroups">;
  readonly calls: readonly FakeCall[];
  readonly acks: readonly RecordedAck[];
  readonly views: readonly FakeView[];
  readonly files: readonly FakeFile[];
  readonly problems: readonly string[];
  /** Number of open sockets. */
  readonly connections: number;
  scopes: readonly string[];
  rateLimits: boolean;
  /** What everybody sees now: no ephemerals, nothing deleted. */
  messages(channel: string): FakeMessage[];
  thread(channel: string, ts: string): FakeMessage[];
  ephemerals(user: string): FakeMessage[];
  home(user: string): FakeView | undefined;
  /** The topmost modal in front of this person. */
  modal(user: string): FakeView | undefined;
  callsTo(method: string): FakeCall[];

  /** Moves Slack's clock: trigger ids, response_urls, rates, outages. Ack time-outs are real time. */
  advance(ms: number): void;
  /** Every answer of the Web API comes this much later. */
  delay(ms: number): void;
  failNext(fault: Fault): void;
  failFor(ms: number, status?: number): void;
  redeliver(eventId: string, retry?: { readonly retryNum?: number; readonly reason?: string }): Promise<Ack>;
  /** Drops the sockets without a word. */
  cut(): void;
  /** Asks the clients to come back on a new socket. */
  disconnect(reason: "refresh_requested" | "warning" | "too_many_websockets" | "link_disabled"): void;
  /** The same for the oldest of them, as Slack mostly does. */
  disconnectOne(): void;
  /** HTTP mode: from now on everything is posted there, signed. */
  useHttp(url: string | undefined): void;
  /** One event by HTTP, with flaws; for safety tests. */
  postEvent(event: Json, flaws?: HttpFlaws): Promise<{ readonly status: number; readonly body: string }>;

  waitFor<Found>(look: () => Found | undefined | false, what: string, ms?: number): Promise<Found>;
  readonly wait: {
    untilConnected(count?: number): Promise<number>;
    untilMessage(channel: string, matches: string | RegExp): Promise<FakeMessage>;
    untilEphemeral(user: string, matches: string | RegExp): Promise<FakeMessage>;
    untilModal(user: string): Promise<FakeView>;
    untilHome(user: string): Promise<FakeView>;
    untilCall(method: string, count?: number): Promise<FakeCall>;
  };
  /** Forgets the problems so far, and returns them. */
  forgive(): string[];
  assertClean(): void;
  stop(): Promise<void>;
}

const productScopes =
  "app_mentions:read,chat:write,commands,files:write,im:history,im:write,users:read,channels:history,groups:history,reactions:write,usergroups:read,channels:read";
const productSubscriptions = ["app_mention", "message.channels", "message.groups", "message.im"];

export async function startFakeSlack(options: FakeSlackOptions = {}): Promise<FakeSlack> {
  const world = createWorld(options);
  const state = {
    scopes: options.scopes ?? productScopes.split(","),
    rateLimits: options.rateLimits ?? true,
    delay: 0,
    httpUrl: undefined as string | undefined,
  };
  const secrets = { botToken: "xoxb-fake-bot", appToken: "xapp-fake-app", signingSecret: "fake-signing-secret" };
  const delivery = createDelivery({
    world,
    signingSecret: secrets.signingSecret,
    ackTimeout: options.ackTimeout ?? 3000,
    httpUrl: () => state.httpUrl,
  });
  const people = createPeople(world, delivery, options.subscriptions ?? productSubscriptions);
  const tickets = new Set<string>();
  const webApi = createWebApi({
    world,
    ...secrets,
    scopes: () => state.scopes,
    rateLimits: () => state.rateLimits,
    openConnection: () => {
      const ticket = crypto.randomUUID();
      tickets.add(ticket);
      return { url: `${world.baseUrl.replace("http:", "ws:")}/link/?ticket=${ticket}` };
    },
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const contentType = request.headers["content-type"] ?? "";
    const path = new URL(request.url ?? "/", "http://localhost").pathname;
    const name = path.slice(path.indexOf("/", 1) + 1);
    if (state.delay > 0) await sleep(state.delay);
    if (path.startsWith("/api/")) {
      const args = parseArguments(contentType, body);
      const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1] ?? string(args["token"]);
      const result = webApi.call(name, args, token);
      return reply(response, result.status, JSON.stringify(result.body), { "content-type": "application/json", ...result.headers });
    }
    if (path.startsWith("/response/")) {
      const result = useResponseUrl(world, name, parseArguments(contentType, body));
      return reply(response, result.status, JSON.stringify(result.body), { "content-type": "application/json" });
    }
    if (path.startsWith("/upload/")) {
      const result = storeUpload(world, name, contentType, body);
      return reply(response, result.status, result.text);
    }
    world.problems.push(`request to unknown path ${path}`);
    reply(response, 404, "");
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      world.problems.push(`the fake Slack itself failed: ${String(error)}`);
      reply(response, 500, "{}");
    });
  });
  const plainSockets = new Set<Socket>();
  server.on("connection", (socket) => {
    plainSockets.add(socket);
    socket.on("close", () => plainSockets.delete(socket));
  });
  const webSockets = new WebSocketServer({ noServer: true });
  server.on("upgrade", (request, socket, head) => {
    const ticket = new URL(request.url ?? "/", "http://localhost").searchParams.get("ticket") ?? "";
    if (!tickets.delete(ticket) || delivery.sockets.size >= 10) {
      socket.end("HTTP/1.1 401 Unauthorized\r\nconnection: close\r\n\r\n");
      return;
    }
    webSockets.handleUpgrade(request, socket, head, greet);
  });

  function greet(socket: WebSocket): void {
    socket.on("error", () => undefined);
    const hello = {
      type: "hello",
      num_connections: delivery.sockets.size + 1,
      connection_info: { app_id: world.appId },
      debug_info: { host: "fake", build_number: 1, approximate_connection_time: 18060 },
    };
    socket.send(JSON.stringify(hello));
    delivery.connected(socket);
    // The client's watchdog is armed by the first ping and wants another within 30 s.
    const ping = setInterval(() => socket.ping(), 10_000);
    ping.unref();
    socket.ping();
    socket.on("close", () => clearInterval(ping));
  }

  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  world.baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const seen = (message: FakeMessage): boolean => !message.deleted && message.ephemeralFor === undefined;
  const matching = (messages: readonly FakeMessage[], matches: string | RegExp): FakeMessage | undefined =>
    messages.find((message) => {
      const all = `${message.text}\n${JSON.stringify(message.blocks)}`;
      return typeof matches === "string" ? all.includes(matches) : matches.test(all);
    });

  const slack: FakeSlack = {
    ...people,
    ...secrets,
    apiUrl: `${world.baseUrl}/api/`,
    botUserId: world.botUserId,
    botId: world.botId,
    team: world.team,
    world,
    calls: webApi.calls,
    acks: delivery.acks,
    views: world.views,
    files: world.files,
    problems: world.problems,
    get connections() {
      return delivery.sockets.size;
    },
    get scopes() {
      return state.scopes;
    },
    set scopes(scopes) {
      state.scopes = scopes;
    },
    get rateLimits() {
      return state.rateLimits;
    },
    set rateLimits(on) {
      state.rateLimits = on;
    },
    messages: (channel) => world.messages.filter((message) => message.channel === channel && seen(message)),
    thread: (channel, ts) => slack.messages(channel).filter((message) => message.ts === ts || message.threadTs === ts),
    ephemerals: (user) => world.messages.filter((message) => message.ephemeralFor === user && !message.deleted),
    home: (user) => world.views.find((view) => view.user === user && view.type === "home"),
    modal: (user) => world.views.findLast((view) => view.user === user && view.type === "modal" && view.open),
    callsTo: (method) => webApi.calls.filter((call) => call.method === method),
    advance: world.advance,
    delay: (ms) => {
      state.delay = ms;
    },
    failNext: webApi.failNext,
    failFor: webApi.failFor,
    redeliver: (eventId, retry = {}) => delivery.redeliver(eventId, { retryNum: retry.retryNum ?? 1, reason: retry.reason ?? "timeout" }),
    cut: () => {
      for (const socket of delivery.sockets) socket.terminate();
      delivery.sockets.clear();
    },
    disconnect: (reason) => {
      for (const socket of delivery.sockets) {
        socket.send(JSON.stringify({ type: "disconnect", reason, debug_info: { host: "fake" } }));
        delivery.retire(socket);
      }
    },
    disconnectOne: () => {
      const [socket] = delivery.sockets;
      socket?.send(JSON.stringify({ type: "disconnect", reason: "refresh_requested", debug_info: { host: "fake" } }));
      if (socket !== undefined) delivery.retire(socket);
    },
    useHttp: (url) => {
      state.httpUrl = url;
    },
    postEvent: (event, flaws) => delivery.post("events_api", eventPayload(world, event), flaws),
    waitFor: (look, what, ms = 10_000) => waitFor(look, what, ms, world),
    wait: {
      untilConnected: (count = 1) => slack.waitFor(() => delivery.sockets.size >= count && delivery.sockets.size, `${count} sockets`),
      untilMessage: (channel, matches) =>
        slack.waitFor(() => matching(slack.messages(channel), matches), `a message ${String(matches)} in ${channel}`),
      untilEphemeral: (user, matches) =>
        slack.waitFor(() => matching(slack.ephemerals(user), matches), `an ephemeral ${String(matches)} for ${user}`),
      untilModal: (user) => slack.waitFor(() => slack.modal(user), `a modal for ${user}`),
      untilHome: (user) => slack.waitFor(() => slack.home(user), `a home tab for ${user}`),
      untilCall: (method, count = 1) => slack.waitFor(() => slack.callsTo(method)[count - 1], `call ${count} of ${method}`),
    },
    forgive: () => world.problems.splice(0),
    assertClean: () => {
      if (world.problems.length > 0) throw new Error(`the bot did what Slack does not allow:\n${world.problems.join("\n")}`);
    },
    async stop() {
      // Whoever is still connected may still ack; whoever has gone was stopped by the test.
      if (delivery.sockets.size > 0) await slack.waitFor(() => delivery.pending() === 0 || delivery.sockets.size === 0, "acks", 10_000);
      delivery.stop();
      // A bot that is just leaving gets a proper goodbye; the others are cut.
      for (const socket of webSockets.clients) socket.close(1001);
      await slack.waitFor(() => webSockets.clients.size === 0, "sockets to close", 1000).catch(() => undefined);
      for (const socket of webSockets.clients) socket.terminate();
      webSockets.close();
      for (const socket of plainSockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      slack.assertClean();
    },
  };
  return slack;
}

function eventPayload(world: World, event: Json): Json {
  const authorizations = [{ team_id: world.team, user_id: world.botUserId, is_bot: true }];
  return {
    type: "event_callback",
    team_id: world.team,
    api_app_id: world.appId,
    event_id: world.id("Ev"),
    event_time: 0,
    authorizations,
    event,
  };
}

function reply(response: ServerResponse, status: number, body: string, headers: Record<string, string> = {}): void {
  response.writeHead(status, headers);
  response.end(body);
}

async function waitFor<Found>(look: () => Found | undefined | false, what: string, ms: number, world: World): Promise<Found> {
  const end = performance.now() + ms;
  for (;;) {
    const found = look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > end) {
      const last = world.messages.slice(-5).map((message) => `  ${message.channel} ${message.ts} ${message.user}: ${message.text}`);
      throw new Error(
        `waited ${ms} ms for ${what}; the last messages:\n${last.join("\n")}\nproblems: ${world.problems.join("; ") || "none"}`,
      );
    }
    await sleep(10);
  }
}
