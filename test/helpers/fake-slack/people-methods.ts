/** conversations.*, users.*, usergroups.* and auth.test. */
import { ApiError } from "./api-error.ts";
import { channelFor, type Method } from "./chat-methods.ts";
import { string, type Json } from "./json.ts";
import { botIsIn, findMessage, messageBody, openDirectMessage, type FakeChannel } from "./world.ts";

function channelBody(channel: FakeChannel): Json {
  return {
    id: channel.id,
    name: channel.name,
    is_channel: channel.directWith === undefined && channel.isPrivate !== true,
    is_group: channel.isPrivate === true,
    is_private: channel.isPrivate === true || channel.directWith !== undefined,
    is_im: channel.directWith !== undefined,
    is_archived: channel.archived === true,
    is_member: botIsIn(channel),
    ...(channel.directWith === undefined ? {} : { user: channel.directWith }),
  };
}

const userInfo: Method = (args, world) => {
  const user = world.users.get(string(args["user"]));
  if (user === undefined) throw new ApiError("user_not_found");
  return {
    user: {
      id: user.id,
      name: user.name,
      real_name: user.name,
      team_id: user.team ?? world.team,
      deleted: user.deleted === true,
      is_bot: user.bot === true,
      is_restricted: user.guest === true || user.singleChannelGuest === true,
      is_ultra_restricted: user.singleChannelGuest === true,
      tz: user.timeZone ?? "Europe/Berlin",
      ...(user.team === undefined ? {} : { is_stranger: true }),
      profile: { display_name: user.name, real_name: user.name, team: user.team ?? world.team },
    },
  };
};

const replies: Method = (args, world) => {
  const channel = channelFor(world, args);
  if (!botIsIn(channel)) throw new ApiError("not_in_channel");
  const ts = string(args["ts"]);
  const asked = findMessage(world, channel.id, ts);
  if (asked === undefined || asked.ephemeralFor !== undefined) throw new ApiError("thread_not_found");
  const root = asked.threadTs ?? asked.ts;
  const metadata = string(args["include_all_metadata"]) === "true";
  const all = world.messages.filter(
    (one) => one.channel === channel.id && one.ephemeralFor === undefined && (one.ts === root || (one.threadTs === root && !one.deleted)),
  );
  const start = Number(string(args["cursor"]) || 0);
  const limit = Number(string(args["limit"]) || 1000);
  const more = start + limit < all.length;
  return {
    messages: all.slice(start, start + limit).map((one) => messageBody(one, world, metadata)),
    has_more: more,
    response_metadata: { next_cursor: more ? String(start + limit) : "" },
  };
};

/** Newest first; replies are not in a channel's history unless they were sent to the channel too. */
const history: Method = (args, world) => {
  const channel = channelFor(world, args);
  if (!botIsIn(channel)) throw new ApiError("not_in_channel");
  const oldest = Number(string(args["oldest"]) || 0);
  const latest = Number(string(args["latest"]) || Number.MAX_SAFE_INTEGER);
  const inclusive = string(args["inclusive"]) === "true";
  const metadata = string(args["include_all_metadata"]) === "true";
  const found = world.messages.filter((one) => {
    if (one.channel !== channel.id || one.ephemeralFor !== undefined || one.deleted) return false;
    if (one.threadTs !== undefined && !one.broadcast) return false;
    const at = Number(one.ts);
    return inclusive ? at >= oldest && at <= latest : at > oldest && at < latest;
  });
  const limit = Number(string(args["limit"]) || 100);
  const messages = found.toReversed().slice(0, limit);
  return { messages: messages.map((one) => messageBody(one, world, metadata)), has_more: found.length > limit };
};

const open: Method = (args, world) => {
  const users = string(args["users"]).split(",");
  const [user] = users;
  if (user === undefined || user === "") throw new ApiError("users_list_not_supplied");
  const known = world.users.get(user);
  if (users.length > 1 || known === undefined) throw new ApiError("user_not_found");
  if (known.deleted === true) throw new ApiError("user_disabled");
  if (known.bot === true) throw new ApiError("cannot_dm_bot");
  return { channel: { id: openDirectMessage(world, user).id } };
};

export const peopleMethods: Record<string, Method> = {
  "auth.test": (_args, world) => ({
    url: "https://example.slack.com/",
    team: "Example",
    user: world.botName,
    team_id: world.team,
    user_id: world.botUserId,
    bot_id: world.botId,
    is_enterprise_install: false,
  }),
  "users.info": userInfo,
  "usergroups.users.list": (args, world) => {
    const group = world.usergroups.get(string(args["usergroup"]));
    if (group === undefined) throw new ApiError("no_such_subteam");
    return { users: [...group.members] };
  },
  "conversations.info": (args, world) => ({ channel: channelBody(channelFor(world, args)) }),
  "conversations.open": open,
  "conversations.replies": replies,
  "conversations.history": history,
};
