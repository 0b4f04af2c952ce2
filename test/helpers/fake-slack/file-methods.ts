/** The three calls of uploadV2; the middle one, the POST of the bytes, is `storeUpload`. */
import { ApiError } from "./api-error.ts";
import { addMessage, channelFor, threadFor, type Method } from "./chat-methods.ts";
import { list, string, tryParse, type Json } from "./json.ts";
import { botIsIn, type World } from "./world.ts";

export function storeUpload(world: World, id: string, contentType: string, body: Buffer): { status: number; text: string } {
  const file = world.files.find((one) => one.id === id);
  if (file === undefined || file.content !== undefined) return { status: 404, text: "no such upload" };
  const content = contentType.startsWith("multipart/form-data") ? firstPart(contentType, body) : body;
  if (content.length !== file.length) {
    world.problems.push(`upload of ${file.name}: ${content.length} bytes came, ${file.length} were announced`);
    return { status: 400, text: "wrong length" };
  }
  file.content = content;
  return { status: 200, text: `OK - ${content.length}` };
}

function firstPart(contentType: string, body: Buffer): Buffer {
  const boundary = /boundary="?([^";]+)/.exec(contentType)?.[1] ?? "";
  const start = body.indexOf("\r\n\r\n") + 4;
  return body.subarray(start, body.indexOf(`\r\n--${boundary}`, start));
}

const getUploadUrl: Method = (args, world) => {
  const name = string(args["filename"]);
  const length = Number(string(args["length"]));
  if (name === "" || !Number.isInteger(length) || length <= 0) throw new ApiError("invalid_arguments");
  const file = { id: world.id("F"), name, length, title: name, content: undefined, completed: false };
  world.files.push(file);
  return { upload_url: `${world.baseUrl}/upload/${file.id}`, file_id: file.id };
};

const complete: Method = (args, world) => {
  const wanted = list(typeof args["files"] === "string" ? tryParse(args["files"]) : args["files"]);
  if (wanted.length === 0) throw new ApiError("invalid_arguments");
  const channelId = string(args["channel_id"]);
  const channel = channelId === "" ? undefined : channelFor(world, args, "channel_id");
  if (channel !== undefined && !botIsIn(channel)) throw new ApiError("not_in_channel");
  if (channel?.archived === true) throw new ApiError("is_archived");
  const threadTs = channel === undefined ? undefined : threadFor(world, channel.id, args);
  const files = wanted.map((one) => {
    const file = world.files.find((known) => known.id === string(one["id"]));
    if (file === undefined || file.content === undefined || file.completed) throw new ApiError("file_not_found");
    return { file, title: string(one["title"]) };
  });
  for (const { file, title } of files) {
    file.completed = true;
    if (title !== "") file.title = title;
    if (channel !== undefined) file.channel = channel.id;
    if (threadTs !== undefined) file.threadTs = threadTs;
  }
  if (channel !== undefined) {
    const message = addMessage(world, {
      channel: channel.id,
      user: world.botUserId,
      botId: world.botId,
      text: string(args["initial_comment"]),
      files: files.map(({ file }) => file.id),
      ...(threadTs === undefined ? {} : { threadTs }),
    });
    const body: Json = {
      type: "message",
      subtype: "file_share",
      user: world.botUserId,
      bot_id: world.botId,
      text: message.text,
      ts: message.ts,
    };
    world.echo({ ...body, channel: channel.id, ...(threadTs === undefined ? {} : { thread_ts: threadTs }) });
  }
  return { files: files.map(({ file }) => ({ id: file.id, title: file.title, name: file.name })) };
};

export const fileMethods: Record<string, Method> = {
  "files.getUploadURLExternal": getUploadUrl,
  "files.completeUploadExternal": complete,
};
