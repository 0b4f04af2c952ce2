import { isStopWord } from "../../mapping/stop-words.ts";

/** A word of a step with what it could be as a value. */
export interface Token {
  readonly text: string;
  /** Without quotes. */
  readonly value: string;
  readonly lower: string;
  readonly isQuoted: boolean;
  /** `=` or `:` stands right behind it. */
  readonly assigns: boolean;
  /** A comma stands right behind it. */
  readonly comma: boolean;
  /** An arrow stands right behind it. */
  readonly arrow: boolean;
}

// "dc=lab,dc=example": a name with commas and equals signs in it.
const tokenPattern =
  /"([^"]*)"|(?<![\p{L}\p{N}])((?:[a-z]{1,3}=[\w.-]+,)+[a-z]{1,3}=[\w.-]+)|(?<![\p{L}\p{N}])'([^']*)'(?![\p{L}\p{N}])|(->|=>|→)|([^\s,;"=]+(?:=(?=[\s"'])|))|=/gu;

export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  for (const match of text.matchAll(tokenPattern)) {
    const quoted = match[1] ?? match[2] ?? match[3];
    const end = match.index + match[0].length;
    if (match[4] !== undefined || match[0] === "=") {
      const before = tokens.pop();
      if (before !== undefined) tokens.push(match[0] === "=" ? { ...before, assigns: true } : { ...before, arrow: true });
      continue;
    }
    const raw = match[5] ?? "";
    const assigns = quoted === undefined && (/[=:]$/.test(raw) || text[end] === "=");
    // The braces of a template stay, so that it is refused as one and not taken for what is inside.
    const plain = quoted ?? (/\{[{%#]/.test(raw) ? raw : raw.replace(/^[("'[{]+(?=.)/, "").replace(/[)"'\]},.!?:=]+$/, ""));
    if (plain === "" && quoted === undefined) continue;
    tokens.push({
      text: match[0],
      value: plain,
      lower: plain.toLowerCase().replace(/'s$/, ""),
      isQuoted: quoted !== undefined,
      assigns,
      comma: /^\s*,/.test(text.slice(end)) || raw.endsWith(","),
      arrow: /^\s*(?:->|=>|→)/.test(text.slice(end)),
    });
  }
  return tokens;
}

export const isNumber = (text: string): boolean => /^\d+(?:\.\d+)?$/.test(text);
export const isVersion = (text: string): boolean =>
  /^v?\d+(?:\.\d+)+(?:[-+.]?[a-z0-9]+)*$|^v\d+$|^(?:latest|stable|lts|nightly|edge)$/i.test(text);
export const isPath = (text: string): boolean => /^(?:~|\.{1,2})?\/[\w./@+ -]*$/.test(text) && text.length > 1;
export const isUrl = (text: string): boolean => /^[a-z][a-z0-9+.-]*:\/\/\S+$/i.test(text);
/** "attic:/backup": a path on another machine. */
export const isRemotePath = (text: string): boolean => /^[a-z][\w.@-]*:\/[\w./@+-]*$/i.test(text);
export const isAddress = (text: string): boolean =>
  /^\d{1,3}(?:\.\d{1,3}){3}(?:\/\d{1,2})?$/.test(text) || /^(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?:\/\d+)?$/i.test(text);
export const isDomain = (text: string): boolean =>
  /^(?:\*\.)?(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9])?\.)+[a-z]{2,}$/i.test(text) &&
  !/\.(?:ya?ml|json|conf|cfg|ini|txt|md|tar|gz|zip|iso|sh|py|js|xyz\/)$/i.test(text);
export const isDuration = (text: string): boolean => /^\d+(?:s|sec|secs|m|min|mins|h|hrs?|d|days?|w|weeks?)$/i.test(text);
export const isSize = (text: string): boolean => /^\d+(?:\.\d+)?(?:k|m|g|t|kb|mb|gb|tb|kib|mib|gib|tib|%)$/i.test(text);

/** Values that a step states, under the words that stand before them. The playbook's own names come later. */
export function statedValues(text: string): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  const tokens = tokensOf(text);
  tokens.forEach((token, at) => {
    const isValue =
      token.isQuoted ||
      isNumber(token.value) ||
      isVersion(token.value) ||
      isPath(token.value) ||
      isUrl(token.value) ||
      isAddress(token.value) ||
      isDomain(token.value) ||
      isDuration(token.value) ||
      isSize(token.value) ||
      tokens[at - 1]?.assigns === true;
    if (!isValue) return;
    const before: string[] = [];
    for (let place = at - 1; place >= 0 && before.length < 2; place -= 1) {
      const word = tokens[place];
      if (word === undefined || word.comma || word.isQuoted) break;
      if (isStopWord(word.lower) && before.length > 0) break;
      if (!isStopWord(word.lower)) before.unshift(word.lower);
    }
    const key = before.join(" ") || "value";
    if (!Object.hasOwn(values, key))
      values[key] = isNumber(token.value) && !token.isQuoted && token.value.length < 16 ? Number(token.value) : token.value;
  });
  return values;
}

/** Places of tokens, `to` not included. */
export const range = (from: number, to: number): number[] => Array.from({ length: Math.max(0, to - from) }, (_, offset) => from + offset);
export const rangeUsed = (used: ReadonlySet<number>, from: number, to: number): boolean => range(from, to).some((place) => used.has(place));
