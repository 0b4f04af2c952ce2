import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isFunctionWord } from "./stop-words.ts";
import { nameKey, nameParts, stem, wordsOf, type Word } from "./text.ts";

/** What the built-in embedder knows of the world: services, what they are for, and what people say when they mean it. Written by us, see training/. */
export interface Lexicon {
  readonly version: string;
  /** Concepts that a text speaks of. What only people say of their wishes and troubles tells nothing in a playbook's description. */
  conceptsIn(words: readonly Word[], speaker?: Speaker): Map<string, Said>;
  /** A concept in the trade's own words: the first of its phrases that leaves no doubt. */
  phraseOf(concept: string): string;
  /** What a service is for, by any of its names. */
  conceptsOfService(name: string): readonly string[];
  /** Known services by name in a text, longest names first. */
  servicesIn(words: readonly Word[]): KnownService[];
  otherNames(name: string): readonly string[];
  /** A stem that stands in some phrase. */
  knowsWord(stem: string): boolean;
  /** Concepts that are acts on what is there, like locking an account: no service is for them. */
  readonly operations: ReadonlySet<string>;
}

export type Speaker = "playbook" | "person";

export interface KnownService {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** How a text speaks of a concept. */
export interface Said {
  /** The stems that say so. */
  readonly stems: ReadonlySet<string>;
  /** 1 when the words leave little doubt, about half for a word that may mean much else. */
  readonly strength: number;
}

interface Phrase {
  readonly concept: string;
  readonly stems: readonly string[];
  readonly strength: number;
  readonly isOfPeople: boolean;
}

interface Data {
  readonly version: string;
  readonly services: readonly (readonly [string, readonly string[], readonly string[]])[];
  readonly concepts: readonly (readonly [string, readonly string[]])[];
  readonly operations: readonly string[];
}

let loaded: Lexicon | undefined;

export function builtInLexicon(): Lexicon {
  loaded ??= createLexicon(JSON.parse(readFileSync(join(import.meta.dirname, "built-in-lexicon.json"), "utf8")) as Data);
  return loaded;
}

/** The longest known service named in a text. */
export function knownServiceIn(text: string): string | undefined {
  return builtInLexicon().servicesIn(wordsOf(text))[0]?.name;
}

/** Names of services that are also everyday words: only their longer names count in running text. */
export const everydayNames: ReadonlySet<string> = new Set(
  "actual drone harbor vault outline ghost registry stats flame glance ha ark garage named bind monica whisper matrix homepage logging memos switch actual outline unbound apprise caddy reader rust swag named bind samba nut apache hugo discourse focus firefly stats garage".split(
    " ",
  ),
);

/** In running text these words mean themselves; as a playbook's own service they are names like any other. */
const plainWords: ReadonlySet<string> = new Set(
  "canvas ray aim seq vector boundary nebula distribution send shelf twenty piper stash plane teams spark dex tor monit grav medusa temporal prefect windmill coder theia ralph rt radius hydra karma element conduit riot discord slack cosmos neko foundry pulp zot quay condor torque dub consul payload keystone presto nomad swarm amp fog evergreen chroma dragonfly postal dispatch galette alloy thanos cortex mimir triton fleet huly reef moonfire indico aliases graphite carbon figma element colab swag flink photon nessus snort opsgenie pagerduty statuspage instatus wetransfer linktree wordle artemis bamboo hive yacht diagrams gollum monero zeppelin".split(
    " ",
  ),
);

function createLexicon(data: Data): Lexicon {
  const phrases = new Map<string, Phrase[]>();
  const canonical = new Map<string, string>();
  for (const [concept, list] of data.concepts) {
    const clear = list.find((written) => !/[!?#]/.test(written));
    if (clear !== undefined) canonical.set(concept, clear);
    for (const written of list) {
      const rest = stemsOfPhrase(written.replace(/\?$/, ""));
      if (rest.length === 0) continue;
      const strength = written.endsWith("?") ? strengths.weak : rest.length > 1 ? strengths.phrase : strengths.word;
      const [first = ""] = rest;
      const known = phrases.get(first);
      const phrase = { concept, stems: rest, strength, isOfPeople: written.startsWith("!") };
      if (known === undefined) phrases.set(first, [phrase]);
      else known.push(phrase);
    }
  }
  const byKey = new Map<string, { readonly name: string; readonly others: readonly string[]; readonly concepts: readonly string[] }>();
  let vocabulary: ReadonlySet<string> | undefined;
  let longest = 1;
  const everyday = new Set([...everydayNames, ...plainWords]);
  for (const [written, alternatives, concepts] of data.services) {
    const [name = "", ...others] = [written, ...alternatives].map((spelling) => spelling.replace(/\?$/, ""));
    for (const spelling of [written, ...alternatives]) if (spelling.endsWith("?")) everyday.add(nameKey(spelling));
    for (const spelling of [name, ...others]) {
      byKey.set(nameKey(spelling), { name, others, concepts });
      longest = Math.max(longest, nameParts(spelling).length);
    }
  }
  return {
    version: data.version,
    operations: new Set(data.operations),
    knowsWord: (word) => (vocabulary ??= new Set([...phrases.values()].flatMap((list) => list.flatMap(({ stems }) => stems)))).has(word),
    conceptsIn(words, speaker = "playbook") {
      const places = new Map<string, number>();
      words.forEach((word, index) => {
        for (const part of [word.lower, ...(word.lower.includes("-") ? word.lower.split("-") : [])])
          if (!places.has(stem(part))) places.set(stem(part), index);
      });
      for (const [at, word] of words.entries()) {
        const kind =
          /^\d{2,5}(?:\/(?:tcp|udp))?$/.test(word.lower) && !/^(?!access$|address$|tcp|udp)[a-z]{3,}s$/.test(words[at + 1]?.lower ?? "")
            ? "#number"
            : /^\d{1,3}(?:\.\d{1,3}){3}$/.test(word.lower)
              ? "#address"
              : /^[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}$/.test(word.lower)
                ? "#domain"
                : undefined;
        if (kind !== undefined && !places.has(kind)) places.set(kind, at);
        if (negations.has(word.lower) && !places.has(negation)) places.set(negation, at);
      }
      const hits: Phrase[] = [];
      for (const word of places.keys())
        for (const phrase of phrases.get(word) ?? [])
          if ((speaker === "person" || !phrase.isOfPeople) && standsTogether(phrase.stems, places)) hits.push(phrase);
      const found = new Map<string, Said>();
      for (const hit of hits) {
        // "torrents through a VPN" says more than "torrents": the shorter phrase is only a part of the longer one.
        const isPart = hits.some((other) => other.concept !== hit.concept && isWithin(hit.stems, other.stems));
        const strength = isPart ? hit.strength * strengths.part : hit.strength;
        const before = found.get(hit.concept);
        found.set(hit.concept, {
          stems: new Set([...(before?.stems ?? []), ...hit.stems]),
          strength: before === undefined ? strength : Math.min(1, Math.max(before.strength, strength) + strengths.repeated),
        });
      }
      return found;
    },
    phraseOf: (concept) => canonical.get(concept) ?? concept.replaceAll("-", " "),
    conceptsOfService(name) {
      return byKey.get(nameKey(name))?.concepts ?? [];
    },
    servicesIn(words) {
      const found: KnownService[] = [];
      const keys = words.map((word) => nameKey(word.lower));
      for (let from = 0; from < words.length; from += 1) {
        for (let to = Math.min(words.length, from + longest); to > from; to -= 1) {
          const key = keys.slice(from, to).join("");
          const service = byKey.get(key);
          if (service === undefined || (to - from === 1 && everyday.has(key))) continue;
          found.push({ name: service.name, from, to });
          from = to - 1;
          break;
        }
      }
      return found.sort((a, b) => b.to - b.from - (a.to - a.from));
    },
    otherNames(name) {
      const service = byKey.get(nameKey(name));
      return service === undefined ? [] : [service.name, ...service.others];
    },
  };
}

/** "can't print", "nobody can print", "druckt nicht": one sign for all of them. */
const negation = "#not";
const negations = new Set(
  "not no never without nobody nothing none don't doesn't didn't can't cannot won't isn't aren't wasn't couldn't haven't hasn't nicht kein keine keinen keiner ohne niemand nichts sin nadie nada pas sans".split(
    " ",
  ),
);
/** Small words that change what a phrase means: "new printer", "more space", "how many people read". */
const meaningfulSmallWords = new Set(["new", "more", "still", "off", "many", "much"]);

/** What `wordsOf` would leave as it is. */
const plainWord = /^[a-z0-9]+$/;

/** Stems that must all be said; small words only count where they are nearly all there is, or where "!" says so. */
function stemsOfPhrase(written: string): string[] {
  const isWhole = written.startsWith("!");
  const phrase = isWhole ? written.slice(1) : written;
  const parts = phrase
    .split(" ")
    .flatMap((part) => (part.startsWith("#") || plainWord.test(part) ? [part] : wordsOf(part).map((word) => word.lower)));
  const signOf = (part: string): string => (negations.has(part) ? negation : part.startsWith("#") ? part : stem(part));
  const telling = isWhole
    ? parts
    : parts.filter((part) => !isFunctionWord(stem(part)) || negations.has(part) || meaningfulSmallWords.has(part));
  const isBare = telling.filter((part) => !negations.has(part)).length < 2 && parts.length > 1;
  return [...new Set([...telling, ...(isBare ? parts : [])].map(signOf))];
}

const strengths = { phrase: 1, word: 0.85, weak: 0.45, part: 0.5, repeated: 0.1 };

/** All there, and not scattered over a long text. */
function standsTogether(stems: readonly string[], places: ReadonlyMap<string, number>): boolean {
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (const part of stems) {
    const place = places.get(part);
    if (place === undefined) return false;
    least = Math.min(least, place);
    most = Math.max(most, place);
  }
  return most - least <= stems.length * 2 + 4;
}

const isWithin = (part: readonly string[], whole: readonly string[]): boolean =>
  part.length < whole.length && part.every((stem) => whole.includes(stem));
