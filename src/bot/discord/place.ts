/**
 * Where a conversation is, and its key. The key holds the channel above a thread too: a mention's thread has the id of the message that it will be
 * opened on, and must still be opened when the process was restarted in between.
 */
export type Place =
  | { readonly kind: "thread"; readonly guild: string; readonly parent: string; readonly thread: string }
  /** A slash command in a channel: becomes the thread under its first message. */
  | { readonly kind: "command"; readonly guild: string; readonly channel: string; readonly interaction: string }
  | { readonly kind: "direct"; readonly channel: string };

export function conversationOf(place: Place): string {
  switch (place.kind) {
    case "thread":
      return `discord:${place.guild}:${place.parent}:${place.thread}`;
    case "command":
      return `discord:${place.guild}:${place.channel}:command-${place.interaction}`;
    case "direct":
      return `discord:dm:${place.channel}`;
  }
}

export function placeOf(conversation: string): Place | undefined {
  const direct = /^discord:dm:(\d+)$/.exec(conversation)?.[1];
  if (direct !== undefined) return { kind: "direct", channel: direct };
  const [, guild, channel, command, id] = /^discord:(\d+):(\d+):(command-)?(\d+)$/.exec(conversation) ?? [];
  if (guild === undefined || channel === undefined || id === undefined) return undefined;
  return command === undefined
    ? { kind: "thread", guild, parent: channel, thread: id }
    : { kind: "command", guild, channel, interaction: id };
}

export function accountOf(guild: string, user: string): string {
  return `discord:${guild}:${user}`;
}
