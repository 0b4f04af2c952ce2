import type { InventoryNames } from "../mapping/inventory-names.ts";
import { isStopWord } from "../mapping/stop-words.ts";
import { editDistance, wordsOf, type Word } from "../mapping/text.ts";
import type { Vocabulary } from "./vocabulary.ts";

export interface HostsFound {
  /** Names of the inventory, `!name` for exceptions, in the order of the text. */
  readonly hosts: readonly string[];
  readonly unknown: readonly string[];
  /** The text without the words that said where. */
  readonly rest: string;
  /** Nothing but hosts was said. */
  readonly isOnlyHosts: boolean;
}

export interface HostReader {
  read(text: string, options: { readonly allowUnknown: boolean; readonly fromIsValue: boolean }): HostsFound;
  /** A whole word that is a host, or a group where only a host can be meant. */
  isHost(word: string): boolean;
}

const placeWords = new Set(
  "on onto at in to from across over for auf an bei vom von in en sobre desde sur depuis dans op van su aus al".split(" "),
);
const articles = new Set(
  "the my our all every each both any of his her their this that these those a an group hosts host server servers machine machines der die das den dem el la los las le les l mein meinen meinem unser unserem unseren mi nuestro mon notre het de allen alle todos todas tous toutes whole entire".split(
    " ",
  ),
);
const hostNouns = new Set(
  "host hosts server servers machine machines node nodes box boxes group cluster vm vms rechner maschine maschinen servidor servidores maquina maquinas serveur serveurs machines computer computers systems system fleet".split(
    " ",
  ),
);
const exceptWords = /^(?:except|excluding|excepting|besides|but|not|ausser|ausgenommen|excepto|menos|salvo|sauf|minus|without)$/;
const everywhere = new Set(["everywhere", "uberall", "partout"]);
const listWords = new Set(["and", "or", "und", "y", "et", "en", "&", "+", "e", "as", "well", "plus", "nor"]);

/** Usual words for usual groups: "the database servers" for a group named db. */
const otherWords: Record<string, readonly string[]> = {
  db: ["database", "databases", "db", "dbs", "datenbank"], database: ["db", "dbs", "databases"], databases: ["db", "database"],
  web: ["web", "webserver", "webservers", "website", "websites"], webservers: ["web", "webserver"], prod: ["production", "prod", "live", "produktion", "produccion"], production: ["prod", "live"],
  staging: ["stage", "staging", "stg"], stage: ["staging"], dev: ["development"], development: ["dev"], test: ["testing"], mon: ["monitoring"],
  pis: ["pi", "pis", "raspberries", "raspberrys"], pi: ["pis", "raspberry"], proxmox: ["pve", "hypervisor", "hypervisors"], hypervisors: ["hypervisor", "proxmox"], nas: ["storage"], storage: ["nas"], lab: ["homelab"], homelab: ["lab", "home-lab"],
  edge: ["edge"], routers: ["router"], workers: ["worker"], backup: ["backup"],
}; // prettier-ignore

// What stands after "on", "to", "from" without being a machine.
const neverHosts = new Set(
  `config configuration settings setting file files folder folders directory path port ports version latest newest stable release tag list dashboard page pages site sites web internet network networks lan wan vpn wifi browser
   phone phones mobile tablet laptop tv ipad mac macs windows linux computer desktop disk disks drive drives usb ssd hdd space backup backups archive snapshot snapshots image images registry hub docker github repo repository git
   source scratch demand schedule time times today tomorrow tonight yesterday now morning evening night weekend week month year monday tuesday wednesday thursday friday saturday sunday january february march april may june july august september october november december
   behalf top purpose side case cases date speed work push commit boot startup default defaults zero one two three four five null none nothing everything everybody everyone anyone team family friends friend user users people person customer customers kids me us them him her you it itself that this
   dark light theme mode level levels new old other others next last first same place here there home house outside inside abroad cloud way road list lists group groups inventory zone zones domain domains record records name names title value values true false yes no yes off all any some
   english german french spanish language read write update updates restart monitor monitors monitoring portal portals service services app apps container containers database databases notification notifications mail email chat channel slack discord telegram plan plans cluster storage
   beginning end start stop front back rest whole entire following above below previous approval approve admin root anywhere wherever ansible playbook playbooks role roles us eu`.split(
    /\s+/,
  ),
);

