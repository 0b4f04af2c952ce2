/** How things reach the bot: envelopes over sockets, or signed HTTP posts; acks are timed, events are sent a second time. */
import { createHmac } from "node:crypto";
import type { WebSocket } from "ws";
import { object, string, tryParse, type Json } from "./json.ts";
import type { World } from "./world.ts";

export type EnvelopeType = "events_api" | "slash_commands" | "interactive";
export interface Ack {
  readonly acked: boolean;
  /** What the bot answered with the ack: `response_action`, a command's text, … */
  readonly payload: Json;
  readonly ms: number;
  /** HTTP mode only. */
  readonly status?: number;
}
export interface RecordedAck {
  readonly type: EnvelopeType;
  readonly envelopeId: string;
  readonly eventId?: string;
  readonly attempt: number;
  readonly ms: number;
}
export interface HttpFlaws {
  readonly badSignature?: boolean;
  readonly timestampAgeSeconds?: number;
}
interface Delivery {
  readonly type: EnvelopeType;
  readonly payload: Json;
  readonly eventId: string | undefined;
  readonly settle: (ack: Ack) => void;
  attempt: number;
  settled: boolean;
}
interface Sent {
  readonly delivery: Delivery;
  readonly at: number;
  readonly timer: NodeJS.Timeout;
}
export interface DeliveryHub {
  readonly acks: RecordedAck[];
  readonly sockets: Set<WebSocket>;
  connected(socket: WebSocket): void;
  send(type: EnvelopeType, payload: Json, eventId?: string, retry?: { readonly number: number; readonly reason: string }): Promise<Ack>;
  redeliver(eventId: string, retry: { readonly retryNum: number; readonly reason: string }): Promise<Ack>;
  post(
    type: EnvelopeType,
    payload: Json,
    flaws?: HttpFlaws,
    retry?: { readonly number: number; readonly reason: string },
  ): Promise<{ status: number; body: string }>;
  retire(socket: WebSocket): void;
  pending(): number;
  stop(): void;
}
export interface DeliveryDeps {
  readonly world: World;
  readonly signingSecret: string;
  readonly ackTimeout: number;
  /** Set in HTTP mode. */
  readonly httpUrl: () => string | undefined;
}

