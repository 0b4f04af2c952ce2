import { flatten } from "./component-schema.ts";
import { type StoredMessage, type World, deniedToBot } from "./world.ts";

export interface Mentions {
  readonly users: readonly string[];
  readonly roles: readonly string[];
  readonly everyone: boolean;
}

/**
 * Whom a message really notifies, from its text and its `allowed_mentions`. Without `allowed_mentions` everything in the text does.
 * Stricter than the platform in one point: text inside code blocks counts too, since tool output can end a block.
 */
export function mentionsOf(world: World, message: StoredMessage): Mentions {
  const displays = flatten(message.components).flatMap((component) => (component["type"] === 10 ? [String(component["content"])] : []));
  const text = [message.content, ...displays].join("\n");
  const allowed = message.allowedMentions;
  const parses = (kind: "users" | "roles" | "everyone"): boolean => allowed === undefined || (allowed.parse ?? []).includes(kind);
  const users = ids(text, /<@!?(\d+)>/g).filter(
    (id) => world.members.has(id) && (parses("users") || allowed?.users?.includes(id) === true),
  );
  const roles = ids(text, /<@&(\d+)>/g).filter((id) => world.roles.has(id) && (parses("roles") || allowed?.roles?.includes(id) === true));
  const answered = message.reference === undefined || message.type !== 19 ? undefined : world.messages.get(message.reference)?.authorId;
  // Nobody is notified of an answer to their own message, such as the bot's answer to a click on its card.
  const notifiesAnswered = allowed === undefined || allowed.replied_user === true;
  if (answered !== undefined && answered !== message.authorId && notifiesAnswered) users.push(answered);
  const channel = world.channels.get(message.channelId);
  const mayMentionAll = message.authorId !== world.botId || channel === undefined || !deniedToBot(world, channel).has("MentionEveryone");
  return {
    users: [...new Set(users)],
    roles: mayMentionAll ? roles : roles.filter((id) => world.roles.get(id)?.mentionable === true),
    everyone: mayMentionAll && parses("everyone") && /@(everyone|here)/.test(text),
  };
}

function ids(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].flatMap((match) => (match[1] === undefined ? [] : [match[1]]));
}