export function createHostReader(inventory: InventoryNames, vocabulary: Vocabulary): HostReader {
  const hosts = new Map(inventory.hosts.map((host) => [host.toLowerCase(), host]));
  const groups = new Map(Object.keys(inventory.groups).map((group) => [group.toLowerCase(), group]));
  const loose = new Map<string, string | null>();
  for (const host of inventory.hosts) loose.set(looseKey(host), loose.has(looseKey(host)) ? null : host);
  const synonyms = new Map<string, string>();
  for (const group of Object.keys(inventory.groups))
    for (const word of otherWords[group.toLowerCase()] ?? []) if (!groups.has(word) && !hosts.has(word)) synonyms.set(word, group);

  const isPlainWord = (name: string): boolean => !/[\d.]/.test(name);

  /** A host by a name that cannot mean anything else. */
  function certain(word: string): string | undefined {
    const exact = hosts.get(word);
    if (exact !== undefined && !isPlainWord(word)) return exact;
    return /\d/.test(word) && !/^[\d.:]+$/.test(word) ? (loose.get(looseKey(word)) ?? undefined) : undefined;
  }

  /** A host or group where the sentence expects one. */
  function expected(word: string): string | undefined {
    const exact =
      hosts.get(word) ??
      groups.get(word) ??
      certain(word) ??
      synonyms.get(word) ??
      groups.get(word.replace(/s$/, "")) ??
      groups.get(`${word}s`);
    if (exact !== undefined) return exact;
    if (word.length < 5 || /\d/.test(word) || isStopWord(word) || vocabulary.isKnownWord(word)) return undefined;
    const near = [...hosts, ...groups].filter(
      ([name]) => name.length >= 5 && editDistance(word, name, 1) === 1 && digitsOf(word) === digitsOf(name),
    );
    return near.length === 1 ? near[0]?.[1] : undefined;
  }

  /** `docker 01` and `docker-01` are docker01. */
  function pairAt(words: readonly Word[], at: number): string | undefined {
    const next = words[at + 1];
    const word = words[at];
    if (word === undefined || next === undefined || !/^\d{1,3}$/.test(next.lower) || !/^[a-z-]+$/.test(word.lower)) return undefined;
    return loose.get(looseKey(`${word.lower}${next.lower}`)) ?? undefined;
  }

  function read(
    text: string,
    { allowUnknown, fromIsValue }: { readonly allowUnknown: boolean; readonly fromIsValue: boolean },
  ): HostsFound {
    const words = wordsOf(text);
    const services = vocabulary.servicesIn(words);
    const inService = (at: number): boolean =>
      services.some((service) => at >= service.from && at < service.to && service.to - service.from > 0);
    const found: string[] = [];
    const unknown: string[] = [];
    const used = new Set<number>();
    const take = (from: number, to: number, name: string): void => {
      if (!found.includes(name)) found.push(name);
      for (let at = from; at < to; at += 1) used.add(at);
    };

    for (let at = 0; at < words.length; at += 1) {
      const word = words[at];
      if (word === undefined || used.has(at)) continue;
      const lower = word.lower;
      if (everywhere.has(lower)) take(at, at + 1, "all");
      else if (/^(?:all|every|each|alle|allen|todos|todas|tous|toutes)$/.test(lower)) {
        const noun = [at + 1, at + 2, at + 3].find((place) => hostNouns.has(words[place]?.lower ?? ""));
        const between = noun === undefined ? [] : words.slice(at + 1, noun);
        const group = between.map((part) => expected(part.lower)).find((name) => name !== undefined);
        if (
          noun !== undefined &&
          (group !== undefined || between.every((part) => articles.has(part.lower) || ["other", "my"].includes(part.lower)))
        )
          takeWithPlace(words, used, at, noun + 1, group ?? "all", take);
        else if (
          placeWords.has(words[at - 1]?.lower ?? "") &&
          noun === undefined &&
          expected(words[at + 1]?.lower ?? "") === undefined &&
          at === words.length - 1
        )
          takeWithPlace(words, used, at, at + 1, "all", take);
      } else if (
        exceptWords.test(lower) ||
        (lower === "other" && words[at + 1]?.lower === "than") ||
        (lower === "apart" && words[at + 1]?.lower === "from")
      ) {
        const start = /^(?:other|apart)$/.test(lower) || (lower === "but" && words[at + 1]?.lower === "not") ? at + 2 : at + 1;
        // "but" and "not" except only right after "all/everything" or before a certain host.
        const excluded = readList(words, start, used, text);
        if (excluded.names.length > 0) {
          if (
            !found.some((name) => !name.startsWith("!")) &&
            /\b(?:all|every|everything|everywhere|alle|alles|todo|todos|tout|tous|any|update|patch|upgrade|reboot)\b/i.test(
              text.slice(0, word.start),
            )
          )
            found.push("all");
          for (const name of excluded.names) if (!found.includes(`!${name}`)) found.push(`!${name}`);
          for (let place = at; place < excluded.to; place += 1) used.add(place);
          if (words[at - 1]?.lower === "all" && !used.has(at - 1)) used.add(at - 1);
        }
      } else if (placeWords.has(lower) && !(fromIsValue && /^(?:from|aus|vom|von|desde|depuis)$/.test(lower))) {
        const list = readList(words, at + 1, used, text);
        if (list.names.length > 0 && !list.isAmbiguous(lower)) {
          for (const name of list.names) take(at, list.to, name);
        } else if (allowUnknown && list.names.length === 0) {
          const stranger = strangerAt(words, at, services, text);
          if (stranger !== undefined) {
            unknown.push(stranger.name);
            for (let place = at; place < stranger.to; place += 1) used.add(place);
          }
        }
      } else if (/^(?:of|des|der|del|du)$/.test(lower) && !inService(at) && !inService(at + 1)) {
        // "the disks of the nas", "of nas and media": whose, so where. A word that playbooks use otherwise needs its article.
        const list = readList(words, at + 1, used, text);
        const named = articles.has(words[at + 1]?.lower ?? "") || lower !== "of" || !list.isAmbiguous("for");
        if (list.names.length > 0 && named) for (const name of list.names) take(at, list.to, name);
      } else {
        const pair = pairAt(words, at);
        const name = pair ?? certain(lower);
        if (name !== undefined) take(at, pair === undefined ? at + 1 : at + 2, name);
        else if (
          hostNouns.has(words[at + 1]?.lower ?? "") &&
          !inService(at) &&
          (words[at + 1]?.lower ?? "").endsWith("s") &&
          (groups.has(lower) || synonyms.has(lower))
        )
          take(at, at + 2, expected(lower) ?? lower);
        // "reboot the homelab", "patch staging": the verb's own object.
        else if (
          at === words.length - 1 &&
          !inService(at) &&
          (groups.has(lower) || hosts.has(lower) || synonyms.has(lower)) &&
          actsOnHosts(words, at)
        )
          take(at, at + 1, expected(lower) ?? lower);
        else if (at === words.length - 1 && at > 0 && hosts.has(lower) && !inService(at)) take(at, at + 1, hosts.get(lower) ?? lower);
        else if (words.length === 1 && (hosts.has(lower) || groups.has(lower)) && !inService(at))
          take(at, at + 1, expected(lower) ?? lower);
      }
    }
    const kept = words.filter((_, at) => !used.has(at));
    const isOnlyHosts =
      found.length > 0 &&
      kept.every(
        (word) =>
          articles.has(word.lower) ||
          placeWords.has(word.lower) ||
          listWords.has(word.lower) ||
          ["only", "just", "please", "too", "also"].includes(word.lower),
      );
    return { hosts: found, unknown, rest: cut(text, words, used), isOnlyHosts };
  }

  /** Hosts and groups joined by commas and "and", from word `start`. */
  function readList(
    words: readonly Word[],
    start: number,
    used: ReadonlySet<number>,
    text: string,
  ): { names: string[]; to: number; isAmbiguous(place: string): boolean } {
    const names: string[] = [];
    let to = start;
    let onlyGroupWord: string | undefined;
    for (let at = start; at < words.length && !used.has(at); at += 1) {
      const lower = words[at]?.lower ?? "";
      if (articles.has(lower) && (lower === "all" || (!groups.has(lower) && !hosts.has(lower)))) {
        if (lower === "all" && (hostNouns.has(words[at + 1]?.lower ?? "") || at === words.length - 1)) {
          names.push("all");
          to = at + 1;
          continue;
        }
        if (names.length > 0 && hostNouns.has(lower)) to = at + 1;
        continue;
      }
      if (names.length > 0 && (listWords.has(lower) || placeWords.has(lower))) continue;
      if (names.length > 0 && hostNouns.has(lower)) {
        to = at + 1;
        continue;
      }
      // After the first name, a new word belongs to the list only behind a comma or an "and".
      const gap = text.slice(words[at - 1]?.end ?? 0, words[at]?.start ?? 0);
      if (
        names.length > 0 &&
        !/[,&+/]/.test(gap) &&
        !listWords.has(words[at - 1]?.lower ?? "") &&
        !articles.has(words[at - 1]?.lower ?? "") &&
        !placeWords.has(words[at - 1]?.lower ?? "")
      )
        break;
      const pair = pairAt(words, at);
      const name = pair ?? expected(lower);
      if (name === undefined) break;
      const nextWord = words[at + (pair === undefined ? 1 : 2)]?.lower;
      // "on the web interface", "for media files": a group's word that describes another noun.
      const touches = text.slice(words[at]?.end ?? 0, words[at + 1]?.start ?? 0) === " ";
      if (
        pair === undefined &&
        certain(lower) === undefined &&
        nextWord !== undefined &&
        touches &&
        !hostNouns.has(nextWord) &&
        !isStopWord(nextWord) &&
        !listWords.has(nextWord) &&
        !placeWords.has(nextWord) &&
        vocabulary.isKnownWord(nextWord)
      )
        break;
      if (certain(lower) === undefined && pair === undefined && !hostNouns.has(nextWord ?? "")) onlyGroupWord = lower;
      names.push(name);
      to = at + (pair === undefined ? 1 : 2);
      if (pair !== undefined) at += 1;
    }
    return {
      names,
      to,
      // "for monitoring", "in media": purposes rather than places, unless it is no word of the catalog.
      isAmbiguous: (place) =>
        names.length === 1 &&
        onlyGroupWord !== undefined &&
        ["for", "in", "dans", "von", "de", "an"].includes(place) &&
        vocabulary.isKnownWord(onlyGroupWord) &&
        isPlainWord(onlyGroupWord),
    };
  }

  function strangerAt(
    words: readonly Word[],
    place: number,
    services: ReturnType<Vocabulary["servicesIn"]>,
    text: string,
  ): { name: string; to: number } | undefined {
    const preposition = words[place]?.lower ?? "";
    if (!/^(?:on|onto|from|to|at|auf|vom|von|op|en|sur|desde|bei)$/.test(preposition)) return undefined;
    let at = place + 1;
    while (articles.has(words[at]?.lower ?? "") || words[at]?.lower === "new") at += 1;
    const word = words[at];
    if (word === undefined || services.some((service) => at >= service.from && at < service.to)) return undefined;
    const lower = word.lower;
    const looksLikeHost =
      /^[a-z][a-z-]*\d+[a-z]?$|^[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:lan|local|home|internal|arpa)$|^\d+\.\d+\.\d+\.\d+$/.test(lower) &&
      !/^v\d/.test(lower);
    const after = words[at + 1];
    const endsHere =
      after === undefined ||
      /[,.;:!?]/.test(text.slice(word.end, after.start)) ||
      ["and", "with", "then", "please", "using", "und", "y", "et", "mit", "con", "avec", "bitte", "at"].includes(after.lower) ||
      hostNouns.has(after.lower);
    if (!endsHere) return undefined;
    if (looksLikeHost)
      return preposition === "to" && !services.some((service) => service.to <= place) ? undefined : { name: word.text, to: at + 1 };
    if (!services.some((service) => service.to <= place) || (/^(?:en|von|de|at|bei)$/.test(preposition) && true)) return undefined;
    if (
      !/^[a-z][a-z-]{2,}$/.test(lower) ||
      isStopWord(lower) ||
      neverHosts.has(lower) ||
      vocabulary.isVariableWord(lower) ||
      vocabulary.isKnownWord(lower)
    )
      return undefined;
    return { name: word.text, to: at + 1 };
  }

  return { read, isHost: (word) => certain(word.toLowerCase()) !== undefined };
}

