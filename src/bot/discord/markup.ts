import { visibleLine, visibleText } from "../../visible-text.ts";

/**
 * Text as Discord shows it. Everything untrusted goes through `escaped` or `fenced`; mentions of people are made only here, and none of them pings
 * by itself: that is decided by a message's `allowed_mentions`.
 */

/** One line: markdown, mentions and masked links become what they look like. */
export function escapedLine(value: string): string {
  return withoutMarkup(visibleLine(value));
}

/** The same for text of several lines. */
export function escaped(value: string): string {
  return visibleText(value).split("\n").map(withoutMarkup).join("\n");
}

/** Every sign that Discord's markdown could take for its own; what counts only at the beginning of a line is met there. */
function withoutMarkup(line: string): string {
  return line.replace(/[\\`*_~|<>[\]()@]/g, "\\$&").replace(/^(\s*)([#+-]|\d+(?=\.))/, (_all, space: string, sign: string) =>
    // A digit has no escape: the dot after it has.
    /\d/.test(sign) ? `${space}${sign}\\` : `${space}\\${sign}`,
  );
}

/** A name as code; a name with a backtick could end it, and is escaped instead. */
export function code(value: string): string {
  const shown = visibleLine(value);
  return shown === "" || shown.includes("`") || shown !== shown.trim() ? `“${withoutMarkup(shown)}”` : `\`${shown}\``;
}

/** Output in a block that it cannot leave. `diff`, `yaml` and the like are not used: they would colour what nobody meant. */
export function fenced(value: string): string {
  return `\`\`\`\n${visibleText(value).replaceAll("`", "ˋ")}\n\`\`\``;
}

/** In the reader's own zone. */
export function moment(iso: string): string {
  return `<t:${Math.floor(Date.parse(iso) / 1000)}:f>`;
}

export function remaining(iso: string): string {
  return `<t:${Math.floor(Date.parse(iso) / 1000)}:R>`;
}

/** The user's id of an account of ours. */
export function discordUser(account: string): string | undefined {
  return /^discord:\d+:(\d{5,25})$/.exec(account)?.[1];
}

/** An account as Discord shows people; one of another platform as text. */
export function person(account: string): string {
  const user = discordUser(account);
  return user === undefined ? escapedLine(account) : `<@${user}>`;
}

const accounts = /\bdiscord:\d{5,25}:\d{5,25}\b/g;

/** Free text in which accounts stand as people. */
export function withPeople(value: string, escape: (text: string) => string): string {
  let shown = "";
  let from = 0;
  for (const match of value.matchAll(accounts)) {
    shown += escape(value.slice(from, match.index)) + person(match[0]);
    from = match.index + match[0].length;
  }
  return shown + escape(value.slice(from));
}
