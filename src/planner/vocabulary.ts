import { builtInLexicon } from "../mapping/lexicon.ts";
import type { PlaybookCatalog } from "../mapping/playbook.ts";
import { createServiceNames, type ServiceMention } from "../mapping/service-names.ts";
import { nameParts, stem, wordsOf, type Word } from "../mapping/text.ts";

/** The words of a catalog as the rule planner needs them: what is a service, what is no host. */
export interface Vocabulary {
  /** Services of the catalog and of the world. */
  servicesIn(words: readonly Word[]): readonly { readonly from: number; readonly to: number; readonly name: string }[];
  /** A word that playbooks use for something else than a host. */
  isKnownWord(word: string): boolean;
  /** Part of a variable's name: what follows is a value. */
  isVariableWord(word: string): boolean;
}

export function createVocabulary(catalog: PlaybookCatalog): Vocabulary {
  const names = createServiceNames(catalog.playbooks);
  const known = new Set<string>();
  const variables = new Set<string>();
  for (const playbook of catalog.playbooks) {
    for (const variable of playbook.variables) for (const part of nameParts(variable.name)) variables.add(stem(part));
    for (const word of wordsOf(`${playbook.name} ${playbook.description} ${playbook.tags.join(" ")}`)) known.add(stem(word.lower));
  }
  return {
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
