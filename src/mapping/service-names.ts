import { addToList } from "./add-to-list.ts";
import { builtInLexicon, knownServiceIn } from "./lexicon.ts";
import type { Playbook } from "./playbook.ts";
import { isSkeletonOf, prefixOfVariables, shortNamesOf } from "./short-names.ts";
import { isGeneralWord } from "./service-of-name.ts";
import { isStopWord } from "./stop-words.ts";
import { editDistance, nameKey, nameParts, slipsAllowed, wordsOf, type Word } from "./text.ts";
import { verbAt } from "./verb-words.ts";

/** Where a text names a service of the catalog. More than one service when the name does not tell which. */
export interface ServiceMention {
  readonly from: number;
  readonly to: number;
  readonly services: readonly string[];
  /** 1 the name itself, a little less for another order, a part of it, another name of it or a slip of the finger. */
  readonly quality: number;
  /** The name as the catalog writes it. */
  readonly name: string;
  /** Only a playbook's title is called so: it may be an everyday noun. */
  readonly isTitle: boolean;
  /** Services whose longer names hold this one: "Transmission with OpenVPN" for Transmission. */
  readonly related: readonly string[];
}

export interface ServiceNames {
  mentionsIn(words: readonly Word[]): ServiceMention[];
  /** Every service, by its key. */
  readonly services: ReadonlySet<string>;
}

interface LongerName {
  readonly parts: readonly string[];
  readonly service: string;
  readonly name: string;
}

interface Spelling {
  readonly services: Set<string>;
  quality: number;
  readonly name: string;
  /** Only a playbook's title says so: it may be an everyday noun. */
  readonly isTitle: boolean;
}

// Parts of names that are everyday words: alone they name nothing.
const everydayParts = new Set(
  "big small blue green red black white button word press hub point tree box open fast easy simple smart home server web time machine stack agent desktop virtual engine share shares export exports daemon updater tracker ping bridge monitor monitors cloud node exporter file files browser manager proxy reverse media player music photo photos book books wiki notes client page start uptime speed test log logs logging docker data base database assistant vpn dns ddns game java bedrock next block cache mail image images task tasks list board open source core community edition free pro ce run job worker runner plugin plugins config system user users account key secret report health check status app apps lounge material internet network security router gateway bot api git ci cd iot tv radio video audio voice chat movie movies series show shows rss feed reader download downloader torrent print printer camera recipe recipes document documents paper finance budget host hosts hardening prune record records rule rules firewall certificate certificates disk backup restore update upgrade restart reboot provision new service services silver bullet code visual studio express light full min max one two iii ii daily office line lines site sites website websites shop blog driver drivers software station".split(
    " ",
  ),
);

/** The key under which a playbook's service is known: without case, spaces and dashes. */
export function serviceKeyOf(playbook: Playbook): string | null {
  if (playbook.service === null) return null;
  const key = nameKey(playbook.service);
  return key === "" || nameParts(playbook.service).every((part) => isGeneralWord(part) || isVerbWord(part)) ? null : key;
}

// A service called "restart" or "backup" only says what its playbook does.
const isVerbWord = (part: string): boolean => verbAt(wordsOf(part), 0) !== undefined && verbAt(wordsOf(part), 0)?.verb !== "other";

/** Once for a catalog, whoever asks. */
export function createServiceNames(playbooks: readonly Playbook[]): ServiceNames {
  const known = made.get(playbooks) ?? makeServiceNames(playbooks);
  made.set(playbooks, known);
  return known;
}

const made = new WeakMap<readonly Playbook[], ServiceNames>();

interface Name {
  readonly key: string;
  readonly parts: readonly string[];
}

const nameOf = (text: string): Name => ({ key: nameKey(text), parts: nameParts(text) });

interface OwnNames {
  readonly service: string;
  readonly names: readonly { readonly name: Name; readonly quality: number; readonly isTitle: boolean }[];
}

const ownNames = new WeakMap<Playbook, { readonly own: OwnNames | undefined }>();

