import { setTimeout as sleep } from "node:timers/promises";
import { SocketModeReceiver, type App, type Receiver } from "@slack/bolt";
import { z } from "zod";
import type { Logger } from "../../logger.ts";
import { readJson } from "./buttons.ts";
import { failureText, platformErrorOf, tokenErrors } from "./slack-error.ts";
import { pinoForSlack } from "./slack-logger.ts";
import type { WebClientOptions } from "./web-client.ts";

export interface SocketConnectionDeps {
  readonly appToken: string;
  readonly clientOptions: WebClientOptions;
  readonly logger: Logger;
}

/**
 * Two sockets side by side, each renewed as soon as it ends. Slack gives an envelope to one of them, so nothing comes twice; and when it renews
 * one, a click in that second arrives on the other instead of failing for the person. The SDK alone waits for seconds before it opens a new one.
 */
const sockets = 2;
const helloMs = 20_000;
const farewellMs = 2_000;
const firstRetryMs = 500;
const longestRetryMs = 30_000;
/** A further socket that ends again and again this soon is not wanted (too many of them, or a server that allows one). */
const unwantedMs = 5 * 60_000;
const shortLifeMs = 10_000;
const shortLivesAllowed = 3;

export function createSocketConnection(deps: SocketConnectionDeps): Receiver {
  return new SocketConnection(deps);
}

const farewell = z.looseObject({ type: z.literal("disconnect") });

class SocketConnection implements Receiver {
  readonly #deps: SocketConnectionDeps;
  readonly #open = new Set<SocketModeReceiver>();
  readonly #stopping = new AbortController();
  #app: App | undefined;
  #keeping: Promise<void>[] = [];

  constructor(deps: SocketConnectionDeps) {
    this.#deps = deps;
  }

  init(app: App): void {
    this.#app = app;
  }

  /** Resolves with the first socket open, or tried in vain because the network is away: it is tried on. Rejects when the token is wrong. */
  async start(): Promise<void> {
    const first = Promise.withResolvers<void>();
    this.#keeping = [this.#keep(0, first)];
    await first.promise;
    for (let number = 1; number < sockets; number += 1) this.#keeping.push(this.#keep(number));
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    const ended = Promise.all(this.#keeping);
    this.#close();
    // A peer that is not there any more answers no farewell: the second time the SDK does not wait for one.
    const patience = setTimeout(() => this.#close(), farewellMs);
    await ended;
    clearTimeout(patience);
  }

  #close(): void {
    for (const receiver of this.#open) void receiver.stop().catch(() => undefined);
  }

  /** Keeps one socket open for good. */
  async #keep(number: number, first?: PromiseWithResolvers<void>): Promise<void> {
    const { logger } = this.#deps;
    let failures = 0;
    let shortLives = 0;
    while (!this.#stopping.signal.aborted) {
      try {
        const { ended } = await this.#connect();
        first?.resolve();
        failures = 0;
        logger.info({ socket: number }, "connected to Slack");
        const began = Date.now();
        await ended;
        shortLives = Date.now() - began < shortLifeMs ? shortLives + 1 : 0;
        if (this.#stopping.signal.aborted) return;
        if (number > 0 && shortLives >= shortLivesAllowed) {
          logger.warn({ socket: number }, "Slack ends further sockets at once; one has to do for a while");
          await this.#pause(unwantedMs);
          shortLives = 0;
          continue;
        }
        // The server may end a socket right after its hello: not in a tight loop.
        if (shortLives > 1) await this.#pause(firstRetryMs * shortLives);
      } catch (error) {
        if (this.#stopping.signal.aborted) break;
        const word = platformErrorOf(error);
        if (first !== undefined && word !== undefined && refusedForGood(word)) return first.reject(error);
        first?.resolve();
        failures += 1;
        logger.warn({ socket: number, error: failureText(error) }, "no socket to Slack, tried again");
        await this.#pause(Math.min(firstRetryMs * 2 ** (failures - 1), longestRetryMs));
      }
    }
    first?.resolve();
  }

  /** Resolves at Slack's hello. */
  async #connect(): Promise<{ readonly ended: Promise<void> }> {
    const { appToken, clientOptions, logger } = this.#deps;
    const receiver = new SocketModeReceiver({
      appToken,
      // Its own reconnecting waits before it acts, and its failures end the process.
      autoReconnectEnabled: false,
      installerOptions: { clientOptions },
      logger: pinoForSlack(logger),
    });
    if (this.#app !== undefined) receiver.init(this.#app);
    this.#open.add(receiver);
    const { client } = receiver;
    const ended = new Promise<void>((resolve) => {
      client.once("disconnected", () => {
        this.#open.delete(receiver);
        resolve();
      });
      // Slack says beforehand that it will close: the next one opens while this one ends.
      client.on("ws_message", (data: unknown) => {
        if (typeof data === "string" && data.includes('"disconnect"') && farewell.safeParse(readJson(data)).success) resolve();
      });
    });
    const late = setTimeout(() => void receiver.stop().catch(() => undefined), helloMs);
    try {
      await client.start();
      // It was stopped while it connected.
      if (this.#stopping.signal.aborted) void receiver.stop().catch(() => undefined);
      return { ended };
    } catch (error) {
      this.#open.delete(receiver);
      throw error instanceof Error ? error : new Error("Slack closed the socket before its hello");
    } finally {
      clearTimeout(late);
    }
  }

  async #pause(milliseconds: number): Promise<void> {
    await sleep(milliseconds, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
  }
}

/** Somebody has to change something; trying on would not help. */
function refusedForGood(word: string): boolean {
  return tokenErrors.has(word) || word === "missing_scope" || word === "not_allowed_token_type";
}
