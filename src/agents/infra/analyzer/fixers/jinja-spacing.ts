import { none, type Fixer } from "./fixer.ts";

/** Lint says how it would write the template; that is taken where it differs in spaces only. */
export const fixJinjaSpacing: Fixer = ({ item, message, outline, path }) => {
  const said = /could be improved: ([\s\S]+)$/.exec(message)?.[1];
  if (said === undefined || item === undefined) return none("lint does not say how it should be");
  const [from, to] = item.node.range ?? [0, 0];
  const parts = said.split(" -> ");
  for (let at = 1; at < parts.length; at += 1) {
    const before = parts.slice(0, at).join(" -> ");
    const after = parts.slice(at).join(" -> ");
    const start = outline.text.indexOf(before, from);
    // Spaces within quotes are part of a value.
    if (bare(before) !== bare(after) || quotedIn(before) !== quotedIn(after) || start < 0 || start + before.length > to) continue;
    return { kind: "fix", edits: [{ path, start, end: start + before.length, text: after }] };
  }
  return none("what lint proposes is not the same template with other spaces");
};

function bare(text: string): string {
  return text.replaceAll(/\s+/g, "");
}

function quotedIn(text: string): string {
  return (text.match(/'[^']*'|"[^"]*"/g) ?? []).join("\n");
}
