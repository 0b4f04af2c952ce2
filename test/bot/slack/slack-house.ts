import { onTestFinished } from "vitest";
import type { ChatHandlers, ChatPlatform, IncomingAction, IncomingCommand, IncomingMessage } from "../../../src/bot/chat-platform.ts";
import { createSlackPlatform } from "../../../src/bot/slack/slack-platform.ts";
import { silentLogger } from "../../../src/logger.ts";
import type { SlackSettings } from "../../../src/slack-settings.ts";
import { chatHandlers } from "../../helpers/chat-handlers.ts";
import { startFakeSlack, type FakeSlack, type FakeSlackOptions } from "../../helpers/fake-slack.ts";

/** The real SDK on a Slack of ours, with handlers that write down what they are told. */
export interface SlackHouse {
  readonly slack: FakeSlack;
  readonly platform: ChatPlatform;
  readonly messages: IncomingMessage[];
  readonly actions: IncomingAction[];
  readonly commands: IncomingCommand[];
  readonly said: string[];
}

export const people = [
  { id: "U1", name: "alice" },
  { id: "U2", name: "bob" },
  { id: "U3", name: "gast", guest: true },
  { id: "U4", name: "left", deleted: true },
  { id: "U5", name: "helper-bot", bot: true },
  { id: "U9", name: "eve", team: "T2" },
];
export const channels = [
  { id: "C1", name: "ops" },
  { id: "C2", name: "elsewhere", botIsMember: false },
  { id: "C3", name: "small", members: ["U1"] },
];

export interface HouseOptions extends FakeSlackOptions {
  readonly handlers?: Partial<ChatHandlers>;
  readonly settings?: (slack: FakeSlack) => Partial<SlackSettings>;
  /** Without connecting. */
  readonly stopped?: true;
}

export async function openSlack(options: HouseOptions = {}): Promise<SlackHouse> {
  const slack = await startFakeSlack({ users: people, channels, usergroups: [{ id: "S1", members: ["U1"] }], ...options });
  const messages: IncomingMessage[] = [];
  const actions: IncomingAction[] = [];
  const commands: IncomingCommand[] = [];
  const said: string[] = [];
  const platform = createSlackPlatform({
    settings: {
      botToken: slack.botToken,
      apiUrl: slack.apiUrl,
      connection: { mode: "socket", appToken: slack.appToken },
      ...options.settings?.(slack),
    },
    userGroups: ["slack:T1:S1", "slack:T9:S1"],
    logger: silentLogger(),
    say: (text) => said.push(text),
  });
  const handlers = chatHandlers({
    onMessage: async (message) => void messages.push(message),
    onAction: async (action) => void actions.push(action),
    onCommand: async (command) => void commands.push(command),
    ...options.handlers,
  });
  onTestFinished(async () => {
    await platform.stop();
    await slack.stop();
  });
  if (options.stopped !== true) await platform.start(handlers);
  return { slack, platform, messages, actions, commands, said };
}
