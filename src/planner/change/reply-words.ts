import { fold, normalizeText, wordsOf, type Word } from "../../mapping/text.ts";
import { sentencesOf } from "../sentence/clauses.ts";
import { isConditional, trailingCondition } from "../sentence/not-to-do.ts";
import { isApprovalClaim, isInjected, isQuestion, quotedPart, withoutPoliteness } from "../sentence/speech.ts";

/** A reply's words, cut where one thing ends and the next may begin. */
export interface ReplyWords {
  readonly text: string;
  readonly words: readonly Word[];
  readonly clauses: readonly Clause[];
}

export interface Clause {
  readonly from: number;
  readonly to: number;
  /** All of it, folded. */
  readonly said: string;
  /** Without what somebody does not want ("… instead of web1"). */
  readonly wanted: string;
  readonly notWanted: string;
  /** Places of the words behind "instead of". */
  readonly unwanted: ReadonlySet<number>;
}

const ends = /[,;.!?\n]+(?=\s|$)|\s(?=(?:and|but|then|plus|while|und|aber|dann|y|pero|et|mais|puis)\s)/giu;
const joint = /^(?:and|but|then|plus|while|und|aber|dann|y|pero|et|mais|puis)\s/u;
const insteadOf = /\b(?:instead of|rather than|statt|anstatt|en lugar de|en vez de|au lieu de)\s[^,;.!?\n]*/iu;

export function replyWords(text: string): ReplyWords {
  const words = wordsOf(text);
  const clauses: Clause[] = [];
  let from = 0;
  for (const end of [...[...text.matchAll(ends)].map((match) => match.index), text.length]) {
    if (end <= from) continue;
    const said = text.slice(from, end);
    const tail = insteadOf.exec(said);
    const begin = from;
    const cut = tail === null ? end : begin + tail.index;
    clauses.push({
      from: begin,
      to: end,
      said: fold(text.slice(begin, end)),
      wanted: fold(text.slice(begin, cut))
        .replace(/^[\s,;.!?]+/u, "")
        .replace(joint, ""),
      notWanted: fold(text.slice(cut, end)),
      unwanted: new Set(words.flatMap((word, at) => (word.start >= cut && word.start < end ? [at] : []))),
    });
    from = end;
  }
  return { text, words, clauses };
}

const denying =
  /\b(?:not|never|no|none|nor|neither|nothing|nobody|nowhere|without|except|excluded?|excluding|exempt|leav(?:e|ing)|avoid\w*|refrain|skip\w*|omit\w*|spar(?:e|ing)|minus|cannot|refuse|stop|prevent|forbid|ban|hardly|off|away from|out of|far from|clear of|free of|other than|apart from|(?:do|does|did|ca|wo|is|are|was|should|would|could|must)nt|nicht|kein\w*|ohne|niemals|nie|nirgends|ausser|lass|weg|nunca|jamas|sin|salvo|excepto|ne|pas|jamais|sans|sauf|laisse|deja)\b|n't\b/gu;
const leavingOut = /\b(?:drop\w*|remove\w*|delete\w*|cancel\w*|scrap|forget|unnecessary|unneeded|needless)\b/gu;

/** How often something is denied; twice is not once. */
export const denials = (clause: string): number => clause.match(denying)?.length ?? 0;
export const omissions = (clause: string): number => denials(clause) + (clause.match(leavingOut)?.length ?? 0);

/** Praise and blame, or a report of what was: "web1 is a bad idea" names web1 and does not want it. */
export const isComplaint = (clause: string): boolean =>
  /\b(?:bad|worse|worst|wrong|down|broken|busy|full|offline|dead|slow|risky|dangerous|mistakes?|fail\w*|broke|crash\w*|hates?|dislikes?|problems?|trouble|already|was|were|had(?! better)|did|has been|have been|used to|schlecht|falsch|kaputt|mal|malo|mauvais)\b/u.test(
    clause,
  );

const depending =
  /\b(?:if|unless|when|whenever|(?<!for )once|in case|until|falls|wenn|sobald|si|cuando|quand|lorsque|might|maybe|perhaps|vielleicht|quizas|peut-etre|tomorrow|tonight|midnight|noon|weekend|(?:mon|tues|wednes|thurs|fri|satur|sun)day|next (?:week|month|time)|morgen|manana|demain)\b|\b(?:any|every|no)(?:thing|where|one|body)?\s+(?:\w+\s+)?but\b|\ball\s+(?:\w+\s+)?but\b/iu;
const telling =
  /["`<>{}]|\b(?:said|says|told|wrote|writes|ticket|logs?|readme|comment|according|quote|e-?mail|instruct\w*|system prompt)\b/iu;

/** Plainly wants something now: nothing that depends, asks, reports or claims. */
export function isPlainReply(text: string): boolean {
  return sentencesOf(normalizeText(text)).every((sentence) => {
    const said = withoutPoliteness(sentence.text);
    return !(
      // "could you …?" asks for it; "web2?" only asks.
      (sentence.isQuestion && (said === sentence.text || isQuestion(sentence.text))) ||
      isQuestion(said) ||
      isInjected(said) ||
      isApprovalClaim(said) ||
      isConditional(said) ||
      trailingCondition(said) !== undefined ||
      quotedPart(said) !== undefined ||
      depending.test(said) ||
      telling.test(said)
    );
  });
}
