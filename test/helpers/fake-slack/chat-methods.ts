/** chat.* and reactions.*: what the real methods refuse, by name. */
import { ApiError } from "./api-error.ts";
import { blocksSize, checkBlocks } from "./block-rules.ts";
import { isJson, string, type Json } from "./json.ts";
import { botIsIn, findMessage, messageBody, openDirectMessage, type FakeChannel, type FakeMessage, type World } from "./world.ts";

export type Method = (args: Json, world: World) => Json;

export function channelFor(world: World, args: Json, name = "channel"): FakeChannel {
  const id = string(args[name]);
  const user = world.users.get(id);
  const channel = user === undefined ? world.channels.get(id) : openDirectMessage(world, id);
  if (channel === undefined || (channel.isPrivate === true && !botIsIn(channel))) throw new ApiError("channel_not_found");
  return channel;
}

function writable(world: World, args: Json): FakeChannel {
  const channel = channelFor(world, args);
  if (channel.archived === true) throw new ApiError("is_archived");
  if (!botIsIn(channel)) throw new ApiError("not_in_channel");
  return channel;
}

function content(world: World, method: string, args: Json, most: number): { text: string; blocks: Json[] } {
  let text = string(args["text"]);
  if (text.length > most) {
    world.problems.push(`${method}: text of ${text.length} characters, ${most} allowed`);
    if (method === "chat.update") throw new ApiError("msg_too_long");
    text = text.slice(0, most);
  }
  if (args["blocks"] === undefined) {
    if (text === "") throw new ApiError("no_text");
    return { text, blocks: [] };
  }
  const errors = checkBlocks(args["blocks"], "message");
  if (errors.length > 0) {
    world.problems.push(`${method}: invalid_blocks ${errors.join("; ")}`);
    throw new ApiError("invalid_blocks", errors, { errors });
  }
  const size = blocksSize(args["blocks"]);
  if (size > 13_422) {
    world.problems.push(`${method}: msg_blocks_too_long, about ${size} characters`);
    throw new ApiError("msg_blocks_too_long");
  }
  const blocks = (args["blocks"] as Json[]).map((block) => ({ ...block, block_id: block["block_id"] ?? world.id("b") }));
  if (text === "" && blocks.length === 0) throw new ApiError("no_text");
  return { text, blocks };
}

/** The thread a message goes into; a reply's own ts is a mistake of the bot that real Slack shows as a broken thread. */
export function threadFor(world: World, channel: string, args: Json): string | undefined {
  const ts = string(args["thread_ts"]);
  if (ts === "") return undefined;
  if (!/^\d+\.\d{6}$/.test(ts)) throw new ApiError("invalid_thread_ts");
  const parent = findMessage(world, channel, ts);
  if (parent === undefined || parent.ephemeralFor !== undefined) throw new ApiError("thread_not_found");
  if (parent.deleted && !world.messages.some((one) => one.threadTs === ts && !one.deleted)) throw new ApiError("thread_not_found");
  if (parent.threadTs !== undefined) {
    world.problems.push(`thread_ts ${ts} is a reply, not the start of a thread`);
    throw new ApiError("cannot_reply_to_message");
  }
  return ts;
}

export function addMessage(world: World, message: Pick<FakeMessage, "channel" | "user" | "text"> & Partial<FakeMessage>): FakeMessage {
  const full: FakeMessage = {
    ts: world.ts(),
    broadcast: false,
    blocks: [],
    files: [],
    reactions: [],
    deleted: false,
    edits: [],
    ...message,
  };
  world.messages.push(full);
  return full;
}

export function changeMessage(world: World, message: FakeMessage, text: string, blocks: readonly Json[]): void {
  const previous = messageBody(message, world);
  message.edits.push({ text: message.text, blocks: message.blocks, at: world.now() });
  message.text = text;
  message.blocks = blocks;
  if (message.ephemeralFor === undefined)
    world.echo({
      type: "message",
      subtype: "message_changed",
      channel: message.channel,
      ts: world.ts(),
      hidden: true,
      message: messageBody(message, world),
      previous_message: previous,
    });
}

