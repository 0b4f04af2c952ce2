/** Words of what people and playbooks write: cleaning, splitting, stems, spelling distance. Pure and fast; everything else builds on it. */

export interface Word {
  /** As written. */
  readonly text: string;
  /** Lower case, without accents, without possessive `'s`. */
  readonly lower: string;
  readonly start: number;
  readonly end: number;
}

// Zero-width and bidi controls can hide or reorder what a person sees; they never carry meaning in a request.
const invisible = /[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu;
const otherSpaces = /[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000\t\v\f]/gu;

/** One spelling for what looks the same: spaces, quotes, dashes, invisible characters. Line breaks stay. */
export function normalizeText(text: string): string {
  return (
    text
      .normalize("NFKC")
      .replace(/\r\n?|[\u2028\u2029\u0085]/gu, "\n")
      .replace(invisible, "")
      .replace(otherSpaces, " ")
      .replace(/[\u2018\u2019\u201a\u201b\u2032\u02bc\u00b4]/gu, "'")
      .replace(/[\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033]/gu, '"')
      .replace(/[\u2010-\u2015\u2212]/gu, "-")
      .replace(/\u2026/gu, "...")
      // eslint-disable-next-line no-control-regex -- control characters are exactly what must go
      .replace(/[\u0000-\u0008\u000e-\u001f\u007f]/gu, "")
      .replace(/ {2,}/g, " ")
      .trim()
  );
}

/** Lower case without accents, so that `Lösche` and `losche` are one word. */
export function fold(text: string): string {
  // Most words have nothing to take away.
  // eslint-disable-next-line no-control-regex -- all of ASCII
  if (/^[\u0000-\u007f]*$/.test(text)) return text.toLowerCase();
  return text
    .toLowerCase()
    .normalize("NFD")
    .replace(/\p{M}+/gu, "")
    .replace(/ß/g, "ss");
}

const wordPattern = /[\p{L}\p{N}_/~$@+.-]*[\p{L}\p{N}](?:[\p{L}\p{N}\p{M}_.:/@'+=%?&~#-]*[\p{L}\p{N}_/%])?\+{0,2}/gu;

/** Words with their places. Paths, addresses, versions and names with dots or dashes stay whole. */
export function wordsOf(text: string): Word[] {
  const words: Word[] = [];
  for (const match of text.matchAll(wordPattern)) {
    // "list`reboot`", "docs$(wget x)": shell syntax in a value is no word of the sentence.
    if (/(?:\S`|\$\()$/.test(text.slice(Math.max(0, match.index - 2), match.index))) continue;
    // "Prometheus/Grafana" and "and/or" are two words; a path is one.
    if (/^\p{L}[\p{L}-]*(?:\/\p{L}[\p{L}-]*)+$/u.test(match[0])) {
      let start = match.index;
      for (const part of match[0].split("/")) {
        words.push({ text: part, lower: fold(part), start, end: start + part.length });
        start += part.length + 1;
      }
      continue;
    }
    const lower = fold(match[0]).replace(/'s?$/, "").replace(/'s$/, "");
    words.push({ text: match[0], lower, start: match.index, end: match.index + match[0].length });
  }
  return words;
}

/** Parts of a name: `uptime-kuma`, `uptime_kuma`, `UptimeKuma` and `Uptime Kuma` all give [uptime, kuma]. */
export function nameParts(name: string): string[] {
  return fold(name.replace(/(\p{Ll}{2,})(\p{Lu}\p{Ll})/gu, "$1 $2"))
    .split(/[^\p{L}\p{N}]+/u)
    .filter((part) => part !== "");
}

/** Letters and digits only, for names whose spaces and dashes vary. */
export function nameKey(name: string): string {
  return fold(name).replace(/[^\p{L}\p{N}]+/gu, "");
}

const irregular: Record<string, string> = {
  dns: "dns", cups: "cups", tls: "tls", https: "http", nfs: "nfs", rss: "rss", vps: "vps", ups: "ups", nas: "nas", gps: "gps", aws: "aws", ssh: "ssh",
  news: "news", always: "always", series: "series", photos: "photo", wikis: "wiki", pictures: "picture", children: "child", kids: "kid",
  movies: "movie", cookies: "cookie", games: "game", feeds: "feed", pages: "page", files: "file", shares: "share", services: "service",
  machines: "machine", images: "image", devices: "device", databases: "database", certificates: "certificate", certs: "certificate",
  cert: "certificate", config: "configuration", configs: "configuration", conf: "configuration", configurations: "configuration", pics: "picture", pic: "picture", photographs: "photo", ebooks: "ebook", mins: "minute", data: "data", media: "media",
  stats: "statistic", does: "do", goes: "go", was: "be", is: "be", has: "have", this: "this", us: "us", its: "its", alias: "alias", status: "status",
  added: "add", adding: "add", vms: "vm", apps: "app", application: "app", applications: "app", ads: "ad", tvs: "tv", ips: "ip", db: "database", dbs: "database", pwd: "password", pw: "password", passwd: "password", svc: "service", svcs: "service", maint: "maintenance", msg: "message", msgs: "message", mgmt: "management",
  cfg: "configuration", env: "environment", repo: "repository", repos: "repository", acct: "account", acl: "acl", pkg: "package", pkgs: "package", img: "image", notif: "notification", perms: "permission", vol: "volume", vols: "volume",  cameras: "camera", passwords: "password", queries: "query",
}; // prettier-ignore
const stems = new Map<string, string>();

/** A light English stem: plural, -ed, -ing. Good enough to let `monitors` meet `monitoring`, never meant to be a dictionary. */
export function stem(word: string): string {
  const known = stems.get(word);
  if (known !== undefined) return known;
  const result = withoutEnd(Object.hasOwn(irregular, word) ? (irregular[word] ?? word) : stemRegular(word));
  if (stems.size < 50_000) stems.set(word, result);
  return result;
}

function stemRegular(word: string): string {
  if (word.length <= 3 || /\d|[./:@]/.test(word)) return word;
  let result = word;
  if (result.endsWith("ies") && result.length > 4) result = `${result.slice(0, -3)}y`;
  else if (/(?:ss|sh|ch|x|z)es$/.test(result)) result = result.slice(0, -2);
  else if (result.endsWith("s") && !/(?:ss|us|is)$/.test(result)) result = result.slice(0, -1);
  if (result.endsWith("ing") && result.length > 5) result = undouble(result.slice(0, -3));
  else if (result.endsWith("ed") && result.length > 4) result = undouble(result.slice(0, -2));
  return result;
}

/** "databases" and "database" alike, whether a rule or a list says so. */
const withoutEnd = (word: string): string => (word.length > 4 && word.endsWith("e") && !/\d|[./:@]/.test(word) ? word.slice(0, -1) : word);

const undouble = (word: string): string => (/([bdgmnprt])\1$/.test(word) ? word.slice(0, -1) : word);

/** Edits (insert, delete, change, swap of neighbours) from `a` to `b`, or `limit + 1` when there are more. */
export function editDistance(a: string, b: string, limit: number): number {
  if (a === b) return 0;
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const current = [i];
    let least = i;
    for (let j = 1; j <= b.length; j += 1) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      let cost = Math.min((previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1, (previous[j - 1] ?? 0) + change);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, (before[j - 2] ?? 0) + 1);
      current.push(cost);
      if (cost < least) least = cost;
    }
    if (least > limit) return limit + 1;
    before = previous;
    previous = current;
  }
  return previous[b.length] ?? limit + 1;
}

/** Edits that still count as a slip of the finger in a word of this length. */
export function slipsAllowed(length: number): number {
  if (length >= 9) return 2;
  return length >= 5 ? 1 : 0;
}
