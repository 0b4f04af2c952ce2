import { describe, expect, onTestFinished, test, vi } from "vitest";
import { addCard } from "../../src/bot/card-store.ts";
import type { MessageReference, PostedCard } from "../../src/bot/chat-platform.ts";
import { notice } from "../../src/bot/make-cards.ts";
import { Outbox } from "../../src/bot/outbox.ts";
import { createPace } from "../../src/bot/pace.ts";
import type { Database } from "../../src/db/database.ts";
import { silentLogger } from "../../src/logger.ts";
import { openConversation } from "../../src/planner/conversation-store.ts";
import { describeOnBothDatabases, shiftClock } from "../helpers/databases.ts";
import { RemotePlatform } from "../helpers/remote-platform.ts";
import { eventually } from "../helpers/test-app.ts";

/** Conversations `x-1`, `x-2` … are threads of channel `x`; a card that says `poison` never arrives. */
class ChannelPlatform extends RemotePlatform {
  readonly doubts: boolean[] = [];
  poisoned = 0;

  channelOf(conversation: string): string {
    return conversation.split("-")[0] ?? conversation;
  }

  override async post(conversation: string, card: PostedCard, key: string, doubt = false): Promise<MessageReference> {
    this.doubts.push(doubt);
    if (card.kind === "notice" && card.text === "poison") {
      this.poisoned += 1;
      throw new TypeError("cannot read properties of undefined");
    }
    return super.post(conversation, card, key);
  }
}

describeOnBothDatabases("an outbox under attack", (open) => {
  async function start(database: Database, platform: ChannelPlatform): Promise<Outbox> {
    const outbox = new Outbox({ database, platforms: new Map([[platform.name, platform]]), logger: silentLogger() });
    await outbox.start();
    onTestFinished(() => outbox.stop());
    return outbox;
  }

  async function post(database: Database, conversation: string, text: string): Promise<void> {
    const conversationId = await openConversation(database, "remote", conversation);
    await addCard(database, { conversationId, card: notice("info", text), subject: { topic: text }, files: [] });
  }

  test("a flood in one channel does not hold up another one, and none of it is lost", async () => {
    const database = await open();
    const platform = new ChannelPlatform();
    // So the second one waits for its turn when the outbox stops.
    platform.postEveryMs = 1_200;
    for (let count = 0; count < 40; count += 1) await post(database, `x-${count}`, `flood ${count}`);
    await post(database, "y-1", "approve me");
    const outbox = await start(database, platform);
    await eventually("the other channel has its card", () => platform.shown().includes("approve me"));
    expect(platform.messages.length).toBeLessThan(20);
    await outbox.stop();
    const left = await database.query<{ state: string; attempts: number }>(
      "select state, attempts from outbox_message where state <> 'sent'",
    );
    expect(left.length + platform.messages.length).toBe(41);
    expect(left.every((row) => row.state === "waiting" && Number(row.attempts) === 0)).toBe(true);
  });

  test("a message that fails for ever while others pass does not hold up its conversation for ever, and is tried on", async () => {
    const database = await open();
    const platform = new ChannelPlatform();
    await start(database, platform);
    await post(database, "x-1", "poison");
    await post(database, "x-1", "the result");
    const overtaken: boolean[] = [];
    for (let count = 1; count <= 7; count += 1) {
      await eventually("it failed", () => platform.poisoned >= count);
      await post(database, `other-${count}`, `other ${count}`);
      await eventually("another passed", () => platform.shown().includes(`other ${count}`));
      overtaken.push(platform.shown().includes("the result"));
      await shiftClock(database, 100 * count);
      await post(database, "wake-1", `wake ${count}`);
    }
    expect(overtaken).not.toContain(true);
    await eventually("what came after it is there", () => platform.shown().includes("the result"));
    const [row] = await database.query<{ state: string }>("select state from outbox_message order by number limit 1");
    expect(row?.state).toMatch(/waiting|sending/);
  });

  test("who takes over what another process was sending tells the platform that it may be there already", async () => {
    const database = await open();
    const hanging = new ChannelPlatform();
    const gate = Promise.withResolvers<void>();
    hanging.gate = gate.promise;
    const first = await start(database, hanging);
    await post(database, "x-1", "card");
    await eventually("the call was made", () => hanging.keys.length === 1);
    void first.stop();
    await shiftClock(database, 100);
    const next = new ChannelPlatform();
    await start(database, next);
    await eventually("the next process sends it", () => next.messages.length === 1);
    expect([hanging.doubts, next.doubts]).toEqual([[false], [true]]);
    expect(next.keys).toEqual(hanging.keys);
    gate.resolve();
  });

  test("a doubt outlives a process that took the message over and had to put it back", async () => {
    const database = await open();
    const full = new ChannelPlatform();
    full.postEveryMs = 60_000;
    for (let count = 0; count < 12; count += 1) await post(database, `x-${count}`, `before ${count}`);
    await post(database, "x-99", "card");
    await database.query(
      "update outbox_message set state = 'sending', attempts = 1, claimed_until = chiffon.now() - interval '1 second' where content ->> 'text' = 'card'",
    );
    const first = await start(database, full);
    await eventually("it was put back, its channel being full", async () => {
      const [row] = await database.query<{ state: string }>("select state from outbox_message where content ->> 'text' = 'card'");
      return full.messages.length > 0 && row?.state === "waiting";
    });
    await first.stop();
    await shiftClock(database, 3_600);
    const next = new ChannelPlatform();
    await start(database, next);
    await eventually("the next process sends it", () => next.shown().includes("card"));
    expect(next.doubts.filter((doubt) => doubt)).toHaveLength(1);
  });

  test("a clock that is set back by a day stops nothing", async () => {
    const database = await open();
    const platform = new ChannelPlatform();
    platform.postEveryMs = 20;
    await start(database, platform);
    await post(database, "x-1", "before");
    await eventually("the first is there", () => platform.messages.length === 1);
    const real = Date.now.bind(Date);
    const clock = vi.spyOn(Date, "now").mockImplementation(() => real() - 86_400_000);
    onTestFinished(() => clock.mockRestore());
    for (let count = 0; count < 6; count += 1) await post(database, "x-1", `after ${count}`);
    await eventually("all are there", () => platform.messages.length === 7);
    expect(platform.shown().at(-1)).toBe("after 5");
  });
});

describe("the pace of a channel", () => {
  test("gives turns in order, a few at once, and forgets channels of long ago", () => {
    let now = 1_000;
    const pace = createPace(() => now);
    expect([1, 2, 3, 4, 5].map(() => pace.take("a", 100))).toEqual([0, 0, 0, 100, 200]);
    expect(pace.take("b", 100)).toBe(0);
    now += 60_000;
    for (let key = 0; key < 3_000; key += 1) expect(pace.take(`channel ${key}`, 100)).toBe(0);
    expect(pace.take("a", 0)).toBe(0);
  });
});
