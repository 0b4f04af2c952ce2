import type { Verb } from "../../mapping/playbook.ts";
import { isStopWord } from "../../mapping/stop-words.ts";
import { wordsOf } from "../../mapping/text.ts";
import { spokenVerb } from "../../mapping/verb-words.ts";
import { type Joint, leadingVerb } from "./clauses.ts";

/** A step while it is put together. */
export interface Draft {
  text: string;
  verb: Verb | null;
  readonly hasOwnVerb: boolean;
  readonly joint: Joint;
  readonly sentence: number;
  readonly isItem: boolean;
  /** Said as a wish for something to have ("I'd like to …", "something that …"), not as an order. */
  readonly isWish: boolean;
  hosts: string[];
  unknownHosts: string[];
  services: string[];
  context: string | undefined;
  /** Says "it" for what the step before is about. */
  readonly isPronoun?: boolean;
}

export function addHosts(draft: Draft, hosts: readonly string[], unknown: readonly string[]): void {
  for (const name of hosts) if (!draft.hosts.includes(name)) draft.hosts.push(name);
  draft.unknownHosts.push(...unknown);
}

export const hasMeaning = (draft: Draft): boolean => {
  const words = wordsOf(draft.text);
  if (draft.services.length > 0 || words.some((word) => !isStopWord(word.lower)))
    return !/^(?:done|thanks?|thx|ok|fertig|please|listo|fini|that's all|that is all|and so on|etc|cheers|no rush|no hurry|take your time|whenever you can|when you have time|in this order|in that order|in der reihenfolge|asap|urgent|urgently)\b[\s.!]*(?:please)?$/i.test(
      draft.text.trim(),
    );
  const verb = spokenVerb(words)?.verb;
  return verb !== undefined && draft.hosts.length > 0;
};

export const verbStands = (draft: Draft): boolean => leadingVerb(draft.text) !== undefined;

export const verbWords = (text: string): string => {
  const hit = leadingVerb(text);
  const words = wordsOf(text);
  return hit === undefined
    ? ""
    : words
        .slice(hit.from, hit.to)
        .map((word) => word.text)
        .join(" ");
};

export const withoutVerb = (text: string): string => {
  const hit = leadingVerb(text);
  const words = wordsOf(text);
  return hit === undefined ? text : text.slice(words[hit.to]?.start ?? text.length);
};
