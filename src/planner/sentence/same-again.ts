import { wordsOf } from "../../mapping/text.ts";
import type { Draft } from "./draft.ts";
import type { HostReader } from "../hosts/hosts-in-text.ts";
import type { Vocabulary } from "../vocabulary.ts";

const ofThings =
  "machines?|hosts?|servers?|nodes?|box|boxes|vms?|place|port|ports|version|way|name|time|user|as|one|settings?|folder|directory";
const somewhere = new RegExp(
  `\\b(?:the same(?!\\s+(?:${ofThings})\\b)|same (?:thing|again|for|on)|dasselbe|das gleiche|das selbe|lo mismo|la m[eê]me chose)\\b`,
  "i",
);
const asWhole =
  /^(?:please\s+|and\s+|then\s+|now\s+)*(?:(?:do|repeat|make)\s+)?(?:exactly\s+)?(?:the\s+|das\s+|lo\s+|la\s+)?(?:same|gleiche|selbe|mismo|m(?:e|ê)me chose)(?:\s+(?:thing|again|steps?|procedure|nochmal|noch mal))*\s+(?:on|for|to|in|at|with|auf|für|fur|en|para|sur|pour)\b/i;

export const saysSame = (text: string): boolean => somewhere.test(text) || asWhole.test(text);

/** "the same on web2", "do the same for grafana": the steps that were said last once more, for other hosts or another service. */
export function sameAgain(
  text: string,
  drafts: readonly Draft[],
  sentence: number,
  { reader, vocabulary }: { readonly reader: HostReader; readonly vocabulary: Vocabulary },
): Draft[] {
  const last = drafts.at(-1);
  if (last === undefined || !saysSame(text)) return [];
  // In a list it is all of the list so far.
  const start = last.isItem
    ? drafts.findLastIndex((draft) => !draft.isItem) + 1
    : drafts.findIndex((draft) => draft.sentence === last.sentence);
  const before = drafts.slice(start);
  const { hosts, unknown, rest } = reader.read(text, { allowUnknown: true, fromIsValue: false });
  const named = asWhole.test(text) ? vocabulary.servicesIn(wordsOf(rest))[0]?.name : undefined;
  if (hosts.length + unknown.length === 0 && named === undefined) return [];
  return before.map((draft) => ({
    ...draft,
    text: named === undefined ? draft.text : withService(draft, named, vocabulary),
    services: named === undefined ? [...draft.services] : [named],
    joint: "then",
    sentence,
    hosts: hosts.length + unknown.length > 0 ? [...hosts] : [...draft.hosts],
    unknownHosts: [...unknown],
  }));
}

function withService(draft: Draft, name: string, vocabulary: Vocabulary): string {
  const words = wordsOf(draft.text);
  const old = vocabulary.servicesIn(words)[0];
  const from = words[old?.from ?? -1];
  const to = words[(old?.to ?? 0) - 1];
  return from === undefined || to === undefined
    ? `${draft.text} ${name}`
    : `${draft.text.slice(0, from.start)}${name}${draft.text.slice(to.end)}`;
}
