import { builtInLexicon } from "../mapping/lexicon.ts";
import type { Playbook, PlaybookCatalog } from "../mapping/playbook.ts";
import { createServiceNames, type ServiceMention } from "../mapping/service-names.ts";
import { isFunctionWord } from "../mapping/stop-words.ts";
import { nameParts, stem, wordsOf, type Word } from "../mapping/text.ts";
import { verbAt } from "../mapping/verb-words.ts";

/** What playbooks are called after, and those playbooks. */
export interface Thing {
  readonly to: number;
  /** How many words it is called by. */
  readonly length: number;
  readonly playbooks: ReadonlySet<string>;
}

/** The words of a catalog as the rule planner needs them: what is a service, what is no host. */
export interface Vocabulary {
  /** Services of the catalog and of the world. */
  servicesIn(words: readonly Word[]): readonly { readonly from: number; readonly to: number; readonly name: string }[];
  /** A word that playbooks use for something else than a host. */
  isKnownWord(word: string): boolean;
  /** Part of a variable's name: what follows is a value. */
  isVariableWord(word: string): boolean;
  /** What a text begins with, if it is what a playbook is called after: "vpn client", "maintenance page". */
  thingAt(words: readonly Word[]): Thing | undefined;
  /** What playbooks say that they do: "Flashes the controllers" makes an order of "flash". */
  isOwnVerb(word: string): boolean;
  /** The first word of a title of several: "Load dump". Before an article it can only be an order. */
  startsTitle(word: string): boolean;
  /** A playbook for that service or thing has a variable of that word. */
  takes(name: string, word: string): boolean;
}

export function createVocabulary(catalog: PlaybookCatalog): Vocabulary {
  const names = createServiceNames(catalog.playbooks);
  const known = new Set<string>();
  const variables = new Set<string>();
  for (const playbook of catalog.playbooks) {
    for (const variable of playbook.variables) for (const part of nameParts(variable.name)) variables.add(stem(part));
    for (const word of wordsOf(`${playbook.name} ${playbook.description} ${playbook.tags.join(" ")}`)) known.add(stem(word.lower));
  }
  const acts = new Set(catalog.playbooks.flatMap((playbook) => (playbook.verb === "deploy" ? [] : ownActs(playbook.description))));
  const starts = new Set(
    catalog.playbooks.flatMap((playbook) => {
      const words = wordsOf(playbook.name);
      return playbook.verb === "deploy" || words.length < 2 ? [] : [words[0]?.lower];
    }),
  );
  const titles = titlesOf(catalog);
  const taken = new Map<string, Set<string>>();
  for (const playbook of catalog.playbooks)
    for (const key of [isMain(playbook) ? playbook.service?.toLowerCase() : undefined, playbook.id])
      if (key !== undefined)
        taken.set(
          key,
          new Set([...(taken.get(key) ?? []), ...playbook.variables.flatMap((variable) => nameParts(variable.name).map(stem))]),
        );
  return {
    thingAt(words) {
      let from = 0;
      while (determiners.has(words[from]?.lower ?? "")) from += 1;
      const found = titles
        .get(root(words[from]?.lower ?? ""))
        ?.find((title) => title.stems.every((part, at) => root(words[from + at]?.lower ?? "") === part));
      return found === undefined ? undefined : { to: from + found.stems.length, length: found.stems.length, playbooks: found.playbooks };
    },
    startsTitle: (word) => starts.has(word),
    isOwnVerb: (word) => acts.has(stem(word)),
    takes: (name, word) => taken.get(name.toLowerCase())?.has(stem(word)) === true,
    servicesIn(words) {
      const own: ServiceMention[] = names.mentionsIn(words);
      const world = builtInLexicon()
        .servicesIn(words)
        .filter((service) => !own.some((mention) => mention.from < service.to && service.from < mention.to));
      return [...own, ...world].sort((a, b) => a.from - b.from);
    },
    isKnownWord: (word) => known.has(stem(word)) || variables.has(stem(word)),
    isVariableWord: (word) => variables.has(stem(word)),
  };
}

/** "Opens or closes a valve", "Creates, locks or removes an account": the verbs that a description begins with. */
function ownActs(description: string): string[] {
  const [sentence = ""] = description.split(/(?<=\.)\s/);
  const start = /^(?:(?:\p{L}+s)(?:,\s+|,?\s+(?:and|or)\s+)?)+/u.exec(sentence)?.[0] ?? "";
  return /^\p{L}+s\s+(?:of|for|with|from|that|to)\b/u.test(sentence) ? [] : wordsOf(start).map((word) => stem(word.lower));
}

/** The playbook that sets the service itself up, not one of its queues or users. */
const isMain = (playbook: Playbook): boolean => {
  const service = nameParts(playbook.service ?? "").map(stem);
  const words = wordsOf(nameParts(playbook.id.split("/").at(-1) ?? "").join(" "));
  const verb = verbAt(words, 0);
  const nouns = words.slice(verb !== undefined && verb.to < words.length ? verb.to : 0).map((word) => stem(word.lower));
  return playbook.verb === "deploy" || service.length === nouns.length;
};

const determiners = new Set(
  "a an the my our his her their its new another one also ein eine einen der die das un una une le la el los les".split(" "),
);

interface TitleWords {
  readonly stems: readonly string[];
  readonly playbooks: Set<string>;
}

/** The nouns of each playbook's title by the first of them, the longest first. */
function titlesOf(catalog: PlaybookCatalog): Map<string, TitleWords[]> {
  const byFirst = new Map<string, TitleWords[]>();
  for (const playbook of catalog.playbooks) {
    for (const title of [playbook.name, nameParts(playbook.id.split("/").at(-1) ?? "").join(" ")]) {
      const words = wordsOf(title);
      const verb = verbAt(words, 0);
      const nouns = words.slice(verb !== undefined && verb.to < words.length ? verb.to : 0).filter((word) => !isFunctionWord(word.lower));
      const stems = nouns.map((word) => root(word.lower));
      const [first] = stems;
      if (first === undefined || stems.length > 3 || (stems.length === 1 && tooGeneral.has(first))) continue;
      const list = byFirst.get(first) ?? [];
      const same = list.find((entry) => entry.stems.join(" ") === stems.join(" "));
      if (same === undefined) list.push({ stems, playbooks: new Set([playbook.id]) });
      else same.playbooks.add(playbook.id);
      byFirst.set(first, list);
    }
  }
  for (const list of byFirst.values()) list.sort((a, b) => b.stems.length - a.stems.length);
  return byFirst;
}

// Words that stand in many requests without being what the request is about.
const tooGeneral = new Set(
  "service app application host server node machine system file config setting port version update upgrade log report name data user group domain run job"
    .split(" ")
    .map((word) => root(word)),
);

/** "certificates" and "certificate" alike. */
function root(word: string): string {
  return stem(stem(word));
}
