import { LogLevel, type Logger as BoltLogger } from "@slack/bolt";
import type { Logger } from "../../logger.ts";

export type SlackLogger = BoltLogger;

/** The SDK's messages in our log: only its warnings and errors (what it says at lower levels holds whole payloads), and never a token. */
export function pinoForSlack(logger: Logger | undefined): SlackLogger {
  const text = (parts: readonly unknown[]): string => withoutTokens(parts.map(String).join(" "));
  return {
    debug: () => undefined,
    info: () => undefined,
    // What comes of it is said where the call was made.
    warn: (...parts) => logger?.debug({ sdk: text(parts) }, "Slack's SDK warns"),
    error: (...parts) => logger?.warn({ sdk: text(parts) }, "Slack's SDK reports an error"),
    setLevel: () => undefined,
    getLevel: () => LogLevel.WARN,
    setName: () => undefined,
  };
}

/** Tokens and the tickets of socket and response URLs. */
export function withoutTokens(text: string): string {
  return text.replace(/\bx(?:ox[a-z]|app)-[\w-]+/g, "[token]").replace(/(wss?:\/\/|https?:\/\/hooks)[^\s"']+/g, "[url]");
}
