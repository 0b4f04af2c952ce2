import type { InventoryNames } from "../../mapping/inventory-names.ts";
import { type Word, wordsOf } from "../../mapping/text.ts";
import { isFunctionWord, isStopWord } from "../../mapping/stop-words.ts";
import { type SpokenVerb, verbAt } from "../../mapping/verb-words.ts";
import { hostFamilies } from "./host-families.ts";
import { readHostList } from "./host-list.ts";
import { createHostNames, type HostNames } from "./host-names.ts";
import { withoutRanges } from "./host-ranges.ts";
import { articles, hostNouns, listWords, placeWords } from "./place-words.ts";
import { unknownHostAt } from "./unknown-host.ts";
import type { Vocabulary } from "../vocabulary.ts";

export interface HostsFound {
  /** Names of the inventory, `!name` for exceptions, in the order of the text. */
  readonly hosts: readonly string[];
  readonly unknown: readonly string[];
  /** The text without the words that said where. */
  readonly rest: string;
  /** Nothing but hosts was said. */
  readonly isOnlyHosts: boolean;
}

interface ReadOptions {
  readonly allowUnknown: boolean;
  readonly fromIsValue: boolean;
  /** A host stands right before, joined by a comma or an "and". */
  readonly continuesHosts?: boolean;
}

export interface HostReader {
  read(text: string, options: ReadOptions): HostsFound;
  /** A whole word that is a host, or a group where only a host can be meant. */
  isHost(word: string): boolean;
}

