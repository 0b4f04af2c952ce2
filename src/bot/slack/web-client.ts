import { webApi } from "@slack/bolt";
import { pinoForSlack, type SlackLogger } from "./slack-logger.ts";

export type WebClient = webApi.WebClient;
export type WebClientOptions = webApi.WebClientOptions;

/** How long one call may take: a person waits, and the outbox tries again. */
const callMs = 10_000;

/** The SDK's own retries go on for half an hour: the outbox does that, and knows the order. */
export function webClientOptions(apiUrl: string, logger?: SlackLogger): WebClientOptions {
  return {
    slackApiUrl: apiUrl,
    timeout: callMs,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    logger: logger ?? pinoForSlack(undefined),
  };
}

export function createWebClient(token: string, options: WebClientOptions): WebClient {
  return new webApi.WebClient(token, options);
}
