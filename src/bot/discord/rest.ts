import { REST } from "discord.js";
import { limits } from "./limits.ts";

const timeoutMs = 10_000;

/** The REST client: calls end, are not repeated, and wait only shortly for a rate limit. The outbox repeats, and waits. */
export function restOptions(apiUrl: string) {
  return {
    api: apiUrl,
    version: "10",
    timeout: timeoutMs,
    retries: 0,
    rejectOnRateLimit: ({
      retryAfter,
      timeToReset,
      sublimitTimeout,
    }: {
      retryAfter: number;
      timeToReset: number;
      sublimitTimeout: number;
    }) => Math.max(retryAfter, timeToReset, sublimitTimeout) > limits.longestWaitMs,
  };
}

export function createRest(settings: { readonly token: string; readonly apiUrl: string }): REST {
  return new REST(restOptions(settings.apiUrl)).setToken(settings.token);
}
