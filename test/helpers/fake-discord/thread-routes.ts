import { GatewayIntentBits } from "discord.js";
import { z } from "zod";
import { checkForm } from "./check-form.ts";
import type { MessageService } from "./message-service.ts";
import { flag } from "./message-schema.ts";
import { channelPayload, type PayloadContext } from "./payloads.ts";
import { refusals } from "./rest-error.ts";
import { noContent, ok, type Route } from "./router.ts";
import { type Channel, channelForBot, isThread, messageIn, requirePermission, type World } from "./world.ts";

const name = z.string().trim().min(1).max(100);
const autoArchive = z.literal([60, 1440, 4320, 10_080]).optional();
const newThread = z.looseObject({ name, auto_archive_duration: autoArchive });
const threadAlone = newThread.extend({ type: z.literal([10, 11, 12]).optional() });
const changedThread = z.looseObject({
  name: name.optional(),
  archived: z.boolean().optional(),
  locked: z.boolean().optional(),
  auto_archive_duration: autoArchive,
});

/** Threads: start one on a message or alone, rename, archive, open again. */
export function threadRoutes(context: PayloadContext, service: MessageService): Route[] {
  const { world } = context;
  return [
    {
      route: "POST /channels/:channel/messages/:message/threads",
      handle({ params, form }) {
        const channel = channelForBot(world, params["channel"]!);
        if (channel.type !== 0 && channel.type !== 5) throw refusals.wrongChannelType();
        requirePermission(world, channel, "CreatePublicThreads");
        const starter = messageIn(world, channel.id, params["message"]!);
        const wanted = checkForm(newThread, form ?? {});
        if (world.channels.has(starter.id)) throw refusals.threadExists();
        const thread = openThread(world, {
          id: starter.id,
          parent: channel,
          ownerId: world.botId,
          type: channel.type === 5 ? 10 : 11,
          ...wanted,
        });
        starter.flags |= flag.hasThread;
        service.announce("MESSAGE_UPDATE", starter);
        // The platform's own first message of such a thread, empty and of its own kind.
        service.create({ channel: thread, authorId: starter.authorId, form: {}, files: [], type: 21, reference: starter.id });
        return ok(channelPayload(world, thread));
      },
    },
    {
      route: "POST /channels/:channel/threads",
      handle({ params, form }) {
        const channel = channelForBot(world, params["channel"]!);
        if (channel.type !== 0 && channel.type !== 5) throw refusals.wrongChannelType();
        const wanted = checkForm(threadAlone, form ?? {});
        requirePermission(world, channel, wanted.type === 11 ? "CreatePublicThreads" : "CreatePrivateThreads");
        const thread = openThread(world, { ...wanted, id: world.newId(), parent: channel, ownerId: world.botId, type: wanted.type ?? 12 });
        return ok(channelPayload(world, thread));
      },
    },
    {
      route: "PATCH /channels/:channel",
      handle({ params, form }) {
        const thread = channelForBot(world, params["channel"]!);
        // Channels themselves need ManageChannels, which this bot is not given.
        if (!isThread(thread)) throw refusals.missingPermissions();
        const wanted = checkForm(changedThread, form ?? {});
        const isOwn = thread.ownerId === world.botId;
        if (wanted.locked !== undefined && wanted.locked !== thread.locked) throw refusals.missingPermissions();
        if (!isOwn && (wanted.name !== undefined || wanted.archived === true)) throw refusals.missingPermissions();
        if (thread.archived && (wanted.archived !== false || thread.locked)) throw refusals.threadArchived();
        thread.name = wanted.name ?? thread.name;
        thread.autoArchiveMinutes = wanted.auto_archive_duration ?? thread.autoArchiveMinutes;
        changeThread(world, thread, wanted.archived ?? thread.archived, thread.locked);
        return ok(channelPayload(world, thread));
      },
    },
    { route: "PUT /channels/:channel/thread-members/@me", handle: ({ params }) => member(params["channel"]!) },
    { route: "DELETE /channels/:channel/thread-members/@me", handle: ({ params }) => member(params["channel"]!) },
    { route: "PUT /channels/:channel/thread-members/:user", handle: ({ params }) => member(params["channel"]!) },
    {
      route: "GET /guilds/:guild/threads/active",
      handle({ params }) {
        if (params["guild"] !== world.guildId) throw refusals.unknownGuild();
        const open = [...world.channels.values()].filter((channel) => isThread(channel) && !channel.archived);
        return ok({ threads: open.map((thread) => channelPayload(world, thread)), members: [] });
      },
    },
    {
      route: "GET /channels/:channel/threads/archived/public",
      handle({ params }) {
        const parent = channelForBot(world, params["channel"]!);
        const threads = [...world.channels.values()].filter((channel) => channel.parentId === parent.id && channel.archived);
        return ok({ threads: threads.map((thread) => channelPayload(world, thread)), members: [], has_more: false });
      },
    },
  ];

  function member(id: string): typeof noContent {
    const thread = channelForBot(world, id);
    if (!isThread(thread)) throw refusals.wrongChannelType();
    if (thread.archived) throw refusals.threadArchived();
    return noContent;
  }
}

interface NewThread {
  readonly id: string;
  readonly name: string;
  readonly parent: Channel;
  readonly ownerId: string;
  readonly type: number;
  readonly auto_archive_duration?: number | undefined;
}

export function openThread(world: World, wanted: NewThread): Channel {
  const now = world.clock.now();
  const thread: Channel = {
    id: wanted.id,
    name: wanted.name,
    type: wanted.type,
    parentId: wanted.parent.id,
    ownerId: wanted.ownerId,
    deniedToBot: new Set(),
    archived: false,
    locked: false,
    autoArchiveMinutes: wanted.auto_archive_duration ?? 4320,
    lastActivity: now,
    createdAt: now,
  };
  world.channels.set(thread.id, thread);
  world.dispatch({ t: "THREAD_CREATE", d: { ...channelPayload(world, thread), newly_created: true }, intent: GatewayIntentBits.Guilds });
  return thread;
}

/** Threads are told by THREAD_UPDATE, never by CHANNEL_UPDATE. */
export function changeThread(world: World, thread: Channel, archived: boolean, locked: boolean): void {
  thread.archived = archived;
  thread.locked = locked;
  thread.lastActivity = world.clock.now();
  world.dispatch({ t: "THREAD_UPDATE", d: channelPayload(world, thread), intent: GatewayIntentBits.Guilds });
}