/** What a playbook alone says of its service's names; once for a playbook. */
export function ownNamesOf(playbook: Playbook): OwnNames | undefined {
  const { own } = ownNames.get(playbook) ?? { own: readOwnNames(playbook) };
  ownNames.set(playbook, { own });
  return own;
}

function readOwnNames(playbook: Playbook): OwnNames | undefined {
  const service = serviceKeyOf(playbook);
  if (service === null) return undefined;
  const names: { readonly name: Name; readonly quality: number; readonly isTitle: boolean }[] = [];
  const isOfWorld = (text: string): boolean => knownServiceIn(text) !== undefined;
  const put = (text: string, quality: number, isTitle = false): void =>
    void names.push({ name: nameOf(text), quality, isTitle: isTitle && !isOfWorld(text) });
  const field = playbook.service ?? "";
  put(field, 1);
  for (const other of builtInLexicon().otherNames(field)) put(other, 0.97);
  if (playbook.verb !== "deploy") return { service, names };
  const title = nameOfTitle(playbook.name);
  if (title !== "") put(title, 1, true);
  put(nameOfTitle(nameParts(playbook.id.split("/").at(-1) ?? "").join(" ")), 1, true);
  for (const part of parenthesised(playbook.name)) put(part, 0.96);
  for (const other of builtInLexicon().otherNames(title)) put(other, 0.97);
  const prefix = prefixOfVariables(field, playbook.variables.map((variable) => variable.name)); // prettier-ignore
  if (prefix !== undefined && !isStopWord(prefix) && !everydayParts.has(prefix) && !isVerbWord(prefix)) put(prefix, 0.95);
  return { service, names };
}

/** Parts of a name that is more than the service's own. */
const isOfTitle = (parts: readonly string[], service: string): boolean => parts.join("") !== nameKey(service) && knownServiceIn(parts.join(" ")) === undefined; // prettier-ignore

/** A slip of the finger changes neither the first letter nor whether there are digits. */
const beginningOf = (key: string): string => `${key[0] ?? ""}${/\d/.test(key) ? "#" : ""}`;

