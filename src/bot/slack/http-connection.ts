import { HTTPReceiver, type App, type Receiver } from "@slack/bolt";
import { AppError, messageOf } from "../../errors.ts";
import type { Logger } from "../../logger.ts";
import { pinoForSlack } from "./slack-logger.ts";

export interface HttpConnectionDeps {
  readonly signingSecret: string;
  readonly host: string;
  readonly port: number;
  readonly logger: Logger;
}

/** Slack calls us: events, commands and clicks at one address, each signed. The SDK answers 401 to a wrong signature or one older than 5 minutes. */
export function createHttpConnection({ signingSecret, host, port, logger }: HttpConnectionDeps): Receiver {
  const receiver = new HTTPReceiver({ signingSecret, endpoints: ["/slack/events"], logger: pinoForSlack(logger) });
  let listening = false;
  return {
    init: (app: App) => receiver.init(app),
    async start() {
      try {
        await receiver.start({ host, port });
        listening = true;
        logger.info({ host, port }, "Slack's calls are taken");
      } catch (error) {
        throw new AppError("slack-port-taken", `Slack's calls cannot be taken at ${host}:${port}: ${messageOf(error)}`, {
          cause: error,
          help: "Set SLACK_HTTP_HOST and SLACK_HTTP_PORT to a free address.",
        });
      }
    },
    async stop() {
      if (listening) await receiver.stop();
      listening = false;
    },
  };
}
