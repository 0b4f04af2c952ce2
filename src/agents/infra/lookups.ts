/** Lookups that run a program or call a URL, wherever their value is used, in check mode too. */
const running: Readonly<Record<string, string>> = { pipe: "list", lines: "items", url: "env" };

const call =
  /\b(lookup|query|q)(\s{0,20}\(\s{0,200})(?:(\\?['"])((?:ansible\.(?:builtin|legacy)\.)?)([\w.]{0,80})(\\?['"])(?=\s{0,200}[,)]))?/g;
const loop = /\bwith_(pipe|lines|url)\b/g;

/** Their names in a text; `unknown` where the lookup's name is itself a value. */
export function runningLookups(text: string): readonly string[] {
  if (!/\b(?:lookup|query|q)\s{0,20}\(|\bwith_(?:pipe|lines|url)\b/.test(text)) return [];
  const found = new Set<string>();
  for (const [, , , quote, , name] of text.matchAll(call)) {
    if (quote === undefined) found.add("unknown");
    else if (name !== undefined && Object.hasOwn(running, name)) found.add(name);
  }
  for (const [, name] of text.matchAll(loop)) if (name !== undefined) found.add(name);
  return [...found].toSorted();
}

/** The same text, as long as before, with lookups of the same form that run nothing and without ways to Python's own attributes. */
export function withoutRunningLookups(text: string): string {
  return text
    .replace(call, (whole, word: string, open: string, quote?: string, namespace = "", name = "", end = "") => {
      if (quote === undefined) return word.replace(/.$/, "0") + open;
      return Object.hasOwn(running, name) ? `${word}${open}${quote}${namespace}${running[name]}${end}` : whole;
    })
    .replace(/__(\w{1,40}?)__/g, "_0$10_")
    .replace(/\battr(\s{0,20}\()/g, "a0tr$1");
}

/** What YAML 1.1 and ansible take for false. */
export function isOff(value: unknown): boolean {
  return value === false || value === 0 || (typeof value === "string" && /^(?:no|off|false|n|f|0)$/i.test(value.trim()));
}
