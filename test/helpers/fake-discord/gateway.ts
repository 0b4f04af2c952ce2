import type { Server } from "node:http";
import { GatewayIntentBits } from "discord.js";
import { type WebSocket, WebSocketServer } from "ws";
import { z } from "zod";
import { guildPayload, userPayload } from "./payloads.ts";
import type { GatewayEvent, World } from "./world.ts";

interface Session {
  readonly id: string;
  readonly intents: number;
  readonly sent: { readonly s: number; readonly t: string; readonly d: object }[];
  socket: WebSocket | undefined;
}

export interface Gateway {
  /** Whether a bot has identified and is connected now. */
  readonly connected: boolean;
  /** How often the bot identified, and resumed. */
  readonly identifies: number;
  readonly resumes: number;
  readonly heartbeats: number;
  /** A resume sends again the last message or interaction that the bot has had already. */
  resumeDoubles: boolean;
  /** Heartbeats stay unanswered: a connection that looks alive and is not. */
  heartbeatsUnanswered: boolean;
  /** Whether anybody gets, now or by a resume, what is dispatched. */
  readonly heard: boolean;
  dispatch(event: GatewayEvent): GatewayEvent;
  cut(forMilliseconds?: number): void;
  reconnect(): void;
  invalidSession(resumable: boolean): void;
  close(code: number): void;
  stop(): void;
}

const privileged = GatewayIntentBits.MessageContent | GatewayIntentBits.GuildMembers | GatewayIntentBits.GuildPresences;
const knownIntents = Object.values(GatewayIntentBits).reduce<number>((all, bit) => (typeof bit === "number" ? all | bit : all), 0);

const payload = z.object({ op: z.int(), d: z.unknown() });
const identify = z.object({ token: z.string(), intents: z.int(), properties: z.looseObject({}) });
const resume = z.object({ token: z.string(), session_id: z.string(), seq: z.int().nullable() });

