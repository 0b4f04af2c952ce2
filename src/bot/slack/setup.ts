import type { PlatformSetup, SetupLine, SetupReport } from "../../platform-setup.ts";
import { AppError, messageOf } from "../../errors.ts";
import { slackEnvironmentValues, slackSettings, type SlackSettings } from "../../slack-settings.ts";
import { failureText, platformErrorOf } from "./slack-error.ts";
import { botScopes, manifest } from "./manifest.ts";
import { createWebClient, webClientOptions } from "./web-client.ts";

export const slackSetup: PlatformSetup = { text: slackSetupText, check: checkSlackSetup };

/** What to click, from nothing to a working bot. */
export function slackSetupText(): string {
  const scopes = Object.entries(botScopes).map(([scope, reason]) => `  ${scope.padEnd(18)} ${reason}`);
  return `Connect Slack

1. Open https://api.slack.com/apps, press "Create New App", "From a manifest", pick your workspace, choose YAML and paste:

${manifest().replace(/^/gm, "     ").trimEnd()}

2. Press "Install to Workspace" and allow it. Under "OAuth & Permissions" copy the Bot User OAuth Token:
     SLACK_BOT_TOKEN=xoxb-...
3. Under "Basic Information", "App-Level Tokens", press "Generate Token and Scopes", add the scope connections:write, and copy it:
     SLACK_APP_TOKEN=xapp-...
4. Put both lines into .env (beside package.json), run \`chiffon setup slack --check\`, then \`chiffon start\`.
5. In a channel: /invite @Chiffon, then "@Chiffon restart nginx on web1". In the channel's thread plain replies are heard too.
6. Until chiffon.yml has a policy, only the local owner can approve: docs/policy.md. An account is written slack:TEAM:USER.

What the scopes are for:
${scopes.join("\n")}
  connections:write  (app-level token) to open the socket; nothing has to be reachable from outside

Without Socket Mode (SLACK_MODE=http) Slack calls https://YOUR-HOST/slack/events: see docs/slack.md.`;
}

export async function checkSlackSetup(environment: Readonly<Record<string, string | undefined>>): Promise<SetupReport> {
  let settings: SlackSettings | undefined;
  try {
    settings = slackSettings(slackEnvironmentValues(environment));
  } catch (error) {
    return { lines: [wrong(messageOf(error), error instanceof AppError ? error.help : undefined)] };
  }
  if (settings === undefined) return { lines: [{ state: "missing", text: "SLACK_BOT_TOKEN is not set", help: "Follow steps 1 and 2." }] };
  const options = webClientOptions(settings.apiUrl);
  const lines = [...(await checkBotToken(settings.botToken, options))];
  if (settings.connection.mode === "socket") lines.push(await checkAppToken(settings.connection.appToken, options));
  else lines.push({ state: "unsure", text: "SLACK_SIGNING_SECRET can only be tried by Slack: save the Request URL in the app's settings" });
  return { lines };
}

async function checkBotToken(token: string, options: ReturnType<typeof webClientOptions>): Promise<SetupLine[]> {
  try {
    const answer = await createWebClient(token, options).auth.test();
    const given = answer.response_metadata?.scopes;
    const missing = given === undefined ? [] : Object.keys(botScopes).filter((scope) => !given.includes(scope));
    return [
      { state: "ok", text: `SLACK_BOT_TOKEN: ${answer.user ?? "the bot"} in ${answer.team ?? "the workspace"} (${answer.team_id ?? "?"})` },
      ...(given === undefined ? [{ state: "unsure", text: "Slack did not say which scopes the bot has" } as const] : []),
      ...missing.map((scope) =>
        wrong(
          `the scope ${scope} is missing: ${botScopes[scope] ?? ""}`,
          "Add it under OAuth & Permissions, Bot Token Scopes, and reinstall the app.",
        ),
      ),
      ...(given !== undefined && missing.length === 0 ? [{ state: "ok", text: "all scopes are there" } as const] : []),
    ];
  } catch (error) {
    return [tokenLine("SLACK_BOT_TOKEN", error, "Copy the Bot User OAuth Token from OAuth & Permissions again.")];
  }
}

async function checkAppToken(token: string, options: ReturnType<typeof webClientOptions>): Promise<SetupLine> {
  try {
    await createWebClient(token, options).apps.connections.open({});
    return { state: "ok", text: "SLACK_APP_TOKEN opens a socket" };
  } catch (error) {
    if (platformErrorOf(error) === "missing_scope")
      return wrong("SLACK_APP_TOKEN lacks connections:write", "Generate an app-level token with the scope connections:write (step 3).");
    return tokenLine(
      "SLACK_APP_TOKEN",
      error,
      "Generate an app-level token with connections:write (step 3), and see that Socket Mode is enabled.",
    );
  }
}

function tokenLine(name: string, error: unknown, help: string): SetupLine {
  const refused = platformErrorOf(error);
  if (refused !== undefined) return wrong(`${name}: Slack answers ${refused}`, help);
  return {
    state: "unsure",
    text: `${name} could not be tried: ${failureText(error)}`,
    help: "Is the internet reachable from here?",
  };
}

function wrong(text: string, help: string | undefined): SetupLine {
  return { state: "wrong", text, ...(help === undefined ? {} : { help }) };
}