export function createHostReader(known: InventoryNames, vocabulary: Vocabulary): HostReader {
  const families = hostFamilies(known);
  const names = createHostNames(known, vocabulary, families);
  const { hosts, groups, synonyms, certain, expected, pairAt, groupPairAt, isWithin } = names;

  function read(written: string, { allowUnknown, fromIsValue, continuesHosts = false }: ReadOptions): HostsFound {
    const text = withoutRanges(written, known);
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

    // "all servers in Berlin" are those of Berlin.
    const takeAll = (from: number, to: number, group: string | undefined): void => {
      const inside = /^(?:in|of|from|at|von|en|de|del|der|des|du|sur|dans|aus)$/.test(words[to]?.lower ?? "")
        ? readHostList(words, to + 1, used, text, names)
        : undefined;
      if (
        inside === undefined ||
        inside.names.length === 0 ||
        inside.names.includes("all") ||
        (group !== undefined && !inside.names.every((name) => isWithin(name, group)))
      )
        return takeWithPlace(words, used, from, to, group ?? "all", take);
      for (const name of inside.names) takeWithPlace(words, used, from, inside.to, name, take);
    };

    for (let at = 0; at < words.length; at += 1) {
      const word = words[at];
      if (word === undefined || used.has(at)) continue;
      const lower = word.lower;
      if (everywhere.has(lower) && words[at - 1]?.lower !== "from") take(at, at + 1, "all");
      else if (/^(?:all|every|each|alle|allen|todos|todas|tous|toutes)$/.test(lower)) {
        const noun = [at + 1, at + 2, at + 3].find((place) => hostNouns.has(words[place]?.lower ?? ""));
        const between = noun === undefined ? [] : words.slice(at + 1, noun);
        const own = noun === undefined ? undefined : expected(words[noun]?.lower ?? "");
        const group = between.map((part) => expected(part.lower) ?? names.familyOf(part.lower)).find((name) => name !== undefined) ?? own;
        if (
          noun !== undefined &&
          (group !== undefined || between.every((part) => articles.has(part.lower) || ["other", "my"].includes(part.lower)))
        )
          takeAll(at, noun + 1, group);
        else if (groupOfAll(words, at, used, text, names) !== undefined) {
          const group = groupOfAll(words, at, used, text, names);
          for (const name of group?.names ?? []) takeWithPlace(words, used, at, group?.to ?? at, name, take);
        } else if (
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
        let start = /^(?:other|apart)$/.test(lower) || (lower === "but" && words[at + 1]?.lower === "not") ? at + 2 : at + 1;
        // "but not on db01": whatever stands there is left out, never acted on.
        while (placeWords.has(words[start]?.lower ?? "")) start += 1;
        // "but" and "not" except only right after "all/everything" or before a certain host.
        const excluded = readHostList(words, start, used, text, names);
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
        const list = readHostList(words, at + 1, used, text, names);
        if (list.names.length > 0 && !list.isAmbiguous(lower)) {
          for (const name of list.names) take(at, list.to, name);
        } else if (allowUnknown && list.names.length === 0) {
          const stranger = unknownHostAt(words, at, services, text, vocabulary);
          if (stranger !== undefined) {
            unknown.push(stranger.name);
            for (let place = at; place < stranger.to; place += 1) used.add(place);
          }
        }
      } else if (/^(?:of|des|der|del|du|de|von)$/.test(lower) && hostNouns.has(words[at - 1]?.lower ?? "")) {
        // "los nodos de cpu", "the machines of the library"
        const list = readHostList(words, at + 1, used, text, names);
        for (const name of list.names) take(at - (articles.has(words[at - 2]?.lower ?? "") ? 2 : 1), list.to, name);
      } else if (/^(?:of|des|der|del|du)$/.test(lower) && !inService(at) && !inService(at + 1)) {
        // "on auth2 as replica of auth1": where is said already.
        if (found.length > 0) continue;
        // "the disks of the nas", "of nas and media": whose, so where. A word that playbooks use otherwise needs its article.
        const list = readHostList(words, at + 1, used, text, names);
        const named = articles.has(words[at + 1]?.lower ?? "") || lower !== "of" || !list.isAmbiguous("for");
        if (list.names.length > 0 && named) for (const name of list.names) take(at, list.to, name);
      } else {
        const pair = pairAt(words, at);
        const name = pair ?? certain(lower);
        // "its server is mon1", "upstream: web2"
        const isValue =
          (found.length > 0 &&
            (/^(?:is|as|be|of|via|through|by|ist|es|est)$/.test(words[at - 1]?.lower ?? "") ||
              /[=:]\s*$/.test(text.slice(0, word.start)))) ||
          // "its server is mon1", "primary: db1": what it is for the machine that is meant.
          /\b(?:its|the|their|with|and|,|^)\s*(?:server|primary|master|leader|upstream|source|peer|gateway|controller|replica|backend|manager|parent|proxy|endpoint)\s*(?:is|=|:|should be|will be|ist|es|est)\s*$/i.test(
            text.slice(0, word.start),
          );
        if (name !== undefined && isValue) continue;
        if (name !== undefined) take(at, pair === undefined ? at + 1 : at + 2, name);
        else if (
          hostNouns.has(words[at + 1]?.lower ?? "") &&
          (!inService(at) || (groups.has(lower) && (articles.has(words[at - 1]?.lower ?? "") || actsOnHosts(words, at)))) &&
          (words[at + 1]?.lower ?? "").endsWith("s") &&
          (groups.has(lower) || groups.has(`${lower}s`) || synonyms.has(lower))
        )
          take(at, at + 2, expected(lower) ?? lower);
        // "reboot the homelab", "patch staging now": the verb's own object.
        else if (
          !inService(at) &&
          (groups.has(lower) || hosts.has(lower) || synonyms.has(lower) || groupPairAt(words, at) !== undefined) &&
          actsOnHosts(words, at)
        ) {
          const list = readHostList(words, at, used, text, names);
          const isFamily = families.words.has(lower) && names.isKnownWord(lower);
          // "update the tills to 5.2": where, and also what a playbook is about.
          if (endsHere(words, list.to, text) && isFamily) found.push(...list.names);
          else if (endsHere(words, list.to, text)) for (const name of list.names) take(at, list.to, name);
        }
        // "… web1 and frontdesk in ten minutes": the list of hosts goes on.
        else if (at === 0 && continuesHosts && (hosts.has(lower) || groups.has(lower)) && !inService(at) && endsHere(words, 1, text))
          take(0, 1, expected(lower) ?? lower);
        // "production has to be safe": what the sentence is about.
        else if (
          !inService(at) &&
          (groups.has(lower) || hosts.has(lower) || synonyms.has(lower)) &&
          words.slice(0, at).every((before) => articles.has(before.lower)) &&
          /^(?:must|has|have|needs?|should|is|are|shall)$/.test(words[at + 1]?.lower ?? "")
        )
          take(at, at + 1, expected(lower) ?? lower);
        // "GPU-Knoten", "web-servers": a group and a word for machines in one.
        else if (/^[a-z]+-[a-z]+$/.test(lower) && hostNouns.has(lower.split("-")[1] ?? "") && groups.has(lower.split("-")[0] ?? ""))
          take(at, at + 1, expected(lower.split("-")[0] ?? "") ?? lower);
        else if (at === words.length - 1 && at > 0 && hosts.has(lower) && !inService(at)) take(at, at + 1, hosts.get(lower) ?? lower);
        else if (words.length === 1 && (hosts.has(lower) || groups.has(lower)) && !inService(at))
          take(at, at + 1, expected(lower) ?? lower);
      }
    }
    // "reboot the front desk machines": where it shall be, by words that the inventory does not know.
    if (allowUnknown && unknown.length === 0 && !found.some((name) => !name.startsWith("!")))
      unknown.push(...strangeMachines(words, used, inService));
    const kept = words.filter((_, at) => !used.has(at));
    const isOnlyHosts =
      found.length > 0 &&
      kept.every(
        (word) =>
          articles.has(word.lower) ||
          placeWords.has(word.lower) ||
          listWords.has(word.lower) ||
          ["only", "just", "please", "too", "also", "then", "next", "afterwards", "danach", "dann", "luego", "puis", "ensuite"].includes(
            word.lower,
          ),
      );
    return { hosts: families.expand(found), unknown, rest: cut(text, words, used), isOnlyHosts };
  }

  return { read, isHost: (word) => certain(word.toLowerCase()) !== undefined };
}

/** "every mini", "alle Pis neu starten", "all of the lab": the machines of a group that is named without a word for machines. */
function groupOfAll(words: readonly Word[], at: number, used: ReadonlySet<number>, text: string, names: HostNames): ReturnType<typeof readHostList> | undefined {
  const isOf = /^(?:of|der|von|de|des|du)$/.test(words[at + 1]?.lower ?? "");
  const start = at + (isOf ? 2 : 1);
  if (words[start]?.lower === "all") return undefined;
  const single = /^(?:every|each)$/.test(words[at]?.lower ?? "") ? names.familyOf(words[start]?.lower ?? "") : undefined;
  const read = readHostList(words, start, used, text, names);
  const list = read.names.length === 0 && single !== undefined ? { ...read, names: [single], to: start + 1 } : read;
  if (list.names.length === 0 || list.names.includes("all")) return undefined;
  if (single !== undefined && list.names[0] === single) return endsHere(words, list.to, text) ? list : undefined;
  // "all media files", "export all bookings" are no machines.
  const next = words[list.to]?.lower ?? "";
  if (isStopWord(next) && !isFunctionWord(next)) return undefined;
  if (names.isKnownWord(words[start]?.lower ?? "") && !actsOnHosts(words, at) && !isOfMachines(words, start, list, used, text, names)) return undefined;
  return endsHere(words, list.to, text) || verbAt(words, list.to) !== undefined ? list : undefined;
} // prettier-ignore

/** A playbook's word for a group: machines, if one of them is spared, if they are called so, or if nothing that has content is asked for. */
function isOfMachines(words: readonly Word[], start: number, list: ReturnType<typeof readHostList>, used: ReadonlySet<number>, text: string, names: HostNames): boolean {
  const [group] = list.names;
  if (group === undefined || list.names.length > 1) return false;
  let behind = list.to;
  if (!exceptWords.test(words[behind]?.lower ?? "") && !/^(?:other|apart)$/.test(words[behind]?.lower ?? "")) behind = -1;
  const spared = behind < 0 ? [] : readHostList(words, behind + (/^(?:other|apart)$/.test(words[behind]?.lower ?? "") ? 2 : 1), used, text, names).names;
  if (spared.length > 0 && spared.every((name) => names.isWithin(name, group))) return true;
  if (names.isCalledAfter(words[start]?.lower ?? "", group)) return true;
  const verbs = words.slice(0, start).flatMap((_, at) => verbAt(words, at)?.verb ?? []);
  return names.groups.has(words[start]?.lower ?? "") && words.slice(0, start - 1).some((word) => !isStopWord(word.lower)) && !verbs.some((verb) => contentVerbs.has(verb));
} // prettier-ignore

/** What is done to things that machines hold, as well as to machines: "delete all bookings". */
const contentVerbs = new Set<SpokenVerb>(["remove", "clean", "backup", "restore", "show", "check", "move", "add", "create"]);

/** "the front desk machines" */
function strangeMachines(words: readonly Word[], used: ReadonlySet<number>, inService: (at: number) => boolean): string[] {
  const noun = words.findIndex((word, at) => /^(?:machines|hosts|boxes|pcs|computers|nodes|workstations|laptops|rechner|ordenadores|ordinateurs)$/.test(word.lower) && !used.has(at));
  let from = noun;
  while (from > 0 && noun - from < 2 && /^\p{L}[\p{L}-]+$/u.test(words[from - 1]?.text ?? "") && !isStopWord(words[from - 1]?.lower ?? "") && !used.has(from - 1) && !inService(from - 1)) from -= 1;
  const isSaid = from < noun && /^(?:the|our|my|all|every|these|those|die|den|los|las|les|nos)$/.test(words[from - 1]?.lower ?? "") && actsOnHosts(words, from);
  return isSaid ? [words.slice(from, noun + 1).map((word) => word.text).join(" ")] : [];
} // prettier-ignore

/** A verb that is done to machines stands right before, but for articles. */
function actsOnHosts(words: readonly Word[], at: number): boolean {
  let before = at - 1;
  while (before >= 0 && (articles.has(words[before]?.lower ?? "") || /^(?:only|just|nur|solo|s[oó]lo|seulement)$/.test(words[before]?.lower ?? ""))) before -= 1; // prettier-ignore
  for (let from = Math.max(0, before - 2); from <= before; from += 1) {
    const hit = verbAt(words, from);
    if (hit?.to === before + 1) return machineVerbs.has(hit.verb) || /^(?:provision|harden)$/.test(words[from]?.lower ?? "");
  }
  return false;
}

const machineVerbs = new Set<SpokenVerb>(["reboot", "restart", "update", "check", "start", "stop"]);

/** Nothing follows that the word before would describe: "update web servers" but not "update web plugins". */
function endsHere(words: readonly Word[], to: number, text: string): boolean {
  const next = words[to];
  return (
    next === undefined ||
    isStopWord(next.lower) ||
    exceptWords.test(next.lower) ||
    placeWords.has(next.lower) ||
    text.slice(words[to - 1]?.end ?? 0, next.start) !== " "
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

const exceptWords =
  /^(?:except|excluding|excepting|besides|but|not|skip|skipping|omit|omitting|spare|sparing|ausser|ausgenommen|excepto|menos|salvo|sauf|minus|without|bar|barring)$/;
const everywhere = new Set(["everywhere", "uberall", "partout"]);
