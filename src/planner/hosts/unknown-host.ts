import { isStopWord } from "../../mapping/stop-words.ts";
import type { Word } from "../../mapping/text.ts";
import { articles, hostNouns } from "./place-words.ts";
import type { Vocabulary } from "../vocabulary.ts";

/** A word that stands where a host would stand and that the inventory does not know. */
export function unknownHostAt(
  words: readonly Word[],
  place: number,
  services: ReturnType<Vocabulary["servicesIn"]>,
  text: string,
  vocabulary: Vocabulary,
): { name: string; to: number } | undefined {
  const preposition = words[place]?.lower ?? "";
  if (!/^(?:on|onto|from|to|at|auf|vom|von|op|en|sur|desde|bei)$/.test(preposition)) return undefined;
  let at = place + 1;
  while (articles.has(words[at]?.lower ?? "") || words[at]?.lower === "new") at += 1;
  const word = words[at];
  if (word === undefined || services.some((service) => at >= service.from && at < service.to)) return undefined;
  const lower = word.lower;
  // "log level of the storefront to debug": what a variable's word is set to.
  if (preposition === "to" && isSetTo(words, place, services, vocabulary)) return undefined;
  const looksLikeHost =
    lower === "localhost" ||
    isLookAlike(lower) ||
    (/^[a-z][a-z-]*\d+[a-z]?$|^[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:lan|local|home|internal|arpa)$|^\d+\.\d+\.\d+\.\d+$/.test(lower) &&
      !/^v\d/.test(lower));
  const after = words[at + 1];
  // "hp-301 at 10.0.0.9": the address of a thing that stands right before it.
  if (/^(?:at|bei|à|en)$/.test(preposition) && /^\d+\.\d+\.\d+\.\d+$/.test(lower) && /\d|[_-]/.test(words[place - 1]?.lower ?? "") && !services.some((service) => service.to <= place)) return undefined; // prettier-ignore
  // "point git.lan at 10.0.0.9": a value of the record, no machine.
  if (/^\d+\.\d+\.\d+\.\d+$/.test(lower) && words.some((other, index) => index < place && /^(?:point|points|resolve|resolves|record|entry|dns|box|machine|server|host|node)$|[a-z]\.[a-z]/.test(other.lower))) return undefined; // prettier-ignore
  const endsHere =
    after === undefined ||
    /[,.;:!?]/.test(text.slice(word.end, after.start)) ||
    ["and", "with", "then", "please", "using", "und", "y", "et", "mit", "con", "avec", "bitte", "at"].includes(after.lower) ||
    hostNouns.has(after.lower);
  if (!endsHere) return undefined;
  if (looksLikeHost)
    return preposition === "to" && !services.some((service) => service.to <= place) ? undefined : { name: word.text, to: at + 1 };
  if (!services.some((service) => service.to <= place) || /^(?:en|von|de|at|bei)$/.test(preposition)) return undefined;
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

/** Between a variable's word and the "to" stands nothing but whose it is. */
function isSetTo(words: readonly Word[], place: number, services: ReturnType<Vocabulary["servicesIn"]>, vocabulary: Vocabulary): boolean {
  let at = place - 1;
  while (at >= 0 && (services.some((service) => at >= service.from && at < service.to) || /^(?:of|for|the|in|on|von|der|des|de|del|du)$/.test(words[at]?.lower ?? ""))) at -= 1;
  return at >= 0 && at < place - 1 && vocabulary.isVariableWord(words[at]?.lower ?? "");
} // prettier-ignore

/** A name with letters of two alphabets: it looks like a host's and is none. */
const isLookAlike = (word: string): boolean => /\p{Script=Latin}/u.test(word) && /[\p{Script=Cyrillic}\p{Script=Greek}]/u.test(word);

// What stands after "on", "to", "from" without being a machine.
export const neverHosts: ReadonlySet<string> = new Set(
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