export function deleteMessage(world: World, message: FakeMessage): void {
  const previous = messageBody(message, world);
  message.deleted = true;
  if (message.ephemeralFor === undefined)
    world.echo({
      type: "message",
      subtype: "message_deleted",
      channel: message.channel,
      ts: world.ts(),
      hidden: true,
      deleted_ts: message.ts,
      previous_message: previous,
    });
}

function ownMessage(world: World, channel: string, ts: string, refusal: string): FakeMessage {
  const message = findMessage(world, channel, ts);
  if (message === undefined || message.deleted || message.ephemeralFor !== undefined) throw new ApiError("message_not_found");
  if (message.botId !== world.botId) throw new ApiError(refusal);
  return message;
}

const postMessage: Method = (args, world) => {
  const channel = writable(world, args);
  const { text, blocks } = content(world, "chat.postMessage", args, 40_000);
  const threadTs = threadFor(world, channel.id, args);
  const message = addMessage(world, {
    channel: channel.id,
    user: world.botUserId,
    botId: world.botId,
    text,
    blocks,
    broadcast: string(args["reply_broadcast"]) === "true",
    ...(threadTs === undefined ? {} : { threadTs }),
    ...(isJson(args["metadata"]) ? { metadata: args["metadata"] } : {}),
  });
  world.echo({ ...messageBody(message, world), channel: channel.id, event_ts: message.ts });
  return { channel: channel.id, ts: message.ts, message: messageBody(message, world, true) };
};

const update: Method = (args, world) => {
  const channel = writable(world, args);
  const message = ownMessage(world, channel.id, string(args["ts"]), "cant_update_message");
  const { text, blocks } = content(world, "chat.update", args, 4000);
  if (isJson(args["metadata"])) message.metadata = args["metadata"];
  changeMessage(world, message, text, blocks);
  return { channel: channel.id, ts: message.ts, text, message: messageBody(message, world, true) };
};

const postEphemeral: Method = (args, world) => {
  const channel = writable(world, args);
  const user = string(args["user"]);
  if (!world.users.has(user)) throw new ApiError("user_not_found");
  if (channel.directWith !== user && channel.members !== undefined && !channel.members.includes(user))
    throw new ApiError("user_not_in_channel");
  const { text, blocks } = content(world, "chat.postEphemeral", args, 40_000);
  const threadTs = threadFor(world, channel.id, args);
  const message = addMessage(world, {
    channel: channel.id,
    user: world.botUserId,
    botId: world.botId,
    text,
    blocks,
    ephemeralFor: user,
    ...(threadTs === undefined ? {} : { threadTs }),
  });
  return { message_ts: message.ts };
};

const remove: Method = (args, world) => {
  const channel = channelFor(world, args);
  const message = ownMessage(world, channel.id, string(args["ts"]), "cant_delete_message");
  deleteMessage(world, message);
  return { channel: channel.id, ts: message.ts };
};

const getPermalink: Method = (args, world) => {
  const channel = channelFor(world, args);
  const ts = string(args["message_ts"]);
  if (findMessage(world, channel.id, ts)?.deleted !== false) throw new ApiError("message_not_found");
  return { channel: channel.id, permalink: `https://example.slack.com/archives/${channel.id}/p${ts.replace(".", "")}` };
};

function react(add: boolean): Method {
  return (args, world) => {
    const channel = writable(world, args);
    const message = findMessage(world, channel.id, string(args["timestamp"]));
    if (message === undefined || message.deleted) throw new ApiError("message_not_found");
    const name = string(args["name"]);
    if (!/^[a-z0-9_+'-]+(::skin-tone-[2-6])?$/.test(name)) throw new ApiError("invalid_name");
    const there = message.reactions.includes(name);
    if (add && there) throw new ApiError("already_reacted");
    if (!add && !there) throw new ApiError("no_reaction");
    message.reactions = add ? [...message.reactions, name] : message.reactions.filter((one) => one !== name);
    return {};
  };
}

export const chatMethods: Record<string, Method> = {
  "chat.postMessage": postMessage,
  "chat.update": update,
  "chat.postEphemeral": postEphemeral,
  "chat.delete": remove,
  "chat.getPermalink": getPermalink,
  "reactions.add": react(true),
  "reactions.remove": react(false),
};
