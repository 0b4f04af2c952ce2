import { expect, test } from "vitest";
import { accountOf, placeOf } from "../../../src/bot/slack/conversation.ts";
import { decodeButton } from "../../../src/bot/slack/buttons.ts";
import { pressOf } from "../../../src/bot/slack/incoming-act.ts";
import { incomingMessage, type BotIdentity } from "../../../src/bot/slack/incoming-message.ts";
import { typedText } from "../../../src/bot/slack/typed-text.ts";

const bot: BotIdentity = { team: "T1", user: "UBOT", botId: "B1", url: null, name: "Example" };

test.each([
  ["<@UBOT> restart nginx", "restart nginx"],
  ["<@UBOT|chiffon>: restart nginx", ": restart nginx"],
  ["hey <@UBOT>, restart nginx on web1 &amp; web2", "hey , restart nginx on web1 & web2"],
  ["check <http://web1.example.com|web1.example.com>", "check web1.example.com"],
  ["get <https://example.com/a?b=1&amp;c=2>", "get https://example.com/a?b=1&c=2"],
  ["ask <@U2|bob> and <@U3> in <#C1|ops> and <#C2>", "ask @bob and @U3 in #ops and #C2"],
  ["<!here> <!subteam^S1|@ops> <!date^1^{date}|today>", "@here @ops today"],
  ["write <mailto:a@example.com|a@example.com>", "write a@example.com"],
  ["set limit &lt;all&gt; to &amp;lt;", "set limit <all> to &lt;"],
  ["keep <this> as it is", "keep <this> as it is"],
])("%s is %s", (markup, typed) => {
  expect(typedText(markup, "UBOT")).toBe(typed);
});

test("what is no message of a person is none", () => {
  const event = { type: "message", user: "U1", channel: "C1", ts: "1.000001", thread_ts: "0.000001", text: "hello" };
  const body = (more: object): unknown => ({ event_id: "Ev1", team_id: "T1", event: { ...event, ...more } });
  expect(incomingMessage(body({}), bot)).toMatchObject({ addressed: false, person: "slack:T1:U1" });
  for (const more of [
    { bot_id: "B2" },
    { subtype: "message_changed" },
    { subtype: "channel_join" },
    { hidden: true },
    { user: "UBOT" },
    { user: undefined },
    { ts: "now" },
    { text: "" },
  ])
    expect(incomingMessage(body(more), bot)).toBeUndefined();
  for (const nothing of [null, {}, "text", { event: {} }]) expect(incomingMessage(nothing, bot)).toBeUndefined();
});

test("a click carries only what a button of ours says", () => {
  const click = (value: unknown): unknown => ({
    user: { id: "U1", team_id: "T1" },
    team: { id: "T1" },
    trigger_id: "t",
    container: { type: "message", channel_id: "C1", message_ts: "2.000001", thread_ts: "1.000001" },
    actions: [{ action_id: "chiffon:approve:0", value }],
  });
  expect(pressOf(click('{"i":"approve","t":"p"}'), bot)).toMatchObject({
    conversation: "slack:T1:C1:1.000001",
    person: "slack:T1:U1",
    action: { id: "approve", target: "p" },
  });
  for (const value of ["", "approve", "[]", '{"i":"sudo","t":"p"}', '{"i":"approve"}', 5, null])
    expect(pressOf(click(value), bot)).toBeUndefined();
  expect(decodeButton(`{"i":"approve","t":"${"x".repeat(3_000)}"}`)).toBeUndefined();
});

test("keys are read back as they were written, and others are none", () => {
  expect(placeOf("slack:T1:C1:1.000001")).toEqual({ team: "T1", channel: "C1", thread: "1.000001", command: false });
  expect(placeOf("slack:T1:D1")).toEqual({ team: "T1", channel: "D1", thread: null, command: false });
  expect(placeOf("slack:T1:C1:command-1.2.ab")).toEqual({ team: "T1", channel: "C1", thread: null, command: true });
  expect(placeOf("discord:1:2")).toBeUndefined();
  expect(accountOf("slack:T1:U1")).toEqual({ team: "T1", user: "U1" });
  for (const key of ["local", "slack:T1", "slack:T1:U1:x", "slack:T1:<@U1>", "discord:1:2"]) expect(accountOf(key)).toBeUndefined();
});
