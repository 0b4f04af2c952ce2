/** Names of what a message mentions. */
export interface MentionNames {
  user(id: string): string | undefined;
  role(id: string): string | undefined;
  channel(id: string): string | undefined;
}

/** A message as it was meant: without the mention of the bot, with names in place of Discord's ids. */
export function incomingText(content: string, own: ReadonlySet<string>, names: MentionNames): string {
  return content
    .replace(/<@[!&]?(\d+)>/g, (all, id: string) => {
      if (own.has(id)) return " ";
      return all.startsWith("<@&") ? `@${names.role(id) ?? "a role"}` : `@${names.user(id) ?? "somebody"}`;
    })
    .replace(/<#(\d+)>/g, (_all, id: string) => `#${names.channel(id) ?? "a channel"}`)
    .replace(/<\/([^:>]+):\d+>/g, "/$1")
    .replace(/<a?:(\w+):\d+>/g, ":$1:")
    .replace(/[ \t]{2,}/g, " ")
    .trim();
}
