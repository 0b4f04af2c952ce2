import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { createClock, createSnowflakes, type FakeClock } from "./fake-discord/clock.ts";
import { createFailurePlan, type PlannedFailure } from "./fake-discord/failures.ts";
import { createGateway, type Gateway } from "./fake-discord/gateway.ts";
import { createHttpServer, type HttpDeps, type RestCall } from "./fake-discord/http-server.ts";
import { interactionRoutes } from "./fake-discord/interaction-routes.ts";
import { type Choice, createInteractionStore } from "./fake-discord/interactions.ts";
import { lookupRoutes } from "./fake-discord/lookup-routes.ts";
import { messageRoutes } from "./fake-discord/message-routes.ts";
import { createMessageService, type Ping } from "./fake-discord/message-service.ts";
import { memberPayload, type PayloadContext, userPayload } from "./fake-discord/payloads.ts";
import { channelNamed, createPeople, lastModalOf, memberNamed, type People } from "./fake-discord/people.ts";
import { createRateLimits, type RateLimitMode } from "./fake-discord/rate-limits.ts";
import { changeThread, openThread, threadRoutes } from "./fake-discord/thread-routes.ts";
import {
  type FakeMessage,
  type FakeThread,
  type InteractionHandle,
  viewInteraction,
  viewMessage,
  viewThread,
  viewThreads,
} from "./fake-discord/views.ts";
import { defaultPermissions, type GatewayEvent, type PermissionName, permissionBits, type World } from "./fake-discord/world.ts";

/**
 * A Discord of our own for tests: gateway and REST API on one loopback port, for the real discord.js. It refuses what the real one refuses.
 *
 * ```ts
 * const discord = await startFakeDiscord();
 * const client = new Client({ intents, rest: { api: discord.apiUrl } });   // the gateway's address comes from there
 * await client.login(discord.token);
 * const asked = discord.mention({ user: "alice", channel: "ops", text: "restart nginx" });
 * const plan = await discord.waitFor(() => discord.messages("ops").find((message) => message.reference === asked.id), "the plan");
 * const click = discord.click({ user: "bob", message: plan, label: "Approve" });
 * discord.assertClean();
 * await discord.stop();
 * ```
 * Users, channels and roles are named by id or by name. With no setup: guild "home", #ops and #random, alice, bob (role approvers), carol.
 */
export interface FakeDiscordSetup {
  readonly guild?: {
    readonly id?: string;
    readonly name?: string;
    readonly roles?: readonly { id: string; name: string; permissions?: readonly PermissionName[]; mentionable?: boolean }[];
    readonly members?: readonly { id: string; name: string; roles?: readonly string[]; bot?: boolean; directMessagesClosed?: boolean }[];
    /** `type`: 0 text (default), 5 announcements. `deniedToBot` gives 50001 for ViewChannel, else 50013. */
    readonly channels?: readonly { id: string; name: string; type?: number; deniedToBot?: readonly PermissionName[] }[];
  };
  /** The portal's switches for message content and members; off by default, then asking for them closes with 4014. */
  readonly privilegedIntents?: boolean;
  readonly rateLimits?: RateLimitMode;
  readonly heartbeatMs?: number;
}

export interface FakeDiscord extends People {
  /** For `DISCORD_API_URL` and `rest.api`: without `/v10`. */
  readonly apiUrl: string;
  readonly token: string;
  readonly applicationId: string;
  readonly botId: string;
  readonly guildId: string;
  /** Three seconds and fifteen minutes are measured on it; `advance` moves it. */
  readonly clock: FakeClock;

