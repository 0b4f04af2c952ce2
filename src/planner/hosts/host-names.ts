import type { InventoryNames } from "../../mapping/inventory-names.ts";
import { isStopWord } from "../../mapping/stop-words.ts";
import { editDistance, type Word } from "../../mapping/text.ts";
import { type HostFamilies, pluralOf } from "./host-families.ts";
import type { Vocabulary } from "../vocabulary.ts";

/** What the inventory calls its hosts and groups, and how people write those names. */
export interface HostNames {
  readonly hosts: ReadonlyMap<string, string>;
  readonly groups: ReadonlyMap<string, string>;
  readonly synonyms: ReadonlyMap<string, string>;
  /** A host by a name that cannot mean anything else. */
  readonly certain: (word: string) => string | undefined;
  /** A host or group where the sentence expects one. */
  readonly expected: (word: string) => string | undefined;
  /** `docker 01` and `docker-01` are docker01. */
  readonly pairAt: (words: readonly Word[], at: number) => string | undefined;
  /** "load balancers" for a group named loadbalancers. */
  readonly groupPairAt: (words: readonly Word[], at: number) => string | undefined;
  /** The hosts that are in both groups. */
  readonly inBoth: (a: string, b: string) => readonly string[];
  readonly isWithin: (inner: string, outer: string) => boolean;
  /** "modems" for modem1 and modem2: the word cannot mean anything but these machines. */
  readonly isCalledAfter: (word: string, group: string) => boolean;
  /** "every till": the machines that are called so. */
  readonly familyOf: (word: string) => string | undefined;
  /** A word that the playbooks use too. */
  readonly isKnownWord: (word: string) => boolean;
}

export function createHostNames(inventory: InventoryNames, vocabulary: Vocabulary, families: HostFamilies): HostNames {
  const hosts = new Map(inventory.hosts.map((host) => [host.toLowerCase(), host]));
  const groups = new Map(Object.keys(inventory.groups).map((group) => [group.toLowerCase(), group]));
  const loose = new Map<string, string | null>();
  for (const host of inventory.hosts) loose.set(looseKey(host), loose.has(looseKey(host)) ? null : host);
  const synonyms = new Map<string, string>();
  for (const group of Object.keys(inventory.groups))
    for (const word of otherWords[group.toLowerCase()] ?? []) if (!groups.has(word) && !hosts.has(word)) synonyms.set(word, group);

  for (const [word, name] of families.words) if (!synonyms.has(word)) synonyms.set(word, name);

  function certain(word: string): string | undefined {
    const exact = hosts.get(word) ?? groups.get(word);
    if (exact !== undefined && (!isPlainWord(word) || (/[a-z]-[a-z]/.test(word) && !vocabulary.isKnownWord(word)))) return exact;
    return /\d/.test(word) && !/^[\d.:]+$/.test(word) ? (loose.get(looseKey(word)) ?? undefined) : undefined;
  }

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

  function pairAt(words: readonly Word[], at: number): string | undefined {
    const next = words[at + 1];
    const word = words[at];
    if (word === undefined || next === undefined || !/^\d{1,3}$/.test(next.lower) || !/^[a-z-]+$/.test(word.lower)) return undefined;
    return loose.get(looseKey(`${word.lower}${next.lower}`)) ?? undefined;
  }

  const byLetters = new Map<string, string>();
  for (const group of groups.values()) if (!/\d/.test(group)) byLetters.set(group.toLowerCase().replaceAll(/[^a-z]/g, ""), group);

  function groupPairAt(words: readonly Word[], at: number): string | undefined {
    const [word, next] = [words[at]?.lower, words[at + 1]?.lower];
    if (word === undefined || next === undefined || !/^[a-z]{2,}$/.test(word) || !/^[a-z]{2,}$/.test(next)) return undefined;
    const letters = `${word}${next}`;
    return byLetters.get(letters) ?? byLetters.get(`${letters}s`) ?? byLetters.get(letters.replace(/s$/, ""));
  }

  const members = (name: string): readonly string[] => families.inventory.groups[name] ?? [name];
  const inBoth = (a: string, b: string): readonly string[] => members(a).filter((host) => members(b).includes(host));
  const isWithin = (inner: string, outer: string): boolean => members(inner).every((host) => members(outer).includes(host));

  return {
    hosts,
    groups,
    synonyms,
    certain,
    expected,
    pairAt,
    groupPairAt,
    inBoth,
    isWithin,
    isCalledAfter: (word, group) =>
      members(group).length > 0 &&
      members(group).every((host) => new RegExp(`^${word.replaceAll(/[^a-z]/g, "").replace(/e?s$/, "")}e?(?![a-z])`, "i").test(host)),
    familyOf: (word) => families.words.get(pluralOf(word)),
    isKnownWord: (word) => vocabulary.isKnownWord(word),
  };
}

export const isPlainWord = (name: string): boolean => !/[\d.]/.test(name);
const digitsOf = (text: string): string => text.replaceAll(/\D/g, "");

/** `web-01`, `web1` and `WEB01` look alike; web1 and web2 never. */
function looseKey(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "")
    .replaceAll(/0+(?=\d)/g, "");
}

/** Usual words for usual groups: "the database servers" for a group named db; German, Spanish and French too. */
const usual: readonly (readonly string[])[] = [
  ["db", "dbs", "database", "databases", "datenbank", "datenbanken", "datenbankserver"],
  ["web", "webserver", "webservers", "website", "websites", "webservern", "frontend", "frontends"],
  ["prod", "production", "live", "produktion", "produccion"],
  ["staging", "stage", "stg", "preprod", "pre-production"], ["dev", "development", "entwicklung", "desarrollo", "developpement"], ["test", "tests", "testing", "qa"],
  ["mon", "monitoring", "observability"], ["pi", "pis", "raspberry", "raspberries", "raspberrys"], ["proxmox", "pve", "hypervisor", "hypervisors", "vmhosts"],
  ["nas", "storage", "fileserver", "fileservers", "almacenamiento", "stockage"], ["lab", "homelab", "home-lab"], ["router", "routers", "gateways", "gateway"],
  ["worker", "workers"], ["loadbalancer", "loadbalancers", "lb", "lbs", "balancer", "balancers"], ["mail", "mailserver", "mailservers"], ["ci", "runners", "builders", "buildserver"],
  ["servers", "server", "servidores", "serveurs", "servern"], ["desktops", "desktop", "workstations", "workstation", "arbeitsplatze"], ["laptops", "laptop", "notebooks", "notebook"],
  ["library", "bibliothek", "biblioteca", "bibliotheque"], ["office", "offices", "buro", "oficina", "bureau"], ["warehouse", "lager", "almacen", "entrepot"],
  ["basement", "cellar", "keller", "sotano", "cave"], ["shop", "shops", "store", "stores", "laden", "filiale", "filialen", "tienda", "tiendas", "magasin", "magasins"],
  ["kitchen", "kuche", "cocina", "cuisine"], ["teachers", "lehrer", "profesores", "professeurs"], ["pupils", "students", "schuler", "alumnos", "eleves"],
  ["cache", "caches"], ["gpu", "gpus"], ["edge", "edges"], ["cameras", "kameras", "camaras"], ["kiosks", "kiosk", "kioske"], ["printers", "drucker", "impresoras", "imprimantes"],
]; // prettier-ignore
const otherWords: Record<string, readonly string[]> = Object.fromEntries(
  usual.flatMap((words) => words.map((word) => [word, words.filter((other) => other !== word)])),
);