/** The websocket side: HELLO, IDENTIFY, READY, heartbeats, numbered events, RESUME with replay. */
export function createGateway(server: Server, world: World, url: () => string, heartbeatEvery: number): Gateway {
  const sockets = new WebSocketServer({ server });
  const sessions = new Map<string, Session>();
  let [identifies, resumes, heartbeats, downUntil] = [0, 0, 0, 0];

  const send = (socket: WebSocket, data: object): void => socket.send(JSON.stringify(data));
  const live = (): Session[] => [...sessions.values()].filter((session) => session.socket !== undefined);

  function deliver(session: Session, t: string, d: object): void {
    const s = session.sent.length + 1;
    session.sent.push({ s, t, d });
    if (session.socket !== undefined) send(session.socket, { op: 0, s, t, d });
  }

  function onIdentify(socket: WebSocket, d: unknown): void {
    const asked = identify.safeParse(d);
    if (!asked.success) return socket.close(4002, "Error while decoding payload.");
    const { token, intents } = asked.data;
    if (token !== world.token) return socket.close(4004, "Authentication failed.");
    if ((intents & ~knownIntents) !== 0) return socket.close(4013, "Invalid intent(s).");
    if (!world.privilegedIntents && (intents & privileged) !== 0) return socket.close(4014, "Disallowed intent(s).");
    identifies += 1;
    const session: Session = { id: world.newId(), intents, sent: [], socket };
    sessions.set(session.id, session);
    deliver(session, "READY", {
      v: 10,
      user: { ...userPayload(world.members.get(world.botId)!), verified: true, mfa_enabled: false, email: null, flags: 0 },
      guilds: [{ id: world.guildId, unavailable: true }],
      session_id: session.id,
      session_type: "normal",
      resume_gateway_url: url(),
      shard: [0, 1],
      application: { id: world.applicationId, flags: 0 },
    });
    if ((intents & GatewayIntentBits.Guilds) === 0) return undefined;
    return deliver(session, "GUILD_CREATE", guildPayload(world, (intents & GatewayIntentBits.GuildMembers) !== 0));
  }

  function onResume(socket: WebSocket, d: unknown): void {
    const asked = resume.safeParse(d);
    if (!asked.success) return socket.close(4002, "Error while decoding payload.");
    if (asked.data.token !== world.token) return socket.close(4004, "Authentication failed.");
    const session = sessions.get(asked.data.session_id);
    if (session === undefined) return send(socket, { op: 9, d: false });
    const had = asked.data.seq ?? 0;
    if (had > session.sent.length) return socket.close(4007, "Invalid seq.");
    resumes += 1;
    session.socket = socket;
    const again = session.sent.findLast((event) => event.s <= had && /^(MESSAGE|INTERACTION)_CREATE$/.test(event.t));
    if (gateway.resumeDoubles && again !== undefined) send(socket, { op: 0, ...again });
    for (const event of session.sent.slice(had)) send(socket, { op: 0, ...event });
    return deliver(session, "RESUMED", { _trace: [] });
  }

  sockets.on("connection", (socket, request) => {
    const query = new URL(request.url ?? "/", "ws://gateway").searchParams;
    if (Date.now() < downUntil) return socket.terminate();
    if (query.get("v") !== "10") return socket.close(4012, "Invalid API version.");
    if (query.get("encoding") !== "json" || query.has("compress")) return socket.close(4002, "Only plain JSON here.");
    let authenticated = false;
    let sentSince = { from: Date.now(), count: 0 };
    const own = (): Session | undefined => live().find((session) => session.socket === socket);

    socket.on("message", (raw) => {
      if (Date.now() - sentSince.from > 60_000) sentSince = { from: Date.now(), count: 0 };
      sentSince.count += 1;
      if (sentSince.count > 120) return socket.close(4008, "Rate limited.");
      const message = payload.safeParse(parse((raw as Buffer).toString("utf8")));
      if (!message.success) return socket.close(4002, "Error while decoding payload.");
      const { op, d } = message.data;
      if (op === 1) {
        heartbeats += 1;
        return gateway.heartbeatsUnanswered ? undefined : send(socket, { op: 11 });
      }
      if (op === 2 || op === 6) {
        if (own() !== undefined || (authenticated && op === 2)) return socket.close(4005, "Already authenticated.");
        authenticated = true;
        return op === 2 ? onIdentify(socket, d) : onResume(socket, d);
      }
      if (!authenticated) return socket.close(4003, "Not authenticated.");
      if (op !== 3 && op !== 4 && op !== 8) return socket.close(4001, "Unknown opcode.");
      return undefined;
    });
    socket.on("close", (code) => {
      const session = own();
      if (session === undefined) return;
      session.socket = undefined;
      // A bot that closes with 1000 or 1001 says good-bye: its session cannot be resumed.
      if (code === 1000 || code === 1001) sessions.delete(session.id);
    });
    // A cut connection reports an error too; the close event says all there is to know.
    socket.on("error", () => undefined);
    send(socket, { op: 10, d: { heartbeat_interval: heartbeatEvery } });
    return undefined;
  });

  const gateway: Gateway = {
    resumeDoubles: false,
    heartbeatsUnanswered: false,
    get connected() {
      return live().length > 0;
    },
    get heard() {
      return sessions.size > 0;
    },
    get identifies() {
      return identifies;
    },
    get resumes() {
      return resumes;
    },
    get heartbeats() {
      return heartbeats;
    },
    dispatch(event) {
      for (const session of sessions.values()) {
        if (event.intent !== undefined && (session.intents & event.intent) === 0) continue;
        const readsContent = (session.intents & GatewayIntentBits.MessageContent) !== 0;
        deliver(session, event.t, readsContent ? event.d : (event.withoutContent ?? event.d));
      }
      return event;
    },
    cut(forMilliseconds = 0) {
      downUntil = Date.now() + forMilliseconds;
      for (const session of live()) session.socket?.terminate();
    },
    reconnect() {
      for (const session of live()) if (session.socket !== undefined) send(session.socket, { op: 7, d: null });
    },
    invalidSession(resumable) {
      for (const session of live()) {
        const { socket } = session;
        if (socket === undefined) continue;
        if (resumable) session.socket = undefined;
        else sessions.delete(session.id);
        send(socket, { op: 9, d: resumable });
      }
    },
    close(code) {
      for (const session of live()) session.socket?.close(code);
    },
    stop() {
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
    },
  };
  return gateway;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