  // What people see.
  /** A channel's or thread's messages, oldest first; without ephemeral, deleted and system messages. */
  messages(channel: string): FakeMessage[];
  /** One message by its id, also a deleted or ephemeral one. */
  find(id: string): FakeMessage | undefined;
  readonly threads: readonly FakeThread[];
  /** What this person alone sees, in any channel. */
  ephemerals(user: string): FakeMessage[];
  directMessages(user: string): FakeMessage[];
  /** The last modal that was shown to anybody. */
  readonly modal: InteractionHandle["modal"];
  /** Types into an option and waits for the choices; throws what the person sees when there are none in time. */
  autocomplete(typed: Parameters<People["typing"]>[0]): Promise<readonly Choice[]>;

  // What the bot did.
  readonly calls: readonly RestCall[];
  readonly interactions: readonly InteractionHandle[];
  /** Milliseconds to the first answer of every answered interaction. */
  readonly acks: readonly number[];
  /** Whom the bot's messages really notified. */
  readonly pings: readonly Ping[];
  /** Registered commands: of the guild, or global ones when no guild is given. */
  registeredCommands(
    guild?: string,
  ): readonly { readonly name: string; readonly description: string; readonly options?: readonly unknown[] | undefined }[];

  // What happens to it.
  readonly gateway: Pick<
    Gateway,
    "connected" | "identifies" | "resumes" | "heartbeats" | "resumeDoubles" | "heartbeatsUnanswered" | "close"
  >;
  /** The same event again, with the next number. */
  redeliver(event: GatewayEvent | { readonly event: GatewayEvent }): void;
  /** The connection breaks, and is refused for so long; what happens meanwhile is replayed on resume. */
  cut(forMilliseconds?: number): void;
  /** Op 7. */
  reconnect(): void;
  /** Op 9. Not resumable: discord.js identifies anew, at the earliest 5 s after the last time. */
  invalidSession(resumable: boolean): void;
  failNext(failure: PlannedFailure): void;
  failFor(milliseconds: number): void;
  /** Every answer is late by so much; 0 ends it. */
  slow(milliseconds: number): void;
  deleteMessage(message: string | FakeMessage): void;
  archiveThread(thread: string, lock?: boolean): void;
  openThread(opened: { user: string; channel: string; name: string }): FakeThread;
  deleteChannel(channel: string): void;
  /** Roles are asked for by REST, and told by GUILD_MEMBER_UPDATE to those with the intent. */
  setRoles(user: string, roles: readonly string[]): void;
  removeMember(user: string): void;

  /** The predicate's first truthy answer. What it throws counts as "not yet" and is part of the final message. */
  waitFor<Value>(predicate: () => Value | undefined | false | null, what: string, milliseconds?: number): Promise<Value>;
  /** Faults of the bot so far: unknown routes, broken limits, late or double answers, real 429s. */
  readonly violations: readonly { readonly code: number | string; readonly text: string }[];
  /** Throws when there are violations, other than those with an allowed code, or commands and clicks that nobody answered in time. */
  assertClean(allowed?: { readonly codes?: readonly (number | string)[]; readonly unanswered?: boolean }): void;
  stop(): Promise<void>;
}

// discord.js cuts a leading "bot" off every token.
const botToken = "fake.discord.token";
const guildMembersIntent = 1 << 1;
const systemMessages = [18, 21];

