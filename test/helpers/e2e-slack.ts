import { afterAll } from "vitest";
import { teamPolicy } from "./e2e-chat.ts";
import { createE2eHouse, eventually, type E2eHouse, type Started } from "./e2e-house.ts";
import { startFakeSlack, type FakeSlack } from "./fake-slack.ts";
import type { Ack } from "./fake-slack/delivery.ts";
import { list, object, string, type Json } from "./fake-slack/json.ts";
import type { FakeMessage, FakeView } from "./fake-slack/world.ts";

/** Alice asks, Bob and Carol approve with four eyes; Dave is in the channel and nowhere else. */
export const alice = "UALICE";
export const bob = "UBOB";
export const carol = "UCAROL";
export const dave = "UDAVE";
export const ops = "C0OPS";

const accounts = { alice, bob, carol } as const;

/** What somebody sees in a thread, by its looks. */
export type Kind = "line" | "plan" | "question" | "progress" | "result" | "file" | "notice";

export interface SlackProduct {
  readonly house: E2eHouse;
  readonly slack: FakeSlack;
  /** Starts `chiffon start` connected to this Slack. */
  start(env?: Readonly<Record<string, string>>): Promise<Started>;
  /** A mention of the bot in the channel; gives the thread's number. */
  ask(text: string, user?: string): string;
  reply(thread: string, text: string, user?: string): void;
  /** What stands below a mention, as everybody sees it. */
  thread(ts: string, channel?: string): FakeMessage[];
  kinds(ts: string, channel?: string): Kind[];
  /** Waits for a message of this kind, with these words and buttons if given, in the thread. */
  card(ts: string, kind: Kind, words?: RegExp, channel?: string): Promise<FakeMessage>;
  click(user: string, message: FakeMessage, label: string, how?: { readonly stale?: boolean }): Promise<Ack>;
  /** Presses a button that opens a form, fills it in and sends it. */
  fillIn(user: string, message: FakeMessage, label: string, values: Readonly<Record<string, string>>): Promise<Ack>;
  /** A private answer to this person with these words that was not there at `since`, a count of them. */
  privately(user: string, words: RegExp, since?: number): Promise<FakeMessage>;
  /** What the line in the channel says. */
  lineSays(ts: string, words: RegExp): Promise<FakeMessage>;
  /** Whom the messages of a thread pinged, in order. */
  pinged(ts: string): string[];
}

export async function createSlackProduct(options: Parameters<typeof createE2eHouse>[0] = {}): Promise<SlackProduct> {
  const slack = await startFakeSlack({
    users: [
      { id: alice, name: "alice" },
      { id: bob, name: "bob" },
      { id: carol, name: "carol" },
      { id: dave, name: "dave" },
    ],
    channels: [{ id: ops, name: "ops" }],
    // On a machine that is busy with ansible; three seconds are tested where the adapter is alone.
    ackTimeout: 20_000,
  });
  // Registered first, so done last: the processes that talk to it are gone by then.
  afterAll(() => slack.stop());
  const house = createE2eHouse({ settings: teamPolicy((name) => `slack:T1:${accounts[name]}`), ...options });

  function thread(ts: string, channel = ops): FakeMessage[] {
    return slack.thread(channel, ts).filter((message) => message.botId !== undefined);
  }

  const product: SlackProduct = {
    house,
    slack,
    thread,
    async start(env = {}) {
      const chiffon = house.start(["start"], {
        env: { SLACK_API_URL: slack.apiUrl, SLACK_BOT_TOKEN: slack.botToken, SLACK_APP_TOKEN: slack.appToken, ...env },
      });
      await chiffon.says(/Slack: connected to/);
      await eventually(() => slack.connections > 0, undefined, "a socket");
      return chiffon;
    },
    ask: (text, user = alice) => slack.mention({ user, channel: ops, text }).ts,
    reply: (ts, text, user = alice) => void slack.message({ user, channel: ops, text, threadTs: ts }),
    kinds: (ts, channel) => thread(ts, channel).map(kindOf),
    card: (ts, kind, words = /(?:)/, channel = ops) =>
      eventually(
        () => thread(ts, channel).findLast((message) => kindOf(message) === kind && words.test(wordsOf(message))),
        undefined,
        () => `a ${kind} with ${String(words)}; there is:\n${shown(thread(ts, channel))}\nprivately:\n${shown(privateTo(slack))}`,
      ),
    click: (user, message, label, how = {}) => slack.click({ user, channel: message.channel, ts: message.ts, text: label, ...how }),
    async fillIn(user, message, label, values) {
      await product.click(user, message, label);
      const form: FakeView = await eventually(
        () => {
          const modal = slack.modal(user);
          return modal?.body["submit"] === undefined ? undefined : modal;
        },
        30_000,
        () => `the form behind ${label}; there is ${JSON.stringify(slack.modal(user)?.body)}\n${shown(slack.ephemerals(user))}`,
      );
      return slack.submit({ user, viewId: form.id, values });
    },
    privately: (user, words, since = 0) =>
      eventually(
        () =>
          slack
            .ephemerals(user)
            .slice(since)
            .findLast((message) => words.test(wordsOf(message))),
        90_000,
        () => `a private ${String(words)} for ${user}; there is:\n${shown(slack.ephemerals(user).slice(since))}`,
      ),
    lineSays: (ts, words) =>
      eventually(
        () => thread(ts).find((message) => kindOf(message) === "line" && words.test(wordsOf(message))),
        undefined,
        () => `a line with ${String(words)}; there is:\n${shown(thread(ts))}`,
      ),
    pinged: (ts) => thread(ts).flatMap(pingsOf),
  };
  return product;
}

