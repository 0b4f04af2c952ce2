/** What a person typed, out of Slack's markup: entities become what the person saw, the bot's own mention goes. */
export function typedText(markup: string, bot: string): string {
  return markup
    .replace(/<([@#!][^<>]*|(?:https?|mailto|tel|ftp|ssh):[^<>]*)>/g, (_, inner: string) => entity(inner, bot))
    .replace(/&(amp|lt|gt);/g, (_, name: string) => ({ amp: "&", lt: "<", gt: ">" })[name] ?? "")
    .trim();
}

export function mentions(markup: string, bot: string): boolean {
  return markup.includes(`<@${bot}>`) || markup.includes(`<@${bot}|`);
}

function entity(inner: string, bot: string): string {
  const bar = inner.indexOf("|");
  const address = bar < 0 ? inner : inner.slice(0, bar);
  const label = bar < 0 ? "" : inner.slice(bar + 1);
  if (address.startsWith("@")) return address.slice(1) === bot ? "" : `@${label === "" ? address.slice(1) : label.replace(/^@/, "")}`;
  if (address.startsWith("#")) return `#${label === "" ? address.slice(1) : label.replace(/^#/, "")}`;
  if (address.startsWith("!")) return label === "" ? `@${address.slice(1).split("^")[0] ?? ""}` : label;
  return label === "" ? address.replace(/^mailto:/, "") : label;
}
