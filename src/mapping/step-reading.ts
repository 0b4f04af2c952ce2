import type { RequestedStep } from "../planner/decomposition.ts";
import { inEnglish } from "./foreign-words.ts";
import { builtInLexicon, everydayNames, type Said } from "./lexicon.ts";
import type { CatalogProfile } from "./playbook-profile.ts";
import { withRelatives } from "./related-purposes.ts";
import type { ServiceMention } from "./service-names.ts";
import { isGivenName, isValueWord } from "./given-words.ts";
import { asCatalogWrites } from "./catalog-words.ts";
import { isStopWord } from "./stop-words.ts";
import { nameParts, stem, type Word, wordsOf } from "./text.ts";
import { type SpokenVerb, spokenVerb, type VerbHit, verbsIn } from "./verb-words.ts";

export type StepToMap = Pick<RequestedStep, "intent" | "verb"> &
  Partial<Pick<RequestedStep, "hosts">> & { readonly context?: string | undefined };

/** What one step says, in the catalog's terms. */
export interface Reading {
  readonly words: readonly Word[];
  readonly verb: SpokenVerb | null;
  /** The verb as far as a step counts that names no service: not one that only describes ("a page that shows …", "to-do lists"). */
  readonly purposeVerb: SpokenVerb | null;
  /** Stems of the verb's own words. */
  readonly verbStems: readonly string[];
  /** "I need", "get me": a wish that any kind of playbook may fulfil. */
  readonly isWish: boolean;
  readonly mentions: readonly ServiceMention[];
  /** With the ones that were excepted. */
  readonly allMentions: number;
  /** The service that the step is about: the first one named where an object stands. */
  readonly object: ServiceMention | undefined;
  /** Stems of words that mean something and are neither verb, service nor value. */
  readonly content: readonly { readonly stem: string; readonly at: number }[];
  readonly concepts: ReadonlyMap<string, Said>;
  /** A service of the world that the catalog does not have, where an object stands. */
  readonly stranger: string | undefined;
  readonly hasHosts: boolean;
  /** Nothing but one host's name stands behind the verb: "update web01", not "patch the homelab". */
  readonly isOneHost: boolean;
  /** Stems of the hosts and groups that were named. */
  readonly hostStems: readonly string[];
  /** "X is down": says what is wrong, not what to do. */
  readonly isComplaint: boolean;
  /** Nothing stands beside the verb: no thing, no name, no value. */
  readonly isBare: boolean;
  readonly context: string | undefined;
  readonly query: string;
}

