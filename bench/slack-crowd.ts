import { setTimeout as pause } from "node:timers/promises";
import { startFakeSlack, type FakeSlack } from "../test/helpers/fake-slack.ts";
import { acknowledgeMs, type Crowd, type CrowdOptions } from "./chat-crowd.ts";

export async function slackCrowd({ threads, channels, limits }: CrowdOptions): Promise<Crowd> {
  const numbers = Array.from({ length: threads }, (_, index) => index);
  const slack: FakeSlack = await startFakeSlack({
    users: numbers.map((number) => ({ id: `U${number}`, name: `person${number}` })),
    channels: Array.from({ length: channels }, (_, index) => ({ id: `C${index}`, name: `ops${index}` })),
    rateLimits: limits,
    ackTimeout: acknowledgeMs,
  });
  const channelOf = (thread: number): string => `C${thread % channels}`;
  const opened = new Map<number, string>();
  return {
    name: "Slack",
    environment: { SLACK_BOT_TOKEN: slack.botToken, SLACK_APP_TOKEN: slack.appToken, SLACK_API_URL: slack.apiUrl },
    connected: async () => void (await slack.wait.untilConnected()),
    ask(thread, text) {
      const before = opened.get(thread);
      const at = Date.now();
      const written = slack.mention({
        user: `U${thread}`,
        channel: channelOf(thread),
        text,
        ...(before === undefined ? {} : { threadTs: before }),
      });
      if (before === undefined) opened.set(thread, written.ts);
      return { at, text };
    },
    opened: async () => undefined,
    answers: (thread) =>
      slack
        .thread(channelOf(thread), opened.get(thread) ?? "")
        .filter((message) => message.user === slack.botUserId && !message.broadcast)
        .map((message) => ({ at: Number(message.ts) * 1000, text: `${message.text}\n${JSON.stringify(message.blocks)}` })),
    async pressEdit(thread) {
      const user = `U${thread}`;
      const plan = slack
        .thread(channelOf(thread), opened.get(thread) ?? "")
        .findLast((message) => message.user === slack.botUserId && JSON.stringify(message.blocks).includes('"Edit"'));
      if (plan === undefined) return null;
      const begun = performance.now();
      void slack.click({ user, channel: plan.channel, ts: plan.ts, text: "Edit" });
      while (slack.modal(user) === undefined) {
        if (performance.now() - begun > acknowledgeMs) return null;
        await pause(5);
      }
      return performance.now() - begun;
    },
    acknowledged: () => slack.acks.map((ack) => ack.ms),
    problems: () => [...slack.problems, ...slack.acks.filter((ack) => ack.attempt > 0).map((ack) => `${ack.eventId ?? ""} was sent again`)],
    async stop() {
      slack.forgive();
      await slack.stop();
    },
  };
}
