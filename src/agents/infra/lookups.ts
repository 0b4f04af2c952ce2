/** Lookups that run a program or call a URL, wherever their value is used, in check mode too. */
const running = ["pipe", "lines", "url"];

/** Their names in a text; `unknown` where the lookup's name is itself a value. */
export function runningLookups(text: string): readonly string[] {
  if (!/\b(?:lookup|query|q)\s{0,20}\(|\bwith_(?:pipe|lines|url)\b/.test(text)) return [];
  const found = new Set<string>();
  for (const [, quote, name] of text.matchAll(
    /\b(?:lookup|query|q)\s{0,20}\(\s{0,200}(\\?['"])?(?:ansible\.(?:builtin|legacy)\.)?([\w.]{0,80})/g,
  )) {
    if (quote === undefined) found.add("unknown");
    else if (name !== undefined && running.includes(name)) found.add(name);
  }
  for (const [, name] of text.matchAll(/\bwith_(pipe|lines|url)\b/g)) if (name !== undefined) found.add(name);
  return [...found].toSorted();
}

/** What YAML 1.1 and ansible take for false. */
export function isOff(value: unknown): boolean {
  return value === false || value === 0 || (typeof value === "string" && /^(?:no|off|false|n|f|0)$/i.test(value.trim()));
}