export async function startFakeDiscord(setup: FakeDiscordSetup = {}): Promise<FakeDiscord> {
  const clock = createClock();
  const world = createWorld(setup, clock);
  let port = 0;
  const origin = (scheme: string): string => `${scheme}://127.0.0.1:${port}`;
  const context: PayloadContext = { world, filesUrl: () => origin("http") };
  const service = createMessageService(context);
  const store = createInteractionStore(context, () => gateway.heard);
  const failures = createFailurePlan();
  const calls: RestCall[] = [];
  const violations: HttpDeps["violations"] = [];
  const routes = [
    ...messageRoutes(context, service),
    ...threadRoutes(context, service),
    ...interactionRoutes(context, store, service),
    ...lookupRoutes(context, () => origin("ws")),
  ];
  const server = createHttpServer({
    world,
    routes: () => routes,
    failures,
    limit: createRateLimits(clock, setup.rateLimits ?? "generous"),
    calls,
    violations,
  });
  const gateway = createGateway(server, world, () => origin("ws"), setup.heartbeatMs ?? 41_250);
  world.dispatch = (event) => gateway.dispatch(event);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  port = (server.address() as AddressInfo).port;

  const people = createPeople(world, service, store);
  const view = (messages: Iterable<Parameters<typeof viewMessage>[1]>): FakeMessage[] =>
    [...messages].map((message) => viewMessage(world, message));
  const messagesIn = (id: string): FakeMessage[] =>
    view(
      [...world.messages.values()].filter(
        (message) =>
          message.channelId === id && !message.deleted && message.ephemeralFor === undefined && !systemMessages.includes(message.type),
      ),
    );

  const discord: FakeDiscord = {
    ...people,
    apiUrl: `${origin("http")}/api`,
    token: world.token,
    applicationId: world.applicationId,
    botId: world.botId,
    guildId: world.guildId,
    clock,
    gateway,
    calls,
    violations,
    pings: service.pings,
    messages: (name) => messagesIn(channelNamed(world, name).id),
    find(id) {
      const message = world.messages.get(id);
      return message === undefined ? undefined : viewMessage(world, message);
    },
    get threads() {
      return viewThreads(world);
    },
    ephemerals(name) {
      const user = memberNamed(world, name);
      return view([...world.messages.values()].filter((message) => message.ephemeralFor === user.id && !message.deleted));
    },
    directMessages(name) {
      const user = memberNamed(world, name);
      const channel = [...world.channels.values()].find((each) => each.type === 1 && each.recipientId === user.id);
      return channel === undefined ? [] : messagesIn(channel.id);
    },
    get modal() {
      return lastModalOf(store)?.modal;
    },
    async autocomplete(typed) {
      const handle = people.typing(typed);
      await discord.waitFor(() => handle.choices ?? handle.error, `choices for ${typed.name} ${typed.focused}`);
      if (handle.choices === undefined) throw new Error(handle.error);
      return handle.choices;
    },
    get interactions() {
      return [...store.all.values()].map((each) => viewInteraction(world, each));
    },
    get acks() {
      return [...store.all.values()].flatMap((each) => (each.first === undefined ? [] : [each.first.after]));
    },
    registeredCommands: (guild) => world.commands.filter((command) => command.guildId === guild).map((command) => command.form),
    redeliver(given) {
      gateway.dispatch("event" in given ? given.event : given);
    },
    cut: (forMilliseconds) => gateway.cut(forMilliseconds),
    reconnect: () => gateway.reconnect(),
    invalidSession: (resumable) => gateway.invalidSession(resumable),
    failNext: (failure) => failures.add(failure),
    failFor: (milliseconds) => failures.failFor(milliseconds),
    slow(milliseconds) {
      failures.slowBy = milliseconds;
    },
    deleteMessage(which) {
      const message = world.messages.get(typeof which === "string" ? which : which.id);
      if (message === undefined || message.deleted) throw new Error("there is no such message (any more)");
      service.remove(message);
    },
    archiveThread: (name, lock = false) => changeThread(world, channelNamed(world, name), true, lock),
    openThread({ user, channel, name }) {
      const parent = channelNamed(world, channel);
      return viewThread(openThread(world, { id: world.newId(), name, parent, ownerId: memberNamed(world, user).id, type: 11 }));
    },
    deleteChannel(name) {
      const channel = channelNamed(world, name);
      world.channels.delete(channel.id);
      const t = channel.parentId === undefined ? "CHANNEL_DELETE" : "THREAD_DELETE";
      world.dispatch({
        t,
        d: { id: channel.id, type: channel.type, guild_id: world.guildId, parent_id: channel.parentId ?? null },
        intent: 1,
      });
    },
    setRoles(name, roles) {
      const member = memberNamed(world, name);
      member.roles = roles.map((role) => roleNamed(world, role));
      world.dispatch({
        t: "GUILD_MEMBER_UPDATE",
        d: { ...memberPayload(member), user: userPayload(member), guild_id: world.guildId },
        intent: guildMembersIntent,
      });
    },
    removeMember(name) {
      const member = memberNamed(world, name);
      member.inGuild = false;
      world.dispatch({ t: "GUILD_MEMBER_REMOVE", d: { user: userPayload(member), guild_id: world.guildId }, intent: guildMembersIntent });
    },
    async waitFor(predicate, what, milliseconds = 15_000) {
      const until = Date.now() + milliseconds;
      let last = "";
      for (;;) {
        try {
          const value = predicate();
          if (value !== undefined && value !== false && value !== null) return value;
        } catch (error) {
          last = ` (${String(error)})`;
        }
        if (Date.now() > until) throw new Error(`waited ${milliseconds} ms in vain for ${what}${last}`);
        await sleep(15);
      }
    },
    assertClean({ codes = [], unanswered = false } = {}) {
      const faults = violations.filter((each) => !codes.includes(each.code)).map((each) => each.text);
      const open = [...store.all.values()].filter((each) => !each.lost && viewInteraction(world, each).error !== undefined);
      if (!unanswered)
        faults.push(...open.map((each) => `nobody answered the interaction ${each.commandName ?? each.id} of ${each.user.name}`));
      if (faults.length > 0) throw new Error(`the bot broke the platform's rules:\n${faults.join("\n")}`);
    },
    async stop() {
      gateway.stop();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return discord;
}

function createWorld(setup: FakeDiscordSetup, clock: FakeClock): World {
  const guild = setup.guild ?? {};
  const newId = createSnowflakes(clock);
  const guildId = guild.id ?? "100000000000000001";
  const botId = "200000000000000001";
  const { roles = [{ id: "300000000000000001", name: "approvers" }] } = guild;
  const {
    members = [
      { id: "400000000000000001", name: "alice" },
      { id: "400000000000000002", name: "bob", roles: [roles[0]?.id ?? ""] },
      { id: "400000000000000003", name: "carol" },
    ],
  } = guild;
  const {
    channels = [
      { id: "500000000000000001", name: "ops" },
      { id: "500000000000000002", name: "random" },
    ],
  } = guild;
  const world: World = {
    clock,
    newId,
    token: botToken,
    applicationId: "200000000000000002",
    botId,
    guildId,
    guildName: guild.name ?? "home",
    privilegedIntents: setup.privilegedIntents ?? false,
    roles: new Map([
      [guildId, { id: guildId, name: "@everyone", permissions: defaultPermissions, mentionable: false }],
      ...roles.map(({ id, name, permissions = [], mentionable = false }) => {
        return [id, { id, name, permissions: permissionBits(permissions), mentionable }] as const;
      }),
    ]),
    members: new Map([[botId, { id: botId, name: "Chiffon", roles: [], bot: true, directMessagesClosed: false, inGuild: true }]]),
    channels: new Map(),
    messages: new Map(),
    commands: [],
    dispatch: (event) => event,
  };
  for (const { id, name, roles: names = [], bot = false, directMessagesClosed = false } of members) {
    world.members.set(id, { id, name, roles: names.map((role) => roleNamed(world, role)), bot, directMessagesClosed, inGuild: true });
  }
  for (const { id, name, type = 0, deniedToBot = [] } of channels) {
    const now = clock.now();
    const state = { archived: false, locked: false, autoArchiveMinutes: 0, lastActivity: now, createdAt: now };
    world.channels.set(id, { id, name, type, deniedToBot: new Set(deniedToBot), ...state });
  }
  return world;
}

function roleNamed(world: World, name: string): string {
  const role = world.roles.get(name) ?? [...world.roles.values()].find((each) => each.name === name);
  if (role === undefined) throw new Error(`no role ${name}`);
  return role.id;
}
