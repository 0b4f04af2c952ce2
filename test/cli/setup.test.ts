import { expect, onTestFinished, test } from "vitest";
import type { CommandApp, CommandIo } from "../../src/cli/command.ts";
import { setup } from "../../src/cli/setup.ts";
import { findPlatformSetup } from "../../src/front-doors.ts";
import { startFakeSlack } from "../helpers/fake-slack.ts";

async function run(args: readonly string[], environment: Record<string, string> = {}): Promise<{ code: number; out: string }> {
  let out = "";
  const io: CommandIo = {
    out: (text) => void (out += text),
    err: () => undefined,
    readLine: async () => null,
    isTTY: false,
    colour: false,
    columns: 80,
    cwd: "/",
    signal: new AbortController().signal,
  };
  // It has nothing else of a house: no repo, no database, no data folder.
  const app = { platformSetup: (platform: string) => findPlatformSetup(platform, environment) } as CommandApp;
  return { code: await setup.run(args, io, app), out };
}

test("says what to click and asks the platform with the tokens that are set", async () => {
  const slack = await startFakeSlack();
  onTestFinished(() => slack.stop());
  const environment = { SLACK_API_URL: slack.apiUrl, SLACK_BOT_TOKEN: slack.botToken, SLACK_APP_TOKEN: slack.appToken };
  const all = await run(["slack"], environment);
  expect(all).toMatchObject({ code: 0, out: expect.stringContaining("From a manifest") });
  expect(all.out).toContain("ok      SLACK_BOT_TOKEN: chiffon in Example (T1)");
  const checked = await run(["slack", "--check"], { ...environment, SLACK_APP_TOKEN: "xapp-other" });
  expect(checked.code).toBe(5);
  expect(checked.out).not.toContain("manifest");
  expect(checked.out).toMatch(/^WRONG {3}SLACK_APP_TOKEN: Slack answers invalid_auth\n {8}-> /m);
});

test("one platform is to be named", async () => {
  for (const args of [[], ["teams"], ["slack", "discord"]]) await expect(run(args)).rejects.toMatchObject({ exitCode: 2 });
});
