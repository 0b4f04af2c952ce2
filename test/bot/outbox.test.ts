import { expect, onTestFinished, test } from "vitest";
import type { MessageReference, PostedCard } from "../../src/bot/chat-platform.ts";
import { addCard, cardOfTopic, changeCard } from "../../src/bot/card-store.ts";
import { DeliveryError } from "../../src/bot/delivery-error.ts";
import { notice } from "../../src/bot/make-cards.ts";
import { Outbox } from "../../src/bot/outbox.ts";
import { queueFile, queuePrivate } from "../../src/bot/outbox-store.ts";
import type { Database } from "../../src/db/database.ts";
import { silentLogger } from "../../src/logger.ts";
import { findConversation, openConversation } from "../../src/planner/conversation-store.ts";
import { describeOnBothDatabases, shiftClock } from "../helpers/databases.ts";
import { RemotePlatform } from "../helpers/remote-platform.ts";
import { eventually } from "../helpers/test-app.ts";

describeOnBothDatabases("the outbox", (open) => {
  async function start(database: Database, platform: RemotePlatform): Promise<Outbox> {
    const outbox = new Outbox({ database, platforms: new Map([[platform.name, platform]]), logger: silentLogger() });
    await outbox.start();
    onTestFinished(() => outbox.stop());
    return outbox;
  }

  async function house(): Promise<{ database: Database; platform: RemotePlatform; outbox: Outbox; a: string }> {
    const database = await open();
    const platform = new RemotePlatform();
    const outbox = await start(database, platform);
    return { database, platform, outbox, a: await openConversation(database, "remote", "a") };
  }

  async function post(database: Database, conversationId: string, text: string, topic = text): Promise<boolean> {
    return addCard(database, { conversationId, card: notice("info", text), subject: { topic }, files: [] });
  }

  async function edit(database: Database, conversationId: string, topic: string, text: string): Promise<boolean> {
    const shown = await cardOfTopic(database, conversationId, topic);
    if (shown === undefined) throw new Error(`no card ${topic}`);
    return changeCard(database, shown, notice("info", text), []);
  }

  const states = (database: Database): Promise<readonly { state: string }[]> =>
    database.query<{ state: string }>("select state from outbox_message order by number");

  test("posts in the order of the rows, and once for what a card is about", async () => {
    const { database, platform, a } = await house();
    for (const text of ["one", "two", "three"]) expect(await post(database, a, text)).toBe(true);
    expect(await post(database, a, "one again", "one")).toBe(false);
    await eventually("all are there", () => platform.messages.length === 3);
    expect(platform.shown()).toEqual(["one", "two", "three"]);
  });

  test("an edit of what still waits changes what will be posted, and edits that wait become one", async () => {
    const { database, platform, a } = await house();
    const gate = Promise.withResolvers<void>();
    platform.gate = gate.promise;
    await post(database, a, "first");
    await post(database, a, "second");
    await edit(database, a, "second", "second, changed before it was posted");
    gate.resolve();
    platform.gate = undefined;
    await eventually("both are there", () => platform.messages.length === 2);
    expect(platform.shown()).toEqual(["first", "second, changed before it was posted"]);

    const second = Promise.withResolvers<void>();
    platform.gate = second.promise;
    for (const text of ["1 %", "2 %", "3 %", "4 %"]) await edit(database, a, "first", text);
    second.resolve();
    await eventually("the newest is shown", () => platform.shown()[0] === "4 %");
    expect(platform.messages[0]?.versions.length).toBeLessThanOrEqual(3);
    expect(await edit(database, a, "first", "4 %")).toBe(false);
  });

  test("waits as long as the platform says, keeps the order, and loses nothing", async () => {
    const { database, platform, a } = await house();
    platform.failures.push(
      new DeliveryError("later", "slow down", { retryAfterMs: 300 }),
      new Error("socket hang up"),
      null,
      new Error("503"),
    );
    const began = Date.now();
    for (const text of ["one", "two", "three"]) await post(database, a, text);
    await eventually("all are there", () => platform.messages.length === 3);
    expect(platform.arrived).toEqual(["post one", "post two", "post three"]);
    expect(Date.now() - began).toBeGreaterThanOrEqual(1_000); // 0.3 s as told, then a second of our own
  });

  test("another conversation does not wait for one that is stuck, and a private answer waits for nobody", async () => {
    const { database, platform, a } = await house();
    const b = await openConversation(database, "remote", "b");
    platform.failures.push(new DeliveryError("later", "no", { retryAfterMs: 60_000 }));
    await post(database, a, "stuck");
    await eventually("it failed once", () => platform.failures.length === 0);
    // Told to wait, this platform takes no new messages at all; an edit or a private answer is another kind of call.
    await database.transaction((sql) => queuePrivate(sql, a, "remote:T:U1", notice("refusal", "not you")));
    await eventually("the private answer is there", () => platform.private.length === 1);
    expect(platform.private[0]?.person).toBe("remote:T:U1");
    expect(platform.messages).toEqual([]);
    expect(b).not.toBe(a);
  });

  test("posts again what somebody deleted, and goes on in the new message", async () => {
    const { database, platform, a } = await house();
    await post(database, a, "card");
    await eventually("it is there", () => platform.messages.length === 1);
    platform.failures.push(new DeliveryError("gone", "message_not_found"));
    await edit(database, a, "card", "card, decided");
    await eventually("it is posted again", () => platform.messages.length === 2);
    await edit(database, a, "card", "card, done");
    await eventually("the new one is edited", () => platform.shown()[1] === "card, done");
    expect(platform.messages[0]?.versions).toHaveLength(1);
  });

  test("gives up what will never be taken, and goes on with the next", async () => {
    const { database, platform, a } = await house();
    platform.failures.push(new DeliveryError("refused", "not_in_channel"));
    await post(database, a, "one");
    await post(database, a, "two");
    await eventually("the second is there", () => platform.messages.length === 1);
    expect(platform.shown()).toEqual(["two"]);
    await eventually("both are noted", async () => (await states(database)).map((row) => row.state).join() === "given_up,sent");
    const [row] = await database.query("select last_error from outbox_message order by number limit 1");
    expect(row?.["last_error"]).toBe("not_in_channel");
  });

  test("what a process took and did not send is sent by the next one, with the same key", async () => {
    const { database, platform, outbox, a } = await house();
    const gate = Promise.withResolvers<void>();
    onTestFinished(() => gate.resolve());
    platform.gate = gate.promise; // the process hangs in the call
    await post(database, a, "card");
    await eventually("the call was made", () => platform.keys.length === 1);
    void outbox.stop();
    await shiftClock(database, 100);
    const next = new RemotePlatform();
    await start(database, next);
    await eventually("the next process sends it", () => next.messages.length === 1);
    expect(next.keys).toEqual(platform.keys);
    await eventually("it is noted", async () => (await states(database))[0]?.state === "sent");
    const placed = async (): Promise<unknown> => (await database.query("select message from card"))[0]?.["message"];
    expect(await placed()).toBe("m1");
    platform.messages.push({ id: "m1", conversation: "a", versions: [] }); // the late answer names another message
    gate.resolve();
    await eventually("the late answer came", () => platform.messages.length === 2);
    expect(await placed()).toBe("m1");
  });

  test("what changed while the answer to a post was lost is shown, too", async () => {
    const database = await open();
    const platform = new LosesAnswer();
    await start(database, platform);
    const a = await openConversation(database, "remote", "a");
    await post(database, a, "running", "run");
    await eventually(
      "it is there, and nobody knows",
      async () => (await states(database))[0]?.state === "waiting" && platform.keys.length > 0,
    );
    await edit(database, a, "run", "done");
    await eventually("what it says now", () => platform.shown()[0] === "done");
    expect(platform.messages).toHaveLength(1);
  });

  test("two processes send each message once, in order", async () => {
    const { database, platform, a } = await house();
    const second = await open();
    await start(second, platform);
    const b = await openConversation(database, "remote", "b");
    const texts = Array.from({ length: 12 }, (_, index) => `message ${index}`);
    for (const text of texts) await Promise.all([post(database, a, text), post(second, b, text)]);
    await eventually("all are there", () => platform.messages.length === 24);
    for (const place of ["a", "b"]) {
      const shown = platform.messages.filter((message) => message.conversation === place).map((message) => message.versions[0]);
      expect(shown.map((card) => (card?.kind === "notice" ? card.text : ""))).toEqual(texts);
    }
  });

  test("a slash command's conversation becomes the thread under its first message", async () => {
    const { database, platform } = await house();
    const command = await openConversation(database, "remote", "command-1");
    await post(database, command, "line");
    await post(database, command, "card");
    await eventually("both are there", () => platform.messages.length === 2);
    expect(platform.messages.map((message) => message.conversation)).toEqual(["command-1", "thread-1"]);
    await eventually("it is known by its thread", async () => (await findConversation(database, "remote", "thread-1")) === command);
    expect(await openConversation(database, "remote", "thread-1")).toBe(command);
  });

  test("keeps the pace of a channel after a short burst", async () => {
    const { database, platform, a } = await house();
    platform.postEveryMs = 150;
    const began = Date.now();
    for (let count = 0; count < 6; count += 1) await post(database, a, `message ${count}`);
    await eventually("all are there", () => platform.messages.length === 6);
    expect(Date.now() - began).toBeGreaterThanOrEqual(3 * 150);
  });

  test("sends a file after its card, and the same file once", async () => {
    const { database, platform, a } = await house();
    const file = { name: "run-1.txt", title: "Run 1", text: "everything" };
    await addCard(database, { conversationId: a, card: notice("info", "result"), subject: { topic: "r" }, files: [file, file] });
    await database.transaction((sql) => queueFile(sql, a, null, { ...file, name: "asked-for.txt" }));
    await eventually("all are there", () => platform.sentFiles.length === 2);
    expect(platform.arrived).toEqual(["post result", "file run-1.txt", "file asked-for.txt"]);
  });
});

/** The first post arrives and its answer does not; the next try with the same key finds it. */
class LosesAnswer extends RemotePlatform {
  #first: Promise<MessageReference> | undefined;

  override async post(conversation: string, card: PostedCard, key: string): Promise<MessageReference> {
    if (this.#first !== undefined) return this.#first;
    this.#first = super.post(conversation, card, key);
    await this.#first;
    throw new Error("socket hang up");
  }
}