export function createDelivery(deps: DeliveryDeps): DeliveryHub {
  const { world, ackTimeout } = deps;
  const acks: RecordedAck[] = [];
  const sockets = new Set<WebSocket>();
  const sent = new Map<string, Sent>();
  const waiting: Delivery[] = [];
  const events = new Map<string, Json>();
  let turn = 0;
  let stopped = false;

  function settle(delivery: Delivery, ack: Ack): void {
    delivery.settled = true;
    delivery.settle(ack);
  }

  function giveUp(delivery: Delivery): void {
    if (!stopped)
      world.problems.push(`${delivery.type} ${delivery.eventId ?? ""} was not acked within ${ackTimeout} ms`.replace("  ", " "));
    settle(delivery, { acked: false, payload: {}, ms: ackTimeout });
  }

  /** Slack sends events again, never commands or clicks: there the person sees an error. */
  function notAcked(delivery: Delivery): void {
    if (delivery.settled) return;
    if (delivery.type !== "events_api" || delivery.attempt > 0) return giveUp(delivery);
    delivery.attempt += 1;
    dispatch(delivery, "timeout");
  }

  function dispatch(delivery: Delivery, reason?: string): void {
    if (stopped) return settle(delivery, { acked: false, payload: {}, ms: 0 });
    if (deps.httpUrl() !== undefined) return void dispatchHttp(delivery, reason);
    const open = [...sockets].filter((socket) => socket.readyState === 1);
    const socket = open[(turn += 1) % Math.max(1, open.length)];
    if (socket === undefined) {
      if (delivery.type === "events_api") waiting.push(delivery);
      else settle(delivery, { acked: false, payload: {}, ms: 0 });
      return;
    }
    const envelopeId = crypto.randomUUID();
    const timer = setTimeout(() => notAcked(delivery), ackTimeout);
    sent.set(envelopeId, { delivery, at: performance.now(), timer });
    const retry = delivery.attempt > 0 ? { retry_attempt: delivery.attempt, retry_reason: reason ?? "timeout" } : {};
    const { type, payload } = delivery;
    socket.send(JSON.stringify({ envelope_id: envelopeId, type, payload, accepts_response_payload: type !== "events_api", ...retry }));
  }

  async function dispatchHttp(delivery: Delivery, reason?: string): Promise<void> {
    const start = performance.now();
    const retry = delivery.attempt > 0 ? { number: delivery.attempt, reason: reason ?? "http_error" } : undefined;
    const answer = await post(delivery.type, delivery.payload, {}, retry).catch(() => undefined);
    const ms = performance.now() - start;
    const { type, eventId, attempt } = delivery;
    if (answer === undefined || answer.status !== 200) return notAcked(delivery);
    acks.push({ type, envelopeId: "", attempt, ms, ...(eventId === undefined ? {} : { eventId }) });
    const payload = answer.body === "" ? {} : (tryParse(answer.body) ?? { text: answer.body });
    settle(delivery, { acked: true, payload: object(payload), ms, status: answer.status });
  }

  async function post(
    type: EnvelopeType,
    payload: Json,
    flaws: HttpFlaws = {},
    retry?: { readonly number: number; readonly reason: string },
  ): Promise<{ status: number; body: string }> {
    const url = deps.httpUrl();
    if (url === undefined) throw new Error("call useHttp(url) first");
    const body = httpBody(type, payload);
    // The bot compares with its own clock, so this is the real one.
    const timestamp = String(Math.floor(Date.now() / 1000) - (flaws.timestampAgeSeconds ?? 0));
    const secret = flaws.badSignature === true ? "another secret" : deps.signingSecret;
    const response = await fetch(url, {
      method: "POST",
      headers: {
        "content-type": type === "events_api" ? "application/json" : "application/x-www-form-urlencoded",
        "x-slack-request-timestamp": timestamp,
        "x-slack-signature": `v0=${createHmac("sha256", secret).update(`v0:${timestamp}:${body}`).digest("hex")}`,
        ...(retry === undefined ? {} : { "x-slack-retry-num": String(retry.number), "x-slack-retry-reason": retry.reason }),
      },
      body,
      signal: AbortSignal.timeout(ackTimeout),
    });
    return { status: response.status, body: await response.text() };
  }

  function onAck(text: string): void {
    const message = object(tryParse(text));
    const envelopeId = string(message["envelope_id"]);
    const one = sent.get(envelopeId);
    if (one === undefined) return void world.problems.push(`ack for an unknown or already acked envelope ${envelopeId}`);
    sent.delete(envelopeId);
    clearTimeout(one.timer);
    const { delivery } = one;
    const ms = performance.now() - one.at;
    const { type, eventId, attempt } = delivery;
    acks.push({ type, envelopeId, attempt, ms, ...(eventId === undefined ? {} : { eventId }) });
    if (!delivery.settled) settle(delivery, { acked: true, payload: object(message["payload"]), ms });
  }

  return {
    acks,
    sockets,
    post,
    connected(socket) {
      sockets.add(socket);
      socket.on("message", (data: Buffer) => onAck(data.toString("utf8")));
      socket.on("close", () => sockets.delete(socket));
      for (const delivery of waiting.splice(0)) dispatch(delivery);
    },
    send(type, payload, eventId, retry) {
      if (eventId !== undefined) events.set(eventId, payload);
      return new Promise((resolve) => {
        dispatch({ type, payload, eventId, settle: resolve, attempt: retry?.number ?? 0, settled: false }, retry?.reason);
      });
    },
    redeliver(eventId, retry) {
      const payload = events.get(eventId);
      if (payload === undefined) throw new Error(`no event ${eventId} was sent`);
      return this.send("events_api", payload, eventId, { number: retry.retryNum, reason: retry.reason });
    },
    retire: (socket) => void sockets.delete(socket),
    pending: () => [...sent.values()].filter((one) => !one.delivery.settled).length,
    stop() {
      stopped = true;
      for (const { timer, delivery } of sent.values()) {
        clearTimeout(timer);
        if (!delivery.settled) settle(delivery, { acked: false, payload: {}, ms: 0 });
      }
      for (const delivery of waiting.splice(0)) settle(delivery, { acked: false, payload: {}, ms: 0 });
    },
  };
}

function httpBody(type: EnvelopeType, payload: Json): string {
  if (type === "events_api") return JSON.stringify(payload);
  if (type === "interactive") return new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
  return new URLSearchParams(Object.entries(payload).map(([key, value]): [string, string] => [key, string(value)])).toString();
}