function makeServiceNames(playbooks: readonly Playbook[]): ServiceNames {
  const spellings = new Map<string, Spelling>();
  const services = new Set<string>();
  const multiWord: LongerName[] = [];
  const shorts = new Map<string, { readonly service: string; readonly name: string }[]>();
  let longest = 2;

  const put = ({ key, parts }: Name, service: string, quality: number, name: string, isTitle = false): void => {
    if (key.length < 2) return;
    const known = spellings.get(key);
    if (known === undefined || quality > known.quality) spellings.set(key, { services: new Set([service]), quality, name, isTitle });
    else if (quality === known.quality) {
      known.services.add(service);
      if (known.isTitle && !isTitle) spellings.set(key, { ...known, isTitle });
    }
    longest = Math.max(longest, parts.length);
    if (quality >= 0.96) for (const short of shortNamesOf(parts)) addToList(shorts, short, { service, name });
    if (parts.length > 1 && quality === 1) multiWord.push({ parts, service, name });
  };

  for (const playbook of playbooks) {
    const own = ownNamesOf(playbook);
    if (own === undefined) continue;
    services.add(own.service);
    for (const { name, quality, isTitle } of own.names) put(name, own.service, quality, playbook.service ?? "", isTitle);
  }
  const { isCommon, isWritten } = commonWords(playbooks);
  for (const { parts, service, name } of multiWord) {
    put(nameOf([...parts].sort().join(" ")), service, 0.95, name, isOfTitle(parts, name));
    for (const part of parts)
      if (
        part.length >= 3 &&
        !everydayParts.has(part) &&
        !isCommon(part, service) &&
        !isStopWord(part) &&
        !isVerbWord(part) &&
        !/^\d+$/.test(part)
      )
        if (!isOtherService(part, name) && !isClassWord(part)) put(nameOf(part), service, 0.94, name, isOfTitle(parts, name));
  }
  for (const [short, meant] of shorts) {
    const [only] = meant;
    if (only === undefined || spellings.has(short) || everydayParts.has(short) || isStopWord(short) || isVerbWord(short)) continue;
    if (meant.every((one) => one.service === only.service) && !isOtherService(short, only.name) && !isClassWord(short))
      put({ key: short, parts: [short] }, only.service, 0.94, only.name);
  }
  // Looked up by a part, and by a first letter: catalogs have thousands of names.
  const withPart = new Map<string, LongerName[]>();
  for (const longer of multiWord) for (const part of new Set(longer.parts)) addToList(withPart, part, longer);
  // An other name that is also part of a longer one ("minecraft" of "Minecraft Bedrock") does not tell which.
  for (const [key, spelling] of spellings) {
    if (spelling.quality === 1 || everydayParts.has(key)) continue;
    for (const { service } of withPart.get(key) ?? []) spelling.services.add(service);
  }
  const longKeys = new Map<string, [string, Spelling][]>();
  for (const [key, spelling] of spellings)
    if (key.length >= 5 && spelling.quality >= 0.94) addToList(longKeys, beginningOf(key), [key, spelling]);
  const slips = new Map<string, Spelling | null>();

  function misspelt(key: string): Spelling | undefined {
    const kept = slips.get(key);
    if (kept !== undefined) return kept ?? undefined;
    // Two slips in a shorter word only when it begins alike.
    const isShort = key.length >= 7 && slipsAllowed(key.length) === 1;
    const limit = isShort ? 2 : slipsAllowed(key.length);
    let best: Spelling | null = null;
    let least = limit + 1;
    for (const [other, spelling] of longKeys.get(beginningOf(key)) ?? []) {
      if (Math.abs(other.length - key.length) > limit) continue;
      const distance = editDistance(key, other, limit);
      if (isShort && distance === 2 && (other.length < 8 || other.slice(0, 4) !== key.slice(0, 4))) continue;
      if (distance < least) [least, best] = [distance, spelling];
      else if (
        distance === least &&
        best !== null &&
        distance <= limit &&
        [...spelling.services].some((service) => best?.services.has(service) !== true)
      )
        best = null;
    }
    if (slips.size < 20_000) slips.set(key, best);
    return best ?? undefined;
  }

  function skeletonOf(key: string): Spelling | undefined {
    if (!/^[bcdfghjklmnpqrstvwxz]{3,5}$/.test(key)) return undefined;
    const found = [...services].filter((service) => isSkeletonOf(key, service));
    return found.length === 1 ? spellings.get(found[0] ?? "") : undefined;
  }

  return {
    services,
    mentionsIn(words) {
      const mentions: ServiceMention[] = [];
      for (let from = 0; from < words.length; from += 1) {
        for (let to = Math.min(words.length, from + longest); to > from; to -= 1) {
          const found = lookUp(words, from, to);
          if (found === undefined) continue;
          mentions.push({
            from,
            to,
            services: [...found.spelling.services],
            quality: found.quality,
            name: found.spelling.name,
            isTitle: found.spelling.isTitle,
            related: relatedOf(found.spelling),
          });
          from = to - 1;
          break;
        }
      }
      return mentions;
    },
  };

  function relatedOf(spelling: Spelling): string[] {
    const parts = nameParts(spelling.name);
    return [
      ...new Set(
        (parts[0] === undefined ? multiWord : (withPart.get(parts[0]) ?? []))
          .filter(
            (name) =>
              name.parts.length > parts.length && !spelling.services.has(name.service) && parts.every((part) => name.parts.includes(part)),
          )
          .map((name) => name.service),
      ),
    ];
  }

  function lookUp(words: readonly Word[], from: number, to: number): { spelling: Spelling; quality: number } | undefined {
    const part = words.slice(from, to).map((word) => word.lower);
    const key = nameKey(part.join(""));
    const exact = spellings.get(key);
    if (exact !== undefined && !(part.length > 1 && part.some((word) => isStopWord(word) && word !== "the" && !key.startsWith(word))))
      return { spelling: exact, quality: exact.quality };
    if (part.length > 1) {
      const sorted = spellings.get(nameKey([...part].sort().join("")));
      if (sorted !== undefined) return { spelling: sorted, quality: sorted.quality };
      if (
        part.length > 2 ||
        part.some((word) => isStopWord(word) || word.length < 2 || spellings.has(nameKey(word)) || verbAt(words, from) !== undefined)
      )
        return undefined;
    }
    const first = part[0] ?? "";
    if (
      (key.length < 5 && !/^[bcdfghjklmnpqrstvwxz]{3,4}$/.test(key)) ||
      (part.length === 1 &&
        (isStopWord(first) ||
          isGeneralWord(first) ||
          everydayParts.has(first) ||
          verbAt(words, from) !== undefined ||
          /[/@:=]/.test(first)))
    )
      return undefined;
    if (builtInLexicon().servicesIn(words.slice(from, to)).length > 0) return undefined;
    if (part.length === 1 && isWritten(first)) return undefined;
    const near = misspelt(key) ?? (key.includes("ph") ? spellings.get(key.replaceAll("ph", "f")) : undefined) ?? skeletonOf(key);
    return near === undefined ? undefined : { spelling: near, quality: Math.min(near.quality, 0.93) };
  }
}

