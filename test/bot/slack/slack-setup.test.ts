import { expect, onTestFinished, test } from "vitest";
import { botScopes, manifest } from "../../../src/bot/slack/manifest.ts";
import { slackSetup } from "../../../src/bot/slack/setup.ts";
import { slackEnvironmentValues, slackSettings } from "../../../src/slack-settings.ts";
import { startFakeSlack, type FakeSlack } from "../../helpers/fake-slack.ts";

async function openFake(scopes?: readonly string[]): Promise<{ slack: FakeSlack; environment: Record<string, string> }> {
  const slack = await startFakeSlack(scopes === undefined ? {} : { scopes });
  onTestFinished(() => slack.stop());
  return { slack, environment: { SLACK_API_URL: slack.apiUrl, SLACK_BOT_TOKEN: slack.botToken, SLACK_APP_TOKEN: slack.appToken } };
}

async function states(environment: Record<string, string>): Promise<string[]> {
  return (await slackSetup.check(environment)).lines.map((line) => `${line.state}: ${line.text}`);
}

test("the text has the manifest, a reason for each scope, and what goes into .env", () => {
  const text = slackSetup.text();
  for (const [scope, reason] of Object.entries(botScopes)) expect(text).toContain(`${scope.padEnd(18)} ${reason}`);
  expect(text).toContain("SLACK_APP_TOKEN=xapp-");
  expect(manifest()).toContain("socket_mode_enabled: true");
  expect(manifest("https://example.org/slack/events")).toMatch(/socket_mode_enabled: false[^]*$/);
  expect(manifest("https://example.org/slack/events").match(/https:\/\/example\.org\/slack\/events/g)).toHaveLength(3);
});

test("right tokens with all scopes are well", async () => {
  const { environment } = await openFake(Object.keys(botScopes));
  expect(await states(environment)).toEqual([
    "ok: SLACK_BOT_TOKEN: chiffon in Example (T1)",
    "ok: all scopes are there",
    "ok: SLACK_APP_TOKEN opens a socket",
  ]);
});

test("missing scopes and wrong tokens are named with what to do", async () => {
  const { environment } = await openFake(Object.keys(botScopes).filter((scope) => scope !== "files:write"));
  expect(await states(environment)).toContain("wrong: the scope files:write is missing: for full logs and long lists as files");
  expect(await states({ ...environment, SLACK_BOT_TOKEN: "xoxb-other" })).toContain("wrong: SLACK_BOT_TOKEN: Slack answers invalid_auth");
  expect(await states({ ...environment, SLACK_APP_TOKEN: "xapp-other" })).toContain("wrong: SLACK_APP_TOKEN: Slack answers invalid_auth");
  expect(await states({})).toEqual(["missing: SLACK_BOT_TOKEN is not set"]);
  const [away] = await states({ ...environment, SLACK_API_URL: "http://127.0.0.1:1/" });
  expect(away).toMatch(/^unsure: SLACK_BOT_TOKEN could not be tried/);
});

test.each([
  [{ SLACK_BOT_TOKEN: "xoxb-1" }, "SLACK_APP_TOKEN is missing"],
  [{ SLACK_APP_TOKEN: "xapp-1" }, "SLACK_BOT_TOKEN is missing"],
  [{ SLACK_BOT_TOKEN: "xapp-1", SLACK_APP_TOKEN: "xoxb-1" }, "SLACK_BOT_TOKEN is wrong"],
  [{ SLACK_BOT_TOKEN: "xoxb-1", SLACK_MODE: "http" }, "SLACK_SIGNING_SECRET"],
  [{ SLACK_BOT_TOKEN: "xoxb-1", SLACK_APP_TOKEN: "xapp-1", SLACK_API_URL: "http://slack.example/api/" }, "in the clear"],
  [{ SLACK_BOT_TOKEN: "xoxb-1", SLACK_APP_TOKEN: "xapp-1", SLACK_API_URL: "ws://127.0.0.1/" }, "SLACK_API_URL is wrong"],
  [{ SLACK_BOT_TOKEN: "xoxb-1", SLACK_APP_TOKEN: "xapp-1", SLACK_MODE: "smoke" }, "SLACK_MODE is wrong"],
])("settings that cannot work are refused with the fix: %j", (environment, message) => {
  const help = expect.stringContaining("chiffon setup slack");
  expect(thrownBy(() => slackSettings(slackEnvironmentValues(environment)))).toMatchObject({
    code: "setting-wrong",
    message: expect.stringContaining(message),
    help,
  });
});

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}

test("settings that work", () => {
  expect(slackSettings(slackEnvironmentValues({}))).toBeUndefined();
  expect(
    slackSettings(
      slackEnvironmentValues({ SLACK_BOT_TOKEN: "xoxb-1", SLACK_APP_TOKEN: "xapp-1", SLACK_API_URL: "http://127.0.0.1:9/api" }),
    ),
  ).toEqual({
    botToken: "xoxb-1",
    apiUrl: "http://127.0.0.1:9/api/",
    connection: { mode: "socket", appToken: "xapp-1" },
  });
});
