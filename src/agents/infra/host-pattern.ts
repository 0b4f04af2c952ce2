import { isIPv6 } from "node:net";
import { AppError, exitCodes } from "../../errors.ts";
import type { Inventory } from "./inventory.ts";

const localNames = ["127.0.0.1", "localhost", "::1"];

/** The hosts that `ansible-playbook --list-hosts` would name for `hosts: pattern` and `--limit limit`, in its order. */
export function expandPattern(inventory: Inventory, pattern: string | readonly string[], limit?: string | readonly string[]): string[] {
  const hosts = evaluate(inventory, split(pattern));
  if (limit === undefined) return hosts;
  const subset = new Set(evaluate(inventory, split(limit)));
  // ansible refuses a limit that fits no host of the inventory, the implicit localhost included.
  if (inventory.hosts.length > 0 && !inventory.hosts.some((host) => subset.has(host))) return [];
  return hosts.filter((host) => subset.has(host));
}

/** Commas, or colons where the whole is neither an address nor a range. */
function split(pattern: string | readonly string[]): string[] {
  if (typeof pattern !== "string") return pattern.flatMap((one) => split(one));
  const parts = pattern.includes(",")
    ? pattern.split(",")
    : isAddress(pattern)
      ? [pattern]
      : (pattern.match(/(?:[^\s:[\]]|\[[^\]]*\])+/g) ?? []);
  return parts.map((part) => part.trim()).filter((part) => part !== "");
}

const range = String.raw`\[(?:[a-z]:[a-z]|[0-9]+:[0-9]+)(?::[0-9]+)?\]`;
const label = String.raw`(?:[\p{L}\p{N}_]|${range})(?:[\p{L}\p{N}_-]|${range})*(?<![_-])`;
const hostname = new RegExp(String.raw`^${label}(?:\.${label})*$`, "iu");

function isAddress(text: string): boolean {
  let address = text;
  address = /^\[(.+)\]:[0-9]+$/.exec(address)?.[1] ?? address;
  address = /^((?:[^:[\]]|\[[^\]]*\])*):[0-9]+$/.exec(address)?.[1] ?? address;
  return hostname.test(address) || isIPv6(address);
}

/** Regular patterns first, then intersections, then exclusions, whatever order they were written in. */
function evaluate(inventory: Inventory, patterns: readonly string[]): string[] {
  const excluded = patterns.filter((one) => one.startsWith("!"));
  const required = patterns.filter((one) => one.startsWith("&"));
  let regular = patterns.filter((one) => !one.startsWith("!") && !one.startsWith("&"));
  if (regular.length === 0) regular = ["all"];
  const known = new Set(inventory.hosts);
  let hosts = [...new Set(regular.flatMap((one) => (known.has(one) ? [one] : matches(inventory, one))))];
  for (const one of required) {
    const that = new Set(matches(inventory, one.slice(1)));
    hosts = hosts.filter((host) => that.has(host));
  }
  for (const one of excluded) {
    const that = new Set(matches(inventory, one.slice(1)));
    hosts = hosts.filter((host) => !that.has(host));
  }
  return hosts;
}

function matches(inventory: Inventory, pattern: string): string[] {
  if (pattern.startsWith("@")) throw refused(`the limit ${JSON.stringify(pattern)} names a file`);
  const subscript = pattern.startsWith("~") ? null : /^(.+)\[(?:(-?[0-9]+)|([0-9]+)[:-]([0-9]*))\]$/.exec(pattern);
  const expression = subscript?.[1] ?? pattern;
  const found = enumerate(inventory, expression);
  if (subscript === null || found.length === 0) return found;
  const [, , index, start, end] = subscript;
  if (index !== undefined) return [at(found, Number(index), pattern)];
  const last = end === undefined || end === "" ? found.length - 1 : Number(end);
  // ansible takes an end of 0 for no end at all, and gives the one host at the start.
  return last === 0 && end !== "" ? [at(found, Number(start), pattern)] : found.slice(Number(start), last + 1);
}

function enumerate(inventory: Inventory, expression: string): string[] {
  const matcher = matcherOf(expression);
  const groups = Object.keys(inventory.groups).filter((name) => matcher(name));
  const hosts = new Set(groups.flatMap((name) => inventory.groups[name] ?? []));
  if (groups.length === 0 || expression.startsWith("~") || /[.?*[]/.test(expression)) {
    for (const host of inventory.hosts) if (matcher(host)) hosts.add(host);
  }
  if (hosts.size === 0 && localNames.includes(expression)) return [inventory.hosts.find((host) => localNames.includes(host)) ?? expression];
  return [...hosts];
}

function at(hosts: readonly string[], index: number, pattern: string): string {
  const host = hosts.at(index);
  if (host === undefined) throw refused(`no host fits ${pattern}: there are only ${hosts.length}`);
  return host;
}

/** A regular expression after `~` (found at the beginning, like Python's match), else a shell glob over the whole name. */
function matcherOf(expression: string): (name: string) => boolean {
  if (!expression.startsWith("~")) {
    const glob = new RegExp(`^${globSource(expression)}$`, "su");
    return (name) => glob.test(name);
  }
  // A person's pattern must not run for ever; names are short, the pattern is kept short too.
  if (expression.length > 200) throw refused("the pattern is too long");
  try {
    const regex = new RegExp(`^(?:${expression.slice(1)})`, "u");
    return (name) => regex.test(name);
  } catch {
    throw refused(`${expression} is no regular expression`);
  }
}

function globSource(glob: string): string {
  let source = "";
  for (let index = 0; index < glob.length; index += 1) {
    const character = glob.charAt(index);
    if (character === "*") source += ".*";
    else if (character === "?") source += ".";
    else if (character === "[") {
      // As in fnmatch: a bracket right after the opening one is a member, and one without an end is itself.
      const end = glob.indexOf("]", glob.charAt(index + 1) === "!" ? index + 3 : index + 2);
      if (end === -1) source += "\\[";
      else {
        const inner = glob.slice(index + 1, end).replace(/[\\[\]^&]/g, "\\$&");
        source += inner.startsWith("!") ? `[^${inner.slice(1)}]` : `[${inner}]`;
        index = end;
      }
    } else source += character.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
  }
  return source;
}

function refused(message: string): AppError {
  return new AppError("pattern-refused", message, { exitCode: exitCodes.notMapped });
}
