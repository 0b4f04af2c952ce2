const commands =
  "rm|curl|wget|cat|bash|sh|zsh|sudo|nc|netcat|tee|chmod|chown|dd|mkfs|python3?|perl|ruby|node|eval|exec|kill|killall|iptables|shutdown|reboot|halt|systemctl|ssh|scp|mail|id|whoami|base64|xargs|find|mv|cp|echo|printf|sed|awk|touch|mount|umount|useradd|passwd|crontab|docker|podman|kubectl|git|tar|tr|sort|head|tail|grep|apt|apt-get|yum|dnf|pip|npm";
/** Commands that are no words of an order. */
const bare = "rm|curl|wget|bash|sudo|nc|tee|chmod|chown|eval|whoami|id|base64|xargs";

// What a shell would run or put somewhere, with the words that it is glued to: "x$(id)", "rooms`id`", "evil.lan | tee /etc/hosts", "a;reboot".
const patterns: readonly RegExp[] = [
  /[^\s"']*[$<>]\((?:[^()"]|\([^()]*\))*\)?[^\s"',]*/g,
  /[^\s"']*\$\{[^}"]*\}?[^\s"',]*/g,
  /[^\s"'`]*`[^`"\n]*`?[^\s"',`]*/g,
  new RegExp(`(?:[^\\s"'|,]+[ \\t]*)?(?<!\\|)\\|{1,2}[ \\t]*(?:${commands})\\b[^",\\n]*?(?=\\s*(?:->|=>|→|,|"|$))`, "gim"),
  new RegExp(
    `[^\\s"',]*(?:;|&&)[ \\t]*(?:(?:${commands})[ \\t]+(?:-|[/~$])[^",\\n]*?|(?:${bare})\\b[^",\\n]*?)(?=\\s*(?:->|=>|→|,|"|$))`,
    "gim",
  ),
  /[^\s"']+[ \t]*(?:\d?>{1,2}|<)[ \t]*[/~&][^\s"',]*/g,
  /[^\s"';&|]+(?:;|&&|\|\|?)[\p{L}/$][^\s"',]*/gu,
];

interface Span {
  readonly from: number;
  readonly to: number;
}

function spansIn(text: string): Span[] {
  if (!/[`$;|&<>]/.test(text)) return [];
  const spans: Span[] = [];
  for (const pattern of patterns)
    for (const match of text.matchAll(pattern)) {
      const [from, to] = [match.index, match.index + match[0].length];
      if (match[0].includes("`") && isMarkup(match[0])) continue;
      if (match[0].trim() !== "" && !spans.some((span) => span.from < to && from < span.to)) spans.push({ from, to });
    }
  return spans.toSorted((a, b) => a.from - b.from);
}

/** "deploy `gitea`": one word that somebody set in another type. */
const isMarkup = (text: string): boolean => /^\(?`[\p{L}\d_.:/@-]*`[).:;!?]?$/u.test(text);

/** The parts of a text that are shell syntax; none of their words is a value, however harmless it looks. */
export const shellParts = (text: string): string[] => spansIn(text).map(({ from, to }) => text.slice(from, to).trim());

/** The same text with each such part as one quoted word, so that a value that is taken of it is refused as a whole. */
export function withOpaqueShell(text: string): string {
  const quoted = [...text.matchAll(/"[^"]*"/g)].map((match) => ({ from: match.index, to: match.index + match[0].length }));
  let rest = "";
  let end = 0;
  for (const { from, to } of spansIn(text)) {
    // What stands in quotes is one word already.
    if (quoted.some((span) => span.from < to && from < span.to)) continue;
    rest += `${text.slice(end, from)}"${text.slice(from, to).trim()}"`;
    end = to;
  }
  return rest + text.slice(end);
}