/** A word that the catalog itself uses as a common noun: small in a title or a description, or among the tags and variables of another service. */
function commonWords(playbooks: readonly Playbook[]): {
  readonly isCommon: (part: string, service: string) => boolean;
  /** Written so somewhere: no slip of the finger. */
  readonly isWritten: (word: string) => boolean;
} {
  const small = new Set<string>();
  const users = new Map<string, Set<string>>();
  for (const playbook of playbooks) {
    for (const [word] of `${playbook.name} ${playbook.description}`.matchAll(/(?<![\p{L}\p{N}_-])\p{Ll}[\p{L}-]{2,}/gu)) small.add(word);
    const key = playbook.service === null ? playbook.id : nameKey(playbook.service);
    for (const part of [...playbook.tags, ...playbook.variables.map((variable) => variable.name)].flatMap(nameParts))
      users.set(part, (users.get(part) ?? new Set()).add(key));
  }
  return {
    isCommon: (part, service) =>
      (small.has(part) || [...(users.get(part) ?? [])].some((user) => user !== service)) &&
      builtInLexicon().servicesIn(wordsOf(part)).length === 0,
    isWritten: (word) => small.has(word),
  };
}

/** "blog" of "Ghost blog" says what kind of service it is, not which one. */
const isClassWord = (part: string): boolean => {
  const words = wordsOf(part);
  return builtInLexicon().servicesIn(words).length === 0 && builtInLexicon().conceptsIn(words).size > 0;
};

/** "nginx" is a service of its own, not short for "ingress-nginx". */
function isOtherService(part: string, name: string): boolean {
  const known = builtInLexicon().servicesIn(wordsOf(part))[0]?.name;
  return (
    known !== undefined &&
    !builtInLexicon()
      .otherNames(name)
      .some((other) => nameKey(other) === nameKey(known))
  );
}

const titleVerbs = /^(?:deploy|install|set ?up|setup|provision|run|launch)\s+/i;

/** `Deploy Uptime Kuma` -> `Uptime Kuma`; text in brackets is left to `parenthesised`. */
function nameOfTitle(title: string): string {
  const plain = title
    .replaceAll(/\([^)]*\)/g, " ")
    .replace(titleVerbs, "")
    .replace(/[.,:].*$/s, "")
    .trim();
  const parts = nameParts(plain);
  return parts.length > 4 || (parts.length === 1 && everydayParts.has(parts[0] ?? "")) || parts.every((part) => isGeneralWord(part))
    ? ""
    : plain;
}

function parenthesised(title: string): string[] {
  return [...title.matchAll(/\(([^)]*)\)/g)]
    .flatMap((match) => (match[1] ?? "").split(/,|\/| and /))
    .map((part) => part.trim())
    .filter((part) => part.length > 2);
}