function actsOnHosts(words: readonly Word[], at: number): boolean {
  let before = at - 1;
  while (before >= 0 && articles.has(words[before]?.lower ?? "")) before -= 1;
  return (
    before >= 0 &&
    /^(?:reboot|restart|patch|update|upgrade|check|provision|harden|shutdown|neustarten|aktualisiere|reinicia|redemarre|actualiza)$/.test(
      words[before]?.lower ?? "",
    )
  );
}

function takeWithPlace(
  words: readonly Word[],
  used: Set<number>,
  from: number,
  to: number,
  name: string,
  take: (from: number, to: number, name: string) => void,
): void {
  take(from, to, name);
  if (placeWords.has(words[from - 1]?.lower ?? "")) used.add(from - 1);
}

const digitsOf = (text: string): string => text.replaceAll(/\D/g, "");

/** `web-01`, `web1` and `WEB01` look alike; web1 and web2 never. */
function looseKey(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "")
    .replaceAll(/0+(?=\d)/g, "");
}

function cut(text: string, words: readonly Word[], used: ReadonlySet<number>): string {
  let rest = "";
  let from = 0;
  words.forEach((word, at) => {
    if (!used.has(at)) return;
    rest += text.slice(from, word.start);
    from = word.end;
  });
  rest += text.slice(from);
  return rest
    .replaceAll(/\s+([,.;:!?])/g, "$1")
    .replaceAll(/(?:,\s*)+(?=,|$)/g, "")
    .replaceAll(/\s{2,}/g, " ")
    .replaceAll(/^[\s,;:]+|[\s,;:]+$/g, "")
    .trim();
}
