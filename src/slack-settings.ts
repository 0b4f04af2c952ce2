import { z } from "zod";
import { AppError } from "./errors.ts";

/** The environment's names for Slack (docs/slack.md). */
export const slackEnvironment = {
  SLACK_BOT_TOKEN: z.string().regex(/^xox[be]/, "the bot token starts with xoxb-").optional(), // prettier-ignore
  SLACK_APP_TOKEN: z.string().regex(/^xapp-/, "the app-level token starts with xapp-").optional(), // prettier-ignore
  SLACK_SIGNING_SECRET: z.string().min(8, "the signing secret of the app's page Basic Information").optional(),
  SLACK_API_URL: z.url({ protocol: /^https?$/, error: "a URL such as https://slack.com/api/" }).default("https://slack.com/api/"),
  SLACK_MODE: z.enum(["socket", "http"]).default("socket"),
  SLACK_HTTP_HOST: z.string().default("127.0.0.1"),
  SLACK_HTTP_PORT: z.coerce.number().int().min(0).max(65_535).default(3000),
};

const environmentSchema = z.object(slackEnvironment);
export type SlackEnvironment = z.infer<typeof environmentSchema>;

/** For a check without the rest of the settings. */
export function slackEnvironmentValues(environment: Readonly<Record<string, string | undefined>>): SlackEnvironment {
  const parsed = environmentSchema.safeParse(environment);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw wrong(`${String(issue?.path[0])} is wrong: ${issue?.message ?? "not understood"}`);
}

export interface SlackSettings {
  readonly botToken: string;
  readonly apiUrl: string;
  readonly connection:
    | { readonly mode: "socket"; readonly appToken: string }
    | { readonly mode: "http"; readonly signingSecret: string; readonly host: string; readonly port: number };
}

/** Undefined without a bot token: then there is no Slack. */
export function slackSettings(values: SlackEnvironment): SlackSettings | undefined {
  const { SLACK_BOT_TOKEN: botToken, SLACK_APP_TOKEN: appToken, SLACK_SIGNING_SECRET: signingSecret } = values;
  if (botToken === undefined) {
    if (appToken !== undefined || signingSecret !== undefined)
      throw wrong(`SLACK_BOT_TOKEN is missing (${appToken === undefined ? "SLACK_SIGNING_SECRET" : "SLACK_APP_TOKEN"} is set)`);
    return undefined;
  }
  const apiUrl = checkedApiUrl(values.SLACK_API_URL);
  if (values.SLACK_MODE === "http") {
    if (signingSecret === undefined) throw wrong("SLACK_MODE=http needs SLACK_SIGNING_SECRET");
    return { botToken, apiUrl, connection: { mode: "http", signingSecret, host: values.SLACK_HTTP_HOST, port: values.SLACK_HTTP_PORT } };
  }
  if (appToken === undefined) throw wrong("SLACK_APP_TOKEN is missing: Socket Mode needs an app-level token with connections:write");
  return { botToken, apiUrl, connection: { mode: "socket", appToken } };
}

/** Tokens would travel in the clear. The SDK wants the slash at the end. */
function checkedApiUrl(text: string): string {
  const url = new URL(text);
  if (url.protocol === "http:" && !/^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname))
    throw wrong(`SLACK_API_URL is ${text}: over http:// the tokens would travel in the clear`);
  return text.endsWith("/") ? text : `${text}/`;
}

function wrong(message: string): AppError {
  return new AppError("setting-wrong", message, {
    help: "`chiffon setup slack` says where each value comes from; .env.example lists them.",
  });
}
