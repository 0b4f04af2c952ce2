/** POST to a response_url: five uses in thirty minutes. */
import { addMessage, changeMessage, deleteMessage } from "./chat-methods.ts";
import { checkBlocks } from "./block-rules.ts";
import { list, string, type Json } from "./json.ts";
import { findMessage, type World } from "./world.ts";

export function useResponseUrl(world: World, id: string, args: Json): { status: number; body: Json } {
  const url = world.responseUrls.get(id);
  if (url === undefined) return { status: 404, body: { ok: false, error: "invalid_url" } };
  if (world.now() - url.at > 30 * 60_000) return { status: 404, body: { ok: false, error: "expired_url" } };
  if (url.uses >= 5) return { status: 404, body: { ok: false, error: "used_url" } };
  url.uses += 1;
  const original = url.messageTs === undefined ? undefined : findMessage(world, url.channel, url.messageTs);
  if (args["delete_original"] === true) {
    if (original !== undefined) deleteMessage(world, original);
    return { status: 200, body: { ok: true } };
  }
  const blocks = list(args["blocks"]);
  const errors = checkBlocks(blocks, "message");
  if (errors.length > 0) {
    world.problems.push(`response_url: invalid_blocks ${errors.join("; ")}`);
    return { status: 400, body: { ok: false, error: "invalid_blocks" } };
  }
  const text = string(args["text"]);
  if (text === "" && blocks.length === 0) return { status: 400, body: { ok: false, error: "no_text" } };
  if (args["replace_original"] === true && original !== undefined) changeMessage(world, original, text, blocks);
  else
    addMessage(world, {
      channel: url.channel,
      user: world.botUserId,
      botId: world.botId,
      text,
      blocks,
      ...(string(args["thread_ts"]) === "" ? {} : { threadTs: string(args["thread_ts"]) }),
      ...(args["response_type"] === "in_channel" ? {} : { ephemeralFor: url.user }),
    });
  return { status: 200, body: { ok: true } };
}