function privateTo(slack: FakeSlack): FakeMessage[] {
  return [...slack.world.users.keys()].flatMap((user) => slack.ephemerals(user));
}

function shown(messages: readonly FakeMessage[]): string {
  return messages
    .map((message) => `--- ${kindOf(message)} ${message.ts} ${JSON.stringify(buttonsOf(message))}\n${wordsOf(message)}`)
    .join("\n");
}

export function kindOf(message: FakeMessage): Kind {
  if (message.broadcast || (message.threadTs === undefined && / · [^\n]+$/.test(wordsOf(message)) && /^\S+ @\w+: “/.test(wordsOf(message))))
    return "line";
  if (message.files.length > 0) return "file";
  const words = wordsOf(message);
  if (message.blocks[0]?.["type"] === "header") return "plan";
  if (buttonsOf(message).includes("Full log")) return "result";
  if (/^\S+ (?:Run|Preview) \d+ · /.test(words)) return "progress";
  if (/\nAsked by /.test(words)) return "question";
  return "notice";
}

/** The text of a message's blocks as it is read, without its buttons; people that are pinged as `<@id>`. */
export function wordsOf(message: Pick<FakeMessage, "blocks" | "text">): string {
  if (message.blocks.length === 0) return message.text;
  return message.blocks
    .filter((block) => block["type"] !== "actions")
    .map(wordsIn)
    .join("\n");
}

function wordsIn(part: Json): string {
  switch (part["type"]) {
    case "text":
    case "mrkdwn":
    case "plain_text":
      return string(part["text"]);
    case "user":
      return `<@${string(part["user_id"])}>`;
    case "link":
      return string(part["text"]) || string(part["url"]);
    case "date":
      return string(part["fallback"]);
    case "rich_text_section":
    case "rich_text_quote":
    case "rich_text_preformatted":
      return list(part["elements"]).map(wordsIn).join("");
    case "header":
    case "section":
      return wordsIn(object(part["text"]));
    default:
      return list(part["elements"]).map(wordsIn).join("\n");
  }
}

export function buttonsOf(message: Pick<FakeMessage, "blocks">): string[] {
  return message.blocks
    .filter((block) => block["type"] === "actions")
    .flatMap((block) => list(block["elements"]).map((element) => string(object(element["text"])["text"])));
}

/** Everybody whom a message pings, now or in any of its versions: people, groups, `channel`, `here`. */
export function pingsOf(message: FakeMessage): string[] {
  const found: string[] = [];
  for (const version of [...message.edits, message]) {
    const texts = [version.text];
    JSON.stringify(version.blocks, (_key, value: unknown) => {
      const part = object(value);
      const type = part["type"];
      if (type === "user") found.push(string(part["user_id"]));
      if (type === "usergroup") found.push(string(part["usergroup_id"]));
      if (type === "broadcast") found.push(string(part["range"]));
      if (type === "mrkdwn") texts.push(string(part["text"]));
      return value;
    });
    for (const text of texts) for (const [, who = ""] of text.matchAll(/<[@!]([^<>|]+)[^<>]*>/g)) found.push(who);
  }
  return [...new Set(found)];
}
