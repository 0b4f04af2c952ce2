// When two ways to write a value, a variable's name or a set of hosts mean the same.

/** How many of the labelled values were given, each given value counting once. */
export function givenValues(
  labelled: Readonly<Record<string, unknown>>,
  given: Readonly<Record<string, unknown>>,
  { names }: { readonly names: "must-match" | "do-not-matter" },
): number {
  const left = new Map(Object.entries(given));
  let hits = 0;
  for (const [name, wanted] of Object.entries(labelled)) {
    const spellings = new Set(spellingsOf(wanted).map(plainValue));
    for (const [otherName, value] of left) {
      if (names === "must-match" && !isSameName(name, otherName)) continue;
      if (!spellings.has(plainValue(value))) continue;
      left.delete(otherName);
      hits += 1;
      break;
    }
  }
  return hits;
}

/** `port` is `gitea_port`: all words of one are among those of the other. */
export function isSameName(a: string, b: string): boolean {
  const [first, second] = [wordsOfName(a), wordsOfName(b)];
  return first.size <= second.size ? isPartOf(first, second) : isPartOf(second, first);
}

/** The machines behind hosts, groups and `!` exceptions, as one text to compare. */
export function machinesOf(hosts: readonly string[], groups: ReadonlyMap<string, readonly string[]>): string {
  const wanted = new Set<string>();
  const excepted = new Set<string>();
  for (const host of hosts) {
    const isExcepted = host.startsWith("!");
    const name = host.slice(isExcepted ? 1 : 0).toLowerCase();
    for (const machine of groups.get(name) ?? [name]) (isExcepted ? excepted : wanted).add(machine);
  }
  return [...wanted.difference(excepted)].sort().join(",");
}

/** `{"any": [...]}` labels several spellings of one value. */
function spellingsOf(wanted: unknown): readonly unknown[] {
  const isChoice = typeof wanted === "object" && wanted !== null && "any" in wanted && Array.isArray(wanted.any);
  return isChoice ? (wanted.any as unknown[]) : [wanted];
}

/** Case, spaces, `-`, `_`, the v of a version, yes and no, and the order of a list make no difference. */
function plainValue(value: unknown): string {
  if (Array.isArray(value)) return value.map(plainValue).sort().join(",");
  if (typeof value === "object" && value !== null) return JSON.stringify(value).toLowerCase();
  const plain = String(value)
    .toLowerCase()
    .replaceAll(/[\s_-]/g, "");
  if (plain === "yes") return "true";
  if (plain === "no") return "false";
  return /^v\d/.test(plain) ? plain.slice(1) : plain;
}

function wordsOfName(name: string): ReadonlySet<string> {
  const words =
    name
      .replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, "_")
      .toLowerCase()
      .match(/[a-z0-9]+/g) ?? [];
  return new Set(words.map((word) => (word.length > 3 && word.endsWith("s") ? word.slice(0, -1) : word)));
}

const isPartOf = (small: ReadonlySet<string>, large: ReadonlySet<string>): boolean => small.size > 0 && small.isSubsetOf(large);