export function readStep(step: StepToMap, profile: CatalogProfile): Reading {
  // What must not happen is no description of what shall.
  const spokenWords = wordsOf(
    step.intent
      .replace(asides, "")
      .replace(
        /[,;]?\s+\b(?:without (?=\w+ing\b)|but (?:do not|don't|not)|and (?:do not|don't)|do not|don't|(?<!(?:that|which|who) )never|ohne\b.*\bzu\b).*$/i,
        "",
      ),
  );
  const { words: inWords, translations } = inEnglish(spokenWords, (one) => profile.knows(one), step.hosts);
  const words = asCatalogWrites(inWords, profile);
  const isTranslated = translations.size > 0;
  const all = profile.names.mentionsIn(words);
  const spoken = spokenVerb(words);
  // "Octo Print" orders no printing.
  const isInName = (found: VerbHit): boolean =>
    all.some((mention) => mention.to - mention.from > 1 && found.from >= mention.from && found.to <= mention.to);
  const hit = spoken !== undefined && isInName(spoken) ? verbsIn(words).find((found) => !isInName(found)) : spoken;
  const verb = hit === spoken && !(isTranslated && hit !== undefined) ? (step.verb ?? hit?.verb ?? null) : (hit?.verb ?? null);
  // "all services except jellyfin" is not about jellyfin.
  const mentions = all.filter(
    (mention) => !exceptions.has(words[mention.from - 1]?.lower ?? "") && !isEverydayUse(words, mention) && !isComparison(words, mention),
  );
  const isGiven = (word: Word, at: number): boolean => isGivenName(words, at) && !profile.knows(stem(word.lower));
  const isValue = (word: Word): boolean =>
    (isValueWord(word.lower) || isShortId(word.lower)) && !nameParts(word.lower).every((part) => profile.knows(stem(part)));
  const taken = new Set<number>();
  for (const mention of all) for (let at = mention.from; at < mention.to; at += 1) taken.add(at);
  for (const found of verbsIn(words))
    if (found === hit || found.from === hit?.from) for (let at = found.from; at < found.to; at += 1) taken.add(at);
  const next = (at: number): boolean => {
    const after = words[at + 1];
    return after !== undefined && isValue(after) && /\d/.test(after.lower);
  };
  const content = words.flatMap((word, at) =>
    taken.has(at) ||
    isValue(word) ||
    isGiven(word, at) ||
    isStopWord(word.lower) ||
    (next(at) && /^(?:port|udp|tcp|version|v|puerto|release|tag)$/.test(word.lower))
      ? []
      : (word.lower.includes("_") ? nameParts(word.lower) : [word.lower]).map((part) => ({ stem: stem(part), at })),
  );
  const isObject = (from: number): boolean => {
    for (let at = from - 1; at >= 0; at -= 1) {
      const lower = words[at]?.lower ?? "";
      if (contextWords.has(lower)) return hit !== undefined && at >= hit.from && at < hit.to;
      if (content.some((word) => word.at === at)) continue;
    }
    return true;
  };
  const strangers = builtInLexicon()
    .servicesIn(words)
    .filter(
      (service) =>
        !all.some((mention) => mention.from < service.to && service.from < mention.to) &&
        // "folders in our own cloud" names no product.
        !(service.to - service.from > 1 && words[service.from]?.lower === "own") &&
        // "delete the ldap user" for "LDAP user", "restart the unit dnsmasq": not what is asked for.
        !words.slice(service.from, service.to).every((word) => profile.titleWords.has(word.lower)) &&
        !/^(?:unit|daemon|process|service|svc)$/.test(words[service.from - 1]?.lower ?? "") &&
        // "a subsonic client", "an S3 api": what it works with.
        !/^(?:clients?|compatible|api|protocol|format|players?|users|alternative)$/.test(words[service.to]?.lower ?? ""),
    );
  const spokenConcepts = withRelatives(conceptsOf(words, spokenWords, translations), (concept) => profile.byConcept.has(concept));
  const concepts = withoutDoubles(spokenConcepts, profile);
  const said = new Set([...concepts.values()].flatMap((one) => [...one.stems]));
  const hasKind = (word: Word): boolean =>
    (said.has("#number") && /^\d{2,5}(?:\/\w+)?$/.test(word.lower)) ||
    (said.has("#address") && /^\d+(?:\.\d+){3}$/.test(word.lower)) ||
    (said.has("#domain") && /\.[a-z]{2,}$/.test(word.lower));
  const isEmptyVerb = (word: Word, at: number): boolean =>
    hit !== undefined && emptyVerbs.has(hit.verb) && at >= hit.from && at < hit.to && !said.has(stem(word.lower));
  return {
    words,
    verb,
    purposeVerb: verb === null || hit === undefined || isAsked(words, hit) ? verb : null,
    verbStems: hit === undefined ? [] : words.slice(hit.from, hit.to).flatMap((word) => (isStopWord(word.lower) ? [] : [stem(word.lower)])),
    isWish: verb === "deploy" && wishes.has(stem(words[hit?.from ?? -1]?.lower ?? "")),
    mentions,
    allMentions: all.length,
    object: mentions.find((mention) => isObject(mention.from)),
    content,
    concepts,
    stranger: (strangers.find((service) => isObject(service.from)) ?? strangers[0])?.name,
    hasHosts: (step.hosts ?? []).length > 0,
    isOneHost:
      (step.hosts ?? []).length === 1 &&
      /[\d-]/.test(step.hosts?.[0] ?? "") &&
      /^\W*\p{L}+\W*$/u.test(step.intent) &&
      !/^\W*patch/i.test(step.intent),
    hostStems: (step.hosts ?? []).map((host) => stem(host.toLowerCase())),
    isBare: words.every((word, at) => (hit !== undefined && at >= hit.from && at < hit.to) || isStopWord(word.lower)),
    context: step.context,
    isComplaint: (step.verb ?? hit?.verb ?? null) === null && complaint.test(step.intent),
    query: words
      .filter((word, at) => (!isValue(word) || hasKind(word)) && !isGiven(word, at) && !isEmptyVerb(word, at))
      .map((word) => (isTranslated ? word.lower : word.text))
      .concat(inTradeWords(words, concepts, profile))
      .join(" "),
  };
}

/** "tell us when nobody can open the page": what is meant by it, in words that an embedder finds in a playbook, too. */
function inTradeWords(words: readonly Word[], concepts: ReadonlyMap<string, Said>, profile: CatalogProfile): string[] {
  const plain = builtInLexicon().conceptsIn(words);
  return [...concepts].flatMap(([concept, { strength }]) =>
    strength >= 0.8 && (plain.get(concept)?.strength ?? 0) < 0.8 && profile.byConcept.has(concept)
      ? [builtInLexicon().phraseOf(concept)]
      : [],
  );
}

/** "t08", "w3": a letter and a number. */
const isShortId = (word: string): boolean => /^\p{L}\d{1,6}$/u.test(word) && !builtInLexicon().knowsWord(word);

/** What is spoken of, by the person's own words and by the English ones. */
function conceptsOf(
  words: readonly Word[],
  spoken: readonly Word[],
  translations: ReadonlyMap<string, readonly string[]>,
): ReadonlyMap<string, Said> {
  const concepts = builtInLexicon().conceptsIn(words, "person");
  if (translations.size === 0) return concepts;
  for (const [concept, said] of builtInLexicon().conceptsIn(spoken, "person")) {
    const before = concepts.get(concept);
    const stems = new Set([...(before?.stems ?? []), ...[...said.stems].flatMap((one) => [one, ...(translations.get(one) ?? [])])]);
    concepts.set(concept, { stems, strength: Math.max(before?.strength ?? 0, said.strength) });
  }
  return concepts;
}

/** "a new colleague starts" speaks of onboarding and of accounts: where the catalog knows only one of them, the same words do not ask for the other. */
function withoutDoubles(concepts: ReadonlyMap<string, Said>, profile: CatalogProfile): ReadonlyMap<string, Said> {
  const isThere = (concept: string): boolean => profile.byConcept.has(concept);
  const explained = new Set([...concepts].flatMap(([concept, said]) => (isThere(concept) ? [...said.stems] : [])));
  if (explained.size === 0) return concepts;
  return new Map([...concepts].filter(([concept, said]) => isThere(concept) || ![...said.stems].every((part) => explained.has(part))));
}

// "…, he left us", "…, as discussed on Monday": why somebody asks, or how sure they are.
const asides =
  /\s*(?:[,;]|\s-)\s*(?:(?:as|because|since|weil|da|porque|ya que|parce que|car)\b(?!\s+(?:soon|well|a|an|the|user|root|owner|group|name)\b)|(?:he|she|they|he's|she's|they're|it's|er|sie)\s+\p{L}+|i (?:think|guess|believe|hope)\b|(?:i'm|we're|nobody|no one|somebody|someone|everybody|everyone|there's|that's|grandpa|grandma|mum|dad|niemand|nadie|personne)\s+\p{L}+).*$/iu;

// Acts that change what is there count wherever they stand; others only where an order stands, not inside a description.
const hardVerbs = new Set<SpokenVerb>([
  "remove",
  "stop",
  "restart",
  "restore",
  "move",
  "rollback",
  "reboot",
  "start",
  "rotate",
  "renew",
  "deploy",
  "clean",
]);

function isAsked(words: readonly Word[], hit: VerbHit): boolean {
  const isNoun = hit.to - hit.from === 1 && nounMarks.has(words[hit.from - 1]?.lower ?? "");
  if (words.slice(0, hit.from).every((word) => isStopWord(word.lower))) return !isNoun || hit.verb === "backup";
  return hardVerbs.has(hit.verb) && !isNoun;
} // prettier-ignore

/** "stats about my films": an everyday word, although some service is called so. */
const isEverydayUse = (words: readonly Word[], mention: ServiceMention): boolean =>
  mention.to - mention.from === 1 &&
  everydayNames.has(words[mention.from]?.lower ?? "") &&
  /^(?:about|of|for|over|on|from|that|which|uber|von|de|sur|sobre)$/.test(words[mention.to]?.lower ?? "") &&
  words.length > mention.to + 1 &&
  words.slice(mention.to + 1).filter((word) => !isStopWord(word.lower)).length > 1;

/** "a chat like Slack", "we use Plex already": what there is or what it should be like, not what is asked for. */
const isComparison = (words: readonly Word[], mention: ServiceMention): boolean => {
  const before = words[mention.from - 1]?.lower ?? "";
  return (
    ["like", "wie", "como", "comme"].includes(before) ||
    (/^(?:use|uses|using|have|run)$/.test(before) && /^(?:we|i|they|already|currently)$/.test(words[mention.from - 2]?.lower ?? ""))
  );
};

const nounMarks = new Set("a an the our my your their its some more no ein eine einen un una une".split(" "));

export const contextWords = new Set(
  "for with behind of from to into via through by using onto in against about known our on fur mit von para con de pour avec".split(" "),
);

const exceptions = new Set("except excluding besides not no without but ohne ausser nicht salvo menos sin sauf sans than".split(" "));

const complaint =
  /\b(?:is|are|was|seems|looks|keeps|went|goes|ist|esta|est)\s+(?:\w+\s+)?(?:down|broken|dead|slow|stuck|unreachable|offline|crash\w*|fail\w*|hang\w*|hung|not|unavailable|weird|kaputt|langsam|caido|lento|casse|gone|acting)\b|\b(?:doesn't|does not|don't|won't|can't|cannot|isn't|stopped|crashed|crashes|fails|hangs|broke|timeouts?|errors?|404|500|502|503)\b/i;

// Their words stand in every second description and say nothing about what is meant.
const emptyVerbs = new Set<SpokenVerb>(["deploy", "run", "add", "create", "update", "remove", "show", "backup", "restore"]);

const wishes = new Set("need want like get give have could looking".split(" "));
