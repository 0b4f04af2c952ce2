import { afterAll } from "vitest";
import { createE2eHouse, eventually, type E2eHouse, type Started } from "./e2e-house.ts";
import { teamPolicy } from "./e2e-chat.ts";
import { startFakeDiscord, type FakeDiscord, type FakeDiscordSetup } from "./fake-discord.ts";
import type { FakeMessage, InteractionHandle } from "./fake-discord/views.ts";

const guild = "100000000000000001";
/** Alice asks, Bob and Carol approve with four eyes; Dave is in the channel and nowhere else. */
export const people = {
  alice: "400000000000000001",
  bob: "400000000000000002",
  carol: "400000000000000003",
  dave: "400000000000000004",
} as const;

export type Kind = "line" | "plan" | "question" | "progress" | "result" | "file" | "notice";

export interface DiscordProduct {
  readonly house: E2eHouse;
  readonly discord: FakeDiscord;
  /** Starts `chiffon start` connected to this Discord. */
  start(env?: Readonly<Record<string, string>>): Promise<Started>;
  /** A mention of the bot in #ops; gives the thread's id, which is the message's. */
  ask(text: string, user?: string): string;
  /** What the bot wrote in a thread or channel, as everybody sees it. */
  thread(id: string): FakeMessage[];
  kinds(id: string): Kind[];
  /** The line in the channel about a thread. */
  line(thread: string): FakeMessage | undefined;
  /** Waits for a message of this kind with these words in the thread; the newest of them. */
  card(thread: string, kind: Kind, words?: RegExp): Promise<FakeMessage>;
  lineSays(thread: string, words: RegExp): Promise<FakeMessage>;
  click(user: string, message: FakeMessage, label: string, how?: { readonly stale?: boolean }): InteractionHandle;
  /** Presses a button that opens a form, fills it in and sends it. */
  fillIn(user: string, message: FakeMessage, label: string, values: Readonly<Record<string, string>>): Promise<InteractionHandle>;
  /** A private answer to this person with these words: only they see it. `after`: later than this click. */
  privately(user: string, words: RegExp, after?: InteractionHandle): Promise<FakeMessage>;
  /** Whom the bot's messages pinged in a thread and its channel's line, by name. */
  pinged(thread: string): string[];
}

export interface DiscordProductOptions {
  readonly house?: Parameters<typeof createE2eHouse>[0];
  readonly discord?: FakeDiscordSetup;
  /** Plain replies in threads are read; true when absent. */
  readonly messageContent?: boolean;
}

export async function createDiscordProduct({ messageContent = true, ...options }: DiscordProductOptions = {}): Promise<DiscordProduct> {
  const discord = await startFakeDiscord({
    privilegedIntents: messageContent,
    ...options.discord,
    guild: { id: guild, members: Object.entries(people).map(([name, id]) => ({ id, name })), ...options.discord?.guild },
  });
  // Registered first, so done last: the processes that talk to it are gone by then.
  afterAll(() => discord.stop());
  const house = createE2eHouse({ settings: teamPolicy((name) => `discord:${guild}:${people[name]}`), ...options.house });

  function thread(id: string): FakeMessage[] {
    if (!discord.threads.some((one) => one.id === id)) return [];
    return discord.messages(id).filter((message) => message.author.bot);
  }

  const product: DiscordProduct = {
    house,
    discord,
    thread,
    async start(env = {}) {
      const chiffon = house.start(["start"], {
        env: {
          DISCORD_API_URL: discord.apiUrl,
          DISCORD_TOKEN: discord.token,
          DISCORD_GUILD_ID: guild,
          DISCORD_MESSAGE_CONTENT: String(messageContent),
          ...env,
        },
      });
      await chiffon.says(/Discord: connected as/);
      await discord.waitFor(() => discord.registeredCommands(guild).length > 0, "the commands", 30_000);
      return chiffon;
    },
    ask: (text, user = "alice") => discord.mention({ user, channel: "ops", text }).id,
    kinds: (id) => thread(id).map(kindOf),
    line: (id) => discord.messages("ops").find((message) => message.author.bot && (message.reference === id || message.id === id)),
    card: (id, kind, words = /(?:)/) =>
      eventually(
        () => thread(id).findLast((message) => kindOf(message) === kind && words.test(wordsOf(message))),
        undefined,
        () => `a ${kind} with ${String(words)}; there is:\n${shown(thread(id))}\nprivately:\n${shown(privateTo(discord))}`,
      ),
    lineSays: (id, words) =>
      eventually(
        () => {
          const line = product.line(id);
          return line !== undefined && words.test(line.text) ? line : undefined;
        },
        undefined,
        () => `${String(words)} in the channel's line; it is: ${product.line(id)?.text ?? "not there"}`,
      ),
    click: (user, message, label, how = {}) => discord.click({ user, message, label, ...how }),
    async fillIn(user, message, label, values) {
      const modal = discord.click({ user, message, label });
      await eventually(
        () => modal.modal,
        30_000,
        () => `the form behind ${label}; said instead: ${shown(modal.responses)}${modal.error ?? ""}`,
      );
      return discord.submit({ user, modal, values });
    },
    privately: (user, words, after) =>
      eventually(
        () =>
          [...discord.ephemerals(user), ...discord.directMessages(user).filter((message) => message.author.bot)].findLast(
            (message) => words.test(wordsOf(message)) && (after === undefined || BigInt(message.id) > BigInt(after.id)),
          ),
        90_000,
        () => `a private ${String(words)} for ${user}; there is:\n${shown(privateTo(discord))}`,
      ),
    pinged(id) {
      const there = new Set([id, product.line(id)?.id]);
      const names = new Map<string, string>(Object.entries(people).map(([name, user]) => [user, name]));
      const pings = discord.pings.filter((ping) => ping.channelId === id || there.has(ping.messageId));
      return pings.flatMap(({ users, roles, everyone }) => [
        ...users.map((user) => names.get(user) ?? user),
        ...roles,
        ...(everyone ? ["everyone"] : []),
      ]);
    },
  };
  return product;
}

export function kindOf(message: FakeMessage): Kind {
  const title = message.embeds[0]?.title ?? "";
  if (message.attachments.length > 0 && message.embeds.length === 0) return "file";
  if (/^(?:Preview plan|Plan)\b/.test(title)) return "plan";
  if (title.startsWith("❔")) return "question";
  if (/^(?:Preview|Run) \d+ · /.test(title)) return "progress";
  if (/^\S+ (?:Preview|Run) \d+ · /.test(title)) return "result";
  if (/ · \*\*[^]*\*\*$/.test(message.content) && message.embeds.length === 0) return "line";
  return "notice";
}

/** All that a reader sees, with the escapes that only a reader's client takes away. */
export function wordsOf(message: Pick<FakeMessage, "text">): string {
  return message.text.replaceAll(/\\([\\`*_~|<>[\]()@#+.-])/g, "$1");
}

export function labelsOf(message: FakeMessage): string[] {
  return message.buttons.filter((button) => !button.disabled).map((button) => button.label);
}

function privateTo(discord: FakeDiscord): FakeMessage[] {
  return Object.keys(people).flatMap((name) => [...discord.ephemerals(name), ...discord.directMessages(name)]);
}

function shown(messages: readonly FakeMessage[]): string {
  return messages.map((message) => `--- ${kindOf(message)} ${message.id} ${JSON.stringify(labelsOf(message))}\n${message.text}`).join("\n");
}
