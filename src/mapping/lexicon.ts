import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isFunctionWord } from "./stop-words.ts";
import { nameKey, nameParts, stem, wordsOf, type Word } from "./text.ts";

/** What the built-in embedder knows of the world: services, what they are for, and what people say when they mean it. Written by us, see training/. */
export interface Lexicon {
  readonly version: string;
  /** Concepts that a text speaks of, each with the stems that say so. */
  conceptsIn(words: readonly Word[]): Map<string, ReadonlySet<string>>;
  /** What a service is for, by any of its names. */
  conceptsOfService(name: string): readonly string[];
  /** Known services by name in a text, longest names first. */
  servicesIn(words: readonly Word[]): KnownService[];
  otherNames(name: string): readonly string[];
}

export interface KnownService {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

interface Data {
  readonly version: string;
  readonly services: readonly (readonly [string, readonly string[], readonly string[]])[];
  readonly concepts: readonly (readonly [string, readonly string[]])[];
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

// Names of services that are also everyday words: only their longer names count in running text.
const everydayNames = new Set(
  "actual drone harbor vault outline ghost registry stats flame glance ha ark garage named bind monica whisper matrix homepage logging memos switch actual outline unbound apprise caddy reader rust swag named bind samba nut apache hugo discourse focus firefly stats garage".split(
    " ",
  ),
);

function createLexicon(data: Data): Lexicon {
  const phrases = new Map<string, { readonly concept: string; readonly stems: readonly string[] }[]>();
  for (const [concept, list] of data.concepts) {
    for (const phrase of list) {
      const stems = [
        ...new Set(
          phrase
            .split(" ")
            .flatMap((part) => (part.startsWith("#") ? [part] : wordsOf(part).map((word) => stem(word.lower))))
            .filter((word) => !isFunctionWord(word) || !phrase.includes(" ")),
        ),
      ];
      const rest =
        stems.length === 1 && phrase.includes(" ") && !phrase.includes("#")
          ? [
              ...stems,
              ...phrase
                .split(" ")
                .map(stem)
                .filter((word) => !stems.includes(word)),
            ]
          : stems;
      if (rest.length === 0) continue;
      for (const word of rest.slice(0, 1)) phrases.set(word, [...(phrases.get(word) ?? []), { concept, stems: rest }]);
    }
  }
  const byKey = new Map<string, { readonly name: string; readonly others: readonly string[]; readonly concepts: readonly string[] }>();
  let longest = 1;
  for (const [name, others, concepts] of data.services) {
    for (const spelling of [name, ...others]) {
      byKey.set(nameKey(spelling), { name, others, concepts });
      longest = Math.max(longest, nameParts(spelling).length);
    }
  }
  return {
    version: data.version,
    conceptsIn(words) {
      const places = new Map<string, number>();
      words.forEach((word, index) => {
        for (const part of [word.lower, ...(word.lower.includes("-") ? word.lower.split("-") : [])])
          if (!places.has(stem(part))) places.set(stem(part), index);
      });
      for (const [at, word] of words.entries()) {
        const kind = /^\d{2,5}(?:\/(?:tcp|udp))?$/.test(word.lower)
          ? "#number"
          : /^\d{1,3}(?:\.\d{1,3}){3}$/.test(word.lower)
            ? "#address"
            : /^[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}$/.test(word.lower)
              ? "#domain"
              : undefined;
        if (kind !== undefined && !places.has(kind)) places.set(kind, at);
      }
      const found = new Map<string, Set<string>>();
      for (const word of places.keys()) {
        for (const { concept, stems } of phrases.get(word) ?? []) {
          if (!stems.every((part) => places.has(part))) continue;
          const said = found.get(concept) ?? new Set<string>();
          for (const part of stems) said.add(part);
          found.set(concept, said);
        }
      }
      return found;
    },
    conceptsOfService(name) {
      return byKey.get(nameKey(name))?.concepts ?? [];
    },
    servicesIn(words) {
      const found: KnownService[] = [];
      for (let from = 0; from < words.length; from += 1) {
        for (let to = Math.min(words.length, from + longest); to > from; to -= 1) {
          const key = words
            .slice(from, to)
            .map((word) => nameKey(word.lower))
            .join("");
          const service = byKey.get(key);
          if (service === undefined || (to - from === 1 && everydayNames.has(key))) continue;
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
